"""The webhook: 2xx only for what is committed; everything else Telegram sends again, in order."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.telegram.config import WEBHOOK_PATH
from adapters.telegram.intake import Intake
from bot.errors import StoreError

log = logging.getLogger(__name__)

MAX_BODY = 1 << 20  # bytes; an update is a few KiB
SECRET_HEADER = "x-telegram-bot-api-secret-token"
BODY_S = 20.0  # seconds for a whole body to arrive
AGAIN_S = "5"  # Retry-After when the store is away


def route(secret: str, intake: Callable[[], Intake | None]) -> Route:
    """The one address Telegram calls. intake: None until the channel listens."""

    async def receive(request: Request) -> Response:
        given = request.headers.getlist(SECRET_HEADER)
        if len(given) != 1 or not hmac.compare_digest(given[0].encode("utf-8", "replace"), secret.encode()):
            return Response(status_code=403)
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(request)
        except TimeoutError:
            return Response(status_code=408)
        if body is None:
            return Response(status_code=413)
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        if not isinstance(update, dict) or type(update.get("update_id")) is not int:
            return Response(status_code=400)
        if (listening := intake()) is None:
            return Response(status_code=503, headers={"Retry-After": AGAIN_S})
        try:
            await listening.take([update])
        except StoreError as problem:
            log.warning("update not kept, Telegram will send it again", extra={"update_id": update["update_id"], "problem": type(problem).__name__})
            return Response(status_code=503, headers={"Retry-After": AGAIN_S})
        return Response(status_code=200)

    return Route(WEBHOOK_PATH, receive, methods=["POST"])


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
