"""What forgetting costs: a month of handled events goes from a table, while the desk takes new ones; and what partitions would cost instead.

    python -m tests.bench.retention sqlite|postgresql|mariadb [rows]

Prints rows removed a second, how long one removal holds its transaction, and how long a new event takes to be kept meanwhile and without it.
"""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.engine.running.housekeeping import Housekeeping
from bot.store import address, server
from bot.store.codec import to_micros
from bot.store.migrate import migrate
from bot.store.server import Connection
from bot.store.sql import SqlStore, open_store
from tests import servers
from tests.builders import a_message, an_event
from tests.world import SetClock

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WORDS = "the ergonomic chair next to the aquarium squeaks whenever the heron looks at it; " * 4
ROW = (
    "'chat', {text}, NULL, {lane}, 'said', '{{}}', '" + WORDS + "', {at}, {at}, 'done', 0, '', {at}"
)
COLUMNS = '{q}channel{q}, {q}key{q}, {q}also{q}, {q}lane{q}, {q}kind{q}, {q}person{q}, {q}what{q}, {q}at{q}, {q}due{q}, {q}state{q}, attempts, error, done_at'
SERIES = {
    "sqlite": ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})", "n", "i", "'k' || i", "'chat:' || (i % 50000)", '"'),
    "postgresql": ("", "generate_series(1, {rows}::bigint) AS i", "i", "'k' || i", "'chat:' || (i % 50000)", '"'),
    "mariadb": ("", "seq_1_to_{rows}", "seq", "concat('k', seq)", "concat('chat:', seq % 50000)", "`"),
}


def filling(kind: str, rows: int, table: str = "inbox") -> str:
    """SQL for so many events, handled in the 30 days that ended 40 days ago."""
    with_, of, number, text, lane, quote = SERIES[kind]
    begin, step = to_micros(NOW - timedelta(days=70)), int(timedelta(days=30) / timedelta(microseconds=1)) // rows
    values = ROW.format(text=text, lane=lane, at=f"{begin} + {number} * {step}")
    return f"INSERT INTO {table} ({COLUMNS.format(q=quote)}) {with_.format(rows=rows)} SELECT {values} FROM {of.format(rows=rows)}"


async def keeps(store: SqlStore, stop: asyncio.Event, name: str) -> list[float]:
    """Somebody writes 50 times a second; seconds until each was committed."""
    took = []
    number = 0
    while not stop.is_set():
        number += 1
        event = an_event(a_message("hello"), key=f"{name}{number}", conversation=f"chat:new{number % 50}")
        began = time.perf_counter()

        async def keep(tx: object, event: object = event) -> None:
            await tx.take(event.conversation)  # type: ignore[attr-defined]
            await tx.keep(event, NOW)  # type: ignore[attr-defined]

        await store.run(keep)
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0.02)
    return took


async def measured(store: SqlStore, rows: int) -> None:
    stop = asyncio.Event()
    alone = asyncio.create_task(keeps(store, stop, "alone"))
    await asyncio.sleep(5)
    stop.set()
    tell("a new event, undisturbed", await alone)
    stop = asyncio.Event()
    beside = asyncio.create_task(keeps(store, stop, "beside"))
    batches: list[float] = []
    run = store.run

    async def timed(unit: Callable[[object], Awaitable[object]]) -> object:
        began = time.perf_counter()
        result = await run(unit)  # type: ignore[arg-type]
        if unit.__name__ == "<lambda>":
            batches.append(time.perf_counter() - began)
        return result

    store.run = timed  # type: ignore[assignment,method-assign]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    gone = await Housekeeping(store, SetClock(NOW), timedelta(days=30)).tidy()
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    stop.set()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{gone['events']:,} of {rows:,} events gone in {took:.1f} s: {gone['events'] / took:,.0f} a second; {1e6 * cpu / rows:.0f} us of our CPU each")
    tell("a removal of 200", batches)
    tell("a new event meanwhile", await beside)


def tell(what: str, took: list[float]) -> None:
    middle, slow, slowest = statistics.median(took), sorted(took)[int(0.99 * len(took))], max(took)
    print(f"{what}: p50 {1e3 * middle:.1f} ms, p99 {1e3 * slow:.1f} ms, most {1e3 * slowest:.0f} ms, n {len(took)}")


async def partitions(connection: Connection, rows: int) -> None:
    """PostgreSQL alone: by day of id order; the key can only be unique together with the day."""
    day = int(timedelta(days=1) / timedelta(microseconds=1))
    first = to_micros(NOW - timedelta(days=70))
    await connection.plain("CREATE TABLE days (LIKE inbox INCLUDING DEFAULTS) PARTITION BY RANGE (at)")
    for number in range(31):
        await connection.plain(f"CREATE TABLE day_{number} PARTITION OF days FOR VALUES FROM ({first + number * day}) TO ({first + (number + 1) * day})")
    for index in ("UNIQUE INDEX ON days (channel, key, at)", "UNIQUE INDEX ON days (id, at)", "INDEX ON days (lane, id)"):
        await connection.plain(f"CREATE {index}")
    for name in ("UNIQUE INDEX ON plain (channel, key)", "UNIQUE INDEX ON plain (id)", "INDEX ON plain (lane, id)"):
        await connection.plain("CREATE TABLE IF NOT EXISTS plain (LIKE inbox INCLUDING DEFAULTS)")
        await connection.plain(f"CREATE {name}")
    for table in ("plain", "days"):
        began = time.perf_counter()
        await connection.plain(filling("postgresql", rows, table))
        print(f"{table}: {rows:,} rows in {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        for number in range(500):
            await connection.plain(f"SELECT id FROM {table} WHERE channel = 'chat' AND key = 'k{number * 7}'")
        print(f"{table}: is a key there? {1e6 * (time.perf_counter() - began) / 500:.0f} us")
        began = time.perf_counter()
        for number in range(500):
            await connection.plain(f"SELECT id FROM {table} WHERE lane = 'chat:{number}' ORDER BY id LIMIT 20")
        print(f"{table}: the first of a lane: {1e6 * (time.perf_counter() - began) / 500:.0f} us")
    began = time.perf_counter()
    await connection.plain("DROP TABLE day_0")
    print(f"days: one day dropped in {1e3 * (time.perf_counter() - began):.0f} ms")


async def main(kind: str, rows: int, url: str) -> None:
    where = address.parse(url)
    if isinstance(where, address.Server):
        connection = await server.connect(where, 3600)
        await connection.plain(filling(kind, rows))
        await connection.plain("INSERT INTO lanes SELECT DISTINCT lane, 1 FROM inbox")
        await connection.plain("ANALYZE inbox" if where.is_postgres else "ANALYZE TABLE inbox")
    else:
        raw = sqlite3.connect(where.file)
        raw.execute(filling(kind, rows))
        raw.commit()
        raw.close()
    store = await open_store(url)
    await measured(store, rows)
    await store.close()
    if isinstance(where, address.Server):
        if where.is_postgres:
            await partitions(connection, rows)
        await connection.close()


if __name__ == "__main__":
    chosen, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    if chosen == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            file = f"sqlite:///{Path(folder) / 'desk.db'}"
            migrate(file)
            asyncio.run(main(chosen, count, file))
    else:
        with servers.databases_of(servers.POSTGRES if chosen == "postgresql" else servers.MARIADB).fresh(migrate) as fresh:
            asyncio.run(main(chosen, count, fresh))
