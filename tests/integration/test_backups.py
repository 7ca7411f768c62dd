"""A backup that is taken while the desk is at work can be put into a new database and worked with: of a file, of PostgreSQL, of MariaDB.

What docs/operations.md tells operators to do is what is done here, with the same programs.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from bot.store.migrate import migrate
from tests import servers
from tests.builders import UNKNOWN
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import BOT_TOKEN, SIGNING_SECRET
from tests.figures import FIGURES, Record
from tests.integration.crowd import ANSWERS, ASKED, REDELIVERIES, answers_in, said_in_order, slack_people, slack_texts
from tests.integration.processes import Json, Product, installed
from tests.journeys.doors import eventually

EARLY, LATE = 2, 6  # people who ask before the backup, and who talk while it is taken
Export = dict[str, list[Json]]


@dataclass
class Desk:
    """Where a desk's data is, and where its backup is put back."""

    url: str
    restored: str
    backup: Path

    async def back_up(self) -> float:
        """Beside the running desk; seconds."""
        raise NotImplementedError

    async def restore(self) -> float:
        """Into the other place, which is empty before; seconds."""
        raise NotImplementedError


class ByVacuum(Desk):
    """`VACUUM INTO`, by any program that has SQLite."""

    async def back_up(self) -> float:
        """One question to the file: whoever writes goes on."""
        self.backup.unlink(missing_ok=True)
        began = time.monotonic()
        await asyncio.to_thread(_vacuum, _file(self.url), self.backup)
        return time.monotonic() - began

    async def restore(self) -> float:
        """A backup is a whole database: without -wal and -shm of what was there before."""
        began = time.monotonic()
        for end in ("", "-wal", "-shm"):
            _file(self.restored + end).unlink(missing_ok=True)
        await asyncio.to_thread(shutil.copy, self.backup, _file(self.restored))
        return time.monotonic() - began


class ByShell(ByVacuum):
    """`.backup` of SQLite's shell."""

    async def back_up(self) -> float:
        """Likewise."""
        return await _run(["sqlite3", str(_file(self.url)), f".backup '{self.backup}'"])


class OnPostgres(Desk):
    """`pg_dump` and `pg_restore`."""

    async def back_up(self) -> float:
        """As the database was when it began."""
        return await _run(["pg_dump", "--format=custom", f"--file={self.backup}", self.url])

    async def restore(self) -> float:
        """All or nothing."""
        await asyncio.to_thread(_emptied, servers.POSTGRES, self.restored)
        return await _run(["pg_restore", "--no-owner", "--single-transaction", f"--dbname={self.restored}", str(self.backup)])


class OnMariaDB(Desk):
    """`mariadb-dump` and `mariadb`."""

    async def back_up(self) -> float:
        """As the database was when it began: in one transaction, and nobody is locked out."""
        dump = "mariadb-dump" if shutil.which("mariadb-dump") else "mysqldump"
        options = ["--single-transaction", "--quick", "--hex-blob", "--no-tablespaces", "--default-character-set=utf8mb4"]
        return await _run([dump, *_account(self.url), *options, f"--result-file={self.backup}", _database(self.url)])

    async def restore(self) -> float:
        """Statement by statement."""
        await asyncio.to_thread(_emptied, servers.MARIADB, self.restored)
        return await _run([_client(), *_account(self.restored), "--default-character-set=utf8mb4", _database(self.restored), "-e", f"source {self.backup}"])


@contextlib.asynccontextmanager
async def a_desk_on(url: str, folder: Path) -> AsyncIterator[tuple[SlackCloud, Product]]:
    """A workspace, and the product for it, at work."""
    async with SlackCloud(retry_delays_s=REDELIVERIES) as cloud:
        env = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": cloud.api_url, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
        async with installed(folder, {**env, "DATABASE_URL": url, "SECRET_KEY": "k" * 32}) as product:
            cloud.wire.request_url = f"{product.base}/slack/events"
            await product.start()
            yield cloud, product


@pytest.fixture(params=["VACUUM INTO", ".backup", "pg_dump", "mariadb-dump"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A desk without data of each kind, and an empty place for what is restored; skipped, with its name, where a program is missing."""
    with contextlib.ExitStack() as until_the_end:

        def two(kind: servers.DatabaseKind) -> tuple[str, str, Path]:
            try:
                databases = servers.databases_of(kind)
            except servers.Absent as absent:
                pytest.skip(str(absent))
            return until_the_end.enter_context(databases.fresh(migrate)), until_the_end.enter_context(databases.fresh()), tmp_path / "backup"

        files = (f"sqlite:///{tmp_path}/firstline.db", f"sqlite:///{tmp_path}/restored.db", tmp_path / "backup.db")
        match request.param:
            case "VACUUM INTO":
                yield ByVacuum(*files)
            case ".backup":
                _needs("sqlite3")
                yield ByShell(*files)
            case "pg_dump":
                _needs("pg_dump", "pg_restore")
                yield OnPostgres(*two(servers.POSTGRES))
            case _:
                _needs("mariadb-dump", "mysqldump")
                _needs("mariadb", "mysql")
                yield OnMariaDB(*two(servers.MARIADB))


async def test_a_backup_taken_under_load_is_the_desk_at_one_moment_and_can_be_worked_with(tmp_path: Path, desk: Desk, record_property: Record) -> None:
    async with a_desk_on(desk.url, tmp_path) as (cloud, product):
        early, late = slack_people(cloud, EARLY), slack_people(cloud, LATE)
        await asyncio.gather(*(_asks(cloud, user) for user in early))
        await product.drained()
        before = await product.export()

        async with _talking(cloud, late):
            backing_up_s = await desk.back_up()
        await product.drained()
        after = await product.export()
        await product.stop()

        restoring_s = await desk.restore()
        restored = Product(tmp_path, {**product.env, "DATABASE_URL": desk.restored}, product.port)
        found = await restored.export()
        _is_one_moment_between(found, before, after)

        await restored.start()
        try:
            [new] = slack_people(cloud, 1)
            await _asks(cloud, new)
            await restored.drained()
            ended = await restored.export()
        finally:
            await restored.kill()
        numbers = [ticket["number"] for ticket in ended["ticket"]]
        assert len(set(numbers)) == len(numbers)
        assert numbers[: len(found["ticket"])] == [ticket["number"] for ticket in found["ticket"]], "numbers go on where the backup ended"
        assert f"slack:{new}" in {ticket["requester"] for ticket in ended["ticket"]}
    told = f"{len(found['message'])} of {len(after['message'])} messages in it, taken in {backing_up_s:.2f} s, put back in {restoring_s:.2f} s"
    record_property(FIGURES, f"Backup by {type(desk).__name__} under load: {told}")


async def test_a_backup_of_a_desk_at_rest_is_that_desk_line_by_line(tmp_path: Path, desk: Desk) -> None:
    async with a_desk_on(desk.url, tmp_path) as (cloud, product):
        for user in slack_people(cloud, 3):
            await _asks(cloud, user, "Ça cloche: naïve 🙈 'quotes' \\ and \"more\";--")
        await product.drained()

        await desk.back_up()  # beside the running process
        await desk.restore()

        restored = Product(tmp_path, {**product.env, "DATABASE_URL": desk.restored}, product.port)
        assert await restored.export() == await product.export()
        assert len((await product.export())["ticket"]) == 3


async def test_what_was_said_on_slack_after_the_backup_is_heard_again_from_its_history(tmp_path: Path) -> None:
    desk = ByVacuum(f"sqlite:///{tmp_path}/firstline.db", f"sqlite:///{tmp_path}/firstline.db", tmp_path / "backup.db")
    async with a_desk_on(desk.url, tmp_path) as (cloud, product):
        before, after = slack_people(cloud, 2)
        await _asks(cloud, before)
        await desk.back_up()
        await _asks(cloud, after)
        await product.drained()
        await product.stop()

        await desk.restore()
        assert [ticket["requester"] for ticket in (await product.export())["ticket"]] == [f"slack:{before}"]
        await product.start()

        await eventually(lambda: _has_looked_back(product), "Slack's history is read", 60)
        await product.drained()
        assert [ticket["requester"] for ticket in (await product.export())["ticket"]] == [f"slack:{before}", f"slack:{after}"]
        assert answers_in(slack_texts(cloud, after)).count(ANSWERS[1]) == 2, "who was told of a ticket after the backup is told once more"
        assert answers_in(slack_texts(cloud, before)).count(ANSWERS[1]) == 1


# --------------------------------------------------------------------------------------------------------------- the load
async def _asks(cloud: SlackCloud, user: str, unknown: str = UNKNOWN) -> None:
    """One question that the FAQ answers, and one that becomes a ticket for people."""
    for text, answer in ((ASKED, ANSWERS[0]), (unknown, ANSWERS[1])):
        await cloud.people.say(user, text)
        await eventually(lambda: answer in answers_in(slack_texts(cloud, user)), f"{user} is answered", 60.0)  # noqa: B023 - looked at at once


@contextlib.asynccontextmanager
async def _talking(cloud: SlackCloud, people: list[str]) -> AsyncIterator[None]:
    """All of them write one word after the other, from when the first of them has a ticket until the end, and each once more after it."""
    enough = asyncio.Event()

    async def one(user: str) -> None:
        await _asks(cloud, user)
        for n in itertools.count():
            is_last = enough.is_set()
            await cloud.people.say(user, f"and once more, for the {n}th time")
            if is_last:
                return

    talking = [asyncio.create_task(one(user)) for user in people]
    await eventually(lambda: any(ANSWERS[1] in answers_in(slack_texts(cloud, user)) for user in people), "the load is on")
    yield
    enough.set()
    await asyncio.gather(*talking)


async def _has_looked_back(product: Product) -> bool:
    return (await product.figures())["slack_gaps_filled_total"] > 0


def _is_one_moment_between(found: Export, before: Export, after: Export) -> None:
    """Everything from before is there as it was; nothing is there that never was; and nothing is there by halves."""
    for kind in ("ticket", "message", "event", "entry"):
        here = found[kind]
        assert [line for line in before[kind] if line not in here] == [], f"a {kind} from before is missing"
    tickets = {ticket["number"] for ticket in found["ticket"]}
    assert tickets <= {ticket["number"] for ticket in after["ticket"]}
    said, in_all = said_in_order(found), said_in_order(after)
    assert all(words == in_all[user][: len(words)] for user, words in said.items()), "of each talk the backup has the beginning, without a hole"
    assert sum(map(len, said.values())) < sum(map(len, in_all.values())), "nothing was said after the backup: the test shows nothing"
    for kind in ("message", "event"):
        assert {line["ticket"] for line in found[kind]} == tickets, f"a ticket without its first {kind}, or the other way round"
    opened = [event["ticket"] for event in found["event"] if event["name"] == "TicketOpened"]
    assert sorted(opened) == sorted(tickets)


# ------------------------------------------------------------------------------------------------------------ the programs
def _needs(*any_of: str) -> None:
    if not any(shutil.which(program) for program in any_of):
        pytest.skip(f"{' or '.join(any_of)} is not installed: install the client programs of the database")


async def _run(command: list[str]) -> float:
    """How long it took. Skips where the server is newer than the program; AssertionError with what it said otherwise."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    if b"server version mismatch" in said:
        pytest.skip(f"{command[0]} is older than the server: install the server's version of it")
    assert process.returncode == 0, said.decode()
    return time.monotonic() - began


def _vacuum(file: Path, into: Path) -> None:
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.execute("VACUUM INTO ?", (str(into),))


def _emptied(kind: servers.DatabaseKind, url: str) -> None:
    """A database of that name without tables."""
    name = _database(url)
    server = url.removesuffix(name) + ("postgres" if kind is servers.POSTGRES else "")
    servers.at_once(kind.drop(server, name))
    servers.at_once(kind.create(server, name))


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _database(url: str) -> str:
    return urlsplit(url).path.strip("/")


def _client() -> str:
    return "mariadb" if shutil.which("mariadb") else "mysql"


def _account(url: str) -> list[str]:
    where = urlsplit(url)
    found = ["--no-defaults", f"--host={where.hostname}", f"--port={where.port or 3306}", f"--user={unquote(where.username or '')}"]
    return [*found, f"--password={unquote(where.password)}"] if where.password else found
