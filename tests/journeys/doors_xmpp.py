"""XMPP as a door: people at clients on a real Prosody, of which the desk is a component; the team works on the web."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import aiohttp

from tests.clouds.xmpp_people import Person, newcomer, oob
from tests.journeys.doors import Requester, product
from tests.journeys.doors_typed import TypingRequester
from tests.journeys.doors_web import WebDoor
from tests.servers import xmpp_server
from tests.servers.prosody import SECRET, UPLOAD, desk

TABLE = f'\n[channels.xmpp]\nupload = "{UPLOAD}"\n'


class XmppRequester(TypingRequester):
    """Somebody at their phone."""

    def __init__(self, person: Person) -> None:
        super().__init__(person)
        self.person = person

    async def attaches(self, name: str, content: bytes) -> None:
        """What clients do: the file is put somewhere, and its address is sent."""
        address = f"https://upload.example.org/{name}"
        await self.person.says(address, oob(address))

    async def got(self, name: str) -> bytes | None:
        """Opens the address that came."""
        links = [words for words in await self.seen() if unquote(words).endswith(f"/{name}") and words.startswith("http")]
        if not links:
            return None
        async with aiohttp.ClientSession() as session, session.get(links[-1]) as answer:
            return await answer.read()


@dataclass
class XmppDoor(WebDoor):
    """A component, and the product behind it."""

    url: str = ""
    desk: str = ""
    longest: int = 12_000
    people: list[Person] = field(default_factory=list)

    async def newcomer(self) -> Requester:
        return XmppRequester(await self.somebody())

    async def somebody(self) -> Person:
        """Somebody who has just gone online."""
        self.people.append(await newcomer(self.url, self.desk))
        return self.people[-1]


@contextlib.asynccontextmanager
async def xmpp(folder: Path, more: str = "", serving: str = "", top: str = "") -> AsyncIterator[XmppDoor]:
    """The product as a component. more: as for `product`. serving: keys of tier 2, top: of tier 3."""
    url, component = xmpp_server(), desk()
    env = {"XMPP_COMPONENT": component, "XMPP_SECRET": SECRET, "XMPP_PORT": url.rpartition(":")[2]}
    async with product(folder, env, {"tier2": serving, "tier3": top}, more=TABLE + more) as (app, base):
        door = XmppDoor(app, base, url=url, desk=f"support@{component}")
        try:
            yield door
        finally:
            await asyncio.gather(*(person.goes() for person in door.people))
