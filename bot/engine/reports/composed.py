"""Reports that admins compose: figures of tickets by up to two fields, of those that filters let through. Kept as notes; they run on the same facts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.ids import PersonId
from bot.domain.ticket_facts import date_of
from bot.engine.kept import Kept, Noted
from bot.engine.reports import tables
from bot.engine.reports.counts import Counts, counts
from bot.engine.reports.fields import DAY, WEEK, TicketField, fields_of
from bot.engine.reports.measures import MEASURES
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_
from bot.ports import Reader
from bot.ports.counting import TAG, By, Counting, Row, Where, label_of

NAME = re.compile(r"own[0-9a-f]{8}", re.ASCII)
ROWS = 500  # shown
GROUPS, FILTERS, VALUES, MOST, TITLE = 2, 5, 50, 200, 80
DAYS_OF = {"opened_day": N_("Opened in this time"), "solved_day": N_("Solved in this time"), "first_day": N_("Solved for the first time in this time")}


@dataclass(frozen=True, slots=True)
class Composed:
    """figures: of MEASURES. day: of DAYS_OF. by: names of fields, or DAY, WEEK. filters: a field and the values of which it must have one. days: unless asked.

    shared: every admin sees and changes it; else its owner alone.
    """

    title: str
    owner: PersonId
    at: datetime
    figures: tuple[str, ...] = ("count",)
    by: tuple[str, ...] = ()
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    day: str = "opened_day"
    days: int = 28
    shared: bool = False

    def is_seen_by(self, person: str) -> bool:
        """May this admin read it, and change it?"""
        return self.shared or self.owner == person


COMPOSED: Kept[Composed] = Kept("report", Composed)


async def seen_by(notes: Noted, person: str) -> dict[str, Composed]:
    """By name, in the order of their titles."""
    found = await COMPOSED.all(notes)
    return dict(sorted(((name, one) for name, one in found.items() if one.is_seen_by(person)), key=lambda row: row[1].title.casefold()))


def as_report(name: str, composed: Composed) -> Report:
    """To be shown as any other."""

    async def sheets(asking: Asking) -> Sequence[Sheet]:
        known = fields_of(asking.desk, asking.t)
        where = (asking.during(composed.day), *(_narrowed(known[field], values) for field, values in composed.filters if field in known))
        by = [one for one in composed.by if one in known or one in (DAY, WEEK)]
        by = by[:1] if set(by) == {DAY, WEEK} else by
        grouped = [_by(composed, one) for one in by]
        counted = await _counted(asking, composed, where, grouped)
        whole = await _counted(asking, composed, where, ()) if TAG in by else counted  # a ticket with several tags counts under each
        total = _total(asking, composed, known, [MEASURES[name].reads(counts, ()).get(()) for name, counts in zip(composed.figures, whole, strict=True)])
        fields = [one.field for one in grouped]
        cells = [MEASURES[name].reads(counts, fields) for name, counts in zip(composed.figures, counted, strict=True)]
        return [total, _grouped(asking, composed, known, by, cells)] if by else [total]

    return Report(name, composed.title, composed.title, sheets, days=composed.days)


async def _counted(asking: Asking, composed: Composed, where: Sequence[Where], by: Sequence[By]) -> list[Counts]:
    """For each figure; what several figures need is asked once, and all at the same time where the database can."""
    questions = [MEASURES[name].asks(where, by) for name in composed.figures]
    different = list(dict.fromkeys(questions))
    told_by_labels = any(label_of(one.field) for one in by)
    spans = [one for one in different if told_by_labels and one.by and one.by[-1].step == "span"]
    halves = [half for half in (spans[::2], spans[1::2]) if half]  # to join labels costs more than to count, and is done once a core
    others = [one for one in different if one not in spans]
    counted, apart = await asyncio.gather(
        asyncio.gather(*(counts(asking.reader, one) for one in others)), asyncio.gather(*(_spans(asking.reader, half) for half in halves))
    )
    found = dict(zip(others, counted, strict=True))
    for half in apart:
        found |= half
    return [found[one] for one in questions]


async def _spans(reader: Reader, questions: Sequence[Counting]) -> dict[Counting, Counts]:
    """Of the same tickets by the same groups, each by another length of time."""
    first = questions[0]
    what = replace(first, by=first.by[:-1], where=first.where[:-1])
    rows = await reader.counted_apart(what, [one.by[-1] for one in questions])
    return {one: Counts(tuple(by.field for by in one.by), counted) for one, counted in zip(questions, rows, strict=True)}


def _narrowed(field: TicketField, values: Sequence[str]) -> Where:
    """Bound values, whatever they are; of a field of numbers what is no number matches nothing."""
    if field.is_number:
        return Where(field.name, among=tuple(int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 9))
    return Where(field.name, among=tuple(value.casefold() if ":" in field.name or field.name == "tag" else value for value in values))


def _definition(asking: Asking, composed: Composed, known: Mapping[str, TicketField]) -> str:
    t = asking.t
    told = [t.say(DAYS_OF[composed.day])]
    told += [
        f"{known[name].label}: {', '.join(known[name].words.get(value, value) for value in values)}" for name, values in composed.filters if name in known
    ]  # fmt: skip
    gone = [name for name, _ in composed.filters if name not in known] + [name for name in composed.by if name not in known and name not in (DAY, WEEK)]
    if gone:
        told.append(t.say("Left out, because this desk has no such field any more: {fields}", fields=", ".join(gone)))
    return " · ".join(told)


def _total(asking: Asking, composed: Composed, known: Mapping[str, TicketField], cells: Sequence[Cell]) -> Sheet:
    columns = _columns(asking, composed)
    figures = list(zip(columns, cells, strict=True))
    return tables.upright(asking, "total", asking.t.say("In all"), figures, _definition(asking, composed, known), not any(cells))


def _columns(asking: Asking, composed: Composed) -> list[Column]:
    return [Column(name, asking.t.say(MEASURES[name].label), MEASURES[name].kind) for name in composed.figures]


def _grouped(asking: Asking, composed: Composed, known: Mapping[str, TicketField], by: Sequence[str], cells: Sequence[Mapping[Row, Cell]]) -> Sheet:
    t, columns = asking.t, _columns(asking, composed)
    kinds = {kind for found in cells for kind in found}
    rows: dict[Row, list[Cell]] = {kind: [found.get(kind) for found in cells] for kind in kinds}
    if (by == [DAY] and tables.step_of(asking) == 1) or (by == [WEEK] and tables.step_of(asking) == 7):
        return tables.times(asking, columns, rows, [0 if column.kind == "count" else None for column in columns])
    over_time = by[0] in (DAY, WEEK)
    ranked = sorted(rows.items(), key=lambda row: _rank(row[0], row[1], over_time))
    heads = [Column(one.replace(":", "_"), _label(asking, known, one), "day" if one in (DAY, WEEK) else "text") for one in by]
    listed = [[*(_value(asking, known, one, value) for one, value in zip(by, kind, strict=True)), *row] for kind, row in ranked[:ROWS]]
    note = t.say("Only the first {count} of {all} rows are listed.", count=ROWS, all=len(rows)) if len(rows) > ROWS else ""
    title = " · ".join(_label(asking, known, one) for one in by)
    return Sheet("groups", title, [*heads, *columns], listed, note, empty=tables.nothing(t))


def _by(composed: Composed, name: str) -> By:
    return By(composed.day, 7 if name == WEEK else 1) if name in (DAY, WEEK) else By(name)


def _label(asking: Asking, known: Mapping[str, TicketField], name: str) -> str:
    return asking.t.say("Day") if name == DAY else asking.t.say("Week from") if name == WEEK else known[name].label


def _value(asking: Asking, known: Mapping[str, TicketField], name: str, value: str | int | None) -> Cell:
    """As people read it."""
    if isinstance(value, int) and name in (DAY, WEEK):
        return date_of(value * 7 if name == WEEK else value)
    if isinstance(value, int) and name.endswith("tier"):
        return tables.tier_name(asking, value)
    if isinstance(value, int) and name == "opened_hour":
        return f"{value:02}:00"
    return ", ".join(known[name].words.get(one, one) for one in str(value).split("\n")) if value not in (None, "") else asking.t.say("none")


def _rank(kind: Row, cells: Sequence[Cell], over_time: bool) -> tuple[object, ...]:
    """Days in their order, everything else the most first; what is alike by its value."""
    first = cells[0] if cells and isinstance(cells[0], int | float) else -1
    values = tuple((value is not None, str(value)) for value in kind)
    return (kind[0], -first, *values) if over_time else (-first, *values)
