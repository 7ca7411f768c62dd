"""Every published entry in memory, as it stands in the store: a list of ten thousand is shown without reading them all again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from bot.ports.learning import KnowledgeChanges
from kb.entries import Entry


class Entries(Protocol):
    """Whoever can tell what is published, and what changed: a reader."""

    async def entries(self, search: str = "", retired: bool = False) -> list[Entry]:
        """As Reader.entries."""
        ...

    async def knowledge_version(self) -> int:
        """As LearningReader.knowledge_version."""
        ...

    async def knowledge_since(self, version: int) -> KnowledgeChanges:
        """As LearningReader.knowledge_since."""
        ...


class Shelf:
    """Read once, then only what changed."""

    def __init__(self, reader: Entries) -> None:
        self._reader = reader
        self._version: int | None = None
        self._known: dict[str, Entry] = {}

    def fill(self, entries: Iterable[Entry], version: int) -> None:
        """What is known of the store already. version: of the knowledge, as the store said before the entries were read."""
        self._known, self._version = {entry.id: entry for entry in entries}, version

    async def every(self) -> Mapping[str, Entry]:
        """By id, archived ones, too; as it is now. Raises StoreError."""
        if self._version is None:
            version = await self._reader.knowledge_version()
            self.fill(await self._reader.entries(retired=True), version)
            return self._known
        changes = await self._reader.knowledge_since(self._version)
        if changes.entries:
            self._known = {**self._known, **{entry.id: entry for entry in changes.entries}}
        self._version = changes.version
        return self._known
