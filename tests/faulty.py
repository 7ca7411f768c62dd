"""A line to a server that can be harmed: everything goes through, until it is cut or swallows what is sent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit


class Line:
    """Between a client and the server at the URL."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def url(self) -> str:
        """Where a client reaches the server through this line."""
        who = self._there.netloc.rpartition("@")[0]
        return urlunsplit(self._there._replace(netloc=f"{who}{'@' if who else ''}127.0.0.1:{self._port}"))

    @contextlib.asynccontextmanager
    async def laid(self) -> AsyncIterator[Line]:
        """As long as it is needed."""
        listening = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self._port = listening.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listening.close()
            self.mend()
            self.cut()

    def swallow(self) -> None:
        """From now on nothing arrives on either side, and nobody is told."""
        self._flows.clear()

    def mend(self) -> None:
        """What was swallowed arrives after all."""
        self._flows.set()

    def cut(self) -> None:
        """Whoever is connected is no longer; others may connect."""
        for writer in self._writers:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await self._flows.wait()
            far_reader, far_writer = await asyncio.open_connection(self._there.hostname, self._there.port)
            self._writers |= {writer, far_writer}
            await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))
            self._writers -= {writer, far_writer}

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(65_536):
                await self._flows.wait()
                writer.write(piece)
                await writer.drain()
        writer.transport.abort()
