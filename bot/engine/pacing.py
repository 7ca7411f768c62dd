"""How fast a channel may be spoken to: limits are kept before sending, and what a 429 says is kept beyond a restart."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.ids import channel_of
from bot.domain.messages import Pace

_MINUTE = timedelta(minutes=1)


class Pacer:
    """Slots for one process. A slot is reserved at once; the caller waits until it begins."""

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        self._paces = paces
        self._places: dict[str, datetime] = {}  # when the burst of a place would be used up by messages already reserved
        self._totals: dict[str, datetime] = {}
        self._minutes: dict[str, deque[datetime]] = {}
        self._stops: dict[str, datetime] = {}
        self._held: dict[str, datetime] = {}  # slots of messages that were put off until theirs begins

    def reserve(self, to: str, now: datetime, *, edit: bool = False, key: str = "") -> datetime:
        """When one message to this place may go out; the slot is taken. key: the message, whose slot may be held already."""
        channel = channel_of(to)
        pace = self._paces.get(channel, Pace())
        place = to.partition("/")[0]
        at = max(now, self._stops.get(place, now), self._stops.get(channel, now))
        if edit and not pace.edits_count:
            return at
        if (held := self._held.pop(key, None)) is not None:
            return max(at, held)
        at = self._in_place(place, pace, at)
        at = self._in_minute(place, pace, at)
        return self._in_total(channel, pace, at)

    def hold(self, key: str, at: datetime) -> None:
        """This message will come back for its slot: without this it would take another, and the first would be lost to everybody."""
        if len(self._held) > 50_000:
            self._held.clear()
        self._held[key] = at

    def stop(self, to: str, until: datetime) -> str:
        """The platform asked to wait: nothing to this place before `until`. Gives the key under which that is worth noting."""
        place = to.partition("/")[0]
        self._stops[place] = max(until, self._stops.get(place, until))
        return place

    def _in_place(self, place: str, pace: Pace, at: datetime) -> datetime:
        """A bucket of `burst` messages that refills one every per_place_s (generic cell rate algorithm)."""
        if pace.per_place_s <= 0:
            return at
        step = timedelta(seconds=pace.per_place_s)
        full = max(self._places.get(place, at), at)
        at = max(at, full - step * (pace.burst - 1))
        self._places[place] = full + step
        if len(self._places) > 50_000:
            self._places = {p: t for p, t in self._places.items() if t > at}
        return at

    def _in_minute(self, place: str, pace: Pace, at: datetime) -> datetime:
        if pace.group_per_minute <= 0 or not place.partition(":")[2].startswith("-"):
            return at
        sent = self._minutes.setdefault(place, deque())
        while sent and sent[0] <= at - _MINUTE:
            sent.popleft()
        if len(sent) >= pace.group_per_minute:
            at = sent[len(sent) - pace.group_per_minute] + _MINUTE
        sent.append(at)
        return at

    def _in_total(self, channel: str, pace: Pace, at: datetime) -> datetime:
        if pace.total_per_s <= 0:
            return at
        at = max(at, self._totals.get(channel, at))
        self._totals[channel] = at + timedelta(seconds=1 / pace.total_per_s)
        return at
