"""Keys with which programs do what people do: what each may, and which acts that is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from bot.domain.ids import PersonId

PROGRAMS = "api"  # the channel of programs, and of those for whom they ask
FOR = f"{PROGRAMS}:for:"  # how the ids of people begin whom a program names; no key's name holds a colon
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
LONGEST_NAME = 40

Scope = Literal["tickets:read", "tickets:write", "messages:write", "entries:read", "entries:write", "people:read", "reports:read"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

ACTS: Mapping[Scope, frozenset[str]] = {
    "tickets:write": frozenset(
        {
            *("ask", "new"),
            *("take", "release", "hold", "resume", "escalate", "back", "resolve", "reopen", "close", "tag", "priority", "kind", "problem", "fields"),
            *("solved", "not", "human", "entry", "metoo", "different", "add", "cancel", "rate"),
        }
    ),
    "messages:write": frozenset({"reply", "note", "anyway", "unsend"}),
    "entries:write": frozenset({"entry-put"}),
}
"""What a key may do, by its scope, as bot/domain/roles.py names it; a scope that is not here only reads."""
WORKS: frozenset[Scope] = frozenset({"tickets:write", "messages:write"})
"""Whoever has one of these is an agent of every tier."""
CURATES: frozenset[Scope] = frozenset({"entries:write"})
"""Whoever has one of these is an admin."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key. digest: of its secret part, SHA-256 as hexadecimal digits; the secret itself is nowhere. by: who made it."""

    name: str
    digest: str
    scopes: tuple[Scope, ...]
    by: PersonId
    at: datetime
    revoked_by: PersonId | Literal[""] = ""
    revoked_at: datetime | None = None

    @property
    def person(self) -> PersonId:
        """As whom it acts."""
        return PersonId(f"{PROGRAMS}:{self.name}")

    @property
    def is_valid(self) -> bool:
        """Does it still open anything?"""
        return self.revoked_at is None

    def may(self, act: str) -> bool:
        """Is that act among what its scopes allow?"""
        return any(act in ACTS.get(scope, ()) for scope in self.scopes)


def key_name_of(person: str) -> str:
    """The name of the key that acts as this person; "" when it is none."""
    channel, _, name = person.partition(":")
    return name if channel == PROGRAMS and NAME.fullmatch(name) else ""
