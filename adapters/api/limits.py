"""How fast a key may be used: the arithmetic by which channels are spoken to, turned round. Each process counts for itself."""

from __future__ import annotations

from datetime import datetime

from bot.domain.messages import Pace
from bot.domain.rates import Rate, reserve

PER_S, BURST = 50, 200  # requests a second of one key, after that many at once
PACE = Pace(per_place_s=1 / PER_S, burst=BURST)
MOST = 10_000  # keys and addresses remembered


class Limits:
    """What each key has used up."""

    def __init__(self, pace: Pace = PACE) -> None:
        self._pace = pace
        self._rates: dict[str, Rate] = {}

    def wait_s(self, name: str, now: datetime) -> float:
        """0.0: go on, one request is used up. Else nothing is, and so many seconds are to be waited."""
        slot, rate, _ = reserve(name, self._rates.get(name, Rate()), Rate(), self._pace, now)
        if not slot.taken or slot.at > now:
            return max(0.001, (slot.at - now).total_seconds())
        if len(self._rates) >= MOST:
            self._rates = {other: used for other, used in self._rates.items() if not used.is_over(now)}
        self._rates[name] = rate
        return 0.0
