"""Outgoing webhooks: addresses of programs that are told what happens; what each is told, and how it can tell that it was us."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.events import Event
from bot.domain.ids import PersonId

CHANNEL = "webhook"
BEGINS = f"{CHANNEL}:"  # the address of each, and the key of every parcel that is for one
LONGEST_URL = 500  # characters

WORDS: Mapping[str, frozenset[str]] = {
    "TicketEscalated": frozenset({"reason"}),
    "TicketSentBack": frozenset({"reason"}),
    "TicketResolved": frozenset({"solution"}),
    "IncidentDeclared": frozenset({"title"}),
}
"""The details in which people's own words stand, by the event's name."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told. name: small letters, digits and dashes. seed: random; with our own key it makes the secret, which is kept nowhere.

    events: names of events; empty: all. words: also what people wrote. by: who made it. off: why it is told nothing, "" when it is told:
    "switched" (by somebody), "gone" (it answered 410). told_at: when admins last heard that something did not arrive.
    """

    name: str
    url: str
    seed: str
    events: tuple[str, ...]
    words: bool
    by: PersonId
    at: datetime
    off: str = ""
    told_at: datetime | None = None

    @property
    def address(self) -> str:
        """Where what it is told is owed."""
        return f"{BEGINS}{self.name}"

    @property
    def is_on(self) -> bool:
        """Is it told anything?"""
        return not self.off

    def hears(self, event: str) -> bool:
        """Is it told of events of that name?"""
        return self.is_on and (not self.events or event in self.events)

    def details(self, event: str, details: Mapping[str, object]) -> dict[str, object]:
        """What it is told besides: null where people's words stand that it shall not have."""
        hidden = frozenset() if self.words else WORDS.get(event, frozenset())
        return {name: None if name in hidden else value for name, value in details.items()}


def event_names() -> tuple[str, ...]:
    """Every event there is, by name."""
    return tuple(kind.__name__ for kind in Event.__subclasses__())


def secret_of(key: bytes, name: str, seed: str) -> str:
    """The secret of a webhook as its owner gets it, by the rules of Standard Webhooks. key: our own."""
    made = hmac.new(key, f"firstline|webhook|{name}|{seed}".encode(), hashlib.sha256).digest()
    return f"whsec_{base64.b64encode(made).decode()}"


def signature(secret: str, ident: str, at: datetime, body: bytes) -> str:
    """The header webhook-signature, by the rules of Standard Webhooks. at: as the header webhook-timestamp says, whole seconds."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{ident}.{int(at.timestamp())}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"
