"""Business time: which moments count, and arithmetic over them that is right to the second in every time zone.

Everything is reckoned along UTC, where no moment is missing or comes twice: a stretch in which the zone's offset stands still is mapped to the clock on
the wall and cut with the spans there. So an hour that the clocks skip counts for nothing, and one that comes twice counts twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HORIZON = timedelta(days=3653)  # ten years: who asks further ahead has a calendar that is as good as closed

Spans = tuple[tuple[int, int], ...]
"""Minutes of the day on the clock on the wall, from and until, in order."""
Stretch = tuple[datetime, datetime]


def no_dates(year: int) -> Collection[date]:
    """No holidays."""
    return ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Business hours of one place. days: weekday 0 (Monday) .. 6 to spans; empty: always open, and then holidays are nothing.

    holidays: how they were named ("ES", "ES-MD", "", several with a comma between), for people to see. dates: the days of a year on which it is closed.
    """

    days: Mapping[int, Spans] = field(default_factory=dict)
    holidays: str = ""
    timezone: str = "UTC"
    dates: Callable[[int], Collection[date]] = field(default=no_dates, compare=False)

    @property
    def is_always_open(self) -> bool:
        """Does every moment count?"""
        return not self.days

    @property
    def weekly(self) -> timedelta:
        """Business time of a week without holidays."""
        return sum(((end - start) * MINUTE for spans in self.days.values() for start, end in spans), timedelta()) if self.days else 7 * DAY


def add(calendar: Calendar, start: datetime, span: timedelta) -> datetime:
    """The first moment by which so much business time has passed since start; for nothing or less: start. At most HORIZON later."""
    if span <= timedelta(0):
        return start
    end = start + HORIZON
    if calendar.is_always_open:
        return min(start + span, end)
    left = span
    for opens, closes in stretches(calendar, start, end):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    return end


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Business time from start until end; less than nothing when end comes before start."""
    if end < start:
        return -between(calendar, end, start)
    if calendar.is_always_open:
        return end - start
    return sum((closes - opens for opens, closes in stretches(calendar, start, end)), timedelta())


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Does this moment count?"""
    return calendar.is_always_open or next(stretches(calendar, at, at + SECOND), (None,))[0] == at


def next_open(calendar: Calendar, at: datetime) -> datetime | None:
    """The first moment from then on that counts: `at` itself while it is open. None: not in a year and a month."""
    if calendar.is_always_open:
        return at
    found = next(stretches(calendar, at, at + 400 * DAY), None)
    return found[0] if found else None


def stretches(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Stretch]:
    """The business time between two moments, in order, in UTC; what follows without a break may come in two."""
    low, stop, zone = start.astimezone(UTC), end.astimezone(UTC), _zone(calendar.timezone)
    while low < stop:
        high = min(low + DAY, stop)
        for since, until, offset in _steady(zone, low, high):
            for opens, closes in _on_the_wall(calendar, since + offset, until + offset):
                yield opens - offset, closes - offset
        low = high


def _on_the_wall(calendar: Calendar, since: datetime, until: datetime) -> Iterator[Stretch]:
    """Business time between two readings of a clock on the wall that nobody sets meanwhile."""
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    while midnight < until:
        spans = calendar.days.get(midnight.weekday(), ())
        if spans and midnight.date() not in calendar.dates(midnight.year):
            for start, end in spans:
                opens, closes = max(midnight + start * MINUTE, since), min(midnight + end * MINUTE, until)
                if opens < closes:
                    yield opens, closes
        midnight += DAY


def _steady(zone: ZoneInfo, low: datetime, high: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """A stretch of a day at most, cut where the zone's clocks are set."""
    while low < high:
        offset, until = _offset(zone, low), high
        if _offset(zone, high) != offset:
            until = _clocks_are_set(zone, low, high)
        yield low, until, offset
        low = until


def _clocks_are_set(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second at which the offset is no longer what it is at `low`; at `high` it is another."""
    offset, low_s, high_s = _offset(zone, low), low.timestamp() // 1, -(-high.timestamp() // 1)
    while high_s - low_s > 1:
        middle = (low_s + high_s) // 2
        if _offset(zone, datetime.fromtimestamp(middle, UTC)) == offset:
            low_s = middle
        else:
            high_s = middle
    return min(datetime.fromtimestamp(high_s, UTC), high)


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
