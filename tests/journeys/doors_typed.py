"""People on networks where choices are typed, whatever the network: what they do with a client of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from tests.journeys.doors import eventually


def number_at(label: str, shown: list[str]) -> str:
    """The number with which the newest list of choices names that label; "" while there is none."""
    return next((found[1] for text in reversed(shown) if (found := re.search(rf"^(\d+)\. {re.escape(label)}$", text, re.MULTILINE))), "")


class Client(Protocol):
    """A person's own program."""

    async def says(self, text: str) -> object:
        """Sends a message."""
        ...

    async def edits(self, old: str, new: str) -> object:
        """Corrects what was sent."""
        ...

    async def seen(self) -> list[str]:
        """All that came, oldest first."""
        ...


class TypingRequester:
    """Somebody with such a client, who types the numbers of choices."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def says(self, text: str) -> None:
        await self._client.says(text)

    async def presses(self, label: str) -> None:
        """Types the number that stands before it."""
        await self.says(await eventually(lambda: self._number(label), f"a choice {label!r}"))

    async def _number(self, label: str) -> str:
        return number_at(label, await self.seen())

    async def edits(self, old: str, new: str) -> None:
        await self._client.edits(old, new)

    async def fills_form(self, kind: str, values: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> None:
        raise AssertionError("forms are asked question by question, as everywhere without buttons")

    async def seen(self) -> list[str]:
        return await self._client.seen()
