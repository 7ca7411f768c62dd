"""The telephone's side for test_channels.py: somebody who writes text messages. Nothing but words is shown there, and nobody shares a place."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import uvicorn

from adapters.contract.sides import Core
from adapters.http import build
from adapters.phone.channel import PhoneChannel
from adapters.phone.config import PhoneConfig
from bot.app import SystemClock
from bot.domain.ids import MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Outbound
from bot.ports import Clock
from bot.store.memory import MemoryStore
from tests.builders import a_desk
from tests.clouds.twilio import Message, TwilioCloud
from tests.journeys.doors import eventually

ALICE, ANN, MALLORY = "+34600111222", "+34600222333", "+34600666777"
CHOICE = re.compile(r"^\d+\. (.+)$", re.MULTILINE)


@dataclass
class PhoneSide:
    """Three telephones."""

    cloud: TwilioCloud
    channel: PhoneChannel
    core: Core
    alice = PersonId(f"phone:{ALICE}")
    ann = PersonId(f"phone:{ANN}")
    mallory = PersonId(f"phone:{MALLORY}")
    ann_is_called = "+34 600 22 23 33"
    team = PlaceId(f"phone:{ANN}")
    hall = PlaceId(f"phone:{MALLORY}")

    async def says(self, text: str) -> None:
        await self.cloud.text(ALICE, text)

    async def attaches(self, name: str, content: bytes) -> None:
        await self.cloud.text(ALICE, "", files={name: ("text/plain", content)})

    async def posts(self, to: str, piece: Outbound, thread: MessageId | None = None) -> MessageId:
        return await self.channel.send(to, piece, thread)

    def _there(self, to: str, *, files: bool = False) -> list[Message]:
        return [m for m in self.cloud.messages if m.to == to.removeprefix("phone:") and ("/phone/file/" in m.body) is files]

    async def texts(self, to: str, thread: MessageId | None = None) -> list[str]:
        return [message.body for message in self._there(to)]

    async def buttons(self, to: str) -> list[str]:
        return [label for message in self._there(to) for label in CHOICE.findall(message.body)]

    async def files(self, to: str) -> list[str]:
        return [message.body.partition("\n")[0] for message in self._there(to, files=True)]

    async def told(self, person: PersonId) -> str:
        return "\n".join(await self.texts(person))

    def forgets(self, attachment: Attachment) -> None:
        del self.cloud.files[attachment.source.removeprefix("phone:")]


async def elsewhere(attachment: Attachment, limit: int) -> bytes:
    """The files of all other channels."""
    return attachment.name.encode()


@contextlib.asynccontextmanager
async def served(
    cloud: TwilioCloud,
    core: Core,
    change: Callable[[PhoneConfig], PhoneConfig] = replace,
    url: str = "",
    store: MemoryStore | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[PhoneChannel]:
    """The channel alone, behind a socket of its own, at which the cloud's number points. url: under which it is known, if that is another."""
    config = PhoneConfig.read(cloud.env, {})
    assert config is not None
    with socket.create_server(("127.0.0.1", 0)) as door:
        base, notes = f"http://127.0.0.1:{door.getsockname()[1]}", store or MemoryStore()
        channel = PhoneChannel(change(config), desk=a_desk(url=url or base), notebook=notes, clock=clock or SystemClock())
        channel.fetch_any = elsewhere
        server = uvicorn.Server(uvicorn.Config(build({"phone": channel}, health=dict, numbers=dict), lifespan="off", log_config=None))  # type: ignore[arg-type]
        tasks = [asyncio.create_task(channel.listen(core.receive, core)), asyncio.create_task(server.serve(sockets=[door]))]
        cloud.point(base)
        try:
            await eventually(lambda: server.started and channel.is_ready(), "the channel listens")
            yield channel
        finally:
            server.should_exit = True
            tasks[0].cancel()
            await asyncio.wait(tasks)
            await channel.close()


@contextlib.asynccontextmanager
async def phone(core: Core) -> AsyncIterator[PhoneSide]:
    """Of the desk's number nothing is known to them but that it answers."""
    async with TwilioCloud() as cloud, served(cloud, core) as channel:
        yield PhoneSide(cloud, channel, core)
