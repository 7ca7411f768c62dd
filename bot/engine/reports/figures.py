"""Reports for chat: made beside units of work, which would make everybody wait. A turn that needs one is tried again once it is made."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.desks import Desk
from bot.engine.reports import finding
from bot.engine.reports.report import Asking
from bot.engine.reports.sheets import Sheet
from bot.engine.reports.week import Wanting, Week, read
from bot.engine.tongue import tongue
from bot.errors import MoveRefused, StoreError
from bot.ports import Clock, Reader

log = logging.getLogger(__name__)

KEPT = timedelta(minutes=1)  # a turn comes back at once; whoever asks again a minute later wants newer figures


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report by name over days, both included; the name "": the week's figures. person: whose own reports may be named, too."""

    name: str
    first: date
    last: date
    language: str
    person: str = ""


Made = Sequence[Sheet] | tuple[Week, Week, Sequence[Wanting]]


class Uncounted(Exception):
    """It must be made first, outside the transaction; then the turn is tried again."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted.name)
        self.wanted = wanted


async def no_gaps(since: datetime) -> Sequence[Wanting]:
    """Nobody looks for what is missing."""
    return ()


@dataclass
class Figures:
    """One for a process. gaps: what was asked since and not answered, the most first."""

    reader: Reader
    desk: Desk
    clock: Clock
    gaps: Callable[[datetime], Awaitable[Sequence[Wanting]]] = no_gaps
    _made: dict[Wanted, tuple[datetime, Made | Exception]] = field(default_factory=dict)

    def report(self, wanted: Wanted) -> Sequence[Sheet]:
        """Its tables. Raises Uncounted, MoveRefused."""
        found = self._of(wanted)
        assert not isinstance(found, tuple)
        return found

    def week(self, wanted: Wanted) -> tuple[Week, Week, Sequence[Wanting]]:
        """The week's figures, those of the week before, and what is missing most. Raises Uncounted."""
        found = self._of(wanted)
        assert isinstance(found, tuple)
        return found

    def _of(self, wanted: Wanted) -> Made:
        now = self.clock.now()
        self._made = {one: kept for one, kept in self._made.items() if now - kept[0] < KEPT}
        if wanted not in self._made:
            raise Uncounted(wanted)
        found = self._made[wanted][1]
        if isinstance(found, Exception):
            raise found
        return found

    async def make(self, wanted: Wanted) -> None:
        """What `Uncounted` asked for. A fault of its own is told to the turn that wanted it. Raises StoreError."""
        try:
            made: Made | Exception = await (self._sheets(wanted) if wanted.name else self._week(wanted))
        except StoreError:
            raise
        except MoveRefused as refused:
            made = refused
        except Exception as fault:  # the turn that wanted it fails with it, and is given up after some tries; nobody else does
            log.error("a report could not be made", extra={"report": wanted.name, "error": type(fault).__name__}, exc_info=fault)
            made = fault
        self._made[wanted] = self.clock.now(), made

    async def _sheets(self, wanted: Wanted) -> list[Sheet]:
        report = await finding.report_named(self.reader, wanted.name, wanted.person)
        if report is None:
            raise MoveRefused("no_such_report")
        asking = Asking(self.reader, self.desk, wanted.first, wanted.last, tongue(wanted.language), self.clock.now())
        return list(await report.sheets(asking))

    async def _week(self, wanted: Wanted) -> tuple[Week, Week, Sequence[Wanting]]:
        t, now, days = tongue(wanted.language), self.clock.now(), wanted.last - wanted.first + timedelta(days=1)
        this = await read(Asking(self.reader, self.desk, wanted.first, wanted.last, t, now))
        before = await read(Asking(self.reader, self.desk, wanted.first - days, wanted.last - days, t, now))
        since = datetime(wanted.first.year, wanted.first.month, wanted.first.day, tzinfo=ZoneInfo(self.desk.timezone))
        return this, before, tuple(await self.gaps(since))
