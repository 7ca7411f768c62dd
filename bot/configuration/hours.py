"""[hours] and [calendars.NAME] of firstline.toml: when the desk is open, where, and on which days it is not."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from bot.configuration.holidays import dates_of, fault_in
from bot.domain.calendars import Calendar
from bot.toml_table import Table, nearest, shown

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hours(table: Table, desk_zone: str) -> Calendar:
    """[hours], or one of [calendars]. desk_zone: the zone where none is named."""
    days = {}
    for number, day in enumerate(WEEKDAYS):
        spans = sorted(span for text in table.texts(day) for span in _span_of_day(table, day, text))
        if any(one[1] > other[0] for one, other in pairwise(spans)):
            table.fault(day, "two spans overlap; let each begin when the one before has ended")
        if spans:
            days[number] = tuple(spans)
    zone = timezone(table, desk_zone) if table.text("timezone") else desk_zone
    holidays = table.text("holidays").upper()
    wrong = fault_in(holidays)
    if wrong:
        table.fault("holidays", wrong)
    elif holidays and not days:
        table.fault("holidays", 'no day has hours, so the desk is always open; add mon = ["09:00-18:00"] and the like, or take holidays out')
    table.done()
    return Calendar(days, holidays, zone, dates_of("" if wrong else holidays))


def calendars(root: Table, desk_zone: str) -> dict[str, Calendar]:
    """[calendars]: by the names under which promises name them. One without any day must say that it never closes."""
    table = root.table("calendars")
    return {name: _calendar(table.table(name), desk_zone) for name in table.values}


def calendar_name(table: Table, known: Collection[str]) -> str:
    """`calendar`: the name of one of [calendars]; "" for [hours]."""
    name = table.text("calendar")
    if not name or name in known:
        return name
    cure = nearest(name, known) if known else f"add [calendars.{name}]"
    table.fault("calendar", f"{shown(name)} is no calendar; {cure}")
    return ""


def _calendar(table: Table, desk_zone: str) -> Calendar:
    always = table.get("always_open", False)
    calendar = hours(table, desk_zone)
    if not isinstance(always, bool):
        table.fault("always_open", f"{shown(always)} is neither; write true or false, without quotes")
    elif calendar.is_always_open and not always:
        table.faults.append(f'{table.title}: no day has hours, so it would never be open; add mon = ["09:00-18:00"] and the like, or always_open = true')
    elif always and not calendar.is_always_open:
        table.fault("always_open", "it has days with hours as well; write one or the other")
    return calendar


def timezone(table: Table, default: str) -> str:
    """An IANA name."""
    zone = table.text("timezone", default)
    try:
        ZoneInfo(zone)
        return zone
    except (KeyError, OSError, ValueError):  # not found; a folder; a path
        known = available_timezones()
        nearest_zone = get_close_matches(zone, known, n=1, cutoff=0.5)
        example = nearest_zone[0] if nearest_zone else "Europe/Madrid"
        cure = f'write an IANA name such as "{example}"' if known else "this machine knows no zones: install its package tzdata, or pip install tzdata"
        table.fault("timezone", f"{shown(zone)} is no time zone; {cure}")
        return "UTC"


def _span_of_day(table: Table, day: str, text: str) -> list[tuple[int, int]]:
    """Minutes of the day from a "09:00-13:00"."""
    found = re.fullmatch(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", text)
    if found is None:
        table.fault(day, f'{shown(text)} is no span of time; write "09:00-13:00"')
        return []
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if max(int(found[2]), int(found[4])) > 59 or end > 24 * 60:
        table.fault(day, f"{shown(text)} is no time of day; hours go to 24:00, minutes to 59")
        return []
    if start >= end:
        table.fault(day, f'{shown(text)} ends before it begins; split what passes midnight into "22:00-24:00" and "00:00-06:00" of the next day')
        return []
    return [(start, end)]
