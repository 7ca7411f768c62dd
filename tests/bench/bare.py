"""The floor: a bare ASGI server that checks the signature, inserts one row, commits, acknowledges, and replies. No FAQ, no ticket, no retry.

    python -m tests.bench.bare PORT DATABASE API_URL NORMAL|FULL
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sqlite3
import sys
from typing import Any

import aiohttp
import uvicorn

from tests.bench.load import SIGNING_SECRET


class Bare:
    """One event, one insert, one reply."""

    def __init__(self, database: str, api: str, synchronous: str) -> None:
        self.api = api
        self.db = sqlite3.connect(database, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute(f"PRAGMA synchronous={synchronous}")
        self.db.execute("CREATE TABLE event (id TEXT PRIMARY KEY, body TEXT)")
        self.session: aiohttp.ClientSession | None = None
        self.replies: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status = 200
        if scope["path"] == "/slack/events":
            status = self.take(dict(scope["headers"]), body)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    def take(self, headers: dict[bytes, bytes], body: bytes) -> int:
        """Check, keep, owe the reply."""
        stamp = headers[b"x-slack-request-timestamp"]
        wanted = "v0=" + hmac.new(SIGNING_SECRET.encode(), b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), headers[b"x-slack-signature"]):
            return 401
        event = json.loads(body)
        self.db.execute("INSERT INTO event VALUES (?, ?)", (event["event_id"], body.decode()))  # autocommit: one fsync an event
        task = asyncio.create_task(self.reply(event["event"]["user"]))
        self.replies.add(task)
        task.add_done_callback(self.replies.discard)
        return 200

    async def reply(self, user: str) -> None:
        """One message through one shared session."""
        if self.session is None:
            self.session = aiohttp.ClientSession()
        async with self.session.post(self.api + "chat.postMessage", json={"channel": user, "text": "Your question has been received."}) as response:
            await response.read()


def main() -> None:
    """Serve until killed."""
    port, database, api, synchronous = sys.argv[1:5]
    uvicorn.run(Bare(database, api, synchronous), host="127.0.0.1", port=int(port), http="httptools", lifespan="off", log_config=None, access_log=False)


if __name__ == "__main__":
    main()
