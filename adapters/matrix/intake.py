"""What a sync tells, handed over event by event; what it left out is read from the rooms' history. Returns when all is committed."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.matrix import addresses, inbound
from adapters.matrix.inbound import Room, to_inbound
from adapters.matrix.outbound import text
from adapters.matrix.rooms import ENCRYPTED, JOINING, KNOWN, LEFT, Direct, Rooms
from adapters.matrix.transport import Api
from bot.domain.ids import ConversationId
from bot.domain.messages import Commanded, Inbound, Reachable, Said, Say
from bot.engine.tongue import Tongue
from bot.errors import DeliveryError, DeliveryRefused, RateLimited, StoreError
from bot.ports import Enquiries, Receive

log = logging.getLogger(__name__)

Json = Mapping[str, Any]

KINDS = ("m.room.message", "m.room.encrypted", "m.room.encryption", "m.room.redaction", "m.room.member", "m.sticker")
PAGE, PAGES, FIRST_PAGES = 100, 30, 2  # events of history at a time; so many times after a gap, and in a room that we have just joined
TRIES, PAUSE_S = 5, 5.0  # to join a room, and seconds between them
AT_ONCE = 8  # rooms that are joined or left at a time
AGAIN_S = 3600.0  # until who writes where we cannot read is told so once more
MOST_NAMES = 10_000


@dataclass(slots=True)
class Figures:
    """What is counted."""

    unreadable: int = 0  # messages in encrypted rooms
    declined: int = 0  # invitations
    gaps: int = 0  # syncs that left something out


@dataclass(slots=True)
class Intake:
    """Hands the events of one account to the desk. me: its own user."""

    api: Api
    rooms: Rooms
    me: str
    receive: Receive
    enquiries: Enquiries
    tongue: Tongue
    figures: Figures
    _names: dict[str, str] = field(default_factory=dict)
    _calls: set[asyncio.Task[None]] = field(default_factory=set)
    _few: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _told: dict[str, float] = field(default_factory=dict)  # encrypted rooms -> when

    async def take(self, batch: Json, since: str) -> None:
        """Everything in a sync's answer. since: what it follows; "" is the first ever, of which only invitations count.

        Raises StoreError and DeliveryError: then the same is to be asked for again; repeats have no effect.
        """
        there = _dict(batch, "rooms")
        for room, told in _dict(there, "invite").items():
            await self._invited(room, _dict(told, "invite_state").get("events"))
        for room, told in _dict(there, "leave").items():
            if since:
                await self._gone(room, told)
        for room, told in _dict(there, "join").items():
            if since:
                await self._joined(room, told, since)

    # ---- rooms
    async def _invited(self, room: str, state: object) -> None:
        invitation = inbound.state(state, "m.room.member", self.me)
        user = str(invitation.get("sender") or "")
        if room not in self.rooms.helps:
            if not self._is_welcome(user, invitation):
                self.figures.declined += 1
                log.info("an invitation is declined", extra={"rooms": self.rooms.count(user)})
                self._beside(self.rooms.leave(room, self.tongue.say("I join only direct chats, and the rooms in which I am to help.")))
                return
            came_back = await self.rooms.answered_in(user) == LEFT
            await self.rooms.keep(room, user, JOINING)
            if came_back:
                await self._happens(f"back:{room}", user, Reachable(True))
        self._beside(self._join(room))

    def go_on(self) -> None:
        """Accept what was to be accepted when the last process ended."""
        for room in self.rooms.joining():
            self._beside(self._join(room))

    async def close(self) -> None:
        """Nothing is joined or declined any more."""
        for task in self._calls:
            task.cancel()
        if self._calls:
            await asyncio.wait(self._calls)

    def _beside(self, call: Coroutine[Any, Any, None]) -> None:
        """While others are heard: a far server may take a minute to let us in or out."""
        task = asyncio.create_task(self._in_turn(call))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _in_turn(self, call: Coroutine[Any, Any, None]) -> None:
        try:
            async with self._few:
                await call
        except StoreError:
            log.warning("what became of an invitation could not be noted")
        finally:
            call.close()

    def _is_welcome(self, user: str, invitation: Json) -> bool:
        is_direct = _dict(invitation, "content").get("is_direct") is True
        known = addresses.parse(addresses.person_id(user)) is not None
        return is_direct and known and self.rooms.config.may_invite(user) and not self.rooms.is_full()

    async def _join(self, room: str) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                await self.api.call("POST", ["join", room], {})
                return
            except DeliveryRefused as refused:
                log.info("an invitation could not be accepted", extra={"problem": refused.detail})
                await self.rooms.forget(room)
                return
            except DeliveryError as problem:
                log.info("an invitation is tried once more", extra={"problem": str(problem)})
                await asyncio.sleep(problem.retry_after_s if isinstance(problem, RateLimited) else PAUSE_S * attempt)
        log.warning("an invitation could not be accepted, and is left alone until the next start", extra={"tries": TRIES})

    async def _gone(self, room: str, told: Json) -> None:
        """We are no longer there: who has put us out, or left us alone, is not reached any more."""
        events = [*_list(_dict(told, "state"), "events"), *_list(_dict(told, "timeline"), "events")]
        by = str(inbound.state(events, "m.room.member", self.me).get("sender") or "")
        alone = await self.rooms.forget(room)
        if alone and by != self.me:
            await self._happens(f"left:{room}", alone, Reachable(False))

    async def _joined(self, id: str, told: Json, since: str) -> None:
        try:
            room = await self.rooms.room(id, self.me)
        except DeliveryRefused:
            return  # we were put out meanwhile: the next sync says so
        if room is None:
            return
        timeline, state = _dict(told, "timeline"), _list(_dict(told, "state"), "events")
        direct = self.rooms.direct(id)
        is_new = direct is not None and direct.standing == JOINING
        events = [*await self._missed(id, timeline, "" if is_new else since), *_list(timeline, "events")]
        self._learn_names([*state, *events])
        if encryption := inbound.state([*state, *events], "m.room.encryption", ""):
            direct = await self._is_encrypted(id, direct, str(encryption.get("sender")))
        for event in events:
            await self._happened(event, room, direct)
            if id not in self.rooms.helps and self.rooms.direct(id) is None:
                return  # left meanwhile
        if is_new and direct is not None and direct.standing == JOINING:
            await self.rooms.keep(id, direct.user, KNOWN)

    async def _missed(self, room: str, timeline: Json, since: str) -> list[Json]:
        """What came between `since` and the timeline, oldest first; without `since` what the room began with."""
        at = timeline.get("prev_batch")
        if timeline.get("limited") is not True or not isinstance(at, str):
            return []
        self.figures.gaps += bool(since)
        found: list[Json] = []
        for _ in range(PAGES if since else FIRST_PAGES):
            query = {"dir": "b", "from": at, "limit": str(PAGE), **({"to": since} if since else {})}
            try:
                page = await self.api.call("GET", ["rooms", room, "messages"], query=query)
            except DeliveryRefused as refused:
                log.warning("a room's history cannot be read", extra={"problem": refused.detail})
                break
            found += _list(page, "chunk")
            at = page.get("end")
            if not isinstance(at, str) or not _list(page, "chunk"):
                break
        else:
            log.warning("a room's history is longer than what is read of it", extra={"events": len(found)})
        return [*reversed(found)]

    # ---- events
    async def _happened(self, event: Json, room: Room, direct: Direct | None) -> None:
        sender, kind = str(event.get("sender") or ""), event.get("type")
        if kind == "m.room.member" and room.direct and event.get("state_key") == room.direct and inbound.membership(event) in ("leave", "ban"):
            await self._left(room)
        elif kind == "m.room.encrypted" and sender != self.me:
            self.figures.unreadable += 1
            await self._say_unreadable(room.id, direct, AGAIN_S)
        elif room.direct and kind == "m.room.message" and sender not in (self.me, room.direct):
            if _dict(event, "content").get("msgtype") != "m.notice":
                words = self.tongue.say("In this room I talk with one person alone. Please write to me in a direct chat of your own.")
                await self._say(room.id, words, f"{room.id} {sender}")
        else:
            heard = to_inbound(event, room, self.me, await self._name(sender) if sender != self.me else "")
            if heard is not None and self._is_meant(heard):
                if room.direct and isinstance(heard.what, Said | Commanded):
                    await self.rooms.talk_in(room.id, room.direct)  # before it is answered
                await self.receive(heard)

    def _is_meant(self, heard: Inbound) -> bool:
        return not isinstance(heard.what, Said) or heard.what.addressed or self.enquiries.is_known(heard.conversation)

    async def _left(self, room: Room) -> None:
        alone = await self.rooms.forget(room.id)
        await self.rooms.leave(room.id)
        if alone:
            await self._happens(f"left:{room.id}", alone, Reachable(False))

    async def _happens(self, key: str, user: str, what: Reachable) -> None:
        author = inbound.person(user, await self._name(user))
        await self.receive(Inbound(key, addresses.NAME, ConversationId(author.id), author, datetime.now(UTC), what))

    # ---- what we cannot read
    async def _is_encrypted(self, id: str, direct: Direct | None, by: str) -> Direct | None:
        """Say so, and invite the person to a room that we can read."""
        if direct is not None and direct.standing == ENCRYPTED and await self.rooms.answered_in(direct.user):
            return direct
        if direct is not None:
            await self.rooms.keep(id, direct.user, ENCRYPTED)
            if by == self.me:  # the homeserver did it in our name, and would do so with the next room
                log.error("this homeserver encrypts the rooms that we make: let it not (docs/open-networks.md)")
                await self.rooms.give_up(direct.user)
            else:
                await self._invite(direct.user)
        await self._say_unreadable(id, self.rooms.direct(id), 0)
        return self.rooms.direct(id)

    async def _invite(self, user: str) -> None:
        try:
            await self.rooms.open(user)
        except DeliveryRefused as refused:
            log.warning("no direct room could be opened", extra={"problem": refused.detail})

    async def _say_unreadable(self, id: str, direct: Direct | None, after_s: float) -> None:
        if time.monotonic() - self._told.get(id, float("-inf")) < after_s:
            return
        self._told[id] = time.monotonic()
        if direct is None:
            words = self.tongue.say("I cannot read encrypted rooms. Please write to me in a direct chat.")
        elif await self.rooms.answered_in(direct.user) in ("", LEFT):
            words = self.tongue.say("I cannot read encrypted rooms, and I cannot make one that is not. Please ask for help in another way.")
        else:
            words = self.tongue.say("I cannot read encrypted rooms. I have invited you to a room that is not encrypted: please write to me there.")
        await self._say(id, words, f"{id} {time.time() // AGAIN_S}")

    async def _say(self, id: str, words: str, once: str) -> None:
        """Our own sentence, not the desk's; said twice with the same `once` it is there once."""
        transaction = hashlib.sha256(once.encode()).hexdigest()[:32]
        try:
            await self.api.call("PUT", ["rooms", id, "send", "m.room.message", transaction], {**text((Say(words),)), "m.mentions": {}})
        except DeliveryRefused as refused:
            log.info("a room takes no words of ours", extra={"problem": refused.detail})

    # ---- names
    def _learn_names(self, events: list[Json]) -> None:
        for event in events:
            if inbound.membership(event) == "join" and isinstance(name := _dict(event, "content").get("displayname"), str):
                self._keep_name(str(event.get("state_key")), name)

    async def _name(self, user: str) -> str:
        """As their profile has it; "" when nobody can say."""
        if user not in self._names:
            try:
                self._keep_name(user, str((await self.api.call("GET", ["profile", user])).get("displayname") or ""))
            except DeliveryRefused:
                self._keep_name(user, "")
        return self._names[user]

    def _keep_name(self, user: str, name: str) -> None:
        self._names.pop(user, None)
        self._names[user] = name
        if len(self._names) > MOST_NAMES:
            del self._names[next(iter(self._names))]


def _dict(of: Json, key: str) -> dict[str, Any]:
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def _list(of: Json, key: str) -> list[Json]:
    value = of.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
