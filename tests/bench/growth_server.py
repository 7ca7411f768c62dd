"""A database server of the bench's own, and what all its processes together use of the processor."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped, unused-ignore]

from bot.store import address, server
from bot.store.session import Statement
from tests import servers

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def database(kind: servers.DatabaseKind, prepare: Callable[[str], object] | None = None) -> Iterator[str]:
    """The URL of a database, empty or as prepare(url) leaves it, on a server that nobody else uses; where its program is not installed, on any there is.

    Raises Absent when there is none.
    """
    with contextlib.ExitStack() as stack:
        found = servers.Databases(kind, stack.enter_context(servers.own(kind)).url) if kind.installed else servers.databases_of(kind)
        yield stack.enter_context(found.fresh(prepare))


async def process_of(url: str) -> int:
    """The process number of the server at a postgresql:// or mysql:// URL; 0 when it is not on this machine."""
    if url.startswith("postgresql"):
        raw = await asyncpg.connect(url)
        try:
            backend = await raw.fetchval("SELECT pg_backend_pid()")
            fields = _fields(backend) if _command(backend) == "postgres" else []
        finally:
            await raw.close()
        return int(fields[1]) if fields else 0
    return await _mariadb(url)


def cpu_s(process: int) -> float:
    """Processor seconds so far of the server, its children of now, and those it had: 0 for no process."""
    if not process:
        return 0.0
    own = _fields(process)
    ticks = sum(map(int, own[11:15])) if own else 0
    for child in Path("/proc").iterdir():
        if child.name.isdigit() and (fields := _fields(int(child.name))) and fields[1] == str(process):
            ticks += int(fields[11]) + int(fields[12])
    return ticks * TICK_S


async def _mariadb(url: str) -> int:
    from sqlalchemy import literal_column, select

    where = address.parse(url)
    assert isinstance(where, address.Server)
    connection = await server.connect(where)
    try:
        row = await connection.first(Statement(select(literal_column("@@datadir"), literal_column("@@pid_file"))))
    finally:
        await connection.close()
    assert row is not None
    try:
        process = int((Path(str(row[0])) / str(row[1])).read_text())
    except OSError:
        return 0
    return process if _command(process) in ("mariadbd", "mysqld") else 0


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return ""


def _fields(process: int) -> list[str]:
    """/proc/…/stat after the name: state, parent, …, user, system, children's user, children's system at 11..14. Empty when it has gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
