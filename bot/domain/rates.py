"""How fast a place, and a channel as a whole, may be spoken to: what is used up, and when the next message may go out. Arithmetic alone.

A place is a channel or group of a platform with all its threads, or one private chat.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.domain.messages import Pace

HORIZON = timedelta(seconds=15)  # a slot is taken at most so far ahead: whoever takes one waits for it, and dies with no more than that
LATE = timedelta(seconds=1)  # a slot that began longer ago is void: it would come too close to the next one
MAX_PUT_OFF = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """When a message may go out. Not taken: that is too far ahead; nothing is used up, and `at` is when to ask again."""

    at: datetime
    taken: bool = True


@dataclass(frozen=True, slots=True)
class Rate:
    """What one place or one channel has used up of its limits.

    full_at: when a place has its whole burst again. minute: the slots of a group that still count, oldest first.
    first, taken: of a channel's slots (each as long as one message of its total) those before `first` are taken, and those whose bit is set in
    `taken` (hexadecimal, the lowest bit for `first`). expected: when the last one that was put off is expected to have its slot.
    stopped: the platform asked for silence until then.
    """

    full_at: datetime = EPOCH
    minute: tuple[datetime, ...] = ()
    first: datetime = EPOCH
    taken: str = "0"
    expected: datetime = EPOCH
    stopped: datetime = EPOCH

    def stop(self, until: datetime) -> Rate:
        """Silence until then; a shorter one never shortens a longer one."""
        return replace(self, stopped=max(until, self.stopped))

    def is_over(self, now: datetime) -> bool:
        """Does it forbid nothing any more?"""
        latest = self.minute[-1] + _MINUTE if self.minute else EPOCH
        return max(self.full_at, latest, self.first, self.expected, self.stopped) <= now and int(self.taken, 16) == 0


def place_of(to: str) -> str:
    """The place to which a conversation or place belongs: "slack:C1" of "slack:C1/17.1"."""
    return to.partition("/")[0]


def is_limited(place: str, pace: Pace) -> bool:
    """Has the place limits of its own?"""
    return pace.per_place_s > 0 or _by_minute(place, pace) > 0


def reserve(name: str, place: Rate, channel: Rate, pace: Pace, now: datetime) -> tuple[Slot, Rate, Rate]:
    """The first slot in which one message to this place may go out, and what is used up with it: of the place, of the channel.

    name: the place's. What is further ahead than can have been taken was taken by a clock that was wrong, and holds up nobody for longer than HORIZON.
    """
    at = max(now, place.stopped)
    if at > now + HORIZON:
        return Slot(at, taken=False), place, channel
    step = timedelta(seconds=pace.per_place_s)
    a_minute = _by_minute(name, pace)
    full_at = place.full_at if place.full_at <= now + HORIZON + pace.burst * step else now + HORIZON + (pace.burst - 1) * step
    minute = tuple(t for t in place.minute if now - _MINUTE < t <= now + HORIZON)[-a_minute:] if a_minute else ()
    if step:
        at = max(at, full_at - (pace.burst - 1) * step)
    if a_minute and len(minute) >= a_minute:
        at = max(at, minute[0] + _MINUTE)
    if at > now + HORIZON:
        slot, place = _put_off(place, at, max(step, _MINUTE / a_minute if a_minute else step), now)
        return slot, place, channel
    if pace.total_per_s > 0:
        at, used = _in_total(channel, pace.total_per_s, at, now)
        if at > now + HORIZON:
            slot, channel = _put_off(channel, at, timedelta(seconds=1 / pace.total_per_s), now)
            return slot, place, channel
        channel = used
    return Slot(at), replace(place, full_at=max(full_at, at) + step if step else EPOCH, minute=(*minute, at) if a_minute else ()), channel


def _by_minute(place: str, pace: Pace) -> int:
    """Messages a minute; 0: no such rule here. Groups alone have one, and their numbers are negative."""
    return pace.group_per_minute if place.partition(":")[2].startswith("-") else 0


def _put_off(rate: Rate, at: datetime, step: timedelta, now: datetime) -> tuple[Slot, Rate]:
    """When to ask again. Those that are put off come one after the other, and early enough that no slot stays empty for want of somebody who asks."""
    expected = max(at, min(rate.expected, now + MAX_PUT_OFF))
    return Slot(expected - HORIZON / 2, taken=False), replace(rate, expected=expected + step)


def _in_total(channel: Rate, per_s: float, at: datetime, now: datetime) -> tuple[datetime, Rate]:
    """The first free slot from `at` on: so one that waits for its group's minute leaves the slots before it to others."""
    step = round(1_000_000 / per_s)  # microseconds
    first, present = _micros(channel.first) // step, _micros(now) // step
    taken = int(channel.taken, 16)
    if first > _micros(now + HORIZON) // step + 1:
        first, taken = present, 0  # by a clock that was wrong
    elif first < present:
        first, taken = present, taken >> (present - first)
    slot = max(_micros(at) // step, first)
    slot += _ones(taken >> (slot - first))
    taken |= 1 << (slot - first)
    gone = _ones(taken)
    used = replace(channel, first=_moment((first + gone) * step), taken=f"{taken >> gone:x}")
    return max(at, _moment(slot * step)), used


def _ones(bits: int) -> int:
    """How many of the lowest bits are set in a row."""
    return (~bits & (bits + 1)).bit_length() - 1


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


def _moment(micros: int) -> datetime:
    return EPOCH + micros * _MICROSECOND
