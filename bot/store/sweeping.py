"""Finds what may concern somebody: by the indexes where their rows stand together, and by looking through the rest, a span of rows at a time.

A mention in free text stands in no index, so the databases themselves look for it (LIKE, case aside); what they find is judged by whoever asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, false, literal, literal_column, or_, select, true

from bot.store.data_map import DATA_MAP
from bot.store.searching import like
from bot.store.session import Row, Session, Statement
from bot.store.verbatim import Place, Verbatim, after_place

SPAN = 2_000  # rows looked through in one statement: some milliseconds
MOST_VALUES = 500  # of one condition; beyond that every row is given
Wanted = Mapping[str, Iterable[str]]
"""Values of columns by their names: of whichever row has one of them."""


class Sweep:
    """The rows of one table in which one of the needles stands, or a column has one of the wanted values."""

    def __init__(self, of: Verbatim, needles: Sequence[str], wanted: Wanted, *, whole: bool = False) -> None:
        """needles: in whichever column the data map says holds something of people. whole: every row."""
        table, keys = of.table, of.keys
        behind = after_place(keys)
        ends, some = select(*keys).order_by(*keys).limit(1).offset(SPAN - 1), select(*table.c).order_by(*keys).limit(SPAN)

        def those(rows: Any) -> Statement:
            span = rows.subquery()  # each row of it is looked at once, however few are meant
            meant = true() if whole else or_(false(), *_mentions(span.c, DATA_MAP[of.name], needles), *_among(span.c, wanted))
            return Statement(select(*span.c).where(meant))

        self._ends = (Statement(ends), Statement(ends.where(behind)))
        self._rows = (those(some), those(some.where(behind)))

    async def page(self, session: Session, after: Place | None) -> tuple[list[Row], Place | None]:
        """Those among the next rows, and where to go on; None: that was the end."""
        values = {f"after_{n}": value for n, value in enumerate(after or ())}
        end = await session.first(self._ends[after is not None], **values)
        return await session.all(self._rows[after is not None], **values), tuple(end) if end else None


def _mentions(columns: Any, marks: Mapping[str, str], needles: Sequence[str]) -> list[ColumnElement[bool]]:
    held = [columns[name] for name, mark in marks.items() if mark != "none" and name in columns and isinstance(columns[name].type, String)]
    return [column.ilike(literal(pattern(needle)), escape="\\") for column in held for needle in needles]


def _among(columns: Any, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name, some in wanted.items():
        values = sorted(some)
        found.append(true() if len(values) > MOST_VALUES else columns[name].in_([literal(one, columns[name].type) for one in values]) if values else false())
    return found


def pattern(needle: str) -> str:
    """For LIKE. Databases differ in what is the same letter beyond ASCII: any sign is taken there, and looked at later."""
    return "".join(sign if sign.isascii() else "_" for sign in like(needle))


class ByIndex:
    """The rows of one table in which an indexed column has a value."""

    def __init__(self, of: Verbatim, column: str) -> None:
        self.of = of
        found = of.table.c[column]
        rows = select(*of.table.c).where(found == bindparam("value", type_=found.type), found != literal_column("''"))  # as partial indexes say
        self._rows = Statement(rows.order_by(*of.keys))

    async def rows(self, session: Session, value: str) -> list[Row]:
        """All of them."""
        return await session.all(self._rows, value=value)
