"""What all addresses have in common that a platform calls: a body that is bounded in size and time, and the answer after which it is sent again."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

LENGTH_DIGITS = 16  # of a Content-Length that is believed
AGAIN_S = "5"  # Retry-After when the store is away


async def body_of(request: Request, most: int, within_s: float) -> bytes | Response:
    """The whole body, or what to answer instead: 408 when it is slow, 413 over `most` bytes, whether or not its length was said truly."""
    said = request.headers.get("content-length", "0")
    if not (said.isascii() and said.isdigit() and len(said) < LENGTH_DIGITS and int(said) <= most):
        return Response(status_code=413)
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    return Response(status_code=413)
    except TimeoutError:
        return Response(status_code=408)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody reads it
    return bytes(body)


def object_in(body: bytes) -> dict[str, Any] | None:
    """The JSON object that it is, or None."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def again() -> Response:
    """It was not kept: the platform shall send it once more."""
    return Response(status_code=503, headers={"Retry-After": AGAIN_S})
