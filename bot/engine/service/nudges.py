"""Claimed but silent: the assignee is reminded, then the ticket goes back to the queue or to the next agent."""

from __future__ import annotations

from datetime import timedelta

from bot.domain import tickets
from bot.domain.calendars import add
from bot.domain.desks import Tier
from bot.domain.events import ReminderSent, TicketKept
from bot.domain.ids import PersonId
from bot.domain.incidents import is_part
from bot.domain.messages import Choice, Part, Say, Small, TimerFired, Title
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Given
from bot.engine.people import notices
from bot.engine.service import queues
from bot.engine.service.availability import presence_of, zone_of
from bot.engine.tickets import cards, desk
from bot.engine.tickets.moving import move
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused


async def fired(turn: Turn, ticket: Ticket, timer: TimerFired) -> None:
    """The time within which words were owed is over, or that and half of it again.

    Void when there were words, or somebody else has it; what belongs to an incident waits with it.
    """
    silence, tier = await queues.silence_of(turn.tx, ticket.id), turn.desk.tier(ticket.tier)
    if tier is None or silence.since != timer.since or ticket.assignee is None or silence.person != ticket.assignee or not ticket.is_open or is_part(ticket):
        return
    if not (await presence_of(turn.tx, turn.desk, ticket.assignee, turn.now)).is_here:
        await pass_on(turn, ticket, "away")
    elif timer.timer == "nudge":
        await _nudge(turn, ticket, tier, ticket.assignee, turn.now - timer.since)
    else:
        await pass_on(turn, ticket, "silent")


async def _nudge(turn: Turn, ticket: Ticket, tier: Tier, assignee: PersonId, waited: timedelta) -> None:
    """In the card's thread, by name, and to themselves; with a button for either answer."""
    t, name = turn.team_tongue, await turn.name_of(assignee)
    moves = add(turn.desk.hours_of(tier.level), turn.now, (tier.silent_within or timedelta()) * queues.GRACE)
    title = t.say("{name}, the requester of {number} waits for your words", name=name, number=ticket.id)
    await turn.tell_team(ticket, tier, _parts(t, tier, title, waited, t.when(moves, turn.desk.timezone)), _choices(t, ticket))
    t = await turn.tongue_for(assignee)
    title = t.say("The requester of {number} waits for your words", number=ticket.id)
    parts = _parts(t, tier, title, waited, t.when(moves, await zone_of(turn, assignee)))
    await notices.notify(turn, assignee, "nudge", parts, ticket, _choices(t, ticket))
    await turn.record(ReminderSent(ticket=ticket.id, by=BOT.id, at=turn.now, about="silent"))


def _parts(t: Tongue, tier: Tier, title: str, waited: timedelta, moves: str) -> list[Part]:
    then = t.say("It goes to somebody else: {moment}", moment=moves)
    if tier.then == "queue":
        then = t.say("It goes back into the queue: {moment}", moment=moves)
    return [Title(title, "warning"), Say(t.say("They have been waiting for {time}.", time=t.span(waited))), Small(then)]


def _choices(t: Tongue, ticket: Ticket) -> list[Choice]:
    return [Choice(t.say("I am on it"), f"keep:{ticket.id}", "primary"), Choice(t.say("Release"), f"release:{ticket.id}")]


async def pass_on(turn: Turn, ticket: Ticket, reason: str) -> Ticket:
    """Its assignee does not serve it: back into the queue, or on to the next agent, which the card and its thread say. reason: silent, away."""
    tier, had = turn.desk.tier(ticket.tier), ticket.assignee
    free, fact = tickets.put_back(ticket, turn.now, reason)
    free = await move(turn, free, fact)
    await turn.tell_team(free, tier, [Say(_passed(turn.team_tongue, free, reason, await turn.name_of(had)))])
    if had is not None:
        t = await turn.tongue_for(had)
        await notices.notify(turn, had, "nudge", [Say(t.say("{number} is no longer yours: it is back in the queue.", number=free.id))], free)
    following = tier is not None and tier.then == "next"
    await desk.enter_queue(turn, free, asks=reason != "silent" and not following)
    if following:
        await queues.ask_for_turn(turn, free, following=True)
    return free


def _passed(t: Tongue, ticket: Ticket, reason: str, name: str) -> str:
    if reason == "away":
        return t.say("{name} is away, so {number} is back in the queue.", name=name, number=ticket.id)
    return t.say("{name} left {number} without words, so it is back in the queue.", name=name, number=ticket.id)


async def keep(turn: Turn, ticket: Ticket, given: Given) -> None:
    """Its assignee is at it: the time begins anew."""
    if ticket.assignee is None:
        raise MoveRefused("not_claimed")
    if ticket.assignee != turn.person.id:
        raise MoveRefused("already_claimed", owner=ticket.assignee)
    kept = await move(turn, ticket, TicketKept(ticket=ticket.id, by=turn.person.id, at=turn.now))
    t, tier = turn.team_tongue, turn.desk.tier(kept.tier)
    await turn.tell_team(kept, tier, [Say(t.say("{name} is on it.", name=await turn.name_of(turn.person.id)))])
    await cards.show(turn, kept)
    await turn.answer()


ACTS: dict[str, Act] = {"keep": Act(keep)}
