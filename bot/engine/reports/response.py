"""How long requesters waited for the first answer of a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.engine.reports import tables
from bot.engine.reports.counts import Counts, counts
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.reports.spread import Spread, spreads
from bot.engine.reports.tables import CHANNEL, PRIORITY
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Row, Where

ASKED = Where("made_by", among=("requester",))
WITH_PEOPLE = Where("tiers", least=1)
NOT_MERGED = Where("merged", among=(0,))
TIER = tables.tiers("reply_tier", N_("By the tier that answered"))
DIMENSIONS = (TIER, PRIORITY, CHANNEL)
LENGTHS = ("reply_s", "reply_work_s")
NONE: Sequence[Cell] = (0, None, None, None, None)


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    where = (asking.during("opened_day"), ASKED, WITH_PEOPLE, NOT_MERGED)
    time = tables.by_time(asking, "opened_day")

    async def counted(length: str, *by: By) -> Counts:
        return await counts(asking.reader, Counting("tickets", (*by, By(length, "span")), where))

    calendar, work = await asyncio.gather(*(counted(length, *(By(of.field) for of in DIMENSIONS)) for length in LENGTHS))  # two at a time
    calendar_by_time, work_by_time = await asyncio.gather(*(counted(length, time) for length in LENGTHS))
    return [
        await _total(asking, calendar, work),
        *[tables.sheet(asking, of, _columns(asking.t), _rows(calendar, work, of.field)) for of in DIMENSIONS],
        tables.times(asking, _columns(asking.t), _rows(calendar_by_time, work_by_time, time.field), NONE, asking.t.say("By when it was opened.")),
    ]


def _definition(t: Tongue) -> str:
    return t.say(
        "From the first words of the requester until the first answer of a person that they can read; an answer of the bot does not count. Tickets "
        "opened in this time that reached a person, without those that agents made and those merged into another one. Half waited no longer than the "
        "median, nine in ten no longer than the 90th percentile; working time is within the desk's hours."
    )


async def _total(asking: Asking, calendar: Counts, work: Counts) -> Sheet:
    t, asked = asking.t, calendar.number()
    answered, in_hours = calendar.spreads("reply_s").get((), Spread()), work.spreads("reply_work_s").get((), Spread())
    bot = (await spreads(asking.reader, "bot_s", (asking.during("opened_day"), ASKED))).get((), Spread())
    figures: list[tuple[Column, Cell]] = [
        (Column("tickets", t.say("Tickets that reached a person")), asked),
        (Column("unanswered", t.say("Not answered")), asked - answered.count),
        *zip(_columns(t), _cells(answered, in_hours), strict=True),
        (Column("bot_median_s", t.say("First answer of the bot, median"), "span"), bot.median),
    ]
    return tables.upright(asking, "total", t.say("First answer of a person"), figures, _definition(t), not asked)


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


def _rows(calendar: Counts, work: Counts, field: str) -> dict[Row, tuple[Cell, ...]]:
    in_hours = work.spreads("reply_work_s", field)
    return {kind: _cells(found, in_hours.get(kind, Spread())) for kind, found in calendar.spreads("reply_s", field).items()}


RESPONSE = Report("response", N_("First answer"), N_("how long requesters waited for the first answer of a person"), _sheets)
