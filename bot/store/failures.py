"""Messages that were given up: what `firstline queue` lists and tries again."""

from __future__ import annotations

from sqlalchemy import literal_column, select

from bot.ports.store import Parcel
from bot.store import address, outbox
from bot.store.connection import connect_reading
from bot.store.session import Statement

_FAILED = Statement(select(*outbox.STORED).where(outbox.o.state == literal_column("'failed'")).order_by(outbox.o.id))


async def failed(url: str) -> list[Parcel]:
    """Oldest first. url: a `sqlite:///…` URL; it is only read. Raises ConfigError when there is no such file."""
    connection = connect_reading(address.parse(url).file)
    try:
        return [outbox.parcel_of(row) for row in await connection.all(_FAILED)]
    finally:
        connection.close()
