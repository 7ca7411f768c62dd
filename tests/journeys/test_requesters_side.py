"""The requester's side: one's own tickets, an honest wait, few words, a judgement at the end."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from bot.domain.calendars import Calendar
from bot.domain.ids import TicketId
from bot.domain.messages import Outbound, Pressed
from bot.domain.people import Person
from bot.ports import Transaction
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, MALLORY, MONDAY, TEAM_3, UNKNOWN, a_desk, a_ticket
from tests.world import World, text_of

WEEKDAYS = dict.fromkeys(range(5), ((9 * 60, 17 * 60),))


def receipt(world: World, person: Person = ALICE) -> str:
    """What the receipt shows now."""
    return text_of(next(s.body for s in world.to(person) if any("I passed it on" in text_of(v) for v in s.versions)))


def versions(world: World, person: Person = ALICE) -> list[Outbound]:
    return next(s.versions for s in world.to(person) if any("I passed it on" in text_of(v) for v in s.versions))


def told(world: World, person: Person = ALICE) -> list[str]:
    """The first line of every message that reached this person's conversation, in order."""
    return [text_of(s.versions[0]).split("\n")[0] for s in world.to(person)]


async def resolved(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.submits("resolve:IT-1", ANN, words="Oiled the chair.")


# ------------------------------------------------------------------------------------------------------------ few words
async def test_a_requester_hears_when_it_is_taken_answered_and_resolved_and_nothing_else() -> None:
    world = World(a_desk(hours=Calendar()))
    await world.says(UNKNOWN)
    assert len(told(world)) == 1

    await world.presses("Take it", ANN)
    await world.submits("note:IT-1", ANN, words="strange chair")
    await world.writes(world.card(), "Which floor is it?")
    await world.presses("Wait for requester", ANN)
    await world.says("Floor three")
    await world.presses("Release", ANN)
    await world.submits("escalate:IT-1", ANN, words="beyond me")
    await world.presses("Take it", CLEO, on=world.card(place=TEAM_3))
    await world.submits("back:IT-1", CLEO, words="please oil it first")
    await world.presses("Take it", BEN)
    await world.submits("resolve:IT-1", BEN, words="Oiled.")
    await world.presses("Reopen", BEN)
    await world.passes(minutes=1)
    await world.submits("resolve:IT-1", BEN, words="Oiled once more.")
    await world.presses("Close", BEN)
    for _ in range(20):
        await world.passes(days=2)

    assert told(world) == [
        "I have no answer for this. I passed it on to Service desk as IT-1.",
        "Ann Agent has taken IT-1.",
        "Ann Agent · IT-1> Which floor is it?",
        "Cleo Expert has taken IT-1.",
        "Ben Agent has taken IT-1.",
        "IT-1 is resolved",
        "IT-1 is resolved",
        "How was the help with IT-1? 1 is bad, 5 is very good. You will not be asked again.",
    ]


async def test_who_is_made_to_wait_without_a_word_is_told_so(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Wait for requester", ANN)

    world.heard("needs an answer from you")


async def test_nobody_is_told_of_their_own_doing_beside_the_answer_to_it(world: World) -> None:
    await resolved(world)
    before = len(told(world))

    await world.presses("Reopen", ALICE, on=world.heard("is resolved"))
    assert len(told(world)) == before + 1
    await world.commands("close")

    assert len(told(world)) == before + 1
    assert world.told_alone(ALICE)[-1] == "IT-1 is closed."


async def test_once_a_person_has_written_the_bot_is_silent(world: World) -> None:
    await world.says(UNKNOWN)
    await world.writes(world.card(), "I am looking at it")
    before = len(told(world))

    for words in ("How do I reset my password?", "hello", "thanks", "yes", "👍", "How do I connect to the VPN from home?"):
        await world.says(words)

    assert len(told(world)) == before
    assert world.thread(world.card())[-1] == "Alice> How do I connect to the VPN from home?"


async def test_a_hundred_greetings_hear_one_back_a_minute(world: World) -> None:
    for _ in range(100):
        await world.says("hello")
    assert len(told(world)) == 1

    await world.says("hello", BOB)
    await world.passes(minutes=1)
    await world.says("hello")

    assert (len(told(world)), len(told(world, BOB))) == (2, 1)


async def test_a_flood_joins_the_open_ticket_with_one_notice(world: World) -> None:
    await world.says(UNKNOWN)
    for number in range(30):
        await world.says(f"and it squeaks, {number}")

    assert len(told(world)) == 1
    assert len(await world.store.talk("IT-1", internal=False)) == 31


# ------------------------------------------------------------------------------------------------------- an honest wait
async def test_the_receipt_says_how_many_are_before_and_nothing_that_was_not_measured(world: World) -> None:
    await world.says(UNKNOWN, BOB)
    assert "You are first in the queue." in receipt(world, BOB)
    world.clock.advance(minutes=1)

    await world.says(UNKNOWN)

    assert receipt(world).endswith("\n1 request is before yours in the queue.")


async def answered_before(world: World, *minutes: int, weeks: int = 1, tier: int = 2) -> None:
    """Tickets of earlier weeks at this hour, with first answers so long after they were opened."""
    opened = world.clock.now() - timedelta(weeks=weeks)

    async def unit(tx: Transaction) -> None:
        for number, wait in enumerate(minutes, 100):
            at = {"opened_at": opened, "tier_since": opened, "human_at": opened + timedelta(minutes=wait)}
            await tx.add_ticket(a_ticket(id=TicketId(f"IT-{number * 10 + tier}"), requester=BOB.id, conversation=BOB.id, status="closed", tier=tier, **at))

    await world.store.run(unit)


async def test_the_receipt_says_what_others_really_waited_at_this_hour(world: World) -> None:
    await answered_before(world, 4, 40, 12, 9, 300)

    await world.says(UNKNOWN)

    assert receipt(world).endswith("At this hour of the week half of all requests had their first answer within 12 minutes.")


@pytest.mark.parametrize(("minutes", "weeks", "tier"), [((4, 5, 6, 7), 1, 2), ((4, 5, 6, 7, 8), 13, 2), ((4, 5, 6, 7, 8), 1, 3)])
async def test_too_few_too_old_or_others_waits_are_no_figure(world: World, minutes: tuple[int, ...], weeks: int, tier: int) -> None:
    await answered_before(world, *minutes, weeks=weeks, tier=tier)

    await world.says(UNKNOWN)

    assert receipt(world).endswith("You are first in the queue.")


async def test_a_closed_desk_says_when_it_opens_in_the_requesters_zone() -> None:
    world = World(a_desk(hours=Calendar(WEEKDAYS, timezone="Europe/Madrid"), timezone="Europe/Madrid"))
    world.clock.moment = MONDAY - timedelta(days=1)
    there = Person(ALICE.id, ALICE.name, "en", "America/New_York")

    await world.says(UNKNOWN, there)
    await world.says(UNKNOWN, BOB)

    assert receipt(world).endswith("The desk is closed now and opens Mar 2, 3:00\u202fAM.")
    assert receipt(world, BOB).endswith("The desk is closed now and opens Mar 2, 9:00\u202fAM (Europe/Madrid).")


async def test_the_line_about_waiting_is_kept_true_in_place(world: World) -> None:
    await world.says(UNKNOWN)
    shown = [receipt(world).split("\n")[-1]]
    for label in ("Take it", "Wait for requester", "Go on", "Release"):
        await world.presses(label, ANN)
        shown.append(receipt(world).split("\n")[-1])
    await world.submits("resolve:IT-1", ANN, words="Oiled.")

    first, taken, held = "You are first in the queue.", "It is with Ann Agent now.", "It waits for your answer."
    assert shown == [first, taken, held, taken, first]
    assert receipt(world).endswith("just write here.")
    assert versions(world)[-1].choices == ()
    assert all(one != other for one, other in pairwise(versions(world)))


# ---------------------------------------------------------------------------------------------------------- one's tickets
async def test_the_list_opens_each_ticket_and_marks_what_is_new(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.passes(minutes=1)
    await world.writes(world.card(), "Look under the desk")

    await world.commands("list")
    assert "IT-1 · Open · 1 new message: The ergonomic chair" in world.told_alone(ALICE)[-1]
    await world.happens(Pressed("details:IT-1", ALICE.id, answer_to="x"))  # type: ignore[arg-type]
    assert "Ann Agent> Look under the desk" in world.told_alone(ALICE)[-1]
    assert [choice.action for choice in world.chat.answers[-1][1].choices] == ["add:IT-1", "cancel:IT-1"]
    await world.commands("list")

    assert "new message" not in world.told_alone(ALICE)[-1]


async def test_who_writes_on_has_seen_what_was_said(world: World) -> None:
    await world.says(UNKNOWN)
    await world.passes(minutes=1)
    await world.writes(world.card(), "Look under the desk")
    await world.passes(minutes=1)
    await world.says("nothing there")

    await world.commands("list")

    assert "new message" not in world.told_alone(ALICE)[-1]


async def test_details_are_added_from_the_list_wherever_the_ticket_is(world: World) -> None:
    await world.says("How do I reset my password?")
    await world.submits("add:IT-1", ALICE, words="it is the old portal")
    await world.presses("Talk to a person")
    await world.submits("add:IT-1", ALICE, words="and the new one")
    await world.submits("resolve:IT-1", ANN, words="Reset.")
    await world.submits("add:IT-1", ALICE, words="it is locked again")

    assert [m.text for m in await world.store.talk("IT-1", internal=False) if m.direction == "in"] == [
        "How do I reset my password?",
        "it is the old portal",
        "and the new one",
        "it is locked again",
    ]
    assert world.thread(world.card())[-1] == "Alice> it is locked again"
    assert (await world.ticket()).status == "open"


async def test_cancelling_asks_once_and_the_team_is_told_why(world: World) -> None:
    await world.says(UNKNOWN)

    await world.presses("Cancel request")
    assert (await world.ticket()).status == "open"
    await world.submits("cancel:IT-1", ALICE, words="found the oil")

    assert world.thread(world.card())[-1] == "Alice has cancelled IT-1.\nAlice> found the oil"
    assert text_of(world.card().body).startswith("IT-1 · Closed")
    assert world.told_alone(ALICE)[-1] == "IT-1 is closed."
    assert (await world.happened())[-1] == "TicketClosed"


async def test_one_press_more_cancels_where_there_are_no_forms(world: World) -> None:
    await world.says(UNKNOWN)

    await world.presses("Cancel request")
    choice = world.chat.answers[-1][1].choices[0]
    assert choice.label == "Yes, cancel it"
    await world.happens(Pressed(choice.action, ALICE.id, answer_to="x"))  # type: ignore[arg-type]

    assert (await world.ticket()).status == "closed"


@pytest.mark.parametrize("action", ["details:IT-1", "add:IT-1", "cancel:IT-1:yes", "rate:IT-1:1", "comment:IT-1", "seen:IT-1"])
async def test_nobody_reaches_into_anothers_ticket(world: World, action: str) -> None:
    await resolved(world)
    before = await world.ticket()

    await world.happens(Pressed(action, MALLORY.id, answer_to="x"), MALLORY)  # type: ignore[arg-type]

    assert await world.ticket() == before
    assert world.told_alone(MALLORY) == ["Only the person who asked can press this."]


# ------------------------------------------------------------------------------------------------------------ a judgement
async def test_a_resolve_asks_once_how_the_help_was_and_the_card_shows_it(world: World) -> None:
    await resolved(world)
    assert world.labels(world.heard("is resolved")) == ["1 ★", "2 ★", "3 ★", "4 ★", "5 ★", "Reopen"]

    await world.presses("4 ★")
    assert "Rating: ★★★★☆ 4/5" in text_of(world.card().body)
    assert world.told_alone(ALICE)[-1] == "Thank you. You gave IT-1 4 of 5."
    await world.submits("comment:IT-1", ALICE, words="Quick!")

    assert "Comment of the requester> Quick!" in text_of(world.card().body)
    assert text_of(world.heard("is resolved").body).endswith("You gave 4 of 5. Press another number to change it.")
    assert (await world.happened())[-2:] == ["RatingGiven", "CommentGiven"]


async def test_a_judgement_can_be_changed_for_two_weeks(world: World) -> None:
    await resolved(world)
    await world.presses("1 ★")
    await world.presses("5 ★")
    await world.passes(days=13)
    await world.presses("3 ★")
    await world.passes(days=2)
    await world.presses("2 ★")

    assert ((await world.ticket()).rating, (await world.ticket()).status) == (3, "closed")
    assert world.told_alone(ALICE)[-1] == "IT-1 cannot be rated now."


async def test_a_digit_is_a_judgement_and_no_new_words(world: World) -> None:
    await resolved(world)
    await world.says("5")

    assert ((await world.ticket()).rating, (await world.ticket()).status) == (5, "resolved")


async def test_who_has_not_judged_is_reminded_once_however_often_it_is_resolved(world: World) -> None:
    await resolved(world)
    await world.passes(days=1, minutes=1)
    world.heard("You will not be asked again")
    await world.says("it squeaks again")
    await world.submits("resolve:IT-1", ANN, words="Oiled more.")
    await world.passes(days=3)

    assert len([line for line in told(world) if "You will not be asked again" in line]) == 1


async def test_who_has_judged_or_reopened_is_not_reminded(world: World) -> None:
    await resolved(world)
    await world.presses("2 ★")
    await world.says(UNKNOWN, BOB)
    await world.submits("resolve:IT-2", ANN, words="Done.")
    await world.says("not at all", BOB)
    await world.passes(days=3)

    world.never_heard("You will not be asked again")
    world.never_heard("You will not be asked again", BOB)


async def test_what_the_faq_solved_or_left_silent_is_never_judged(world: World) -> None:
    await world.says("How do I reset my password?")
    await world.presses("Yes, solved")
    await world.says("How do I connect to the VPN from home?", BOB)
    await world.passes(days=10)

    for person in (ALICE, BOB):
        world.never_heard("How was the help", person)


async def test_a_desk_that_does_not_want_to_know_asks_nobody() -> None:
    world = World(a_desk(ask_rating=False))
    await resolved(world)
    await world.passes(days=3)

    world.never_heard("How was the help")
    await world.says("5")
    assert (await world.ticket()).status == "open"


async def test_a_desk_that_reminds_nobody_asks_once() -> None:
    world = World(a_desk(remind_rating=None))
    await resolved(world)
    await world.passes(days=3)

    world.heard("How was the help?")
    world.never_heard("You will not be asked again")
