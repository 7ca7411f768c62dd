"""What the core asks of its memory about contacts: every message between a requester and the desk, and what was no message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.contacts import Contact


@dataclass(frozen=True, slots=True)
class ContactPlace:
    """How far a list of contacts is: the oldest message and the oldest contact of its own that were in it (0: none yet), and when the latter was."""

    message: int = 0
    id: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContactQuery:
    """Which contacts: from `since` on and before `until`. Empty fields do not narrow. before: where the page before ended."""

    since: datetime
    until: datetime
    person: str = ""
    channel: str = ""
    direction: str = ""
    before: ContactPlace = ContactPlace()
    limit: int = 100

    def fits(self, contact: Contact) -> bool:
        """Is it one of them, but for the page?"""
        return (
            self.since <= contact.at < self.until
            and (not self.person or contact.person == self.person)
            and (not self.channel or contact.channel == self.channel)
            and (not self.direction or contact.direction == self.direction)
        )


@dataclass(frozen=True, slots=True)
class ContactPage:
    """Contacts, newest first. older: ContactQuery.before of the next page, None when nothing older can be meant."""

    contacts: tuple[Contact, ...]
    older: ContactPlace | None = None


class ContactReader(Protocol):
    """Questions that logs ask."""

    async def contacts(self, query: ContactQuery) -> ContactPage:
        """As ContactPage says. Where few fit only so many are looked through at a time that nobody waits: a page may be short, or empty, and still
        have older ones."""
        ...


class ContactWriter(Protocol):
    """What a transaction does with those that are no messages."""

    async def add_contact(self, contact: Contact) -> int:
        """Store a contact that is no message (its id is ignored); gives the id."""
        ...

    async def forget_contacts(self, before: datetime, limit: int) -> int:
        """Remove the oldest of those before that moment that are no messages and belong to no ticket, `limit` at most; how many went."""
        ...

    async def erase_contacts(self, person: str) -> int:
        """Remove those of this person that are no messages; how many went."""
        ...
