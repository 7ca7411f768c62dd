"""firstline.toml to a Desk: every fault at once, each one line that says which key, what is wrong, and what to write instead."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.desks import LANGUAGES, Desk, Hours, Target, Tier
from bot.domain.ids import PersonId, PlaceId
from bot.toml_table import Table, nearest, shown

PRIORITIES = ("low", "normal", "high", "urgent")
MOST_WRONG = 0.5  # a bot that is wrong more often than right answers nothing alone
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECTIONS = ("desk", "channels", "tiers", "thread", "sla", "hours", "closing", "matching")

DEMO = Desk(
    name="IT help",
    prefix="IT",
    tiers=(Tier(2, "Service desk", claim_within=timedelta(minutes=15)), Tier(3, "Specialists", claim_within=timedelta(minutes=30))),
)
"""The desk of an empty environment: no team places, so that the agents' page is where people work."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the file says. database_url: the desk's own, or "". web: [channels.web] as it stands, for the web's own check."""

    desk: Desk = DEMO
    database_url: str = ""
    web: Mapping[str, object] = field(default_factory=dict)


def read(source: str) -> tuple[Configuration, list[str]]:
    """The desk that a firstline.toml describes, and its faults; with faults the desk is only good for looking further."""
    faults: list[str] = []
    try:
        root = Table("", tomllib.loads(source), faults)
    except tomllib.TOMLDecodeError as error:
        return Configuration(), [f"syntax: {error}; mend that place, every text needs quotes"]
    _check_sections(root)
    desk, channels = root.table("desk"), root.table("channels")
    slack, telegram, web = channels.table("slack"), channels.table("telegram"), channels.table("web")
    thread, closing, matching = root.table("thread"), root.table("closing"), root.table("matching")
    help_places = [*_slack_places(slack, "help_channels"), *_telegram_places(telegram, "help_groups")]
    made = Desk(
        name=_name(desk),
        prefix=_prefix(desk),
        languages=_languages(desk),
        timezone=_timezone(desk),
        admins=_admins(desk),
        tiers=_tiers(root),
        help_places=frozenset(help_places),
        thread_default=_thread_default(thread),
        take_back=thread.span("take_back", DEMO.take_back) or timedelta(),
        idle=closing.span("idle", DEMO.idle) or None,
        reopen_within=_or_default(closing.span("reopen_within", DEMO.reopen_within), DEMO.reopen_within),
        targets=_targets(root.table("sla")),
        hours=_hours(root.table("hours")),
        wrong_at_most=matching.share("wrong_at_most", DEMO.wrong_at_most, most=MOST_WRONG),
    )
    database_url = desk.text("database_url")
    for table in (desk, channels, slack, telegram, thread, closing, matching):
        table.done()
    _check_places(made, faults)
    return Configuration(made, database_url, web.values), faults


def _or_default(span: timedelta | None, default: timedelta) -> timedelta:
    return default if span is None else span


def _check_sections(root: Table) -> None:
    for key in root.values:
        if key == "desks":
            root.faults.append("[desks]: this version answers for one desk; name it [desk], or run one process for each desk")
        elif key not in SECTIONS:
            shown = f"[{key}]" if isinstance(root.values[key], dict | list) else key
            root.faults.append(f"{shown}: there is no such section; {nearest(key, SECTIONS)}")


def _name(desk: Table) -> str:
    name = desk.text("name", DEMO.name)
    if not 1 <= len(name) <= 80 or not name.isprintable():
        desk.fault("name", "it is empty, longer than 80 characters or not on one line; write the desk's name as people know it")
    return name


def _prefix(desk: Table) -> str:
    prefix = desk.text("prefix", DEMO.prefix)
    if not re.fullmatch(r"[A-Z][A-Z0-9]{0,9}", prefix):
        desk.fault("prefix", f'{shown(prefix)} cannot begin a ticket number; write 1 to 10 of A-Z and 0-9, a letter first, as "IT" for IT-1')
    return prefix


def _languages(desk: Table) -> tuple[str, ...]:
    codes = desk.texts("languages", LANGUAGES)
    if not codes:
        desk.fault("languages", f"the list is empty; name some of {', '.join(LANGUAGES)}, or leave the key out for all of them")
    for code in codes:
        if code not in LANGUAGES:
            desk.fault("languages", f"{shown(code)} is not spoken here; choose from {', '.join(LANGUAGES)}")
    return tuple(dict.fromkeys(codes)) or LANGUAGES


def _timezone(desk: Table) -> str:
    zone = desk.text("timezone", "UTC")
    try:
        ZoneInfo(zone)
        return zone
    except (KeyError, OSError, ValueError):  # not found; a folder; a path
        nearest_zone = get_close_matches(zone, available_timezones(), n=1, cutoff=0.5)
        example = nearest_zone[0] if nearest_zone else "Europe/Madrid"
        desk.fault("timezone", f'{shown(zone)} is no time zone; write an IANA name such as "{example}"')
        return "UTC"


def _admins(desk: Table) -> frozenset[PersonId]:
    admins = desk.texts("admins")
    for admin in admins:
        if not re.fullmatch(r"slack:[UW][A-Z0-9]+|telegram:[1-9]\d*|web:\S+", admin):
            desk.fault("admins", f'{shown(admin)} names nobody; write the channel and the person\'s id there, as "slack:U0ADMIN" or "telegram:123456789"')
    return frozenset(PersonId(admin) for admin in admins)


def _slack_places(table: Table, key: str) -> list[PlaceId]:
    places = []
    for value in table.texts(key):
        places.extend(_slack_place(table, key, value))
    return places


def _slack_place(table: Table, key: str, value: str) -> list[PlaceId]:
    if re.fullmatch(r"[CG][A-Z0-9]{2,}", value):
        return [PlaceId(f"slack:{value}")]
    table.fault(key, f'{shown(value)} is no channel id; write the id from the channel\'s details in Slack, as "C0HELP", not its name')
    return []


def _telegram_places(table: Table, key: str) -> list[PlaceId]:
    value = table.get(key, [])
    if not isinstance(value, list):
        table.fault(key, f"{shown(value)} is no list; write {key} = [-1001234567890]")
        return []
    return [place for item in value for place in _telegram_place(table, key, item)]


def _telegram_place(table: Table, key: str, value: object) -> list[PlaceId]:
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        return [PlaceId(f"telegram:{value}")]
    table.fault(key, f"{shown(value)} is no group; write its id as a number without quotes, groups begin with a minus, as -1001234567890")
    return []


def _tiers(root: Table) -> tuple[Tier, ...]:
    value = root.get("tiers", [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        root.faults.append("[[tiers]]: it is no list of tables; write [[tiers]] with two brackets before each tier")
        return DEMO.tiers
    if not value:
        root.faults.append('[[tiers]]: there is none, so nobody could take a ticket; add [[tiers]] with level = 2 and name = "Service desk"')
        return DEMO.tiers
    tiers = [_tier(Table(f"[[tiers]] number {number}", item, root.faults)) for number, item in enumerate(value, 1)]
    levels = [tier.level for tier in tiers]
    if any(one == other for one, other in pairwise(levels)):
        root.faults.append("[[tiers]] level: two tiers have the same level; number them 2, 3, 4 …")
    elif levels != sorted(levels):
        root.faults.append("[[tiers]] level: they are not in ascending order; put the tier that is asked first on top")
    return tuple(sorted(tiers, key=lambda tier: tier.level))


def _tier(table: Table) -> Tier:
    level = table.get("level", None)
    if not isinstance(level, int) or isinstance(level, bool) or not 2 <= level <= 9:
        table.fault("level", f"{shown(level)} is no level of humans; write a number from 2 to 9 (tier 1 is the bot itself)")
        level = 2
    name = table.text("name", f"Tier {level}")
    if not 1 <= len(name) <= 80 or not name.isprintable():
        table.fault("name", "it is empty, longer than 80 characters or not on one line; write the team's name")
    slack, telegram = table.text("slack_channel"), table.get("telegram_chat", 0)
    places = [*(_slack_place(table, "slack_channel", slack) if slack else []), *(_telegram_place(table, "telegram_chat", telegram) if telegram != 0 else [])]
    claim_within = table.span("claim_within", None, zero="would pass every ticket on at once")
    table.done()
    return Tier(level, name, tuple(places), claim_within)


def _check_places(desk: Desk, faults: list[str]) -> None:
    """A place has one meaning."""
    owners: dict[str, str] = {}
    for tier in desk.tiers:
        for place in tier.places:
            if place in owners:
                faults.append(f"[[tiers]] {tier.name}: {place} is also the place of {owners[place]}; give each tier a place of its own")
            if place in desk.help_places:
                faults.append(f"[[tiers]] {tier.name}: {place} is also a place where requesters ask; take it out of [channels]")
            owners[place] = tier.name


def _thread_default(thread: Table) -> Literal["reply", "note"]:
    value = thread.text("default", "reply")
    if value == "note":
        return "note"
    if value == "reply":
        return "reply"
    thread.fault("default", f'{shown(value)} is neither; write "reply" (plain messages reach the requester) or "note" (they stay in the team)')
    return "reply"


def _targets(sla: Table) -> dict[str, Target]:
    targets = {}
    for priority in PRIORITIES:
        given = priority in sla.values
        table = sla.table(priority)
        span = "cannot be kept"
        target = Target(table.span("first_response", None, zero=span), table.span("resolution", None, zero=span))
        table.done()
        if given:
            targets[priority] = target
    sla.done()
    return targets


def _hours(table: Table) -> Hours:
    days = {}
    for number, day in enumerate(WEEKDAYS):
        spans = sorted(span for text in table.texts(day) for span in _span_of_day(table, day, text))
        if any(one[1] > other[0] for one, other in pairwise(spans)):
            table.fault(day, "two spans overlap; let each begin when the one before has ended")
        if spans:
            days[number] = tuple(spans)
    holidays = table.text("holidays").upper()
    if holidays:
        _check_country(table, holidays)
        if not days:
            table.fault("holidays", 'no day has hours, so the desk is always open; add mon = ["09:00-18:00"] and the like, or take holidays out')
    table.done()
    return Hours(days, holidays)


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


def _check_country(table: Table, code: str) -> None:
    import holidays  # 100 ms, and only desks with hours need it

    known = holidays.list_supported_countries(include_aliases=False)
    if code not in known:
        table.fault("holidays", f'{shown(code)} is no country whose holidays are known; write its two-letter code, as "ES", or leave it empty')
