"""A department: its tiers, places, hours and promises. Read from firstline.toml once, at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from bot.domain.calendars import Calendar
from bot.domain.custom_fields import CustomField, RequestForm
from bot.domain.ids import PersonId, PlaceId
from bot.domain.mirror import Mirror
from bot.domain.shifts import Agent

Routing = Literal["manual", "round_robin", "load", "skill"]
ROUTINGS: tuple[Routing, ...] = ("manual", "round_robin", "load", "skill")
LANGUAGES = ("en", "es", "pt", "fr", "it", "de")


@dataclass(frozen=True, slots=True)
class Tier:
    """A level of human help: 2 and up. places: its team channels; whoever is a member there is an agent of this tier.

    claim_within: unclaimed that long it goes to the next tier (reminded at half of it); None: it waits. leads: those of its agents who may more.
    calendar: the name of the one by which it works, "" for the desk's hours; claim_within and silent_within are business time by it.

    routing: who gets what comes into its queue; manual: whoever takes it. at_most: the desk gives nobody more than so many, 0: any number.
    silent_within: claimed, and the requester left without words that long, its assignee is reminded, and after half as long again it goes back to
    the queue or to the next agent (then); None: it stays with them. requires: names of the custom fields that must be filled in before it comes here.
    agents: who is one besides, without being in any place.
    """

    level: int
    name: str
    places: tuple[PlaceId, ...] = ()
    claim_within: timedelta | None = None
    leads: frozenset[PersonId] = frozenset()
    routing: Routing = "manual"
    at_most: int = 0
    silent_within: timedelta | None = None
    then: Literal["queue", "next"] = "queue"
    requires: tuple[str, ...] = ()
    calendar: str = ""
    agents: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """Promised times, in business time; None: not promised. calendar: the name of the one that counts, "" for the desk's hours."""

    first_response: timedelta | None = None
    resolution: timedelta | None = None
    next_response: timedelta | None = None
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is promised for tickets of this priority and kind ("" fits any), ahead of what is promised for the priority alone. name: for people to see."""

    name: str
    target: Target
    priority: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PrivacyNotice:
    """What people are told the first time they write on a channel. words: the desk's own, "" for the usual ones. url: where there is more, or ""."""

    words: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """One department. help_places: every top-level message there is a question. wrong_at_most: the share of wrong entries among those answered alone.

    targets: what is promised by priority; policies: ahead of those, the first that fits counts; warn_at: the part of a promised time after which the
    team is warned. hours: business hours; calendars: others, by name.
    tell_when_answered: how long ago a question may have been asked whose requester is told when an entry answers it; None: nobody is.
    weekly: when leads and admins are told the figures of the week, a cron line in the desk's zone; "": never. url: where its pages are, "" unknown.
    ask_rating: requesters are asked how the help was; remind_rating: once more so long after, None: not.
    internal_hosts: those of links that only work inside. fields: what it wants to know of tickets; forms: what requesters are offered to fill in.
    agents: what is known of some of them beforehand. similar, similar_within: so many like requests within that time may be one incident.
    mirror: which tickets another tool has, too. ask_kind: when tier 1 hands over, requesters are asked whether something is broken or they need something.
    country: where telephone numbers without their country's code are dialled ("ES"), "" nowhere. computers: do agents on computers tell of them?
    key: of its table where there are several departments, "" of the only one and of what stands before them. others: the other departments behind the
    same bot, key and name of each; of what stands before them all. routes: addresses and numbers of theirs, of what stands before them.
    privacy: what people are told the first time they write on a channel; None: nothing.
    """

    name: str = "Help desk"
    prefix: str = "HELP"
    languages: tuple[str, ...] = LANGUAGES
    timezone: str = "UTC"
    admins: frozenset[PersonId] = frozenset()
    tiers: tuple[Tier, ...] = ()
    help_places: frozenset[PlaceId] = frozenset()
    thread_default: Literal["reply", "note"] = "reply"
    take_back: timedelta = timedelta(seconds=10)
    idle: timedelta | None = timedelta(days=5)
    reopen_within: timedelta = timedelta(days=7)
    targets: dict[str, Target] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()
    warn_at: float = 0.75
    hours: Calendar = field(default_factory=Calendar)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    wrong_at_most: float = 0.05
    ask_rating: bool = True
    remind_rating: timedelta | None = timedelta(days=1)
    tell_when_answered: timedelta | None = None
    weekly: str = "0 9 * * MON"
    url: str = ""
    internal_hosts: tuple[str, ...] = ()
    similar: int = 5
    similar_within: timedelta = timedelta(hours=1)
    agents: Mapping[PersonId, Agent] = field(default_factory=dict)
    fields: tuple[CustomField, ...] = ()
    forms: tuple[RequestForm, ...] = ()
    country: str = ""
    ask_kind: bool = False
    privacy: PrivacyNotice | None = None
    mirror: Mirror | None = None
    computers: bool = False
    key: str = ""
    others: tuple[tuple[str, str], ...] = ()
    routes: frozenset[str] = frozenset()

    @property
    def first_tier(self) -> Tier:
        """The first human tier: where tier 1 hands over to."""
        return self.tiers[0]

    def tier(self, level: int) -> Tier | None:
        """The tier of that level, or None (tier 1 is the bot and has none)."""
        return next((t for t in self.tiers if t.level == level), None)

    def hours_of(self, level: int) -> Calendar:
        """When the tier of that level works."""
        tier = self.tier(level)
        return self.calendars.get(tier.calendar, self.hours) if tier else self.hours

    def above(self, level: int) -> Tier | None:
        """The next tier up, or None at the top."""
        return next((t for t in self.tiers if t.level > level), None)

    def below(self, level: int) -> Tier | None:
        """The next human tier down, or None: tier 1 never gets a ticket back."""
        return next((t for t in reversed(self.tiers) if t.level < level), None)

    def tier_at(self, place: str) -> Tier | None:
        """The tier whose team works in that place."""
        return next((t for t in self.tiers if place in t.places), None)

    def is_admin(self, person: str) -> bool:
        """May this person curate? An empty list is nobody."""
        return person in self.admins
