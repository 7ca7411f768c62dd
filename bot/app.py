"""Joins the parts: the one file that sees every one of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.bus.local import LocalBus
from adapters.web.channel import WebChannel
from bot.domain.ids import PersonId, channel_of
from bot.domain.messages import Attachment
from bot.engine.absences import Absences
from bot.engine.delivery import Delivery
from bot.engine.directory import Directory
from bot.engine.enquiries import DeskEnquiries
from bot.engine.following import Following
from bot.engine.intake import Intake
from bot.engine.keeper import Keeper
from bot.engine.knowledge import Knowledge
from bot.engine.pacing import Pacer
from bot.engine.roster import Roster
from bot.engine.turn import Crew
from bot.engine.work import Workers
from bot.errors import DeliveryRefused, StoreError
from bot.ports import Channel, Clock, Closes, Fetches, Notebook
from bot.settings import Settings
from bot.store.sql import SqlStore

log = logging.getLogger(__name__)

HEALTH_S = 2.0  # seconds that a question about our health may take
OWNER = "the one process"  # of an SQLite file: what a killed predecessor had leased is ours at once


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
    following: Following
    keeper: Keeper
    intake: Intake
    absences: Absences
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
    channels: dict[str, Channel] = {**chat_channels(settings, store, clock), "web": web}
    _share_files(channels)
    version = await store.knowledge_version()
    knowledge = Knowledge(await store.entries(retired=True), desk.languages)
    for mark in await store.outside_questions():
        knowledge.put_outside(mark.id, mark.text)
    keeper = Keeper(store, knowledge, desk, clock)
    if not settings.encoder:
        await keeper.look()  # else once the encoder has read the entries: what was learned of one scale says nothing of another
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

    delivery = Delivery(store, channels, clock, pacer, OWNER, lambda one: changed([one]), store.interrupted)
    crew = Crew(desk, channels, knowledge, roster, Directory(channels), keeper.judged)
    workers = Workers(store, crew, bus, delivery, clock, changed)
    intake = Intake(store, clock, bus.poke)
    absences = Absences(store, desk, channels, intake.receive, clock)
    following = Following(store, knowledge, version)
    return App(settings, store, channels, web, knowledge, following, keeper, intake, absences, workers, delivery, enquiries, changes)


async def close_channels(channels: Iterable[Channel]) -> None:
    """After the last message is sent."""
    for channel in channels:
        if isinstance(channel, Closes):
            await channel.close()


def chat_channels(settings: Settings, notebook: Notebook, clock: Clock) -> dict[str, Channel]:
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


async def health(app: App) -> dict[str, str]:
    """What is not usable now, by name: empty when all is well."""
    wrong = dict(app.faults)
    if app.store.is_broken:
        wrong["database"] = "the disk refused a write: mend it and start again"
    else:
        try:
            await app.store.queue()
            if app.store.trouble:
                await asyncio.wait_for(app.store.note("health:written", SystemClock().now().isoformat()), HEALTH_S)
        except (StoreError, TimeoutError):
            trouble = app.store.trouble
            wrong["database"] = f"it takes no writes ({trouble}): free some space, or end what locks it" if trouble else "it does not answer"
    for name, cure in app.delivery.refused.items():
        wrong.setdefault(name, cure)
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
