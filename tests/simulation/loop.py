"""The event loop of a simulated world: waiting costs nothing, and what is ready at the same moment runs in an order drawn from the seed."""

from __future__ import annotations

import asyncio
import concurrent.futures
import selectors
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.builders import MONDAY


class SeededLoop(asyncio.SelectorEventLoop):
    """Nothing here depends on the machine: no sockets are watched, no threads run, and its time moves only when everybody waits."""

    def __init__(self, order: Random) -> None:
        self.passed = 0.0
        super().__init__(_Nothing(self, order))

    def time(self) -> float:
        """Seconds since the beginning."""
        return self.passed

    def run_in_executor(self, executor: concurrent.futures.Executor | None, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """At once and here: a thread's pace could not be replayed."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as fault:  # noqa: BLE001 - it is handed to whoever waits, as a thread would
            done.set_exception(fault)
        return done


class _Nothing(selectors.SelectSelector):
    """A selector that hears nothing; asked to wait, it lets the time pass. Before each round it mixes what is ready."""

    def __init__(self, loop: SeededLoop, order: Random) -> None:
        super().__init__()
        self._loop, self._order = loop, order

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will come")
        ready: Any = self._loop._ready  # type: ignore[attr-defined]
        if len(ready) > 1:
            self._order.shuffle(ready)
        elif timeout > 0:
            self._loop.passed += timeout
        return []


class SimulatedClock:
    """The wall clock beside that loop. It can be put forward: the hours in which nothing happens need not be lived through."""

    def __init__(self, loop: SeededLoop) -> None:
        self._loop = loop
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """Aware UTC."""
        return MONDAY + timedelta(seconds=self._loop.passed) + self._ahead

    def skip(self, span: timedelta) -> None:
        """So much later, without anybody having waited."""
        self._ahead += span
