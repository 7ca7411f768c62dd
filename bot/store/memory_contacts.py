"""Contacts over dicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.contacts import SPOKEN_WITH, Contact, matter_of, of_message
from bot.ports.contacts import ContactPage, ContactPlace, ContactQuery
from bot.store import codec
from bot.store.contacts import page

if TYPE_CHECKING:
    from bot.store.shelves import Shelves


class MemoryContactReading:
    """What can be asked. `shelf`: the dicts, as committed or as this unit has them."""

    @property
    def shelf(self) -> Shelves:
        """Where to look."""
        raise NotImplementedError

    async def contacts(self, query: ContactQuery) -> ContactPage:
        """Newest first."""

        async def fetch(place: ContactPlace, most: int) -> tuple[Sequence[Contact], Sequence[Contact]]:
            tickets = self.shelf.tickets
            said = [w.message for w in reversed(self.shelf.messages.values()) if w.message.kind in SPOKEN_WITH and w.message.ticket in tickets]
            older = [one for one in said if (not place.message or one.id < place.message) and query.since <= one.at < query.until]
            at = place.at or query.until
            own = [one for one in self.shelf.contacts.values() if query.since <= one.at and (one.at, one.id) < (at, place.id)]
            own.sort(key=lambda one: (one.at, one.id), reverse=True)
            return [of_message(one, matter_of(tickets[one.ticket])) for one in older[:most]], own[:most]

        return await page(query, fetch)


class MemoryContacts(MemoryContactReading):
    """Their part of a transaction."""

    async def add_contact(self, contact: Contact) -> int:
        """Store one that is no message (its id is ignored); gives the id."""
        id_ = next(reversed(self.shelf.contacts), 0) + 1
        self.shelf.contacts[id_] = codec.cleaned(replace(contact, id=id_))
        return id_

    async def forget_contacts(self, before: datetime, limit: int) -> int:
        """Those that belong to no ticket, the oldest first; how many went."""
        old = sorted((one.at, id_) for id_, one in self.shelf.contacts.items() if one.at < before and not one.ticket)[:limit]
        for _, id_ in old:
            del self.shelf.contacts[id_]
        return len(old)

    async def erase_contacts(self, person: str) -> int:
        """Those of this person that are no messages; how many went."""
        theirs = [id_ for id_, one in self.shelf.contacts.items() if one.person == person]
        for id_ in theirs:
            del self.shelf.contacts[id_]
        return len(theirs)
