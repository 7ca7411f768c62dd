"""Files, put where the server's upload service says (XEP-0363). What people send is an address, and stays one: we open nobody's."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown

UPLOAD_S, CONNECT_S = 120.0, 10.0  # seconds for a file, and to connect
HEADERS = ("authorization", "cookie", "expires")  # that a slot may ask for


async def put(address: str, content: bytes, mime: str, headers: Mapping[str, str]) -> None:
    """Raises DeliveryError when it is not there afterwards."""
    sent = {"Content-Type": mime, **{name: value for name, value in headers.items() if name.lower() in HEADERS and "\n" not in value}}
    limits = aiohttp.ClientTimeout(total=UPLOAD_S, connect=CONNECT_S)
    try:
        async with aiohttp.ClientSession(timeout=limits) as session, session.put(address, data=content, headers=sent) as answer:
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DeliveryError(f"the place for files cannot be reached ({type(error).__name__})") from None
    if status == 413:
        raise DeliveryRefused("too_large", f"{len(content)} bytes")
    if status not in (200, 201, 204):
        raise DeliveryUnknown(f"the place for files answers HTTP {status}")
