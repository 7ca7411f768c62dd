"""From a body of Meta's to `receive`: everything in it is committed, or none of it counts as taken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from adapters.meta import addresses
from adapters.meta.remembered import ASKED, HELD, Remembered, Windows
from bot.domain.ids import ConversationId, MessageId
from bot.domain.messages import Commanded, Inbound, Reachable, Said
from bot.domain.people import Person
from bot.ports import Receive

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """One event. user: how we call whoever wrote; message: Meta's id of it, "" of what is no message of theirs; noted: what is remembered of them.

    is_opening: it says nothing, if something waits for them; then it only lets us in.
    """

    event: Inbound
    user: str = ""
    message: str = ""
    noted: Mapping[str, str] | None = None
    is_opening: bool = False


class Reader(Protocol):
    """Knows a channel's payloads."""

    async def read(self, body: Mapping[str, Any]) -> Sequence[Heard]:
        """The events in a body, in order. What cannot be read holds up nothing: it is logged and let go. Raises StoreError."""
        ...


class Intake:
    """Commits. seen: told of the last message of each person, once all are committed."""

    def __init__(
        self, channel: str, reader: Reader, receive: Receive, remembered: Remembered, windows: Windows, seen: Callable[[str, str], None]
    ) -> None:  # fmt: skip
        self._channel, self._reader, self._receive = channel, reader, receive
        self._remembered, self._windows, self._seen = remembered, windows, seen

    async def take(self, body: Mapping[str, Any]) -> None:
        """Commit all. Raises StoreError when one could not be kept: then none may be confirmed."""
        latest: dict[str, str] = {}
        for heard in await self._reader.read(body):
            if heard.user:
                await self._from_person(heard)
                latest[heard.user] = heard.message
            else:
                await self._receive(heard.event)
        for user, message in latest.items():
            self._seen(user, message)

    async def _from_person(self, heard: Heard) -> None:
        """That they wrote is noted before it is told: what waits for them must find them reachable."""
        user, event = heard.user, heard.event
        await self._windows.heard(user, event.at, heard.noted or {})
        noted = await self._remembered.of(user)
        waits = bool(noted.get(HELD))
        if waits:
            await self._receive(self._let_in(event, user))
        if not (waits and heard.is_opening):
            await self._receive(_answering(event, noted.get(ASKED, ""), self._channel, user))
        if noted.get(ASKED) and isinstance(event.what, Said | Commanded):
            await self._remembered.put(user, ASKED, "")
        if waits:
            await self._remembered.put(user, HELD, "")

    def _let_in(self, event: Inbound, user: str) -> Inbound:
        conversation = ConversationId(addresses.person_id(self._channel, user))
        return Inbound(f"open:{event.key}", self._channel, conversation, Person(event.person.id, event.person.name), event.at, Reachable(True))


def _answering(event: Inbound, asked: str, channel: str, user: str) -> Inbound:
    """Their very next words answer what they were asked, if they do not say otherwise."""
    what = event.what
    if not asked or not isinstance(what, Said) or what.reply_to is not None:
        return event
    return replace(event, what=replace(what, reply_to=MessageId(addresses.message_id(channel, user, asked))))
