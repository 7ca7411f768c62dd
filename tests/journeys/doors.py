"""What a journey is told in, whichever door people come through; and the whole product in this process, behind real sockets.

A door is a channel in one way of running it. Each has a stand-in of the platform, and people who use it as they would the real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar, overload

import uvicorn

from adapters.http import build as build_http
from bot.app import App, build, close_channels, health, numbers
from bot.domain.ids import PersonId
from bot.engine.running.process import BEAT_S
from bot.ports import Clock, Transaction
from bot.settings import load
from bot.store.sql import SqlStore
from kb.entries import Entry
from tests.builders import FAQ

T = TypeVar("T")
PATIENCE_S = 30.0  # seconds for anything to happen; it comes within a hundredth of that
LOOK_S = 0.02  # seconds between looks at what has no event
QUICK = 20.0  # how much faster the desk's clock runs: platforms allow a message a second and place, and a journey has dozens


@overload
async def eventually(look: Callable[[], Awaitable[T | None]], what: str, within_s: float = ...) -> T: ...
@overload
async def eventually(look: Callable[[], T | None], what: str, within_s: float = ...) -> T: ...
async def eventually(look: Callable[[], Any], what: str, within_s: float = PATIENCE_S) -> Any:
    """The first true thing that `look` finds, awaited when it has to be; AssertionError with `what` when the time is up."""
    end = time.monotonic() + within_s
    while True:
        found = look()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        assert time.monotonic() < end, f"never happened: {what}"
        await asyncio.sleep(LOOK_S)


class Requester(Protocol):
    """Somebody who has never written to the desk before."""

    async def says(self, text: str) -> None:
        """Writes to the bot privately."""
        ...

    async def presses(self, label: str) -> None:
        """The newest button with this label, when it is there."""
        ...

    async def edits(self, old: str, new: str) -> None:
        """Changes a message that was sent."""
        ...

    async def attaches(self, name: str, content: bytes) -> None:
        """Sends a file."""
        ...

    async def seen(self) -> list[str]:
        """Everything of the desk that they see now, oldest first."""
        ...

    async def got(self, name: str) -> bytes | None:
        """A file of that name that the desk sent them, if it is there."""
        ...

    async def fills_form(self, kind: str, values: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> None:
        """The form for requests of this kind (as it is called). values: by the words of the questions in the order in which they are asked; choices by
        theirs, several with a comma, "" leaves one open. files: for the question whose value is "file".
        """
        ...


class Agent(Protocol):
    """Somebody who works in one tier."""

    name: str

    async def card(self, number: str) -> str | None:
        """The ticket's card as this agent's team sees it now, buttons and all; None when there is none."""
        ...

    async def thread(self, number: str) -> list[str]:
        """What stands in the thread of the card."""
        ...

    async def presses(self, number: str, label: str, words: str = "") -> None:
        """A button of the card; words: what is then asked for."""
        ...

    async def fills(self, number: str, label: str, values: Mapping[str, str]) -> None:
        """A button of the card, rarer ones too, and the form behind it. values: as Requester.fills_form."""
        ...

    async def writes(self, number: str, text: str) -> None:
        """Plain words to the requester."""
        ...

    async def attaches(self, number: str, name: str, content: bytes) -> None:
        """A file to the requester."""
        ...

    async def got(self, number: str, name: str) -> bytes | None:
        """A file of that name that came from the requester, if it is there."""
        ...

    async def told_alone(self) -> list[str]:
        """What only this person was shown."""
        ...

    async def resolves_with(self, number: str, words: str, entry: str, question: str) -> None:
        """Resolves the ticket and says that this entry solved it. question: the entry's, in English."""
        ...


class Door(Protocol):
    """One way in. longest: characters of one message there."""

    app: App
    longest: int

    async def newcomer(self) -> Requester:
        """A new requester."""
        ...

    async def ann(self) -> Agent:
        """An agent of tier 2."""
        ...

    async def ben(self) -> Agent:
        """Another agent of tier 2."""
        ...

    async def cleo(self) -> Agent:
        """An agent of tier 3."""
        ...

    async def stranger_takes(self, number: str) -> str:
        """Somebody of no team presses "Take it" on that card: what they are told."""
        ...

    async def admin_changes(self, question: str, answer: str) -> None:
        """An admin gives the entry with this question (in English) another answer, where they are, and publishes it."""
        ...

    async def admin_approves(self, text: str) -> None:
        """An admin finds a proposed way to ask with this text, where they are, and approves it with one press."""
        ...

    def refused(self) -> list[tuple[str, str]]:
        """Calls that the platform refused, since the last look."""
        ...


async def hears(person: Requester, text: str) -> str:
    """The newest message to them that holds the text, when it is there."""

    async def look() -> str | None:
        return next((shown for shown in reversed(await person.seen()) if text in shown), None)

    try:
        return await eventually(look, text)
    except AssertionError:
        raise AssertionError(f"never heard {text!r}, but {(await person.seen())[-4:]}") from None


async def reads(agent: Agent, number: str, text: str) -> str:
    """The newest message in the ticket's thread that holds the text, when it is there."""

    async def look() -> str | None:
        return next((shown for shown in reversed(await agent.thread(number)) if text in shown), None)

    try:
        return await eventually(look, text)
    except AssertionError:
        raise AssertionError(f"{agent.name} never read {text!r} at {number}, but {(await agent.thread(number))[-4:]}") from None


async def finds_card(agent: Agent, number: str, *texts: str) -> str:
    """The card, when it shows all these texts."""

    async def look() -> str | None:
        shown = await agent.card(number)
        return shown if shown is not None and all(text in shown for text in texts) else None

    try:
        return await eventually(look, number)
    except AssertionError:
        raise AssertionError(f"{agent.name} found no card of {number} with {texts}, but {await agent.card(number)!r}") from None


# ------------------------------------------------------------------------------------------------------------ the product
@dataclass(slots=True)
class QuickClock:
    """The real time of the start, and from then on QUICK times as fast."""

    began: float = field(default_factory=time.monotonic)
    start: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        """Aware UTC."""
        return self.start + timedelta(seconds=(time.monotonic() - self.began) * QUICK)


DESK = """
[desk]
languages = ["en", "es", "de"]
admins = [{admins}]
[[tiers]]
level = 2
name = "Service desk"
{tier2}
[[tiers]]
level = 3
name = "Specialists"
{tier3}
[thread]
take_back = "0s"
"""


@contextlib.asynccontextmanager
async def product(
    folder: Path, env: Mapping[str, str], desk: Mapping[str, str], hook: str = "", more: str = "", faq: Sequence[Entry] = FAQ, clock: Clock | None = None
) -> AsyncIterator[tuple[App, str]]:
    """Everything that `firstline run` joins, with the small FAQ of tests/builders.py unless there is another, until left; and its web address.

    env: as the process would have it. hook: a variable that is to hold the web address. desk: what DESK leaves open; more: what stands below it.
    clock: left out, the real time at the start and QUICK from then on.
    """
    (folder / "firstline.toml").write_text(DESK.format(**{"admins": "", "tier2": "", "tier3": "", **desk}) + more)
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        base = f"http://127.0.0.1:{port}"
        settings = load({**env, "PORT": str(port), **({hook: base} if hook else {})}, folder)
        store = SqlStore.open(settings.database_url)
        try:
            await store.run(lambda tx: _keep_faq(tx, faq))
            app = await build(settings, store, clock or QuickClock())
            async with _running(app, door):
                yield app, base
        finally:
            await store.close()


async def _keep_faq(tx: Transaction, faq: Sequence[Entry]) -> None:
    for entry in faq:
        await tx.save_entry(entry, PersonId("command:setup"), datetime.now(UTC))


async def _living(app: App) -> None:
    """Signs of life as often as the desk's clock, not ours, asks for them."""
    while True:
        await asyncio.sleep(BEAT_S / QUICK)
        await app.process.beat()


@contextlib.asynccontextmanager
async def _running(app: App, door: socket.socket) -> AsyncIterator[None]:
    http = build_http(app.channels, health=lambda: health(app), numbers=lambda: numbers(app))
    server = uvicorn.Server(uvicorn.Config(http, lifespan="off", log_config=None, access_log=False))
    listening = [asyncio.create_task(channel.listen(app.intake.receive, app.enquiries)) for channel in app.channels.values()]
    await app.process.beat()
    tasks: list[asyncio.Task[Any]] = [*listening, asyncio.create_task(_living(app)), asyncio.create_task(app.workers.run())]
    serving = asyncio.create_task(server.serve(sockets=[door]))
    try:
        await eventually(lambda: server.started and all(channel.is_ready() for channel in app.channels.values()), "the product is ready")
        yield
    finally:
        for task in tasks:
            task.cancel()
        server.should_exit = True
        await asyncio.gather(*tasks, serving, return_exceptions=True)
        await close_channels(app.channels.values())
