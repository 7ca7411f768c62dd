"""One form of the product with everything around it: its database, its bus, its platforms, and a line to each that can be harmed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from bot.store.migrate import migrate
from tests import servers
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import BOT_TOKEN, SIGNING_SECRET
from tests.clouds.telegram import EXPERTS, TEAM, TelegramCloud
from tests.faults import certificates
from tests.faults.desk import Desk, desk_of
from tests.faults.line import Line
from tests.faults.people import Side
from tests.faults.people_slack import RETRIES_S, SlackSide
from tests.faults.people_telegram import TelegramSide
from tests.integration.processes import ROOT, installed

FORMS = {"sqlite": ("run",), "postgresql": ("web", "worker", "worker"), "mariadb": ("web", "worker", "worker")}
DISK_MB = 48  # of the disk that can be filled
# Read by the interpreter itself at its start: what resolves names for our HTTP client fails while that file is there.
RESOLVER = """
import os, socket
from aiohttp.resolver import ThreadedResolver
_found = ThreadedResolver.resolve
async def _asked(self, *args, **more):
    if os.path.exists({file!r}):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return await _found(self, *args, **more)
ThreadedResolver.resolve = _asked
"""


@dataclass
class Scene:
    """disk: where the database file is, when it can be filled; "" otherwise. Servers and their lines are there in the forms that have them."""

    form: str
    folder: Path
    desk: Desk
    slack: SlackSide
    telegram: TelegramSide
    to_slack: Line
    to_telegram: Line
    disk: Path | None = None
    database: servers.Server | None = None
    to_database: Line | None = None
    bus: servers.Server | None = None
    stranger: ssl.SSLContext | None = None  # a certificate that nobody trusts
    kills: int = 0
    remarks: list[str] = field(default_factory=list)  # what a fault itself found wrong: an exit code, a time

    @property
    def sides(self) -> tuple[Side, ...]:
        """Both platforms."""
        return (self.slack, self.telegram)

    @property
    def lines(self) -> tuple[Line, ...]:
        """To both platforms."""
        return (self.to_slack, self.to_telegram)

    @property
    def no_names(self) -> Path:
        """While this file is there, no name can be resolved."""
        return self.folder / "no-names"

    @property
    def file(self) -> Path:
        """The database file."""
        return (self.disk or self.folder) / "firstline.db"


@contextlib.asynccontextmanager
async def scene_of(form: str, folder: Path) -> AsyncIterator[Scene]:
    """It runs and is ready; everything is ended and gone afterwards. Raises servers.Absent when a server it needs is not installed."""
    async with contextlib.AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackCloud(retry_delays_s=RETRIES_S))
        telegram = await stack.enter_async_context(TelegramCloud())
        env, secure = _secured(folder)
        to_slack = await stack.enter_async_context(Line(slack.base, secure).laid())
        to_telegram = await stack.enter_async_context(Line(telegram.base_url, secure).laid())
        scheme = "https" if secure else "http"
        env |= {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": f"{scheme}://{certificates.HOST}:{to_slack.port}/api/", "SLACK_SIGNING_SECRET": SIGNING_SECRET}
        env |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": f"{scheme}://{certificates.HOST}:{to_telegram.port}"}
        disk = stack.enter_context(_small_disk(folder)) if form == "sqlite" else None
        if disk:
            env["DATABASE_URL"] = f"sqlite:///{disk / 'firstline.db'}"
        database = stack.enter_context(servers.own(servers.POSTGRES if form == "postgresql" else servers.MARIADB)) if form != "sqlite" else None
        to_database: Line | None = None
        if database is not None:
            to_database = await stack.enter_async_context(Line(database.url).laid())
            env |= {"DATABASE_URL": await _laid_out(database, to_database), "SECRET_KEY": secrets.token_hex(16)}
        bus = stack.enter_context(servers.own(servers.NATS)) if form == "postgresql" else None
        if bus is not None:
            env["BUS_URL"] = bus.url
        env["PYTHONPATH"] = _resolver(folder)
        tiers = [f'slack_channel = "{place}"\ntelegram_chat = {chat}' for place, chat in (("C0TIER2", TEAM), ("C0TIER3", EXPERTS))]
        product = await stack.enter_async_context(installed(folder, env, *tiers))
        slack.wire.request_url = f"{product.base}/slack/events"
        desk = desk_of(product, FORMS[form])
        scene = Scene(form, folder, desk, SlackSide(slack), TelegramSide(telegram), to_slack, to_telegram, disk, database, to_database, bus)
        scene.stranger = certificates.shown(certificates.made(folder, "stranger")) if secure else None
        stack.push_async_callback(desk.end)
        for side in scene.sides:
            stack.push_async_callback(side.leave)
        await desk.start()
        yield scene


def _secured(folder: Path) -> tuple[dict[str, str], ssl.SSLContext | None]:
    """Platforms are spoken to over TLS, where a certificate can be made."""
    if not certificates.installed():
        return {}, None
    file = certificates.made(folder, "platform")
    return {"SSL_CERT_FILE": str(file)}, certificates.shown(file)


def _resolver(folder: Path) -> str:
    place = folder / "python"
    place.mkdir()
    (place / "sitecustomize.py").write_text(RESOLVER.format(file=str(folder / "no-names")))
    return f"{place}{os.pathsep}{ROOT}"


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[Path | None]:
    """A disk that can be filled; None where we may not mount one."""
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(disk)], capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


async def _laid_out(database: servers.Server, line: Line) -> str:
    """The URL of a database with our tables, over the line."""
    name = "firstline_faults"
    assert isinstance(database.kind, servers.DatabaseKind)
    await database.kind.create(database.url, name)
    there = urlsplit(database.url)._replace(path=f"/{name}")
    await asyncio.to_thread(migrate, urlunsplit(there))
    who = there.netloc.rpartition("@")[0]
    return urlunsplit(there._replace(netloc=f"{who}@127.0.0.1:{line.port}"))
