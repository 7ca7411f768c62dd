"""What the API costs in this process over a large desk, beside the bare question to the store; and two thousand generated requests."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from adapters.api.limits import Limits
from bot.domain.messages import Pace
from bot.ports import TicketQuery
from bot.store.migrate import migrate
from bot.store.sql import SqlStore
from tests.api_desk import api_desk, asks
from tests.bench.events import percentile
from tests.bench.growth_fill import fill
from tests.bench.growth_rows import Desk
from tests.generated import send_generated
from tests.world import World

TICKETS = 100_000
ROUNDS, WARM = 200, 20
ASKED, AT_ONCE = 400, 8
CASES = 2_000


def measure(tickets: int = TICKETS, cases: int = CASES) -> dict[str, object]:
    """Milliseconds (p50, p99) of the newest 25 tickets over the API and from the store alone; tickets asked for a second; generated cases."""
    with tempfile.TemporaryDirectory(prefix="firstline-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        migrate(url)
        fill(url, Desk(tickets))
        found = asyncio.run(_over(url))
    return {"tickets": tickets, **found, "generated": asyncio.run(_generated(cases))}


async def _over(url: str) -> dict[str, object]:
    store = SqlStore.open(url)
    try:
        async with api_desk(World(store=store)) as desk:
            desk.channel._api.limits = Limits(Pace())
            program = await desk.crm()
            newest = await _times(lambda: program.get("/api/v1/tickets"))
            store_alone = await _times(lambda: store.tickets(TicketQuery()))
            begin = time.perf_counter()
            for first in range(0, ASKED, AT_ONCE):
                await asyncio.gather(*(asks(program, "my chair squeaks", {"id": f"p{first + n}"}) for n in range(AT_ONCE)))
            took = time.perf_counter() - begin
    finally:
        await store.close()
    return {"newest_25_ms": _told(newest), "store_alone_ms": _told(store_alone), "asked_and_handed_over_per_s": round(ASKED / took)}


async def _times(ask: Callable[[], Awaitable[object]]) -> list[float]:
    took = []
    for n in range(ROUNDS + WARM):
        begin = time.perf_counter()
        await ask()
        took += [time.perf_counter() - begin] if n >= WARM else []
    return took


def _told(took: list[float]) -> list[float]:
    return [round(percentile(took, share) * 1000, 2) for share in (0.5, 0.99)]


async def _generated(cases: int) -> dict[str, int]:
    async with api_desk() as desk:
        tally = await send_generated(desk, cases)
    return {"cases": tally.cases, "done": tally.done, "server_errors": tally.server_errors, "not_as_described": len(tally.wrong)}
