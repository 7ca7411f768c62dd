"""Updates on their way to the bot: the queue, long polling with its conflicts, and the webhook with its retries."""
from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.clouds.telegram_text import Json, Refused

UNASKED = ("chat_member", "message_reaction", "message_reaction_count")  # only sent when asked for by name
FIRST_RETRY_S, LAST_RETRY_S = 0.02, 1.0  # the real ones are 2 s and 60 s; the order is what matters


class Updates:
    """Everything the bot has not confirmed yet."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._changed = changed
        self.pending: list[Json] = []
        self.hook: Json = {}
        self.allowed: list[str] = []
        self.deliveries: list[tuple[int, int]] = []
        self.confirmed = 0
        self.polls = 0
        self._numbers = itertools.count(700_000_001)
        self._poll: asyncio.Future[None] | None = None
        self._new = asyncio.Event()
        self._queues: defaultdict[str, list[Json]] = defaultdict(list)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._session: ClientSession | None = None

    def put(self, kind: str, body: Json, key: Any) -> Json | None:
        """Queue an update, unless the bot never asked for its kind. key: what the order is kept within (a chat; for presses a person)."""
        if kind not in self.allowed if self.allowed else kind in UNASKED:
            return None
        update = {"update_id": next(self._numbers), kind: body}
        self.insert(update, str(key))
        return update

    def insert(self, update: Json, key: str = "again") -> None:
        """Queue any update as it is, e.g. one that was delivered before."""
        self.pending.append(update)
        self._new.set()
        if self.hook:
            self._enqueue(update, key)

    # ---- polling
    async def poll(self, offset: int, limit: int, timeout_s: float, allowed: list[str] | None) -> list[Json]:
        """getUpdates: confirms what is below offset, then waits for more. A second poll ends the first with 409."""
        if self.hook:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
        if self._poll and not self._poll.done():
            self._poll.set_exception(Refused(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"))
        mine = self._poll = asyncio.get_running_loop().create_future()
        mine.add_done_callback(lambda f: f.cancelled() or f.exception())
        self.polls += 1
        if allowed is not None:
            self.allowed = allowed
        if offset:
            self.confirmed += sum(u["update_id"] < offset for u in self.pending)
            self.pending = [u for u in self.pending if u["update_id"] >= offset]
        self._changed()
        try:
            return await self._wait(mine, max(1, min(limit, 100)), min(timeout_s, 50))
        finally:
            mine.cancel()

    async def _wait(self, mine: asyncio.Future[None], limit: int, timeout_s: float) -> list[Json]:
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not self.pending:
            self._new.clear()
            news = asyncio.ensure_future(self._new.wait())
            try:
                left = deadline - asyncio.get_running_loop().time()
                done, _ = await asyncio.wait({news, mine}, timeout=max(0.0, left), return_when=asyncio.FIRST_COMPLETED)
            finally:
                news.cancel()
            if mine in done:
                mine.result()
            if not done:
                return []
        return self.pending[:limit]

    # ---- webhook
    def set_hook(self, url: str, secret: str, allowed: list[str] | None) -> None:
        """From now on updates are posted there, the pending ones too."""
        self.hook = {"url": url, "secret": secret}
        if allowed is not None:
            self.allowed = allowed
        for update in self.pending:
            self._enqueue(update, "backlog")

    def drop_hook(self, drop_pending: bool) -> None:
        """Back to polling; what is pending stays unless dropped."""
        self.hook = {}
        self._queues.clear()
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()
        if drop_pending:
            self.pending.clear()

    def _enqueue(self, update: Json, key: str) -> None:
        self._queues[key].append(update)
        if (task := self._tasks.get(key)) is None or task.done():
            self._tasks[key] = asyncio.create_task(self._deliver(key))

    async def _deliver(self, key: str) -> None:
        """One queue, in order: the next update only after a 2xx for this one."""
        delay = FIRST_RETRY_S
        while self._queues[key]:
            update = self._queues[key][0]
            status = await self.post(update)
            self.deliveries.append((update["update_id"], status))
            if 200 <= status < 300:
                self._queues[key].pop(0)
                self.pending = [u for u in self.pending if u is not update]
                self.confirmed += 1
                self._changed()
                delay = FIRST_RETRY_S
            else:
                await asyncio.sleep(delay)
                delay = min(delay * 2, LAST_RETRY_S)

    async def post(self, body: Any, secret: str | None = None) -> int:
        """One delivery: the status, 0 when nobody answered. secret: another one than agreed."""
        self._session = self._session or ClientSession(timeout=ClientTimeout(total=60))
        agreed = self.hook.get("secret") if secret is None else secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": agreed} if agreed else {}
        try:
            async with self._session.post(self.hook["url"], json=body, headers=headers) as answer:
                return answer.status
        except (ClientError, OSError, TimeoutError):
            return 0

    async def close(self) -> None:
        """Stop delivering; whoever polls is let go."""
        self.drop_hook(False)
        if self._poll and not self._poll.done():
            self._poll.cancel()
        if self._session:
            await self._session.close()
