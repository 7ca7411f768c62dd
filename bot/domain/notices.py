"""What somebody wants to be told besides the talk itself, where, and when not: preferences, quiet hours, digests. Arithmetic in the reader's zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Way = Literal["on", "digest", "off"]
WAYS: tuple[Way, ...] = ("on", "digest", "off")

KINDS = ("assigned", "nudge", "at_risk", "breached", "mention", "watched", "answered", "weekly", "other")
"""What there is to be told of. Whatever else a notice calls itself counts as "other"."""

DAY = 24 * 60  # minutes
NINE = 9 * 60  # when a digest comes unless somebody says otherwise


@dataclass(frozen=True, slots=True)
class Preferences:
    """kinds: how each kind comes; what is not named comes at once. by: a channel's name, "" where they can be reached best.

    quiet: from and until, minutes of their day; the second may be smaller (over midnight), equal ones are no quiet at all. timezone: an IANA name
    or "" (as the platform says, else the desk's). urgent: kinds that do not wait for the end of quiet hours. digest_at: minute of their day.
    """

    kinds: Mapping[str, Way] = field(default_factory=dict)
    by: str = ""
    quiet: tuple[int, int] | None = None
    timezone: str = ""
    urgent: tuple[str, ...] = ()
    digest_at: int = NINE

    def way(self, kind: str) -> Way:
        """How notices of that kind come."""
        return self.kinds.get(kind_of(kind), "on")

    def is_urgent(self, kind: str) -> bool:
        """Does that kind come in quiet hours, too?"""
        return kind_of(kind) in self.urgent

    def with_way(self, kind: str, way: Way) -> Preferences:
        """The same, but that kind comes this way."""
        return replace(self, kinds={**self.kinds, kind: way})


def kind_of(kind: str) -> str:
    """The name under which preferences know a kind."""
    return kind if kind in KINDS else "other"


def quiet_until(quiet: tuple[int, int] | None, timezone: str, now: datetime) -> datetime:
    """The first moment from now on that is not in quiet hours: `now` itself outside of them."""
    if quiet is None or quiet[0] == quiet[1] or not _is_within(quiet, now.astimezone(ZoneInfo(timezone))):
        return now
    return next_at(quiet[1], timezone, now)


def _is_within(quiet: tuple[int, int], local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    begin, end = quiet
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def next_at(minute: int, timezone: str, now: datetime) -> datetime:
    """The next moment, after now, at which their clock shows this minute of the day; a minute that a change of the clocks leaves out is the first after it."""
    zone = ZoneInfo(timezone)
    day = now.astimezone(zone).date()
    for ahead in range(3):
        wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=ahead)
        found = wall.replace(hour=minute // 60, minute=minute % 60).astimezone(UTC)
        if found.astimezone(zone).hour * 60 + found.astimezone(zone).minute != minute:
            found = _after_gap(found, zone)
        if found > now:
            return found
    raise AssertionError("a day has every minute or a gap")


def _after_gap(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after the gap that swallowed a time of day: where the offset changes. A wall time in it was read with the offset before."""
    early, late = moment - timedelta(hours=3), moment
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (middle, late) if middle.astimezone(zone).utcoffset() == before else (early, middle)
    return late.replace(microsecond=0)
