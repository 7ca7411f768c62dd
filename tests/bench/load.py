"""The other side of the bench: people who write on Slack, and the cloud that takes the replies, as thin as Python allows.

Raw protocols on both ends, so that what is measured is the server. The clock of an event runs from its sending to the arrival of its reply here.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httptools

SIGNING_SECRET = "s" * 32
HELLO = "hi"


class Cloud(asyncio.Protocol):
    """Answers every Web API call; notes when a message to a user arrived."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.arrivals = load.arrivals
        self.body = b""
        self.url = b""
        self.type = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One keep-alive connection."""
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Bytes."""
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        """httptools."""
        self.body = b""

    def on_url(self, url: bytes) -> None:
        """httptools."""
        self.url = url

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools."""
        if name.lower() == b"content-type":
            self.type = value

    def on_body(self, body: bytes) -> None:
        """httptools."""
        self.body += body

    def on_message_complete(self) -> None:
        """One call."""
        method = self.url.decode().rsplit("/", 1)[-1].partition("?")[0]
        answer: dict[str, Any] = {"ok": True}
        if method == "chat.postMessage":
            user = self.argument("channel")
            self.load.heard()
            if (waiting := self.arrivals.pop(user, None)) is not None:
                waiting.set_result(time.perf_counter())
            answer |= {"channel": "D" + user[1:], "ts": f"{time.time():.6f}", "message": {}}
        elif method == "auth.test":
            answer |= {"user_id": "U0BOT", "bot_id": "B0BOT", "team_id": "T0", "user": "bot", "team": "bench", "url": "https://bench.invalid/"}
        elif method == "users.info":
            user = self.argument("user")
            profile = {"display_name": user, "real_name": user}
            answer |= {"user": {"id": user, "name": user, "real_name": user, "locale": "en-US", "tz": "UTC", "profile": profile}}
        elif method == "conversations.members":
            answer |= {"members": []}
        elif method == "conversations.open":  # asked when it is not known whether a message arrived: then it is looked for, and is not there
            answer |= {"channel": {"id": "D" + self.argument("users")[1:]}}
        elif method in ("conversations.history", "conversations.replies"):
            answer |= {"messages": [], "has_more": False}
        body = json.dumps(answer).encode()
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        self.transport.write(head + body)  # type: ignore[attr-defined]

    def argument(self, name: str) -> str:
        """A call's argument, however it was sent."""
        if self.type.startswith(b"application/json"):
            return str(json.loads(self.body).get(name, ""))
        found = parse_qs(self.body.decode() or self.url.decode().partition("?")[2])
        return found.get(name, [""])[0]


class Sender(asyncio.Protocol):
    """Posts events on one keep-alive connection, one after the other."""

    def __init__(self) -> None:
        self.waiting: deque[asyncio.Future[int]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open."""
        self.transport = transport
        self.parser = httptools.HttpResponseParser(self)

    def data_received(self, data: bytes) -> None:
        """Bytes."""
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Acknowledged."""
        self.waiting.popleft().set_result(self.parser.get_status_code())

    async def post(self, body: bytes) -> int:
        """One signed event; the status of its acknowledgement."""
        stamp = str(int(time.time())).encode()
        signature = hmac.new(SIGNING_SECRET.encode(), b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest().encode()
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.waiting.append(done)
        self.transport.write(  # type: ignore[attr-defined]
            b"POST /slack/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nx-slack-request-timestamp: "
            + stamp + b"\r\nx-slack-signature: v0=" + signature + b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        )  # fmt: skip
        return await done


def event(number: int, user: str, text: str) -> bytes:
    """A direct message as Slack's Events API sends it."""
    stamp = f"{1_700_000_000 + number}.{number % 1_000_000:06d}"
    said = {"type": "message", "channel_type": "im", "channel": "D" + user[1:], "user": user, "text": text, "ts": stamp, "event_ts": stamp, "team": "T0"}
    whole = {"token": "x", "team_id": "T0", "api_app_id": "A0", "type": "event_callback", "event_id": f"Ev{number:010d}", "event_time": int(time.time())}
    return json.dumps({**whole, "event": said, "authorizations": [{"team_id": "T0", "user_id": "U0BOT", "is_bot": True}]}).encode()


class Load:
    """A cloud and people."""

    def __init__(self) -> None:
        self.arrivals: dict[str, asyncio.Future[float]] = {}
        self.number = 0
        self.base = ""
        self.heard: Callable[[], None] = lambda: None  # a message was posted

    async def open(self) -> None:
        """Listen as the cloud."""
        server = await asyncio.get_running_loop().create_server(lambda: Cloud(self), "127.0.0.1", 0)
        self.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/"

    async def one(self, sender: Sender, user: str, text: str) -> float:
        """Write, and wait for the reply: seconds."""
        self.number += 1
        arrival: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.arrivals[user] = arrival
        body = event(self.number, user, text)
        began = time.perf_counter()
        status = await sender.post(body)
        if status != 200:
            raise RuntimeError(f"an event was answered with {status}")
        return await asyncio.wait_for(arrival, 30) - began

    async def closed_loop(self, port: int, users: list[str], texts: list[str], in_flight: int) -> tuple[float, list[float]]:
        """So many people at once, each writing when the last reply has come: events a second, and the seconds of each."""
        todo = deque(zip(users, texts, strict=True))
        took: list[float] = []

        async def person() -> None:
            _, sender = await asyncio.get_running_loop().create_connection(Sender, "127.0.0.1", port)
            while todo:
                took.append(await self.one(sender, *todo.popleft()))

        began = time.perf_counter()
        await asyncio.gather(*(person() for _ in range(in_flight)))
        return len(took) / (time.perf_counter() - began), took

    async def open_loop(self, port: int, users: list[str], texts: list[str], rate: float) -> list[float]:
        """So many events a second whatever the replies do: the seconds of each."""
        senders = [(await asyncio.get_running_loop().create_connection(Sender, "127.0.0.1", port))[1] for _ in range(8)]
        tasks = []
        began = time.perf_counter()
        for n, (user, text) in enumerate(zip(users, texts, strict=True)):
            await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(self.one(senders[n % 8], user, text)))
        return list(await asyncio.gather(*tasks))
