"""How often something may be asked of the pages: counted in this process, by whoever asks."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

MOST_KEPT = 20_000  # askers remembered; whoever came longest ago is forgotten first, and may ask again


class Allowance:
    """So many within a span."""

    def __init__(self, most: int, within: timedelta, now: Callable[[], datetime]) -> None:
        self._most, self._within, self._now = most, within, now
        self._asked: OrderedDict[str, deque[datetime]] = OrderedDict()

    def take(self, asker: str) -> bool:
        """One more; False when that was too many, and then it does not count."""
        now = self._now()
        asked = self._asked.setdefault(asker, deque())
        self._asked.move_to_end(asker)
        while asked and asked[0] <= now - self._within:
            asked.popleft()
        if len(asked) >= self._most:
            return False
        asked.append(now)
        if len(self._asked) > MOST_KEPT:
            self._asked.popitem(last=False)
        return True
