"""Group commit: events kept a second with 1, 4, 16 and 64 in flight, on disks that are waited for, beside bare inserts that commit one by one."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from typing import Any

import asyncpg  # type: ignore[import-untyped, unused-ignore]

from bot.app import SystemClock
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Inbound, Said
from bot.domain.people import Person
from bot.engine.running.intake import Intake
from bot.store.migrate import migrate
from bot.store.sql import open_store
from tests import servers
from tests.bench import growth_server
from tests.bench.growth_floor import BODY

IN_FLIGHT = (1, 4, 16, 64)
EVENTS = 1_000
TABLE = "CREATE TABLE floor_event (id {}, key varchar(255) UNIQUE, body text)"


def measure(events: int = EVENTS) -> list[dict[str, Any]]:
    """{"database", "one_by_one_per_s": the floor, "kept_per_s": {in flight: events a second}} for SQLite FULL and PostgreSQL. Raises Absent."""
    with tempfile.TemporaryDirectory(prefix="firstline-bench-") as folder:
        url = f"sqlite:///{folder}/bench.db?synchronous=FULL"
        migrate(url)
        sqlite_ = {"database": "sqlite", "one_by_one_per_s": _bare_file(f"{folder}/bare.db", events), "kept_per_s": asyncio.run(_kept(url, events))}
    with growth_server.database(servers.POSTGRES) as url:
        migrate(url)
        postgres = {"database": "postgresql", "one_by_one_per_s": asyncio.run(_bare_server(url, events)), "kept_per_s": asyncio.run(_kept(url, events))}
    return [sqlite_, postgres]


async def _kept(url: str, events: int) -> dict[str, int]:
    """Through the one door in, as every channel does."""
    store = await open_store(url)
    intake, number, found = Intake(store, SystemClock(), lambda _: None), iter(range(10_000_000)), dict[str, int]()

    async def deliver(count: int) -> None:
        for _ in range(count):
            await intake.receive(_event(next(number)))

    try:
        for in_flight in IN_FLIGHT:
            await asyncio.gather(*(deliver(4) for _ in range(in_flight)))
            began = time.perf_counter()
            await asyncio.gather(*(deliver(events // in_flight) for _ in range(in_flight)))
            found[str(in_flight)] = round(events // in_flight * in_flight / (time.perf_counter() - began))
    finally:
        await store.close()
    return found


def _event(number: int) -> Inbound:
    person, message = f"slack:U{number % 300:06d}", MessageId(f"slack:D{number % 300:06d}/{number}.1")
    said = Said("hello, How do I sync vritual badge on linux", message, PlaceId(f"slack:D{number % 300:06d}"), private=True, addressed=True)
    return Inbound(f"Ev{number}", "slack", ConversationId(person), Person(PersonId(person), "U", "en", "UTC"), SystemClock().now(), said, message)


def _bare_file(file: str, events: int) -> int:
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute(TABLE.format("integer PRIMARY KEY"))
    began = time.perf_counter()
    for number in range(events):
        raw.execute("INSERT INTO floor_event (key, body) VALUES (?, ?)", (f"Ev{number}", BODY))  # commits by itself
    took = time.perf_counter() - began
    raw.close()
    return round(events / took)


async def _bare_server(url: str, events: int) -> int:
    raw = await asyncpg.connect(url)
    await raw.execute(TABLE.format("bigserial PRIMARY KEY"))
    began = time.perf_counter()
    for number in range(events):
        await raw.execute("INSERT INTO floor_event (key, body) VALUES ($1, $2)", f"Ev{number}", BODY)
    took = time.perf_counter() - began
    await raw.close()
    return round(events / took)
