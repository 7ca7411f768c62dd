"""How long it took until it was solved, and how much of that was waiting for the requester."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.engine.reports import tables
from bot.engine.reports.counts import Counts, Kind, Which, counts
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.reports.spread import Spread
from bot.engine.reports.tables import CHANNEL, PRIORITY, share
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Row, Where

BY_PEOPLE = Where("solved_tier", least=2)
TIER = tables.tiers("solved_tier", N_("By the tier that solved it"))
DIMENSIONS = (PRIORITY, CHANNEL)
NONE: Sequence[Cell] = (0, None, None, None, None)


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    solved, time = asking.during("solved_day"), tables.by_time(asking, "solved_day")

    async def counted(length: str, *by: By, where: Sequence[Where] = (), sums: Sequence[str] = ()) -> Counts:
        return await counts(asking.reader, Counting("tickets", (*by, By(length, "span")), (solved, *where), tuple(sums)))

    fields = [By(of.field) for of in (TIER, *DIMENSIONS)]
    lasting = counted("solved_s", *fields, sums=("waiting_s", "solved_s")), counted("solved_work_s", *fields)
    last, work = await asyncio.gather(*lasting)  # two at a time: a database has more than one processor, and others ask it, too
    first = await counted("first_s", where=(BY_PEOPLE,))
    last_by_time, work_by_time = await asyncio.gather(*(counted(length, time, where=(BY_PEOPLE,)) for length in ("solved_s", "solved_work_s")))
    columns = _columns(asking.t)
    return [
        _total(asking, last, work, first),
        tables.sheet(asking, TIER, columns, _rows(last, work, TIER.field)),
        *[tables.sheet(asking, of, columns, _rows(last, work, of.field, _by_people)) for of in DIMENSIONS],
        tables.times(asking, columns, _rows(last_by_time, work_by_time, time.field), NONE, asking.t.say("By when it was solved.")),
    ]


def _by_people(kind: Kind) -> bool:
    tier = kind[TIER.field]
    return isinstance(tier, int) and tier > 1


def _definition(t: Tongue) -> str:
    return t.say(
        "From opening until solved: the first time, and the last time when it was reopened. Tickets solved in this time by people, by the last "
        "solution; those that the FAQ solved are in a row of their own below. Waiting for the requester is within these times, and shown apart."
    )


def _total(asking: Asking, last: Counts, work: Counts, first: Counts) -> Sheet:
    t = asking.t
    solved, waiting_s, solved_s = last.by(which=_by_people).get((), (0, 0, 0))
    ends, in_hours = last.spreads("solved_s", which=_by_people), work.spreads("solved_work_s", which=_by_people)
    firsts = first.spreads("first_s").get((), Spread())
    figures: list[tuple[Column, Cell]] = [
        *zip(_columns(t), _cells(ends.get((), Spread()), in_hours.get((), Spread())), strict=True),
        (Column("first_median_s", t.say("First solution, median"), "span"), firsts.median),
        (Column("first_p90_s", t.say("First solution, 90th percentile"), "span"), firsts.p90),
        (Column("waiting_mean_s", t.say("Waiting for the requester, on average"), "span"), waiting_s / solved if solved else None),
        (Column("waiting_share", t.say("Waiting for the requester, of the whole time"), "share"), share(waiting_s, solved_s)),
    ]
    return tables.upright(asking, "total", t.say("Time until solved"), figures, _definition(t), not solved)


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


def _rows(last: Counts, work: Counts, field: str, which: Which | None = None) -> dict[Row, tuple[Cell, ...]]:
    in_hours = work.spreads("solved_work_s", field, which=which)
    return {kind: _cells(found, in_hours.get(kind, Spread())) for kind, found in last.spreads("solved_s", field, which=which).items()}


RESOLUTION = Report("resolution", N_("Time until solved"), N_("how long it took until it was solved, and what of that was waiting for the requester"), _sheets)
