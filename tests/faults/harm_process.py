"""What can happen to our processes."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
from collections.abc import AsyncIterator

from tests.faults.desk import DRAIN_S, Unit
from tests.faults.fault import SERVERS, Fault, Harm
from tests.faults.scene import Scene

FILES = 64
FLOOD = 100  # connections that somebody opens and does not use
PAUSE_S = 30.0
BACK_S = 120.0  # for a start, on a machine that has much else to do; usually about two


def _units(scene: Scene, which: str) -> list[Unit]:
    return scene.desk.units if which == "all" else [scene.desk.front] if which == "front" else scene.desk.workers[:1]


def killed(which: str) -> Harm:
    """kill -9, with work in flight; mended when it has been started again."""

    @contextlib.asynccontextmanager
    async def harm(scene: Scene) -> AsyncIterator[None]:
        for unit in _units(scene, which):
            unit.send(signal.SIGKILL)
        yield
        await scene.desk.ready(BACK_S)

    return harm


def asked_to_stop(which: str) -> Harm:
    """SIGTERM, with work in flight: over within ten seconds, exit code 0; mended when it runs again."""

    @contextlib.asynccontextmanager
    async def harm(scene: Scene) -> AsyncIterator[None]:
        for code, took_s in await asyncio.gather(*(unit.stopped() for unit in _units(scene, which))):
            if code or took_s > DRAIN_S:
                scene.remarks.append(f"ended with {code} after {took_s:.1f} s")
        yield
        await scene.desk.ready(BACK_S)

    return harm


def paused(which: str) -> Harm:
    """SIGSTOP, later SIGCONT."""

    @contextlib.asynccontextmanager
    async def harm(scene: Scene) -> AsyncIterator[None]:
        units = _units(scene, which)
        for unit in units:
            unit.send(signal.SIGSTOP)
        try:
            yield
        finally:
            for unit in units:
                unit.send(signal.SIGCONT)

    return harm


@contextlib.asynccontextmanager
async def few_files(scene: Scene) -> AsyncIterator[None]:
    """`ulimit -n 64`, and a hundred connections that nobody uses: they leave after a while, the limit stays."""
    for unit in scene.desk.units:
        _, hard = resource.prlimit(unit.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(unit.pid, resource.RLIMIT_NOFILE, (FILES, hard))
    port = scene.desk.product.port
    opened = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(FLOOD)), return_exceptions=True)
    try:
        yield
    finally:
        for one in opened:
            if not isinstance(one, BaseException):
                one[1].transport.abort()


FAULTS = (
    Fault("kill -9", "process", killed("all"), under=False, hold_s=1.0, repeats=6),
    Fault("kill -9 of one worker", "process", killed("worker"), SERVERS, under=False, hold_s=1.0, repeats=6),
    Fault("SIGTERM with work in flight", "process", asked_to_stop("all"), under=False, hold_s=1.0),
    Fault("SIGTERM of one worker", "process", asked_to_stop("worker"), SERVERS, under=False, hold_s=1.0),
    Fault("ulimit -n 64 and 100 idle connections", "process", few_files, ("sqlite", "postgresql"), repeats=6),
    Fault("everything stands still 30 s", "process", paused("all"), ("sqlite", "postgresql"), under=False, hold_s=PAUSE_S, repeats=6),
    Fault("a worker stands still 30 s", "process", paused("worker"), SERVERS, under=False, hold_s=PAUSE_S, repeats=6),
)
