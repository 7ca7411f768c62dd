"""An agent logs a call: a ticket of it, a line in the contact log, and nothing is owed to whoever can only be rung."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.memory import MemoryChannel
from bot.domain.contacts import Contact
from bot.domain.course import story
from bot.domain.ids import PersonId, PlaceId
from bot.domain.messages import Commanded, Form, Pressed, Refusal
from bot.ports import TicketQuery
from bot.ports.contacts import ContactQuery
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, MONDAY, TEAM_2, UNKNOWN, a_desk
from tests.world import World, text_of

CALLER = PersonId("phone:+34600111222")
LINE = "+34600111222 5m"


@pytest.fixture
def world() -> World:
    return World(a_desk(country="ES"))


async def contacts(world: World) -> list[Contact]:
    page = await world.store.contacts(ContactQuery(MONDAY - timedelta(days=1), MONDAY + timedelta(days=9)))
    return list(page.contacts)


async def calls(world: World) -> list[Contact]:
    return [one for one in await contacts(world) if one.medium == "call"]


def to_the_caller(world: World) -> list[str]:
    """What was owed to anybody by telephone."""
    return [to for to in (sent.to for sent in world.chat.sent) if to.startswith("phone")]


async def nothing_waits(world: World) -> None:
    queue = await world.store.queue()
    assert (queue["outbox_waiting"], queue["outbox_failed"], queue["inbox_parked"]) == (0, 0, 0)


# --------------------------------------------------------------------------------------------------------- somebody rang
async def test_one_line_makes_a_ticket_for_the_team_and_one_line_in_the_contact_log(world: World) -> None:
    await world.commands("call", f"{LINE} {UNKNOWN}", ANN)

    ticket = await world.ticket()
    assert (ticket.requester, ticket.conversation, ticket.question, ticket.tier, ticket.status) == (CALLER, CALLER, UNKNOWN, 2, "open")
    (line,) = await contacts(world)
    assert line == Contact(MONDAY - timedelta(minutes=5), CALLER, "phone", "in", "call", "handed_over", ANN.id, "IT-1", UNKNOWN, 300, id=line.id)
    card = text_of(world.card().body)
    assert "+34 600 11 12 22" in card
    assert "nothing can be written to them" in card
    assert any("IT-1 is logged" in told and "Call back: +34 600 11 12 22" in told for told in world.told_alone(ANN))
    assert await world.happened() == ["TicketOpened", "CallLogged", "TicketHandedOver"]


async def test_nothing_is_owed_to_whoever_can_only_be_rung_whatever_happens_to_the_ticket(world: World) -> None:
    await world.commands("call", f"{LINE} {UNKNOWN}", ANN)
    for label in ("Take it", "Wait for requester", "Go on"):
        await world.presses(label, ANN, world.card())
    await world.submits("resolve:IT-1", words="It was the cable")
    await world.passes(days=9)

    assert (await world.ticket()).status == "closed"
    assert to_the_caller(world) == []
    await nothing_waits(world)


async def test_a_reply_to_a_caller_is_kept_as_a_note_and_its_author_is_told_that_nobody_was_written_to(world: World) -> None:
    await world.commands("call", f"{LINE} {UNKNOWN}", ANN)
    await world.submits("reply:IT-1", words="Have you tried another cable?")

    said = (await world.store.talk("IT-1", internal=True))[-1]
    assert (said.kind, said.text, said.delivery) == ("note", "Have you tried another cable?", "kept")
    assert any("Nobody was written to" in told and "+34 600 11 12 22" in told for told in world.told_alone(ANN))
    assert (await world.ticket()).human_at is None
    await nothing_waits(world)


async def test_the_form_of_a_reply_says_beforehand_that_it_reaches_nobody(world: World) -> None:
    await world.commands("call", f"{LINE} {UNKNOWN}", ANN)
    form = await world.enquiries.form("reply:IT-1", ANN.id)
    assert isinstance(form, Form)
    assert "nothing can be written to them" in form.fields[0].hint


async def test_the_same_number_however_it_is_written_is_the_same_caller_and_a_name_once_told_is_kept(world: World) -> None:
    await world.submits("call", words=UNKNOWN, number="600 111 222", name="Carla Ruiz", minutes="5", outcome="ticket", direction="in", language="-")
    await world.commands("call", f"+34-600-111-222 2m {UNKNOWN} again", ANN)

    first, second = await world.ticket("IT-1"), await world.ticket("IT-2")
    assert first.requester == second.requester == CALLER
    assert "Carla Ruiz" in text_of(world.card("IT-2").body)
    assert any("They have open already: IT-1" in told for told in world.told_alone(ANN))


async def test_two_callers_who_withheld_their_number_are_two_people(world: World) -> None:
    await world.commands("call", f"5m {UNKNOWN}", ANN)
    await world.commands("call", f"5m {UNKNOWN}", BEN)
    first, second = await world.ticket("IT-1"), await world.ticket("IT-2")
    assert first.requester != second.requester
    assert "The number was withheld" in text_of(world.card("IT-1").body)


async def test_a_call_that_was_solved_is_a_ticket_resolved_by_whoever_spoke(world: World) -> None:
    await world.submits("call", words="I forgot my password", number="600111222", minutes="3", outcome="solved", entry="password", direction="in", language="-")

    ticket = await world.ticket()
    assert (ticket.status, ticket.tier, ticket.assignee, ticket.entry) == ("resolved", 2, ANN.id, "password")
    (line,) = await calls(world)
    assert (line.outcome, line.duration_s, line.ticket) == ("solved", 180, "IT-1")
    await nothing_waits(world)


async def test_what_the_faq_has_for_a_call_is_offered_to_whoever_logged_it_and_one_press_resolves_the_ticket(world: World) -> None:
    await world.commands("call", f"{LINE} How do I reset my password?", ANN)
    (told,) = [body for _, body in world.chat.answers if body.only_for == ANN.id and body.choices]
    action = told.choices[0].action

    await world.happens(_pressed(action), ANN, str(ANN.id))

    ticket = await world.ticket()
    assert (ticket.status, ticket.entry) == ("resolved", "password")
    await nothing_waits(world)


@pytest.mark.parametrize("number", ["12345678", "+999 123 456 789"])
async def test_what_is_no_number_is_refused_in_a_plain_sentence_and_nothing_is_made(world: World, number: str) -> None:
    await world.commands("call", f"{number} 5m {UNKNOWN}", ANN)
    assert any("is no telephone number" in told for told in world.told_alone(ANN))
    assert await world.store.tickets(TicketQuery()) == []
    assert await contacts(world) == []


@pytest.mark.parametrize("name", ["call"])
async def test_who_is_no_agent_logs_nothing_and_is_asked_for_no_form(world: World, name: str) -> None:
    assert isinstance(await world.enquiries.form(name, ALICE.id), Refusal)
    await world.submits(name, ALICE, words=UNKNOWN, minutes="5", outcome="ticket", direction="in", language="-")
    assert await world.store.tickets(TicketQuery()) == []
    assert await contacts(world) == []
    await world.commands(name, f"me back please, {UNKNOWN}", ALICE)
    assert (await world.ticket()).requester == ALICE.id, "of a requester, those were the words of a question"


async def test_a_form_says_at_the_field_what_is_no_number(world: World) -> None:
    form = await world.enquiries.form("call", ANN.id)
    assert isinstance(form, Form)
    values = {one.name: one.initial for one in form.fields} | {"words": UNKNOWN, "number": "123"}
    again = await world.enquiries.asked_again("call", ANN.id, values)
    assert again is not None
    assert [one.name for one in again.fields if one.problem] == ["number"]


async def test_where_there_are_no_forms_one_question_follows_the_other_and_a_wrong_number_alone_is_asked_again(world: World) -> None:
    await world.commands("call", "", ANN)
    await world.says(UNKNOWN, ANN)
    await world.says("123", ANN)
    await world.says("Carla", ANN)
    await world.presses("Keep it", ANN)
    await world.presses("A ticket for Service desk", ANN)
    assert any("is no telephone number" in text_of(sent.body) for sent in world.to(ANN))

    await world.says("600111222", ANN)

    ticket = await world.ticket()
    assert (ticket.question, ticket.requester) == (UNKNOWN, CALLER)
    (line,) = await calls(world)
    assert line.duration_s == 300


async def test_the_same_line_that_comes_twice_is_one_call(world: World) -> None:
    event = await world.happens(_commanded(f"{LINE} {UNKNOWN}"), ANN, str(ANN.id))
    await world.intake.receive(event)
    await world.workers.drain()
    assert len(await calls(world)) == 1


async def test_a_ticket_of_a_call_was_made_by_an_agent_and_bothered_no_faq(world: World) -> None:
    await world.commands("call", f"{LINE} {UNKNOWN}", ANN)
    facts = story((await world.store.histories(["IT-1"]))[0], world.desk).facts
    assert (facts.made_by, facts.self_service, facts.channel, facts.decision) == ("agent", "", "phone", "")


# ------------------------------------------------------------------------------------------------------- about a ticket
async def a_ticket_of_alices(world: World) -> None:
    await world.commands("human", UNKNOWN)


async def test_a_call_about_a_ticket_is_in_its_talk_for_the_team_and_answers_its_requester(world: World) -> None:
    await a_ticket_of_alices(world)
    before = len(world.to(ALICE))

    await world.commands("call", "1 7m she will restart it", ANN)

    (line,) = await calls(world)
    assert (line.person, line.channel, line.outcome, line.duration_s, line.ticket, line.by) == (ALICE.id, "phone", "replied", 420, "IT-1", ANN.id)
    assert any("she will restart it" in said and "7 min" in said for said in world.thread(world.card()))
    assert (await world.ticket()).human_at is not None, "a person has spoken with them"
    assert len(world.to(ALICE)) == before, "what was said is not written to them once more"
    assert "she will restart it" not in [one.text for one in await world.store.talk("IT-1", internal=False)]


async def test_a_call_that_nobody_answered_answers_nobody(world: World) -> None:
    await a_ticket_of_alices(world)
    await world.submits("called:IT-1", words="rang twice", minutes="0", outcome="no_answer", direction="out")
    (line,) = await calls(world)
    assert (line.outcome, line.direction, line.duration_s) == ("no_answer", "out", 0)
    assert (await world.ticket()).human_at is None


async def test_a_call_that_solved_a_ticket_resolves_it_and_its_requester_is_told_where_they_wrote(world: World) -> None:
    await a_ticket_of_alices(world)
    await world.submits("called:IT-1", words="the cable was loose", minutes="2", outcome="solved", solution="Cable plugged in", direction="in")
    ticket = await world.ticket()
    assert (ticket.status, ticket.solution) == ("resolved", "Cable plugged in")
    world.heard("IT-1 is resolved")


async def test_a_call_about_a_ticket_of_another_team_or_none_is_refused_and_leaves_no_line(world: World) -> None:
    await a_ticket_of_alices(world)
    await world.commands("call", "1 7m words", CLEO)
    await world.commands("call", "77 7m words", ANN)
    await world.submits("called:IT-1", ALICE, words="words", minutes="5", outcome="spoke", direction="in")
    assert await calls(world) == []


async def test_typed_in_a_tickets_thread_a_call_is_about_that_ticket(world: World) -> None:
    await a_ticket_of_alices(world)
    card = world.card()
    await world.commands("call", "3m he is happy", ANN, place=PlaceId(TEAM_2), reply_to=card.id)
    (line,) = await calls(world)
    assert line.ticket == "IT-1"


async def test_a_closed_ticket_takes_no_call(world: World) -> None:
    await a_ticket_of_alices(world)
    await world.submits("resolve:IT-1", words="done")
    await world.passes(days=9)
    await world.submits("called:IT-1", words="words", minutes="5", outcome="spoke", direction="in")
    await world.commands("call", "1 5m words", ANN)
    assert await calls(world) == []


async def test_a_ticket_that_goes_on_as_another_takes_no_call(world: World) -> None:
    await a_ticket_of_alices(world)
    await world.commands("human", f"{UNKNOWN} again", BOB)
    await world.commands("merge", "1 2", ANN)
    assert (await world.ticket()).parent_as == "merged"
    await world.commands("call", "1 5m words", ANN)
    assert await calls(world) == []


# ---------------------------------------------------------------------------------------------- with a telephone of our own
async def test_where_there_is_a_telephone_that_takes_messages_the_caller_is_written_to() -> None:
    world = World(a_desk(country="ES"))
    phone = MemoryChannel("phone")
    world.channels["phone"] = phone
    await world.commands("call", f"{LINE} {UNKNOWN}", ANN)
    await world.submits("reply:IT-1", words="A colleague is on the way")
    told = [text_of(sent.body) for sent in phone.sent]
    assert any("IT-1" in one for one in told)
    assert any("A colleague is on the way" in one for one in told)


def _pressed(action: str) -> Pressed:
    return Pressed(action, PlaceId(str(ANN.id)), answer_to="press")


def _commanded(line: str) -> Commanded:
    return Commanded("call", line, PlaceId(str(ANN.id)), private=True, answer_to="command")
