"""Column types that mean the same on every database: times, clean text, JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator

from bot.store import codec

RowId = BigInteger().with_variant(Integer(), "sqlite")
"""A growing id; SQLite numbers rows by itself only where the type is INTEGER."""


class _Direct(TypeDecorator[Any]):
    """A type whose values are converted by one plain call: SQLAlchemy's own way through two more costs as much as SQLite's work."""

    cache_ok = True

    def to_database(self) -> Callable[[Any], Any]:
        """The function for parameters; it gets None, too."""
        raise NotImplementedError

    def from_database(self) -> Callable[[Any], Any] | None:
        """The function for results; None: they come as they are."""
        return None

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """As SQLAlchemy asks for it."""
        return self.to_database()

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """As SQLAlchemy asks for it."""
        return self.from_database()


class Moment(_Direct):
    """Aware UTC as microseconds since 1970: exact, sortable, and without the databases' ideas of time zones."""

    impl = BigInteger
    cache_ok = True

    def to_database(self) -> Callable[[Any], Any]:
        """Datetime to integer."""
        return lambda value: None if value is None else codec.to_micros(value)

    def from_database(self) -> Callable[[Any], Any]:
        """Integer to datetime."""
        return lambda value: None if value is None else codec.from_micros(value)


def _clean(value: str | None) -> str | None:
    return None if value is None else codec.clean(value)


class Key(_Direct):
    """A short text to search by."""

    impl = String
    cache_ok = True

    def to_database(self) -> Callable[[Any], Any]:
        """Without what no database keeps."""
        return _clean


class Prose(_Direct):
    """What people wrote."""

    impl = Text
    cache_ok = True

    def to_database(self) -> Callable[[Any], Any]:
        """Without what no database keeps."""
        return _clean


class Json(_Direct):
    """A domain value as JSON text. of: its type, as pydantic's TypeAdapter takes it."""

    impl = Text
    cache_ok = True

    def __init__(self, of: Any) -> None:
        super().__init__()
        self.of = of

    def to_database(self) -> Callable[[Any], Any]:
        """Value to text."""
        of = self.of
        return lambda value: "[]" if value == () else codec.encode(of, value)

    def from_database(self) -> Callable[[Any], Any]:
        """Text to value."""
        of = self.of
        return lambda text: () if text == "[]" else codec.decode(of, text)
