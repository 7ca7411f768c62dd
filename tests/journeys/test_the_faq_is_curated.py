"""Admins change the FAQ where they are; the next question is answered with it, and who changed what is kept."""

from __future__ import annotations

from bot.domain.messages import Form, Outbound, Pressed, Refusal, Submitted
from bot.domain.people import Person
from bot.errors import RateLimited
from tests.builders import ALICE, ANN, BOB, TEAM_2, UNKNOWN, a_desk, a_message, an_event
from tests.world import World, text_of


def curated() -> World:
    return World(a_desk(admins=frozenset({ANN.id})))


async def press(world: World, action: str, person: Person) -> None:
    await world.happens(Pressed(action, person.id, answer_to="press"), person)  # type: ignore[arg-type]


async def last_answer(world: World, person: Person) -> Outbound:
    return [body for _, body in world.chat.answers if body.only_for == person.id and body.parts][-1]


async def test_a_new_entry_answers_the_next_question_at_once() -> None:
    world = curated()

    await world.submits("faq-new", ANN, lang="en", question="Where is the lost property box?", answer="Behind the **reception**.", phrasings="lost my umbrella")
    await world.says("lost my umbrella")

    world.heard("Behind the **reception**.")


async def test_a_preview_is_seen_by_nobody_else_until_it_is_published() -> None:
    world = curated()
    await world.submits("faq-new", ANN, lang="en", question="Where is the lost property box?", answer="Behind the reception.", then="preview")
    await world.says("Where is the lost property box?")
    world.never_heard("Behind the reception.")

    publish = (await last_answer(world, ANN)).choices[0]
    await press(world, publish.action, ANN)
    await world.says("Where is the lost property box?", BOB)

    world.heard("Behind the reception.", BOB)


async def test_an_edit_changes_the_answer_and_keeps_the_former_version() -> None:
    world = curated()

    await world.submits("faq-save:password:en", ANN, question="How do I reset my password?", answer="Ask the robot: tangerine.", phrasings="")
    await world.says("How do I reset my password?")

    world.heard("tangerine")
    versions = await world.store.entry_history("password")
    assert [v.by for v in versions][:1] == [ANN.id]


async def test_the_other_languages_of_an_entry_stay_as_they_were() -> None:
    world = curated()

    await world.submits("faq-save:password:en", ANN, question="How do I reset my password?", answer="tangerine", phrasings="")
    await world.says("¿Cómo restablezco mi contraseña?")

    world.heard("mermelada")


async def test_a_retired_entry_answers_nothing_and_can_be_restored() -> None:
    world = curated()

    await press(world, "faq-retire:vpn", ANN)
    await world.says("How do I connect to the VPN from home?")
    world.never_heard("saxophone")
    await press(world, "faq-restore:vpn", ANN)
    await world.says("How do I connect to the VPN from home?", BOB)

    world.heard("saxophone", BOB)


async def test_who_is_no_admin_changes_nothing() -> None:
    world = curated()

    await world.submits("faq-save:password:en", ALICE, question="q", answer="evil", phrasings="")
    await press(world, "faq-retire:password", ALICE)
    await world.says("How do I reset my password?", BOB)

    world.heard("marmalade", BOB)
    assert all("Only admins" in told for told in world.told_alone(ALICE))


async def test_without_admins_in_the_settings_nobody_is_one(world: World) -> None:
    await world.submits("faq-save:password:en", ANN, question="q", answer="evil", phrasings="")

    assert "Only admins" in world.told_alone(ANN)[-1]


async def test_an_unsound_entry_is_refused_with_the_reason_and_loses_nothing() -> None:
    world = curated()

    await world.submits("faq-save:password:en", ANN, question="How do I reset my password?", answer="[here](javascript:alert(1))", phrasings="")
    await world.says("How do I reset my password?")

    assert "javascript" in world.told_alone(ANN)[-1]
    world.heard("marmalade")


async def test_step_by_step_without_forms_a_new_entry_is_written_previewed_and_published() -> None:
    world = curated()
    await world.commands("faq", "", ANN)
    await press(world, "faq-new", ANN)

    for words in ("Where is the lost property box?", "lost my umbrella\nfound a key", "Behind the reception."):
        prompt = world.to(ANN)[-1]
        assert prompt.body.awaits
        await world.happens(a_message(words, ANN, reply_to=prompt.id), ANN)
    preview = await last_answer(world, ANN)
    assert "Behind the reception." in text_of(preview)
    await press(world, preview.choices[0].action, ANN)
    await world.says("lost my umbrella")

    world.heard("Behind the reception.")


async def test_of_a_message_short_words_are_the_question_and_long_ones_the_answer_and_nobody_stands_in_them() -> None:
    world = curated()
    answer = "Hold the badge to the lower edge.\nElse write to ada@example.org."

    asked = await world.enquiries.form("faq-new:why does the badge reader refuse me?", ANN.id)
    told = await world.enquiries.form(f"faq-new:{answer}", ANN.id)

    assert isinstance(asked, Form)
    assert isinstance(told, Form)
    assert {f.name: f.initial for f in asked.fields if f.initial}["question"] == "why does the badge reader refuse me?"
    assert next(f.initial for f in told.fields if f.name == "answer") == answer.replace("ada@example.org", "[…email address…]")
    assert "email address" in text_of(Outbound(told.about))


async def test_an_editor_goes_on_with_the_draft_that_a_colleague_began_and_is_told_so() -> None:
    world = World(a_desk(admins=frozenset({ANN.id, BOB.id})))
    await world.submits("faq-save:password:en", ANN, question="How do I reset my password?", answer="Ask the robot: tangerine.", then="preview")

    form = await world.enquiries.form("faq-edit:password:en", BOB.id)

    assert isinstance(form, Form)
    assert "Ann Agent has begun to change this entry" in text_of(Outbound(form.about))
    assert next(f.initial for f in form.fields if f.name == "answer") == "Ask the robot: tangerine."


async def test_a_form_of_what_was_published_anew_meanwhile_stays_open_and_says_who_did_it() -> None:
    world = World(a_desk(admins=frozenset({ANN.id, BOB.id})))
    form = await world.enquiries.form("faq-edit:password:en", ANN.id)
    assert isinstance(form, Form)
    await world.submits("faq-save:password:en", BOB, question="How do I reset my password?", answer="Ask the robot: apple.")

    refused = await world.enquiries.form(form.action, ANN.id)
    await world.submits(form.action, ANN, question="How do I reset my password?", answer="pear", then="publish")

    assert isinstance(refused, Refusal)
    assert refused.text.startswith("Bob has published another version meanwhile")
    assert (await world.store.entry_history("password"))[0].entry.text_for("en").answer == "Ask the robot: apple."


async def test_audience_and_days_are_asked_one_by_one_where_there_are_no_forms() -> None:
    world = curated()
    await world.submits("faq-new", ANN, lang="en", question="Where is the lost property box?", answer="Behind the reception.", then="preview")
    [draft] = await world.store.drafts()

    await press(world, f"draft-terms:{draft.id}", ANN)
    await world.presses("agents alone", ANN)
    await world.happens(a_message("2026-12-31", ANN, reply_to=world.to(ANN)[-1].id), ANN)
    await world.presses("Skip", ANN)

    [kept] = await world.store.drafts()
    assert (kept.entry.audience, str(kept.entry.valid_until), kept.entry.review_on) == ("internal", "2026-12-31", None)


async def test_step_by_step_a_dash_keeps_what_is_there() -> None:
    world = curated()
    edit = next(c for c in (await _shown(world, "password")).choices if c.label == "Edit (en)")
    await press(world, edit.action, ANN)

    for words in ("-", "-", "Ask the robot: tangerine."):
        await world.happens(a_message(words, ANN, reply_to=world.to(ANN)[-1].id), ANN)
    await press(world, (await last_answer(world, ANN)).choices[0].action, ANN)
    await world.says("I forgot my password")

    world.heard("tangerine")


async def _shown(world: World, words: str) -> Outbound:
    await world.commands("faq", words, ANN)
    await press(world, (await last_answer(world, ANN)).choices[0].action, ANN)
    return await last_answer(world, ANN)


async def test_everybody_may_browse_and_nobody_but_admins_sees_the_editing() -> None:
    world = curated()

    await world.commands("faq", "", ALICE)
    shown = await last_answer(world, ALICE)
    await press(world, shown.choices[0].action, ALICE)

    assert not [c for c in (*shown.choices, *(await last_answer(world, ALICE)).choices) if c.action.startswith(("faq-new", "faq-edit", "faq-retire"))]


async def test_forms_are_refused_to_who_may_not_before_they_open() -> None:
    world = curated()
    await world.says(UNKNOWN)

    assert isinstance(await world.enquiries.form("faq-new", ALICE.id), Refusal)
    assert isinstance(await world.enquiries.form("reply:IT-1", ALICE.id), Refusal)
    assert isinstance(await world.enquiries.form("reply:IT-1", ANN.id), Form)
    assert isinstance(await world.enquiries.form("expired", ANN.id), Refusal)
    assert await world.enquiries.form("take:IT-1", ANN.id) is None


async def test_a_name_that_only_the_platform_knows_stands_on_the_card(world: World) -> None:
    nameless = Person(ALICE.id)
    world.chat.names[ALICE.id] = "Alice Liddell"

    await world.happens(a_message(UNKNOWN), nameless)

    assert "Alice Liddell" in text_of(world.card().body)


async def test_an_offer_that_had_to_wait_is_not_made_once_a_person_has_it(world: World) -> None:
    world.chat.faults = [RateLimited(30)]
    await world.says("How do I reset my password?")
    await world.commands("human")

    await world.passes(seconds=31)

    world.never_heard("marmalade")
    world.heard("I passed it on")


async def test_a_preview_published_late_keeps_what_others_changed_meanwhile() -> None:
    world = World(a_desk(admins=frozenset({ANN.id, BOB.id})))
    await world.submits("faq-save:password:en", BOB, question="How do I reset my password?", answer="Ask the robot: apple.")
    await world.submits("faq-save:password:es", ANN, question="¿Cómo restablezco mi contraseña?", answer="Pida una mandarina.", then="preview")
    publish = (await last_answer(world, ANN)).choices[0]
    await world.submits("faq-save:password:en", BOB, question="How do I reset my password?", answer="Ask the robot: tangerine.")

    await press(world, publish.action, ANN)

    [newest, *_] = await world.store.entry_history("password")
    assert (newest.entry.text_for("es").answer, newest.entry.text_for("en").answer) == ("Pida una mandarina.", "Ask the robot: tangerine.")


async def test_two_changes_that_come_at_once_are_both_kept() -> None:
    world = curated()
    for language, question, answer in (("en", "How do I reset my password?", "tangerine"), ("es", "¿Cómo restablezco mi contraseña?", "mandarina")):
        form = Submitted(f"faq-save:password:{language}", {"question": question, "answer": answer}, TEAM_2, answer_to="form")
        await world.intake.receive(an_event(form, ANN))

    await world.workers.drain()

    [newest, *_] = await world.store.entry_history("password")
    assert (newest.entry.text_for("en").answer, newest.entry.text_for("es").answer) == ("tangerine", "mandarina")
