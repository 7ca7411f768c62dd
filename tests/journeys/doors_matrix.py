"""Matrix as a door: people with a client that is not ours on a real Synapse; the team works on the web."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.clouds.matrix_people import Person, newcomer, unused
from tests.journeys.doors import Requester, eventually, product
from tests.journeys.doors_web import WebDoor
from tests.servers import homeserver
from tests.servers.synapse import register


def number_at(label: str, shown: list[str]) -> str:
    """The number with which the newest list of choices names that label; "" while there is none."""
    return next((found[1] for text in reversed(shown) if (found := re.search(rf"^(\d+)\. {re.escape(label)}$", text, re.MULTILINE))), "")


@dataclass
class MatrixRequester:
    """Somebody in the direct room that they made with the bot."""

    person: Person

    async def says(self, text: str) -> None:
        await self.person.says(text)

    async def presses(self, label: str) -> None:
        """Types the number that stands before it."""
        await self.person.says(await eventually(lambda: self._number(label), f"a choice {label!r}"))

    async def _number(self, label: str) -> str:
        return number_at(label, await self.seen())

    async def edits(self, old: str, new: str) -> None:
        await self.person.edits(old, new)

    async def attaches(self, name: str, content: bytes) -> None:
        await self.person.attaches(name, content)

    async def fills_form(self, kind: str, values: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> None:
        raise AssertionError("forms are asked question by question, as everywhere without buttons")

    async def seen(self) -> list[str]:
        return await self.person.seen()

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
