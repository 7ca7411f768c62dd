"""How long requesters waited for the first answer of a person."""

from __future__ import annotations

from collections.abc import Sequence

from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.spread import Spread, spreads
from bot.engine.reports.tables import CHANNEL, PRIORITY, Dimension
from bot.engine.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Row, Where

ASKED = Where("made_by", among=("requester",))
WITH_PEOPLE = Where("tiers", least=1)
NOT_MERGED = Where("merged", among=(0,))
TIER = tables.tiers("reply_tier", N_("By the tier that answered"))


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    return [await _total(asking), *[await _by(asking, of) for of in (TIER, PRIORITY, CHANNEL)], await _times(asking)]


def _definition(t: Tongue) -> str:
    return t.say(
        "From the first words of the requester until the first answer of a person that they can read; an answer of the bot does not count. Tickets "
        "opened in this time that reached a person, without those that agents made and those merged into another one. Half waited no longer than the "
        "median, nine in ten no longer than the 90th percentile; working time is within the desk's hours."
    )


def _where(asking: Asking) -> tuple[Where, ...]:
    return asking.during("opened_day"), ASKED, WITH_PEOPLE, NOT_MERGED


async def _total(asking: Asking) -> Sheet:
    t, where = asking.t, _where(asking)
    [(asked,)] = await asking.reader.counted(Counting("tickets", where=where))
    calendar = (await spreads(asking.reader, "reply_s", where)).get((), Spread())
    work = (await spreads(asking.reader, "reply_work_s", where)).get((), Spread())
    bot = (await spreads(asking.reader, "bot_s", (asking.during("opened_day"), ASKED))).get((), Spread())
    figures: list[tuple[Column, Cell]] = [
        (Column("tickets", t.say("Tickets that reached a person")), asked),
        (Column("unanswered", t.say("Not answered")), asked - calendar.count),
        *zip(_columns(t), _cells(calendar, work), strict=True),
        (Column("bot_median_s", t.say("First answer of the bot, median"), "span"), bot.median),
    ]
    return tables.upright(asking, "total", t.say("First answer of a person"), figures, _definition(t), not asked)


async def _by(asking: Asking, of: Dimension) -> Sheet:
    return tables.sheet(asking, of, _columns(asking.t), await _rows(asking, By(of.field)))


async def _times(asking: Asking) -> Sheet:
    rows = await _rows(asking, tables.by_time(asking, "opened_day"))
    return tables.times(asking, _columns(asking.t), rows, (0, None, None, None, None), asking.t.say("By when it was opened."))


def _columns(t: Tongue) -> list[Column]:
    return [
        Column("answered", t.say("Answered by a person")),
        Column("median_s", t.say("Median"), "span"),
        Column("p90_s", t.say("90th percentile"), "span"),
        Column("median_work_s", t.say("Median, working time"), "span"),
        Column("p90_work_s", t.say("90th percentile, working time"), "span"),
    ]


def _cells(calendar: Spread, work: Spread) -> tuple[Cell, ...]:
    return calendar.count, calendar.median, calendar.p90, work.median, work.p90


async def _rows(asking: Asking, by: By) -> dict[Row, tuple[Cell, ...]]:
    calendar = await spreads(asking.reader, "reply_s", _where(asking), (by,))
    work = await spreads(asking.reader, "reply_work_s", _where(asking), (by,))
    return {kind: _cells(found, work[kind]) for kind, found in calendar.items()}


RESPONSE = Report("response", N_("First answer"), N_("how long requesters waited for the first answer of a person"), _sheets)
