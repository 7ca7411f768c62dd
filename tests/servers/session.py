"""The servers of one run of the tests: looked for once, shared by all its processes, ended with the process that began it."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.servers import watch
from tests.servers.databases import Databases
from tests.servers.kinds import Absent, DatabaseKind, Kind, at_once, public
from tests.servers.nats import Nats
from tests.servers.private import Server

FOLDER = "FIRSTLINE_TEST_SERVERS"  # of the environment: where the run that this process is part of keeps its servers
OURS = "firstline"  # how the names of the product's streams begin
_PRIVATE = "private"  # in place of a URL: each test starts its own
_made: dict[str, Databases] = {}  # by the URL of their server


@cache
def share() -> Path:
    """The folder of this run. A process that has children which run tests calls this before it starts them."""
    if folder := os.environ.get(FOLDER):
        return Path(folder)
    # Not in a folder of a test: those may be closed to the accounts that the servers run as, and are kept after the run.
    made = Path(tempfile.mkdtemp(prefix="firstline-servers-"))
    made.chmod(0o711)
    watching = subprocess.Popen([sys.executable, "-I", "-S", watch.__file__, str(made)], stdin=subprocess.PIPE, start_new_session=True)
    os.environ[FOLDER] = str(made)

    def end() -> None:
        watching.communicate()

    atexit.register(end)
    return made


@cache
def found(kind: Kind) -> str:
    """The URL of the server of this kind that this run uses. Raises Absent."""
    with _only_one(kind.name):
        known = share() / f"{kind.name}.json"
        if not known.exists():
            known.write_text(json.dumps(_look(kind)))
        answer: dict[str, Any] = json.loads(known.read_text())
    if answer["absent"]:
        raise Absent(answer["absent"])
    return str(answer["url"])


def databases_of(kind: DatabaseKind) -> Databases:
    """The databases of the server that this run uses. Raises Absent."""
    url = found(kind)
    if url not in _made:
        _made[url] = Databases(kind, url)
    return _made[url]


@contextlib.contextmanager
def own(kind: Kind) -> Iterator[Server]:
    """A server that nobody else uses, running; it and its data are gone afterwards. Raises Absent when its program is not installed."""
    server = _private(kind)
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(server.folder, ignore_errors=True)


@contextlib.contextmanager
def broker(kind: Nats) -> Iterator[str]:
    """The URL of a NATS without streams. Raises Absent.

    A private one is started for each (it takes 50 ms). Any other is lent to one test at a time while it holds nothing, and loses what the test added:
    only streams named after the product, because somebody else may have added one meanwhile.
    """
    url = found(kind)
    if url == _PRIVATE:
        with own(kind) as server:
            yield server.url
        return
    with _only_one("broker"):
        if held := at_once(kind.streams(url)):
            raise Absent(f"{kind.name}: {public(url)} holds streams already ({', '.join(sorted(held))}); set {kind.variable} to an empty one")
        try:
            yield url
        finally:
            at_once(kind.forget(url, {name for name in at_once(kind.streams(url)) if name.lower().startswith(OURS)}))


def leave() -> None:
    """Drop the templates that this process made: a server that was found outlives it."""
    while _made:
        _made.popitem()[1].close()


def _look(kind: Kind) -> dict[str, str]:
    """Where the server is, or why there is none."""
    given = os.environ.get(kind.variable, "")
    if given == "off":
        return _absent(f"{kind.name}: left out by {kind.variable}=off")
    if kind.is_private:
        return _started(kind) if kind.installed else _absent(f"{kind.name}: {kind.cure}")
    if given:
        trouble = kind.trouble(given)
        return _absent(f"{kind.name}: {kind.variable} is set, but {public(given)} cannot be used: {trouble}") if trouble else _at(given)
    if not (kind.installed and isinstance(kind, Nats)):  # a broker has no databases to keep tests apart from what else uses it: rather a private one
        for url in kind.usual:
            if not kind.trouble(url):
                return _at(url)
    if not kind.installed:
        return _absent(f"{kind.name}: nothing to use at {public(kind.usual[0])}, and `{kind.program}` is not installed; set {kind.variable}")
    return _at(_PRIVATE) if isinstance(kind, Nats) else _started(kind)


def _started(kind: Kind) -> dict[str, str]:
    """One of this run's own, for all who ask."""
    try:
        return _at(_private(kind).url)
    except Absent as error:
        return _absent(f"{kind.name}: {error}; set {kind.variable} to use another")


def _at(url: str) -> dict[str, str]:
    return {"url": url, "absent": ""}


def _absent(why: str) -> dict[str, str]:
    return {"url": "", "absent": " ".join(why.split())}


def _private(kind: Kind) -> Server:
    if not kind.installed:
        raise Absent(f"{kind.name}: a test needs one of its own, and `{kind.program}` is not installed")
    server = Server(kind, share() / f"{kind.program}-{secrets.token_hex(4)}")
    server.start()
    return server


@contextlib.contextmanager
def _only_one(what: str) -> Iterator[None]:
    """Among the processes of this run."""
    with (share() / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
