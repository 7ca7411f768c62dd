"""A contact: once that somebody and the desk spoke or wrote to each other, or tried to. What each outcome means: docs/reports.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from bot.domain.ids import ConversationId, PersonId, channel_of
from bot.domain.people import BOT
from bot.domain.tickets import Status, Ticket, TicketMessage

Direction = Literal["in", "out"]
Medium = Literal["message", "call"]
ContactOutcome = Literal[
    "", "offered", "answered", "handed_over", "received", "replied", "solved", "abandoned", "voicemail", "no_answer", "small_talk"
]  # fmt: skip
OUTCOMES: tuple[ContactOutcome, ...] = get_args(ContactOutcome)

SPOKEN_WITH: frozenset[str] = frozenset({"question", "detail", "earlier", "bot", "reply"})
"""Kinds of messages between a requester and the desk: each is a contact. What agents tell each other is none, nor what the system notes, nor the
words in which an agent keeps a call: that is a contact of its own, with its minutes."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact. person: who is not the desk, by their id on `channel`. direction: "in" when they began it. at: when it was, or began.

    by: the agent or the bot who dealt with it, "" for nobody: what came in by message, or a call that no one took.
    ticket: the number of the one it belongs to, or "". reason: what it was about, in an agent's words; of a message the entry that solved its
    ticket, else the ticket's kind. duration_s: of a call, seconds; 0 of all else. delivery: of a message that went out, as TicketMessage.
    message: the id of the message that it is, 0 of one that is kept for itself. id: of one that is kept for itself; 0 before that.
    """

    at: datetime
    person: PersonId
    channel: str
    direction: Direction
    medium: Medium = "call"
    outcome: ContactOutcome = ""
    by: PersonId | Literal[""] = ""
    ticket: str = ""
    reason: str = ""
    duration_s: int = 0
    delivery: str = ""
    message: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Matter:
    """What a contact's ticket tells about it. Fields as Ticket's, of which these are some."""

    requester: PersonId
    conversation: ConversationId
    kind: str
    entry: str
    status: Status
    tier: int


def matter_of(ticket: Ticket) -> Matter:
    """That of a ticket as it stands."""
    return Matter(ticket.requester, ticket.conversation, ticket.kind, ticket.entry, ticket.status, ticket.tier)


def of_message(said: TicketMessage, matter: Matter) -> Contact:
    """A message between a requester and the desk. matter: of the ticket that it is in."""
    person = said.author if said.direction == "in" else matter.requester
    return Contact(
        at=said.at,
        person=person,
        channel=channel_of(person if said.direction == "in" else matter.conversation),
        direction=said.direction,
        medium="message",
        outcome=_became(said, matter),
        by="" if said.direction == "in" else BOT.id if said.kind == "bot" else said.author,
        ticket=said.ticket,
        reason=matter.entry or matter.kind,
        delivery=said.delivery,
        message=said.id,
    )


def _became(said: TicketMessage, matter: Matter) -> ContactOutcome:
    """What became of it, as far as its ticket tells."""
    if said.direction == "out":
        return "offered" if said.kind == "bot" else "replied"
    return became(matter) if said.kind == "question" else "received"


def became(matter: Matter) -> ContactOutcome:
    """What became of a ticket's question: answered by the FAQ, handed over, abandoned; "" while the FAQ has it."""
    if matter.tier > 1:
        return "handed_over"
    if matter.status in ("open", "pending"):
        return ""
    return "answered" if matter.entry else "abandoned"
