"""The product's processes. One that ends is started again a moment later, as a service manager does: no other step is taken for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from dataclasses import dataclass, field

import aiohttp

from tests.integration.processes import FIRSTLINE, START_S, Product
from tests.journeys.doors import eventually

AGAIN_S = 0.5  # before a process that ended is started again
KEPT = 2_000  # lines of a log
DRAIN_S = 10.0  # seconds a process may take to end when it is asked to


@dataclass
class Unit:
    """One process that should run."""

    part: str
    product: Product
    process: asyncio.subprocess.Process | None = None
    ended: list[int] = field(default_factory=list)  # exit codes
    said: deque[bytes] = field(default_factory=lambda: deque(maxlen=KEPT))  # its last lines; not in a file, which could not grow either
    _keeping: asyncio.Task[None] | None = None

    @property
    def log(self) -> str:
        """The end of what it said."""
        return b"".join(self.said).decode(errors="replace")

    def begin(self) -> None:
        """Run it from now on."""
        self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            nothing, pipe, out = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
            self.process = await asyncio.create_subprocess_exec(
                *FIRSTLINE, self.part, cwd=self.product.folder, env=self.product.env, stdin=nothing, stdout=pipe, stderr=out
            )
            assert self.process.stdout is not None
            while line := await self.process.stdout.readline():
                self.said.append(line)
            self.ended.append(await self.process.wait())
            await asyncio.sleep(AGAIN_S)

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        assert self.process is not None
        return self.process.pid

    def send(self, sign: signal.Signals) -> None:
        """A signal, if it runs."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(sign)

    async def stopped(self) -> tuple[int, float]:
        """SIGTERM; its exit code, and the seconds it took."""
        before, begun = len(self.ended), time.monotonic()
        self.send(signal.SIGTERM)
        await eventually(lambda: len(self.ended) > before, f"{self.part} ends when asked to", 3 * DRAIN_S)
        return self.ended[-1], time.monotonic() - begun

    async def end(self) -> None:
        """For good."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGCONT)
                self.process.kill()
            await self.process.wait()


@dataclass
class Desk:
    """All processes of one installation. product: its folder, environment and address; the first unit serves it."""

    product: Product
    units: list[Unit]

    @property
    def front(self) -> Unit:
        """The one that platforms call."""
        return self.units[0]

    @property
    def workers(self) -> list[Unit]:
        """Those that handle and send."""
        return [unit for unit in self.units if unit.part != "web"]

    async def start(self) -> None:
        """Everything; returns when it is ready."""
        for unit in self.units:
            unit.begin()
        await self.ready(START_S)

    async def ready(self, within_s: float) -> None:
        """Returns when /readyz says so."""
        try:
            await eventually(self._is_ready, "the product is ready", within_s)
        except AssertionError:
            raise AssertionError(f"not ready; the log ends with {self.front.log[-1500:]}") from None

    async def _is_ready(self) -> bool:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with asyncio.timeout(3):
                return (await self.product.get("/readyz"))[0] == 200
        return False

    async def drained(self, within_s: float) -> None:
        """Returns when nothing waits."""
        try:
            await eventually(self._is_drained, "everything is handled and sent", within_s)
        except AssertionError:
            waits = (await self.product.command("queue", "status", "--json")).out.strip()
            raise AssertionError(f"after {within_s:.0f} s waits {waits}; the log ends with {self.front.log[-1500:]}") from None

    async def _is_drained(self) -> bool:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError, KeyError):
            async with asyncio.timeout(5):
                figures = await self.product.figures()
            return figures["queue_inbox_waiting"] == 0 and figures["queue_outbox_waiting"] == 0
        return False

    async def end(self) -> None:
        """All of them, at once."""
        await asyncio.gather(*(unit.end() for unit in self.units))


def desk_of(product: Product, parts: tuple[str, ...]) -> Desk:
    """parts: what to run, each a process."""
    return Desk(product, [Unit(part, product) for part in parts])
