"""Where tests get real servers from: what they may rely on, and what they leave behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import pytest

from tests import servers
from tests.journeys.doors import eventually
from tests.servers import MARIADB, NATS, POSTGRES, Absent, DatabaseKind, Databases, Server
from tests.servers.session import FOLDER

ROOT = Path(__file__).parents[2]
HOLDS_A_SERVER = """
from tests import servers
with servers.own(servers.NATS) as server:
    print(server.folder, server.url, flush=True)
    input()
"""

Own = Callable[[servers.Kind], Server]


@pytest.fixture(params=[POSTGRES, MARIADB], ids=lambda kind: kind.name)
def databases(request: pytest.FixtureRequest) -> Databases:
    """Those of the server that this run uses."""
    try:
        return servers.databases_of(request.param)
    except Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture
def own() -> Iterator[Own]:
    """Starts servers that only this test has."""
    with ExitStack() as until_the_end:

        def start(kind: servers.Kind) -> Server:
            try:
                return until_the_end.enter_context(servers.own(kind))
            except Absent as absent:
                pytest.skip(str(absent))

        yield start


def test_each_database_is_empty_and_gone_afterwards(databases: Databases) -> None:
    with databases.fresh() as url, databases.fresh() as other:
        assert url != other
        assert databases.kind.trouble(url) == ""
    assert databases.kind.trouble(url) != ""


def test_a_database_goes_although_somebody_is_connected(postgres_url: str) -> None:
    databases = servers.databases_of(POSTGRES)

    async def stay(url: str) -> asyncpg.Connection:
        return await asyncpg.connect(url)

    with databases.fresh() as url:
        loop = asyncio.new_event_loop()
        left = loop.run_until_complete(stay(url))
    assert POSTGRES.trouble(url) != ""
    left.terminate()
    loop.close()


def test_a_template_is_filled_once_and_copied_with_its_rows(databases: Databases) -> None:
    filled: list[str] = []

    def fill(url: str) -> None:
        filled.append(url)
        _run(databases.kind, url, "CREATE TABLE kept (n int primary key)", "INSERT INTO kept VALUES (41)")

    with databases.fresh(fill) as one, databases.fresh(fill) as two:
        _run(databases.kind, one, "INSERT INTO kept VALUES (42)")
        assert len(filled) == 1
        _run(databases.kind, two, "INSERT INTO kept VALUES (42)")  # refused if the row that went into the first copy were here, too
        with pytest.raises(Exception, match="41"):
            _run(databases.kind, two, "INSERT INTO kept VALUES (41)")


@pytest.mark.parametrize("kind", [POSTGRES, MARIADB], ids=lambda kind: kind.name)
def test_a_killed_server_has_what_was_committed_when_it_is_back(kind: DatabaseKind, own: Own) -> None:
    server = own(kind)
    with Databases(kind, server.url).fresh() as url:
        _run(kind, url, "CREATE TABLE kept (n int primary key)", "INSERT INTO kept VALUES (41)")
        server.kill()
        assert kind.trouble(url) != ""
        server.start()
        with pytest.raises(Exception, match="41"):
            _run(kind, url, "INSERT INTO kept VALUES (41)")
        server.stop()
        server.start()
        assert kind.trouble(url) == ""


async def test_a_broker_begins_without_streams(nats_url: str) -> None:
    assert await NATS.streams(nats_url) == set()


@pytest.mark.parametrize("ends_by", [signal.SIGKILL, signal.SIGINT], ids=["killed", "Ctrl+C"])
def test_a_run_that_ends_in_whatever_way_leaves_neither_servers_nor_files(ends_by: signal.Signals) -> None:
    if not NATS.installed:
        pytest.skip(f"NATS: a test needs one of its own, and `{NATS.program}` is not installed")
    run = subprocess.Popen([sys.executable, "-c", HOLDS_A_SERVER], cwd=ROOT, env=_environment(), text=True,
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
    assert run.stdout is not None
    folder, url = run.stdout.readline().split()
    assert Path(folder).is_dir()
    assert NATS.trouble(url) == ""
    run.send_signal(ends_by)
    run.communicate()
    asyncio.run(eventually(lambda: not Path(folder).parent.exists(), "its files are gone"))
    assert NATS.trouble(url) != ""


@pytest.mark.parametrize("kind", [POSTGRES, MARIADB, NATS], ids=lambda kind: kind.name)
@pytest.mark.parametrize(("given", "said"), [("off", "left out"), ("x://somebody:secret@127.0.0.1:9", "127.0.0.1:9 cannot be used")], ids=["off", "down"])
def test_a_server_that_is_left_out_is_named_with_its_variable(kind: servers.Kind, given: str, said: str) -> None:
    look = f"from tests import servers\ntry: servers.found(servers.{kind.variable.split('_')[1]})\nexcept servers.Absent as absent: print(absent)"
    ended = subprocess.run([sys.executable, "-c", look], cwd=ROOT, env={**_environment(), kind.variable: given}, capture_output=True, text=True, check=True)
    assert kind.name in ended.stdout
    assert kind.variable in ended.stdout
    assert said in ended.stdout
    assert "secret" not in ended.stdout


def _environment() -> dict[str, str]:
    """Of a run that is not part of this one."""
    return {key: value for key, value in os.environ.items() if key != FOLDER}


def _run(kind: DatabaseKind, url: str, *statements: str) -> None:
    servers.at_once(kind.run(url, *statements))
