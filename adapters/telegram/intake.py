"""From updates to `receive`, the same for polling and the webhook: an update counts as taken only when it is committed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.telegram.inbound import Reader, to_inbound, topic_of
from adapters.telegram.lag import Lag
from adapters.telegram.places import Places
from adapters.telegram.topics import Topics
from bot.domain.messages import Inbound
from bot.ports import Clock, Receive

log = logging.getLogger(__name__)


class Intake:
    """Reads updates and hands them on."""

    def __init__(self, reader: Reader, receive: Receive, places: Places, topics: Topics, clock: Clock, lag: Lag) -> None:
        self._reader, self._receive, self._clock = reader, receive, clock
        self._places, self._topics, self._lag = places, topics, lag

    async def take(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Commit all, in order within each conversation. Raises StoreError when one could not be kept: then none may be confirmed."""
        lanes: dict[str, list[Inbound]] = {}
        for update in updates:
            self._lag.see(update, self._clock.now())
            inbound = await self._read(update)
            if inbound is not None:
                lanes.setdefault(inbound.conversation, []).append(inbound)
        if len(lanes) == 1:
            await self._in_order(next(iter(lanes.values())))
        else:
            await asyncio.gather(*(self._in_order(lane) for lane in lanes.values()))

    async def _in_order(self, lane: Sequence[Inbound]) -> None:
        for inbound in lane:
            await self._receive(inbound)

    async def _read(self, update: Mapping[str, Any]) -> Inbound | None:
        """The event in an update. One that cannot be read must not hold up the others: it is logged by its number and let go."""
        try:
            await self._notice(update.get("message") or {})
            return to_inbound(update, self._reader, self._clock.now())
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
            log.warning("update not understood", extra={"update_id": update.get("update_id"), "problem": type(problem).__name__})
            return None

    async def _notice(self, message: Mapping[str, Any]) -> None:
        """What the update says about places, before anybody speaks there."""
        if new := message.get("migrate_to_chat_id"):
            await self._places.follow(int(message["chat"]["id"]), int(new))
        elif old := message.get("migrate_from_chat_id"):
            await self._places.follow(int(old), int(message["chat"]["id"]))
        elif "forum_topic_closed" in message and (topic := topic_of(message)):
            self._topics.closed.add((int(message["chat"]["id"]), topic))
        elif "forum_topic_reopened" in message and (topic := topic_of(message)):
            self._topics.closed.discard((int(message["chat"]["id"]), topic))
