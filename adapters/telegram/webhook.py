"""The webhook: 2xx only for what is committed; everything else Telegram sends again, in order."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.hooks import again, body_of, object_in
from adapters.telegram.config import WEBHOOK_PATH
from adapters.telegram.intake import Intake
from bot.errors import StoreError

log = logging.getLogger(__name__)

MAX_BODY = 1 << 20  # bytes; an update is a few KiB
SECRET_HEADER = "x-telegram-bot-api-secret-token"
BODY_S = 20.0  # seconds for a whole body to arrive


def route(secret: str, intake: Callable[[], Intake | None]) -> Route:
    """The one address Telegram calls. intake: None until the channel listens."""

    async def receive(request: Request) -> Response:
        given = request.headers.getlist(SECRET_HEADER)
        if len(given) != 1 or not hmac.compare_digest(given[0].encode("utf-8", "replace"), secret.encode()):
            return Response(status_code=403)
        body = await body_of(request, MAX_BODY, BODY_S)
        if isinstance(body, Response):
            return body
        update = object_in(body)
        if update is None or type(update.get("update_id")) is not int:
            return Response(status_code=400)
        if (listening := intake()) is None:
            return again()
        try:
            await listening.take([update])
        except StoreError as problem:
            log.warning("update not kept, Telegram will send it again", extra={"update_id": update["update_id"], "problem": type(problem).__name__})
            return again()
        return Response(status_code=200)

    return Route(WEBHOOK_PATH, receive, methods=["POST"])
