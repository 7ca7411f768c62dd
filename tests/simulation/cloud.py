"""The far side: platforms that keep a ledger of what reached them, and hand over what people do until somebody says that it is kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol, TypeVar

from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Capabilities, Inbound, Outbound, Pace, Reaction
from bot.domain.people import Person
from bot.errors import DeliveryError, DeliveryUnknown, RateLimited, StoreError
from bot.ports import Enquiries, Receive
from tests.simulation.crash import CrashPoints, Life, nobody
from tests.simulation.weather import Weather, trouble

T = TypeVar("T")
TRIP_S = 0.3  # seconds that a call takes, at most, when all is well
HUNG_S = 400.0  # seconds: longer than anybody waits
ACK_S = 3.0  # seconds after which a platform takes a delivery for lost
AGAIN_S = 5.0  # seconds until it tries once more, at most


@dataclass
class Posted:
    """A message that a platform accepted. key: of the parcel it came from. by: the process that sent it. marked: does the store know that it arrived?

    first: what it said at first, before it was changed.
    """

    id: MessageId
    place: str
    thread: MessageId | None
    body: Outbound
    key: str
    by: Life
    marked: bool = False
    first: Outbound = field(default_factory=Outbound)
    alone: bool = False  # only one person sees it


class Watcher(Protocol):
    """Who looks at everything that goes over the wire."""

    def calls(self, life: Life, key: str, what: str) -> None:
        """A process calls a platform for a parcel."""
        ...

    def acknowledged(self, event: Inbound) -> None:
        """A platform was told that this event is kept."""
        ...

    def delivered(self, event: Inbound, tries: int) -> None:
        """An event is handed to a process."""
        ...


class Platform:
    """One network. finds: can find what it was sent by the parcel's key. in_order: hands over one event of a person after the other."""

    def __init__(self, name: str, random: Random, weather: Callable[[], Weather], *, finds: bool, in_order: bool, pace: Pace) -> None:
        self.name, self.finds, self.in_order = name, finds, in_order
        self.can = Capabilities(edits=True, threads=finds, pace=pace)
        self.random, self.weather = random, weather
        self.posted: list[Posted] = []
        self.excused: Counter[str] = Counter()  # by the parcel's key: how often it may be there beyond once, since its sender could not know
        self.members: dict[PlaceId, set[PersonId]] = {}
        self.names: dict[PersonId, str] = {}
        self.under_way = 0  # calls
        self.handing = 0  # deliveries that nobody has acknowledged yet
        self._tasks: dict[asyncio.Future[None], None] = {}
        self._queues: dict[str, asyncio.Queue[Inbound]] = {}

    def at(self, place: str) -> list[Posted]:
        """What everybody in a place sees, oldest first."""
        return [p for p in self.posted if p.place == place and not p.alone]

    def message(self, id_: str) -> Posted | None:
        """By its id."""
        return next((p for p in self.posted if p.id == id_), None)

    def marked(self, key: str) -> None:
        """The store knows that this parcel arrived."""
        for posted in self.posted:
            if posted.key == key:
                posted.marked = True

    def excuse(self, posted: Posted) -> None:
        """Its sender cannot know that it arrived: unless it can be found, it may come once more."""
        posted.marked = True
        if posted.alone or not self.finds:
            self.excused[posted.key] += 1

    def unmarked(self, life: Life) -> list[Posted]:
        """What a process sent without having been able to write it down."""
        return [p for p in self.posted if p.by is life and not p.marked]

    # ---- what people do is handed over
    def hand_over(self, event: Inbound, somebody: Callable[[], tuple[Life, Receive] | None], watcher: Watcher) -> None:
        """Until it is acknowledged; now and then more often than that."""
        with nobody():
            if self.in_order:
                if event.conversation not in self._queues:
                    self._queues[event.conversation] = asyncio.Queue()
                    self._begin(self._one_by_one(self._queues[event.conversation], somebody, watcher))
                self._queues[event.conversation].put_nowait(event)
            else:
                self._begin(self._until_kept(event, somebody, watcher))
            if self.random.random() < self.weather().repeated:
                self._begin(self._until_kept(event, somebody, watcher, after_s=self.random.random() * 10))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)

    async def _one_by_one(self, queue: asyncio.Queue[Inbound], somebody: Callable[[], tuple[Life, Receive] | None], watcher: Watcher) -> None:
        while True:
            await self._until_kept(await queue.get(), somebody, watcher)

    async def _until_kept(
        self, event: Inbound, somebody: Callable[[], tuple[Life, Receive] | None], watcher: Watcher, after_s: float = 0.0
    ) -> None:
        tries = 0
        self.handing += 1
        await asyncio.sleep(after_s)
        late = self.random.random() < self.weather().delayed
        await asyncio.sleep(self.random.random() * (8.0 if late else TRIP_S))
        while True:
            tries += 1
            if await self._is_kept(event, somebody, watcher, tries):
                watcher.acknowledged(event)
                self.handing -= 1
                return
            await asyncio.sleep(0.2 + self.random.random() * AGAIN_S)

    async def _is_kept(self, event: Inbound, somebody: Callable[[], tuple[Life, Receive] | None], watcher: Watcher, tries: int) -> bool:
        found = somebody()
        if found is None:
            return False
        life, receive = found
        watcher.delivered(event, tries)
        task = life.begin(_received(receive, event))
        await asyncio.wait([task], timeout=ACK_S)
        return task.done() and not task.cancelled() and task.result()

    # ---- what is said to people
    def accept(self, life: Life, to: str, message: Outbound, thread: MessageId | None, key: str, alone: bool = False) -> MessageId:
        """It stands there from now on."""
        id_ = MessageId(f"{to.partition('/')[0]}/{len(self.posted) + 1}")
        self.posted.append(Posted(id_, to, thread, message, key, life, first=message, alone=alone))
        return id_


async def _received(receive: Receive, event: Inbound) -> bool:
    try:
        await receive(event)
    except StoreError:
        return False
    return True


class Line:
    """A channel of one process: Channel, Edits, Answers, Reacts, Rosters, Profiles, over a network with faults."""

    def __init__(self, platform: Platform, life: Life, points: CrashPoints, watcher: Watcher, key_of: Callable[[object], str]) -> None:
        self.name, self.can = platform.name, platform.can
        self._far, self._life, self._points, self._watcher, self._key_of = platform, life, points, watcher, key_of

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """The platform finds us by itself."""
        await asyncio.Event().wait()

    def is_ready(self) -> bool:
        """Always."""
        return True

    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """Everything fits."""
        return (message,)

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """As on Slack where there are threads, else none."""
        return ConversationId(card) if self.can.threads else None

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """As the port says."""
        key = self._key_of(message)
        return await self._call(f"send {key}", key, lambda: self._far.accept(self._life, to, message, thread, key))

    async def edit(self, message: MessageId, new: Outbound) -> None:
        """As the port says."""
        key = self._key_of(new)

        def change() -> None:
            posted = self._far.message(message)
            assert posted is not None, "an edit of what was never sent"
            posted.body = new

        await self._call(f"edit {key}", key, change)

    async def answer(self, to: str, message: Outbound) -> None:
        """As the port says."""
        key = self._key_of(message)
        await self._call(f"answer {key}", key, lambda: self._far.accept(self._life, to, message, None, key, alone=True))

    async def react(self, reaction: Reaction) -> None:
        """As the port says."""
        key = self._key_of(reaction)
        await self._call(f"react {key}", key, lambda: None)

    async def is_member(self, place: PlaceId, person: PersonId) -> bool:
        """As the port says."""
        return await self._ask("ask who is in a place", lambda: person in self._far.members.get(place, set()))

    async def profile(self, person: PersonId) -> Person:
        """As the port says."""
        return await self._ask("ask who somebody is", lambda: Person(person, self._far.names.get(person, "")))

    async def _ask(self, what: str, look: Callable[[], T]) -> T:
        """A call that changes nothing: all it can meet is a platform that does not answer."""
        self._points.here(self._life, f"before {what}")
        await self._trip()
        if self._far.random.random() < self._far.weather().failed:
            raise DeliveryError("503")
        found = look()
        await self._trip()
        return found

    async def _call(self, what: str, key: str, do: Callable[[], T]) -> T:
        """A call that has an effect."""
        self._far.under_way += 1
        try:
            self._points.here(self._life, f"before {what}")
            self._watcher.calls(self._life, key, what)
            await self._trip()
            if self._far.random.random() < self._far.weather().hung:
                await self._hang(key, do)
            met = trouble(self._far.weather(), self._far.random)
            if isinstance(met, DeliveryUnknown):
                return await self._unknown(key, do, met)
            if isinstance(met, RateLimited):
                await self._trip()
            if met is not None:
                raise met
            done = do()
            self._points.here(self._life, f"after {what}")
            await self._trip()
            return done
        finally:
            self._far.under_way -= 1

    async def _hang(self, key: str, do: Callable[[], T]) -> None:
        if self._far.random.random() < 0.5:
            do()
            self._excuse(key)
        await asyncio.sleep(HUNG_S)

    async def _unknown(self, key: str, do: Callable[[], T], met: DeliveryUnknown) -> T:
        if self._far.random.random() < 0.5:
            do()
            self._excuse(key)
        await self._trip()
        raise met

    def _excuse(self, key: str) -> None:
        for posted in [p for p in self._far.posted if p.key == key][-1:]:
            self._far.excuse(posted)

    async def _trip(self) -> None:
        await asyncio.sleep(self._far.random.random() * TRIP_S / 2)
        self._life.must_live()


class FindingLine(Line):
    """A channel that can find again what it sent: Recalls as well. As on Slack, it looks by itself when an answer is lost."""

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None, key: str = "") -> MessageId:
        """As the port says."""
        return await self._call(f"send {key}", key, lambda: self._far.accept(self._life, to, message, thread, key))

    async def recall(self, to: str, thread: MessageId | None, key: str) -> MessageId | None:
        """As the port says."""
        return await self._ask(f"recall {key}", lambda: self._found(key))

    async def _unknown(self, key: str, do: Callable[[], T], met: DeliveryUnknown) -> T:
        if self._far.random.random() < 0.5:
            done = do()
            try:
                await self._ask("recall what may be there", lambda: None)
            except DeliveryError:
                self._excuse(key)
                raise met from None
            return done
        await self._trip()
        raise met

    def _found(self, key: str) -> MessageId | None:
        return next((p.id for p in reversed(self._far.posted) if p.key == key), None)
