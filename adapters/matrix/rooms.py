"""Rooms in which we are: the direct one of each person, and those in which people ask for help. Kept as notes, so that any process can send.

Notes: "matrix:room:<id>" holds what the room is to us and whose, "matrix:direct:<user>" where we answer that person.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from adapters.matrix import addresses
from adapters.matrix.addresses import NAME
from adapters.matrix.config import MatrixConfig
from adapters.matrix.inbound import Room
from adapters.matrix.transport import Api, told
from bot.errors import DeliveryError, DeliveryRefused
from bot.ports import Notebook

log = logging.getLogger(__name__)

ROOM, DIRECT = f"{NAME}:room:", f"{NAME}:direct:"
LEFT = "-"  # in place of a room: the person has left the last one
MOST_EACH = 3  # direct rooms with one person; of more the oldest is left
MOST_ROOMS = 20_000  # that people's invitations can make us join
JOINING, KNOWN, ENCRYPTED = "joining", "direct", "encrypted"  # a direct room whose beginning is still to be read, one we talk in, one we cannot read


@dataclass(frozen=True, slots=True)
class Direct:
    """A room that somebody shares with us alone."""

    user: str
    standing: str


@dataclass(slots=True)
class Rooms:
    """Those of one account. helps: the ids of help rooms."""

    config: MatrixConfig
    api: Api
    notebook: Notebook
    helps: set[str] = field(default_factory=set)
    _directs: dict[str, Direct] = field(default_factory=dict)  # oldest first
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def load(self) -> None:
        """What is noted."""
        for key, value in (await self.notebook.noted(ROOM)).items():
            standing, _, user = value.partition(" ")
            if user:
                self._directs[key.removeprefix(ROOM)] = Direct(user, standing)

    async def resolve_helps(self) -> list[str]:
        """Find the help rooms and join them; those that could not be, with why."""
        wrong = []
        for name in self.config.help_rooms:
            try:
                found = await self.api.call("POST", ["join", name], {})
                self.helps.add(str(found.get("room_id") or name))
            except DeliveryRefused as refused:
                wrong.append(f"{name}: {refused.detail}")
                if name.startswith("!"):
                    self.helps.add(name)  # an invitation may still come
        return wrong

    # ---- those we hear in
    def direct(self, room: str) -> Direct | None:
        """What is known of a direct room."""
        return self._directs.get(room)

    def joining(self) -> list[str]:
        """Rooms whose invitation was to be accepted."""
        return [room for room, direct in self._directs.items() if direct.standing == JOINING]

    def count(self, user: str) -> int:
        """How many direct rooms that person has made."""
        return sum(direct.user == user for direct in self._directs.values())

    def is_full(self) -> bool:
        """Are we in as many rooms as we want to be?"""
        return len(self._directs) >= MOST_ROOMS

    async def keep(self, room: str, user: str, standing: str) -> None:
        """Note what a direct room is; one in which we can talk is where we answer if there is no other. Of too many with one person the oldest is left."""
        self._directs[room] = Direct(user, standing)
        await self.notebook.note(ROOM + room, f"{standing} {user}")
        if standing == KNOWN and await self.answered_in(user) in ("", LEFT):
            await self.talk_in(room, user)
        elif standing == ENCRYPTED and await self.answered_in(user) == room:
            await self.notebook.note(DIRECT + user, "")
        for old in [known for known, direct in self._directs.items() if direct.user == user and known != room][: -(MOST_EACH - 1)]:
            await self.leave(old)
            await self.forget(old)

    async def talk_in(self, room: str, user: str) -> None:
        """They have written there: we answer there from now on."""
        if await self.answered_in(user) != room:
            await self.notebook.note(DIRECT + user, room)

    async def forget(self, room: str) -> str:
        """We are no longer there. The user who now shares no room with us, "" where nobody has lost the last one."""
        direct = self._directs.pop(room, None)
        if direct is None:
            return ""
        await self.notebook.note(ROOM + room, "")
        if await self.answered_in(direct.user) != room:
            return ""
        others = [known for known, other in self._directs.items() if other.user == direct.user and other.standing == KNOWN]
        await self.notebook.note(DIRECT + direct.user, others[-1] if others else LEFT)
        return "" if others else direct.user

    async def give_up(self, user: str) -> None:
        """There can be no room in which we talk with that person, until they make one."""
        await self.notebook.note(DIRECT + user, LEFT)

    async def leave(self, room: str, reason: str = "") -> None:
        """Leave, or decline the invitation; whatever comes of it."""
        try:
            await self.api.call("POST", ["rooms", room, "leave"], {"reason": reason} if reason else {})
        except DeliveryError as problem:
            log.info("a room was not left", extra={"problem": type(problem).__name__})

    async def room(self, room: str, me: str) -> Room | None:
        """What we hear in there; None where nothing is meant for us. A room that nobody noted is a direct one if two are in it."""
        if room in self.helps:
            return Room(room)
        direct = self._directs.get(room)
        if direct is None:
            others = [user for user in (await self.api.call("GET", ["rooms", room, "joined_members"])).get("joined") or {} if user != me]
            if len(others) != 1 or addresses.parse(addresses.person_id(others[0])) is None:
                return None
            await self.keep(room, others[0], KNOWN)
            direct = self._directs[room]
        return Room(room, direct.user)

    # ---- those we speak in
    async def answered_in(self, user: str) -> str:
        """Where we talk with that person: a room, LEFT, or "" when there never was one. Asked of the notes, as another process may listen."""
        return (await self.notebook.noted(DIRECT + user)).get(DIRECT + user, "")

    async def open(self, user: str) -> str:
        """The direct room with that person, made when there is none. Raises DeliveryRefused("blocked") when they have left it."""
        async with self._opening:
            room = await self.answered_in(user)
            if room == LEFT:
                raise DeliveryRefused("blocked", "the direct room was left")
            if room:
                return room
            made = await self.api.call("POST", ["createRoom"], {"preset": "trusted_private_chat", "is_direct": True, "invite": [user]})
            room = told(made, "room_id")
            await self.keep(room, user, KNOWN)
            return room
