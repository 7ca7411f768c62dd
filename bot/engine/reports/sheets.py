"""A report as tables with a name, columns and rows: the same for a terminal, a page, a workbook and a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Cell = str | int | float | date | datetime | None
Kind = Literal["text", "count", "share", "score", "day", "span", "moment"]


@dataclass(frozen=True, slots=True)
class Column:
    """key: its name for programs, only ever added to. label: for people. share: 0..1, shown in per cent; score: a number with one digit.

    span: whole seconds, shown as days, hours and minutes. moment: a time in the desk's time zone.
    """

    key: str
    label: str
    kind: Kind = "count"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. note: a sentence or two under its title. upright: a single row, read from top to bottom. empty: said instead of no rows.

    words: what stands for a text cell where people read it; programs get the cell. listed: a log, a line for each thing that happened.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    upright: bool = False
    empty: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    listed: bool = False

    def records(self) -> list[Mapping[str, Cell]]:
        """The rows by the columns' keys."""
        return [{column.key: cell for column, cell in zip(self.columns, row, strict=True)} for row in self.rows]

    def shown(self) -> list[list[str]]:
        """The rows as people read them; a dash where there is nothing to say."""
        return [[self._shown(cell, column.kind) for column, cell in zip(self.columns, row, strict=True)] for row in self.rows]

    def _shown(self, cell: Cell, kind: Kind) -> str:
        if cell is None or cell == "":
            return "–"
        if isinstance(cell, int | float) and kind == "share":
            return f"{cell * 100:.1f} %"
        if isinstance(cell, int | float) and kind == "score":
            return f"{cell:.1f}"
        if isinstance(cell, int | float) and kind == "span":
            return shown_span(round(cell))
        if isinstance(cell, datetime):
            return f"{cell:%Y-%m-%d %H:%M}"
        return self.words.get(str(cell), str(cell)) if kind == "text" else str(cell)


def shown_span(seconds: int) -> str:
    """Two units at most, in signs that every language reads: "2 d 3 h", "3 h 12 min", "12 min", "< 1 min"."""
    minutes = seconds // 60
    if not minutes:
        return "< 1 min"
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    first = next(n for n, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)
