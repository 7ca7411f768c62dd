"""firstline.toml to a Desk: every fault at once, each one line that says which key, what is wrong, and what to write instead."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from bot.configuration import departments
from bot.configuration.agents import agents
from bot.configuration.faq import tell_when_answered
from bot.configuration.fields import check_requires, fields, forms
from bot.configuration.hours import calendars, hours, timezone
from bot.configuration.incidents import incidents, internal_hosts
from bot.configuration.mirror import mirror
from bot.configuration.people import people
from bot.configuration.places import slack_places, telegram_places
from bot.configuration.practices import ask_kind
from bot.configuration.privacy import privacy
from bot.configuration.reports import weekly
from bot.configuration.satisfaction import satisfaction
from bot.configuration.service_levels import check_kinds, service_levels
from bot.configuration.tiers import tiers
from bot.domain.desks import LANGUAGES, Desk, Tier
from bot.domain.practices import PRACTICES
from bot.ports.store import What
from bot.toml_table import Table, nearest, shown

PRIORITIES = ("low", "normal", "high", "urgent")
MOST_WRONG = 0.5  # a bot that is wrong more often than right answers nothing alone
EVENTS = timedelta(days=30)  # how long events and messages of what is over are kept
SHORTEST = timedelta(days=2)  # platforms repeat an event up to a day later, and it is known again as long as it is kept
SECTIONS = (
    "desk", "channels", "tiers", "agents", "thread", "sla", "policies", "hours", "calendars", "closing", "retention", "matching", "satisfaction", "incidents",
    "fields", "forms", "faq", "reports", "practices", "mirror", "directory", "privacy",
)  # fmt: skip

DEMO = Desk(
    name="IT help",
    prefix="IT",
    tiers=(Tier(2, "Service desk", claim_within=timedelta(minutes=15)), Tier(3, "Specialists", claim_within=timedelta(minutes=30))),
)
"""The desk of an empty environment: no team places, so that the agents' page is where people work."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the file says. database_url: the desk's own, or "". web, webhooks, channels: tables below [channels] as they stand, for their own checks; so is
    directory.

    keep_events: how long events and messages of what is over are kept; keep_contacts: contacts that belong to no ticket;
    keep_tickets: "words" and "files" of closed tickets; None: for ever. routes: where else what is written is for this desk.
    departments: where there are several, each by its key; `desk` is then what stands before all of them.
    """

    desk: Desk = DEMO
    database_url: str = ""
    keep_events: timedelta | None = EVENTS
    keep_contacts: timedelta | None = None
    web: Mapping[str, object] = field(default_factory=dict)
    webhooks: Mapping[str, object] = field(default_factory=dict)
    channels: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    keep_tickets: Mapping[What, timedelta | None] = field(default_factory=dict)
    directory: Mapping[str, object] = field(default_factory=dict)
    routes: frozenset[str] = frozenset()
    departments: Mapping[str, Configuration] = field(default_factory=dict)
    inventory_secret: str = ""


def read(source: str, kinds: Sequence[str] = ()) -> tuple[Configuration, list[str]]:
    """The desk that a firstline.toml describes, and its faults; with faults the desk is only good for looking further.

    kinds: channels that may have a table of their own.
    """
    faults: list[str] = []
    try:
        root = Table("", tomllib.loads(source), faults)
    except tomllib.TOMLDecodeError as error:
        return Configuration(), [f"syntax: {error}; mend that place, every text needs quotes"]
    several = departments.sources(root, SECTIONS)
    if not several:
        return _one(root, kinds), faults
    found = {}
    for key, values in several.items():
        wrong: list[str] = []
        found[key] = _one(Table("", values, wrong), kinds, key)
        own = root.values["desks"][key]  # type: ignore[index]  # a table of tables, as `sources` has seen
        faults.extend(fault for fault in (departments.named(one, key, own) for one in wrong) if fault not in faults)
    names = [(key, one.desk.name) for key, one in found.items()]
    found = {key: replace(one, desk=replace(one.desk, key=key, others=tuple(name for name in names if name[0] != key))) for key, one in found.items()}
    places = {key: frozenset((*one.routes, *one.desk.help_places, *(p for tier in one.desk.tiers for p in tier.places))) for key, one in found.items()}
    departments.check_apart(root, {key: (one.desk.prefix, places[key]) for key, one in found.items()})
    return replace(_front(root, kinds, found), departments=found), faults


def _front(root: Table, kinds: Sequence[str], found: Mapping[str, Configuration]) -> Configuration:
    """What stands before all departments: one bot, whose teams and places are those of all of them."""
    own = {name: value for name, value in root.values.items() if name != "desks" and name not in departments.NOT_OF_ALL}
    if isinstance(desk := own.get("desk", {}), dict):
        own["desk"] = {"name": "Help", "prefix": "FRONT", **desk}
    own["tiers"] = [{"level": 2, "name": "front"}]  # those of the departments take its place below
    front = _one(Table("", own, root.faults), kinds)
    joint = [tier for one in found.values() for tier in one.desk.tiers]
    return replace(
        front,
        desk=replace(
            front.desk,
            tiers=tuple(replace(tier, level=level) for level, tier in enumerate(joint, 2)),
            help_places=front.desk.help_places.union(*(one.desk.help_places for one in found.values())),
            weekly="",
            ask_rating=False,
            others=tuple((key, one.desk.name) for key, one in found.items()) if len(found) > 1 else (),
            routes=frozenset().union(*(one.routes for one in found.values())),
        ),
    )


def _one(root: Table, kinds: Sequence[str], key: str = "") -> Configuration:
    """One desk. key: of the department that it is."""
    faults = root.faults
    _check_sections(root)
    desk, channels = root.table("desk"), root.table("channels")
    slack, telegram, web = channels.table("slack"), channels.table("telegram"), channels.table("web")
    webhooks = channels.table("webhooks")
    others_own = {name: channels.table(name).values for name in kinds if name not in ("slack", "telegram")}
    thread, closing, matching, retention = root.table("thread"), root.table("closing"), root.table("matching"), root.table("retention")
    help_places = [*slack_places(slack, "help_channels"), *telegram_places(telegram, "help_groups")]
    alike, rating = incidents(root.table("incidents")), satisfaction(root.table("satisfaction"))
    zone = timezone(desk, "UTC")
    open_hours, others = hours(root.table("hours"), zone), calendars(root, zone)
    languages = _languages(desk)
    facts = fields(root, languages)
    promised = service_levels(root, PRIORITIES, others, open_hours)
    found_tiers, own_forms = tiers(root, DEMO.tiers, others), forms(root, facts, languages)
    made = Desk(
        name=_name(desk),
        prefix=_prefix(desk),
        languages=languages,
        timezone=zone,
        admins=people(desk, "admins"),
        tiers=found_tiers,
        help_places=frozenset(help_places),
        thread_default=_thread_default(thread),
        take_back=thread.span("take_back", DEMO.take_back) or timedelta(),
        idle=closing.span("idle", DEMO.idle) or None,
        reopen_within=_or_default(closing.span("reopen_within", DEMO.reopen_within), DEMO.reopen_within),
        targets=promised.targets,
        policies=promised.policies,
        warn_at=promised.warn_at,
        hours=open_hours,
        calendars=others,
        wrong_at_most=matching.share("wrong_at_most", DEMO.wrong_at_most, most=MOST_WRONG),
        internal_hosts=internal_hosts(thread),
        similar=alike.similar,
        similar_within=alike.within,
        ask_rating=rating.ask,
        remind_rating=rating.remind,
        weekly=weekly(root.table("reports"), DEMO.weekly),
        url=_url(desk),
        tell_when_answered=tell_when_answered(root.table("faq")),
        agents=agents(root, open_hours),
        fields=facts,
        forms=own_forms,
        country=_country(desk, open_hours.holidays),
        ask_kind=ask_kind(root.table("practices")),
        privacy=privacy(root),
        mirror=mirror(root.table("mirror"), found_tiers, (*PRACTICES, *(form.kind for form in own_forms))),
    )
    database_url = desk.text("database_url")
    routes = departments.routes(desk, key) if key else frozenset()
    inventory_secret = desk.text("inventory_secret") if key else ""
    keep_events, keep_contacts = _keep_events(retention), retention.span("contacts", timedelta()) or None
    words, attached = retention.span("tickets", timedelta()) or None, retention.span("attachments", timedelta()) or None
    assets = retention.span("assets", timedelta()) or None
    for table in (desk, channels, slack, telegram, thread, closing, matching, retention):
        table.done()
    _check_places(made, faults)
    check_requires(root, made.tiers, facts)
    check_kinds(root, made.policies, made.forms)
    kept: Mapping[What, timedelta | None] = {"words": words, "files": attached, "assets": assets}
    directory = root.table("directory").values
    return Configuration(
        made, database_url, keep_events, keep_contacts, web.values, webhooks.values, others_own, kept, directory, routes, inventory_secret=inventory_secret,
    )  # fmt: skip


def _keep_events(retention: Table) -> timedelta | None:
    span = retention.span("events", EVENTS)
    if span and span < SHORTEST:
        retention.fault("events", f'{shown(retention.values["events"])} is shorter than "2d": platforms repeat events up to a day later; or "0s" for never')
    return span or None


def _or_default(span: timedelta | None, default: timedelta) -> timedelta:
    return default if span is None else span


def _check_sections(root: Table) -> None:
    for key in root.values:
        if key not in SECTIONS:
            shown = f"[{key}]" if isinstance(root.values[key], dict | list) else key
            root.faults.append(f"{shown}: there is no such section; {nearest(key, SECTIONS)}")


def _name(desk: Table) -> str:
    name = desk.text("name", DEMO.name)
    if not 1 <= len(name) <= 80 or not name.isprintable():
        desk.fault("name", "it is empty, longer than 80 characters or not on one line; write the desk's name as people know it")
    return name


def _url(desk: Table) -> str:
    url = desk.text("url").rstrip("/")
    if url and not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?", url):
        desk.fault("url", f'{shown(url)} is no address of a site; write it as people open it, "https://help.example.com"')
        return ""
    return url


def _country(desk: Table, holidays: str) -> str:
    """Left out, it is the country whose holidays are kept."""
    country = desk.text("country").upper()
    if not country:
        return holidays[:2] if re.match(r"[A-Z]{2}(?![A-Z])", holidays) else ""
    import phonenumbers  # as in bot.engine.contacts.telephone

    if country not in phonenumbers.SUPPORTED_REGIONS:
        desk.fault("country", f'{shown(country)} is no country with telephone numbers; write its two-letter code, as "ES", or leave it out')
        return ""
    return country


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
