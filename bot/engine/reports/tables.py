"""What the tables of several reports share: how they tell rows apart, and the words for that."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from bot.domain.ids import channel_name
from bot.domain.ticket_facts import date_of, number_of
from bot.engine.reports.report import Asking
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Row

DAILY = 31  # days; a longer time is told by weeks
WEEKLY = 26 * 7  # days; a longer time is told by four weeks, which are of one length as months are not


@dataclasses.dataclass(frozen=True, slots=True)
class Dimension:
    """What rows are told apart by. key: of the table, for programs. title, label: of the table and the column. names: what values are called."""

    field: str
    key: str
    title: str
    label: str
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)


CHANNEL = Dimension(
    "channel",
    "channels",
    N_("By channel"),
    N_("Channel"),
    {
        **{name: channel_name(name) for name in ("slack", "telegram", "whatsapp", "messenger", "instagram", "matrix", "xmpp", "api")},
        "web": N_("Web"),
        "email": N_("Mail"),
        "phone": N_("Phone"),
    },
)
DESK = Dimension("desk", "desks", N_("By desk"), N_("Desk"))
KINDS = {
    "question": N_("Question"), "incident": N_("Incident"), "request": N_("Request"), "problem": N_("Problem"), "change": N_("Planned change"),
}  # fmt: skip
KIND = Dimension("kind", "kinds", N_("By kind"), N_("Kind"), KINDS)
LANGUAGE = Dimension("language", "languages", N_("By language"), N_("Language"))
PRIORITIES = {"low": N_("Low"), "normal": N_("Normal"), "high": N_("High"), "urgent": N_("Urgent")}
PRIORITY = Dimension("priority", "priorities", N_("By priority"), N_("Priority"), PRIORITIES)


def tiers(field_: str, title: str) -> Dimension:
    """By a field that holds a tier."""
    return Dimension(field_, "tiers", title, N_("Tier"))


def sheet(asking: Asking, of: Dimension, columns: Sequence[Column], rows: Mapping[Row, Sequence[Cell]], note: str = "") -> Sheet:
    """A table with a row for each value, in their order. rows: the figures by value."""
    t = asking.t
    is_tier = of.field.endswith("tier")
    whole = [[tier_name(asking, value) if is_tier else value, *cells] for (value,), cells in rows.items() if value is not None]
    words = {name: t.say(word) for name, word in of.names.items()}
    key = "tier" if is_tier else of.field
    return Sheet(of.key, t.say(of.title), [Column(key, t.say(of.label), "text"), *columns], whole, note, empty=nothing(t), words=words)


def times(asking: Asking, columns: Sequence[Column], rows: Mapping[Row, Sequence[Cell]], without: Sequence[Cell], note: str = "") -> Sheet:
    """A table with a row for every day or week of the time. without: the figures of one in which nothing happened."""
    t, step = asking.t, step_of(asking)
    key, label, title = _time_words(step)
    first, last = number_of(asking.first) // step, number_of(asking.last) // step
    whole = [[date_of(number * step), *rows.get((number,), without)] for number in range(first, last + 1)] if rows else []
    is_whole = number_of(asking.first) % step == 0 and (number_of(asking.last) + 1) % step == 0
    partly = "" if is_whole else t.say("The first and the last row may not be whole.")
    notes = " ".join(filter(None, (note, partly)))
    return Sheet("times", t.say(title), [Column(key, t.say(label), "day"), *columns], whole, notes, empty=nothing(t))


def _time_words(step: int) -> tuple[str, str, str]:
    """Key and label of the column, title of the table."""
    if step == 1:
        return "day", N_("Day"), N_("By day")
    return ("week", N_("Week from"), N_("By week")) if step == 7 else ("four_weeks", N_("Four weeks from"), N_("By four weeks"))


def step_of(asking: Asking) -> int:
    """How many days are a row: 1, 7 or 28."""
    return 1 if asking.days <= DAILY else 7 if asking.days <= WEEKLY else 28


def by_time(asking: Asking, field_: str) -> By:
    """Days or weeks."""
    return By(field_, step_of(asking))


def upright(asking: Asking, key: str, title: str, figures: Sequence[tuple[Column, Cell]], note: str, is_empty: bool) -> Sheet:
    """A table read from top to bottom: what the report says in short."""
    rows = [] if is_empty else [[cell for _, cell in figures]]
    return Sheet(key, title, [column for column, _ in figures], rows, note, upright=True, empty=nothing(asking.t))


def nothing(t: Tongue) -> str:
    """Said instead of rows."""
    return t.say("There was nothing in this time.")


def share(part: int, whole: int) -> float | None:
    """0..1; None of nothing."""
    return part / whole if whole else None


def tier_name(asking: Asking, level: int) -> str:
    """As people know it."""
    tier = asking.desk.tier(level)
    return asking.t.say("FAQ") if level == 1 else f"{level} · {tier.name}" if tier else str(level)
