"""How much was asked: by channel, desk, kind and language, by day or week, and about what."""

from __future__ import annotations

from collections.abc import Sequence

from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.tables import share
from bot.engine.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_
from bot.ports.counting import By, Counting

LISTED = 20  # entries


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    return [
        await _total(asking),
        await _times(asking),
        await _by(asking, "channel", "channels", asking.t.say("By channel"), asking.t.say("Channel"), tables.CHANNELS),
        await _by(asking, "desk", "desks", asking.t.say("By desk"), asking.t.say("Desk"), {}),
        await _by(asking, "kind", "kinds", asking.t.say("By kind"), asking.t.say("Kind"), tables.KINDS),
        await _by(asking, "language", "languages", asking.t.say("By language"), asking.t.say("Language"), {}),
        await _reasons(asking),
    ]


def _about(asking: Asking) -> str:
    return asking.t.say("Every ticket opened in this time, with those that the FAQ answered, and those that were merged into another one.")


async def _total(asking: Asking) -> Sheet:
    t, opened = asking.t, asking.during("opened_day")
    found = await asking.reader.counted(Counting("tickets", (By("made_by"),), (opened,), ("merged",)))
    by_agents = sum(count for made_by, count, _ in found if made_by == "agent")
    tickets, merged = sum(count for _, count, _ in found), sum(merged for *_, merged in found)
    columns = [
        Column("tickets", t.say("Tickets opened")),
        Column("per_day", t.say("A day"), "score"),
        Column("by_agents", t.say("Of them made by agents")),
        Column("merged", t.say("Of them merged into another one")),
    ]
    rows: list[Sequence[Cell]] = [[tickets, tickets / asking.days, by_agents, merged]] if tickets else []
    return Sheet("total", t.say("Tickets"), columns, rows, _about(asking), upright=True, empty=tables.nothing(t))


async def _times(asking: Asking) -> Sheet:
    t = asking.t
    found = await asking.reader.counted(Counting("tickets", (tables.by_time(asking, "opened_day"),), (asking.during("opened_day"),)))
    counted: dict[int, int] = dict(found)
    columns = [tables.time_column(asking), Column("tickets", t.say("Tickets opened"))]
    rows: list[Sequence[Cell]] = [[day, counted.get(number, 0)] for number, day in tables.times(asking)] if counted else []
    title = t.say("By day") if tables.step_of(asking) == 1 else t.say("By week")
    return Sheet("times", title, columns, rows, tables.weeks_note(asking), empty=tables.nothing(t))


async def _by(asking: Asking, field: str, key: str, title: str, label: str, names: dict[str, str]) -> Sheet:
    t = asking.t
    found = await asking.reader.counted(Counting("tickets", (By(field),), (asking.during("opened_day"),)))
    whole = sum(count for _, count in found)
    columns = [Column(field, label, "text"), Column("tickets", t.say("Tickets opened")), Column("share", t.say("Share"), "share")]
    rows: list[Sequence[Cell]] = [[value, count, share(count, whole)] for value, count in sorted(found, key=lambda row: -row[1])]
    return Sheet(key, title, columns, rows, empty=tables.nothing(t), words=tables.words(t, names))


async def _reasons(asking: Asking) -> Sheet:
    t = asking.t
    found = await asking.reader.counted(Counting("tickets", (By("entry"),), (asking.during("opened_day"),)))
    whole = sum(count for _, count in found)
    named = sorted(((entry, count) for entry, count in found if entry), key=lambda row: -row[1])[:LISTED]
    without = sum(count for entry, count in found if not entry)
    columns = [
        Column("entry", t.say("Entry"), "text"),
        Column("question", t.say("Its question"), "text"),
        Column("tickets", t.say("Tickets opened")),
        Column("share", t.say("Share"), "share"),
    ]
    rows: list[Sequence[Cell]] = [[entry, await _question(asking, entry), count, share(count, whole)] for entry, count in named]
    note = t.say(
        "The entry that solved it, else the best that was offered. No entry: {share} of the tickets.", share=f"{100 * (without / whole if whole else 0):.1f} %"
    )
    return Sheet("reasons", t.say("What it was about"), columns, rows, note if whole else "", empty=tables.nothing(t))


async def _question(asking: Asking, entry: str) -> str:
    known = await asking.reader.entry(entry)
    return known.text_for(asking.t.language).question if known and known.texts else ""


VOLUME = Report("volume", N_("Volume"), N_("how much was asked, by channel, desk, kind, language and day"), _sheets)
