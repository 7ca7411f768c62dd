"""A ticket resolved with an entry proposes its question; an admin decides with one press; the same question is answered alone next time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.ids import TicketId
from bot.domain.learning import MOST_LEARNED, Proposal
from bot.domain.messages import Form, Home, Outbound, Pressed, Refusal, Words
from bot.domain.people import Person
from bot.engine.faq import learning
from bot.engine.faq.knowledge import Knowledge
from bot.engine.running.following import Following
from bot.engine.turn import Turn
from bot.ports import Transaction
from kb.decision import Thresholds
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, FAQ, MONDAY, UNKNOWN, a_desk, an_event
from tests.world import World, text_of

ROOT = CLEO  # curates; works at tier 3
UNLIKE = "my multi factor gadget shows no digits since Monday"


@pytest.fixture
def world() -> World:
    return World(a_desk(admins=frozenset({ROOT.id})))


async def press(world: World, action: str, person: Person = ROOT) -> None:
    await world.happens(Pressed(action, person.id, answer_to=f"press-{action}"), person)  # type: ignore[arg-type]


def last(world: World, person: Person = ROOT) -> Outbound:
    return [body for _, body in world.chat.answers if body.only_for == person.id and body.parts][-1]


async def resolved_with(world: World, question: str, entry: str = "vpn", asker: Person = ALICE, number: str = "IT-1") -> None:
    await world.says(question, asker)
    ticket = await world.ticket(number)
    if not ticket.is_with_humans:
        await world.commands("human", "", asker)
    await world.submits(f"resolve:{number}", ANN, words="told them", entry=entry)


async def decided(world: World) -> list[str]:
    return [p.state for p in await world.store.proposals_of("vpn")]


# ------------------------------------------------------------------------------------------------------------- proposing
async def test_a_question_resolved_with_an_entry_is_answered_alone_once_an_admin_approved_it(world: World) -> None:
    await resolved_with(world, UNLIKE)
    await world.commands("faq", "", ROOT)
    await press(world, next(c.action for c in last(world).choices if c.label == "Proposals (1)"))
    assert UNLIKE in text_of(last(world))
    assert "How do I connect to the VPN from home?" in text_of(last(world))

    await press(world, next(c.action for c in last(world).choices if c.label == "Approve"))
    await world.says(UNLIKE.upper(), BOB)

    world.heard("saxophone", BOB)
    assert (await world.ticket("IT-2")).offers[-1].phrasing == UNLIKE
    [newest, *_] = await world.store.entry_history("vpn")
    assert (newest.by, newest.entry.text_for("en").phrasings[-1]) == (ROOT.id, UNLIKE)
    assert (await world.happened())[-2:] == ["PhrasingProposed", "ProposalApproved"]


async def test_until_an_admin_approved_it_nothing_has_changed(world: World) -> None:
    await resolved_with(world, UNLIKE)

    await world.says(UNLIKE, BOB)

    world.never_heard("saxophone", BOB)
    assert await world.store.entry_history("vpn") == []


async def test_a_rejected_question_is_not_proposed_again(world: World) -> None:
    await resolved_with(world, UNLIKE)
    [proposal] = await world.store.proposals()

    await press(world, f"learn-no:{proposal.id}")
    await resolved_with(world, UNLIKE + "!", asker=BOB, number="IT-2")

    assert await decided(world) == ["rejected"]
    assert await world.store.entry_history("vpn") == []


async def test_a_suggestion_picked_and_confirmed_proposes_the_question_and_an_answer_confirmed_does_not(world: World) -> None:
    world.knowledge.limits = Thresholds(answer=40.0)
    await world.says("How do I conect to the VPN from home please")
    world.heard("saxophone")
    await world.presses("Yes, solved")
    assert await world.store.proposals() == []

    world.knowledge.limits = Thresholds()
    question = "vpn thing tunnel"
    await world.says(question, BOB)
    await world.presses("How do I connect to the VPN from home?", BOB)
    await world.presses("Yes, solved", BOB)

    assert [(p.entry, p.text, p.by) for p in await world.store.proposals()] == [("vpn", question, BOB.id)]


async def test_an_admin_changes_the_words_before_approving(world: World) -> None:
    await resolved_with(world, UNLIKE)
    [proposal] = await world.store.proposals()
    form = await world.enquiries.form(f"learn-edit:{proposal.id}", ROOT.id)
    assert isinstance(form, Form)
    assert form.fields[0].initial == UNLIKE

    await world.submits(form.action, ROOT, question="  gadget shows \n no digits ")
    await world.says("gadget shows no digits", BOB)

    world.heard("saxophone", BOB)
    assert [p.text for p in await world.store.proposals("approved")] == ["gadget shows no digits"]


async def test_without_forms_the_words_are_asked_for_and_a_dash_keeps_them(world: World) -> None:
    await resolved_with(world, UNLIKE)
    [proposal] = await world.store.proposals()
    await press(world, f"learn-edit:{proposal.id}")
    prompt = world.to(ROOT)[-1]
    assert prompt.body.ask

    await world.says("-", ROOT, reply_to=prompt.id)

    assert [p.text for p in await world.store.proposals("approved")] == [UNLIKE]


async def test_words_that_make_an_entry_unsound_are_refused_and_the_proposal_still_waits(world: World) -> None:
    await resolved_with(world, UNLIKE)
    [proposal] = await world.store.proposals()

    await world.submits(f"learn-save:{proposal.id}", ROOT, question="x" * 400)

    assert "Not saved" in world.told_alone(ROOT)[-1]
    assert [p.id for p in await world.store.proposals()] == [proposal.id]


async def test_what_another_entry_knows_is_not_approved_since_neither_could_answer_then(world: World) -> None:
    await resolved_with(world, UNLIKE)
    [proposal] = await world.store.proposals()

    await world.submits(f"learn-save:{proposal.id}", ROOT, question="i forgot my password")
    await world.says("I forgot my password", BOB)

    assert "is a way to ask “How do I reset my password?” already" in world.told_alone(ROOT)[-1]
    world.heard("marmalade", BOB)
    assert [p.id for p in await world.store.proposals()] == [proposal.id]


async def test_what_belongs_to_the_requester_is_not_in_the_proposal(world: World) -> None:
    await resolved_with(world, "Hi Ann, my gadget 4711000 shows no digits, write to alice@example.com\nThanks, Alice")

    [proposal] = await world.store.proposals()
    assert proposal.text == "my gadget shows no digits, write to"


async def test_a_story_and_a_known_phrasing_are_not_proposed(world: World) -> None:
    await resolved_with(world, "gadget " * 60)
    await resolved_with(world, "How do I connect to the VPN from home", asker=BOB, number="IT-2")

    assert await world.store.proposals() == []


async def test_a_question_in_a_language_the_entry_lacks_is_found_and_answered_in_the_language_there_is() -> None:
    english = [replace(entry, texts=entry.texts[:1]) for entry in FAQ]
    world = World(a_desk(admins=frozenset({ROOT.id})), english)
    asked = "mi aparatito de números ya no enseña nada desde ayer"
    await resolved_with(world, asked)
    [proposal] = await world.store.proposals()
    assert proposal.lang == "es"

    await press(world, f"learn-yes:{proposal.id}")
    await world.says(asked, BOB)

    world.heard("saxophone", BOB)


async def test_a_ticket_resolved_anew_with_another_entry_no_longer_proposes_the_first(world: World) -> None:
    await resolved_with(world, UNLIKE)
    await world.presses("Reopen")
    assert await decided(world) == ["displaced"]

    await world.submits("resolve:IT-1", ANN, words="it was the password", entry="password")

    assert [(p.entry, p.text) for p in await world.store.proposals()] == [("password", UNLIKE)]


# ------------------------------------------------------------------------------------------------------------------ caps
async def test_of_too_many_waiting_proposals_the_oldest_make_room(world: World) -> None:
    for n, word in enumerate(["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf"], 1):
        await resolved_with(world, f"{word} {word[::-1]} broken", asker=Person(ALICE.id + str(n), "A"), number=f"IT-{n}")  # type: ignore[arg-type]

    assert [p.text.split()[0] for p in reversed(await world.store.proposals())] == ["charlie", "delta", "echo", "foxtrot", "golf"]
    assert len(await world.store.proposals("displaced")) == 2


async def test_of_too_many_learned_phrasings_the_oldest_makes_room_and_what_people_wrote_themselves_stays(world: World) -> None:
    vpn = next(entry for entry in FAQ if entry.id == "vpn")
    own, english = vpn.texts[0].phrasings, vpn.texts[0]
    learned = tuple(f"the gadget number {n} is lost" for n in range(MOST_LEARNED))

    async def taught(tx: Transaction) -> None:
        for n, text in enumerate(learned):
            at = MONDAY - timedelta(days=99 - n)
            await tx.add_proposal(Proposal(0, "vpn", "en", text, TicketId(f"OLD-{n}"), ANN.id, at).decided("approved", ROOT.id, at))
        await tx.save_entry(replace(vpn, texts=(replace(english, phrasings=(*own, *learned)), *vpn.texts[1:])), ROOT.id, MONDAY)

    await world.store.run(taught)
    await Following(world.store, world.knowledge, 0).look()
    await resolved_with(world, UNLIKE)

    await press(world, f"learn-yes:{(await world.store.proposals())[0].id}")

    [newest, *_] = await world.store.entry_history("vpn")
    assert newest.entry.text_for("en").phrasings == (*own, *learned[1:], UNLIKE)
    assert f"It took the place of “{learned[0]}”" in world.told_alone(ROOT)[-1]


# ----------------------------------------------------------------------------------------------------------- who may what
@pytest.mark.parametrize("person", [ALICE, ANN])
@pytest.mark.parametrize("verb", ["learn-yes", "learn-no", "learn-edit", "learn-out", "learn-next", "learn-asked"])
async def test_nobody_but_admins_sees_or_decides(world: World, person: Person, verb: str) -> None:
    await resolved_with(world, UNLIKE)
    [proposal] = await world.store.proposals()

    await press(world, f"{verb}:{proposal.id}", person)
    await world.submits(f"learn-save:{proposal.id}", person, question="evil words")

    assert [p.text for p in await world.store.proposals()] == [UNLIKE]
    assert set(world.told_alone(person)[-2:]) == {"Only admins can change the FAQ. Ask whoever set up this desk."}
    assert isinstance(await world.enquiries.form(f"learn-edit:{proposal.id}", person.id), Refusal)


async def test_no_list_or_home_page_of_others_shows_what_was_proposed(world: World) -> None:
    await resolved_with(world, UNLIKE)

    await world.commands("faq", "", ALICE)
    shown = str(await world.enquiries.home(ANN.id)) + str(last(world, ALICE))

    assert "learn-" not in shown
    assert UNLIKE not in str(await world.enquiries.home(ANN.id))
    assert UNLIKE in str(await world.enquiries.home(ROOT.id))


@pytest.mark.parametrize("action", ["learn-yes:", "learn-yes:0", "learn-yes:x", f"learn-yes:{10**20}", "learn-inside:7", "learn-outside:IT-9", "learn-save:1"])
async def test_a_press_that_names_nothing_there_is_refused(world: World, action: str) -> None:
    await press(world, action)

    assert "no longer valid" in world.told_alone(ROOT)[-1]


async def test_a_second_press_decides_nothing(world: World) -> None:
    await resolved_with(world, UNLIKE)
    [proposal] = await world.store.proposals()
    await press(world, f"learn-no:{proposal.id}")

    await press(world, f"learn-yes:{proposal.id}")

    assert "no longer valid" in world.told_alone(ROOT)[-1]
    assert await decided(world) == ["rejected"]


async def test_hostile_words_in_a_proposal_are_literal(world: World) -> None:
    hostile = "*gadget* <!channel> [x](javascript:alert(1)) {number} <b>digits</b>"
    await resolved_with(world, hostile)

    await press(world, "learn-next:")

    shown = [part for part in last(world).parts if isinstance(part, Words)]
    assert [part.text for part in shown] == ["*gadget* [x](javascript:alert(1)) {number} <b>digits</b>"]


# --------------------------------------------------------------------------------------------------- asked, not answered
async def test_an_unanswered_question_is_linked_to_an_entry_and_answered_alone_next_time(world: World) -> None:
    await world.says(UNLIKE)
    await world.says(UNLIKE, BOB)
    await world.commands("faq", "", ROOT)
    await press(world, next(c.action for c in last(world).choices if c.label == "Not answered (1)"))
    assert "2 times" in text_of(last(world))

    await press(world, next(c.action for c in last(world).choices if c.label == "Link to an entry"))
    await press(world, "link:IT-2:vpn")
    await world.says(UNLIKE, BEN)

    world.heard("saxophone", BEN)
    await press(world, "learn-asked:")
    assert "Every question is sorted." in text_of(last(world)), "who asked the same waits for nothing"


async def test_an_agent_links_a_resolved_ticket_from_its_card_and_an_admin_decides(world: World) -> None:
    await world.says("vpn zeppelin")
    await world.commands("human")
    await world.submits("resolve:IT-1", ANN, words="told them")

    await world.presses("Link to an entry", ANN, on=world.card())
    await world.presses("How do I connect to the VPN from home?", ANN)

    assert (await world.ticket()).entry == "vpn"
    assert [p.text for p in await world.store.proposals()] == ["vpn zeppelin"]
    assert "Link to an entry" not in world.labels(world.card())
    assert "is linked to" in world.thread(world.card())[-1]
    assert not [s for s in world.chat.sent if "How do I connect to the VPN from home?" in world.labels(s)], "the choice is gone where it was made"


async def test_a_form_of_likely_entries_links_where_there_are_forms(world: World) -> None:
    await world.says("vpn zeppelin")
    await world.commands("human")
    await world.submits("resolve:IT-1", ANN, words="told them")
    form = await world.enquiries.form("link:IT-1", ANN.id)
    assert isinstance(form, Form)
    assert form.fields[0].options[0] == ("vpn", "How do I connect to the VPN from home?")

    await world.submits(form.action, ANN, entry="vpn")

    assert (await world.ticket()).entry == "vpn"
    assert isinstance(await world.enquiries.form("link:IT-1", ALICE.id), Refusal)


async def test_nobody_else_links_a_ticket(world: World) -> None:
    await world.says(UNLIKE)

    await press(world, "link:IT-1:vpn", ALICE)

    assert "EntryLinked" not in await world.happened()
    assert await world.store.proposals() == []


async def test_resolving_in_a_form_offers_the_entries_that_may_have_solved_it(world: World) -> None:
    await world.says("vpn zeppelin")
    await world.commands("human")

    form = await world.enquiries.form("resolve:IT-1", ANN.id)

    assert isinstance(form, Form)
    assert "vpn" in [value for value, _ in form.fields[1].options]
    await world.submits("resolve:IT-1", ANN, words="told them", entry="-")
    assert (await world.ticket()).entry == ""


async def test_a_question_marked_as_not_for_this_faq_is_handed_over_and_the_mark_can_be_taken_back(world: World) -> None:
    question = "How do I connect to the VPN from home?"
    await world.says(question)
    world.heard("saxophone")

    await press(world, "learn-outside:IT-1")
    await world.says(f"Hi Ann, {question}", BOB)
    world.never_heard("saxophone", BOB)
    assert (await world.ticket("IT-2")).is_with_humans

    [mark] = await world.store.outside_questions()
    await press(world, f"learn-inside:{mark.id}")
    await world.says(question, BEN)

    world.heard("saxophone", BEN)
    assert [name for name in await world.happened() if "utside" in name] == ["QuestionPutOutside", "OutsideTakenBack"]


async def test_a_proposal_can_be_marked_as_not_for_this_faq(world: World) -> None:
    await resolved_with(world, UNLIKE)
    [proposal] = await world.store.proposals()

    await press(world, f"learn-out:{proposal.id}")

    assert await decided(world) == ["rejected"]
    assert [o.text for o in await world.store.outside_questions()] == [UNLIKE]


async def test_approving_a_question_takes_back_a_mark_that_says_otherwise(world: World) -> None:
    await resolved_with(world, UNLIKE)
    await world.says(UNLIKE, BOB)
    await press(world, "learn-outside:IT-2")

    await press(world, f"learn-yes:{(await world.store.proposals())[0].id}")
    await world.says(UNLIKE, BEN)

    world.heard("saxophone", BEN)


async def test_a_new_entry_is_written_from_an_unanswered_question(world: World) -> None:
    await world.says(UNLIKE)
    form = await world.enquiries.form("faq-draft:IT-1", ROOT.id)
    assert isinstance(form, Form)
    given = {field.name: field.initial for field in form.fields}
    assert given["question"] == given["phrasings"] == UNLIKE

    await world.submits(form.action, ROOT, **{**given, "answer": "Shake it: cinnamon.", "then": "publish"})
    await world.says(UNLIKE, BOB)

    world.heard("cinnamon", BOB)
    await press(world, "learn-asked:")
    assert "Every question is sorted." in text_of(last(world))


async def test_without_forms_a_new_entry_is_written_step_by_step_from_the_question(world: World) -> None:
    await world.says(UNLIKE)
    await press(world, "faq-draft:IT-1")
    for words in ("-", "-", "Shake it: cinnamon."):
        await world.says(words, ROOT, reply_to=world.to(ROOT)[-1].id)
    await press(world, last(world).choices[0].action)

    await world.says(UNLIKE, BOB)

    world.heard("cinnamon", BOB)
    assert await world.store.are_sorted(["IT-1"]) == {"IT-1"}


async def test_what_asks_nothing_is_not_listed(world: World) -> None:
    await world.commands("human")
    await world.says("human", BOB)
    await press(world, "learn-asked:")

    assert "Every question is sorted." in text_of(last(world))


async def test_the_home_page_of_an_admin_shows_what_waits_with_its_buttons(world: World) -> None:
    await resolved_with(world, UNLIKE)
    await world.says(UNKNOWN, BOB)

    home = await world.enquiries.home(ROOT.id)

    assert isinstance(home, Home)
    labels = [choice.label for section in home.sections for choice in section.choices]
    assert {"Approve", "Change and approve", "Reject", "Link to an entry", "Not for this FAQ"} <= set(labels)


# ------------------------------------------------------------------------------------------------------------- processes
async def test_what_one_process_learns_every_other_knows_without_a_restart(world: World) -> None:
    elsewhere = Knowledge(FAQ, world.desk.languages)
    following = Following(world.store, elsewhere, await world.store.knowledge_version())
    await resolved_with(world, UNLIKE)
    await press(world, f"learn-yes:{(await world.store.proposals())[0].id}")
    await world.says("will it rain on the zeppelin", BOB)
    await press(world, "learn-outside:IT-2")

    assert await following.look() == 2

    assert elsewhere.ask(UNLIKE, "en").matches[0].phrasing == UNLIKE
    assert elsewhere.ask("Will it rain on the zeppelin?", "en").decision == "hand_over"
    assert await following.look() == 0
    here = Following(world.store, world.knowledge, 0)
    assert await here.look() == 0, "who published it has it already"


async def test_a_retired_entry_and_a_mark_taken_back_reach_other_processes(world: World) -> None:
    elsewhere = Knowledge(FAQ, world.desk.languages)
    following = Following(world.store, elsewhere, 0)
    question = "How do I connect to the VPN from home?"
    await world.says(question)
    await press(world, "learn-outside:IT-1")
    await following.look()
    assert elsewhere.ask(question, "en").decision == "hand_over"

    await press(world, f"learn-inside:{(await world.store.outside_questions())[0].id}")
    await following.look()
    assert elsewhere.ask(question, "en").decision == "answer"
    await press(world, "faq-retire:vpn")
    await following.look()

    assert elsewhere.ask(question, "en").decision != "answer"


async def test_an_import_in_another_process_is_known_here(world: World) -> None:
    following = Following(world.store, world.knowledge, await world.store.knowledge_version())
    changed = replace(FAQ[0], texts=(replace(FAQ[0].texts[0], answer="Ask the robot: tangerine."),))

    await world.store.run(lambda tx: tx.save_entry(changed, ROOT.id, world.clock.now()))
    await following.look()
    await world.says(FAQ[0].texts[0].question)

    world.heard("tangerine")


async def test_what_was_learned_from_a_ticket_goes_with_it(world: World) -> None:
    await resolved_with(world, UNLIKE)
    await press(world, f"learn-yes:{(await world.store.proposals())[0].id}")
    await resolved_with(world, "the zeppelin has no wifi", asker=BOB, number="IT-2")

    async def erased(tx: Transaction) -> None:
        turn = Turn(world.crew, tx, an_event(Pressed("erase", ROOT.id), ROOT), world.clock.now())  # type: ignore[arg-type]
        await learning.erase(turn, "IT-1")

    await world.store.run(erased)
    await Following(world.store, world.knowledge, 0).look()
    await world.says(UNLIKE, BEN)

    world.never_heard("saxophone", BEN)
    assert UNLIKE not in str([await world.store.proposals(state) for state in ("waiting", "approved", "rejected", "displaced")])
    assert [p.ticket for p in await world.store.proposals()] == ["IT-2"]
