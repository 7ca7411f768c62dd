"""People of a real homeserver, with a client that is not ours (matrix-nio): what they do, and what they see."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import nio

from tests.servers.synapse import register

Json = dict[str, Any]
_count = itertools.count(1)


def unused(name: str) -> str:
    """A localpart that nobody has: all tests of a run share one homeserver."""
    return f"{name}-{next(_count)}{secrets.token_hex(4)}"


@dataclass
class Person:
    """Somebody at a client. room: their direct room with the bot."""

    client: nio.AsyncClient
    bot: str
    room: str = ""
    _sent: dict[str, str] = field(default_factory=dict)  # words -> event

    @property
    def user(self) -> str:
        """Their address."""
        return self.client.user_id

    async def invites(self, *more: str, direct: bool = True, encrypted: bool = False) -> str:
        """Makes a room with the bot and others in it, as clients do."""
        state = [{"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}] if encrypted else []
        made = await self.client.room_create(is_direct=direct, invite=[self.bot, *more], initial_state=state, preset=nio.RoomPreset.private_chat)
        assert isinstance(made, nio.RoomCreateResponse), made
        self.room = self.room or made.room_id
        return made.room_id

    async def sends(self, content: Json, room: str = "", kind: str = "m.room.message") -> str:
        """An event: its id."""
        sent = await self.client.room_send(room or self.room, kind, content)
        assert isinstance(sent, nio.RoomSendResponse), sent
        return sent.event_id

    async def says(self, text: str, room: str = "", **more: Any) -> str:
        """Words; into the direct room, which they make for it."""
        if not room and not self.room:
            await self.invites()
        self._sent[text] = await self.sends({"msgtype": "m.text", "body": text, **more}, room)
        return self._sent[text]

    async def edits(self, old: str, new: str, room: str = "") -> str:
        """Other words in the place of earlier ones."""
        relation = {"rel_type": "m.replace", "event_id": self._sent.get(old, old)}
        return await self.sends({"msgtype": "m.text", "body": f"* {new}", "m.new_content": {"msgtype": "m.text", "body": new}, "m.relates_to": relation}, room)

    async def deletes(self, event: str, room: str = "") -> None:
        """A redaction."""
        done = await self.client.room_redact(room or self.room, event)
        assert isinstance(done, nio.RoomRedactResponse), done

    async def attaches(self, name: str, content: bytes, mime: str = "text/plain", room: str = "") -> str:
        """A file."""
        if not room and not self.room:
            await self.invites()
        kept, _ = await self.client.upload(lambda *_: content, mime, name, filesize=len(content))
        assert isinstance(kept, nio.UploadResponse), kept
        return await self.sends({"msgtype": "m.file", "body": name, "url": kept.content_uri, "info": {"mimetype": mime, "size": len(content)}}, room)

    async def encrypts(self) -> None:
        """Switches encryption on in the direct room."""
        done = await self.client.room_put_state(self.room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        assert isinstance(done, nio.RoomPutStateResponse), done

    async def logs_in(self, user: str, token: str) -> None:
        """With a token that is there."""
        self.client.restore_login(user, "another", token)

    async def joins(self, room: str) -> None:
        """Accepts an invitation."""
        done = await self.client.join(room)
        assert isinstance(done, nio.JoinResponse), done

    async def takes_back(self, room: str) -> None:
        """The bot is no longer invited to a room, or put out of it."""
        done = await self.client.room_kick(room, self.bot)
        assert isinstance(done, nio.RoomKickResponse), done

    async def leaves(self, room: str = "") -> None:
        """Goes."""
        await self.client.room_leave(room or self.room)

    async def events(self, room: str = "") -> list[Json]:
        """What stands in a room, oldest first, as the homeserver gives it."""
        if not room and not self.room:
            return []
        answer = await self.client.room_messages(room or self.room, start="", direction=nio.MessageDirection.back, limit=500)
        assert isinstance(answer, nio.RoomMessagesResponse), answer
        return [event.source for event in reversed(answer.chunk)]

    async def bots(self, room: str = "") -> list[Json]:
        """The bot's messages as they stand now: with later words in their place, without those that were deleted."""
        return shown([event for event in await self.events(room) if event["sender"] == self.bot])

    async def seen(self, room: str = "") -> list[str]:
        """Their words."""
        return [event["content"]["body"] for event in await self.bots(room)]

    async def invitations(self) -> dict[str, str]:
        """Rooms that they are invited to, and by whom."""
        answer = await self.client.sync(timeout=0, full_state=True)
        assert isinstance(answer, nio.SyncResponse), answer
        return {room: told.invite_state[0].sender for room, told in answer.rooms.invite.items()}

    async def members(self, room: str = "") -> set[str]:
        """Who is there."""
        answer = await self.client.joined_members(room or self.room)
        return {member.user_id for member in answer.members} if isinstance(answer, nio.JoinedMembersResponse) else set()

    async def file(self, name: str, room: str = "") -> bytes | None:
        """The newest file of that name from the bot."""
        found = [event for event in await self.bots(room) if event["content"].get("url") and event["content"]["body"] == name]
        if not found:
            return None
        answer = await self.client.download(found[-1]["content"]["url"])
        assert isinstance(answer, nio.MemoryDownloadResponse), answer
        return answer.body


def shown(events: list[Json]) -> list[Json]:
    """Messages as clients show them."""
    now: dict[str, Json] = {}
    for event in events:
        if event["type"] != "m.room.message" or "msgtype" not in event["content"]:
            continue
        relation = event["content"].get("m.relates_to") or {}
        if relation.get("rel_type") == "m.replace":
            if relation["event_id"] in now:
                now[relation["event_id"]] = {**now[relation["event_id"]], "content": event["content"]["m.new_content"]}
        else:
            now[event["event_id"]] = event
    return [*now.values()]


@asynccontextmanager
async def people(url: str, bot: str, *names: str) -> AsyncIterator[list[Person]]:
    """New accounts, logged in."""
    made = [await newcomer(url, bot, name) for name in names]
    try:
        yield made
    finally:
        await asyncio.gather(*(one.client.close() for one in made))


async def newcomer(url: str, bot: str, name: str) -> Person:
    """Somebody with a new account; whoever asks for it closes the client."""
    account = await register(url, unused(name))
    client = nio.AsyncClient(url, account["user_id"], config=nio.AsyncClientConfig(max_limit_exceeded=0, max_timeouts=0))
    client.restore_login(account["user_id"], account["device_id"], account["access_token"])
    return Person(client, bot)
