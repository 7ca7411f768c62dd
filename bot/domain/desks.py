"""A department: its tiers, places, hours and promises. Read from firstline.toml once, at start."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from bot.domain.ids import PersonId, PlaceId

LANGUAGES = ("en", "es", "pt", "fr", "it", "de")


@dataclass(frozen=True, slots=True)
class Tier:
    """A level of human help: 2 and up. places: its team channels; whoever is a member there is an agent of this tier.

    claim_within: unclaimed that long it goes to the next tier (reminded at half of it); None: it waits.
    """

    level: int
    name: str
    places: tuple[PlaceId, ...] = ()
    claim_within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Promised times of one priority, in business hours."""

    first_response: timedelta | None = None
    resolution: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """Business hours: weekday 0 (Monday) .. 6 to spans of minutes of the day. Empty: always open. holidays: a country code or ""."""

    days: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    holidays: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """One department. help_places: every top-level message there is a question. wrong_at_most: the share of wrong entries among those answered alone."""

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
    hours: Hours = Hours()
    wrong_at_most: float = 0.05

    @property
    def first_tier(self) -> Tier:
        """The first human tier: where tier 1 hands over to."""
        return self.tiers[0]

    def tier(self, level: int) -> Tier | None:
        """The tier of that level, or None (tier 1 is the bot and has none)."""
        return next((t for t in self.tiers if t.level == level), None)

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
