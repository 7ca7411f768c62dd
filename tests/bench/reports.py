"""Every report over a large desk on PostgreSQL, beside the least that looking at every ticket costs: counting them."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.app import SystemClock
from bot.domain.desks import Desk, Tier
from bot.engine.reports.bookkeeping import Bookkeeping
from bot.engine.reports.registry import REPORTS
from bot.engine.reports.report import Asking, Report
from bot.engine.tongue import tongue
from bot.store.migrate import migrate
from bot.store.session import Statement
from bot.store.sql import SqlStore, open_store
from bot.store.tables import tickets
from tests import servers
from tests.bench import growth_rows, growth_server
from tests.bench.growth_fill import analyse, fill

ROUNDS = 3
PERIODS = {"last 28 days": timedelta(days=27), "all": growth_rows.SPAN}
_COUNT = Statement(select(func.count()).select_from(tickets))
DESK = Desk(name="Bench", prefix=growth_rows.PREFIX, timezone="Europe/Madrid", tiers=(Tier(2, "Service desk"), Tier(3, "Specialists")))


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds. counting: deriving all facts from the beginning, by one process. floor: select count(*) of the tickets. reports: by name and period."""

    tickets: int
    counting_s: float
    floor_s: float
    reports_s: dict[str, dict[str, float]]


def measure(count: int) -> Figures:
    """One desk: made, counted, reported on. Raises Absent without a server."""
    with growth_server.database(servers.POSTGRES) as url:
        migrate(url)
        print(f"  {count:,} tickets are made", file=sys.stderr, flush=True)
        fill(url, growth_rows.Desk(count))
        return asyncio.run(_measured(url, count))


async def _measured(url: str, count: int) -> Figures:
    store = await open_store(url)
    try:
        print("  their facts are counted", file=sys.stderr, flush=True)
        began = time.perf_counter()
        await Bookkeeping(store, DESK, SystemClock(), "bench").catch_up()
        counting_s = time.perf_counter() - began
        await analyse(url)
        floor = [await _timed(store.reading.first(_COUNT)) for _ in range(ROUNDS)]
        reports = {name: {period: await _report(store, report, span) for period, span in PERIODS.items()} for name, report in REPORTS.items()}
    finally:
        await store.close()
    return Figures(count, round(counting_s, 1), round(median(floor), 3), reports)


async def _report(store: SqlStore, report: Report, span: timedelta) -> float:
    now = SystemClock().now()
    last: date = now.astimezone(ZoneInfo(DESK.timezone)).date()
    asking = Asking(store, DESK, last - span, last, tongue("en"), now)
    return round(median([await _timed(report.sheets(asking)) for _ in range(ROUNDS)]), 3)


async def _timed(work: object) -> float:
    began = time.perf_counter()
    await work  # type: ignore[misc]
    return time.perf_counter() - began
