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
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.app import App, SystemClock, build, close_channels, health, numbers
from bot.domain.ids import PersonId
from bot.errors import ConfigError, StoreError, Unauthorized
from bot.ports import Transaction
from bot.reading import open_for
from bot.settings import Settings
from bot.store.sql import SqlStore

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger(__name__)

DRAIN_S = 6.0  # seconds for what is under way when asked to stop, so that all is over within ten; the rest is carried on after the next start
SEEDER = PersonId("bot:sample")


async def serve(settings: Settings) -> None:
    """Run everything until SIGTERM or SIGINT."""
    store = SqlStore.open(settings.database_url)
    try:
        if settings.is_demo:
            await _seed(store)
        app = await build(settings, store)
        _settle_memory()
        await _until_stopped(app)
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
    tasks += [asyncio.create_task(app.absences.run()), asyncio.create_task(app.following.run()), asyncio.create_task(_learn(app))]
    tasks.append(asyncio.create_task(app.knowledge.run(partial(open_for, app.settings))))
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
        await close_channels(app.channels.values())


async def _learn(app: App) -> None:
    """From outcomes, as soon as it is known what gives the scores."""
    await app.knowledge.begun.wait()
    app.keeper.judged()
    await app.keeper.run()


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
