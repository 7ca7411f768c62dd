"""What can happen to the bus."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

from tests.faults.fault import Fault
from tests.faults.scene import Scene

FORMS = ("postgresql",)


@contextlib.asynccontextmanager
async def stopped(scene: Scene) -> AsyncIterator[None]:
    """In good order; later it runs again."""
    assert scene.bus is not None
    await asyncio.to_thread(scene.bus.stop)
    try:
        yield
    finally:
        await asyncio.to_thread(scene.bus.start)


@contextlib.asynccontextmanager
async def emptied(scene: Scene) -> AsyncIterator[None]:
    """Killed, its store deleted."""
    assert scene.bus is not None
    await asyncio.to_thread(scene.bus.kill)
    try:
        yield
    finally:
        data = scene.bus.folder / "data"
        shutil.rmtree(data)
        data.mkdir()
        await asyncio.to_thread(scene.bus.start)


@contextlib.asynccontextmanager
async def frozen(scene: Scene) -> AsyncIterator[None]:
    """It is there and says nothing."""
    assert scene.bus is not None
    number = _number(scene.bus.folder)
    os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(number, signal.SIGCONT)


def _number(folder: Path) -> int:
    return int((folder / "pid").read_text())


FAULTS = (
    Fault("NATS stopped, started", "bus", stopped, FORMS),
    Fault("NATS killed, its store deleted", "bus", emptied, FORMS),
    Fault("NATS frozen 15 s", "bus", frozen, FORMS, hold_s=15.0),
)
