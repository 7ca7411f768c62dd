"""Which days a page is about: as its address says, else four whole weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = 28  # without a choice
LONGEST = 3660  # days of one report
PRESETS = (7, 28, 91, 364)  # days up to today, whole weeks


@dataclass(frozen=True, slots=True)
class Period:
    """Both days are included."""

    first: date
    last: date

    def is_last(self, days: int, today: date) -> bool:
        """So many days up to today?"""
        return self == last_days(days, today)


def last_days(days: int, today: date) -> Period:
    """So many, today included."""
    return Period(today - timedelta(days=days - 1), today)


def asked_for(query: Mapping[str, str], today: date, days: int = DAYS) -> Period:
    """What is no day that a calendar has, too long ago for our arithmetic or not yet is put right; days the wrong way round are swapped."""
    last, first = _day(query.get("to", "")), _day(query.get("from", ""))
    last = min(last or today, today)
    first = min(first, today) if first else last - timedelta(days=days - 1)
    first, last = min(first, last), max(first, last)
    return Period(max(first, last - timedelta(days=LONGEST - 1)), last)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if day.year >= 2000 else None
