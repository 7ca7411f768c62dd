"""Who may do what now: members of a tier's team place are its agents; admins are named, an empty list is nobody.

Asked of the platform outside any transaction, kept for a minute, read inside by `levels` and `is_admin`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.api_keys import PROGRAMS
from bot.domain.desks import Desk
from bot.domain.ids import PersonId, PlaceId, channel_of
from bot.errors import DeliveryRefused
from bot.ports import Admins, Channel, Clock, Rosters

log = logging.getLogger(__name__)

FRESH = timedelta(seconds=40)  # a deactivated agent is refused within a minute, what an adapter keeps (15 s) included
BRIEF = timedelta(seconds=1)  # for an answer without a place that did not let us look: at any moment somebody may let the bot in
GRACE = timedelta(seconds=5)  # between asking and using the answer
TEAM_PAGE = "team"  # the place of a channel on which every tier works in one
WHOLE_DESK = ("web", PROGRAMS)  # channels that have it


@dataclass(frozen=True, slots=True)
class _Rights:
    levels: frozenset[int]
    admin: bool
    until: datetime


class Unchecked(Exception):
    """The platform must be asked what this person may do, outside the transaction; then the turn is tried again."""

    def __init__(self, person: PersonId) -> None:
        super().__init__(person)
        self.person = person


class Roster:
    """Agents and admins of one desk."""

    def __init__(self, desk: Desk, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._desk, self._channels, self._clock = desk, channels, clock
        self._rights: dict[PersonId, _Rights] = {}

    async def refresh(self, person: PersonId) -> None:
        """Ask the platform unless the answer is less than a minute old. Raises DeliveryError when it cannot say."""
        now = self._clock.now()
        known = self._rights.get(person)
        if known is not None and known.until > now:
            return
        if len(self._rights) > 10_000:
            self._rights.clear()
        levels, is_whole = await self._levels(person)
        self._rights[person] = _Rights(levels, await self._is_admin(person), now + (FRESH if is_whole else BRIEF - GRACE))

    def levels(self, person: PersonId) -> frozenset[int]:
        """The tiers whose agent this person is. Raises Unchecked when the platform must be asked first."""
        return self._known(person).levels

    def is_admin(self, person: PersonId) -> bool:
        """May this person curate? Raises Unchecked when the platform must be asked first."""
        return self._desk.is_admin(person) or self._known(person).admin

    def has_channel(self, name: str) -> bool:
        """Does the desk speak on it?"""
        return name in self._channels

    def heard_of(self, level: int) -> list[PersonId]:
        """People of that tier who did something lately, as far as this process knows: there may be others."""
        return [person for person, rights in self._rights.items() if level in rights.levels and channel_of(person) != PROGRAMS]

    def _known(self, person: PersonId) -> _Rights:
        known = self._rights.get(person)
        if known is None or known.until + GRACE <= self._clock.now():
            raise Unchecked(person)
        return known

    async def _levels(self, person: PersonId) -> tuple[frozenset[int], bool]:
        """The tiers, and whether every place let us look."""
        name = channel_of(person)
        channel = self._channels.get(name)
        found = {tier.level for tier in self._desk.tiers if person in tier.agents}
        if not isinstance(channel, Rosters):
            return frozenset(found), True
        is_whole = True
        for tier in self._desk.tiers:
            for place in tier.places:
                if channel_of(place) == name:
                    is_member = await _is_member(channel, place, person)
                    found.update([tier.level] if is_member else [])
                    is_whole = is_whole and is_member is not None
        if name in WHOLE_DESK and await channel.is_member(PlaceId(f"{name}:{TEAM_PAGE}"), person):
            found.update(tier.level for tier in self._desk.tiers)
        return frozenset(found), is_whole

    async def _is_admin(self, person: PersonId) -> bool:
        channel = self._channels.get(channel_of(person))
        return isinstance(channel, Admins) and await channel.is_admin(person)


async def _is_member(channel: Rosters, place: PlaceId, person: PersonId) -> bool | None:
    """A place we may not look into vouches for nobody (None); the other places still do."""
    try:
        return await channel.is_member(place, person)
    except DeliveryRefused as refused:
        log.warning("a team's place does not let the bot see who is in it", extra={"place": place, "reason": refused.reason})
        return None
