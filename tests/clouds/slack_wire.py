"""How Slack reaches an app: signed HTTP requests with retries, or Socket Mode envelopes with acknowledgements."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.clouds.slack_world import APP, BOT_USER, SIGNING_SECRET, TEAM

Json = dict[str, Any]
ACK_S = 3.0  # seconds an app has to acknowledge


@dataclass(slots=True)
class Delivery:
    """What became of one delivery. tries: status codes, "ack", or "timeout", oldest first."""

    tries: list[int | str] = field(default_factory=list)
    acked: bool = False
    ack: Json = field(default_factory=dict)


def signed(body: bytes, secret: str = SIGNING_SECRET, timestamp: str | None = None) -> dict[str, str]:
    """The headers that prove a request."""
    stamp = timestamp if timestamp is not None else str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


class Wire:
    """Delivers to `request_url`, or to any one connected socket when there is none."""

    def __init__(self, request_url: str = "", retry_delays_s: tuple[float, ...] = (0.0, 0.2, 0.5)) -> None:
        self.request_url = request_url
        self.retry_delays_s = retry_delays_s  # the real ones: at once, one minute, five minutes
        self.deliveries: list[tuple[str, Delivery]] = []  # (kind, outcome)
        self.off = False  # the subscription is switched off: events are told to nobody
        self.tickets: set[str] = set()  # each opens one socket
        self.unlucky = 0  # how many sockets fail in opening
        self._sockets: list[web.WebSocketResponse] = []
        self._connected = asyncio.Event()
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        for socket in [*self._sockets]:
            await socket.close()
        if self._session:
            await self._session.close()

    async def event(self, inner: Json, event_id: str | None = None) -> Delivery:
        """An Events API delivery, retried until acknowledged or given up."""
        if self.off:
            return Delivery()
        payload = {
            "token": "legacy",
            "team_id": TEAM,
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": event_id or f"Ev{uuid.uuid4().hex[:10].upper()}",
            "event_time": int(time.time()),
            "event": inner,
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
        }
        return await self._deliver("events_api", payload, json.dumps(payload).encode(), "application/json", self.retry_delays_s)

    async def limited(self, minute: int) -> Delivery:
        """More than 30,000 events in an hour: those of this minute (Unix seconds) are not delivered."""
        payload = {"token": "legacy", "type": "app_rate_limited", "team_id": TEAM, "minute_rate_limited": minute, "api_app_id": APP}
        return await self._deliver("events_api", payload, json.dumps(payload).encode(), "application/json", self.retry_delays_s)

    async def interactive(self, payload: Json) -> Delivery:
        """A press, shortcut or submission; never retried."""
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self._deliver("interactive", payload, body, "application/x-www-form-urlencoded", ())

    async def command(self, payload: Json) -> Delivery:
        """A slash command; never retried."""
        return await self._deliver("slash_commands", payload, urlencode(payload).encode(), "application/x-www-form-urlencoded", ())

    async def _deliver(self, kind: str, payload: Json, body: bytes, content_type: str, delays: tuple[float, ...]) -> Delivery:
        outcome = Delivery()
        self.deliveries.append((kind, outcome))
        reason = ""
        for attempt, delay in enumerate((0.0, *delays)):
            await asyncio.sleep(delay)
            if self.request_url:
                reason = await self._post(outcome, body, content_type, attempt, reason)
            else:
                reason = await self._send(outcome, kind, payload, attempt, reason)
            if outcome.acked:
                break
        return outcome

    async def _post(self, outcome: Delivery, body: bytes, content_type: str, attempt: int, reason: str) -> str:
        headers = {"Content-Type": content_type, **signed(body)}
        if attempt:
            headers.update({"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason})
        status, text = await self.raw(body, headers)
        outcome.tries.append(status or "timeout")
        outcome.acked = 200 <= status < 300
        outcome.ack = _as_json(text)
        return "http_timeout" if not status else "http_error"

    async def raw(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """One request to the app exactly as given; status 0 when it did not answer within 3 s."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ACK_S))
        try:
            async with self._session.post(self.request_url, data=body, headers=headers) as response:
                return response.status, await response.text()
        except (TimeoutError, aiohttp.ClientError):
            return 0, ""

    async def _send(self, outcome: Delivery, kind: str, payload: Json, attempt: int, reason: str) -> str:
        await asyncio.wait_for(self._connected.wait(), 10)
        envelope_id = str(uuid.uuid4())
        envelope: Json = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api"}
        if kind == "events_api":
            envelope.update(retry_attempt=attempt, retry_reason=reason)
        self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            await self._sockets[-1].send_json(envelope)
            outcome.ack = await asyncio.wait_for(self._waiting[envelope_id], ACK_S)
            outcome.acked = True
            outcome.tries.append("ack")
        except (TimeoutError, ConnectionError):
            outcome.tries.append("timeout")
        finally:
            self._waiting.pop(envelope_id, None)
        return "timeout"

    async def serve_socket(self, request: web.Request) -> web.WebSocketResponse:
        """The other end of an app's Socket Mode connection. Its address opens it once, and is used up by a try that fails."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            raise web.HTTPNotFound
        self.tickets.remove(ticket)
        if self.unlucky > 0:
            self.unlucky -= 1
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": len(self._sockets) + 1, "connection_info": {"app_id": APP}})
        self._sockets.append(socket)
        self._connected.set()
        try:
            async for message in socket:
                if message.type == aiohttp.WSMsgType.TEXT:
                    answer = _as_json(message.data)
                    waiting = self._waiting.get(answer.get("envelope_id", ""))
                    if waiting and not waiting.done():
                        waiting.set_result(answer.get("payload") or {})
        finally:
            self._sockets.remove(socket)
            if not self._sockets:
                self._connected.clear()
        return socket

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to come again, then close it, as Slack does every few hours."""
        for socket in [*self._sockets]:
            await socket.send_json({"type": "disconnect", "reason": reason})
            await socket.close()

    async def connected(self) -> None:
        """Returns when the app has a socket open."""
        await self._connected.wait()


def _as_json(text: str) -> Json:
    try:
        value = json.loads(text)
    except ValueError:
        return {"text": text} if text else {}
    return value if isinstance(value, dict) else {}
