"""The whole database as of one moment, for reading: exports and copies see no half of anything, however long they take."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from bot.store import address, migrate, server
from bot.store.connection import connect_reading
from bot.store.session import Session


@contextlib.asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[Session]:
    """A session that sees the database of a DATABASE_URL as it is now; it is only read, also beside the processes that use it.

    Raises ConfigError when it is not there or its schema is not this code's, StoreError when a server is away.
    """
    where = address.parse(url)
    if isinstance(where, address.Address):
        migrate.check_version(where.file)
        file = connect_reading(where.file)
        try:
            file.plain("BEGIN")
            yield file
        finally:
            file.close_now()
        return
    await migrate.check_server(where)
    connection = await server.connect(where, server.QUESTION_S)
    try:
        if where.is_postgres:
            await connection.plain("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        else:
            await connection.plain("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await connection.plain("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield connection
    finally:
        await connection.close()
