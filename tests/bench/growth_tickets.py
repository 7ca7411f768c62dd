"""Ten thousand tickets, a hundred thousand, a million: what the same questions and one whole event cost, beside the least a database can be asked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, literal_column, select

from bot.domain.ids import ConversationId
from bot.ports.world import TicketQuery
from bot.store import codec
from bot.store.migrate import migrate
from bot.store.session import Statement
from bot.store.sql import SqlStore, open_store
from bot.store.tables import tickets
from kb.loader import dump
from tests import servers
from tests.bench import growth_server
from tests.bench.events import CONFIG, free_port, known_questions, percentile, server
from tests.bench.generated import entries as generated_entries
from tests.bench.growth_fill import fill, size
from tests.bench.growth_rows import PREFIX, Desk
from tests.bench.load import HELLO, SIGNING_SECRET, Load

SIZES = (10_000, 100_000, 1_000_000)
DATABASES = ("postgresql", "sqlite")
KINDS = {"postgresql": servers.POSTGRES, "mariadb": servers.MARIADB}
ROUNDS = 60  # of all questions in turn, so that whatever else this machine does meets all of them alike
WARM = 5
EVENTS, GREETINGS, ENTRIES = 120, 20, 1_000
FLOORS = ("SELECT 1", "row by primary key")
EVENT = "whole event, alone"
FIRSTLINE = str(Path(sys.executable).with_name("firstline"))

_ONE = Statement(select(literal_column("1")))
_ROW = Statement(select(tickets.c.id, tickets.c.question).where(tickets.c.row == bindparam("of_row", type_=tickets.c.row.type)))
Asked = Callable[[int], Awaitable[object]]


def measure(databases: tuple[str, ...] = DATABASES, sizes: tuple[int, ...] = SIZES) -> list[dict[str, Any]]:
    """For each database and size {"database", "tickets", "bytes_per_ticket", "ms": {question: [p50, p99]}}. Raises Absent without a server."""
    return [one(database, count) for database in databases for count in sizes]


def one(database: str, count: int) -> dict[str, Any]:
    """One desk: made, asked, worked on, gone."""
    print(f"  {database}: {count:,} tickets", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="firstline-bench-") as name, _empty(database, Path(name)) as url:
        desk = Desk(count)
        fill(url, desk)
        found = {"database": database, "tickets": count}
        if database != "mariadb":
            found["bytes_per_ticket"] = round(size(url) / count)
        asked = asyncio.run(_asked(url, desk))
        asked[EVENT] = asyncio.run(_worked(url, desk, Path(name)))
    return {**found, "ms": {name: [round(percentile(took, share) * 1000, 2) for share in (0.5, 0.99)] for name, took in asked.items()}}


@contextlib.contextmanager
def _empty(database: str, folder: Path) -> Iterator[str]:
    if database == "sqlite":
        url = f"sqlite:///{folder / 'bench.db'}"
        migrate(url)
        yield url
        return
    with growth_server.database(KINDS[database]) as url:
        migrate(url)
        yield url


def questions(store: SqlStore, desk: Desk) -> dict[str, Asked]:
    """What is asked of it in a given round; the least first."""
    now = codec.from_micros(desk.now)
    open_, step = ("open", "pending"), max(1, desk.count // 997)

    def number(turn: int) -> int:
        return desk.count - turn * step % desk.count

    def page(**fields: Any) -> Awaitable[object]:
        return store.tickets(TicketQuery(**fields))

    return {
        FLOORS[0]: lambda _: store.reading.first(_ONE),
        FLOORS[1]: lambda turn: store.reading.first(_ROW, of_row=number(turn)),
        "ticket by number": lambda turn: store.ticket(f"{PREFIX}-{number(turn)}"),
        "a ticket's talk": lambda turn: store.talk(f"{PREFIX}-{number(turn)}", internal=True),
        "newest 25": lambda _: page(),
        "queue of the unclaimed": lambda _: page(unclaimed=True, humans_only=True, statuses=open_),
        "what was resolved": lambda _: page(statuses=("resolved", "closed")),
        "an agent's own": lambda turn: page(assignee=desk.agent(turn), humans_only=True, statuses=open_),
        "a requester's own": lambda turn: page(requester=desk.requester(number(turn))),
        "a requester's screen": lambda turn: store.screen(ConversationId(desk.requester(number(turn)))),
        "search, often found": lambda _: page(search="laptop update"),
        "search, never found": lambda _: page(search="laptop giraffe"),
        "sweep": lambda _: store.lanes_with_work(now),
        "next due": lambda _: store.next_due(now),
        "what waits, counted": lambda _: store.queue(),
        "page of what may go": lambda _: store.old("event", now - timedelta(days=30), 0, "card:"),
    }


async def _asked(url: str, desk: Desk) -> dict[str, list[float]]:
    """Seconds of each question."""
    store = await open_store(url, read_only=True)
    took = {name: list[float]() for name in questions(store, desk)}
    try:
        for turn in range(-WARM, ROUNDS):
            for name, ask in questions(store, desk).items():
                began = time.perf_counter()
                await ask(turn % ROUNDS)
                if turn >= 0:
                    took[name].append(time.perf_counter() - began)
    finally:
        await store.close()
    return took


async def _worked(url: str, desk: Desk, folder: Path) -> list[float]:
    """Seconds from a question of somebody the desk knows to the reply, one at a time."""
    load, port = Load(), free_port()
    await load.open()
    (folder / "firstline.toml").write_text(CONFIG)
    (folder / "faq.jsonl").write_text(dump(generated_entries(ENTRIES), "jsonl"))
    env = {
        "DATABASE_URL": url, "FIRSTLINE_CONFIG": str(folder / "firstline.toml"), "PORT": str(port), "SLACK_BOT_TOKEN": "xoxb-bench", "ENCODER": "off",
        "SLACK_SIGNING_SECRET": SIGNING_SECRET, "SLACK_API_URL": load.base, "LOG_LEVEL": "WARNING", "SECRET_KEY": "b" * 32,
    }  # fmt: skip
    people = await _free(url, desk, GREETINGS + EVENTS)
    await asyncio.to_thread(_import, folder, env)
    running = server([FIRSTLINE, "run"], env, folder, port)
    await asyncio.to_thread(running.__enter__)
    try:
        await load.closed_loop(port, people[:GREETINGS], [HELLO] * GREETINGS, 1)
        _, took = await load.closed_loop(port, people[GREETINGS:], known_questions(ENTRIES, EVENTS), 1)
        return took
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)


def _import(folder: Path, env: dict[str, str]) -> None:
    subprocess.run([FIRSTLINE, "kb", "import", "faq.jsonl"], cwd=folder, env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL)


async def _free(url: str, desk: Desk, count: int) -> list[str]:
    """Slack users of the desk with nothing under way: their words are answered by the bot."""
    store, found = await open_store(url, read_only=True), list[str]()
    try:
        for place in range(desk.people):
            name = f"slack:U{place:06d}"
            if not await store.tickets(TicketQuery(requester=name, statuses=("open", "pending", "resolved"), limit=1)):
                found.append(name.removeprefix("slack:"))
            if len(found) == count:
                return found
    finally:
        await store.close()
    raise RuntimeError(f"fewer than {count} people have nothing under way")
