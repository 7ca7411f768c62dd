"""How long requesters waited for the first answer of a person."""

from __future__ import annotations

from collections.abc import Sequence

from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.spread import Spread, spreads
from bot.engine.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Row, Where

WITH_PEOPLE = Where("tiers", least=1)
ASKED = Where("made_by", among=("requester",))
NOT_MERGED = Where("merged", among=(0,))


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    return [await _total(asking), await _by_tier(asking), await _by(asking, "priority"), await _by(asking, "channel"), await _times(asking)]


def definition(t: Tongue) -> str:
    """As it is printed."""
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
        (Column("answered", t.say("Answered by a person")), calendar.count),
        (Column("unanswered", t.say("Not answered")), asked - calendar.count),
        (Column("median_s", t.say("Median"), "span"), calendar.median),
        (Column("p90_s", t.say("90th percentile"), "span"), calendar.p90),
        (Column("median_work_s", t.say("Median, working time"), "span"), work.median),
        (Column("p90_work_s", t.say("90th percentile, working time"), "span"), work.p90),
        (Column("bot_median_s", t.say("First answer of the bot, median"), "span"), bot.median),
    ]
    rows = [[cell for _, cell in figures]] if asked else []
    return Sheet("total", t.say("First answer of a person"), [column for column, _ in figures], rows, definition(t), upright=True, empty=tables.nothing(t))


def _columns(t: Tongue) -> list[Column]:
    return [
        Column("answered", t.say("Answered by a person")),
        Column("median_s", t.say("Median"), "span"),
        Column("p90_s", t.say("90th percentile"), "span"),
        Column("median_work_s", t.say("Median, working time"), "span"),
        Column("p90_work_s", t.say("90th percentile, working time"), "span"),
    ]


async def _by_tier(asking: Asking) -> Sheet:
    t = asking.t
    rows = [[tables.tier_name(asking, tier), *cells] for (tier,), cells in await _cells(asking, By("reply_tier"))]
    columns = [Column("tier", t.say("Tier"), "text"), *_columns(t)]
    return Sheet("tiers", t.say("By the tier that answered"), columns, rows, empty=tables.nothing(t))


async def _by(asking: Asking, field: str) -> Sheet:
    t = asking.t
    names = tables.CHANNELS if field == "channel" else tables.PRIORITIES
    label, title = (t.say("Channel"), t.say("By channel")) if field == "channel" else (t.say("Priority"), t.say("By priority"))
    rows = [[*kind, *cells] for kind, cells in await _cells(asking, By(field))]
    return Sheet(f"by_{field}", title, [Column(field, label, "text"), *_columns(t)], rows, empty=tables.nothing(t), words=tables.words(t, names))


async def _times(asking: Asking) -> Sheet:
    t = asking.t
    found = {number: cells for (number,), cells in await _cells(asking, tables.by_time(asking, "opened_day"))}
    rows = [[day, *found.get(number, (0, None, None, None, None))] for number, day in tables.times(asking)] if found else []
    title = t.say("By day of opening") if tables.step_of(asking) == 1 else t.say("By week of opening")
    return Sheet("times", title, [tables.time_column(asking), *_columns(t)], rows, tables.weeks_note(asking), empty=tables.nothing(t))


async def _cells(asking: Asking, by: By) -> list[tuple[Row, tuple[Cell, ...]]]:
    """The figures of each kind, in the order of the kinds."""
    calendar = await spreads(asking.reader, "reply_s", _where(asking), (by,))
    work = await spreads(asking.reader, "reply_work_s", _where(asking), (by,))
    return [(kind, (s.count, s.median, s.p90, work[kind].median, work[kind].p90)) for kind, s in calendar.items()]


RESPONSE = Report("response", N_("First answer"), N_("how long requesters waited for the first answer of a person"), _sheets)
