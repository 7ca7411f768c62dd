"""Statements that SQLAlchemy compiles once, and what runs them. Everything that differs between databases' SQL is made here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from sqlalchemy import BindParameter, Column, Dialect, Executable, Insert, Table, bindparam
from sqlalchemy.dialects import mysql, postgresql, sqlite

from bot.store.dialects import POSTGRES, SQLITE

Row = tuple[Any, ...]
Convert = Callable[[Any], Any]
Core = Executable | Callable[[Dialect], Executable]
"""A statement, or what makes it where databases differ in what they call the same thing."""


class Compiled:
    """A statement as one database's driver wants it."""

    __slots__ = ("_convert_in", "_convert_out", "sql")

    def __init__(self, core: Executable, dialect: Dialect) -> None:
        if dialect is POSTGRES and isinstance(core, Insert) and (numbered := core.table.autoincrement_column) is not None:  # type: ignore[attr-defined]
            core = core.returning(numbered)
        compiled: Any = core.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        self._convert_in = tuple(_converter(name, binds[name], dialect) for name in compiled.positiontup)
        columns = [c.type for c in core.selected_columns] if hasattr(core, "selected_columns") else []
        readers = tuple(column.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
        self._convert_out = readers if any(readers) else None
        self.sql = str(compiled)

    def parameters(self, values: dict[str, Any]) -> list[Any]:
        """The values in the order of the SQL text, as the driver wants them."""
        return [fixed if name is None else values[name] if convert is None else convert(values[name]) for name, convert, fixed in self._convert_in]

    def rows(self, rows: list[Row]) -> list[Row]:
        """The driver's rows as the column types mean them."""
        readers = self._convert_out
        if readers is None:
            return rows
        return [tuple([read(v) if read is not None else v for read, v in zip(readers, row, strict=True)]) for row in rows]


class Statement:
    """A Core statement with named parameters, compiled when it is first run on a kind of database.

    SQLAlchemy's own execution costs 30 to 60 us a statement, ten times what SQLite needs for it; compiled once and handed to the driver, the
    tables stay the single source of names and types and a whole event stays under 350 us.
    """

    __slots__ = ("_compiled", "core")

    def __init__(self, core: Core) -> None:
        self.core = core
        self._compiled: dict[str, Compiled] = {}

    def on(self, dialect: Dialect) -> Compiled:
        """For that kind of database."""
        found = self._compiled.get(dialect.name)
        if found is None:
            core = self.core if isinstance(self.core, Executable) else self.core(dialect)
            found = self._compiled[dialect.name] = Compiled(core, dialect)
        return found


def _converter(name: str, bind: BindParameter[Any], dialect: Dialect) -> tuple[str | None, Convert | None, Any]:
    convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if bind.required:
        return name, convert, None
    return None, None, convert(bind.value) if convert else bind.value


class Session(Protocol):
    """Runs statements, inside a transaction or for reading. Raises StoreError when the database cannot.

    is_shared: others write at the same time, so what must stay as it was read has to be locked.
    """

    is_shared: bool

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


def inserting_new(table: Table, **computed: Any) -> Core:
    """Insert a row unless one with the same unique key is there: `Session.do` gives 0 then.

    MariaDB has no such statement that tells the two cases apart: there a plain insert fails on the key, and `Session.do` gives 0 for it.
    """
    values = {**_parameters(table.c, computed), **computed}

    def made(dialect: Dialect) -> Executable:
        if dialect.name == "postgresql":
            return postgresql.insert(table).values(values).on_conflict_do_nothing()
        return sqlite.insert(table).values(values).on_conflict_do_nothing() if dialect is SQLITE else table.insert().values(values)

    return made


def replacing(table: Table, **changed: Any) -> Core:
    """Insert a row, or put it in the place of the one with its primary key. changed: columns that then become something else than the new value."""
    values = _parameters(table.c, {})

    def made(dialect: Dialect) -> Executable:
        if dialect.name == "mysql":
            statement = mysql.insert(table).values(values)
            return statement.on_duplicate_key_update({c.name: changed.get(c.name, statement.inserted[c.name]) for c in table.c if not c.primary_key})
        insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
        other: Any = insert(table).values(values)
        kept = {c.name: changed.get(c.name, other.excluded[c.name]) for c in table.c if not c.primary_key}
        return other.on_conflict_do_update(index_elements=list(table.primary_key), set_=kept)  # type: ignore[no-any-return]

    return made


def _parameters(columns: Iterable[Column[Any]], but: Mapping[str, Any]) -> dict[str, Any]:
    return {c.name: bindparam(c.name, type_=c.type) for c in columns if c.name not in but and c is not c.table.autoincrement_column}
