"""The wait, shown and not promised: place in the queue, what others really waited at this hour, when the desk opens. It stands on the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.calendars import is_open, next_open
from bot.domain.desks import Desk
from bot.domain.events import (
    Event,
    KindChanged,
    RequesterWrote,
    TicketAssigned,
    TicketClaimed,
    TicketClosed,
    TicketEscalated,
    TicketHeld,
    TicketReleased,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketSentBack,
    TicketTransferred,
)
from bot.domain.messages import Choice, Outbound, Part, Small
from bot.domain.people import Person
from bot.domain.tickets import Ticket
from bot.domain.waiting import is_zone, same_hours, usual
from bot.engine.people import first_contact
from bot.engine.practices import asking_kind
from bot.engine.tongue import Tongue, tongue
from bot.engine.turn import Turn
from bot.ports.waiting import MOST_AHEAD, Waits

RECEIPT_PARTS = 2  # what stands on a receipt before the line about waiting: see replies.handed_over

MOVES = (
    TicketClaimed, TicketAssigned, TicketTransferred, TicketReleased, TicketEscalated, TicketSentBack, TicketHeld, TicketResumed, TicketReopened,
    TicketResolved, TicketClosed, KindChanged,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks how long. waits: the memory. zone: the reader's, "" when nobody knows. agent: the assignee's name, "" while there is none."""

    waits: Waits
    desk: Desk
    t: Tongue
    now: datetime
    zone: str = ""
    agent: str = ""


async def told(asked: Asked, ticket: Ticket) -> str:
    """One line for its requester; "" when there is nothing to say. Nothing is claimed that was not measured."""
    t = asked.t
    if not ticket.is_open or not ticket.is_with_humans:
        return ""
    if ticket.status == "pending":
        return t.say("It waits for your answer.")
    if ticket.assignee is not None:
        return t.say("It is with {agent} now.", agent=asked.agent)
    return " ".join([_place(t, await asked.waits.ahead(ticket.tier, ticket.tier_since)), *await _how_long(asked, ticket)])


def _place(t: Tongue, ahead: int) -> str:
    if ahead == 0:
        return t.say("You are first in the queue.")
    if ahead >= MOST_AHEAD:
        return t.say("More than {count} requests are before yours in the queue.", count=MOST_AHEAD - 1)
    return t.many("{count} request is before yours in the queue.", "{count} requests are before yours in the queue.", ahead)


async def _how_long(asked: Asked, ticket: Ticket) -> list[str]:
    desk, t = asked.desk, asked.t
    hours = desk.hours_of(ticket.tier)
    if not is_open(hours, asked.now):
        opens = next_open(hours, asked.now)
        return [t.say("The desk is closed now and opens {moment}.", moment=_moment(asked, opens))] if opens else []
    waits = await asked.waits.first_answers(ticket.tier, same_hours(asked.now, desk.timezone))
    middle = usual(waits)
    return [t.say("At this hour of the week half of all requests had their first answer within {time}.", time=t.span(middle))] if middle else []


def _moment(asked: Asked, moment: datetime) -> str:
    """In the reader's zone; in the desk's, and said so, when nobody knows theirs."""
    if is_zone(asked.zone):
        return asked.t.when(moment, asked.zone)
    return f"{asked.t.when(moment, asked.desk.timezone)} ({asked.desk.timezone})"


async def line(turn: Turn, ticket: Ticket) -> str:
    """The same inside a turn."""
    person = await turn.tx.person(ticket.requester)
    agent = await turn.name_of(ticket.assignee) if ticket.assignee else ""
    return await told(Asked(turn.tx, turn.desk, tongue(ticket.language), turn.now, zone_of(person), agent), ticket)


def zone_of(person: Person | None) -> str:
    """Where they are, as far as their platform says."""
    return (person.timezone or "") if person else ""


# ------------------------------------------------------------------------------------------------------------ the receipt
def receipt_key(number: str) -> str:
    """The key of the receipt: a ticket is handed over once."""
    return f"receipt:{number}"


def ways(t: Tongue, ticket: Ticket) -> list[Choice]:
    """What a requester can do with a ticket that is open."""
    return [Choice(t.say("Add details"), f"add:{ticket.id}"), Choice(t.say("Cancel request"), f"cancel:{ticket.id}")]


async def hand_receipt(turn: Turn, ticket: Ticket, parts: Sequence[Part], choices: Sequence[Choice]) -> None:
    """Owe the receipt: one message, whose last line says how long it may take, and is kept true."""
    said = await line(turn, ticket)
    everything = [*parts, *([Small(said)] if said else []), *asking_kind.question(tongue(ticket.language), choices)]
    buttons = [*choices, *ways(tongue(ticket.language), ticket)]
    await turn.say(ticket.conversation, everything, buttons, ticket=ticket, key=receipt_key(ticket.id))


async def keep_true(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """The receipt's line as it is now, in place: nobody is told anew."""
    if not isinstance(fact, MOVES) and not (isinstance(fact, RequesterWrote) and ticket.assignee is not None):
        return
    key = receipt_key(ticket.id)
    shown = await turn.tx.newest_body(key)
    if not isinstance(shown, Outbound):
        return
    said = await line(turn, ticket)
    choices = tuple(choice for choice in shown.choices if ticket.is_open or (ticket.status == "resolved" and choice.action.startswith("why:")))
    choices = choices if ticket.kind == "question" else asking_kind.without(choices)
    parts = (*shown.parts[:RECEIPT_PARTS], *([Small(said)] if said else []), *asking_kind.question(tongue(ticket.language), choices))
    parts = (*parts, *first_contact.notices(shown.parts, turn.desk, ticket))
    if ticket.is_open and not choices:
        choices = tuple(ways(tongue(ticket.language), ticket))
    if (parts, choices) != (shown.parts, shown.choices):
        await turn.change(key, ticket.conversation, replace(shown, parts=parts, choices=choices), ticket.id)


async def told_why(turn: Turn, ticket: Ticket) -> None:
    """Why the answer did not help has been said: the receipt does not ask any more."""
    shown = await turn.tx.newest_body(receipt_key(ticket.id))
    if isinstance(shown, Outbound) and any(choice.action.startswith("why:") for choice in shown.choices):
        left = tuple(choice for choice in shown.choices if not choice.action.startswith("why:"))
        await turn.change(receipt_key(ticket.id), ticket.conversation, replace(shown, choices=left), ticket.id)
