"""How fast channels may be spoken to: limits are kept before sending, by one process alone or by all that share a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.domain.ids import channel_of
from bot.domain.messages import Pace
from bot.domain.rates import Rate, Slot, is_limited, place_of, reserve
from bot.ports import Clock, Store, Transaction

MOST = 50_000  # places remembered by one process; beyond it those are forgotten that forbid nothing any more


class Pacing(Protocol):
    """Hands out slots. Whoever takes one waits until it begins, sends in it or lets it pass; nothing is given back.

    Slots and moments are by the asking process's clock. edit: the message changes one in place.
    """

    async def ahead(self, tx: Transaction, to: str, now: datetime, *, edit: bool = False) -> Slot | None:
        """A slot for a message to this place, taken with what else the unit does; None: ask `reserve` when its turn comes. Never waits."""
        ...

    async def reserve(self, to: str, now: datetime, *, edit: bool = False) -> Slot:
        """A slot for a message to this place. Raises StoreError."""
        ...

    async def stopped(self, to: str, now: datetime) -> datetime:
        """Until when the platform wants nothing in this place; not after `now` when it takes messages. Raises StoreError."""
        ...

    async def stop(self, to: str, until: datetime, tx: Transaction) -> None:
        """The platform asked to wait: nothing to this place before `until`. Comes first in a unit: it may wait for others, who must not wait for it."""
        ...


class Pacer:
    """Slots of one process, kept in its memory; what a platform asked for is noted down, and told to it again at the next start."""

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        self._paces = paces
        self._rates: dict[str, Rate] = {}

    async def ahead(self, tx: Transaction, to: str, now: datetime, *, edit: bool = False) -> Slot | None:
        """None: a slot costs nothing here when its turn comes."""
        return None

    async def reserve(self, to: str, now: datetime, *, edit: bool = False) -> Slot:
        """A slot for a message to this place."""
        channel, place, pace = channel_of(to), place_of(to), _pace(self._paces, to, edit)
        slot, of_place, of_channel = reserve(place, self._rates.get(place, Rate()), self._rates.get(channel, Rate()), pace, now)
        if is_limited(place, pace):
            self._rates[place] = of_place
        if pace.total_per_s > 0:
            self._rates[channel] = of_channel
        if len(self._rates) > MOST:
            self._rates = {name: rate for name, rate in self._rates.items() if not rate.is_over(now)}
        return slot

    async def stopped(self, to: str, now: datetime) -> datetime:
        """Until when the platform wants nothing in this place."""
        return self._rates.get(place_of(to), Rate()).stopped

    async def stop(self, to: str, until: datetime, tx: Transaction | None = None) -> None:
        """Nothing to this place before `until`. tx: where that is noted; None for what was noted by an earlier process."""
        place = place_of(to)
        self._rates[place] = self._rates.get(place, Rate()).stop(until)
        if tx is not None:
            await tx.note(f"rate:{place}", self._rates[place].stopped.isoformat())


class SharedPacer:
    """Slots of all processes on one database: rows that are locked while a slot is taken, and one clock, the database's.

    Nobody who holds anything else waits for a row of these: within a unit that does other things a slot is taken only when its rows are free at
    that moment, or the unit begins with them.
    """

    def __init__(self, paces: Mapping[str, Pace], store: Store, clock: Clock) -> None:
        self._paces, self._store, self._clock = paces, store, clock

    async def ahead(self, tx: Transaction, to: str, now: datetime, *, edit: bool = False) -> Slot | None:
        """A slot that is committed with the unit; None when another process is taking one in the same place at this moment."""
        return await self._take(tx, to, edit, wait=False)

    async def reserve(self, to: str, now: datetime, *, edit: bool = False) -> Slot:
        """A slot for a message to this place, in a unit of its own. Raises StoreError."""

        async def unit(tx: Transaction) -> Slot:
            slot = await self._take(tx, to, edit, wait=True)
            assert slot is not None  # it waits
            return slot

        return await self._store.run(unit)

    async def stopped(self, to: str, now: datetime) -> datetime:
        """Until when the platform wants nothing in this place, as any process heard it. Raises StoreError."""

        async def unit(tx: Transaction) -> datetime:
            rate, theirs = await tx.rate(place_of(to), self._clock.now())
            return rate.stopped - theirs + self._clock.now() if rate.stopped > theirs else now

        return await self._store.run(unit)

    async def stop(self, to: str, until: datetime, tx: Transaction) -> None:
        """Nothing to this place before `until`, by any process."""
        place = place_of(to)
        now = self._clock.now()
        found = await tx.hold_rates([place], now, wait=True)
        assert found is not None  # it waits
        rates, theirs = found
        await tx.save_rate(place, rates[place].stop(theirs + (until - now)))

    async def _take(self, tx: Transaction, to: str, edit: bool, *, wait: bool) -> Slot | None:
        channel, place, pace = channel_of(to), place_of(to), _pace(self._paces, to, edit)
        if not pace.total_per_s and not is_limited(place, pace):
            rate, theirs = await tx.rate(place, self._clock.now())
            return self._by_our_clock(reserve(place, rate, Rate(), pace, theirs)[0], theirs)
        names = [channel, place] if pace.total_per_s else [place]
        found = await tx.hold_rates(names, self._clock.now(), wait=wait)
        if found is None:
            return None
        before, theirs = found
        slot, of_place, of_channel = reserve(place, before[place], before.get(channel, Rate()), pace, theirs)
        for name, rate in ((place, of_place), (channel, of_channel)):
            if name in before and rate != before[name]:
                await tx.save_rate(name, rate)
        return self._by_our_clock(slot, theirs)

    def _by_our_clock(self, slot: Slot, theirs: datetime) -> Slot:
        """theirs: what the common clock has just said. The way of its answer makes us late by as much, never early."""
        return replace(slot, at=slot.at - theirs + self._clock.now())


def _pace(paces: Mapping[str, Pace], to: str, edit: bool) -> Pace:
    """What limits a message there."""
    pace = paces.get(channel_of(to), Pace())
    return Pace() if edit and not pace.edits_count else pace
