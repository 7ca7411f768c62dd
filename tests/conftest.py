"""Few fixtures, made of the shipped doubles."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from bot.store import address, server
from bot.store.dialects import MARIADB, POSTGRES
from bot.store.migrate import migrate
from bot.store.tables import metadata
from tests import servers
from tests.figures import FIGURES
from tests.world import World

# The same examples every time, so that a red run means a change; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

WAITING_UNTIL = 0.9  # of the run: behind the last file that waits comes enough that is small


@pytest.fixture
def world() -> World:
    """A desk over the doubles: see tests/world.py."""
    return World()


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL database of this test's own; skipped, with what to do, where there is no server."""
    with _or_skipped():
        databases = servers.databases_of(servers.POSTGRES)
    with databases.fresh() as url:
        yield url


@pytest.fixture
def mariadb_url() -> Iterator[str]:
    """An empty MariaDB database of this test's own; skipped likewise."""
    with _or_skipped():
        databases = servers.databases_of(servers.MARIADB)
    with databases.fresh() as url:
        yield url


@pytest.fixture
def postgresql_desk(_desks: dict[str, str]) -> str:
    """A PostgreSQL database with our schema and nothing in it; skipped likewise."""
    return _emptied(_desks, servers.POSTGRES)


@pytest.fixture
def mariadb_desk(_desks: dict[str, str]) -> str:
    """A MariaDB database with our schema and nothing in it; skipped likewise."""
    return _emptied(_desks, servers.MARIADB)


@pytest.fixture(scope="session")
def _desks() -> Iterator[dict[str, str]]:
    """One database of each kind for all tests: emptying it takes milliseconds, making one up to a second."""
    with contextlib.ExitStack() as stack:
        yield _Desks(stack)


class _Desks(dict[str, str]):
    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack

    def __missing__(self, kind: str) -> str:
        databases = servers.databases_of(getattr(servers, kind))
        self[kind] = url = self._stack.enter_context(databases.fresh(migrate))
        return url


def _emptied(desks: dict[str, str], kind: servers.DatabaseKind) -> str:
    with _or_skipped():
        url = desks["POSTGRES" if kind is servers.POSTGRES else "MARIADB"]
    where = address.parse(url)
    assert isinstance(where, address.Server)

    async def empty() -> None:
        connection = await server.connect(where)
        quoted = POSTGRES.identifier_preparer if where.is_postgres else MARIADB.identifier_preparer
        for table in metadata.tables.values():
            await connection.plain(f"DELETE FROM {quoted.format_table(table)}")
        await connection.close()

    servers.at_once(empty())
    return url


@pytest.fixture
def nats_url() -> Iterator[str]:
    """A NATS server without streams; skipped likewise."""
    with _or_skipped(), servers.broker(servers.NATS) as url:
        yield url


@contextlib.contextmanager
def _or_skipped() -> Iterator[None]:
    try:
        yield
    except servers.Absent as absent:
        pytest.skip(str(absent))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two processes for each processor: the tests wait for others' processes and clocks for more than half of their time."""
    return (os.cpu_count() or 1) * 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, files that mostly wait are spread among those that compute, and small ones are left for the end."""
    if not hasattr(config, "workerinput"):
        return
    files = list(dict.fromkeys(item.path for item in items))
    computing = [file for file in files if {"simulation", "unit"}.intersection(file.parts)]
    waiting = [file for file in files if file not in computing]
    place = {file: n / len(computing) for n, file in enumerate(computing)} | {file: WAITING_UNTIL * n / len(waiting) for n, file in enumerate(waiting)}
    items.sort(key=lambda item: place[item.path])


def pytest_configure(config: pytest.Config) -> None:
    """Processes that share the tests share the servers: these end with the process that began."""
    if config.getoption("numprocesses", None):
        servers.share()


def pytest_collection_finish() -> None:
    """Thousands of tests stay until the end: the collector need not walk them again and again, which costs a fifth of what small tests take."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have measured."""
    figures = [value for report in terminalreporter.getreports("passed") for name, value in report.user_properties if name == FIGURES]
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(figures))


def pytest_unconfigure() -> None:
    """A server that was found outlives the tests."""
    servers.leave()
