"""The people of this channel: Alice and Ann, each at a terminal."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from firstline_lines.channel import LinesChannel
from firstline_lines.config import LinesConfig

from adapters.contract.sides import Listener, as_the_core_sends
from bot.domain.ids import MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Outbound

KEY = re.compile(r"iam (\w+\.\w+)")
NUMBERED = re.compile(r"^\d+\. (.+)$", re.MULTILINE)
FILE = re.compile(r"\[file: (.+)\]")


class Clock:
    """The computer's."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def eventually(holds: Callable[[], bool], within_s: float = 8.0) -> None:
    """Returns when it holds."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@dataclass
class Terminal:
    """Somebody who is connected. key: with which they come back. seen: the messages so far. ended: the connection is."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    key: str
    seen: list[str] = field(default_factory=list)
    ended: bool = False

    @property
    def id(self) -> str:
        return self.key.partition(".")[0]

    @classmethod
    async def at(cls, port: int, key: str = "") -> Terminal:
        """Connected, and greeted."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        found = KEY.search((await reader.readline()).decode())
        assert found, "nobody said how to come back"
        made = cls(reader, writer, key or found[1])
        made.reading = asyncio.create_task(made._read())
        if key:
            await made.types(f"iam {key}")
        return made

    async def types(self, text: str) -> None:
        self.writer.write(f"{text}\n".encode())
        await self.writer.drain()

    async def leaves(self) -> None:
        self.writer.close()
        await self.reading

    async def _read(self) -> None:
        with suppress(ConnectionError):
            while line := (await self.reader.readline()).decode():
                if line.startswith("» "):
                    self.seen.append(line[2:].rstrip("\n"))
                else:
                    self.seen[-1] += "\n" + line[2:].rstrip("\n")
        self.ended = True


@dataclass
class LinesSide:
    """See adapters.contract.sides.Side. There are no teams here: whoever works on tickets does so on another channel."""

    channel: LinesChannel
    core: Listener
    terminals: dict[str, Terminal]
    posted: dict[str, int] = field(default_factory=dict)
    ann_is_called = "Ann"
    mallory = PersonId("lines:mallory")

    @property
    def alice(self) -> PersonId:
        return PersonId(f"lines:{self.terminals['alice'].id}")

    @property
    def ann(self) -> PersonId:
        return PersonId(f"lines:{self.terminals['ann'].id}")

    @property
    def team(self) -> PlaceId:
        return PlaceId(self.ann)

    @property
    def hall(self) -> PlaceId:
        return PlaceId(self.alice)

    async def says(self, text: str) -> None:
        await self.terminals["alice"].types(text)

    async def attaches(self, name: str, content: bytes) -> None:
        raise NotImplementedError("nobody can send a file here")

    async def posts(self, to: str, piece: Outbound, thread: MessageId | None = None) -> MessageId:
        sent = await self.channel.send(to, as_the_core_sends(piece), thread)
        self.posted[to] = self.posted.get(to, 0) + 1
        return sent

    async def texts(self, to: str, thread: MessageId | None = None) -> list[str]:
        there = next(one for one in self.terminals.values() if to == f"lines:{one.id}")
        await eventually(lambda: len(there.seen) >= self.posted.get(to, 0))
        return [text for text in there.seen if not FILE.fullmatch(text)]

    async def buttons(self, to: str) -> list[str]:
        return [label for text in await self.texts(to) for label in NUMBERED.findall(text)]

    async def files(self, to: str) -> list[str]:
        await self.texts(to)
        return [name for one in self.terminals.values() if to == f"lines:{one.id}" for text in one.seen for name in FILE.findall(text)]

    async def told(self, person: PersonId) -> str:
        return "\n".join(await self.texts(person))

    def forgets(self, attachment: Attachment) -> None:
        raise NotImplementedError("nobody can send a file here")


@asynccontextmanager
async def listening(core: Listener, port: int, **more: int) -> AsyncIterator[LinesChannel]:
    """The channel on that port."""
    channel = LinesChannel(LinesConfig(port, **more), secret=b"k" * 32, clock=Clock())  # type: ignore[arg-type]
    task = asyncio.create_task(channel.listen(core.receive, core))
    await eventually(channel.is_ready)
    try:
        yield channel
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def a_side() -> AsyncIterator[LinesSide]:
    """The channel with Alice and Ann connected."""
    core, port = Listener(), free_port()
    async with listening(core, port) as channel:
        people = {name: await Terminal.at(port) for name in ("alice", "ann")}
        yield LinesSide(channel, core, people)
        for one in people.values():
            await one.leaves()
