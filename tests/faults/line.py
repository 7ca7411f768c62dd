"""A line to a server, over TLS or plain, that can be harmed in every way a network knows: refused, reset, hung, slow, cut, answered by somebody else."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

SLOW_S = 3.0  # before each piece of an answer
CUT = 30  # bytes that are missing at the end of what arrives of an answer
GREETING = b"<!DOCTYPE html><html><body><h1>Welcome to the airport's network</h1><p>Please sign in.</p></body></html>"
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST

Carry = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Line:
    """Between clients and the server at the URL; `port` is where clients reach it."""

    def __init__(self, url: str, secure: ssl.SSLContext | None = None) -> None:
        """secure: what the line shows to clients; without it, it is plain. The server behind it is always reached plainly."""
        there = urlsplit(url)
        self._host, self._far_port = there.hostname or "", there.port or 0
        self._secure, self._shown = secure, secure
        self._carry: Carry = self._through
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.met = 0  # connections that met a fault

    @contextlib.asynccontextmanager
    async def laid(self) -> AsyncIterator[Line]:
        """As long as it is needed."""
        await self._listen()
        try:
            yield self
        finally:
            self._flows.set()
            await self._deaf()

    # ---- harm; each ends with `mend`
    @contextlib.asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        """Nobody listens."""
        await self._deaf()
        try:
            yield
        finally:
            await self._listen()

    @contextlib.asynccontextmanager
    async def carrying(self, carry: Carry) -> AsyncIterator[None]:
        """Whoever connects from now on, or is connected, meets this instead of the server."""
        self._carry = self._counted(carry)
        self.cut()
        try:
            yield
        finally:
            self._carry = self._through
            self.cut()

    @contextlib.asynccontextmanager
    async def swallowing(self) -> AsyncIterator[None]:
        """Nothing arrives on either side, connections that are open included, and nobody is told; at the end they are gone."""
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()
            self.cut()

    @contextlib.asynccontextmanager
    async def showing(self, other: ssl.SSLContext) -> AsyncIterator[None]:
        """Another certificate."""
        self._shown = other
        await self._deaf()
        await self._listen()
        try:
            yield
        finally:
            self._shown = self._secure
            await self._deaf()
            await self._listen()

    def cut(self) -> None:
        """Whoever is connected is so no longer."""
        for writer in list(self._writers):
            _reset(writer)

    # ---- what a connection may meet
    async def reset(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The request is read, then RST."""
        await reader.read(1024)

    async def hang(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Taken, and never answered."""
        while await reader.read(65_536):
            pass

    async def slow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Everything arrives, late."""
        await self._joined(reader, writer, self._slowly)

    async def cut_body(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The request arrives and is done; the answer breaks off."""
        await self._joined(reader, writer, self._half)

    def answering(self, status: str, body: bytes = GREETING, kind: str = "text/html") -> Carry:
        """Somebody else answers; the request does not arrive."""
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _request(reader)
            writer.write(head.encode() + body)
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        return answer

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._joined(reader, writer, self._copy)

    # ---- how
    def _counted(self, carry: Carry) -> Carry:
        async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.met += 1
            await carry(reader, writer)

        return counted

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._met, "127.0.0.1", self.port, ssl=self._shown)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _deaf(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
                await self._flows.wait()
                await self._carry(reader, writer)
        finally:
            self._writers.discard(writer)
            _reset(writer)

    async def _joined(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
    ) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._host, self._far_port)
        self._writers.add(far_writer)
        ways = [asyncio.ensure_future(self._copy(reader, far_writer)), asyncio.ensure_future(back(far_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._writers.discard(far_writer)
            far_writer.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            await self._flows.wait()
            writer.write(piece)
            await writer.drain()

    async def _slowly(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            await asyncio.sleep(SLOW_S)
            writer.write(piece)
            await writer.drain()

    async def _half(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        piece = await reader.read(65_536)
        writer.write(piece[:-CUT])
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    plain = writer.get_extra_info("socket")
    if plain is not None:
        with contextlib.suppress(OSError):
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()


async def _request(reader: asyncio.StreamReader) -> None:
    """Read one HTTP request."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = next((int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.startswith(b"content-length")), 0)
    await reader.readexactly(length)
