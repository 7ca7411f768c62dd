"""How often what was solved was reopened, and how much was solved at the first contact."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.course import SOON
from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.response import WITH_PEOPLE
from bot.engine.reports.tables import CHANNEL, KIND, PRIORITY, Dimension, share
from bot.engine.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Row, Where

REOPENED = Where("reopened", least=1)
AT_ONCE = (Where("replies", below=2), Where("reopened_soon", among=(0,)))


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    return [await _total(asking), *[await _by(asking, of) for of in (CHANNEL, KIND, PRIORITY)], await _times(asking)]


def _definition(t: Tongue) -> str:
    return t.say(
        "Tickets that reached a person and were solved for the first time in this time. Reopened: at least once since, whenever. Solved at the first "
        "contact: with one answer of an agent at most, and not reopened within {days} days; what is younger than that may still be.",
        days=SOON.days,
    )


def _where(asking: Asking) -> tuple[Where, ...]:
    return asking.during("first_day"), WITH_PEOPLE


async def _total(asking: Asking) -> Sheet:
    t = asking.t
    [(solved,)] = await asking.reader.counted(Counting("tickets", where=_where(asking)))
    [(reopened, times)] = await asking.reader.counted(Counting("tickets", where=(*_where(asking), REOPENED), sums=("reopened",)))
    [(at_once,)] = await asking.reader.counted(Counting("tickets", where=(*_where(asking), *AT_ONCE)))
    figures: list[tuple[Column, Cell]] = [
        *zip(_columns(t), _cells(solved, reopened, at_once), strict=True),
        (Column("times", t.say("Times reopened, in all")), times),
    ]
    return tables.upright(asking, "total", t.say("Reopened and solved at once"), figures, _definition(t), not solved)


async def _by(asking: Asking, of: Dimension) -> Sheet:
    return tables.sheet(asking, of, _columns(asking.t), await _rows(asking, By(of.field)))


async def _times(asking: Asking) -> Sheet:
    rows = await _rows(asking, tables.by_time(asking, "first_day"))
    return tables.times(asking, _columns(asking.t), rows, _cells(0, 0, 0), asking.t.say("By when it was first solved."))


def _columns(t: Tongue) -> list[Column]:
    return [
        Column("solved", t.say("Solved")),
        Column("reopened", t.say("Reopened")),
        Column("reopened_share", t.say("Reopened, share"), "share"),
        Column("first_contact", t.say("At the first contact")),
        Column("first_contact_share", t.say("At the first contact, share"), "share"),
    ]


def _cells(solved: int, reopened: int, at_once: int) -> tuple[Cell, ...]:
    return solved, reopened, share(reopened, solved), at_once, share(at_once, solved)


async def _rows(asking: Asking, by: By) -> dict[Row, tuple[Cell, ...]]:
    async def counted(*where: Where) -> dict[Row, int]:
        return {(value,): count for value, count in await asking.reader.counted(Counting("tickets", (by,), (*_where(asking), *where)))}

    solved, reopened, at_once = await counted(), await counted(REOPENED), await counted(*AT_ONCE)
    return {kind: _cells(count, reopened.get(kind, 0), at_once.get(kind, 0)) for kind, count in solved.items()}


REOPEN = Report("reopen", N_("Reopened"), N_("how often what was solved was reopened, and what was solved at the first contact"), _sheets)
