"""NATS with JetStream for tests."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.servers.kinds import Kind


class Nats(Kind):
    """The server, keeping its streams on the disk."""

    name = "NATS"
    variable = "TEST_NATS_URL"
    usual = ("nats://127.0.0.1:4222",)
    program = "nats-server"
    ends_on = signal.SIGTERM

    def layout(self, folder: Path) -> list[str]:
        """It lays out its folder itself."""
        return []

    def command(self, folder: Path, port: int) -> list[str]:
        """JetStream on."""
        return [self.installed, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder)]

    def url(self, port: int) -> str:
        """Nobody is asked for a name."""
        return f"nats://127.0.0.1:{port}"

    async def visit(self, url: str) -> None:
        """It greets with what it can: JetStream must be part of it."""
        where = urlsplit(url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port or 4222)
        try:
            greeting = await reader.readline()
        finally:
            writer.close()
        if not greeting.startswith(b"INFO "):
            raise ConnectionError("what answers is not NATS")
        if not json.loads(greeting.removeprefix(b"INFO ")).get("jetstream"):
            raise ConnectionError("it runs without JetStream: start it with -js")
        async with _connected(url) as client:
            await client.jetstream().account_info()

    async def streams(self, url: str) -> set[str]:
        """The names of the streams that it holds."""
        async with _connected(url) as client:
            return {info.config.name for info in await client.jetstream().streams_info()}

    async def forget(self, url: str, names: set[str]) -> None:
        """Remove these streams."""
        async with _connected(url) as client:
            for name in names:
                await client.jetstream().delete_stream(name)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    import nats

    async def silent(_: Exception) -> None:
        """That nobody answers is said once, by whoever asked."""

    client = await nats.connect(url, allow_reconnect=False, connect_timeout=2, error_cb=silent)
    try:
        yield client
    finally:
        await client.close()
