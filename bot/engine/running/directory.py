"""People's names and languages as their platforms know them: asked once, outside any transaction, kept in memory and in the store."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.ids import PersonId, channel_of
from bot.domain.people import Person
from bot.engine.running.company import Company
from bot.errors import DeliveryError
from bot.ports import Channel, Profiles

MAX_KNOWN = 20_000  # people in memory; about 10 MB


class Unmet(Exception):
    """The platform must be asked who this is, outside the transaction; then the turn is tried again."""

    def __init__(self, person: PersonId) -> None:
        super().__init__(person)
        self.person = person


class Directory:
    """Who is who, in this process. company: what knows more of some than their platforms do, or None."""

    def __init__(self, channels: Mapping[str, Channel], company: Company | None = None) -> None:
        self._channels = channels
        self.company = company
        self._known: dict[PersonId, Person] = {}
        self._unstored: set[PersonId] = set()

    def known(self, person: PersonId) -> Person | None:
        """As last seen, or None."""
        return self._known.get(person)

    def is_stored(self, person: PersonId) -> bool:
        """Does the store know as much? Not yet, when the platform has just told."""
        return person not in self._unstored

    def keep(self, person: Person) -> None:
        """Seen now, and stored."""
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[person.id] = person
        self._unstored.discard(person.id)

    async def fetch(self, person: PersonId) -> None:
        """Ask the platform; whom it cannot name is known by the id until the next start."""
        channel = self._channels.get(channel_of(person))
        found = Person(person)
        if isinstance(channel, Profiles):
            try:
                found = await channel.profile(person)
            except DeliveryError:
                found = Person(person)
        self.keep(found if found.name else Person(person, person.partition(":")[2], found.language, found.timezone))
        self._unstored.add(person)
