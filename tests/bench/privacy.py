"""What one person's data costs in a large desk: looked at, given out, erased beside a desk at work and alone; and what retention costs.

    python -m tests.bench.privacy sqlite|postgresql|mariadb [tickets]

Prints seconds, and how long somebody who writes meanwhile waits until it is committed.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.app import SystemClock
from bot.domain.ids import PersonId
from bot.ports.privacy import Who
from bot.store.person_desk import PersonDesk
from bot.store.privacy import erase_person, reapply
from bot.store.sql import SqlStore, open_store
from tests import servers
from tests.bench.growth_fill import fill, size
from tests.bench.growth_rows import Desk
from tests.bench.growth_tickets import _empty
from tests.bench.retention import keeps

T = TypeVar("T")
ROUND_S = 10.0  # seconds of retention


async def timed(name: str, work: Awaitable[T]) -> T:
    """Say how long it took."""
    began = time.perf_counter()
    done = await work
    print(f"{name:<42}{time.perf_counter() - began:8.2f} s", flush=True)
    return done


async def beside(store: SqlStore, name: str, work: Awaitable[Any]) -> None:
    """The same, while somebody writes 50 times a second."""
    stop = asyncio.Event()
    writing = asyncio.create_task(keeps(store, stop, name))
    await asyncio.sleep(0.5)
    await timed(name, work)
    stop.set()
    waits = sorted(await writing)
    print(f"{'  who writes meanwhile waits, half / most':<42}{waits[len(waits) // 2] * 1000:8.1f} ms /{waits[-1] * 1000:8.1f} ms", flush=True)


async def forgotten(store: SqlStore) -> int:
    """Old tickets lose their words for ROUND_S; how many."""
    before, after, many, until = datetime.now(UTC) - timedelta(days=365), 0, 0, time.perf_counter() + ROUND_S
    while time.perf_counter() < until:
        old = await store.forget_tickets("words", before, after)
        many += len(old.ids)
        if old.after is None:
            break
        after = old.after
    return many


async def measure(url: str, desk: Desk, folder: Path) -> None:
    """One desk. Its people have TICKETS_A_PERSON tickets each."""
    store, first, second = await open_store(url), PersonId(desk.requester(1)), PersonId(desk.requester(2))
    people = PersonDesk(store, url, lambda: folder / "ledger", b"k" * 32, SystemClock(), set())
    who = Who(PersonId("bench:admin"), "bench")
    kept = await timed("what is kept, on the page", people.kept(first))
    print(f"  {dict(kept.counts)}")
    (await timed("given out, as a ZIP", people.given_out(first, who, "en"))).unlink()
    await beside(store, "erased beside a desk at work", people.erase(first, who))
    began = time.perf_counter()
    many = await forgotten(store)
    print(f"{'retention: tickets that lose their words':<42}{many / (time.perf_counter() - began):8.0f} a second")
    await store.close()
    await timed("erased alone, the file written anew", erase_person(url, folder / "ledger", second))
    await timed("reapply with nothing to do", reapply(url, folder / "ledger"))


def main(kind: str, count: int) -> None:
    """Make the desk, and measure."""
    with tempfile.TemporaryDirectory(prefix="firstline-bench-") as name, _empty(kind, Path(name)) as url:
        desk = Desk(count)
        fill(url, desk)
        print(f"{kind}, {count:,} tickets" + ("" if kind == "mariadb" else f", {size(url) / 1e6:.0f} MB"))
        asyncio.run(measure(url, desk, Path(name)))
    servers.leave()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
