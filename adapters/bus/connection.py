"""A connection to NATS that comes back by itself: a lost one is thrown away and made anew, with all that is declared over it.

One path for everything that can go wrong (refused at start, broker killed, its store deleted, password changed), instead of the client's own
reconnecting, after which streams may be missing and which ends for good when the broker refuses us once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from typing import Protocol

from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.errors import AuthorizationError, ConnectionClosedError
from nats.js.errors import ServiceUnavailableError

from adapters.bus.config import addresses

log = logging.getLogger(__name__)

CONNECT_S = 2  # seconds for one server to answer
BEGIN_S = 10.0  # seconds for a connection with everything declared over it
PAUSE_S = 1.0  # seconds between tries, give or take half, so that processes do not come all at once
PING_S = 5  # seconds between questions whether a silent broker is still there; two unanswered: gone
AGAIN_S = 1.0  # seconds after which a task that did not heed its cancelling is cancelled again: see `goes_on`
END_S = 2.0  # seconds for an orderly end


class Carried(Protocol):
    """What goes over the connection."""

    def declare(self, broker: NatsBroker) -> None:
        """Before each connection is made: the streams and subscriptions it needs."""
        ...

    async def prepare(self, client: Client) -> None:
        """Once connected: what else must be there before anything is carried. Raises when it cannot be had."""
        ...

    async def carry(self, broker: NatsBroker, client: Client) -> None:
        """While the connection holds; cancelled when it is lost. Raises when it finds that the connection is of no use: it is then made anew."""
        ...


class Connection:
    """One connection for all that a process says over NATS."""

    def __init__(self, url: str) -> None:
        """url: BUS_URL. Raises ConfigError when no server can be meant; whether one is there shows later."""
        self._servers = addresses(url)
        self._carried: list[Carried] = []
        self.trouble = "not connected yet"  # why nothing goes over it now, for an operator; "" when all is well
        self._told = False

    def add(self, carried: Carried) -> None:
        """Before `run`."""
        self._carried.append(carried)

    async def run(self) -> None:
        """Until cancelled: connect, and again whenever it is lost. Never raises."""
        while True:
            # In a task of its own: the client cancels whoever waits for an answer when it closes, and that must not look as if we were meant.
            session = asyncio.create_task(self._session())
            try:
                await asyncio.wait({session})
            finally:
                while not session.done():
                    session.cancel()
                    await asyncio.wait({session}, timeout=AGAIN_S)
                fault = None if session.cancelled() else session.exception()
            self._gone(fault)
            await asyncio.sleep(PAUSE_S * random.uniform(0.5, 1.5))

    async def _session(self) -> None:
        """One connection, from its making to its loss, which is raised."""
        lost = asyncio.Event()
        broker = self._broker(lost)
        try:
            async with asyncio.timeout(BEGIN_S):
                client = await broker.connect()
                await broker.start()
                for carried in self._carried:
                    await carried.prepare(client)
            async with asyncio.TaskGroup() as group:
                group.create_task(_raise_when(lost))
                for carried in self._carried:
                    group.create_task(carried.carry(broker, client))
                await asyncio.sleep(0)  # they have begun
                self._back()
        finally:
            ending = asyncio.create_task(_end(broker))
            await asyncio.wait({ending}, timeout=END_S)

    def _broker(self, lost: asyncio.Event) -> NatsBroker:
        async def closed() -> None:
            lost.set()

        async def unheeded(fault: Exception) -> None:
            """What matters closes the connection or is raised where it is waited for."""

        broker = NatsBroker(
            self._servers, name="firstline", connect_timeout=CONNECT_S, ping_interval=PING_S, no_echo=True, logger=None,
            allow_reconnect=False, reconnect_time_wait=0, max_reconnect_attempts=1,  # each server twice, without a pause; the pause is ours
            closed_cb=closed, error_cb=unheeded,
        )  # fmt: skip
        for carried in self._carried:
            carried.declare(broker)
        return broker

    def _gone(self, fault: BaseException | None) -> None:
        while isinstance(fault, BaseExceptionGroup):
            fault = fault.exceptions[0]
        self.trouble = _reason(fault)
        if not self._told:
            log.warning("the message bus is gone: work goes on, slower", extra={"error": type(fault).__name__, "cause": self.trouble})
        self._told = True

    def _back(self) -> None:
        self.trouble = ""
        if self._told:
            log.info("the message bus is back")
        self._told = False


def _reason(fault: BaseException | None) -> str:
    """For an operator: what is wrong and what to do."""
    if isinstance(fault, AuthorizationError) or "authorization" in str(fault).lower():
        return "the broker refuses the user or password in BUS_URL"
    if isinstance(fault, ServiceUnavailableError):
        return "the broker runs without JetStream: start nats-server with -js"
    return "the broker does not answer: look whether it runs, and whether BUS_URL names it"


def goes_on() -> bool:
    """Was this task not cancelled yet? To be asked by loops around the client's waits: `asyncio.wait_for` as it is in Python 3.11, which the client
    uses, forgets a cancelling that comes together with what it waits for."""
    task = asyncio.current_task()
    return task is None or not task.cancelling()


async def _raise_when(lost: asyncio.Event) -> None:
    await lost.wait()
    raise ConnectionClosedError


async def _end(broker: NatsBroker) -> None:
    with contextlib.suppress(Exception):  # it is lost, in most cases
        await broker.stop()
