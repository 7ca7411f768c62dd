"""The stores that must keep the same promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from bot.ports import Files, Notebook, Store
from bot.store.memory import MemoryStore
from bot.store.sql import SqlStore, open_store


class AnyStore(Store, Notebook, Files, Protocol):
    """All that a store is asked for."""

    async def close(self) -> None:
        """Let go."""
        ...


@pytest.fixture(params=["memory", "sqlite", "postgresql", "mariadb"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnyStore]:
    """An empty store of each kind."""
    opened = await opened_store(request, tmp_path)
    yield opened
    await opened.close()


async def opened_store(request: pytest.FixtureRequest, folder: Path) -> AnyStore:
    """A store of the kind that the fixture's parameter names; skipped where its server is missing."""
    match request.param:
        case "memory":
            return MemoryStore()
        case "sqlite":
            return SqlStore.open(f"sqlite:///{folder / 'desk.db'}?synchronous=NORMAL")
        case kind:
            return await open_store(request.getfixturevalue(f"{kind}_desk"))
