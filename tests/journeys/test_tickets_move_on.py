"""A ticket that nobody serves moves on by itself: who is reminded, and what becomes of it then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adapters.memory import MemoryChannel
from bot.domain.ids import MessageId
from bot.domain.messages import Outbound
from bot.errors import DeliveryRefused
from tests.builders import ANN, BEN, TEAM_2, TEAM_3, UNKNOWN, a_desk
from tests.journeys.served import HOUR, MORNINGS, asked, desk, in_thread
from tests.world import World, text_of


async def test_who_takes_it_and_is_silent_is_reminded_by_name_and_then_it_is_back_in_the_queue() -> None:
    world = World(desk(silent_within=HOUR))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)

    await world.passes(minutes=61)
    assert in_thread(world, "Ann Agent, the requester of IT-1 waits for your words")
    world.heard("The requester of IT-1 waits for your words", ANN)
    await world.passes(minutes=30)

    assert (await world.ticket()).assignee is None
    assert "IT-1 · Open · nobody yet" in text_of(world.card().body)
    assert in_thread(world, "Ann Agent left IT-1 without words, so it is back in the queue.")
    world.heard("IT-1 is no longer yours", ANN)
    assert (await world.happened())[-2:] == ["ReminderSent", "TicketReleased"]
    released = (await world.store.history("IT-1"))[-1]
    assert released.details["reason"] == "silent"
    world.never_heard("back in the queue")


async def test_what_is_back_in_the_queue_climbs_like_any_unclaimed_ticket() -> None:
    world = World(desk(silent_within=HOUR, claim_within=HOUR))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)

    await world.passes(minutes=91)
    assert (await world.ticket()).tier == 2
    await world.passes(minutes=61)

    assert (await world.ticket()).tier == 3


async def test_it_goes_to_one_agent_after_the_other_and_to_the_next_tier_when_all_let_it_lie() -> None:
    world = World(desk(silent_within=HOUR, then="next"))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)

    await world.passes(minutes=91)
    assert (await world.ticket()).assignee == BEN.id
    await world.passes(minutes=61)
    world.heard("It goes to somebody else", BEN)
    await world.passes(minutes=30)

    ticket = await world.ticket()
    assert (ticket.tier, ticket.assignee) == (3, None)
    assert in_thread(world, "Nobody took IT-1 in time, so it went to Specialists.")


async def test_words_to_the_requester_stop_the_clock_and_a_note_does_not() -> None:
    world = World(desk(silent_within=HOUR))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.submits("note:IT-1", ANN, words="strange chair")
    await world.passes(minutes=61)
    assert in_thread(world, "waits for your words")

    await world.writes(world.card(), "Have you tried oil?")
    await world.passes(days=1)

    assert (await world.ticket()).assignee == ANN.id
    assert (await world.happened()).count("ReminderSent") == 1


async def test_the_clock_begins_when_the_requester_writes_again_and_not_anew_with_each_of_their_words() -> None:
    world = World(desk(silent_within=HOUR))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "Have you tried oil?")
    await world.passes(hours=5)

    await world.says("It squeaks louder")
    await world.passes(minutes=50)
    await world.says("And louder")
    await world.passes(minutes=11)

    assert (await world.happened()).count("ReminderSent") == 1


async def test_what_waits_for_its_requester_reminds_nobody() -> None:
    world = World(desk(silent_within=HOUR))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.presses("Wait for requester", ANN)

    await world.passes(hours=9)
    assert "ReminderSent" not in await world.happened()
    await world.says("It squeaks louder")
    await world.passes(minutes=61)

    assert (await world.happened()).count("ReminderSent") == 1


async def test_who_is_on_it_has_the_whole_time_again() -> None:
    world = World(desk(silent_within=HOUR))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.passes(minutes=61)

    await world.presses("I am on it", ANN)
    await world.passes(minutes=59)
    assert (await world.ticket()).assignee == ANN.id
    assert in_thread(world, "Ann Agent is on it.")
    await world.passes(minutes=32)

    assert (await world.ticket()).assignee is None


async def test_nobody_else_can_say_that_they_are_on_it() -> None:
    world = World(desk(silent_within=HOUR))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.passes(minutes=61)

    await world.presses("I am on it", BEN)

    assert world.told_alone(BEN)[-1] == "Ann Agent already has IT-1."
    assert "TicketKept" not in await world.happened()


async def test_the_clock_of_one_agent_is_void_for_the_next() -> None:
    world = World(desk(silent_within=HOUR))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.passes(minutes=50)
    await world.presses("Release", ANN)
    await world.presses("Take it", BEN)

    await world.passes(minutes=55)
    assert "ReminderSent" not in await world.happened()
    await world.passes(minutes=6)

    assert in_thread(world, "Ben Agent, the requester of IT-1 waits for your words")


async def test_hours_in_which_the_desk_is_closed_do_not_count() -> None:
    world = World(replace(desk(silent_within=HOUR), hours=MORNINGS))
    await world.passes(hours=2, minutes=30)
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)

    await world.passes(hours=20)
    assert "ReminderSent" not in await world.happened()
    await world.passes(hours=2)

    assert "ReminderSent" in await world.happened()


async def test_who_is_away_is_not_reminded_but_relieved() -> None:
    world = World(desk(silent_within=HOUR, then="next"))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.commands("away", "", ANN)

    await world.passes(minutes=61)

    assert (await world.ticket()).assignee == BEN.id
    assert in_thread(world, "Ann Agent is away, so IT-1 is back in the queue.")
    assert not in_thread(world, "waits for your words")


async def test_without_a_time_nobody_is_ever_reminded_of_what_they_have() -> None:
    world = World(desk())
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)

    await world.passes(days=30)

    assert (await world.ticket()).assignee == ANN.id
    assert "ReminderSent" not in await world.happened()


async def test_nothing_is_kept_of_a_ticket_that_is_over() -> None:
    world = World(desk(silent_within=HOUR, then="next"))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.passes(minutes=91)
    assert await world.store.noted("silence:")

    await world.submits("resolve:IT-1", BEN, words="oiled it")

    assert not await world.store.noted("silence:")


async def test_who_leaves_the_team_loses_what_they_have_to_somebody_who_is_there() -> None:
    world = World(desk(routing="round_robin"))
    assert await asked(world, 1) == [ANN.id]
    world.chat.members[TEAM_2].discard(ANN.id)
    await world.passes(minutes=2)

    await world.absences.look()
    await world.workers.drain()

    assert (await world.ticket()).assignee == BEN.id
    assert in_thread(world, "is no longer in this team")


# ------------------------------------------------------------------------------------------------ a team without a place
class Shut(MemoryChannel):
    """Refuses one place."""

    shut = ""

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        if to == self.shut:
            raise DeliveryRefused("gone")
        return await super().send(to, message, thread)


def without_place(place: str, **changes: Any) -> tuple[World, Shut]:
    """A desk of whose places one is gone."""
    world = World(a_desk(**changes))
    chat = Shut("chat")
    chat.members, chat.shut = world.chat.members, place
    world.chat = chat
    world.channels["chat"] = chat
    return world, chat


async def test_what_a_team_cannot_see_goes_to_the_next_one() -> None:
    waits = tuple(replace(tier, claim_within=None) for tier in a_desk().tiers)
    world, _ = without_place(TEAM_2, tiers=waits, admins=frozenset({BEN.id}))
    await world.says(UNKNOWN)
    world.heard("The place of Service desk cannot be reached", BEN)

    await world.passes(minutes=16)

    assert (await world.ticket()).tier == 3
    assert in_thread(world, "The place of Service desk cannot be reached", place=TEAM_3)


async def test_a_place_that_is_there_again_keeps_its_tickets() -> None:
    world, chat = without_place(TEAM_2)
    await world.says(UNKNOWN)

    chat.shut = ""
    await world.passes(minutes=11)
    await world.passes(minutes=9)
    await world.passes(minutes=9)

    assert (await world.ticket()).tier == 2
    assert world.card("IT-1", TEAM_2)


async def test_at_the_top_it_waits_and_admins_are_told_once_a_day() -> None:
    world, _ = without_place(TEAM_3, admins=frozenset({BEN.id}))
    await world.says(UNKNOWN)
    await world.submits("escalate:IT-1", ANN, words="beyond me")

    await world.passes(minutes=40)
    await world.passes(minutes=40)

    assert (await world.ticket()).tier == 3
    assert len([sent for sent in world.to(BEN) if "The place of Specialists cannot be reached" in text_of(sent.body)]) == 1
