"""Several desks in one process: what stands before them, the doors between them, and each of them as long as its database is there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from adapters.desks.channel import LetterBox
from adapters.web.front.offices import Door
from bot.app import App, Part, Shared, build, health, lacking, numbers
from bot.domain.departments import Department
from bot.domain.ids import PersonId, channel_of
from bot.domain.messages import Attachment, Inbound
from bot.engine.departments.lookups import Answers, Lookups, Question
from bot.engine.departments.switchboard import Switchboard
from bot.engine.reports.over_all import Office
from bot.errors import DeliveryRefused, FirstlineError, StoreError
from bot.ports import Fetches
from bot.reading import open_for
from bot.settings import Settings
from bot.store.sql import open_store

if TYPE_CHECKING:
    from kb.encoders import Encoders

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_S = 1.5  # seconds that a department has for a question of ours
QUIET_S = 3.0  # seconds for which one that did not answer is asked nothing: who waits for others does not wait for it each time
AGAIN_S = 5.0  # seconds until a department that cannot work is tried again
HEALTH_S = 3.0  # seconds for a department to say how it is


class House:
    """Everything of several desks in one process. up: the departments that work, by key, in their order."""

    def __init__(self, settings: Settings, part: Part, prepare: Callable[[str], None] | None = None) -> None:
        """prepare: brings a database up to date before it is opened."""
        self.settings, self.part, self._prepare = settings, part, prepare
        self.departments = [Department(key, one.desk, one.routes) for key, one in settings.departments.items()]
        self.up: dict[str, App] = {}
        self.wrong: dict[str, str] = {}
        self.receivers: Mapping[str, LetterBox] = {key: LetterBoxOf(self, key) for key in ("", *(one.key for one in self.departments))}
        self.front: App | None = None
        self.announced = asyncio.Event()  # what is said of all is printed
        self._quiet: dict[str, float] = {}  # until when a department is asked nothing, by key, as the loop counts
        self._encoders: list[Encoders | None] = []
        self._opening = threading.Lock()

    # ------------------------------------------------------------------------------------------------------ building
    def shared(self) -> Shared:
        """What stands before all departments, for `build`."""
        return Shared(self.receivers, handle=Switchboard(self.departments, Lookups(self.ask)).handle)

    def front_is(self, front: App) -> None:
        """It is built: its channels are those of all departments."""
        self.front = front
        front.web.stand_before(self)
        for channel in front.channels.values():
            if hasattr(channel, "fetch_any"):
                channel.fetch_any = self.fetch

    @asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[App]:
        """A department, at work until its end. Raises StoreError when its database is away."""
        assert self.front is not None
        settings, front = self.settings.departments[key], self.front
        if self._prepare is not None:
            await asyncio.to_thread(self._prepare, settings.database_url)
        store = await open_store(settings.database_url)
        try:
            common = {name: channel for name, channel in front.channels.items() if name in self.settings.channels}
            app = await build(settings, store, part=self.part, among=Shared(self.receivers, key, common, front.pacer))
            await app.process.beat()
            self.up[key] = app
            self.wrong.pop(key, None)
            yield app
        finally:
            self.up.pop(key, None)
            await store.close()

    def encoders(self) -> Encoders | None:
        """As `open_for`: what reads questions is the same for all, and is loaded once."""
        with self._opening:
            if not self._encoders:
                self._encoders.append(open_for(self.settings))
            return self._encoders[0]

    def app_of(self, key: str) -> App:
        """Of a department, or of what stands before all (""). Raises StoreError when it does not work now."""
        app = self.up.get(key) if key else self.front
        if app is None:
            raise StoreError(f"{key} is not up")
        return app

    # ------------------------------------------------------------------------------------------------------- questions
    async def ask(self, question: Question, ident: str) -> Answers:
        """As Asks."""
        keys = [one.key for one in self.departments]
        found = dict(zip(keys, await asyncio.gather(*(self._answer(key, question, ident) for key in keys)), strict=True))
        return Answers(frozenset(key for key in keys if found[key]), frozenset(key for key in keys if found[key] is None))

    async def _answer(self, key: str, question: Question, ident: str) -> bool | None:
        """None: it does not say."""
        try:
            return await self.heard(key, LOOK_S, lambda app: QUESTIONS[question](app, ident))
        except StoreError:
            return None

    async def heard(self, key: str, within_s: float, asked: Callable[[App], Awaitable[T]]) -> T:
        """What a department that may be away says. Raises StoreError, in so many seconds at most."""
        app, now = self.app_of(key), asyncio.get_running_loop().time
        if now() < self._quiet.get(key, 0.0):
            raise StoreError(f"{key} does not answer")
        try:
            async with asyncio.timeout(within_s):
                return await asked(app)
        except (StoreError, TimeoutError) as fault:
            log.warning("a department does not answer", extra={"department": key, "error": type(fault).__name__})
            self._quiet[key] = now() + QUIET_S
            raise StoreError(f"{key} does not answer") from fault

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """A file, from whichever desk has it: those of platforms from the platform, those sent on our own pages from the department of the page."""
        name = channel_of(PersonId(attachment.source))
        found = [app.channels[name] for app in self.apps() if name in app.channels]
        for channel in dict.fromkeys(found):
            if isinstance(channel, Fetches):
                try:
                    return await channel.fetch(attachment, limit)
                except DeliveryRefused as refused:
                    if refused.reason != "gone":
                        raise
        raise DeliveryRefused("gone", "no desk has it")

    # ------------------------------------------------------------------------------------------------ as Offices, for pages
    def doors(self) -> Sequence[Door]:
        """Of all, in their order."""
        return [Door(one.key, one.desk.name, one.desk.url, one.desk.prefix) for one in self.departments]

    def offices(self) -> Sequence[Office]:
        """Those that work now, in their order."""
        return [Office(one.key, one.desk, self.up[one.key].store) for one in self.departments if one.key in self.up]

    # ------------------------------------------------------------------------------------------------------- how they are
    async def lacking(self) -> dict[str, str]:
        """What is not there now, by name: of the front, and each department that does not work as it should."""
        told = await asyncio.gather(*(self._trouble(one.key) for one in self.departments))
        wrong = {f"department_{one.key}": why for one, why in zip(self.departments, told, strict=True) if why}
        return {**(await lacking(self.front) if self.front is not None else {}), **wrong}

    async def numbers(self) -> dict[str, float]:
        """As `numbers` of the front; those of a department end in "@" and its key."""
        assert self.front is not None
        keys = list(self.up)
        front, *each = await asyncio.gather(numbers(self.front), *(self._figures(key) for key in keys))
        told = await asyncio.gather(*(self._trouble(one.key) for one in self.departments))
        ups = {f"department_{one.key}_up": float(not why) for one, why in zip(self.departments, told, strict=True)}
        return {**front, **ups, **{f"{name}@{key}": value for key, found in zip(keys, each, strict=True) for name, value in found.items()}}

    async def _trouble(self, key: str) -> str:
        """What is wrong with it, or ""."""
        app = self.up.get(key)
        if app is None:
            return self.wrong.get(key, "it has not begun yet")
        try:
            async with asyncio.timeout(HEALTH_S):
                found = await health(app)
        except (FirstlineError, TimeoutError):
            return "its database does not answer"
        return "; ".join(f"{name}: {why}" for name, why in found.items() if name not in app.shared)

    async def _figures(self, key: str) -> dict[str, float]:
        app = self.up[key]
        with contextlib.suppress(FirstlineError, TimeoutError):
            return await numbers(app)
        return {}

    def apps(self) -> Iterator[App]:
        """The front, and the departments that work."""
        if self.front is not None:
            yield self.front
        yield from list(self.up.values())


class LetterBoxOf:
    """As LetterBox. key: as of `House.app_of`."""

    def __init__(self, house: House, key: str) -> None:
        self._house, self._key = house, key

    async def receive(self, event: Inbound) -> None:
        """As LetterBox."""
        await self._house.app_of(self._key).intake.receive(event)

    async def keep_file(self, attachment: Attachment, content: bytes) -> None:
        """As LetterBox."""
        await self._house.app_of(self._key).store.keep_file(attachment, content)


async def _knows(app: App, message: str) -> bool:
    return await app.store.run(lambda tx: tx.linked(message)) is not None


async def _works(app: App, person: str) -> bool:
    return bool(await app.enquiries.rank(PersonId(person)))


async def _is_busy(app: App, conversation: str) -> bool:
    ticket = await app.store.run(lambda tx: tx.latest_ticket(conversation))
    return ticket is not None and ticket.is_open


QUESTIONS: Mapping[Question, Callable[[App, str], Awaitable[bool]]] = {"knows": _knows, "works": _works, "busy": _is_busy}
