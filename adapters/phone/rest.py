"""Calls of Twilio's REST API, over aiohttp, its errors made ours. Our token goes to the configured host alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from adapters.phone.config import PhoneConfig
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, Unauthorized

CALL_S, FILE_S, CONNECT_S = 20.0, 120.0, 10.0  # seconds for a call, for a file, and to connect
UNSAID_WAIT_S, MAX_WAIT_S = 2.0, 3600.0  # where a 429 does not say how long; and the longest we believe
MAX_ANSWER = 4 * 1024 * 1024  # bytes
ELSEWHERE = (".twilio.com", ".twiliocdn.com", ".amazonaws.com")  # where it keeps files: they are fetched there without our token
Json = dict[str, Any]

REFUSED = {
    21211: "gone", 21217: "gone", 21614: "gone", 21635: "gone",  # no number, or none that takes text messages
    21610: "blocked",  # they wrote STOP
    21408: "forbidden", 21612: "forbidden", 21215: "forbidden", 30007: "forbidden",  # a country we may not write to, or no way there
    21617: "too_large", 30019: "too_large",
    30003: "unreachable", 30005: "gone", 30006: "gone", 30004: "blocked",  # of messages that were accepted, and did not arrive
}  # fmt: skip
OURS = {21603, 21606, 21659, 21660, 20005}  # our own number or account will not do


class Rest:
    """The account's resources. The session is opened with the first call and closed by `close`."""

    def __init__(self, config: PhoneConfig) -> None:
        self._config = config
        self._root = f"{config.api_url}/2010-04-01/Accounts/{config.account}"
        self._session: aiohttp.ClientSession | None = None

    async def post(self, path: str, fields: Mapping[str, str]) -> Json:
        """Raises DeliveryError and its subclasses, nothing else."""
        return await self._call("POST", path, data=dict(fields))

    async def get(self, path: str, query: Mapping[str, str]) -> Json:
        """As `post`."""
        return await self._call("GET", path, params=dict(query))

    async def download(self, path: str, limit: int) -> bytes:
        """A file of the account. Raises DeliveryRefused("gone" or "too_large"), DeliveryError."""
        for token in self._config.tokens:
            try:
                async with self._get(f"{self._root}/{path}", self._with(token)) as answer:
                    if answer.status == 401:
                        continue
                    if answer.status in (301, 302, 303, 307, 308):
                        return await self._from_elsewhere(answer.headers.get("Location", ""), limit)
                    return await _content(answer, limit)
            except (aiohttp.ClientError, TimeoutError) as problem:
                raise DeliveryError(f"the file could not be fetched: {type(problem).__name__}") from None
        raise Unauthorized(_CURE)

    async def _from_elsewhere(self, url: str, limit: int) -> bytes:
        parts = urlsplit(url)
        host, own = parts.hostname or "", urlsplit(self._config.api_url)
        if not (parts.scheme == "https" and host.endswith(ELSEWHERE)) and (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
            raise DeliveryRefused("gone", "it is said to be at a host that is not Twilio's")
        async with self._get(url, {}) as answer:
            return await _content(answer, limit)

    def _get(self, url: str, headers: Mapping[str, str]) -> Any:
        return self._ready().get(url, headers=headers, timeout=aiohttp.ClientTimeout(total=FILE_S, sock_connect=CONNECT_S), allow_redirects=False)

    async def close(self) -> None:
        """Let the connections go."""
        if self._session is not None:
            await self._session.close()
        self._session = None

    def _with(self, token: str) -> dict[str, str]:
        return {"Authorization": aiohttp.encode_basic_auth(self._config.account, token)}

    def _ready(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=60))
        return self._session

    async def _call(self, method: str, path: str, **body: Any) -> Json:
        """With the first token, and where that is refused with the other one: which of two is rotated out nobody tells us."""
        fault = Unauthorized(_CURE)
        for token in self._config.tokens:
            try:
                return await self._once(method, f"{self._root}{path}", self._with(token), body)
            except Unauthorized as refused:
                fault = refused
        raise fault

    async def _once(self, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Json:
        timeout = aiohttp.ClientTimeout(total=CALL_S, sock_connect=CONNECT_S)
        try:
            async with self._ready().request(method, url, headers=headers, timeout=timeout, allow_redirects=False, **body) as answer:
                content = await answer.content.read(MAX_ANSWER)
                status, wait = answer.status, answer.headers.get("Retry-After", "")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise DeliveryError("Twilio cannot be reached") from None
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise DeliveryUnknown(f"no clear answer: {type(problem).__name__}") from None
        said = _object(content)
        if status in (200, 201) and said is not None:
            return said
        raise translated(status, said or {}, wait)


_CURE = "Twilio refuses TWILIO_AUTH_TOKEN for TWILIO_ACCOUNT_SID: copy both again from its console"


def translated(status: int, said: Json, wait: str) -> DeliveryError:
    """What the caller can do about an answer that is not the one hoped for."""
    code = said.get("code")
    if status == 429:
        return RateLimited(_seconds(wait))
    if status == 401:
        return Unauthorized(_CURE)
    if code in OURS:
        return Unauthorized(f"Twilio does not send from TWILIO_FROM (its code {code}): set it to a number of this account that may send text messages")
    if 400 <= status < 500 and isinstance(code, int):
        return DeliveryRefused(REFUSED.get(code, "invalid"), str(code))
    if status == 404:
        return DeliveryRefused("gone")
    return DeliveryUnknown(f"no clear answer: HTTP {status}")


def reason_of(code: str) -> str:
    """Why an accepted message did not arrive, by the provider's number for it."""
    return REFUSED.get(int(code), "refused") if code.isascii() and code.isdigit() and len(code) < 9 else "refused"


async def _content(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    if answer.status != 200:
        raise DeliveryRefused("gone", f"status {answer.status}") if answer.status in (404, 410, 403) else DeliveryError(f"status {answer.status}")
    content = bytearray()
    async for chunk in answer.content.iter_chunked(65536):
        content += chunk
        if len(content) > limit:
            raise DeliveryRefused("too_large")
    return bytes(content)


def _object(content: bytes) -> Json | None:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _seconds(wait: str) -> float:
    try:
        return min(max(1.0, float(wait or UNSAID_WAIT_S)), MAX_WAIT_S)
    except ValueError:
        return UNSAID_WAIT_S
