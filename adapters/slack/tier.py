"""How often a method may be called: pure, but for the waiting."""

from __future__ import annotations

import asyncio
import time


class Tier:
    """At most `per_minute` calls in any minute: `at_once` of them together, the others evenly.

    Source: docs.slack.dev/apis/web-api/rate-limits (tier 3: fifty a minute, per method and workspace; bursts are welcome).
    """

    def __init__(self, per_minute: int = 50, at_once: int = 10) -> None:
        self._every_s = 60.0 / (per_minute - at_once)
        self._slack_s = (at_once - 1) * self._every_s
        self._next = 0.0

    def wait_s(self, now: float) -> float:
        """Book the next call; how many seconds it must wait. now: monotonic seconds."""
        booked = max(self._next, now)
        self._next = booked + self._every_s
        return max(0.0, booked - self._slack_s - now)

    async def turn(self) -> None:
        """Returns when the next call may be made."""
        await asyncio.sleep(self.wait_s(time.monotonic()))
