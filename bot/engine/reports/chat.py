"""`report`: figures in chat, for leads and admins. `report volume 28`: one report over so many days up to today; without a name the last seven days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.messages import Choice, Commanded, Facts, Part, Say, Small, Title
from bot.engine.reports import finding, week
from bot.engine.reports.composed import Composed, seen_by
from bot.engine.reports.figures import Figures, Wanted
from bot.engine.reports.registry import REPORTS
from bot.engine.reports.report import Report
from bot.engine.reports.sheets import Sheet
from bot.engine.rights import asker, may
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused

if TYPE_CHECKING:
    from bot.domain.desks import Desk

LONGEST = 3660


async def commanded(turn: Turn, what: Commanded) -> None:
    """The figures; the caller has checked that they may see them."""
    words = what.argument.lower().split()
    t = await turn.tongue_for(turn.person.id)
    if not words:
        await _week(turn, t)
        return
    report = await finding.report_named(turn.tx, words[0], turn.person.id)
    if report is None:
        own = await seen_by(turn.tx, turn.person.id)
        await turn.answer(*_list(t, own), choices=_ways(turn, t, ""))
    elif report.listed:
        await turn.answer(Say(t.say("That one is a log: it is read on its page.")), choices=_ways(turn, t, report.name))
    else:
        await _report(turn, t, report, _days(words[1:], report.days))


async def _week(turn: Turn, t: Tongue) -> None:
    last = today(turn)
    found = figures(turn).week(Wanted("", last - timedelta(days=6), last, t.language))
    await turn.answer(*week.parts(t, t.say("The last seven days"), *found), choices=_ways(turn, t, ""))


async def _report(turn: Turn, t: Tongue, report: Report, days: int) -> None:
    last = today(turn)
    first = last - timedelta(days=days - 1)
    sheets = figures(turn).report(Wanted(report.name, first, last, t.language, turn.person.id))
    await turn.answer(*parts(t, t.say(report.title), first, last, sheets), choices=_ways(turn, t, report.name))


def parts(t: Tongue, title: str, first: date, last: date, sheets: Sequence[Sheet]) -> list[Part]:
    """What a report says in short, with its definition; where it says nothing in short, its first table as far as a message shows it."""
    head: list[Part] = [Title(title), Small(f"{first} – {last}")]
    sheet = sheets[0]
    if not sheet.rows:
        return [*head, Say(sheet.empty)]
    shown = sheet.shown()
    if sheet.upright:
        rows = [(column.label, cell) for column, cell in zip(sheet.columns, shown[0], strict=True)]
    else:
        rows = [(row[0], " · ".join(f"{column.label}: {cell}" for column, cell in zip(sheet.columns[1:], row[1:], strict=True))) for row in shown[:20]]
    return [*head, Facts(tuple(rows)), *([Small(sheet.note)] if sheet.note else [])]


def links(desk: Desk, t: Tongue, name: str) -> list[Choice]:
    """To its page, where the desk says its address. name: "" for the list."""
    address, label = f"{desk.url}/admin/reports", t.say("All reports")
    if name:
        address, label = f"{address}/{name}", t.say("Open the report")
    return [Choice(label, "link", link=address)] if desk.url else []


def _ways(turn: Turn, t: Tongue, name: str) -> list[Choice]:
    """The pages are for admins; a lead has the figures here."""
    return links(turn.desk, t, name) if may(asker(turn), "report-save") else []


def figures(turn: Turn) -> Figures:
    """Those of this process. Raises MoveRefused where there are none."""
    if turn.crew.figures is None:
        raise MoveRefused("no_longer")
    return turn.crew.figures


def today(turn: Turn) -> date:
    """At the desk."""
    return turn.now.astimezone(ZoneInfo(turn.desk.timezone)).date()


def _list(t: Tongue, own: Mapping[str, Composed]) -> list[Part]:
    rows = [(one.name, t.say(one.about)) for one in REPORTS.values() if not one.listed]
    rows += [(name, one.title) for name, one in own.items()]
    return [Say(t.say("There is no such report. There are:")), Facts(tuple(rows))]


def _days(words: Sequence[str], usual: int) -> int:
    return min(max(int(words[0]), 1), LONGEST) if words and words[0].isascii() and words[0].isdigit() and len(words[0]) < 6 else usual
