"""Joins the parts: the one file that sees every one of them."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from adapters.api.answers import ANSWER as API_ANSWER
from adapters.api.channel import ApiChannel
from adapters.bus.local import LocalBus, Unheard
from adapters.bus.pages import Broadcast
from adapters.desks.channel import DesksChannel, LetterBox
from adapters.directory.source import source
from adapters.inventory.channel import InventoryChannel
from adapters.kinds import kinds
from adapters.phone.notes import PASSING as PHONE_PASSING
from adapters.web.channel import WebChannel
from adapters.web.effects import ANSWER
from adapters.webhooks.channel import WebhookChannel
from adapters.webhooks.mirror import MirrorChannel
from bot.domain.ids import PersonId, channel_of
from bot.domain.messages import Attachment, Pace
from bot.domain.people import EMAIL
from bot.engine import conversation
from bot.engine.curation.workshop import Workshop
from bot.engine.departments.talks import PASSING as TALKS
from bot.engine.enquiries import DeskEnquiries
from bot.engine.faq.askers import Askers
from bot.engine.faq.keeper import Keeper
from bot.engine.faq.knowledge import Knowledge
from bot.engine.reports.bookkeeping import Bookkeeping
from bot.engine.reports.figures import Figures
from bot.engine.reports.orders import plan as plan_orders
from bot.engine.reports.report_links import ReportLinks
from bot.engine.reports.wanting import wanting
from bot.engine.reports.weekly import plan as plan_weekly
from bot.engine.running.absences import Absences
from bot.engine.running.company import Company, Rules
from bot.engine.running.delivery import Delivery
from bot.engine.running.directory import Directory
from bot.engine.running.following import Following
from bot.engine.running.housekeeping import Housekeeping, OldTickets
from bot.engine.running.intake import Intake
from bot.engine.running.pacing import Pacer, Pacing, SharedPacer
from bot.engine.running.process import Process
from bot.engine.running.reckoning import Reckoning
from bot.engine.running.roster import Roster
from bot.engine.running.timetable import Timetable
from bot.engine.running.work import Handle, Workers
from bot.engine.turn import Crew
from bot.errors import DeliveryRefused, StoreError
from bot.ports import Bus, Changes, Channel, Clock, Closes, Connects, Counts, Edits, Fetches, Files, Notebook, Transaction
from bot.ports.building import Tools
from bot.ports.world import Preview, Troubled
from bot.settings import Settings
from bot.store.looking import Looking
from bot.store.person_desk import PersonDesk
from bot.store.sql import SqlStore
from bot.store.standing import standing
from bot.watching import Watch

log = logging.getLogger(__name__)

Part = Literal["all", "web", "worker"]
"""What a process does of the whole: "web" serves pages and is called by platforms, "worker" handles, sends and asks platforms."""

INSTALLATION = "desk:installation"  # the note that names this installation
LANES = 32  # in work at a time where each unit has a connection: what is sent and signs of life must not queue behind a whole backlog
HEALTH_S = 2.0  # seconds that a question about our health may take


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)


class Tells(Changes, Protocol):
    """What changed, told and watched."""

    def tell(self, ids: Iterable[str]) -> None:
        """These changed."""
        ...


class Runs(Protocol):
    """Something that goes on until it is cancelled."""

    async def run(self) -> None:
        """Until cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class Wires:
    """What connects the processes. pages: those of this process; beside: what must go on for it, the connection to a broker or looking, if anything."""

    bus: Bus
    changes: Tells
    pages: Broadcast
    beside: Runs | None


@dataclass(frozen=True, slots=True)
class Shared:
    """What a desk has in common with others in the same process. receivers: the doors of all departments.

    key: the department's own, "" for what stands before them; channels, pacer: that one's, for a department.
    handle: what an event does there.
    """

    receivers: Mapping[str, LetterBox]
    key: str = ""
    channels: Mapping[str, Channel] = field(default_factory=dict)
    pacer: Pacing | None = None
    handle: Handle = conversation.handle


@dataclass(slots=True)
class App:
    """Everything of one desk that runs in one process. shared: names of its channels that others listen on."""

    settings: Settings
    store: SqlStore
    channels: dict[str, Channel]
    web: WebChannel
    knowledge: Knowledge
    following: Following
    keeper: Keeper
    intake: Intake
    absences: Absences
    housekeeping: Housekeeping
    bookkeeping: Bookkeeping
    reckoning: Reckoning
    askers: Askers
    timetable: Timetable
    process: Process
    workers: Workers
    delivery: Delivery
    enquiries: DeskEnquiries
    wires: Wires
    watch: Watch
    pacer: Pacing
    company: Company | None = None
    shared: frozenset[str] = frozenset()
    faults: dict[str, str] = field(default_factory=dict)


async def build(settings: Settings, store: SqlStore, clock: Clock | None = None, part: Part = "all", among: Shared | None = None) -> App:
    """Join the parts over an open store. among: what it shares with other desks, if there are any."""
    clock = clock or SystemClock()
    desk, wires = settings.desk, await _wires(settings, store, part)
    bus, changes = wires.bus, wires.changes
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
        shared=store.is_shared,
    )
    api = ApiChannel(desk, store, store, clock, web.admits, shared=store.is_shared)
    webhooks = WebhookChannel(settings.webhooks, store, clock, settings.secret_key.get_secret_value().encode())
    own = {**chat_channels(settings, store, store, clock, shared=store.is_shared), "web": web, "api": api, webhooks.name: webhooks}
    if desk.mirror is not None:
        own[MirrorChannel.name] = MirrorChannel(desk.mirror, settings.mirror_secret.get_secret_value(), settings.webhooks, store, clock)
    if settings.inventory is not None:
        own[InventoryChannel.name] = InventoryChannel(settings.inventory, store, clock)
    if among is not None:
        own[DesksChannel.name] = DesksChannel(among.receivers, store)
    channels: dict[str, Channel] = {**among.channels, **own} if among is not None else own
    web.know_workspace(lambda: getattr(channels.get("slack"), "workspace", None))
    web.know_mail(lambda: EMAIL in channels)
    web.know_inventories(lambda: InventoryChannel.name in channels)
    _share_files(own, channels)
    web.show_previews(_previews(channels))
    able = {name for name, channel in channels.items() if isinstance(channel, Edits)}
    of, secret = among.key if among is not None else "", settings.secret_key.get_secret_value().encode()
    web.know_people(PersonDesk(store, settings.database_url, settings.ledger, secret, clock, able, of))
    version = await store.knowledge_version()
    entries = await store.entries(retired=True)
    web.know_entries(entries, version)
    knowledge = Knowledge(entries, desk.languages, today=lambda: clock.now().astimezone(ZoneInfo(desk.timezone)).date())
    for mark in await store.outside_questions():
        knowledge.put_outside(mark.id, mark.text)
    workshop = Workshop(store, knowledge, clock)
    web.open_workshop(workshop)
    keeper = Keeper(store, knowledge, desk, clock)
    if not settings.encoder:
        await keeper.look()  # else once the encoder has read the entries: what was learned of one scale says nothing of another
    roster = Roster(desk, channels, clock)
    enquiries = DeskEnquiries(desk, store, roster, knowledge, clock)
    await enquiries.load()
    pacer = among.pacer if among is not None and among.pacer else await _pacer(store, {name: one.can.pace for name, one in channels.items()}, clock)
    wires.pages.first = lambda changed: enquiries.remember(changed) if ":" in changed else None
    process = Process(store, clock)
    if store.is_shared:
        for channel in own.values():
            if hasattr(channel, "alone"):
                channel.alone = process.alone
    delivery = Delivery(store, channels, clock, pacer, process, lambda one: changes.tell([one]), desk.key, desk.name if desk.key else "")
    figures = Figures(store, desk, clock, wanting(workshop))
    company = _company(settings, channels, clock)
    crew = Crew(desk, channels, knowledge, roster, Directory(channels, company), keeper.judged, figures=figures, links=ReportLinks(web.sign_report))
    workers = Workers(store, crew, bus, delivery, clock, changes.tell, among.handle if among is not None else conversation.handle)
    intake = Intake(store, clock, bus.poke)
    absences = Absences(store, desk, channels, intake.receive, clock)
    old_tickets = OldTickets(settings.keep_tickets, store.forget_tickets)
    housekeeping = Housekeeping(store, clock, settings.keep_events, (ANSWER, API_ANSWER, *TALKS, *PHONE_PASSING), settings.keep_contacts, old_tickets)
    bookkeeping = Bookkeeping(store, desk, clock, process.owner)
    reckoning = Reckoning(store, desk, intake.receive, clock)
    timetable = Timetable(store, desk, clock, [plan_weekly, plan_orders])
    askers = Askers(store, knowledge, desk, intake.receive, clock)
    following = Following(store, knowledge, version)
    watch = Watch(lambda now: standing(store.reading, now), clock.now, process.owner, _roles(own) if store.is_shared else frozenset())
    return App(
        settings, store, channels, web, knowledge, following, keeper, intake, absences, housekeeping, bookkeeping, reckoning, askers, timetable, process,
        workers, delivery, enquiries, wires, watch, pacer, company,
        frozenset(channels) - frozenset(own),
    )  # fmt: skip


def _company(settings: Settings, channels: Mapping[str, Channel], clock: Clock) -> Company | None:
    """The company's directory, if there is one. Raises ConfigError."""
    config = settings.directory
    if config is None:
        return None
    return Company(source(config), Rules(config.refresh, config.fields, config.vip_priority), channels, clock)


async def _pacer(store: SqlStore, paces: Mapping[str, Pace], clock: Clock) -> Pacing:
    """Limits kept in rows where several processes send, else in memory; what platforms asked for is known again after a start."""
    if store.is_shared:
        return SharedPacer(paces, store, clock)
    pacer = Pacer(paces)
    for key, until in (await store.noted("rate:")).items():
        await pacer.stop(key.removeprefix("rate:"), datetime.fromisoformat(until))
    return pacer


def _roles(channels: dict[str, Channel]) -> frozenset[str]:
    """Those that some process should have, where there are several."""
    connected = (name for name, channel in channels.items() if isinstance(channel, Connects) and not channel.is_called)
    return frozenset({"absences", "askers", "housekeeping", "reckoning", "timetable", *connected})


async def _wires(settings: Settings, store: SqlStore, part: Part) -> Wires:
    """How processes tell each other of work and of changes: over NATS, or not at all, and then each finds both by looking."""
    pages = Broadcast()
    if not settings.bus_url:
        looking = Looking(store.reading, pages.tell) if store.is_shared else None
        return Wires(Unheard() if part == "web" else LocalBus(LANES) if store.is_shared else LocalBus(), pages, pages, looking)
    from adapters.bus.changes import SharedChanges
    from adapters.bus.connection import Connection
    from adapters.bus.jetstream import AT_ONCE, JetStreamBus

    connection, scope = Connection(settings.bus_url), await _installation(store)
    bus = JetStreamBus(connection, scope, at_once=0 if part == "web" else AT_ONCE)
    return Wires(bus, SharedChanges(connection, scope, pages), pages, connection)


async def _installation(store: SqlStore) -> str:
    """The name of this installation among others on one broker: made once, kept in the database."""

    async def known(tx: Transaction) -> str:
        await tx.take(INSTALLATION)
        name = (await tx.noted(INSTALLATION)).get(INSTALLATION) or secrets.token_hex(8)
        await tx.note(INSTALLATION, name)
        return name

    return await store.run(known)


async def connect(channel: Channel) -> None:
    """Make it able to send, without listening."""
    if isinstance(channel, Connects):
        await channel.connect()


async def close_channels(channels: Iterable[Channel]) -> None:
    """After the last message is sent."""
    for channel in channels:
        if isinstance(channel, Closes):
            await channel.close()


def chat_channels(settings: Settings, notebook: Notebook, files: Files, clock: Clock, *, shared: bool = False) -> dict[str, Channel]:
    """Those that settings switch on; an SDK that is not needed is not even imported."""
    tools = Tools(settings.desk, notebook, files, clock, settings.secret_key.get_secret_value().encode(), shared)
    return {name: kinds()[name].build(config, tools) for name, config in settings.channels.items()}


def _share_files(own: Mapping[str, Channel], channels: Mapping[str, Channel]) -> None:
    """A file sent on one of all channels can be sent on by each of its own."""

    async def fetch_any(attachment: Attachment, limit: int) -> bytes:
        channel = channels.get(channel_of(PersonId(attachment.source)))
        if not isinstance(channel, Fetches):
            raise DeliveryRefused("gone", "its channel is switched off")
        return await channel.fetch(attachment, limit)

    for channel in own.values():
        if hasattr(channel, "fetch_any"):
            channel.fetch_any = fetch_any


def _previews(channels: Mapping[str, Channel]) -> dict[str, Preview]:
    """What each chat channel makes of an answer; of all of them while there is none."""
    from adapters.email.preview import preview as email
    from adapters.slack.preview import preview as slack
    from adapters.telegram.preview import preview as telegram

    known: dict[str, Preview] = {"slack": slack, "telegram": telegram, "email": email}
    return {name: preview for name, preview in known.items() if name in channels} or known


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
        if isinstance(channel, Troubled) and (trouble := channel.trouble()):
            wrong.setdefault(name, trouble)
    return wrong


async def lacking(app: App) -> dict[str, str]:
    """What is not there now and which the desk does without, by name."""
    return {"directory": app.company.trouble} if app.company is not None and app.company.trouble else {}


async def numbers(app: App) -> dict[str, float]:
    """Counters and gauges for /metrics: names without prefix, no one's words. What they mean: bot/watching.py."""
    return {**_of_process(app), **await app.watch.figures()}


def _of_process(app: App) -> dict[str, float]:
    bus, own = app.wires.bus, {name: channel for name, channel in app.channels.items() if name not in app.shared}
    return {
        "events_received_total": app.intake.received,
        "events_repeated_total": app.intake.repeated,
        "events_handled_total": app.workers.handled,
        "events_parked_total": app.workers.parked,
        "messages_sent_total": app.delivery.sent,
        "messages_failed_total": app.delivery.failed,
        "units_repeated_total": app.store.repeated,
        "rate_limited_total": app.delivery.asked_to_wait,
        "rate_limited_places": app.delivery.stopped(SystemClock().now()),
        "database_takes_writes": float(not app.store.trouble and not app.store.is_broken),
        "knowledge_version": app.following.version,
        **(bus.numbers() if isinstance(bus, Counts) else {}),
        **(app.company.numbers() if app.company is not None else {}),
        **{f"{name}_ready": float(channel.is_ready()) for name, channel in own.items()},
        **{name: figure for channel in own.values() if isinstance(channel, Counts) for name, figure in channel.numbers().items()},
    }
