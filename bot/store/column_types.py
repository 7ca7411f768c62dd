"""Column types that mean the same on every database: times, clean text, JSON."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from sqlalchemy import BigInteger, Dialect, Float, Integer, LargeBinary, String, Text
from sqlalchemy.dialects.mysql import DOUBLE, LONGBLOB, MEDIUMTEXT
from sqlalchemy.types import TypeDecorator, TypeEngine

from bot.store import codec

RowId = BigInteger().with_variant(Integer(), "sqlite")
"""A growing id; SQLite numbers rows by itself only where the type is INTEGER."""

LongText = Text().with_variant(MEDIUMTEXT(), "mysql")
"""Any text; MariaDB's TEXT ends at 64 kB."""

Content = LargeBinary().with_variant(LONGBLOB(), "mysql")
"""A file's bytes; MariaDB's BLOB ends at 64 kB."""


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


class Real(_Direct):
    """A number as precise as Python's own."""

    impl = Float(53).with_variant(DOUBLE(asdecimal=False), "mysql")  # the same there, by its own name
    cache_ok = True

    def to_database(self) -> Callable[[Any], Any]:
        """As it is."""
        return lambda value: value


def _clean(value: str | None) -> str | None:
    return None if value is None else codec.clean(value)


class Key(_Direct):
    """A short text to search by, compared and ordered byte by byte on every database.

    One that is too long becomes its beginning and its hash, always the same: databases refuse it or, worse, cut it.
    """

    impl = String
    cache_ok = True

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """PostgreSQL orders by its locale unless told otherwise; MariaDB's tables are binary as a whole."""
        return String(self.most, collation="C") if dialect.name == "postgresql" else self.impl_instance

    def to_database(self) -> Callable[[Any], Any]:
        """Without what no database keeps, and as long as the column at most."""
        most = self.most

        def convert(value: str | None) -> str | None:
            if value is None:
                return None
            kept = codec.clean(value)
            return kept if len(kept) <= most else shortened(kept, most)

        return convert


def shortened(key: str, most: int) -> str:
    """A key of at most `most` characters that stands for a longer one."""
    digest = blake2b(key.encode(), digest_size=min(16, most // 4)).hexdigest()
    return f"{key[: most - len(digest) - 1]}#{digest}"


class Prose(_Direct):
    """What people wrote."""

    impl = LongText
    cache_ok = True

    def to_database(self) -> Callable[[Any], Any]:
        """Without what no database keeps."""
        return _clean


class Json(_Direct):
    """A domain value as JSON text. of: its type, as pydantic's TypeAdapter takes it."""

    impl = LongText
    cache_ok = True

    def __init__(self, of: Any) -> None:
        super().__init__()
        self.of = of

    def to_database(self) -> Callable[[Any], Any]:
        """Value to text."""
        of = self.of
        return lambda value: "[]" if value == () else "null" if value is None else codec.encode(of, value)

    def from_database(self) -> Callable[[Any], Any]:
        """Text to value."""
        of = self.of
        return lambda text: () if text == "[]" else None if text == "null" else codec.decode(of, text)
