"""What other processes publish, import or mark is known here, too, without a restart."""

from __future__ import annotations

import asyncio
import logging

from bot.engine.faq.knowledge import Knowledge
from bot.errors import StoreError
from bot.ports.learning import KnowledgeChanges, LearningReader

log = logging.getLogger(__name__)

LOOK_S = 2.0  # seconds between looks at the version: one row, read by its key


class Following:
    """Keeps a process's knowledge at the store's. Whoever published here already has it; loading it again changes nothing."""

    def __init__(self, store: LearningReader, knowledge: Knowledge, version: int) -> None:
        """version: as the store said before the entries in `knowledge` were read."""
        self._store, self._knowledge, self._version = store, knowledge, version

    @property
    def version(self) -> int:
        """Of what is known here."""
        return self._version

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                changed = await self.look()
            except StoreError as fault:
                log.warning("what changed in the FAQ is read later", extra={"error": type(fault).__name__})
            else:
                if changed:
                    log.info("the FAQ changed elsewhere", extra={"changes": changed})

    async def look(self) -> int:
        """Load what changed since the last look; how many entries and marks were news. Raises StoreError."""
        news = 0
        while await self._store.knowledge_version() != self._version:  # it may change while it is loaded
            changes = await self._store.knowledge_since(self._version)
            news += await self._load(changes)
            self._version = changes.version
        return news

    async def _load(self, changes: KnowledgeChanges) -> int:
        news = 0
        for entry in changes.entries:
            if self._knowledge.entry(entry.id) != entry:
                self._knowledge.put(entry)
                news += 1
                await asyncio.sleep(0)  # an import of thousands must not hold up who asks meanwhile
        for mark in changes.outside:
            news += self._knowledge.put_outside(mark.id, mark.text)
        for gone in changes.withdrawn:
            news += self._knowledge.drop_outside(gone)
        return news
