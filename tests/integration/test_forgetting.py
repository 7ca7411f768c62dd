"""Forgetting on real databases: what a round leaves of tables that only databases have, and of the file's size."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import column, func, select

from bot.engine.running.housekeeping import Housekeeping
from bot.ports import Transaction
from bot.store.session import Statement
from bot.store.snapshot import snapshot
from bot.store.sql import SqlStore, open_store
from bot.store.tables import lanes
from tests.builders import MONDAY, a_message, an_event
from tests.world import SetClock

PAGES = func.pragma_page_count().table_valued(column("page_count"))
WORDS = "wörds and more words " * 40


async def worked_off(store: SqlStore, clock: SetClock, events: range) -> None:
    """So many events, each in a lane of its own."""

    async def unit(tx: Transaction) -> None:
        for number in events:
            lane = f"chat:{number}"
            await tx.take(lane)
            await tx.keep(replace(an_event(a_message(WORDS), key=f"e{number}", conversation=lane), at=clock.now()), clock.now())
            (found,) = await tx.waiting(lane, clock.now())
            await tx.finish(found.id, clock.now())

    await store.run(unit)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
async def test_lanes_in_which_nothing_is_kept_go_unless_somebody_has_them(kind: str, request: pytest.FixtureRequest) -> None:
    url, clock = str(request.getfixturevalue(f"{kind}_desk")), SetClock(MONDAY)
    store, other = await open_store(url), await open_store(url)
    await worked_off(store, clock, range(5))
    clock.advance(days=31)
    housekeeping = Housekeeping(store, clock, timedelta(days=30))

    async def busy(tx: Transaction) -> dict[str, int]:
        await tx.take("chat:1")
        return await housekeeping.tidy()  # by another connection: it does not wait for this one

    assert (await other.run(busy))["events"] == 4
    async with snapshot(url) as session:
        assert await session.all(Statement(select(lanes.c.lane).order_by(lanes.c.lane))) == [("chat:1",), ("chat:4",)]
    await worked_off(store, clock, range(10, 12))  # lanes are made anew
    await other.close()
    await store.close()


async def test_a_file_uses_the_space_of_what_is_forgotten_again(tmp_path: Path) -> None:
    store, clock = SqlStore.open(f"sqlite:///{tmp_path / 'desk.db'}?synchronous=NORMAL"), SetClock(MONDAY)
    sizes = []
    for month in range(4):
        await worked_off(store, clock, range(1_000 * month, 1_000 * month + 1_000))
        sizes.append((await store.reading.first(Statement(select(func.max(PAGES.c.page_count)))))[0])  # type: ignore[index]
        clock.advance(days=31)
        assert (await Housekeeping(store, clock, timedelta(days=30)).tidy())["events"] == 999 + bool(month)
    await store.close()
    assert sizes[3] <= sizes[0] * 1.1
