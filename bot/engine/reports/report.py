"""The form of every report: a name, a line about it, and what makes its tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.desks import Desk
from bot.domain.ticket_facts import number_of
from bot.engine.reports.sheets import Sheet
from bot.engine.tongue import Tongue
from bot.ports import Reader
from bot.ports.counting import Where

LINES = 1000  # of a log, unless more are asked for


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for what. first, last: days of the desk's time zone, both included. by_name: agents are told apart by name, not by number.

    lines: of a log, at most; 0: all of them. only: what a log is narrowed to, by the names that Report.narrows gives; "" does not narrow.
    """

    reader: Reader
    desk: Desk
    first: date
    last: date
    t: Tongue
    now: datetime
    by_name: bool = False
    lines: int = LINES
    only: Mapping[str, str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The desk's."""
        return ZoneInfo(self.desk.timezone)

    @property
    def begin(self) -> datetime:
        """The first moment."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=self.zone)

    @property
    def end(self) -> datetime:
        """The first moment that is too late."""
        after = self.last + timedelta(days=1)
        return datetime(after.year, after.month, after.day, tzinfo=self.zone)

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def during(self, field: str) -> Where:
        """That field holds one of the days."""
        return Where(field, least=number_of(self.first), below=number_of(self.last) + 1)


@dataclass(frozen=True, slots=True)
class Narrow:
    """What the lines of a log can be narrowed to. name: for Asking.only and addresses. values: value and label each; none: any words are taken."""

    name: str
    label: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One report. name: for the command line and addresses. title, about: marked for the catalogues. sheets: its tables, definitions in their notes.

    counted: it reads facts, so they are to be brought up to date first. listed: it is a log, a line for each thing that happened, and no figure.
    named: it tells agents apart, by name if that is asked for. days: up to today, unless others are asked for. narrows: what its lines can be
    narrowed to, labels marked for the catalogues.
    """

    name: str
    title: str
    about: str
    sheets: Callable[[Asking], Awaitable[Sequence[Sheet]]]
    counted: bool = True
    listed: bool = False
    named: bool = False
    days: int = 28
    narrows: tuple[Narrow, ...] = ()
