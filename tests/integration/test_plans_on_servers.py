"""However many tickets there are, on servers: no question reads a large table or all that was ever done. (SQLite's plans need no rows: tests/unit/store.)"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import asyncpg  # type: ignore[import-untyped, unused-ignore]
import pytest
from sqlalchemy import column, func, select, text

from bot.ports.world import TicketQuery
from bot.store import address, inbox, learning, outbox, outcomes, pages, reading, retention, server, talk, tickets, waits
from bot.store.dialects import POSTGRES
from bot.store.migrate import migrate
from bot.store.session import Statement
from bot.store.sql import open_store
from tests import servers
from tests.bench.growth_fill import fill
from tests.bench.growth_rows import Desk

TICKETS = 4_000
STATUS = select(func.sum(column("variable_value"))).select_from(text("information_schema.session_status"))
READ = Statement(STATUS.where(column("variable_name").like("HANDLER_READ_%")))
FOUND = {
    "next event": reading._NEXT_IN,
    "next parcel": reading._NEXT_OUT,
    "lanes to send in": reading._OUT_LANES,
    "parcels counted": reading._COUNTS["outbox_waiting"],
}
LARGE = {"tickets", "labels", "messages", "events", "outcomes", "links", "inbox", "outbox", "people", "lanes"}
MAY_READ_ALL = {
    "reading._KNOWN": "asked once, at the start, for every conversation that was quiet for less than a month",
    "retention._EVENTS": "a page of ids after another",
    "retention._PARCELS": "a page of ids after another",
}
DUE = datetime(2000, 1, 1, tzinfo=UTC)
BONDS = (
    "INSERT INTO labels (label, ticket, status, changed_at) SELECT 'tag:all', id, status, changed_at FROM tickets",
    "INSERT INTO labels (label, ticket, status, changed_at) SELECT 'tag:few', id, status, changed_at FROM tickets WHERE MOD(row, 400) = 0",
    "UPDATE tickets SET parent = 'B-7', parent_as = 'incident' WHERE MOD(row, 100) = 0",
    f"UPDATE tickets SET due_at = row * 1000 + CASE WHEN row > 5 THEN {int(DUE.timestamp() * 1e6)} ELSE 0 END",
    "VACUUM (ANALYZE)",
)
QUERIES = {
    "newest": TicketQuery(),
    "of a requester": TicketQuery(requester="slack:U000007"),
    "of an agent": TicketQuery(assignee="slack:A0007"),
    "unclaimed": TicketQuery(unclaimed=True, humans_only=True, statuses=("open", "pending")),
    "unclaimed and closed: there are none": TicketQuery(tier=3, unclaimed=True, statuses=("closed",)),
    "resolved": TicketQuery(statuses=("resolved", "closed")),
    "of a tag that all have": TicketQuery(label="tag:all"),
    "of a tag that few have": TicketQuery(label="tag:few", statuses=("open", "closed")),
    "of an incident": TicketQuery(parent="B-7"),
    "what is due": TicketQuery(due_before=DUE, limit=5),
}


def every_statement() -> Iterator[tuple[str, Statement]]:
    for module in (inbox, outbox, tickets, pages, talk, learning, outcomes, reading, retention, waits):
        for name, value in vars(module).items():
            for statement in value.values() if isinstance(value, dict) else [value]:
                if isinstance(statement, Statement):
                    yield f"{module.__name__.rpartition('.')[2]}.{name}", statement


@pytest.fixture(scope="module")
def desk_url() -> Iterator[str]:
    for url in a_desk_on(servers.POSTGRES):
        asyncio.run(tie(url))
        yield url


@pytest.fixture(scope="module")
def mariadb_desk_url() -> Iterator[str]:
    yield from a_desk_on(servers.MARIADB)


def a_desk_on(kind: servers.DatabaseKind) -> Iterator[str]:
    with ExitStack() as stack:
        try:
            url = stack.enter_context(servers.databases_of(kind).fresh())
        except servers.Absent as absent:
            pytest.skip(str(absent))
        migrate(url)
        fill(url, Desk(TICKETS))
        yield url


async def tie(url: str) -> None:
    """Tags on all tickets and on few, an incident, and promises of which five are due."""
    raw = await asyncpg.connect(url)
    for statement in BONDS:
        await raw.execute(statement)
    await raw.close()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


async def plan_of(raw: Any, sql: str) -> dict[str, Any]:
    """The plan for values that are not known yet."""
    await raw.execute("DEALLOCATE ALL")
    await raw.execute(f"PREPARE asked AS {sql}")
    given = ", ".join(["NULL"] * max((int(number) for number in re.findall(r"\$(\d+)", sql)), default=0))
    (found,) = json.loads(await raw.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked{f'({given})' if given else ''}"))
    return dict(found["Plan"])


def test_an_index_serves_every_statement_over_a_large_table(desk_url: str) -> None:
    async def plans() -> dict[str, dict[str, Any]]:
        raw = await asyncpg.connect(desk_url, statement_cache_size=0)
        await raw.execute("SET plan_cache_mode = force_generic_plan")
        try:
            return {f"{name} {n}": await plan_of(raw, statement.on(POSTGRES).sql) for n, (name, statement) in enumerate(every_statement())}
        finally:
            await raw.close()

    read_whole = {
        name: node["Relation Name"]
        for name, plan in asyncio.run(plans()).items()
        for node in nodes(plan)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE and name.split()[0] not in MAY_READ_ALL
    }

    assert not read_whole


@pytest.mark.parametrize("asked", QUERIES)
async def test_a_page_reads_little_more_than_it_shows(asked: str, desk_url: str) -> None:
    store = await open_store(desk_url, read_only=True)
    raw = await asyncpg.connect(desk_url)
    try:
        before = await tuples_read(raw)
        page = await store.tickets(QUERIES[asked])
        await store.close()
        read = await tuples_read(raw) - before
    finally:
        await raw.close()

    assert read <= 20 * (len(page) + 25), f"{read} rows were read for {len(page)} tickets of {TICKETS}"


@pytest.mark.parametrize("asked", FOUND)
async def test_what_waits_is_found_on_mariadb_without_reading_what_was_sent(asked: str, mariadb_desk_url: str) -> None:
    where = address.parse(mariadb_desk_url)
    assert isinstance(where, address.Server)
    connection = await server.connect(where)
    try:
        [(waiting,)] = await connection.all(reading._COUNTS["inbox_waiting"])
        before = await connection.first(READ)
        await connection.all(FOUND[asked], now=datetime.now(UTC))
        after = await connection.first(READ)
    finally:
        await connection.close()

    assert before is not None
    assert after is not None
    assert after[0] - before[0] < 100 + 3 * waiting, f"{after[0] - before[0]} rows were read where {waiting} wait"


async def tuples_read(raw: Any) -> int:
    """Rows of the tickets, and of their indexes, that were read so far, by connections that are closed: they tell when they end."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    while await raw.fetchval(others):
        await raw.execute("SELECT pg_sleep(0.01)")
    await raw.execute("SELECT pg_stat_clear_snapshot()")
    return int(
        await raw.fetchval(
            "SELECT (SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = 'tickets')"
            " + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'tickets')"
        )
    )
