"""What a database counted once, looked at from several sides: a table by channel and one by priority cost one question and not two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.engine.reports.sheets import Cell
from bot.engine.reports.spread import Spread, spread
from bot.ports import Reader
from bot.ports.counting import Counting, Row

T = TypeVar("T")
Kind = Mapping[str, Cell]
Which = Callable[[Kind], bool]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are of each kind. fields: what tells the kinds apart. rows: the values of these, how many, and the sums that were asked for."""

    fields: tuple[str, ...]
    rows: Sequence[Row]

    def by(self, *fields: str, which: Which | None = None) -> dict[Row, tuple[int, ...]]:
        """How many there are, and the sums, by these fields alone; in the order of their values, None first. Without fields under ()."""
        found: dict[Row, tuple[int, ...]] = {}
        for kind, figures in self._kinds(fields, which):
            found[kind] = tuple(map(sum, zip(found[kind], figures, strict=True))) if kind in found else figures
        return _ordered(found)

    def number(self, which: Which | None = None) -> int:
        """How many there are in all."""
        return next(iter(self.by(which=which).values()), (0,))[0]

    def spreads(self, length: str, *fields: str, which: Which | None = None) -> dict[Row, Spread]:
        """Median and 90th percentile of a field that was counted by spans, by other fields; what is not known of it is left out."""
        found: dict[Row, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for (*kind, seconds), (count, *_) in self._kinds((*fields, length), which):
            if seconds is not None:
                found[tuple(kind)][seconds] += count
        return _ordered({kind: spread(sorted(lengths.items())) for kind, lengths in found.items()})

    def _kinds(self, fields: Sequence[str], which: Which | None) -> Sequence[tuple[Row, tuple[int, ...]]]:
        places, width = [self.fields.index(field) for field in fields], len(self.fields)
        rows = self.rows if which is None else [row for row in self.rows if which(dict(zip(self.fields, row[:width], strict=True)))]
        return [(tuple([row[place] for place in places]), row[width:]) for row in rows]


async def counts(reader: Reader, what: Counting) -> Counts:
    """As the memory counts it now."""
    return Counts(tuple(one.field for one in what.by), await reader.counted(what))


def _ordered(found: Mapping[Row, T]) -> dict[Row, T]:
    return dict(sorted(found.items(), key=lambda item: [(value is not None, value) for value in item[0]]))
