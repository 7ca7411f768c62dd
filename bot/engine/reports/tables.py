"""What the tables of several reports share."""

from __future__ import annotations

from datetime import date, timedelta

from bot.domain.ticket_facts import date_of
from bot.engine.reports.report import Asking
from bot.engine.sheets import Column
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By

DAILY = 31  # days; a longer time is told by weeks

CHANNELS = {"slack": "Slack", "telegram": "Telegram", "web": N_("Web"), "mail": N_("Mail"), "api": "API"}
KINDS = {"question": N_("Question"), "incident": N_("Incident"), "request": N_("Request")}
PRIORITIES = {"low": N_("Low"), "normal": N_("Normal"), "high": N_("High"), "urgent": N_("Urgent")}


def step_of(asking: Asking) -> int:
    """1: a row a day; 7: a row a week."""
    return 1 if asking.days <= DAILY else 7


def by_time(asking: Asking, field: str) -> By:
    """Days or weeks."""
    return By(field, step_of(asking))


def time_column(asking: Asking) -> Column:
    """Their column."""
    return Column("day", asking.t.say("Day"), "day") if step_of(asking) == 1 else Column("week", asking.t.say("Week from"), "day")


def times(asking: Asking) -> list[tuple[int, date]]:
    """Every day or week of the time, also those in which nothing happened: its number, and its first day."""
    step = step_of(asking)
    first, last = ((day.toordinal() - 1) // step for day in (asking.first, asking.last))
    return [(number, date_of(number * step)) for number in range(first, last + 1)]


def weeks_note(asking: Asking) -> str:
    """Said where the first or the last week is not whole."""
    starts, ends = asking.first.weekday() == 0, (asking.last + timedelta(days=1)).weekday() == 0
    return "" if step_of(asking) == 1 or (starts and ends) else asking.t.say("The first and the last week may not be whole.")


def nothing(t: Tongue) -> str:
    """Said instead of rows."""
    return t.say("There was nothing in this time.")


def words(t: Tongue, names: dict[str, str]) -> dict[str, str]:
    """What people read for these."""
    return {name: t.say(word) for name, word in names.items()}


def share(part: int, whole: int) -> float | None:
    """0..1; None of nothing."""
    return part / whole if whole else None


def tier_name(asking: Asking, level: int) -> str:
    """As people know it."""
    tier = asking.desk.tier(level)
    return asking.t.say("FAQ") if level == 1 else f"{level} · {tier.name}" if tier else str(level)
