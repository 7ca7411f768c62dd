"""One transaction over the whole of a database that nobody works in: a file whose owner we are, or a server on which no process is alive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.store import address, connection, migrate, server
from bot.store.copying import refuse_while_used
from bot.store.database import Database
from bot.store.ownership import Ownership
from bot.store.server import ServerDatabase
from bot.store.session import Session

T = TypeVar("T")
WHOLE_S = 3600.0  # seconds for a statement that goes through everything


async def alone(url: str, unit: Callable[[Session], Awaitable[T]], *, leave_no_trace: bool = False) -> T:
    """Run the unit; returns when it is committed. leave_no_trace: what it removed is overwritten in the database's files as well.

    Raises ConfigError and FileInUse while somebody works in it, StoreError.
    """
    where = address.parse(url)
    if isinstance(where, address.Server):
        return await _on_server(where, unit, leave_no_trace)
    owner = Ownership(where.file)
    try:
        migrate.check_version(where.file)
        raw = connection.connect(where.file, where.synchronous)
        if leave_no_trace:
            raw.raw.execute("PRAGMA secure_delete=ON").fetchall()
        database = Database(raw, where.synchronous != "NORMAL")
        try:
            done = await database.run(unit)
        finally:
            await database.drain()
            await database.close()
        if leave_no_trace:
            await asyncio.to_thread(_compact, where)
        return done
    finally:
        owner.release()


def _compact(where: address.Address) -> None:
    """The file written anew without what is free in it, and the journal beside it emptied."""
    fresh = connection.connect(where.file, where.synchronous)
    try:
        for one in ("PRAGMA secure_delete=ON", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            fresh.raw.execute(one).fetchall()
    finally:
        fresh.close_now()


async def _on_server(where: address.Server, unit: Callable[[Session], Awaitable[T]], leave_no_trace: bool) -> T:
    await migrate.check_server(where)
    database = ServerDatabase(where, hands=1, statement_s=WHOLE_S)

    async def refusing(session: Session) -> T:
        await refuse_while_used(session, where)
        return await unit(session)

    try:
        done = await database.run(refusing)
    finally:
        await database.drain()
        await database.close()
    if leave_no_trace and where.is_postgres:
        reaching = await server.connect(where, WHOLE_S)
        try:
            await reaching.plain("VACUUM FULL")
        finally:
            await reaching.close()
    return done
