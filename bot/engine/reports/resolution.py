"""How long it took until it was solved, and how much of that was waiting for the requester."""

from __future__ import annotations

from collections.abc import Sequence

from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.spread import Spread, spreads
from bot.engine.reports.tables import CHANNEL, PRIORITY, Dimension, share
from bot.engine.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Row, Where

BY_PEOPLE = Where("solved_tier", least=2)
TIER = tables.tiers("solved_tier", N_("By the tier that solved it"))


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    return [
        await _total(asking),
        await _by(asking, TIER, (asking.during("solved_day"),)),
        *[await _by(asking, of, _where(asking)) for of in (PRIORITY, CHANNEL)],
        await _times(asking),
    ]


def _definition(t: Tongue) -> str:
    return t.say(
        "From opening until solved: the first time, and the last time when it was reopened. Tickets solved in this time by people, by the last "
        "solution; those that the FAQ solved are in a row of their own below. Waiting for the requester is within these times, and shown apart."
    )


def _where(asking: Asking) -> tuple[Where, ...]:
    return asking.during("solved_day"), BY_PEOPLE


async def _total(asking: Asking) -> Sheet:
    t, where = asking.t, _where(asking)
    [(solved, waiting_s, solved_s)] = await asking.reader.counted(Counting("tickets", where=where, sums=("waiting_s", "solved_s")))
    last, work, first = [(await spreads(asking.reader, name, where)).get((), Spread()) for name in ("solved_s", "solved_work_s", "first_s")]
    figures: list[tuple[Column, Cell]] = [
        *zip(_columns(t), _cells(last, work), strict=True),
        (Column("first_median_s", t.say("First solution, median"), "span"), first.median),
        (Column("first_p90_s", t.say("First solution, 90th percentile"), "span"), first.p90),
        (Column("waiting_mean_s", t.say("Waiting for the requester, on average"), "span"), waiting_s / solved if solved else None),
        (Column("waiting_share", t.say("Waiting for the requester, of the whole time"), "share"), share(waiting_s, solved_s)),
    ]
    return tables.upright(asking, "total", t.say("Time until solved"), figures, _definition(t), not solved)


async def _by(asking: Asking, of: Dimension, where: Sequence[Where]) -> Sheet:
    return tables.sheet(asking, of, _columns(asking.t), await _rows(asking, By(of.field), where))


async def _times(asking: Asking) -> Sheet:
    rows = await _rows(asking, tables.by_time(asking, "solved_day"), _where(asking))
    return tables.times(asking, _columns(asking.t), rows, (0, None, None, None, None), asking.t.say("By when it was solved."))


def _columns(t: Tongue) -> list[Column]:
    return [
        Column("solved", t.say("Solved")),
        Column("median_s", t.say("Median"), "span"),
        Column("p90_s", t.say("90th percentile"), "span"),
        Column("median_work_s", t.say("Median, working time"), "span"),
        Column("p90_work_s", t.say("90th percentile, working time"), "span"),
    ]


def _cells(last: Spread, work: Spread) -> tuple[Cell, ...]:
    return last.count, last.median, last.p90, work.median, work.p90


async def _rows(asking: Asking, by: By, where: Sequence[Where]) -> dict[Row, tuple[Cell, ...]]:
    last, work = [await spreads(asking.reader, name, where, (by,)) for name in ("solved_s", "solved_work_s")]
    return {kind: _cells(found, work[kind]) for kind, found in last.items()}


RESOLUTION = Report("resolution", N_("Time until solved"), N_("how long it took until it was solved, and what of that was waiting for the requester"), _sheets)
