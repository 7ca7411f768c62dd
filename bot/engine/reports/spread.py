"""Median and ninetieth percentile, from how often each length of time came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.ports import Reader
from bot.ports.counting import By, Counting, Row, Where


@dataclass(frozen=True, slots=True)
class Spread:
    """Of so many lengths: the one that half of them do not exceed, and that nine in ten do not exceed. Seconds, as fine as SPANS; None of nothing."""

    count: int = 0
    median: int | None = None
    p90: int | None = None


async def spreads(reader: Reader, field: str, where: Sequence[Where], by: Sequence[By] = ()) -> dict[Row, Spread]:
    """Of a field of tickets, for each kind that `by` tells apart; without it under ()."""
    what = Counting("tickets", (*by, By(field, "span")), (*where, Where(field, given=True)))
    lengths: dict[Row, list[tuple[int, int]]] = defaultdict(list)
    for *kind, seconds, count in await reader.counted(what):
        lengths[tuple(kind)].append((seconds, count))
    return {kind: spread(found) for kind, found in lengths.items()}


def spread(lengths: Sequence[tuple[int, int]]) -> Spread:
    """Of (length, how often), shortest first."""
    total = sum(count for _, count in lengths)
    return Spread(total, _of_ten(5, lengths, total), _of_ten(9, lengths, total)) if total else Spread()


def _of_ten(tenths: int, lengths: Sequence[tuple[int, int]], total: int) -> int:
    """The shortest that so many of ten do not exceed."""
    reached = 0
    for length, count in lengths:
        reached += count
        if 10 * reached >= tenths * total:
            return length
    return lengths[-1][0]
