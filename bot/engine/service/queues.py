"""What a tier's queue keeps beside its tickets: which agents it knows, how long its tickets lie, and the asking for somebody's turn.

The turn itself is given in a lane of the queue's own (bot/engine/service/routing.py): one decision after the other, and no requester waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.api_keys import PROGRAMS
from bot.domain.calendars import add
from bot.domain.desks import Desk, Tier
from bot.domain.events import (
    Event,
    FieldsChanged,
    ReplySent,
    TicketClaimed,
    TicketClosed,
    TicketEscalated,
    TicketHeld,
    TicketReleased,
    TicketResolved,
    TicketSentBack,
    TicketTagged,
    TicketTransferred,
)
from bot.domain.ids import ConversationId, PersonId, channel_of
from bot.domain.messages import Inbound, TimerFired
from bot.domain.people import BOT
from bot.domain.silence import Silence, after
from bot.domain.tickets import Ticket
from bot.engine.kept import Kept, Noted
from bot.engine.turn import Turn
from bot.ports import TicketQuery

NONE = Silence()
GRACE = 0.5  # of the time within which words are owed: between the nudge and the move


@dataclass(frozen=True, slots=True)
class Known:
    """An agent who has worked in a tier. given_at: when the desk gave them a ticket there last."""

    given_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SentBack:
    """A ticket that the tier above sent down again. to: the level to which it came."""

    to: int


SENT_BACK: Kept[SentBack] = Kept("sent_back", SentBack)
"""By the ticket's number, as long as it is worked on where it came."""
_KNOWN: Kept[Known] = Kept("agent", Known)
SILENCES: Kept[Silence] = Kept("silence", Silence)
"""By the ticket's number; nothing where nobody owes anything and nobody has passed."""


# ------------------------------------------------------------------------------------------------------------ its agents
async def known(notes: Noted, level: int) -> dict[PersonId, Known]:
    """Everybody who has worked in that tier. Whether they still may is asked before they are given anything."""
    begins = f"{level}:"
    return {PersonId(name.removeprefix(begins)): one for name, one in (await _KNOWN.all(notes)).items() if name.startswith(begins)}


async def know(turn: Turn, level: int, person: PersonId, given_at: datetime | None = None) -> None:
    """This agent works in that tier. given_at: they were given a ticket just then."""
    if given_at is not None or await _KNOWN.get(turn.tx, f"{level}:{person}") is None:
        await _KNOWN.put(turn.tx, f"{level}:{person}", Known(given_at))


async def know_not(turn: Turn, level: int, person: PersonId) -> None:
    """They are no agent of that tier any more."""
    await _KNOWN.drop(turn.tx, f"{level}:{person}")


async def meet_agent(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """Whoever takes or answers a ticket works in its tier; a program is given nothing."""
    if isinstance(fact, TicketClaimed | ReplySent) and fact.by != BOT.id and channel_of(fact.by) != PROGRAMS and _is_routed(turn.desk):
        await know(turn, ticket.tier, fact.by)


async def know_sent_back(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """What came down from above stands out in its queue until it is solved or goes up again."""
    if isinstance(fact, TicketSentBack):
        await SENT_BACK.put(turn.tx, ticket.id, SentBack(fact.to_tier))
    elif isinstance(fact, TicketEscalated | TicketResolved | TicketClosed) and ticket.is_with_humans and len(turn.desk.tiers) > 1:
        await SENT_BACK.drop(turn.tx, ticket.id)


# ------------------------------------------------------------------------------------------------------------- whose turn
async def ask_for_turn(turn: Turn, ticket: Ticket, *, following: bool = False, due: datetime | None = None) -> None:
    """Somebody's turn is decided in the queue's own lane. following: also where people pick for themselves, because one of them let it lie."""
    tier = turn.desk.tier(ticket.tier)
    if tier is None or ticket.assignee is not None or ticket.status != "open" or (tier.routing == "manual" and not following):
        return
    due = due or turn.now
    what = TimerFired("next" if following else "route", ticket.id, ticket.tier_since)
    key = f"timer:{what.timer}:{ticket.id}:{ticket.version}:{due.isoformat()}"
    await turn.tx.keep(Inbound(key, "desk", _lane(tier), BOT, turn.now, what), due)


def _lane(tier: Tier) -> ConversationId:
    return ConversationId(f"desk:queue-{tier.level}")


async def learn_more(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """More is known of what it is about: perhaps somebody knows about that."""
    tier = turn.desk.tier(ticket.tier)
    if isinstance(fact, TicketTagged | FieldsChanged) and tier is not None and tier.routing == "skill":
        await ask_for_turn(turn, ticket)


async def waiting_in(turn: Turn, tier: Tier) -> list[Ticket]:
    """Its unclaimed tickets, the longest waiting first."""
    found = await turn.tx.tickets(TicketQuery(tier=tier.level, statuses=("open",), unclaimed=True, limit=100))
    return sorted(found, key=lambda ticket: (ticket.tier_since, ticket.id))


async def make_room(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """Where agents get so many and no more: one who has one less may be given what waits longest."""
    if not isinstance(fact, TicketResolved | TicketHeld | TicketEscalated | TicketSentBack | TicketReleased | TicketTransferred):
        return
    level = fact.from_tier if isinstance(fact, TicketEscalated | TicketSentBack) else ticket.tier
    tier = turn.desk.tier(level)
    if tier is not None and tier.routing != "manual" and tier.at_most:
        for waits in (await waiting_in(turn, tier))[:1]:
            await ask_for_turn(turn, waits)


# ---------------------------------------------------------------------------------------------------------- how they lie
async def silence_of(notes: Noted, number: str) -> Silence:
    """How a ticket lies."""
    return await SILENCES.get(notes, number) or NONE


async def mind(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """Somebody owes words, or owes them no more: remembered, and when they are late they are reminded, and then it moves on."""
    if not _is_minded(turn.desk):
        return
    was = await silence_of(turn.tx, ticket.id)
    now = after(was, ticket, fact)
    if now == was:
        return
    if now == NONE:
        await SILENCES.drop(turn.tx, ticket.id)
    else:
        await SILENCES.put(turn.tx, ticket.id, now)
    tier = turn.desk.tier(ticket.tier)
    if now.since is not None and now.since != was.since and tier is not None and tier.silent_within is not None:
        hours = turn.desk.hours_of(tier.level)
        await turn.set_timer("nudge", ticket, add(hours, now.since, tier.silent_within), now.since)
        await turn.set_timer("let_lie", ticket, add(hours, now.since, tier.silent_within * (1 + GRACE)), now.since)


def _is_routed(desk: Desk) -> bool:
    return any(tier.routing != "manual" or tier.then == "next" for tier in desk.tiers)


def _is_minded(desk: Desk) -> bool:
    return _is_routed(desk) or any(tier.silent_within is not None for tier in desk.tiers)
