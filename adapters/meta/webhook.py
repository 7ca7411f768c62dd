"""The addresses that Meta calls: the same proof and the same promise for all three channels. 200 only for what is committed, all of it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.meta.config import MetaApp
from bot.errors import StoreError

log = logging.getLogger(__name__)

MAX_BODY = 1 << 20  # bytes; Meta sends at most some hundred events at once
BODY_S = 20.0  # seconds for a whole body to arrive
AGAIN_S = "5"  # Retry-After when the store is away
SIGNATURE = "x-hub-signature-256"
_CHALLENGE = re.compile(r"[\w.-]{1,200}")
Take = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Commits everything in a body, or raises StoreError."""


class Webhook:
    """One channel's address. take: None until the channel listens."""

    def __init__(self, channel: str, app: MetaApp) -> None:
        self._channel, self._app = channel, app
        self.take: Take | None = None
        self.forged = 0  # calls that could not prove themselves

    def routes(self) -> Sequence[Route]:
        """GET when it is set up at Meta, POST for every event."""
        path = f"/{self._channel}/webhook"
        return [Route(path, self._verify, methods=["GET"]), Route(path, self._receive, methods=["POST"])]

    async def _verify(self, request: Request) -> Response:
        asked = request.query_params
        word, challenge = asked.get("hub.verify_token", ""), asked.get("hub.challenge", "")
        if asked.get("hub.mode") != "subscribe" or not _same(word, self._app.verify_token) or not _CHALLENGE.fullmatch(challenge):
            self.forged += 1
            return Response(status_code=403)
        return PlainTextResponse(challenge)

    async def _receive(self, request: Request) -> Response:
        given = request.headers.getlist(SIGNATURE)
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(request)
        except TimeoutError:
            return Response(status_code=408)
        if body is None:
            return Response(status_code=413)
        if len(given) != 1 or not self._is_signed(given[0], body):
            self.forged += 1
            return Response(status_code=403)
        if (parsed := _parsed(body)) is None:
            return Response(status_code=400)
        if self.take is None:
            return Response(status_code=503, headers={"Retry-After": AGAIN_S})
        try:
            await self.take(parsed)
        except StoreError as problem:
            log.warning("events not kept, Meta will send them again", extra={"channel": self._channel, "problem": type(problem).__name__})
            return Response(status_code=503, headers={"Retry-After": AGAIN_S})
        return Response(status_code=200)

    def _is_signed(self, given: str, body: bytes) -> bool:
        """Of the bytes as they came: JSON that is written anew has other escapes."""
        good = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in self._app.secrets]
        return any([_same(given, f"sha256={one}") for one in good])  # noqa: C419 - every secret is compared, so that time does not tell which


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


async def _body(request: Request) -> bytes | None:
    """The body, or None over the limit, whatever its length was said to be."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)
