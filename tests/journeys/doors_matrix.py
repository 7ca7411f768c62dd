"""Matrix as a door: people with a client that is not ours on a real Synapse; the team works on the web."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.clouds.matrix_people import Person, newcomer, unused
from tests.journeys.doors import Requester, product
from tests.journeys.doors_typed import TypingRequester
from tests.journeys.doors_web import WebDoor
from tests.servers import homeserver
from tests.servers.synapse import register


class MatrixRequester(TypingRequester):
    """Somebody in the direct room that they made with the bot."""

    def __init__(self, person: Person) -> None:
        super().__init__(person)
        self.person = person

    async def attaches(self, name: str, content: bytes) -> None:
        await self.person.attaches(name, content)

    async def got(self, name: str) -> bytes | None:
        return await self.person.file(name)


@dataclass
class MatrixDoor(WebDoor):
    """An account of the desk, and the product behind it."""

    url: str = ""
    bot: str = ""
    longest: int = 12_000
    people: list[Person] = field(default_factory=list)

    async def newcomer(self) -> Requester:
        return MatrixRequester(await self.somebody("noor"))

    async def somebody(self, name: str) -> Person:
        """A new account whose name begins so."""
        self.people.append(await newcomer(self.url, self.bot, name))
        return self.people[-1]


@contextlib.asynccontextmanager
async def matrix(folder: Path, more: str = "", serving: str = "", top: str = "") -> AsyncIterator[MatrixDoor]:
    """The product with an account of its own. more: as for `product`. serving: keys of tier 2, top: of tier 3."""
    url = homeserver()
    account = await register(url, unused("support"))
    env = {"MATRIX_HOMESERVER": url, "MATRIX_USER": account["user_id"], "MATRIX_TOKEN": account["access_token"]}
    async with product(folder, env, {"tier2": serving, "tier3": top}, more=more) as (app, base):
        door = MatrixDoor(app, base, url=url, bot=account["user_id"])
        try:
            yield door
        finally:
            await asyncio.gather(*(person.client.close() for person in door.people))
