"""How often what was solved was reopened, and how much was solved at the first contact."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.course import SOON
from bot.engine.reports import tables
from bot.engine.reports.counts import Counts, Kind, counts
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.response import WITH_PEOPLE
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.reports.tables import CHANNEL, KIND, PRIORITY, share
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Row

DIMENSIONS = (CHANNEL, KIND, PRIORITY)
WHAT_BECAME = (By("reopened"), By("replies"), By("reopened_soon"))


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    where = (asking.during("first_day"), WITH_PEOPLE)
    time, columns = tables.by_time(asking, "first_day"), _columns(asking.t)
    found = await counts(asking.reader, Counting("tickets", (*(By(of.field) for of in DIMENSIONS), *WHAT_BECAME), where))
    times = await counts(asking.reader, Counting("tickets", (time, *WHAT_BECAME), where))
    return [
        _total(asking, found),
        *[tables.sheet(asking, of, columns, _rows(found, of.field)) for of in DIMENSIONS],
        tables.times(asking, columns, _rows(times, time.field), _cells(0, 0, 0), asking.t.say("By when it was first solved.")),
    ]


def _was_reopened(kind: Kind) -> bool:
    return bool(kind["reopened"])


def _was_solved_at_once(kind: Kind) -> bool:
    replies = kind["replies"]
    return isinstance(replies, int) and replies < 2 and not kind["reopened_soon"]


def _definition(t: Tongue) -> str:
    return t.say(
        "Tickets that reached a person and were solved for the first time in this time. Reopened: at least once since, whenever. Solved at the first "
        "contact: with one answer of an agent at most, and not reopened within {days} days; what is younger than that may still be.",
        days=SOON.days,
    )


def _total(asking: Asking, found: Counts) -> Sheet:
    t, solved = asking.t, found.number()
    times = sum(int(often) * count for (often,), (count,) in found.by("reopened").items())
    figures: list[tuple[Column, Cell]] = [
        *zip(_columns(t), _cells(solved, found.number(_was_reopened), found.number(_was_solved_at_once)), strict=True),
        (Column("times", t.say("Times reopened, in all")), times),
    ]
    return tables.upright(asking, "total", t.say("Reopened and solved at once"), figures, _definition(t), not solved)


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


def _rows(found: Counts, field: str) -> dict[Row, tuple[Cell, ...]]:
    reopened, at_once = found.by(field, which=_was_reopened), found.by(field, which=_was_solved_at_once)
    return {kind: _cells(solved, reopened.get(kind, (0,))[0], at_once.get(kind, (0,))[0]) for kind, (solved,) in found.by(field).items()}


REOPEN = Report("reopen", N_("Reopened"), N_("how often what was solved was reopened, and what was solved at the first contact"), _sheets)
