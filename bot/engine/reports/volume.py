"""How much was asked: by channel, desk, kind and language, by day or week and hour, and about what."""

from __future__ import annotations

from collections.abc import Sequence

from bot.engine.reports import tables
from bot.engine.reports.counts import Counts, counts
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.reports.tables import CHANNEL, DESK, KIND, LANGUAGE, Dimension, share
from bot.engine.tongue import N_
from bot.ports.counting import By, Counting

LISTED = 20  # entries
DIMENSIONS = (CHANNEL, DESK, KIND, LANGUAGE)


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    opened = (asking.during("opened_day"),)
    fields = ("made_by", "opened_hour", *(of.field for of in DIMENSIONS))
    found = await counts(asking.reader, Counting("tickets", tuple(By(field) for field in fields), opened, ("merged",)))
    times = await counts(asking.reader, Counting("tickets", (tables.by_time(asking, "opened_day"),), opened))
    return [
        _total(asking, found),
        tables.times(asking, [Column("tickets", asking.t.say("Tickets opened"))], times.by("opened_day"), (0,)),
        *[_by(asking, found, dimension) for dimension in DIMENSIONS],
        _hours(asking, found),
        await _reasons(asking),
    ]


def _total(asking: Asking, found: Counts) -> Sheet:
    t = asking.t
    tickets, merged = found.by().get((), (0, 0))
    figures: list[tuple[Column, Cell]] = [
        (Column("tickets", t.say("Tickets opened")), tickets),
        (Column("per_day", t.say("A day"), "score"), tickets / asking.days),
        (Column("by_agents", t.say("Of them made by agents")), found.by("made_by").get(("agent",), (0,))[0]),
        (Column("merged", t.say("Of them merged into another one")), merged),
    ]
    note = t.say("Every ticket opened in this time, with those that the FAQ answered, and those that were merged into another one.")
    return tables.upright(asking, "total", t.say("Tickets"), figures, note, not tickets)


def _by(asking: Asking, found: Counts, of: Dimension) -> Sheet:
    t, whole = asking.t, found.number()
    columns = [Column("tickets", t.say("Tickets opened")), Column("share", t.say("Share"), "share")]
    kinds = sorted(found.by(of.field).items(), key=lambda item: -item[1][0])
    return tables.sheet(asking, of, columns, {kind: (count, share(count, whole)) for kind, (count, _) in kinds})


def _hours(asking: Asking, found: Counts) -> Sheet:
    t, hours = asking.t, found.by("opened_hour")
    columns = [Column("hour", t.say("From o'clock"), "text"), Column("tickets", t.say("Tickets opened"))]
    rows: list[Sequence[Cell]] = [[f"{hour:02}:00", hours.get((hour,), (0,))[0]] for hour in range(24)] if hours else []
    return Sheet("hours", t.say("By hour of the day"), columns, rows, t.say("In the desk's time zone."), empty=tables.nothing(t))


async def _reasons(asking: Asking) -> Sheet:
    t = asking.t
    found: dict[str, int] = dict(await asking.reader.counted(Counting("tickets", (By("entry"),), (asking.during("opened_day"),))))
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
