"""The HTTP door: only what Slack signed within the last five minutes comes in, and odd input is refused, never an accident."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from slack_sdk.signature import SignatureVerifier
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.errors import FirstlineError

Json = dict[str, Any]
Take = Callable[[str, Json], Awaitable[Json]]
"""Takes in one delivery ("events_api", "interactive" or "slash_commands", and its payload); returns what the acknowledgement says ({}: nothing)
once it is committed. Raises FirstlineError when it is not: then it is not acknowledged."""

MAX_BODY = 2**20  # bytes
SLOWEST_BODY_S = 10.0
OLDEST_S, NEWEST_S = 300, 60  # how far a timestamp may lie back (Slack's rule), or ahead (clocks differ)

log = logging.getLogger(__name__)


class Webhook:
    """The endpoint for events, interactivity and commands."""

    def __init__(self, signing_secret: str, take: Take) -> None:
        self._verifier = SignatureVerifier(signing_secret)
        self._take = take
        self.refused = 0  # requests that were not from Slack, since the start

    async def answer(self, request: Request) -> Response:
        """200 when committed; 401 unsigned, 400 unreadable, 408 too slow, 413 too long, 503 not kept (Slack sends it again)."""
        body = await _body(request)
        if isinstance(body, Response):
            return body
        if not self._is_slack(request, body):
            self.refused += 1
            log.warning(
                "refused a request that Slack did not sign",
                extra={"peer": request.client.host if request.client else "", "bytes": len(body)},
            )
            return Response(status_code=401)
        try:
            kind, payload = _parsed(request.headers.get("content-type", ""), body.decode())
        except (ValueError, RecursionError):
            return Response(status_code=400)
        if kind == "url_verification":
            return JSONResponse({"challenge": payload.get("challenge")})
        if kind == "ssl_check":
            return Response()
        try:
            said = await self._take(kind, payload)
        except FirstlineError as error:
            log.error("a delivery was not kept", extra={"kind": kind, "error": type(error).__name__})
            return Response(status_code=503)
        return JSONResponse(said) if said else Response()

    def _is_slack(self, request: Request, body: bytes) -> bool:
        stamps, signatures = request.headers.getlist("x-slack-request-timestamp"), request.headers.getlist("x-slack-signature")
        if len(stamps) != 1 or len(signatures) != 1 or not re.fullmatch(r"[0-9]{1,12}", stamps[0]) or not signatures[0].isascii():
            return False
        if not -NEWEST_S <= time.time() - int(stamps[0]) <= OLDEST_S:
            return False
        try:
            return self._verifier.is_valid(body.decode(), stamps[0], signatures[0])
        except (ValueError, TypeError):  # a body that is no UTF-8
            return False


async def _body(request: Request) -> bytes | Response:
    """The body, read no further than the limit; or the refusal."""
    if _number(request.headers.get("content-length", "0")) > MAX_BODY:
        return Response(status_code=413)
    body = bytearray()
    try:
        async with asyncio.timeout(SLOWEST_BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    return Response(status_code=413)
    except TimeoutError:
        return Response(status_code=408)
    except ClientDisconnect:
        return Response(status_code=400)
    return bytes(body)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else MAX_BODY + 1


def _parsed(content_type: str, body: str) -> tuple[str, Json]:
    """Kind and payload of a signed body. Raises ValueError when it is neither of Slack's two forms."""
    if content_type.startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(body, keep_blank_values=True))
        if "payload" in form:
            return "interactive", _record(form["payload"])
        return ("ssl_check" if "ssl_check" in form else "slash_commands"), form
    payload = _record(body)
    return ("url_verification" if payload.get("type") == "url_verification" else "events_api"), payload


def _record(text: str) -> Json:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
