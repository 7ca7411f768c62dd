"""How much was asked: by channel, desk, kind and language, by day or week and hour, and about what."""

from __future__ import annotations

from collections.abc import Sequence

from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.tables import CHANNEL, DESK, KIND, LANGUAGE, Dimension, share
from bot.engine.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_
from bot.ports.counting import By, Counting, Row

LISTED = 20  # entries


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    return [
        await _total(asking),
        await _times(asking),
        *[await _by(asking, dimension) for dimension in (CHANNEL, DESK, KIND, LANGUAGE)],
        await _hours(asking),
        await _reasons(asking),
    ]


async def _counted(asking: Asking, by: By) -> list[Row]:
    return await asking.reader.counted(Counting("tickets", (by,), (asking.during("opened_day"),)))


async def _total(asking: Asking) -> Sheet:
    t = asking.t
    found = await asking.reader.counted(Counting("tickets", (By("made_by"),), (asking.during("opened_day"),), ("merged",)))
    tickets = sum(count for _, count, _ in found)
    figures: list[tuple[Column, Cell]] = [
        (Column("tickets", t.say("Tickets opened")), tickets),
        (Column("per_day", t.say("A day"), "score"), tickets / asking.days),
        (Column("by_agents", t.say("Of them made by agents")), sum(count for made_by, count, _ in found if made_by == "agent")),
        (Column("merged", t.say("Of them merged into another one")), sum(merged for *_, merged in found)),
    ]
    note = t.say("Every ticket opened in this time, with those that the FAQ answered, and those that were merged into another one.")
    return tables.upright(asking, "total", t.say("Tickets"), figures, note, not tickets)


async def _times(asking: Asking) -> Sheet:
    found = {(number,): (count,) for number, count in await _counted(asking, tables.by_time(asking, "opened_day"))}
    return tables.times(asking, [Column("tickets", asking.t.say("Tickets opened"))], found, (0,))


async def _by(asking: Asking, of: Dimension) -> Sheet:
    t, found = asking.t, await _counted(asking, By(of.field))
    whole = sum(count for _, count in found)
    columns = [Column("tickets", t.say("Tickets opened")), Column("share", t.say("Share"), "share")]
    rows = {(value,): (count, share(count, whole)) for value, count in sorted(found, key=lambda row: -row[1])}
    return tables.sheet(asking, of, columns, rows)


async def _hours(asking: Asking) -> Sheet:
    t = asking.t
    found: dict[int, int] = dict(await _counted(asking, By("opened_hour")))
    columns = [Column("hour", t.say("From o'clock"), "text"), Column("tickets", t.say("Tickets opened"))]
    rows: list[Sequence[Cell]] = [[f"{hour:02}:00", found.get(hour, 0)] for hour in range(24)] if found else []
    return Sheet("hours", t.say("By hour of the day"), columns, rows, t.say("In the desk's time zone."), empty=tables.nothing(t))


async def _reasons(asking: Asking) -> Sheet:
    t = asking.t
    found: dict[str, int] = dict(await _counted(asking, By("entry")))
    whole = sum(found.values())
    named = sorted(((entry, count) for entry, count in found.items() if entry), key=lambda row: -row[1])[:LISTED]
    columns = [
        Column("entry", t.say("Entry"), "text"),
        Column("question", t.say("Its question"), "text"),
        Column("tickets", t.say("Tickets opened")),
        Column("share", t.say("Share"), "share"),
    ]
    rows: list[Sequence[Cell]] = [[entry, await question_of(asking, entry), count, share(count, whole)] for entry, count in named]
    without = f"{100 * found.get('', 0) / whole:.1f} %" if whole else ""
    note = t.say("The entry that solved it, else the best that was offered. No entry: {share} of the tickets.", share=without) if whole else ""
    return Sheet("reasons", t.say("What it was about"), columns, rows, note, empty=tables.nothing(t))


async def question_of(asking: Asking, entry: str) -> str:
    """Of an entry, as the reader reads it; "" when there is none."""
    known = await asking.reader.entry(entry)
    return known.text_for(asking.t.language).question if known and known.texts else ""


VOLUME = Report("volume", N_("Volume"), N_("how much was asked, by channel, desk, kind, language and day"), _sheets)
