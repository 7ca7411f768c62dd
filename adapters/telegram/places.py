"""Groups that got a new id, followed in both directions. The core always sees the id it was configured with."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.telegram import addresses
from bot.domain.desks import Desk
from bot.ports import Notebook

MOVED = f"{addresses.NAME}:moved:"  # notes: "telegram:moved:<old id>" is the new id


class Places:
    """Old and new ids, kept in the notebook."""

    def __init__(self, desk: Desk, notebook: Notebook) -> None:
        self._desk, self._notebook = desk, notebook
        self._now: dict[int, int] = {}
        self._homes: dict[int, int] = {}
        self._loaded = False

    @property
    def homes(self) -> Mapping[int, int]:
        """New ids to those the core knows; a live view."""
        return self._homes

    async def load(self) -> None:
        """Read the notes, once."""
        if not self._loaded:
            self._loaded = True
            for key, new in (await self._notebook.noted(MOVED)).items():
                self._remember(int(key.removeprefix(MOVED)), int(new))

    async def follow(self, old: int, new: int) -> None:
        """A group has a new id from now on."""
        if self._now.get(old) != new:
            self._remember(old, new)
            await self._notebook.note(f"{MOVED}{old}", str(new))

    def _remember(self, old: int, new: int) -> None:
        self._now[old] = new
        place = addresses.place_id(new)
        if self._desk.tier_at(place) is None and place not in self._desk.help_places:  # else the operator has followed, too
            self._homes[new] = old

    def now(self, chat: int) -> int:
        """The id a chat has today."""
        return self._now.get(chat, chat)

    def home(self, chat: int) -> int:
        """The id under which the core knows a chat."""
        return self._homes.get(chat, chat)

    def has_moved(self, chat: int) -> bool:
        """Is this an id of old, whose messages nobody can reach any more?"""
        return chat in self._now
