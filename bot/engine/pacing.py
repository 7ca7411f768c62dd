"""How fast a channel may be spoken to: limits are kept before sending, and what a 429 says is kept beyond a restart."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.domain.ids import channel_of
from bot.domain.messages import Pace

_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Pacer:
    """Slots for one process. A slot is reserved at once; the caller waits until it begins."""

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        self._paces = paces
        self._places: dict[str, datetime] = {}  # when the burst of a place would be used up by messages already reserved
        self._totals: dict[str, _Slots] = {}
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
        at = self._total(channel, pace, self._in_minute(place, pace, self._in_place(place, pace, at)), now)
        self._take(place, pace, at)
        return at

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
        return max(at, self._places.get(place, at) - timedelta(seconds=pace.per_place_s) * (pace.burst - 1))

    def _in_minute(self, place: str, pace: Pace, at: datetime) -> datetime:
        sent = self._minutes.get(place, ())
        return at if len(sent) < pace.group_per_minute or not sent else max(at, sent[-pace.group_per_minute] + _MINUTE)

    def _total(self, channel: str, pace: Pace, at: datetime, now: datetime) -> datetime:
        return self._totals.setdefault(channel, _Slots(pace.total_per_s)).take(at, now) if pace.total_per_s > 0 else at

    def _take(self, place: str, pace: Pace, at: datetime) -> None:
        """The slot at `at` is used up in each of the place's own limits."""
        if pace.per_place_s > 0:
            self._places[place] = max(self._places.get(place, at), at) + timedelta(seconds=pace.per_place_s)
            if len(self._places) > 50_000:
                self._places = {p: t for p, t in self._places.items() if t > at}
        if pace.group_per_minute > 0 and place.partition(":")[2].startswith("-"):
            self._minutes.setdefault(place, deque(maxlen=pace.group_per_minute)).append(at)


class _Slots:
    """So many a second in all places together: each message has the first free slot from its time on.

    One that waits for its group's minute leaves the slots before it to others.
    """

    def __init__(self, per_s: float) -> None:
        self._step = round(1_000_000 / per_s)  # microseconds
        self._next: dict[int, int] = {}  # a taken slot to one behind it that may be free

    def take(self, at: datetime, now: datetime) -> datetime:
        """The begin of the slot that is taken, or `at` when that lies inside. now: what lies before it is forgotten."""
        slot = (at - _EPOCH) // _MICROSECOND // self._step
        passed = []
        while slot in self._next:
            passed.append(slot)
            slot = self._next[slot]
        self._next.update(dict.fromkeys((*passed, slot), slot + 1))
        if len(self._next) > 50_000:
            past = (now - _EPOCH) // _MICROSECOND // self._step
            self._next = {taken: free for taken, free in self._next.items() if taken >= past}
        return max(at, _EPOCH + slot * self._step * _MICROSECOND)
