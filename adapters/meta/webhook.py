"""The addresses that Meta calls: the same proof and the same promise for all three channels. 200 only for what is committed, all of it."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.hooks import again, body_of, object_in
from adapters.meta.config import MetaApp
from bot.errors import StoreError

log = logging.getLogger(__name__)

MAX_BODY = 1 << 20  # bytes; Meta sends at most some hundred events at once
BODY_S = 20.0  # seconds for a whole body to arrive
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
        body = await body_of(request, MAX_BODY, BODY_S)
        if isinstance(body, Response):
            return body
        if len(given) != 1 or not self._is_signed(given[0], body):
            self.forged += 1
            return Response(status_code=403)
        if (parsed := object_in(body)) is None:
            return Response(status_code=400)
        if self.take is None:
            return again()
        try:
            await self.take(parsed)
        except StoreError as problem:
            log.warning("events not kept, Meta will send them again", extra={"channel": self._channel, "problem": type(problem).__name__})
            return again()
        return Response(status_code=200)

    def _is_signed(self, given: str, body: bytes) -> bool:
        """Of the bytes as they came: JSON that is written anew has other escapes."""
        good = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in self._app.secrets]
        return any([_same(given, f"sha256={one}") for one in good])  # noqa: C419 - every secret is compared, so that time does not tell which


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
