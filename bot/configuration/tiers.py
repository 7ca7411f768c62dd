"""[[tiers]] of firstline.toml: the teams, who gets a ticket there, and what becomes of one that nobody serves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import TypeVar

from bot.configuration.hours import calendar_name
from bot.configuration.people import people, signing_in
from bot.configuration.places import slack_place, telegram_place
from bot.domain.desks import ROUTINGS, Tier
from bot.toml_table import Table, nearest, shown

Word = TypeVar("Word", bound=str)
THEN = ("queue", "next")
MOST = 1000  # tickets that one agent could be given at a time; more is a slip of the pen


def tiers(root: Table, default: tuple[Tier, ...], calendars: Collection[str]) -> tuple[Tier, ...]:
    """All of them, lowest first. calendars: the names of those that may be named."""
    value = root.get("tiers", [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        root.faults.append("[[tiers]]: it is no list of tables; write [[tiers]] with two brackets before each tier")
        return default
    if not value:
        root.faults.append('[[tiers]]: there is none, so nobody could take a ticket; add [[tiers]] with level = 2 and name = "Service desk"')
        return default
    found = [_tier(Table(f"[[tiers]] number {number}", item, root.faults), calendars) for number, item in enumerate(value, 1)]
    levels = [tier.level for tier in found]
    if any(one == other for one, other in pairwise(levels)):
        root.faults.append("[[tiers]] level: two tiers have the same level; number them 2, 3, 4 …")
    elif levels != sorted(levels):
        root.faults.append("[[tiers]] level: they are not in ascending order; put the tier that is asked first on top")
    return tuple(sorted(found, key=lambda tier: tier.level))


def _tier(table: Table, calendars: Collection[str]) -> Tier:
    level = table.get("level", None)
    if not isinstance(level, int) or isinstance(level, bool) or not 2 <= level <= 9:
        table.fault("level", f"{shown(level)} is no level of humans; write a number from 2 to 9 (tier 1 is the bot itself)")
        level = 2
    name = table.text("name", f"Tier {level}")
    if not 1 <= len(name) <= 80 or not name.isprintable():
        table.fault("name", "it is empty, longer than 80 characters or not on one line; write the team's name")
    slack, telegram = table.text("slack_channel"), table.get("telegram_chat", 0)
    places = [*(slack_place(table, "slack_channel", slack) if slack else []), *(telegram_place(table, "telegram_chat", telegram) if telegram != 0 else [])]
    tier = Tier(
        level,
        name,
        tuple(places),
        claim_within=table.span("claim_within", None, zero="would pass every ticket on at once"),
        leads=people(table, "leads"),
        agents=signing_in(table, "agents"),
        routing=_one_of(table, "routing", ROUTINGS),
        at_most=_at_most(table),
        silent_within=table.span("silent_within", None, zero="would take every ticket away at once"),
        requires=tuple(table.texts("requires")),
        calendar=calendar_name(table, calendars),
        then="next" if _one_of(table, "then", THEN) == "next" else "queue",
    )
    table.done()
    return tier


def _one_of(table: Table, key: str, words: Sequence[Word]) -> Word:
    value = table.text(key, words[0])
    for word in words:
        if word == value:
            return word
    table.fault(key, f"{shown(value)} is none of {', '.join(words)}; {nearest(value, words)}")
    return words[0]


def _at_most(table: Table) -> int:
    value = table.get("at_most", 0)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST:
        return value
    table.fault("at_most", f"{shown(value)} is no number of tickets; write how many one agent may have, as 8, or 0 for any number")
    return 0
