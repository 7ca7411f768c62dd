"""Calls of Matrix's client-server API, their errors made ours.

Over aiohttp, and not through a library: those read what a homeserver says into classes of their own, drop what does not fit, and sleep and retry inside.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

from adapters.matrix.config import MatrixConfig
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, Unauthorized

Json = dict[str, Any]

CALL_S, UPLOAD_S, CONNECT_S = 20.0, 120.0, 10.0  # seconds for a call, one with a file, and to connect
UNSAID_WAIT_S, MAX_WAIT_S = 5.0, 3600.0  # where a 429 does not say how long; and the longest we believe
MOST_BYTES = 50_000_000  # of an answer; a sync after days away has a few
CLIENT = "/_matrix/client/v3"
NO_TOKEN = ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_SUSPENDED", "M_USER_LOCKED")
CURE = "Matrix refuses MATRIX_TOKEN: log the bot in again (docs/open-networks.md) and set the new access token"


class Refused(DeliveryRefused):
    """The homeserver said no. errcode: in its words."""

    def __init__(self, reason: str, errcode: str, error: str) -> None:
        super().__init__(reason, f"{errcode} {error}".strip()[:200])
        self.errcode = errcode


class Api:
    """One account on one homeserver. The connection is made with the first call."""

    def __init__(self, config: MatrixConfig) -> None:
        self._config = config
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, path: list[str], body: Json | None = None, query: Mapping[str, str] | None = None, timeout_s: float = CALL_S) -> Json:
        """The answer to a call below CLIENT; path: its parts as they are. Raises DeliveryError and its subclasses."""
        address = f"{self._config.homeserver}{CLIENT}/" + "/".join(quote(part, safe="") for part in path)
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        return await self._ask(method, address, data, query, "application/json", timeout_s)

    async def upload(self, name: str, mime: str, content: bytes) -> str:
        """The mxc:// address under which the homeserver keeps the file."""
        kept = await self._ask("POST", f"{self._config.homeserver}/_matrix/media/v3/upload", content, {"filename": name}, mime, UPLOAD_S)
        return told(kept, "content_uri")

    async def most_upload(self) -> int:
        """The largest file that the homeserver takes, in bytes; 0 when it does not say."""
        for address in ("/_matrix/client/v1/media/config", "/_matrix/media/v3/config"):
            with contextlib.suppress(DeliveryRefused):
                size = (await self._ask("GET", self._config.homeserver + address, None, None, "", CALL_S)).get("m.upload.size")
                return size if isinstance(size, int) else 0
        return 0

    async def download(self, mxc: str, limit: int) -> bytes:
        """The file at an mxc:// address, by the way that asks for a token; of a homeserver that does not know it yet, by the old one."""
        path = "/".join(quote(part, safe="") for part in mxc.removeprefix("mxc://").split("/"))
        try:
            return await self._bytes(f"{self._config.homeserver}/_matrix/client/v1/media/download/{path}", limit)
        except Refused as refused:
            if refused.errcode != "M_UNRECOGNIZED":
                raise
        return await self._bytes(f"{self._config.homeserver}/_matrix/media/v3/download/{path}", limit)

    async def close(self) -> None:
        """Let the connections go."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(auto_decompress=True, trust_env=True)
        return self._session

    @property
    def _token(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._config.token}"}

    async def _ask(self, method: str, address: str, data: bytes | None, query: Mapping[str, str] | None, mime: str, timeout_s: float) -> Json:
        headers = {**self._token, **({"Content-Type": mime} if data is not None else {})}
        limits = aiohttp.ClientTimeout(total=timeout_s, connect=CONNECT_S)
        try:
            async with self._open().request(method, address, data=data, params=query, headers=headers, timeout=limits) as answer:
                return _judged(answer.status, answer.headers, await _limited(answer, MOST_BYTES))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _lost(error) from None

    async def _bytes(self, address: str, limit: int) -> bytes:
        limits = aiohttp.ClientTimeout(total=UPLOAD_S, connect=CONNECT_S)
        try:
            async with self._open().get(address, headers=self._token, timeout=limits) as answer:
                if answer.status != 200:
                    _judged(answer.status, answer.headers, await _limited(answer, MOST_BYTES))
                    raise DeliveryUnknown(f"HTTP {answer.status} instead of a file")
                return await _limited(answer, limit)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _lost(error) from None


def told(answer: Json, key: str) -> str:
    """What an answer must say. Raises DeliveryUnknown when it does not."""
    value = answer.get(key)
    if not isinstance(value, str) or not value:
        raise DeliveryUnknown(f"the homeserver answers without {key}")
    return value


async def _limited(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    if (answer.content_length or 0) > limit:
        raise DeliveryRefused("too_large", f"{answer.content_length} bytes")
    found = bytearray()
    async for chunk in answer.content.iter_chunked(65_536):
        found += chunk
        if len(found) > limit:
            raise DeliveryRefused("too_large", f"more than {limit} bytes")
    return bytes(found)


def _lost(error: BaseException) -> DeliveryError:
    """Certainly not sent, or perhaps."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL):
        return DeliveryError(f"the homeserver cannot be reached ({type(error).__name__})")
    return DeliveryUnknown(f"no answer from the homeserver ({type(error).__name__})")


def _judged(status: int, headers: Mapping[str, str], content: bytes) -> Json:
    """The answer, or what is wrong as an error of ours."""
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if status == 200 and isinstance(found, dict):
        return found
    said = found if isinstance(found, dict) else {}
    code, error = str(said.get("errcode") or ""), str(said.get("error") or "")
    if status == 429 or code == "M_LIMIT_EXCEEDED":
        raise RateLimited(_wait(said, headers))
    if status == 401 or code in NO_TOKEN:
        raise Unauthorized(CURE)
    if 400 <= status < 500 and said:
        raise Refused(_reason(status, code), code, error)
    raise DeliveryUnknown(f"the homeserver answers HTTP {status} without saying what")


def _reason(status: int, code: str) -> str:
    if status == 413 or code == "M_TOO_LARGE":
        return "too_large"
    return {403: "forbidden", 404: "gone", 410: "gone"}.get(status, "invalid")


def _wait(said: Json, headers: Mapping[str, str]) -> float:
    """Seconds, as the body says; since Matrix 1.10 as the header does."""
    for value, unit in ((said.get("retry_after_ms"), 1000.0), (headers.get("Retry-After"), 1.0)):
        with contextlib.suppress(TypeError, ValueError):
            return min(max(float(value) / unit, 0.1), MAX_WAIT_S)  # type: ignore[arg-type]
    return UNSAID_WAIT_S
