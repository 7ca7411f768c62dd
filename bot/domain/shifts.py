"""Who is here: an agent's shift, and what they said of themselves on top of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.calendars import Calendar, is_open, next_open


@dataclass(frozen=True, slots=True)
class Agent:
    """What the configuration says of an agent. skills: lower case. shift: when they work; None: at any hour."""

    skills: frozenset[str] = frozenset()
    shift: Calendar | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What an agent said: away, or here although their shift says otherwise. until: it holds until then; None: until they say something else."""

    is_away: bool
    since: datetime
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """How it is now. until: when that changes by itself; None: not by itself. why: what makes it so, "" when nothing was said or set."""

    is_here: bool
    until: datetime | None = None
    why: Literal["", "said", "shift"] = ""
    reason: str = ""


def presence(status: Status | None, shift: Calendar | None, now: datetime) -> Presence:
    """Is this agent here? What they said holds before their shift; without either they are."""
    if status is not None and (status.until is None or now < status.until):
        if status.is_away:
            return Presence(False, _back_at(status.until, shift), "said", status.reason)
        return Presence(True, status.until, "said", status.reason)
    if shift is None or is_open(shift, now):
        return Presence(True)
    return Presence(False, next_open(shift, now), "shift")


def _back_at(until: datetime | None, shift: Calendar | None) -> datetime | None:
    """Whoever is away until the evening comes back in the morning."""
    return next_open(shift, until) if until is not None and shift is not None else until


def until_shift(shift: Calendar | None, now: datetime) -> datetime | None:
    """Until when "here" must be remembered so that it counts outside the shift; None when the shift itself says so."""
    return None if shift is None or is_open(shift, now) else next_open(shift, now)
