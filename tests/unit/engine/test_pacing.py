"""What one process alone remembers of its slots, beyond what every pacer promises."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.messages import Pace
from bot.engine.running import pacing
from bot.engine.running.pacing import Pacer
from bot.store.memory import MemoryStore
from tests.builders import MONDAY


async def test_what_the_platform_asked_for_is_noted_for_the_next_start() -> None:
    store, pacer, until = MemoryStore(), Pacer({}), MONDAY + timedelta(seconds=10)
    await store.run(lambda tx: pacer.stop("slack:C1/17.1", until, tx))
    assert await store.noted("rate:") == {"rate:slack:C1": until.isoformat()}

    started_anew = Pacer({})
    await started_anew.stop("slack:C1", until)
    assert (await started_anew.reserve("slack:C1", MONDAY)).at == until


async def test_places_that_forbid_nothing_any_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "MOST", 10)
    pacer, later = Pacer({"slack": Pace(1.0)}), MONDAY + timedelta(minutes=1)
    for n in range(10):
        await pacer.reserve(f"slack:C{n}", MONDAY)
    await pacer.reserve("slack:D1", later)
    await pacer.reserve("slack:D2", later)
    assert len(pacer._rates) < 10
    assert (await pacer.reserve("slack:D1", later)).at == later + timedelta(seconds=1)
