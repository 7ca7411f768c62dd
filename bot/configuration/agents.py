"""[[agents]] of firstline.toml: what agents know about, and when they work. Who is an agent is not said here: members of a tier's place are."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.configuration.hours import WEEKDAYS, timezone
from bot.configuration.people import lower, person
from bot.domain.calendars import Calendar, Spans
from bot.domain.ids import PersonId
from bot.domain.shifts import Agent
from bot.toml_table import Table, shown

_SHIFT = re.compile(r"([a-z]{3})(?:\s*[-–]\s*([a-z]{3}))?\s+(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", re.IGNORECASE)
MIDNIGHT = 24 * 60  # minutes


def agents(root: Table, desk: Calendar) -> dict[PersonId, Agent]:
    """All of them. desk: whose holidays and, where they name no other, whose time zone their shifts have."""
    value = root.get("agents", [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        root.faults.append("[[agents]]: it is no list of tables; write [[agents]] with two brackets before each agent")
        return {}
    found: dict[PersonId, Agent] = {}
    for number, item in enumerate(value, 1):
        table = Table(f"[[agents]] number {number}", item, root.faults)
        who = person(table, "id", table.text("id"))
        if who in found:
            table.fault("id", f"{shown(who)} is there already; put all that is said of one agent into one [[agents]]")
        found[who] = Agent(lower(table.texts("skills")), _shift(table, desk))
        table.done()
    return found


def _shift(table: Table, desk: Calendar) -> Calendar | None:
    zone, days = timezone(table, desk.timezone), dict[int, list[tuple[int, int]]]()
    for text in table.texts("shift"):
        for day, span in _spans(table, text):
            days.setdefault(day, []).append(span)
    in_order: dict[int, Spans] = {day: tuple(sorted(spans)) for day, spans in sorted(days.items())}
    for day, spans in in_order.items():
        if any(one[1] > other[0] for one, other in pairwise(spans)):
            table.fault("shift", f"two spans overlap on {WEEKDAYS[day]}; let each begin when the one before has ended")
    return Calendar(in_order, desk.holidays, zone, desk.dates) if days else None


def _spans(table: Table, text: str) -> list[tuple[int, tuple[int, int]]]:
    """Weekdays and minutes of "mon-fri 09:00-17:00"; what passes midnight goes on in the morning of the day after."""
    found = _SHIFT.fullmatch(text)
    first, last = (found[1].lower(), (found[2] or found[1]).lower()) if found else ("", "")
    if found is None or first not in WEEKDAYS or last not in WEEKDAYS:
        table.fault("shift", f'{shown(text)} is no shift; write "mon-fri 09:00-17:00" or "sat 10:00-13:00"')
        return []
    start, end = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    if max(int(found[4]), int(found[6])) > 59 or max(start, end) > MIDNIGHT or start in (end, MIDNIGHT):
        table.fault("shift", f"{shown(text)} is no span of time; hours go to 24:00, minutes to 59, and it ends at another time than it begins")
        return []
    days = _days(WEEKDAYS.index(first), WEEKDAYS.index(last))
    if start < end:
        return [(day, (start, end)) for day in days]
    late = [(day, (start, MIDNIGHT)) for day in days]
    return late + ([((day + 1) % 7, (0, end)) for day in days] if end else [])


def _days(first: int, last: int) -> list[int]:
    """ "fri-mon" goes over the end of the week."""
    return [(first + ahead) % 7 for ahead in range((last - first) % 7 + 1)]
