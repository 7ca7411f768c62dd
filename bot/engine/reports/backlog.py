"""What was open at the end of each day, how old it was, and whether more came in than was done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from bot.domain.ticket_facts import date_of, number_of
from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Row, Where

BANDS = (2, 8, 31)  # days: younger than two, a week, a month, and older


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    open_ = await _open(asking)
    came, went = await _came(asking), await _went(asking)
    last = min(asking.last, asking.now.astimezone(asking.zone).date())
    return [_now(asking, open_, came, went, last), _times(asking, open_, came, went, last), await _tiers(asking, last)]


def _definition(t: Tongue) -> str:
    return t.say(
        "Tickets that are neither solved nor closed at the end of a day in the desk's time zone (today: now), with those that wait for the requester; "
        "their age is counted in days from opening. Came in: opened or reopened. Done: solved, or closed without a solution."
    )


async def _open(asking: Asking) -> dict[int, list[int]]:
    """How many of each band were open at the end of each day."""
    what = Counting(
        "stretches",
        (By("opened_day"), By("since_day"), By("until_day")),
        (Where("until_day", least=number_of(asking.first) + 1), Where("since_day", below=number_of(asking.last) + 1)),
    )
    return by_band(await asking.reader.counted(what), number_of(asking.first), number_of(asking.last))


def by_band(stretches: Iterable[Row], first: int, last: int) -> dict[int, list[int]]:
    """Of (opened, since, until, how many): for each day how many of each band of age were open at its end. Days by number."""
    changes = [[0] * (last - first + 2) for _ in range(len(BANDS) + 1)]
    for opened, since, until, count in stretches:
        edges = [opened + band for band in BANDS]
        for change, begins, ends in zip(changes, [opened, *edges], [*edges, until], strict=True):
            low, high = max(begins, since, first), min(ends, until, last + 1)
            if low < high:
                change[low - first] += count
                change[high - first] -= count
    found: dict[int, list[int]] = {}
    open_ = [0] * len(changes)
    for day in range(first, last + 1):
        open_ = [before + change[day - first] for before, change in zip(open_, changes, strict=True)]
        found[day] = open_
    return found


async def _came(asking: Asking) -> dict[int, int]:
    opened = await asking.reader.counted(Counting("tickets", (By("opened_day"),), (asking.during("opened_day"),)))
    again = await asking.reader.counted(Counting("acts", (By("day"),), (Where("what", among=("reopened",)), asking.during("day"))))
    return _summed((*opened, *again))


async def _went(asking: Asking) -> dict[int, int]:
    return _summed(await asking.reader.counted(Counting("acts", (By("day"),), (Where("what", among=("ended",)), asking.during("day")))))


def _summed(rows: Iterable[Row]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for day, count in rows:
        found[day] += count
    return found


def _columns(t: Tongue) -> list[Column]:
    return [
        Column("open", t.say("Open")),
        Column("under_2_days", t.say("Under 2 days")),
        Column("under_8_days", t.say("2 to 7 days")),
        Column("under_31_days", t.say("8 to 30 days")),
        Column("older", t.say("31 days or more")),
        Column("came_in", t.say("Came in")),
        Column("done", t.say("Done")),
        Column("grown_by", t.say("Came in, less done")),
    ]


def _cells(bands: Sequence[int], came: int, went: int) -> list[Cell]:
    return [sum(bands), *bands, came, went, came - went]


def _now(asking: Asking, open_: dict[int, list[int]], came: dict[int, int], went: dict[int, int], last: date) -> Sheet:
    t, bands = asking.t, open_.get(number_of(last), [0] * (len(BANDS) + 1))
    figures = list(zip(_columns(t), _cells(bands, sum(came.values()), sum(went.values())), strict=True))
    is_empty = not (came or went or any(map(sum, open_.values())))
    return tables.upright(asking, "total", t.say("Open at the end of {day}", day=last), figures, _definition(t), is_empty)


def _times(asking: Asking, open_: dict[int, list[int]], came: dict[int, int], went: dict[int, int], last: date) -> Sheet:
    """A row a day, or a week with what was open at its end."""
    step, rows = tables.step_of(asking), dict[Row, list[Cell]]()
    for number in range(number_of(asking.first) // step, number_of(last) // step + 1):
        days = range(max(number * step, number_of(asking.first)), min((number + 1) * step - 1, number_of(last)) + 1)
        rows[(number,)] = _cells(open_[days[-1]], sum(came.get(day, 0) for day in days), sum(went.get(day, 0) for day in days))
    if not (came or went or any(map(sum, open_.values()))):
        rows = {}
    return tables.times(asking, _columns(asking.t), rows, [None] * len(_columns(asking.t)))


async def _tiers(asking: Asking, last: date) -> Sheet:
    """Where what is open stands, as its events leave it."""
    day = number_of(last)
    where = Where("until_day", least=day + 1), Where("since_day", below=day + 1)
    found = await asking.reader.counted(Counting("stretches", (By("tier"), By("opened_day")), where))
    counts: dict[int, int] = defaultdict(int)
    oldest: dict[int, int] = {}
    for tier, opened, count in found:
        counts[tier] += count
        oldest[tier] = min(opened, oldest.get(tier, opened))
    rows: dict[Row, list[Cell]] = {(tier,): [count, date_of(oldest[tier])] for tier, count in counts.items()}
    columns = [Column("open", asking.t.say("Open")), Column("oldest", asking.t.say("Oldest from"), "day")]
    note = asking.t.say("Open at the end of {day}, by the tier that had it last.", day=last)
    return tables.sheet(asking, tables.tiers("tier", N_("By tier")), columns, rows, note)


BACKLOG = Report("backlog", N_("Backlog"), N_("what was open at the end of each day by its age, and whether more came in than was done"), _sheets)
