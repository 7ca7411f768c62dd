"""The sides of Matrix and XMPP, each on a real server: people at clients that are not ours."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import aiohttp

from adapters.matrix.channel import MatrixChannel
from adapters.matrix.config import MatrixConfig
from adapters.xmpp.channel import XmppChannel
from adapters.xmpp.config import XmppConfig
from bot.domain.desks import Desk
from bot.domain.ids import MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Outbound
from bot.engine.numbered import spelt
from bot.engine.tongue import tongue
from tests.clouds import matrix_people, xmpp_people
from tests.clouds.telegram_ear import Notes, StoppedClock
from tests.journeys.doors import eventually
from tests.servers import at_once, homeserver, xmpp_server
from tests.servers.prosody import SECRET, UPLOAD, desk
from tests.servers.synapse import register

NUMBERED = re.compile(r"^\d+\. (.+)$", re.MULTILINE)


async def _elsewhere(attachment: Attachment, limit: int) -> bytes:
    return attachment.name.encode()


async def _ready(channel: MatrixChannel | XmppChannel, listening: asyncio.Task[None]) -> None:
    await eventually(lambda: channel.is_ready() or listening.done(), "the channel is ready")
    if listening.done():
        listening.result()


def _spelt(piece: Outbound) -> Outbound:
    """As the core gives it to a channel on which nothing can be pressed."""
    return spelt(tongue("en"), piece) if piece.choices else piece


# ----------------------------------------------------------------------------------------------------------------- matrix
@dataclass
class MatrixSide:
    """Alice and Ann, each of whom can write to the bot directly; a room of several has tests of its own."""

    channel: MatrixChannel
    core: Any
    url: str
    one: matrix_people.Person
    other: matrix_people.Person
    ann_is_called = "Ann"
    mallory = PersonId("matrix:@mallory:elsewhere.example")

    @property
    def alice(self) -> PersonId:
        return PersonId(f"matrix:{self.one.user}")

    @property
    def ann(self) -> PersonId:
        return PersonId(f"matrix:{self.other.user}")

    @property
    def team(self) -> PlaceId:
        return PlaceId(self.alice)

    @property
    def hall(self) -> PlaceId:
        return self.team

    async def says(self, text: str) -> None:
        await self.one.says(text)

    async def attaches(self, name: str, content: bytes) -> None:
        await self.one.attaches(name, content)

    async def posts(self, to: str, piece: Outbound, thread: MessageId | None = None) -> MessageId:
        sent = await self.channel.send(to, _spelt(piece), thread)

        async def there() -> bool:
            return any(event["event_id"] == sent.rpartition("/")[2] for event in await self._there(to))

        await eventually(there, "it is there")
        return sent

    async def _there(self, to: str) -> list[dict[str, Any]]:
        person = self.one if to == self.alice else self.other
        if not person.room:
            for room in await person.invitations():
                await person.joins(room)
                person.room = room
        return await person.bots()

    async def texts(self, to: str, thread: MessageId | None = None) -> list[str]:
        return [event["content"]["body"] for event in await self._there(to) if event["content"]["msgtype"] == "m.notice"]

    async def buttons(self, to: str) -> list[str]:
        return [label for text in await self.texts(to) for label in NUMBERED.findall(text)]

    async def files(self, to: str) -> list[str]:
        return [event["content"]["body"] for event in await self._there(to) if event["content"]["msgtype"] == "m.file"]

    async def told(self, person: PersonId) -> str:
        return "\n".join(await self.texts(person))

    def forgets(self, attachment: Attachment) -> None:
        at_once(self._forget(attachment.source.rpartition("/")[2]))

    async def _forget(self, media: str) -> None:
        admin = await register(self.url, matrix_people.unused("admin"), admin=True)
        address = f"{self.url}/_synapse/admin/v1/media/example.org/{media}"
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {admin['access_token']}"}) as session, session.delete(address) as answer:
            assert answer.status == 200, await answer.text()


@contextlib.asynccontextmanager
async def matrix(core: Any) -> AsyncIterator[MatrixSide]:
    """A new account for the bot, and new people."""
    url = homeserver()
    bot = await register(url, matrix_people.unused("bot"))
    async with matrix_people.people(url, bot["user_id"], "alice", "ann") as (one, other):
        config = MatrixConfig(url, bot["user_id"], bot["access_token"])
        channel = MatrixChannel(config, desk=Desk(), notebook=Notes(), clock=StoppedClock())
        channel.fetch_any = _elsewhere
        task = asyncio.create_task(channel.listen(core.receive, core))
        try:
            await _ready(channel, task)
            yield MatrixSide(channel, core, url, one, other)
        finally:
            task.cancel()
            await asyncio.wait([task])
            await channel.close()


# ------------------------------------------------------------------------------------------------------------------- xmpp
@dataclass
class XmppSide:
    """Alice and Ann at their phones."""

    channel: XmppChannel
    core: Any
    one: xmpp_people.Person
    other: xmpp_people.Person
    ann_is_called = "Ann"
    mallory = PersonId("xmpp:mallory@elsewhere.example")
    team = PlaceId("xmpp:nobody@elsewhere.example")
    hall = team

    @property
    def alice(self) -> PersonId:
        return PersonId(f"xmpp:{self.one.user}")

    @property
    def ann(self) -> PersonId:
        return PersonId(f"xmpp:{self.other.user}")

    async def says(self, text: str) -> None:
        await self.one.says(text)

    async def attaches(self, name: str, content: bytes) -> None:
        raise AssertionError("people send addresses of files")

    async def posts(self, to: str, piece: Outbound, thread: MessageId | None = None) -> MessageId:
        sent = await self.channel.send(to, _spelt(piece), thread)
        id = sent.rpartition("/")[2]
        await eventually(lambda: any(stanza.get("id") == id for stanza in self._person(to).got), "it is there")
        return sent

    def _person(self, to: str) -> xmpp_people.Person:
        return self.one if to == self.alice else self.other

    async def texts(self, to: str, thread: MessageId | None = None) -> list[str]:
        return [xmpp_people.words(one) for one in self._person(to).bots() if one.find("{jabber:x:oob}x") is None]

    async def buttons(self, to: str) -> list[str]:
        return [label for text in await self.texts(to) for label in NUMBERED.findall(text)]

    async def files(self, to: str) -> list[str]:
        return [unquote(xmpp_people.words(one).rpartition("/")[2]) for one in self._person(to).bots() if one.find("{jabber:x:oob}x") is not None]

    async def told(self, person: PersonId) -> str:
        return "\n".join(await self.texts(person))

    def forgets(self, attachment: Attachment) -> None:
        raise AssertionError("we fetch no files of XMPP")


@contextlib.asynccontextmanager
async def xmpp(core: Any) -> AsyncIterator[XmppSide]:
    """A component, and two people who are online."""
    url = xmpp_server()
    config = XmppConfig(desk(), SECRET, port=int(url.rpartition(":")[2]), upload=UPLOAD)
    channel = XmppChannel(config, desk=Desk(), notebook=Notes(), clock=StoppedClock())
    channel.fetch_any = _elsewhere
    task = asyncio.create_task(channel.listen(core.receive, core))
    try:
        await _ready(channel, task)
        async with xmpp_people.people(url, config.desk, 2) as (one, other):
            yield XmppSide(channel, core, one, other)
    finally:
        task.cancel()
        await asyncio.wait([task])
