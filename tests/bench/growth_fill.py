"""Fills an empty database with a desk of any size, as fast as each kind of database takes rows."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.store import address
from bot.store.tables import metadata
from tests.bench.growth_rows import Desk, Row

BATCH = 5_000


def fill(url: str, desk: Desk) -> None:
    """Every table's rows; the schema is there and empty. The database knows afterwards how its values are spread."""
    where = address.parse(url)
    if isinstance(where, address.Address):
        _fill_file(str(where.file), desk)
    else:
        asyncio.run(_fill_postgres(url, desk) if where.is_postgres else _fill_mariadb(url, desk))


def size(url: str) -> int:
    """Bytes on the disk."""
    where = address.parse(url)
    if isinstance(where, address.Address):
        return where.file.stat().st_size
    return asyncio.run(_ask_postgres(url, "SELECT pg_database_size(current_database())"))


def _batches(table: str, rows: Iterator[Row]) -> Iterator[tuple[list[str], list[tuple[object, ...]]]]:
    """(columns, rows in their order), a batch at a time."""
    columns = [c.name for c in metadata.tables[table].c if c is not c.table.autoincrement_column]
    while batch := list(islice(rows, BATCH)):
        yield columns, [tuple(row[name] for name in columns) for row in batch]


def _fill_file(file: str, desk: Desk) -> None:
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute("PRAGMA cache_size=-200000")
    for table, rows in desk.tables():
        raw.execute("BEGIN")
        for columns, batch in _batches(table, rows):
            names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
            raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", batch)
        raw.execute("COMMIT")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()


async def _fill_postgres(url: str, desk: Desk) -> None:
    """Without the indexes meanwhile: they are made again over what is there, as a restored backup's are."""
    import asyncpg  # type: ignore[import-untyped, unused-ignore]

    raw = await asyncpg.connect(url)
    indexes = await raw.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )
    for index in indexes:
        await raw.execute(f'DROP INDEX "{index["indexname"]}"')
    for table, rows in desk.tables():
        for columns, batch in _batches(table, rows):
            await raw.copy_records_to_table(table, columns=columns, records=batch)
    for index in indexes:
        await raw.execute(index["indexdef"])
    await raw.close()
    await analyse(url)


async def analyse(url: str) -> None:
    """A PostgreSQL database in the state in which its own cleaning leaves it when it has had time."""
    import asyncpg

    raw = await asyncpg.connect(url)
    await raw.execute("VACUUM (ANALYZE)")
    await raw.execute("CHECKPOINT")
    await raw.close()


async def _fill_mariadb(url: str, desk: Desk) -> None:
    import asyncmy  # type: ignore[import-untyped, unused-ignore]

    where = urlsplit(url)
    raw: Any = await asyncmy.connect(
        host=where.hostname, port=where.port or 3306, user=unquote(where.username or ""), password=unquote(where.password or ""),
        db=where.path.strip("/"), charset="utf8mb4",
    )  # fmt: skip
    async with raw.cursor() as cursor:
        await cursor.execute("SET unique_checks = 0")
        for table, rows in desk.tables():
            for columns, batch in _batches(table, rows):
                names, marks = ", ".join(f"`{name}`" for name in columns), ", ".join(["%s"] * len(columns))
                await cursor.executemany(f"INSERT INTO `{table}` ({names}) VALUES ({marks})", batch)
            await raw.commit()
            await cursor.execute(f"ANALYZE TABLE `{table}`")
    await raw.ensure_closed()


async def _ask_postgres(url: str, question: str) -> int:
    import asyncpg

    raw = await asyncpg.connect(url)
    try:
        return int(await raw.fetchval(question))
    finally:
        await raw.close()
