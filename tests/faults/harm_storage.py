"""What a disk, a file or a database server can do."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import resource
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable

from tests.faults.fault import SERVERS, Fault, Harm
from tests.faults.scene import Scene

LEFT_S = 8.0  # that a database server is away


@contextlib.asynccontextmanager
async def full_disk(scene: Scene) -> AsyncIterator[None]:
    """Not a byte is left."""
    if scene.disk is None:
        raise LeftOut("it takes the right to mount a small disk")
    filler = scene.disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(2**16))
    try:
        yield
    finally:
        filler.unlink()


@contextlib.asynccontextmanager
async def file_limit(scene: Scene) -> AsyncIterator[None]:
    """`ulimit -f`: no file may grow."""
    old = resource.prlimit(scene.desk.front.pid, resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(scene.desk.front.pid, resource.RLIMIT_FSIZE, old)


def refused_call(calls: str, error: str) -> Harm:
    """These system calls on the database fail."""

    @contextlib.asynccontextmanager
    async def harm(scene: Scene) -> AsyncIterator[None]:
        paths = [word for end in ("", "-wal") for word in ("-P", f"{scene.file}{end}")]
        command = ["strace", "-f", "-q", "-o", os.devnull, "-p", str(scene.desk.front.pid), *paths]
        command += ["-e", f"trace={calls}", "-e", f"inject={calls}:error={error}"]
        tracing = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                tracing.send_signal(signal.SIGINT)
            await tracing.wait()

    return harm


@contextlib.asynccontextmanager
async def locked_file(scene: Scene) -> AsyncIterator[None]:
    """Another program writes, and does not come to an end."""
    foreign = sqlite3.connect(scene.file, isolation_level=None, timeout=5)
    foreign.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        foreign.execute("ROLLBACK")
        foreign.close()


class LeftOut(Exception):
    """It cannot be played here; says what it takes."""


def _server(end: Callable[[Scene], Callable[[], None]]) -> Harm:
    @contextlib.asynccontextmanager
    async def harm(scene: Scene) -> AsyncIterator[None]:
        assert scene.database is not None
        await asyncio.to_thread(end(scene))
        try:
            yield
        finally:
            await asyncio.to_thread(scene.database.start)

    return harm


def _stop(scene: Scene) -> Callable[[], None]:
    assert scene.database is not None
    return scene.database.stop


def _kill(scene: Scene) -> Callable[[], None]:
    assert scene.database is not None
    return scene.database.kill


@contextlib.asynccontextmanager
async def cut_connections(scene: Scene) -> AsyncIterator[None]:
    """Again and again everybody is cut off, whatever they were doing."""
    assert scene.to_database is not None

    async def cut() -> None:
        while True:
            scene.to_database.cut()  # type: ignore[union-attr]
            await asyncio.sleep(0.3)

    cutting = asyncio.create_task(cut())
    try:
        yield
    finally:
        cutting.cancel()
        await asyncio.gather(cutting, return_exceptions=True)


@contextlib.asynccontextmanager
async def black_hole(scene: Scene) -> AsyncIterator[None]:
    """Nothing arrives, and nobody is told."""
    assert scene.to_database is not None
    async with scene.to_database.swallowing():
        yield


@contextlib.asynccontextmanager
async def refused_server(scene: Scene) -> AsyncIterator[None]:
    """Nobody listens where the database was."""
    assert scene.to_database is not None
    async with scene.to_database.refusing():
        yield


FAULTS = (
    Fault("disk full", "storage", full_disk, ("sqlite",), needs="mount"),
    Fault("file-size limit", "storage", file_limit, ("sqlite",)),
    Fault("EIO on write", "storage", refused_call("pwrite64", errno.errorcode[errno.EIO]), ("sqlite",), needs="strace", repeats=6),
    Fault("EIO on fsync", "storage", refused_call("fdatasync,fsync", errno.errorcode[errno.EIO]), ("sqlite",), needs="strace", repeats=6),
    Fault("file locked 30 s", "storage", locked_file, ("sqlite",), hold_s=30.0),
    Fault("database stopped, started", "storage", _server(_stop), SERVERS, hold_s=LEFT_S, repeats=6),
    Fault("database killed, started", "storage", _server(_kill), SERVERS, hold_s=LEFT_S, repeats=6),
    Fault("database refuses connections", "storage", refused_server, SERVERS, repeats=6),
    Fault("database connections cut", "storage", cut_connections, SERVERS, repeats=6),
    Fault("database black-holed 15 s", "storage", black_hole, SERVERS, hold_s=15.0, repeats=6),
)


def installed(program: str) -> bool:
    """Is that program here?"""
    return shutil.which(program) is not None
