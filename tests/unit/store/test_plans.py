"""However many tickets and events there are: no question reads a whole table, and none sorts one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from bot.store import auditing, inbox, knowledge, learning, migrate, outbox, outcomes, pages, reading, retention, sql, talk, tickets, waits
from bot.store.dialects import SQLITE
from bot.store.session import Statement

MAY_SCAN = {
    "counters": "a row for each desk",
    "entries": "the knowledge base as a whole is what is asked for",
    "outside": "the questions that admins marked, newest first by their key",
    "newest": "the newest changes, as many as are searched",
    "leases": "a row for each lane in which somebody sends",
    "holders": "a row for each process and each role",
    "recent": "the newest tickets of one conversation",
    "waiting": "a queue, as far as it is counted",
}
PARTIAL = {"inbox_due", "inbox_parked", "inbox_timers", "outbox_due", "outbox_failed", "tickets_open"}  # hold only what waits, failed or is open


def every_statement() -> Iterator[tuple[str, Statement]]:
    for module in (auditing, inbox, outbox, tickets, pages, talk, knowledge, learning, outcomes, reading, retention, sql, waits):
        for name, value in vars(module).items():
            for statement in value.values() if isinstance(value, dict) else [value]:
                if isinstance(statement, Statement):
                    yield f"{module.__name__.rpartition('.')[2]}.{name}", statement


@pytest.fixture(scope="module")
def empty() -> Iterator[sqlite3.Connection]:
    raw = sqlite3.connect(":memory:", isolation_level=None)
    migrate.create(raw)
    yield raw
    raw.close()


@pytest.mark.parametrize(("name", "statement"), [pytest.param(*pair, id=pair[0]) for pair in every_statement()])
def test_an_index_serves_it(name: str, statement: Statement, empty: sqlite3.Connection) -> None:
    text = statement.on(SQLITE).sql
    plan = [step for *_, step in empty.execute(f"EXPLAIN QUERY PLAN {text}", [None] * text.count("?"))]

    for step in plan:
        if step.startswith("SCAN ") and not step.endswith("CONSTANT ROWS"):
            _, what, *using = step.split()
            assert what in MAY_SCAN or (using and using[-1] in PARTIAL), f"{name}: {step}"
        if "TEMP B-TREE" in step:
            assert any(word in " ".join(plan) for word in ("newest", "recent", "COMPOUND")), f"{name} sorts: {plan}"


def test_there_are_statements_to_look_at() -> None:
    assert len(list(every_statement())) > 50
