"""Topics of forums: one for each card, named and closed as the card says."""

from __future__ import annotations

import logging
from typing import Any

from adapters.telegram import outbound
from adapters.telegram.transport import Api, NotModified
from bot.domain.messages import Outbound
from bot.errors import DeliveryRefused

log = logging.getLogger(__name__)


class Topics:
    """Makes and keeps topics. What it remembers only spares calls: whoever restarts asks Telegram again."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._forums: dict[int, bool] = {}
        self._titles: dict[tuple[int, int], str] = {}
        self.closed: set[tuple[int, int]] = set()

    async def begin(self, chat: int, card: Outbound) -> int | None:
        """A topic for the card; None where there are none, or the bot may not make them (then people reply to the card)."""
        if not await self._is_forum(chat):
            return None
        name = outbound.topic_name(card.card)
        try:
            topic = int((await self._api.call("createForumTopic", {"chat_id": chat, "name": name}))["message_thread_id"])
        except DeliveryRefused as refused:
            log.warning("no topic could be made; make the bot an administrator who may manage topics", extra={"chat": chat, "problem": refused.detail})
            self._forums.pop(chat)
            return None
        self._titles[chat, topic] = name
        return topic

    async def open(self, chat: int, topic: int) -> None:
        """Open it again if it was closed."""
        if (chat, topic) in self.closed:
            self.closed.discard((chat, topic))
            await self._quietly("reopenForumTopic", chat, topic)

    async def follow(self, chat: int, topic: int, card: Outbound) -> None:
        """The topic's name, and whether it is open, follow the card. A name from before the start is taken to be as it should."""
        name = outbound.topic_name(card.card)
        if self._titles.setdefault((chat, topic), name) != name:
            await self._quietly("editForumTopic", chat, topic, name=name)
            self._titles[chat, topic] = name
        if outbound.is_closed(card) and (chat, topic) not in self.closed:
            await self._quietly("closeForumTopic", chat, topic)
            self.closed.add((chat, topic))

    async def _is_forum(self, chat: int) -> bool:
        if chat not in self._forums:
            self._forums[chat] = chat < 0 and bool((await self._api.call("getChat", {"chat_id": chat})).get("is_forum"))
        return self._forums[chat]

    async def _quietly(self, method: str, chat: int, topic: int, **more: Any) -> None:
        """Housekeeping: that it is already so, or may not be, is no reason to hold up words."""
        try:
            await self._api.call(method, {"chat_id": chat, "message_thread_id": topic, **more})
        except NotModified:
            return
        except DeliveryRefused as refused:
            log.warning("topic not changed", extra={"chat": chat, "topic": topic, "problem": refused.detail})
