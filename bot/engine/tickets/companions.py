"""Whoever else asked, or shares a ticket's course, hears what becomes of it: other requesters of merged tickets, duplicates, watchers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.desks import Desk
from bot.domain.events import DeliveryFailed, Event, ReplySent, RequesterWrote, TicketClosed, TicketEscalated, TicketReopened, TicketResolved, TicketSentBack
from bot.domain.messages import Attachment, Outbound, Part, Say, Small, Title
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine.people import notices
from bot.engine.people.delivery_truth import REASONS, Missed, missed_of
from bot.engine.tickets import kinship
from bot.engine.tongue import Tongue, tongue
from bot.engine.turn import Turn
from bot.ports import Parcel

_COPY = re.compile(r"reply:[^:/]+:(?P<message>[0-9]+)/(?P<other>[^/]+)")
"""The key of a copy of a reply: see reply_too."""
ORIGINAL_OVER = "original_over"  # a duplicate's timer: what it is the same as came to an end


# --------------------------------------------------------------------------------------------------------------- replies
async def reply_too(turn: Turn, ticket: Ticket, key: str, parts: Sequence[Part], attachments: Sequence[Attachment] = ()) -> None:
    """An agent's words also reach whoever asked a ticket that goes on as this one, in private; taken back, they reach nobody. key: the reply's."""
    for one in await kinship.also_asked(turn.tx, ticket):
        await turn.say(kinship.private(one), parts, ticket=ticket, attachments=attachments, delay=turn.desk.take_back, key=f"{key}/{one.id}", voice="person")


async def edited_too(turn: Turn, ticket: Ticket, key: str, parts: Sequence[Part]) -> None:
    """The reply's author changed it."""
    for one in await kinship.also_asked(turn.tx, ticket):
        parcel = await turn.tx.parcel(f"{key}/{one.id}")
        if parcel is None or not isinstance(parcel.body, Outbound):
            continue
        body = replace(parcel.body, parts=tuple(parts))
        if not await turn.tx.rewrite(parcel.key, body):
            await turn.change(parcel.key, parcel.to, body, ticket.id, parcel.lane)


async def missed(turn: Turn, ticket: Ticket, parcel: Parcel, reason: str) -> Ticket | None:
    """A copy of a reply did not reach somebody else who asked: its thread says so, and the card will. Gives that one's ticket; None: it was no copy."""
    copied = _COPY.match(parcel.key)
    one = next((one for one in await kinship.also_asked(turn.tx, ticket) if copied and one.id == copied["other"]), None)
    if copied is None or one is None:
        return None
    await missed_of(ticket.id).put(turn.tx, one.id, Missed(int(copied["message"]), reason))
    await notices.UNREACHABLE.put(turn.tx, parcel.to, reason)
    await tell_missed(turn, ticket, one, reason)
    return one


async def tell_missed(turn: Turn, ticket: Ticket, one: Ticket, reason: str) -> None:
    """What is said in the course of a ticket did not reach the requester of another that shares it."""
    await turn.record(DeliveryFailed(ticket=one.id, by=BOT.id, at=turn.now, reason=reason))
    t = turn.team_tongue
    why = t.say(REASONS[reason]) if reason in REASONS else t.say("the channel refused it")
    line = t.say("{name} ({number}) did not get the reply: {reason}.", name=await turn.name_of(one.requester), number=one.id, reason=why)
    await turn.tell_team(ticket, turn.desk.tier(ticket.tier), [Title(line, "warning")])


async def reached(turn: Turn, ticket: Ticket, conversation: str) -> None:
    """Whoever is there gets what they missed."""
    for one in await kinship.also_asked(turn.tx, ticket):
        if kinship.private(one) == conversation:
            await missed_of(ticket.id).drop(turn.tx, one.id)


# ------------------------------------------------------------------------------------------------------------- its course
def leaves_original(desk: Desk, ticket: Ticket, fact: Event) -> Ticket:
    """A duplicate whose requester says that it is not solved is a matter of its own."""
    is_duplicate = isinstance(fact, TicketReopened) and ticket.parent_as == "duplicate"
    return replace(ticket, parent="", parent_as="") if is_duplicate else ticket


async def follow(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """It came to an end: duplicates see to themselves in their own requesters' lanes; others who asked are told."""
    if not ticket.related or ticket.parent_as == "merged" or not isinstance(fact, TicketResolved | TicketClosed):
        return
    for child in await kinship.children(turn.tx, ticket.id):
        if child.parent_as == "duplicate" and child.is_open:
            await turn.set_timer(ORIGINAL_OVER, child, turn.now, turn.now)
    if isinstance(fact, TicketResolved):
        for one in await kinship.also_asked(turn.tx, ticket):
            await turn.say(kinship.private(one), _resolved(one, ticket), ticket=ticket)


def _resolved(one: Ticket, into: Ticket) -> list[Part]:
    t = tongue(one.language)
    return [
        Title(t.say("{number} is resolved", number=into.id), "resolved"),
        Say(t.say("It goes for your {number}, too.", number=one.id)),
        Small(t.say("If it is not solved for you, write here and it is looked at again.")),
    ]


# -------------------------------------------------------------------------------------------------------------- watchers
async def tell_watchers(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """Each watcher hears of it, as they prefer and never in what words; whoever did it does not."""
    for watcher in ticket.watchers:
        t = await turn.tongue_for(watcher)
        line = await _line(turn, t, ticket, fact)
        if line:
            await notices.notify(turn, watcher, "watched", [Say(line)], ticket)


async def _line(turn: Turn, t: Tongue, ticket: Ticket, fact: Event) -> str:
    who, number = await turn.name_of(fact.by), ticket.id
    match fact:
        case ReplySent():
            return t.say("{name} replied in {number}, which you watch.", name=who, number=number)
        case RequesterWrote():
            return t.say("{name} wrote in {number}, which you watch.", name=who, number=number)
        case TicketResolved():
            return t.say("{name} has resolved {number}, which you watch.", name=who, number=number)
        case TicketReopened():
            return t.say("{number}, which you watch, is open again.", number=number)
        case TicketEscalated() | TicketSentBack():
            tier = turn.desk.tier(ticket.tier)
            return t.say("{number}, which you watch, went to {team}.", number=number, team=tier.name if tier else "")
        case _:
            return ""
