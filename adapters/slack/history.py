"""What stands in Slack's channels, read page by page: for what was not delivered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack import text
from adapters.slack.api import SlackApi, next_cursor
from adapters.slack.tier import Tier
from bot.errors import RateLimited

Json = dict[str, Any]

PAGE = 200  # what Slack recommends to ask for at once
THREAD_DAYS = 30  # a thread that began earlier is read no more: as long as a quiet conversation is listened to
MOST_PAGES = 25  # of one place or thread: 5,000 messages of a day
PAGES_BEFORE = 10  # of a place, before the gap, in search of older threads that went on in it: 2,000 first messages
MOST_ROOMS = 50  # pages of the list of conversations the bot is in

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where messages may have been missed.

    all_talk: what is said there concerns us (direct messages, help channels); in teams' channels only what is said in threads (threads_only).
    Elsewhere, only mentions and what follows in the threads where we take part. roots: the ts of threads in which we are known to talk.
    pages_before: how far back to look for older threads.
    """

    channel: str
    all_talk: bool = False
    threads_only: bool = False
    roots: tuple[str, ...] = ()
    pages_before: int = 0


class History:
    """Reads for one workspace, each method within its tier; waits as long as a 429 asks. Raises DeliveryError and its subclasses."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._tiers: dict[str, Tier] = {}

    async def rooms(self, types: str) -> list[Json]:
        """Conversations of these types (Slack's names, with commas) that the bot is in; those made last come first."""
        found = await self._pages("users.conversations", "channels", MOST_ROOMS, types=types, exclude_archived=True)
        inside = [room for room in found if room.get("is_member") is not False]  # who may list others is still refused their history
        return sorted(inside, key=lambda room: float(room.get("created") or 0), reverse=True)

    async def missed(self, place: Place, since: float, bot_user: str) -> list[Json]:
        """Messages there that we may have missed since then (Unix seconds), oldest first, threads included, as events would have brought them.

        Nothing from before the bot joined, nor what would not have been heard when it was said.
        """
        top = await self._pages("conversations.history", "messages", MOST_PAGES, channel=place.channel, oldest=_ts(since))
        earlier = await self._earlier(place, since)
        joined = max((moment(m) for m in top if m.get("subtype") == "channel_join" and m.get("user") == bot_user), default=0.0)
        found = {str(m.get("ts")): m for m in top if place.all_talk or mentions(m, bot_user)}
        for root in dict.fromkeys([*_went_on([*top, *earlier], since, place), *place.roots]):
            found.update(await self._thread(place, root, since, bot_user))
        kept = [m for m in found.values() if moment(m) > max(since, joined)]
        return [{**m, "type": "message", "channel": place.channel} for m in sorted(kept, key=moment)]

    async def _earlier(self, place: Place, since: float) -> list[Json]:
        """First messages from before the gap: their threads may have gone on in it."""
        if not place.pages_before:
            return []
        span = {"oldest": _ts(since - THREAD_DAYS * 86_400), "latest": _ts(since), "inclusive": True}
        return await self._pages("conversations.history", "messages", place.pages_before, channel=place.channel, **span)

    async def _thread(self, place: Place, root: str, since: float, bot_user: str) -> dict[str, Json]:
        """What was said in a thread since then. Where not all talk is ours, only from the moment on in which we were called in."""
        ours = place.all_talk or place.threads_only
        span = {"oldest": _ts(since)} if ours else {}
        messages = await self._pages("conversations.replies", "messages", MOST_PAGES, channel=place.channel, ts=root, **span)
        if not ours:
            begun = min((moment(m) for m in messages if mentions(m, bot_user) or m.get("user") == bot_user), default=float("inf"))
            messages = [m for m in messages if moment(m) >= begun]
        return {str(m.get("ts")): m for m in messages if m.get("ts") != root}

    async def _pages(self, method: str, what: str, most: int, **asked: Any) -> list[Json]:
        found: list[Json] = []
        cursor: str | None = None
        for _ in range(most):
            answer = await self._call(method, limit=PAGE, cursor=cursor, **asked)
            found += [entry for entry in answer.get(what) or [] if isinstance(entry, dict)]
            if not (cursor := next_cursor(answer)):
                return found
        if most > PAGES_BEFORE:
            log.warning("more stands in Slack than is read", extra={"place": asked.get("channel", ""), "read": len(found)})
        return found

    async def _call(self, method: str, **asked: Any) -> Json:
        while True:
            await self._tiers.setdefault(method, Tier()).turn()
            try:
                return await self._api.call(method, **asked)
            except RateLimited as limited:
                await asyncio.sleep(limited.retry_after_s)


def moment(message: Mapping[str, Any]) -> float:
    """When it was said, in Unix seconds; 0.0 when it does not say."""
    try:
        return float(message.get("ts") or 0)
    except (TypeError, ValueError):
        return 0.0


def mentions(message: Mapping[str, Any], bot_user: str) -> bool:
    """Does it call the bot by name?"""
    words = message.get("text")
    return isinstance(words, str) and bot_user in text.mentioned(words)


def _went_on(first: Iterable[Json], since: float, place: Place) -> list[str]:
    """The threads that went on since then. Elsewhere than in our own places we take part only in those that are known."""
    if not (place.all_talk or place.threads_only):
        return []
    return [str(m["ts"]) for m in first if m.get("ts") and m.get("reply_count") and _latest_reply(m) > since]


def _latest_reply(message: Json) -> float:
    """When its thread last went on; when Slack does not say, perhaps just now."""
    try:
        return float(message["latest_reply"])
    except (KeyError, TypeError, ValueError):
        return float("inf")


def _ts(seconds: float) -> str:
    return f"{seconds:.6f}"
