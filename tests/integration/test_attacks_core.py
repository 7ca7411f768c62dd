"""Who may do what, whatever comes in with a press, a form, a command or a word: the desk believes nothing but its own memory and the platform's roster."""

from __future__ import annotations

from typing import Literal

import pytest

from bot.domain.ids import PersonId, PlaceId, TicketId
from bot.domain.messages import Commanded, Deleted, Edited, Happening, Pressed, Refusal, Said, Submitted
from bot.domain.people import Person
from bot.domain.tickets import Ticket, TicketMessage
from bot.store.talk import is_for_requester
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, FAQ, MALLORY, MONDAY, TEAM_2, UNKNOWN, a_desk, a_message, an_entry
from tests.hostile import FORGED
from tests.world import World, text_of

ADMIN = Person(PersonId("chat:root"), "Root", "en")
WORDY = ("reply", "note", "escalate", "back", "resolve")
MOVES = ("take", "release", "hold", "resume", "reopen", "close", *WORDY)


async def a_ticket_of_alice(world: World) -> Ticket:
    await world.says(UNKNOWN)
    return await world.ticket()


def attempts(number: str) -> list[Happening]:
    """Every way to move a ticket: button, form, command, command in its thread."""
    place = PlaceId(TEAM_2)
    tries: list[Happening] = [Pressed(f"{move}:{number}", place, answer_to=f"press-{move}") for move in (*MOVES, "undo")]
    tries += [Submitted(f"{move}:{number}", {"words": "let me"}, place, answer_to=f"form-{move}") for move in WORDY]
    tries += [Commanded(move, number, place, answer_to=f"command-{move}") for move in ("take", "release", "reopen")]
    return tries


# -------------------------------------------------------------------------------------------------- nobody but agents
@pytest.mark.parametrize("who", [MALLORY, BOB, ALICE])
async def test_who_is_no_agent_moves_nothing_by_any_door(world: World, who: Person) -> None:
    """B1."""
    before = await a_ticket_of_alice(world)
    card = world.card()

    for what in attempts("IT-1"):
        await world.happens(what, who)
    await world.writes(card, "I am from the service desk", who)
    await world.happens(Commanded("reply", "your password please", PlaceId(TEAM_2), reply_to=card.id), who, str(card.id))

    assert await world.ticket() == before
    assert set(await world.happened()) == {"TicketOpened", "TicketHandedOver", "MoveDenied"}
    world.never_heard("password please")
    world.never_heard("from the service desk")
    assert {"Only support agents of this team can do that."} <= set(world.told_alone(who))


async def test_a_team_with_no_members_has_no_agents(world: World) -> None:
    """B1: an empty list is nobody."""
    world.chat.members = {}
    before = await a_ticket_of_alice(world)
    for what in attempts("IT-1"):
        await world.happens(what, ANN)
    assert await world.ticket() == before


async def test_with_no_admins_nobody_changes_the_faq(world: World) -> None:
    """B1, B14."""
    for who in (ALICE, ANN, CLEO, MALLORY):
        await world.submits("faq-new", who, question="How do I get rich?", answer="Send me money.", then="publish")
        await world.submits("faq-save:password:en", who, question="How do I reset my password?", answer="Tell me your password.", then="publish")
        for action in ("faq-new", "faq-retire:password", "faq-edit:password:en", "draft-publish:1"):
            await world.happens(Pressed(action, PlaceId(who.id), answer_to=action), who)
        assert set(world.told_alone(who)) == {"Only admins can change the FAQ. Ask whoever set up this desk."}
    await world.says("How do I reset my password?")
    world.heard("marmalade")
    assert await world.store.entries() == []


async def test_a_forged_press_changes_nothing_and_stops_nothing(world: World) -> None:
    """B2."""
    before = await a_ticket_of_alice(world)
    for who in (MALLORY, BOB, ANN):
        for action in FORGED:
            if who is not ANN or action.partition(":")[0] not in MOVES:
                await world.happens(Pressed(action, PlaceId(who.id), answer_to=f"{who.id}-{action}"), who)
    assert await world.ticket() == before
    assert await world.store.parked() == []
    await world.says("How do I reset my password?", BOB)
    world.heard("marmalade", BOB)


async def test_a_button_of_an_old_message_is_answered_with_how_things_stand(world: World) -> None:
    """B2."""
    await world.says("How do I reset my password?")
    solved, answer = world.button("Yes, solved")
    await world.presses("Talk to a person")
    await world.submits("resolve:IT-1", words="done")

    for action in (solved.action, "not:IT-1", "human:IT-1"):
        await world.happens(Pressed(action, PlaceId(ALICE.id), answer.id, answer_to=action), ALICE)
    await world.happens(Pressed("take:IT-1", PlaceId(TEAM_2), answer_to="late"), BEN)

    assert (await world.ticket()).status == "resolved"
    assert len(world.told_alone(ALICE)) == 3
    assert world.told_alone(BEN) == ["IT-1 is already resolved."]


async def test_a_right_that_ended_since_the_form_was_opened_is_no_right(world: World) -> None:
    """B3."""
    await a_ticket_of_alice(world)
    assert not isinstance(await world.enquiries.form("reply:IT-1", ANN.id), Refusal)
    world.chat.members[TEAM_2].discard(ANN.id)
    world.clock.advance(seconds=66)

    await world.submits("reply:IT-1", ANN, words="one more thing")

    world.never_heard("one more thing")
    assert isinstance(await world.enquiries.form("reply:IT-1", ANN.id), Refusal)


async def test_who_left_the_team_corrects_no_reply_of_theirs_any_more(world: World) -> None:
    """B3."""
    await a_ticket_of_alice(world)
    said = (await world.writes(world.card(), "try oil")).what
    assert isinstance(said, Said)
    world.chat.members[TEAM_2].discard(ANN.id)
    world.clock.advance(seconds=66)

    await world.happens(Edited(said.message, "call 0900-EVIL"), ANN, world.card().id)

    world.never_heard("0900-EVIL")


async def test_nobody_corrects_or_deletes_another_ones_words(world: World) -> None:
    """B5, B10."""
    said = (await world.says(UNKNOWN)).what
    assert isinstance(said, Said)
    await world.happens(Edited(said.message, "I want to cancel everything"), BOB)
    await world.happens(Deleted(said.message), BOB)
    (message,) = await world.store.talk("IT-1", internal=True)
    assert (message.text, message.deleted) == (UNKNOWN, False)


# --------------------------------------------------------------------------------------------------------- whose is it
async def test_a_foreign_ticket_and_a_missing_one_are_answered_alike_by_every_command(world: World) -> None:
    """B5."""
    before = await a_ticket_of_alice(world)
    for name in ("status", "close"):
        await world.commands(name, "1", BOB)
        await world.commands(name, "it-1", BOB)
        await world.commands(name, "4711", BOB)
    told = [line.replace("IT-1", "N").replace("IT-4711", "N") for line in world.told_alone(BOB)]
    assert len(told) == 6
    assert len(set(told)) == 1
    assert await world.ticket() == before


async def test_a_stranger_who_presses_on_a_foreign_ticket_reads_nothing_of_it(world: World) -> None:
    """B5."""
    await world.says("How do I reset my password?")
    for action in ("solved:IT-1", "not:IT-1", "entry:IT-1:0", "why:IT-1:wrong_topic", "reopen:IT-1", "split:IT-1", "human:IT-1"):
        await world.happens(Pressed(action, PlaceId(BOB.id), answer_to=action), BOB)
    shown = " ".join([*world.told_alone(BOB), *(text_of(s.body) for s in world.to(BOB))])
    assert "marmalade" not in shown
    assert "password" not in shown
    assert (await world.ticket()).status == "open"


async def test_only_the_requester_gives_a_verdict_in_words(world: World) -> None:
    """B5: in a thread that others read, too, a colleague's "thanks" solves nothing."""
    thread = "chat:C0HELP/17.1"
    asked = a_message("How do I reset my password?", private=False, place=PlaceId("chat:C0HELP"))
    await world.happens(asked, ALICE, thread)
    for words in ("thanks!", "yes", "no", "solved"):
        await world.happens(a_message(words, BOB, private=False, place=PlaceId("chat:C0HELP")), BOB, thread)
    ticket = await world.ticket()
    assert (ticket.status, ticket.tier, [o.outcome for o in ticket.offers]) == ("open", 1, [""])


async def test_the_same_id_on_another_platform_is_another_person(world: World) -> None:
    """B6."""
    await a_ticket_of_alice(world)
    twin = Person(PersonId("other:alice"), "Alice", "en")
    await world.happens(Pressed("take:IT-1", PlaceId(TEAM_2), answer_to="p"), Person(PersonId("other:ann"), "Ann Agent", "en"), "other:ann")
    await world.happens(Commanded("close", "1", PlaceId(twin.id), private=True), twin)
    assert (await world.ticket()).assignee is None
    assert (await world.ticket()).status == "open"


async def test_what_else_stands_in_a_form_is_not_read(world: World) -> None:
    """B10."""
    await a_ticket_of_alice(world)
    more = {"assignee": str(MALLORY.id), "tier": "9", "status": "closed", "internal": "false", "requester": str(BOB.id), "conversation": str(BOB.id)}
    await world.submits("note:IT-1", ANN, words="for us alone", **more)
    await world.submits("ask", BOB, question="My lamp hums in a minor key", requester=str(ALICE.id), priority="urgent")

    ticket, asked = await world.ticket(), await world.ticket("IT-2")
    assert (ticket.assignee, ticket.tier, ticket.status, ticket.requester) == (None, 2, "open", ALICE.id)
    assert (asked.requester, str(asked.conversation), asked.priority) == (BOB.id, "chat:bob", "normal")
    world.never_heard("for us alone")
    world.never_heard("for us alone", BOB)


@pytest.mark.parametrize(("kind", "public"), [("question", True), ("detail", True), ("reply", True), ("bot", True), ("note", False), ("x", False), ("", False)])
def test_a_message_of_an_unknown_kind_is_internal(kind: str, public: bool) -> None:
    """B11."""
    direction: Literal["in", "out"] = "in" if kind in ("question", "detail") else "out"
    message = TicketMessage(1, TicketId("IT-1"), direction, kind, ANN.id, "x", MONDAY, delivery="sent")
    assert is_for_requester(message) is public


# ----------------------------------------------------------------------------------------------------- one's own scope
async def test_an_agent_lists_takes_and_answers_in_their_own_tier_alone(world: World) -> None:
    """B13."""
    await a_ticket_of_alice(world)
    await world.says("the lamp on my desk hums in a minor key", BOB)
    await world.submits("escalate:IT-2", ANN, words="up")

    await world.commands("queue", "", ANN)
    await world.commands("queue", "", CLEO)
    assert ("IT-1" in world.told_alone(ANN)[-1], "IT-2" in world.told_alone(ANN)[-1]) == (True, False)
    assert ("IT-1" in world.told_alone(CLEO)[-1], "IT-2" in world.told_alone(CLEO)[-1]) == (False, True)

    before = [await world.ticket("IT-1"), await world.ticket("IT-2")]
    for what in attempts("IT-2"):
        await world.happens(what, ANN)
    for what in attempts("IT-1"):
        await world.happens(what, CLEO)
    assert [await world.ticket("IT-1"), await world.ticket("IT-2")] == before
    assert isinstance(await world.enquiries.form("reply:IT-2", ANN.id), Refusal)


async def test_the_home_page_lists_what_its_reader_may_take(world: World) -> None:
    """B13."""
    await a_ticket_of_alice(world)
    await world.roster.refresh(ANN.id)
    await world.roster.refresh(CLEO.id)
    for who in (ANN, CLEO, MALLORY):
        await world.happens(Pressed("home:unclaimed", PlaceId(who.id), answer_to="p"), who)
    seen = {who.id: {c.action for s in (await world.enquiries.home(who.id)).sections for c in s.choices} for who in (ANN, CLEO, MALLORY)}
    assert "take:IT-1" in seen[ANN.id]
    assert "take:IT-1" not in seen[CLEO.id] | seen[MALLORY.id]


async def test_an_answer_holds_no_placeholders_whatever_it_says() -> None:
    """B14."""
    said = "Use {{config}} {0.__class__} {number} %(x)s ${PATH} {% raw %} as it stands."
    world = World(a_desk(admins=frozenset({ADMIN.id})), entries=[*FAQ, an_entry("odd", "How do I write placeholders?", said)])
    await world.says("How do I write placeholders?")
    world.heard(said)
    await world.submits("faq-save:odd:en", ADMIN, question="How do I write placeholders?", answer=f"{said} Twice.", then="publish")
    await world.says("How do I write placeholders?", BOB)
    world.heard(f"{said} Twice.", BOB)


# ---------------------------------------------------------------------------------------------------------- commands
@pytest.mark.parametrize("words", ["/close 1", "/resolve done", "close", "#note hi", "take 1", "claim 1", "/take IT-1", "resolve: done"])
async def test_relayed_words_that_look_like_a_command_command_nothing(world: World, words: str) -> None:
    """C8."""
    await a_ticket_of_alice(world)
    await world.says(words)
    await world.writes(world.card(), words, ANN)
    ticket = await world.ticket()
    assert (ticket.status, ticket.tier, ticket.assignee) == ("open", 2, None)
    assert [line for line in world.thread(world.card()) if line.endswith(f"> {words}")]
    assert "Ann Agent · IT-1" in text_of(world.heard(words).body)
