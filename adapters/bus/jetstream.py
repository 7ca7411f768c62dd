"""The bus of many processes: a poke is a message in a JetStream work queue, acknowledged when the lane's turn is over.

Each lane has a subject of its own that holds one message, the newest. So pokes that wait collapse in the broker, whichever process sent them, and a
poke that comes while the lane is in work is a new message, never swallowed. A reminder is refused by the broker where the subject holds one.
The stream is in memory: it holds nothing that the sweep does not find again, and asks for no disk.
Messages are asked for one by one, as there is room: FastStream's own loop for handlers spins without end once its connection is closed
(docs/decisions/0010-the-bus.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Iterable
from hashlib import blake2b

from faststream.nats import JStream, NatsBroker, NatsMessage
from faststream.nats.subscriber.usecases import PullStreamSubscriber
from nats.aio.client import Client
from nats.errors import ConnectionClosedError
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType

from adapters.bus.connection import Connection, goes_on
from adapters.bus.local import LocalBus

AT_ONCE = 32  # lanes that one process holds at a time; more would keep from others what this one cannot work yet
ACK_WAIT_S = 10.0  # seconds without a sign from the process that holds a lane, after which another is given it
SIGNS = 3  # so many in that time, and as many looks whether the stream is still there
MAX_AGE_S = 30  # seconds that a poke waits; then the sweep may poke anew: no lane can be stuck for longer, whatever happens to the broker's books
MAX_BYTES = 64 * 1024 * 1024  # of waiting pokes: several hundred thousand lanes; beyond it the oldest go, and the sweep finds them
REMINDER_S = 2.0  # seconds for which a reminder of ours stands: a backlog is swept several times a second, and most of its lanes wait already
OUTGOING = 10_000  # lanes to poke that wait for the network; beyond it they are left to the sweep
TOGETHER = 100  # pokes sent before others have their turn
WORKERS = "workers"  # the consumer's name
IF_NONE_WAITS = {"Nats-Expected-Last-Subject-Sequence": "0"}


class JetStreamBus:
    """Says "this lane has work" to the workers of all processes; while the broker is gone, to those of this one."""

    def __init__(self, connection: Connection, scope: str, at_once: int = AT_ONCE, ack_wait_s: float = ACK_WAIT_S) -> None:
        """scope: of letters, digits, - and _; desks of different scopes share a broker and never meet.

        at_once: lanes that this process holds at a time; 0: it has no workers, and only pokes. ack_wait_s: the same for all processes.
        """
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", scope):
            raise ValueError("a scope is made of letters, digits, - and _")
        self._stream, self._subject = f"firstline-{scope}-lanes", f"firstline.{scope}.lanes"
        self._at_once, self._ack_wait_s = at_once, ack_wait_s
        self._here = LocalBus(max(at_once, 1))  # what is given next in this process
        self._outgoing: dict[str, bool] = {}  # lane -> is it no more than a reminder
        self._wake = asyncio.Event()
        self._speaks = False  # is there a connection
        self._hold_nothing()
        self.dropped = 0  # pokes left to the sweep
        connection.add(self)

    # ---- the port
    def poke(self, lane: str) -> None:
        """As the port says."""
        if self._speaks:
            self._send(lane, reminder=False)
        else:
            self._poke_here([lane])

    def remind(self, lane: str) -> None:
        """As the port says."""
        if self._speaks:
            now = time.monotonic()
            if self._reminded.get(lane, 0.0) < now - REMINDER_S:
                if len(self._reminded) >= OUTGOING:
                    self._reminded.clear()
                self._reminded[lane] = now
                self._send(lane, reminder=True)
        elif self._at_once:
            self._here.remind(lane)

    async def next(self) -> str:
        """As the port says."""
        lane = await self._here.next()
        if messages := self._held.pop(lane, None):
            self._turns[lane] = messages
        return lane

    def done(self, lane: str) -> None:
        """As the port says."""
        if messages := self._turns.pop(lane, None):
            self._settled += messages
            self._wake.set()
        self._here.done(lane)

    def numbers(self) -> dict[str, float]:
        """As Counts says."""
        return {"bus_connected": float(self._speaks), "pokes_dropped_total": self.dropped}

    # ---- this process
    def _send(self, lane: str, reminder: bool) -> None:
        if len(self._outgoing) >= OUTGOING and lane not in self._outgoing:
            self.dropped += 1
            return
        self._outgoing[lane] = reminder and self._outgoing.get(lane, True)
        self._wake.set()

    def _poke_here(self, lanes: Iterable[str]) -> None:
        if self._at_once:
            for lane in lanes:
                self._here.poke(lane)

    def _hold_nothing(self) -> None:
        """Of this connection: messages of a former one cannot be acknowledged, and their lanes, given here, are worked all the same."""
        self._held: dict[str, list[NatsMessage]] = {}  # lane -> messages for its next turn
        self._turns: dict[str, list[NatsMessage]] = {}  # lane in work -> messages for which its turn is
        self._settled: list[NatsMessage] = []  # to acknowledge
        self._reminded: dict[str, float] = {}  # lane -> when
        self._room = asyncio.Semaphore(self._at_once)

    # ---- over the connection
    def declare(self, broker: NatsBroker) -> None:
        """The stream, made when it is missing."""
        stream = JStream(
            self._stream, subjects=[f"{self._subject}.*"], retention=RetentionPolicy.WORK_QUEUE, storage=StorageType.MEMORY, max_msgs_per_subject=1,
            max_age=MAX_AGE_S, max_bytes=MAX_BYTES,
        )  # fmt: skip
        self._source: PullStreamSubscriber = broker.subscriber(f"{self._subject}.*", stream=stream, durable=WORKERS, pull_sub=True)

    async def prepare(self, client: Client) -> None:
        """The consumer that all workers share, made when it is missing."""
        consumer = ConsumerConfig(
            durable_name=WORKERS, filter_subject=f"{self._subject}.*", ack_policy=AckPolicy.EXPLICIT, ack_wait=self._ack_wait_s,
            max_ack_pending=-1,  # no bound over all workers: each has its own
        )  # fmt: skip
        await client.jetstream().add_consumer(self._stream, consumer)

    async def carry(self, broker: NatsBroker, client: Client) -> None:
        """Pokes out and lanes in, until the connection is lost."""
        self._speaks = True
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._speak(client))
                group.create_task(self._keep(client))
                if self._at_once:
                    group.create_task(self._pull(client))
        finally:
            self._speaks = False
            with contextlib.suppress(Exception):  # a lost connection: they are given anew after ACK_WAIT_S
                await self._give_back(broker)
            self._hold_nothing()
            self._poke_here(self._outgoing)
            self._outgoing.clear()

    async def _pull(self, client: Client) -> None:
        while goes_on():
            await self._room.acquire()
            message = await self._source.get_one(timeout=self._ack_wait_s / 2)
            if message is None:
                self._room.release()
                if client.is_closed:  # then it does not wait before it says None
                    raise ConnectionClosedError
            else:
                lane = message.body.decode(errors="replace")
                self._held.setdefault(lane, []).append(message)
                self._here.poke(lane)

    async def _speak(self, client: Client) -> None:
        """By the client itself: the broker's publish costs several times as much, and a worker does it for every event."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._acknowledge()
            for lane in list(self._outgoing)[:TOGETHER]:
                headers = IF_NONE_WAITS if self._outgoing.pop(lane) else None
                await client.publish(self._subject_of(lane), lane.encode(errors="replace"), headers=headers)
            if self._outgoing:
                self._wake.set()
                await asyncio.sleep(0)

    async def _acknowledge(self) -> None:
        while self._settled:
            await self._settled.pop().ack()
            self._room.release()

    def _subject_of(self, lane: str) -> str:
        """A lane's name may hold what a subject may not."""
        return f"{self._subject}.{blake2b(lane.encode(), digest_size=12).hexdigest()}"

    async def _keep(self, client: Client) -> None:
        """The lanes held stay ours while we live; somebody may have removed the stream."""
        while goes_on():
            await asyncio.sleep(self._ack_wait_s / SIGNS)
            for message in [message for messages in (*self._held.values(), *self._turns.values()) for message in messages]:
                await message.in_progress()
            await client.jetstream().stream_info(self._stream)

    async def _give_back(self, broker: NatsBroker) -> None:
        """What is held and not done may be given to others at once.

        We ask no more, else it is given to us again; and it is poked anew, not refused: nats-server 2.9 loses sight of a refused message for a whole
        ack_wait while a request of somebody who left still stands.
        """
        await self._source.stop()
        for lane in {*self._held, *self._turns}:
            await broker.publish(lane, self._subject_of(lane))
            self._settled += self._held.get(lane, []) + self._turns.get(lane, [])
        await self._acknowledge()
