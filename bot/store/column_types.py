"""Column types that mean the same on every database: times, clean text, JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator

from bot.store import codec

RowId = BigInteger().with_variant(Integer(), "sqlite")
"""A growing id; SQLite numbers rows by itself only where the type is INTEGER."""


class Moment(TypeDecorator[datetime]):
    """Aware UTC as microseconds since 1970: exact, sortable, and without the databases' ideas of time zones."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the database."""
        return None if value is None else codec.to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else codec.from_micros(value)


class Key(TypeDecorator[str]):
    """A short text to search by."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else codec.clean(value)


class Prose(TypeDecorator[str]):
    """What people wrote."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else codec.clean(value)


class Json(TypeDecorator[Any]):
    """A domain value as JSON text. of: its type, as pydantic's TypeAdapter takes it."""

    impl = Text
    cache_ok = True

    def __init__(self, of: Any) -> None:
        super().__init__()
        self.of = of

    def process_bind_param(self, value: object, dialect: Dialect) -> str:
        """To the database."""
        return codec.encode(self.of, value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """From the database."""
        return None if value is None else codec.decode(self.of, value)
