"""Runs everything in one process until it is asked to stop: ports, channels, workers, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib.resources
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from structlog.contextvars import bind_contextvars

from bot.app import App, Part, SystemClock, build, close_channels, connect, health, lacking, numbers
from bot.department_enquiries import HouseEnquiries
from bot.department_pages import ByHost
from bot.departments import AGAIN_S, House
from bot.domain.ids import PersonId, channel_name
from bot.errors import ConfigError, FirstlineError, StoreError, Unauthorized
from bot.ports import Connects, Enquiries, Transaction
from bot.reading import open_for
from bot.settings import Settings
from bot.store.doing import TakingIn
from bot.store.sql import SqlStore, open_store
from bot.watching import meaning

if TYPE_CHECKING:
    import uvicorn

    from kb.encoders import Encoders

log = logging.getLogger(__name__)

DRAIN_S = 6.0  # seconds for what is under way when asked to stop, so that all is over within ten; the rest is carried on after the next start
SEEDER = PersonId("bot:sample")


async def serve(settings: Settings, part: Part = "all", prepare: Callable[[str], None] | None = None) -> None:
    """Run that part of the product until SIGTERM or SIGINT. prepare: as of House."""
    store = await open_store(settings.database_url)
    house = House(settings, part, prepare) if settings.departments else None
    try:
        if settings.is_demo:
            await _seed(store)
        app = await build(settings, store, part=part, among=house.shared() if house else None)
        if house is not None:
            house.front_is(app)
        await app.process.beat()
        _settle_memory()
        await _until_stopped(app, part, house)
    finally:
        await store.close()


def _settle_memory() -> None:
    """What was built at start stays: the collector need not walk the index again and again, nor run for every few hundred short-lived values."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _seed(store: SqlStore) -> None:
    """The demo desk begins with the sample articles."""
    if await store.entries(retired=True):
        return
    from kb.loader import load

    entries = load(Path(str(importlib.resources.files("kb") / "articles")))
    now = SystemClock().now()

    async def keep(tx: Transaction) -> None:
        await tx.take(SEEDER)
        if await tx.knowledge_version():
            return  # another process was faster
        for entry in entries:
            await tx.save_entry(entry, SEEDER, now)

    await store.run(keep)


async def _until_stopped(app: App, part: Part, house: House | None) -> None:
    listening = _door(app.settings, part)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, stop.set)
    server = _server(app, part, house) if listening is not None else None
    workers = [asyncio.create_task(app.workers.run())] if part != "web" else []
    serving = [asyncio.create_task(server.serve([listening]))] if server is not None and listening is not None else []
    others = [asyncio.create_task(work) for work in _beside(app, part, partial(open_for, app.settings), house)]
    residents = [asyncio.create_task(_resident(house, one.key, part)) for one in house.departments] if house is not None else []
    ends = [asyncio.create_task(stop.wait()), asyncio.create_task(_broken(app))]
    try:
        if server is not None:
            await _started(server, [*workers, *serving])
        if server is None or server.started:
            await _announce(app, part, house)
            if house is not None:
                house.announced.set()
        done, _ = await asyncio.wait([*ends, *workers, *serving], return_when=asyncio.FIRST_COMPLETED)
        _raise_what_failed(done)
    finally:
        if server is not None:
            server.should_exit = True
        for task in (*others, *residents):
            task.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(app.workers.settle(), DRAIN_S)
        for task in [*workers, *ends]:
            task.cancel()
        await asyncio.wait([*workers, *serving, *others, *residents, *ends], timeout=DRAIN_S)
        await close_channels(app.channels.values())
        if app.company is not None:
            await app.company.close()
        await app.process.end()


async def _resident(house: House, key: str, part: Part) -> None:
    """A department, until cancelled: one whose database is away begins once it is there, and one that fails begins anew."""
    bind_contextvars(department=key)
    while True:
        try:
            async with house.open(key) as app:
                log.info("a department works")
                await _working(app, part, house, key)
        except (FirstlineError, ExceptionGroup) as fault:
            why = str(fault) if isinstance(fault, FirstlineError) else "it failed; the log says why"
            if house.wrong.get(key) != why:  # a database may be away for long, and is told once
                log.error("a department does not work and is tried again", extra={"cure": why}, exc_info=None if isinstance(fault, FirstlineError) else fault)
            house.wrong[key] = why
        await asyncio.sleep(AGAIN_S)


async def _working(app: App, part: Part, house: House, key: str) -> None:
    """Its workers and what goes on beside them, until cancelled; then what is under way ends in order."""
    try:
        async with asyncio.TaskGroup() as group:
            if part != "web":
                group.create_task(app.workers.run())
            for work in _beside(app, part, house.encoders):
                group.create_task(work)
            group.create_task(_broken(app))
            if part != "worker":
                group.create_task(_announce_department(house, app, key))
    finally:
        with contextlib.suppress(TimeoutError, StoreError):
            await asyncio.wait_for(app.workers.settle(), DRAIN_S / 2)
        await close_channels(channel for name, channel in app.channels.items() if name not in app.shared)
        if app.company is not None:
            await app.company.close()
        with contextlib.suppress(StoreError):
            await app.process.end()


def _beside(app: App, part: Part, opened: Callable[[], Encoders | None], house: House | None = None) -> Iterator[Coroutine[Any, Any, Any]]:
    """What goes on beside workers and web server. opened: what reads questions. house: of what stands before departments, which answers nothing itself."""
    yield app.process.run()
    yield app.watch.run()
    yield app.following.run()
    if house is None:
        yield app.knowledge.run(opened)
        yield _learn(app)
    if app.wires.beside is not None:
        yield app.wires.beside.run()
    if app.company is not None:
        yield app.company.run()
    if app.settings.database_file is not None:
        yield TakingIn(app.store.within, app.settings.database_file).run()
    if part != "web":
        yield _alone(app, "absences", app.absences.run)
        yield _alone(app, "housekeeping", app.housekeeping.run)
        yield _alone(app, "reckoning", app.reckoning.run)
        yield _alone(app, "timetable", app.timetable.run)
        yield _alone(app, "askers", app.askers.run)
        yield app.bookkeeping.run()
    enquiries = HouseEnquiries(house) if house is not None else app.enquiries
    for name in app.channels.keys() - app.shared:
        yield from _hearing(app, name, part, enquiries if name != "web" else app.enquiries)  # our own pages know their own admins


def _hearing(app: App, name: str, part: Part, enquiries: Enquiries) -> Iterator[Coroutine[Any, Any, None]]:
    """A channel that is called is heard by every process with a web server; one that asks its platform, by one worker (or two) at a time."""
    channel = app.channels[name]
    is_called = channel.is_called if isinstance(channel, Connects) else True
    if (part == "all" and not app.store.is_shared) or (is_called and part != "worker"):
        yield _listen(app, name, enquiries)
    elif is_called or part == "web":
        yield _guarded(app, name, lambda: connect(channel))
    else:
        yield _guarded(app, name, lambda: connect(channel))
        yield app.process.alone(name, lambda: _listen(app, name, enquiries), channel.seats if isinstance(channel, Connects) else 1)


def _alone(app: App, role: str, work: Callable[[], Awaitable[None]]) -> Coroutine[Any, Any, None]:
    """By one process at a time. One that owns its file is always alone."""
    return app.process.alone(role, work) if app.store.is_shared else _awaited(work)


async def _awaited(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _learn(app: App) -> None:
    """From outcomes, as soon as it is known what gives the scores."""
    await app.knowledge.begun.wait()
    app.keeper.judged()
    await app.keeper.run()


def _door(settings: Settings, part: Part) -> socket.socket | None:
    """The web address; a worker's own, where it only tells how it is, if it has one."""
    if part == "worker":
        return _bind("127.0.0.1", settings.metrics_port, "METRICS_PORT") if settings.metrics_port else None
    return _bind(settings.host, settings.port, "PORT")


def _bind(host: str, port: int, name: str) -> socket.socket:
    """An address, held from the first moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise ConfigError(f"{name}: {host}:{port} cannot be used ({error.strerror}); set {name} to a free one, or stop what holds it") from error
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


async def _listen(app: App, name: str, enquiries: Enquiries) -> None:
    """One channel, until cancelled."""
    await _guarded(app, name, lambda: app.channels[name].listen(app.intake.receive, enquiries))


async def _guarded(app: App, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """What a channel does; its fault does not end the others, /readyz and the log name it."""
    while True:
        try:
            await work()
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


def _server(app: App, part: Part, house: House | None) -> uvicorn.Server:
    import uvicorn

    from adapters.http import build as build_http

    channels = app.channels if part != "worker" else {}
    if house is None:
        http: Any = build_http(channels, health=lambda: health(app), numbers=lambda: numbers(app), meaning=meaning, lacking=lambda: lacking(app))
    else:
        channels = {name: channel for name, channel in channels.items() if name == "web" or name in app.settings.channels}
        http = build_http(channels, health=lambda: health(app), numbers=house.numbers, meaning=meaning, lacking=house.lacking)
        http = ByHost(house, http) if part != "worker" else http
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


async def _announce(app: App, part: Part, house: House | None) -> None:
    """Where to go, for whoever started it."""
    if part == "worker":
        told = f"  Figures and health     http://127.0.0.1:{app.settings.metrics_port}/metrics\n" if app.settings.metrics_port else ""
        print(f"\n  {app.settings.desk.name}: a worker is running.  Ctrl+C stops it.\n{told}", flush=True)
        return
    base = f"http://{app.settings.host}:{app.settings.port}"
    for remark in app.settings.remarks:
        print(f"  note: {remark}", file=sys.stderr)
    print(f"\n  {app.settings.desk.name} is running.  Ctrl+C stops it.\n")
    if house is None:
        print(f"  Ask a question         {base}/")
        print(f"  Agents and admin page  {await app.web.sign_in_link(base, 'admin')}   (works once)")
    else:
        print(f"  Choose a department    {base}/")
        print(f"  Reports over all       {await app.web.sign_in_link(base, 'admin')}   (works once)")
    others = [channel_name(name) for name in app.channels if name not in ("web", "api", "webhook", "mirror", "desks")]
    also = f"Also listening on      {', '.join(others)}" if others else "No chat channel is switched on: set SLACK_BOT_TOKEN or TELEGRAM_BOT_TOKEN."
    print(f"  {also}\n", flush=True)


async def _announce_department(house: House, app: App, key: str) -> None:
    """The way in to one, each time that it begins to work; after what is said of all."""
    await house.announced.wait()
    url = app.settings.desk.url
    print(f"  {app.settings.desk.name:<22} {url}/   [desks.{key}]")
    print(f"    agents and admin     {await app.web.sign_in_link(url, 'admin')}   (works once)", flush=True)
