"""Joins the parts: the one file that sees every one of them."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.resources
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.bus.local import LocalBus
from adapters.web.channel import WebChannel
from bot.domain.ids import PersonId, channel_of
from bot.domain.messages import Attachment, Inbound
from bot.engine.delivery import Delivery
from bot.engine.directory import Directory
from bot.engine.enquiries import DeskEnquiries
from bot.engine.intake import Intake
from bot.engine.knowledge import Knowledge
from bot.engine.pacing import Pacer
from bot.engine.roster import Roster
from bot.engine.turn import Crew
from bot.engine.work import Workers
from bot.errors import ConfigError, DeliveryRefused, StoreError, Unauthorized
from bot.ports import Channel, Clock, Diagnoses, Fetches, Notebook, Transaction
from bot.settings import Settings
from bot.store.memory import MemoryStore
from bot.store.sql import SqlStore

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger(__name__)

DRAIN_S = 8.0  # seconds for what is under way when asked to stop; the rest is carried on after the next start
OWNER = "the one process"  # of an SQLite file: what a killed predecessor had leased is ours at once
SEEDER = PersonId("bot:sample")


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)


class Broadcast:
    """Tells the live pages of this process what changed."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[str]] = set()

    def tell(self, ids: Iterable[str]) -> None:
        """These changed."""
        for watcher in self._watchers:
            for changed in ids:
                if watcher.full():
                    watcher.get_nowait()
                watcher.put_nowait(changed)

    @contextlib.asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[str]]:
        """As the port says."""
        queue: asyncio.Queue[str] = asyncio.Queue(1000)
        self._watchers.add(queue)
        try:
            yield _each(queue)
        finally:
            self._watchers.discard(queue)


async def _each(queue: asyncio.Queue[str]) -> AsyncIterator[str]:
    while True:
        yield await queue.get()


@dataclass(slots=True)
class App:
    """Everything that runs in one process."""

    settings: Settings
    store: SqlStore
    channels: dict[str, Channel]
    web: WebChannel
    knowledge: Knowledge
    intake: Intake
    workers: Workers
    delivery: Delivery
    enquiries: DeskEnquiries
    changes: Broadcast
    faults: dict[str, str] = field(default_factory=dict)


async def build(settings: Settings, store: SqlStore, clock: Clock | None = None) -> App:
    """Join the parts over an open store."""
    clock = clock or SystemClock()
    desk, changes, bus = settings.desk, Broadcast(), LocalBus()
    web = WebChannel(
        settings.web,
        desk=desk,
        reader=store,
        files=store,
        notebook=store,
        changes=changes,
        clock=clock,
        secret=settings.secret_key.get_secret_value().encode(),
        public=not _is_loopback(settings.host),
    )
    channels: dict[str, Channel] = {**_chat_channels(settings, store, clock), "web": web}
    _share_files(channels)
    knowledge = Knowledge(await store.entries(retired=True), desk.languages)
    roster = Roster(desk, channels, clock)
    enquiries = DeskEnquiries(desk, store, roster, knowledge, clock)
    await enquiries.load()
    pacer = Pacer({name: channel.can.pace for name, channel in channels.items()})
    for key, until in (await store.noted("rate:")).items():
        pacer.stop(key.removeprefix("rate:"), datetime.fromisoformat(until))

    def changed(ids: Iterable[str]) -> None:
        ids = list(ids)
        for one in ids:
            if ":" in one:
                enquiries.remember(one)
        changes.tell(ids)

    delivery = Delivery(store, channels, clock, pacer, OWNER, lambda one: changed([one]))
    crew = Crew(desk, channels, knowledge, roster, Directory(channels))
    workers = Workers(store, crew, bus, delivery, clock, changed)
    return App(settings, store, channels, web, knowledge, Intake(store, clock, bus.poke), workers, delivery, enquiries, changes)


def _chat_channels(settings: Settings, notebook: Notebook, clock: Clock) -> dict[str, Channel]:
    """Slack and Telegram when their tokens are set; an SDK that is not needed is not even imported."""
    channels: dict[str, Channel] = {}
    if settings.slack:
        from adapters.slack.channel import SlackChannel

        channels["slack"] = SlackChannel(settings.slack, desk=settings.desk, notebook=notebook, clock=clock)
    if settings.telegram:
        from adapters.telegram.channel import TelegramChannel

        channels["telegram"] = TelegramChannel(settings.telegram, desk=settings.desk, notebook=notebook, clock=clock)
    return channels


def _share_files(channels: dict[str, Channel]) -> None:
    """A file sent on one channel can be sent on by another."""

    async def fetch_any(attachment: Attachment, limit: int) -> bytes:
        channel = channels.get(channel_of(PersonId(attachment.source)))
        if not isinstance(channel, Fetches):
            raise DeliveryRefused("gone", "its channel is switched off")
        return await channel.fetch(attachment, limit)

    for channel in channels.values():
        if hasattr(channel, "fetch_any"):
            channel.fetch_any = fetch_any


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


# --------------------------------------------------------------------------------------------------------------- running
async def serve(settings: Settings) -> None:
    """Run everything until SIGTERM or SIGINT."""
    store = SqlStore.open(settings.database_url)
    try:
        if settings.is_demo:
            await _seed(store)
        app = await build(settings, store)
        await _until_stopped(app)
    finally:
        await store.close()


async def _seed(store: SqlStore) -> None:
    """The demo desk begins with the sample articles."""
    if await store.entries(retired=True):
        return
    from kb.loader import load

    entries = load(Path(str(importlib.resources.files("kb") / "articles")))
    now = SystemClock().now()

    async def keep(tx: Transaction) -> None:
        for entry in entries:
            await tx.save_entry(entry, SEEDER, now)

    await store.run(keep)


async def _until_stopped(app: App) -> None:
    listening = _bind(app.settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, stop.set)
    server = _server(app)
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(app.workers.run()), asyncio.create_task(server.serve([listening]))]
    tasks += [asyncio.create_task(_listen(app, name)) for name in app.channels]
    stopping: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait()), asyncio.create_task(_broken(app))]
    try:
        await _started(server, tasks)
        if server.started:
            await _announce(app)
        done, _ = await asyncio.wait([*stopping, *tasks[:2]], return_when=asyncio.FIRST_COMPLETED)
        _raise_what_failed(done)
    finally:
        server.should_exit = True
        for task in tasks[2:]:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(app.workers.settle(), DRAIN_S)
        for task in [tasks[0], *stopping]:
            task.cancel()
        await asyncio.wait([*tasks, *stopping], timeout=DRAIN_S)


def _bind(settings: Settings) -> socket.socket:
    """The web address, held from the first moment."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise ConfigError(f"PORT: {settings.host}:{settings.port} cannot be used ({error.strerror}); set PORT to a free one, or stop what holds it") from error
    return listening


async def _broken(app: App) -> None:
    await app.store.wait_until_broken()
    raise StoreError("the disk refused a write, so nothing is acknowledged any more; mend the disk and start again")


async def _started(server: uvicorn.Server, tasks: Iterable[asyncio.Task[None]]) -> None:
    """Until the port is open, or something failed."""
    while not server.started and not any(task.done() for task in tasks):  # noqa: ASYNC110 - uvicorn has a flag and no event
        await asyncio.sleep(0.01)


def _raise_what_failed(done: Iterable[asyncio.Task[object]]) -> None:
    for task in done:
        if not task.cancelled() and (fault := task.exception()) is not None:
            raise fault


async def _listen(app: App, name: str) -> None:
    """One channel; its fault does not end the others, /readyz and the log name it."""
    while True:
        try:
            await app.channels[name].listen(app.intake.receive, app.enquiries)
            return
        except Unauthorized as fault:
            app.faults[name] = str(fault)
            log.error("a channel is refused", extra={"channel": name, "cure": str(fault)})
            await asyncio.sleep(30)
        except Exception as fault:
            app.faults[name] = type(fault).__name__
            log.exception("a channel stopped and is started again", extra={"channel": name})
            await asyncio.sleep(5)
        app.faults.pop(name, None)


def _server(app: App) -> uvicorn.Server:
    import uvicorn

    from adapters.http import build as build_http

    http = build_http(app.channels, health=lambda: health(app), reader=app.store, numbers=lambda: numbers(app))
    config = uvicorn.Config(
        http,
        http="httptools",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        proxy_headers=False,
    )
    return uvicorn.Server(config)


async def _announce(app: App) -> None:
    """Where to go, for whoever started it."""
    base = f"http://{app.settings.host}:{app.settings.port}"
    for remark in app.settings.remarks:
        print(f"  note: {remark}", file=sys.stderr)
    print(f"\n  {app.settings.desk.name} is running.  Ctrl+C stops it.\n")
    print(f"  Ask a question         {base}/")
    print(f"  Agents and admin page  {await app.web.sign_in_link(base, 'admin')}   (works once)")
    others = [name.capitalize() for name in app.channels if name != "web"]
    also = f"Also listening on      {', '.join(others)}" if others else "No chat channel is switched on: set SLACK_BOT_TOKEN or TELEGRAM_BOT_TOKEN."
    print(f"  {also}\n", flush=True)


# ------------------------------------------------------------------------------------------------------------- operation
async def health(app: App) -> dict[str, str]:
    """What is not usable now, by name: empty when all is well."""
    wrong = dict(app.faults)
    if app.store.is_broken:
        wrong["database"] = "the disk refused a write: mend it and start again"
    else:
        try:
            await app.store.queue()
        except StoreError:
            wrong["database"] = "it does not answer"
    for name, channel in app.channels.items():
        if not channel.is_ready():
            wrong.setdefault(name, "not connected")
    return wrong


async def numbers(app: App) -> dict[str, float]:
    """Counters and gauges for /metrics: names without prefix, no one's words."""
    return {
        "events_received_total": app.intake.received,
        "events_repeated_total": app.intake.repeated,
        "events_handled_total": app.workers.handled,
        "events_parked_total": app.workers.parked,
        "messages_sent_total": app.delivery.sent,
        "messages_failed_total": app.delivery.failed,
        **{f"queue_{name}": count for name, count in (await app.store.queue()).items()},
    }


async def drain(settings: Settings) -> dict[str, int]:
    """Work until nothing is due, without listening; what is left then. Channels connect only to send."""
    store = SqlStore.open(settings.database_url)
    try:
        app = await build(settings, store)
        listening = [asyncio.create_task(channel.listen(_not_now, app.enquiries)) for channel in app.channels.values()]
        await app.workers.drain()
        for task in listening:
            task.cancel()
        return await store.queue()
    finally:
        await store.close()


async def _not_now(event: Inbound) -> None:
    """While draining nothing new is taken in: unacknowledged, the platform keeps it."""
    raise StoreError("draining")


async def diagnose(settings: Settings) -> list[tuple[bool, str]]:
    """What `firstline doctor` says: each thing tried, and what to do where it fails."""
    found: list[tuple[bool, str]] = []
    if not settings.database_file.exists():
        found.append((True, f"database: {settings.database_file} is made at the first start"))
        return [*found, *await _diagnose_channels(settings, MemoryStore())]
    try:
        store = SqlStore.open(settings.database_url, read_only=True)
    except (StoreError, ConfigError) as fault:
        return [(False, f"database: {fault}")]
    try:
        count = len(await store.entries())
        found.append((True, f"database: {settings.database_file} opens; {count} entries in the FAQ"))
        if not count and not settings.is_demo:
            found.append((False, "FAQ: it is empty, so everything goes to a person; run `firstline kb import FILE`"))
        found += await _diagnose_channels(settings, store)
    finally:
        await store.close()
    return found


async def _diagnose_channels(settings: Settings, notebook: Notebook) -> list[tuple[bool, str]]:
    channels = _chat_channels(settings, notebook, SystemClock())
    if not channels:
        return [(True, "channels: only the web chat is on; set SLACK_BOT_TOKEN or TELEGRAM_BOT_TOKEN for more")]
    return [(ok, f"{name}: {line}") for name, channel in channels.items() if isinstance(channel, Diagnoses) for ok, line in await channel.diagnose()]
