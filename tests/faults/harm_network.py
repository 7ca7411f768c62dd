"""What lies between the product and its platforms."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from tests.faults.fault import Fault, Harm
from tests.faults.line import GREETING, Line
from tests.faults.scene import Scene

ONE = ("sqlite",)
TWO = ("sqlite", "postgresql")
KNOWN_S = 11.0  # names that were resolved are known for ten seconds
LOST = 6  # answers that are lost after the call was done


def _both(how: Callable[[Line], AbstractAsyncContextManager[None]]) -> Harm:
    """The same on the lines to both platforms."""

    @contextlib.asynccontextmanager
    async def harm(scene: Scene) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            for line in scene.lines:
                await stack.enter_async_context(how(line))
            yield

    return harm


def _answered(status: str, body: bytes = GREETING, kind: str = "text/html") -> Harm:
    """Somebody else answers every call."""
    return _both(lambda line: line.carrying(line.answering(status, body, kind)))


@contextlib.asynccontextmanager
async def no_names(scene: Scene) -> AsyncIterator[None]:
    """No name can be resolved, and every connection that was open is gone."""
    scene.no_names.touch()
    await asyncio.sleep(KNOWN_S)
    for line in scene.lines:
        line.cut()
    try:
        yield
    finally:
        scene.no_names.unlink()


@contextlib.asynccontextmanager
async def stranger(scene: Scene) -> AsyncIterator[None]:
    """Somebody else's certificate."""
    async with contextlib.AsyncExitStack() as stack:
        for line in scene.lines:
            assert scene.stranger is not None
            await stack.enter_async_context(line.showing(scene.stranger))
        yield


FAULTS = (
    Fault("names not resolved", "network", no_names, ONE, repeats=LOST),
    Fault("connection refused", "network", _both(lambda line: line.refusing()), TWO, repeats=LOST),
    Fault("connection reset", "network", _both(lambda line: line.carrying(line.reset)), ONE, repeats=LOST),
    Fault("calls hang 15 s", "network", _both(lambda line: line.carrying(line.hang)), TWO, hold_s=15.0, repeats=LOST),
    Fault("answers 3 s late", "network", _both(lambda line: line.carrying(line.slow)), ONE, repeats=LOST),
    Fault("answers cut off", "network", _both(lambda line: line.carrying(line.cut_body)), TWO, repeats=100),
    Fault("a web page instead of an answer", "network", _answered("200 OK"), ONE, repeats=LOST),
    Fault("broken JSON", "network", _answered("200 OK", b'{"ok": tr', "application/json"), ONE, repeats=LOST),
    Fault("a stranger's certificate", "network", stranger, ONE, needs="openssl", repeats=LOST),
    Fault("500 to every call", "network", _answered("500 Internal Server Error", b"{}", "application/json"), ONE, repeats=LOST),
    Fault("502 with a page", "network", _answered("502 Bad Gateway"), ONE, repeats=LOST),
    Fault("503, no body", "network", _answered("503 Service Unavailable", b""), ONE, repeats=LOST),
)
