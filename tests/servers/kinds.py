"""What must be known of a kind of server to find it, start it and make databases in it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import socket
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

T = TypeVar("T")

REACH_S = 5.0  # seconds in which a server that is up has long answered


class Absent(Exception):
    """No server of this kind can be used; says why, and which variable would help."""


class Kind(ABC):
    """A kind of server."""

    name: str
    variable: str  # of the environment: where one is to be used
    usual: tuple[str, ...]  # where one is looked for without it
    program: str
    account: str = ""  # whom it runs as when we are root; "": root will do
    is_private: bool = False  # the tests configure it: one that runs already is never used
    cure: str = ""  # what to do when it is not installed, for one that is private
    ends_on: int  # the signal that ends it in good order, without waiting for its clients

    @property
    def installed(self) -> str:
        """The path of its program; "" when it is not installed."""
        return shutil.which(self.program, path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin", *self.folders])) or ""

    @property
    def folders(self) -> list[str]:
        """Where else the program may be, the newest version first."""
        return []

    @abstractmethod
    def layout(self, folder: Path) -> list[str]:
        """The command that fills an empty data folder; empty when none is needed."""

    @abstractmethod
    def command(self, folder: Path, port: int) -> list[str]:
        """The command that serves from the folder."""

    @abstractmethod
    def url(self, port: int) -> str:
        """Where a private one is reached."""

    @abstractmethod
    async def visit(self, url: str) -> None:
        """Raises, with the reason, unless a server of this kind is up at the URL and will do."""

    def trouble(self, url: str) -> str:
        """Why the server at the URL cannot be used; "" when it can."""
        try:
            at_once(asyncio.wait_for(self.visit(url), REACH_S))
        except Exception as error:  # noqa: BLE001  each driver has its own
            return f"{error}".strip() or type(error).__name__
        return ""


class DatabaseKind(Kind):
    """A kind of server that holds databases."""

    @abstractmethod
    async def run(self, url: str, *statements: str) -> None:
        """Run statements in the database at the URL, each for itself."""

    @abstractmethod
    async def create(self, url: str, name: str) -> None:
        """Make an empty database on the server at the URL."""

    @abstractmethod
    async def copy(self, url: str, template: str, name: str) -> None:
        """Make a database that has the tables and rows of another on the same server, which nobody uses now."""

    @abstractmethod
    async def drop(self, url: str, name: str) -> None:
        """Remove a database, and whoever is connected to it."""


def within(url: str, database: str) -> str:
    """The URL of a database on the server at the URL."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def public(url: str) -> str:
    """The URL without its password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"))


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """What the coroutine gives, also where an event loop runs already: it gets a thread and a loop of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at, and that the system gives to no connection: whoever is started again there finds it free."""
    while True:
        port = random.randint(20_000, 32_000)  # below the range of the ports that connections go out from
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
