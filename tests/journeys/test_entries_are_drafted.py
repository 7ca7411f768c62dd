"""From a draft to a published entry: written, reviewed, put together with what others changed meanwhile; who wrote it hears of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.domain.messages import Pressed
from bot.domain.people import Person
from bot.engine.curation import drafting
from bot.engine.turn import Turn
from bot.ports.curating import Draft
from kb.entries import Entry, Text
from tests.builders import ALICE, ANN, BEN, BOB, a_desk, an_event
from tests.world import World

QUESTION = "Where is the lost property box?"


@pytest.fixture
def curated() -> World:
    """Ann and Bob may curate."""
    return World(a_desk(admins=frozenset({ANN.id, BOB.id})))


async def press(world: World, action: str, person: Person = ANN) -> None:
    world.clock.advance(minutes=1)
    await world.happens(Pressed(action, person.id, answer_to="press"), person)  # type: ignore[arg-type]


async def newest(world: World) -> Draft:
    [draft, *_] = await world.store.drafts(("draft", "review", "published", "discarded"))
    return draft


async def written(world: World, person: Person = ANN, **values: str) -> Draft:
    await world.submits("draft-new", person, **{"lang": "en", "question": QUESTION, "answer": "Behind the reception.", **values})
    return await newest(world)


async def changing(world: World, entry: str = "password", person: Person = ANN) -> Draft:
    await press(world, f"draft-edit:{entry}", person)
    return await newest(world)


async def published(world: World, entry: str) -> Entry:
    [version, *_] = await world.store.entry_history(entry)
    return version.entry


# ---------------------------------------------------------------------------------------------------------------- writing
async def test_a_draft_answers_nobody_until_it_is_published(curated: World) -> None:
    draft = await written(curated, phrasings="lost my umbrella")
    await curated.says("lost my umbrella")
    curated.never_heard("Behind the reception.")

    await press(curated, f"draft-publish:{draft.id}")
    await curated.says("lost my umbrella", BOB)

    curated.heard("Behind the reception.", BOB)
    assert (await newest(curated)).state == "published"
    assert [event.name for event in await curated.store.history("")] == ["DraftBegun", "EntryPublished"]


async def test_all_that_an_entry_says_can_be_drafted(curated: World) -> None:
    draft = await written(
        curated, tags="office, lost", audience="internal", valid_until="2026-12-31", review_on="2026-06-01", finds="a\nb", avoids="c", phrasings="x\n\nx"
    )

    assert draft.entry == Entry(
        "where-is-the-lost-property-box", (Text("en", QUESTION, "Behind the reception.", ("x",)),), ("office", "lost"),
        audience="internal", valid_until=date(2026, 12, 31), review_on=date(2026, 6, 1), finds=("a", "b"), avoids=("c",),
    )  # fmt: skip


async def test_what_a_form_leaves_out_stays_as_it_is(curated: World) -> None:
    draft = await written(curated, phrasings="lost my umbrella", tags="office", valid_until="2026-12-31")

    await curated.submits(f"draft-save:{draft.id}:en", answer="On the second floor.", valid_until="")

    kept = (await newest(curated)).entry
    assert kept.texts == (Text("en", QUESTION, "On the second floor.", ("lost my umbrella",)),)
    assert (kept.tags, kept.valid_until) == (("office",), None)


async def test_what_is_no_day_is_refused_in_one_sentence(curated: World) -> None:
    draft = await written(curated)

    await curated.submits(f"draft-save:{draft.id}:en", answer="Elsewhere.", valid_until="31.02.2026")

    assert "“31.02.2026” is no day" in curated.told_alone(ANN)[-1]
    assert await newest(curated) == draft


async def test_an_unsound_draft_is_kept_and_says_what_is_wrong_when_it_shall_be_published(curated: World) -> None:
    await written(curated, answer="[here](javascript:alert(1))", then="publish")

    assert "is not http, https or mailto" in curated.told_alone(ANN)[-1]
    assert (await newest(curated)).state == "draft"


async def test_a_way_to_ask_that_another_entry_has_is_not_published_until_it_is_taken_out_of_one(curated: World) -> None:
    draft = await written(curated, phrasings="how do i reset my PASSWORD?", then="publish")
    assert "“how do i reset my PASSWORD?” is a way to ask “How do I reset my password?” already" in curated.told_alone(ANN)[-1]
    assert (await newest(curated)).state == "draft"

    await curated.submits(f"draft-save:{draft.id}:en", phrasings="", then="publish")
    assert (await newest(curated)).state == "published"


async def test_a_language_is_added_and_taken_away_again(curated: World) -> None:
    draft = await written(curated)
    await curated.submits(f"draft-save:{draft.id}:de", question="Wo ist das Fundbüro?", answer="Am Empfang.")
    assert [text.lang for text in (await newest(curated)).entry.texts] == ["en", "de"]

    await curated.submits(f"draft-save:{draft.id}:en", question="", answer="", phrasings="")

    assert [text.lang for text in (await newest(curated)).entry.texts] == ["de"]


async def test_a_discarded_draft_leaves_the_entry_as_it_was_and_can_be_changed_no_more(curated: World) -> None:
    draft = await changing(curated)

    await press(curated, f"draft-discard:{draft.id}")
    await press(curated, f"draft-publish:{draft.id}")
    await curated.submits(f"draft-save:{draft.id}:en", answer="evil")

    assert curated.told_alone(ANN)[-1] == "This draft was published or discarded already."
    assert await curated.store.entry_history("password") == []


async def test_who_is_no_admin_changes_no_draft_and_reads_none_of_others(curated: World) -> None:
    draft = await written(curated)

    for action in ("draft-publish", "draft-discard", "draft-submit", "draft-show"):
        await press(curated, f"{action}:{draft.id}", ALICE)
    await curated.submits(f"draft-save:{draft.id}:en", ALICE, answer="evil")
    await press(curated, f"draft-show:{draft.id}", BEN)

    assert await newest(curated) == draft
    assert "Behind the reception." not in "".join(curated.told_alone(ALICE) + curated.told_alone(BEN))


# -------------------------------------------------------------------------------------------------------------- reviewing
async def test_a_reviewer_is_asked_and_may_send_it_back_with_a_remark_that_its_writer_reads(curated: World) -> None:
    draft = await written(curated)

    await curated.submits(f"draft-submit:{draft.id}", reviewer=BOB.id)
    assert (await newest(curated)).state == "review"
    curated.heard(f"Ann Agent asks you to review the entry “{QUESTION}”.", BOB)
    await curated.submits(f"draft-back:{draft.id}", BOB, remark="Which reception?")

    assert (await newest(curated)).changed_by == ANN.id, "who reviews it has not written it"
    assert "Which reception?" in str(curated.heard(f"sent your draft “{QUESTION}” back", ANN).body)
    assert ((await newest(curated)).state, (await newest(curated)).remark) == ("draft", "Which reception?")


async def test_sending_back_without_a_remark_is_refused(curated: World) -> None:
    draft = await written(curated)

    await curated.submits(f"draft-back:{draft.id}", BOB, remark="  ")

    assert await newest(curated) == draft


async def test_whoever_wrote_it_hears_that_it_is_published(curated: World) -> None:
    draft = await written(curated)

    await press(curated, f"draft-publish:{draft.id}", BOB)

    curated.heard(f"published your entry “{QUESTION}”", ANN)
    curated.never_heard("published your entry", BOB)
    assert (await newest(curated)).reviewer == BOB.id


async def test_an_entry_drafted_from_a_ticket_sorts_its_question_when_it_is_published(curated: World) -> None:
    await curated.says("my umbrella is gone")
    await curated.submits("draft-new:IT-1", lang="en", answer="Behind the reception.")
    draft = await newest(curated)
    assert (draft.ticket, draft.origin, draft.entry.texts[0].question) == ("IT-1", "ticket", "my umbrella is gone")

    await press(curated, f"draft-publish:{draft.id}")

    assert "EntryPublished" in await curated.happened("IT-1")
    assert await curated.store.are_sorted(["IT-1"]) == {"IT-1"}


# ---------------------------------------------------------------------------------------------------------- two at once
async def test_whoever_wants_to_change_an_entry_goes_on_with_the_draft_that_is_there(curated: World) -> None:
    draft = await changing(curated, person=BOB)
    assert await changing(curated, person=ANN) == draft


async def test_whoever_saves_what_somebody_else_saved_meanwhile_is_told_and_loses_nothing_of_theirs(curated: World) -> None:
    draft = await changing(curated)
    seen = draft.changed_at.isoformat()
    await curated.submits(f"draft-save:{draft.id}:en", BOB, answer="tangerine", seen=seen)

    await curated.submits(f"draft-save:{draft.id}:en", ANN, answer="mandarin", seen=seen)

    assert "Bob" in curated.told_alone(ANN)[-1]
    assert "has saved this draft since you opened it" in curated.told_alone(ANN)[-1]
    assert (await newest(curated)).entry.text_for("en").answer == "tangerine"


async def test_what_was_published_meanwhile_is_kept_with_what_the_draft_says(curated: World) -> None:
    await curated.submits("faq-save:password:en", BOB, question="How do I reset my password?", answer="Ask the robot: apple.")
    draft = await changing(curated)
    await curated.submits(f"draft-save:{draft.id}:en", answer="tangerine")
    await curated.submits("faq-save:password:es", BOB, question="¿Cómo restablezco mi contraseña?", answer="Pida una mandarina.")

    await press(curated, f"draft-publish:{draft.id}")

    entry = await published(curated, "password")
    assert (entry.text_for("en").answer, entry.text_for("es").answer) == ("tangerine", "Pida una mandarina.")


async def test_where_both_changed_the_same_nothing_is_published_before_somebody_has_looked(curated: World) -> None:
    await curated.submits("faq-save:password:en", BOB, question="How do I reset my password?", answer="Ask the robot: apple.")
    draft = await changing(curated)
    await curated.submits(f"draft-save:{draft.id}:en", answer="tangerine")
    await curated.submits("faq-save:password:en", BOB, question="How do I reset my password?", answer="pear")

    await press(curated, f"draft-publish:{draft.id}")
    assert "Bob" in curated.told_alone(ANN)[-1]
    assert "has published another version meanwhile" in curated.told_alone(ANN)[-1]
    assert (await published(curated, "password")).text_for("en").answer == "pear"

    await curated.submits(f"draft-save:{draft.id}:en", answer="tangerine or pear", based_on="2", then="publish")
    assert (await published(curated, "password")).text_for("en").answer == "tangerine or pear"


async def test_two_drafts_of_new_entries_never_share_a_name(curated: World) -> None:
    one, two = await written(curated), await written(curated, BOB)

    assert (one.of, two.of) == ("where-is-the-lost-property-box", "where-is-the-lost-property-box-2")


async def test_a_second_draft_of_an_entry_is_not_begun_beside_the_first(curated: World) -> None:
    first = await changing(curated)
    await curated.submits("faq-save:password:en", BOB, question="How do I reset my password?", answer="pear")

    await press(curated, "draft-again:password:1", BOB)

    assert "Go on with that draft, or discard it first." in curated.told_alone(BOB)[-1]
    assert [draft.id for draft in await curated.store.drafts()] == [first.id]


# ---------------------------------------------------------------------------------------------------- versions, many at once
async def test_an_earlier_version_comes_back_by_way_of_a_draft(curated: World) -> None:
    for answer in ("first", "second"):
        await curated.submits("faq-save:password:en", question="How do I reset my password?", answer=answer)

    await press(curated, "draft-again:password:1")
    assert (await published(curated, "password")).text_for("en").answer == "second"
    await press(curated, f"draft-publish:{(await newest(curated)).id}")

    assert (await published(curated, "password")).text_for("en").answer == "first"
    assert [version.version for version in await curated.store.entry_history("password")] == [3, 2, 1]


async def test_many_entries_are_archived_brought_back_and_tagged_at_once(curated: World) -> None:
    await curated.submits("faq-bulk", act="archive", entries="password vpn nothing")
    assert {"password", "vpn"} & {entry.id for entry in curated.knowledge.entries()} == set()

    await curated.submits("faq-bulk", act="restore", entries="password\nvpn")
    await curated.submits("faq-bulk", act="tag", entries="password vpn", tags="home, office")
    await curated.submits("faq-bulk", act="untag", entries="vpn", tags="office")

    assert curated.told_alone(ANN)[-1] == "1 entry changed."
    assert ((await published(curated, "password")).tags[-2:], (await published(curated, "vpn")).tags[-1:]) == (("home", "office"), ("home",))


@pytest.mark.parametrize("values", [{"act": "archive"}, {"act": "burn", "entries": "vpn"}, {"act": "tag", "entries": "vpn"}])
async def test_a_bulk_act_that_lacks_something_changes_nothing(curated: World, values: dict[str, str]) -> None:
    await curated.submits("faq-bulk", **values)

    assert await curated.store.entry_history("vpn") == []


async def test_a_draft_goes_with_the_ticket_it_was_made_from(curated: World) -> None:
    from bot.engine.faq import learning

    await curated.says("my umbrella is gone")
    await curated.submits("draft-new:IT-1", lang="en", answer="Behind the reception.")

    await curated.store.run(lambda tx: learning.erase(Turn(curated.crew, tx, an_event(Pressed("x", ANN.id), ANN), curated.clock.now()), "IT-1"))  # type: ignore[arg-type]

    assert await curated.store.drafts() == []


async def test_two_changes_in_one_moment_are_two_versions_of_a_draft(curated: World) -> None:
    draft = await written(curated)

    async def twice(tx) -> list[Draft]:  # type: ignore[no-untyped-def]
        turn = Turn(curated.crew, tx, an_event(Pressed("x", ANN.id), ANN), draft.changed_at)  # type: ignore[arg-type]
        texts = [Text("en", QUESTION, answer) for answer in ("one", "two")]
        return [await drafting.save(turn, draft.id, Entry(draft.of, (text,))) for text in texts]

    one, two = await curated.store.run(twice)
    assert draft.changed_at < one.changed_at < two.changed_at < draft.changed_at + timedelta(seconds=1)
