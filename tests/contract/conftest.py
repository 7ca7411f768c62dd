"""The stores that must keep the same promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from bot.ports import Files, Notebook, Store
from bot.store.memory import MemoryStore
from bot.store.sql import SqlStore


class AnyStore(Store, Notebook, Files, Protocol):
    """All that a store is asked for."""

    async def close(self) -> None:
        """Let go."""
        ...


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnyStore]:
    """An empty store of each kind."""
    opened: AnyStore = MemoryStore() if request.param == "memory" else SqlStore.open(f"sqlite:///{tmp_path / 'desk.db'}?synchronous=NORMAL")
    yield opened
    await opened.close()
