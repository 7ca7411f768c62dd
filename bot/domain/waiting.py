"""What can honestly be said of a wait: the median of real ones at the same hour of the week, or nothing. Arithmetic alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from statistics import median
from zoneinfo import ZoneInfo

WEEKS = 12  # how far back a queue still is what it was: people, products and habits change
ENOUGH = 5  # waits; the median of fewer is chance
SHORTEST = timedelta(minutes=1)  # nobody needs it to the second

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Is it an IANA name that is known here? People's platforms and browsers say where they are; anything may come."""
    try:
        return bool(name) and len(name) <= 64 and ZoneInfo(name) is not None
    except (KeyError, ValueError, OSError):  # not found; no name at all; a folder
        return False


def same_hours(now: datetime, timezone: str, weeks: int = WEEKS) -> list[tuple[datetime, datetime]]:
    """The hour of the week that it is now, in each of the last weeks: from and before, newest first, by the clock on the wall in that zone."""
    zone = ZoneInfo(timezone)
    wall = now.astimezone(zone).replace(minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    spans = [(_moment(wall - week * WEEK, zone), _moment(wall - week * WEEK + HOUR, zone)) for week in range(1, weeks + 1)]
    return [(begin, min(end, now)) for begin, end in spans if begin < end]


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def usual(waits: Sequence[timedelta]) -> timedelta | None:
    """How long half of them waited at most, to the minute; None when there are too few to say."""
    if len(waits) < ENOUGH:
        return None
    return max(SHORTEST, timedelta(minutes=round(median(wait / SHORTEST for wait in waits))))
