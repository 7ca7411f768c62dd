"""Agents who left: whoever is no longer in their team's place does not keep its tickets from the others.

On the web, where signing out is no leaving, nobody is ever found absent: tiers have no places there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from bot.domain.api_keys import PROGRAMS
from bot.domain.desks import Desk
from bot.domain.ids import PersonId, PlaceId, channel_of
from bot.domain.messages import Inbound, TimerFired
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine.running.roster import TEAM_PAGE
from bot.errors import DeliveryError, StoreError
from bot.ports import Channel, Clock, Receive, Rosters, Store, TicketQuery

log = logging.getLogger(__name__)

EVERY_S = 60.0  # seconds between looks
PAGE = 100  # tickets of one question


class Absences:
    """Looks after the assignees of open tickets."""

    def __init__(self, store: Store, desk: Desk, channels: Mapping[str, Channel], receive: Receive, clock: Clock) -> None:
        self._store, self._desk, self._channels, self._receive, self._clock = store, desk, channels, receive, clock

    async def run(self) -> None:
        """Until cancelled: a look a minute."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except StoreError as fault:
                log.warning("the look for absent agents waits for the database", extra={"error": type(fault).__name__})

    async def look(self) -> None:
        """Every claimed ticket whose assignee is no agent of its tier now: told to its lane, where it goes back to the queue."""
        asked: dict[tuple[PersonId, int], bool] = {}
        for ticket in await self._claimed():
            if ticket.assignee is None:
                continue
            who = (ticket.assignee, ticket.tier)
            if who not in asked:
                asked[who] = await self._has_left(*who)
            if asked[who]:
                what = TimerFired("assignee_left", ticket.id, ticket.changed_at or ticket.opened_at)
                await self._receive(Inbound(f"left:{ticket.id}:{ticket.version}", "desk", ticket.conversation, BOT, self._clock.now(), what))

    async def _claimed(self) -> list[Ticket]:
        found: list[Ticket] = []
        page = TicketQuery(statuses=("open", "pending"), humans_only=True, limit=PAGE)
        while True:
            tickets = await self._store.tickets(page)
            found += [t for t in tickets if t.assignee]
            if len(tickets) < PAGE:
                return found
            page = TicketQuery(statuses=page.statuses, humans_only=True, limit=PAGE, before=tickets[-1].changed_at)

    async def _has_left(self, person: PersonId, level: int) -> bool:
        """False also when the platform cannot say, or we may not look: nobody is put out by an outage."""
        tier, name = self._desk.tier(level), channel_of(person)
        channel = self._channels.get(name)
        places = [place for place in tier.places if channel_of(place) == name] if tier else []
        places += [PlaceId(f"{name}:{TEAM_PAGE}")] if name == PROGRAMS else []  # a key ends for good; who signed out on the web comes back
        if not places or not isinstance(channel, Rosters):
            return False
        try:
            return not any([await channel.is_member(place, person) for place in places])
        except DeliveryError:
            return False
