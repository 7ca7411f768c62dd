"""The outgoing mirror: tickets as another tool has them too, one way; which there are, and what it is told of each."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.tickets import Ticket

CHANNEL = "mirror"
BEGINS = f"{CHANNEL}:"  # the key of every parcel for it
ADDRESS = f"{CHANNEL}:tool"
LONGEST_ID, LONGEST_URL = 100, 500  # characters of what the tool calls a ticket, and of where it shows it
SHORTEST_KEY, LONGEST_KEY = 24, 64  # bytes of its secret; Standard Webhooks
TITLE = 120  # characters
CREATED = "created"

CHANGES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("TicketHandedOver", "TicketClaimed", "TicketReleased", "TicketEscalated", "TicketSentBack", "TicketHeld", "TicketResumed"),
            *("TicketResolved", "TicketReopened", "TicketTransferred", "TicketAssigned", "TicketTagged", "PriorityChanged", "KindChanged", "FieldsChanged"),
            *("TicketTakenIn", "TicketsLinked", "TicketsUnlinked", "MarkedDuplicate", "DuplicateUnmarked", "IncidentJoined", "IncidentLeft"),
            *("ProblemLinked", "ProblemUnlinked", "EntryLinked", "RatingGiven"),
        ),
        "ticket.changed",
    ),
    "TicketOpened": "",
    "TicketClosed": "ticket.closed",
}
"""What is told, by the event's name; "": it only begins what the tool has not yet."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where tickets are told, and which. name: of the tool, for people. kinds: of tickets, () all; tiers: a ticket is told from the first of them on
    that it comes to. words: also what people wrote; notes: also what is for the team alone; names: also what people are called.
    """

    url: str
    name: str = "Mirror"
    kinds: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()
    words: bool = True
    notes: bool = False
    names: bool = False

    def wants(self, ticket: Ticket) -> bool:
        """Is it one that the tool shall have?"""
        is_kind = not self.kinds or ticket.kind in self.kinds
        return is_kind and (ticket.tier in self.tiers if self.tiers else ticket.is_with_humans)


@dataclass(frozen=True, slots=True)
class Twin:
    """What the tool answered when it was told of a ticket. url: "" when it gave none that can be opened."""

    id: str
    url: str = ""


def key_of(number: str, which: str) -> str:
    """The key under which it is owed; without the beginning, what the tool tells it from all others by."""
    return f"{BEGINS}{number}:{which}"


def number_in(key: str) -> str:
    """The ticket that a key is about."""
    return key.split(":")[1] if key.count(":") > 1 else ""


def is_creation(key: str) -> bool:
    """Does it tell the tool of a ticket that it has not yet?"""
    return key.startswith(BEGINS) and key.endswith(f":{CREATED}")


def note_key(number: str) -> str:
    """Where the tool's answer is kept; it begins no other such key."""
    return f"{BEGINS}{number}."


def secret_fault(secret: str) -> str:
    """What is wrong with it, and what to do; "" when it can sign."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if secret.startswith("whsec_") and SHORTEST_KEY <= len(key) <= LONGEST_KEY and len(set(key)) > 1:
        return ""
    return 'it signs what the tool is told, and must be "whsec_" and 24 to 64 random bytes in base64; make one with: echo "whsec_$(openssl rand -base64 32)"'
