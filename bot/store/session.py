"""Statements that SQLAlchemy compiles once, and what runs them. Everything that differs between databases' SQL is made here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from sqlalchemy import BindParameter, Column, Executable, Insert, Table, bindparam
from sqlalchemy.dialects import sqlite

Row = tuple[Any, ...]
Convert = Callable[[Any], Any]

DIALECT = sqlite.dialect()


class Statement:
    """A Core statement with named parameters, compiled when it is first run.

    SQLAlchemy's own execution costs 30 to 60 us a statement, ten times what SQLite needs for it; compiled once and handed to the driver, the
    tables stay the single source of names and types and a whole event stays under 350 us.
    """

    __slots__ = ("_convert_in", "_convert_out", "core", "sql")

    def __init__(self, core: Executable) -> None:
        self.core = core
        self.sql = ""
        self._convert_in: tuple[tuple[str | None, Convert | None, Any], ...] = ()
        self._convert_out: tuple[Convert | None, ...] | None = None

    def compile(self) -> str:
        """The SQL text for the driver."""
        compiled: Any = self.core.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        self._convert_in = tuple(_converter(name, binds[name]) for name in compiled.positiontup)
        columns = [c.type for c in self.core.selected_columns] if hasattr(self.core, "selected_columns") else []
        readers = tuple(column.dialect_impl(DIALECT).result_processor(DIALECT, None) for column in columns)
        self._convert_out = readers if any(readers) else None
        self.sql = str(compiled)
        return self.sql

    def parameters(self, values: dict[str, Any]) -> list[Any]:
        """The values in the order of the SQL text, as the driver wants them."""
        return [
            fixed if name is None else values[name] if convert is None else convert(values[name]) for name, convert, fixed in self._convert_in
        ]

    def rows(self, rows: list[Row]) -> list[Row]:
        """The driver's rows as the column types mean them."""
        readers = self._convert_out
        if readers is None:
            return rows
        return [tuple([read(v) if read is not None else v for read, v in zip(readers, row, strict=True)]) for row in rows]


def _converter(name: str, bind: BindParameter[Any]) -> tuple[str | None, Convert | None, Any]:
    convert = bind.type.dialect_impl(DIALECT).bind_processor(DIALECT)
    if bind.required:
        return name, convert, None
    return None, None, convert(bind.value) if convert else bind.value


class Session(Protocol):
    """Runs statements, inside a transaction or for reading. Raises StoreError when the database cannot."""

    async def all(self, statement: Statement, /, **values: Any) -> list[Row]:
        """Every row."""
        ...

    async def first(self, statement: Statement, /, **values: Any) -> Row | None:
        """The first row, or None."""
        ...

    async def do(self, statement: Statement, /, **values: Any) -> int:
        """Change something; how many rows changed."""
        ...

    async def add(self, statement: Statement, /, **values: Any) -> int:
        """Insert a row; its id."""
        ...


class Rows:
    """What every part of a transaction or reader has: the session it speaks through."""

    def __init__(self, session: Session) -> None:
        self._session = session


def inserting(table: Table, **computed: Any) -> Insert:
    """Insert a row: a parameter for each column but the numbered id and what is computed."""
    return table.insert().values({**_parameters(table.c, computed), **computed})


def inserting_new(table: Table, **computed: Any) -> Insert:
    """Insert a row unless one with the same unique key is there: `Session.do` gives 0 then."""
    return sqlite.insert(table).values({**_parameters(table.c, computed), **computed}).on_conflict_do_nothing()


def replacing(table: Table) -> Insert:
    """Insert a row, or put it in the place of the one with its primary key."""
    statement = sqlite.insert(table).values(_parameters(table.c, {}))
    changed = {c.name: statement.excluded[c.name] for c in table.c if not c.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


def _parameters(columns: Iterable[Column[Any]], but: Mapping[str, Any]) -> dict[str, Any]:
    return {c.name: bindparam(c.name, type_=c.type) for c in columns if c.name not in but and c is not c.table.autoincrement_column}
