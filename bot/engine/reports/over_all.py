"""A report over several departments: what each has counted is added up before shares, medians and percentiles are made of it, never afterwards.

What cannot be added up, because it says something of one desk alone, is shown for each department, one below the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import cast

from bot.domain.desks import Desk
from bot.domain.people import Person
from bot.engine.reports.bookkeeping import mark_of
from bot.engine.reports.report import LINES, Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import Tongue
from bot.errors import StoreError
from bot.ports import Reader
from bot.ports.counting import Counting, Row
from kb.entries import Entry

PATIENCE_S = 20.0  # seconds for what one department says
APART = ("matching", "questions", "contacts", "assets")  # of one desk alone, or lines that nobody adds up
ENTRY = "entry"  # the field whose values are names within one department


@dataclass(frozen=True, slots=True)
class Office:
    """A department that is asked. key: of its table in firstline.toml."""

    key: str
    desk: Desk
    reader: Reader


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of all of them. desk: what stands before them; its days and its words. As Asking otherwise."""

    report: Report
    desk: Desk
    first: date
    last: date
    t: Tongue
    now: datetime
    by_name: bool = False
    lines: int = LINES
    only: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """away: the keys of those that did not answer. counted: until when all that happened is in it; None: somewhere it is counted for the first time."""

    sheets: Sequence[Sheet]
    away: frozenset[str]
    counted: datetime | None


def naming(t: Tongue, sheets: Sequence[Sheet], away: Sequence[str]) -> Sequence[Sheet]:
    """The tables, the first of which names the departments that are not in them: for where nothing stands above it."""
    if not away or not sheets:
        return sheets
    told = t.say("Cannot be reached just now and is not in these figures: {desks}.", desks=", ".join(away))
    return [replace(sheets[0], note=f"{told} {sheets[0].note}".strip()), *sheets[1:]]


async def over_all(wanted: Wanted, offices: Sequence[Office]) -> Merged:
    """The report over all that answer; those that do not are named."""
    desks = [_Counted(office) for office in offices]
    made = await asyncio.gather(*(_made(wanted, desk) for desk in desks))
    there = [(desk, *found) for desk, found in zip(desks, made, strict=True) if found is not None]
    away = frozenset(desk.office.key for desk, found in zip(desks, made, strict=True) if found is None)
    marks = [counted for _, _, counted in there]
    counted = None if None in marks else min((one for one in marks if one is not None), default=None)
    parts = [(desk.office, sheets) for desk, sheets, _ in there]
    if not there or wanted.report.name in APART:
        return Merged(_below_each_other(wanted.t, parts), away, counted)
    together = replace(wanted.desk, tiers=(), ask_rating=any(office.desk.ask_rating for office, _ in parts))  # a level has another name in each
    whole = await wanted.report.sheets(_asking(wanted, _joint([desk for desk, _, _ in there]), together))
    return Merged([_beside(wanted, sheet, parts) for sheet in whole], away, counted)


async def _made(wanted: Wanted, desk: _Counted) -> tuple[Sequence[Sheet], datetime | None] | None:
    """The tables of one, and until when it has counted; None when it does not answer."""
    office, is_apart = desk.office, wanted.report.name in APART
    reader = office.reader if is_apart else _joint([desk])
    try:
        async with asyncio.timeout(PATIENCE_S):
            sheets = await wanted.report.sheets(_asking(wanted, reader, office.desk if is_apart else replace(office.desk, tiers=())))
            at = (await mark_of(office.reader, office.desk.timezone)).at if wanted.report.counted else wanted.now
    except (StoreError, TimeoutError):
        return None
    return sheets, at


def _asking(wanted: Wanted, reader: Reader, desk: Desk) -> Asking:
    return Asking(reader, desk, wanted.first, wanted.last, wanted.t, wanted.now, wanted.by_name, wanted.lines, wanted.only)


# ------------------------------------------------------------------------------------------------------------- adding up
class _Counted:
    """What one department has counted; asked once for each question, so that the whole is of the same moment as its parts."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._known: dict[Counting, list[Row]] = {}

    async def rows(self, what: Counting) -> list[Row]:
        """As `counted`; entries bear the department's key, since each has entries of its own."""
        if what not in self._known:
            places = [place for place, one in enumerate(what.by) if one.field == ENTRY]
            found = await self.office.reader.counted(what)
            self._known[what] = [self._own(row, places) for row in found] if places else found
        return self._known[what]

    def _own(self, row: Row, places: Sequence[int]) -> Row:
        return tuple(f"{self.office.key}/{value}" if place in places and value else value for place, value in enumerate(row))


class _Joint:
    """Several departments as one memory, as far as reports that are added up ask it."""

    def __init__(self, desks: Sequence[_Counted]) -> None:
        self._desks = desks

    async def counted(self, what: Counting) -> list[Row]:
        """As CountingReader: of all of them."""
        width, found = len(what.by), dict[Row, list[int]]()
        for rows in await asyncio.gather(*(desk.rows(what) for desk in self._desks)):
            for row in rows:
                figures = found.setdefault(row[:width], [0] * (len(row) - width))
                for place, figure in enumerate(row[width:]):
                    figures[place] += figure or 0
        kinds = sorted(found, key=lambda kind: [(value is not None, value) for value in kind])
        return [(*kind, *found[kind]) for kind in kinds]

    async def entry(self, name: str) -> Entry | None:
        """By the name that `counted` gives."""
        key, _, own = name.partition("/")
        office = next((desk.office for desk in self._desks if desk.office.key == key), None)
        return await office.reader.entry(own) if office is not None else None

    async def people(self, people: Sequence[str]) -> dict[str, Person]:
        """By whichever knows them."""
        known: dict[str, Person] = {}
        for desk in self._desks:
            known = {**(await desk.office.reader.people(people)), **known}
        return known


def _joint(desks: Sequence[_Counted]) -> Reader:
    return cast(Reader, _Joint(desks))


# ---------------------------------------------------------------------------------------------------------------- tables
Parts = Sequence[tuple[Office, Sequence[Sheet]]]


def _beside(wanted: Wanted, whole: Sheet, parts: Parts) -> Sheet:
    """A short table gets a row for each department and one for the whole; a long one, of the whole, a column for each department."""
    t = wanted.t
    theirs = [(office, next((one for one in sheets if one.key == whole.key), None)) for office, sheets in parts]
    if whole.upright:
        return _by_department(t, whole, theirs) if whole.rows else whole
    names = _names(whole.columns)
    figure = next((column for column in whole.columns[names:]), None)
    if not whole.rows or figure is None or (whole.key == "agents" and not wanted.by_name):
        return whole  # agents without names are numbered anew in each table
    each = [{tuple(row[:names]): row[names] for row in sheet.rows} if sheet is not None else {} for _, sheet in theirs]
    without: Cell = 0 if figure.kind == "count" else None
    columns = [*whole.columns, *(Column(f"{figure.key}_{office.key}", office.desk.name, figure.kind) for office, _ in theirs)]
    rows = [[*row, *(known.get(tuple(row[:names]), without) for known in each)] for row in whole.rows]
    said = t.say("All departments together; the last columns say “{figure}” of each.", figure=figure.label)
    return replace(whole, columns=columns, rows=rows, note=f"{whole.note} {said}".strip())


def _by_department(t: Tongue, whole: Sheet, theirs: Sequence[tuple[Office, Sheet | None]]) -> Sheet:
    nothing: list[Cell] = [0 if column.kind == "count" else None for column in whole.columns]
    rows: list[Sequence[Cell]] = [[office.desk.name, *(sheet.rows[0] if sheet is not None and sheet.rows else nothing)] for office, sheet in theirs]
    together = [t.say("All departments"), *whole.rows[0]]
    return replace(whole, columns=[_department(t), *whole.columns], rows=[*rows, together], upright=False)


def _below_each_other(t: Tongue, parts: Parts) -> Sequence[Sheet]:
    """Each table once, the rows of a department after those of another."""
    found: dict[str, list[tuple[Office, Sheet]]] = {}
    for office, sheets in parts:
        for sheet in sheets:
            found.setdefault(sheet.key, []).append((office, sheet))
    return [_stacked(t, sheets) for sheets in found.values()]


def _stacked(t: Tongue, theirs: Sequence[tuple[Office, Sheet]]) -> Sheet:
    first = theirs[0][1]
    keys = list(dict.fromkeys(column.key for _, sheet in theirs for column in sheet.columns))
    columns = {column.key: column for _, sheet in theirs for column in sheet.columns}
    rows = [[office.desk.name, *(record.get(key) for key in keys)] for office, sheet in theirs for record in sheet.records()]
    if first.listed and (moment := next((place for place, key in enumerate(keys, 1) if columns[key].kind == "moment"), 0)):
        rows.sort(key=lambda row: str(row[moment]), reverse=True)
    words = {name: word for _, sheet in theirs for name, word in sheet.words.items()}
    notes = dict.fromkeys(note for note in (*(sheet.note for _, sheet in theirs), t.say("Each department by itself.")) if note)
    return replace(first, columns=[_department(t), *(columns[key] for key in keys)], rows=rows, upright=False, words=words, note=" ".join(notes))


def _department(t: Tongue) -> Column:
    return Column("department", t.say("Department"), "text")


def _names(columns: Sequence[Column]) -> int:
    """How many of the first columns say what a row is about."""
    return next((place for place, column in enumerate(columns) if column.kind not in ("text", "day", "moment")), len(columns))
