"""Calls of the Graph API over one aiohttp session, its errors made ours. Every channel has one of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

from adapters.meta.refusals import translated, without_words
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown

CALL_S, FILE_S, CONNECT_S = 20.0, 120.0, 10.0  # seconds for a call, one with a file, and to connect
ABOUT_BYTES = 65536
HOPS = 3  # redirects that are followed from one of Meta's hosts to another
HOSTS = (".fbsbx.com", ".fbcdn.net", ".facebook.com", ".whatsapp.net", ".cdninstagram.com", ".instagram.com")  # where files of people are
Json = Mapping[str, Any]


class Graph:
    """One token's way to Meta. setting: what holds that token, for people to read."""

    def __init__(self, url: str, token: str, setting: str) -> None:
        self.url = url
        self._token, self._setting = token, setting
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, **params: str) -> Json:
        """What is there. Raises DeliveryError and its subclasses, nothing else."""
        return await self._call("GET", path, CALL_S, params=params)

    async def post(self, path: str, body: Json) -> Json:
        """The answer. Raises as `get`."""
        return await self._call("POST", path, CALL_S, json=dict(body))

    async def upload(self, path: str, fields: Mapping[str, str], part: str, name: str, mime: str, content: bytes) -> Json:
        """A call with a file in it; part: what its field is called. Raises as `get`."""
        form = aiohttp.FormData(default_to_multipart=True)
        for key, value in fields.items():
            form.add_field(key, value)
        form.add_field(part, content, filename=name, content_type=mime)
        return await self._call("POST", path, FILE_S, data=form)

    async def download(self, url: str, limit: int, *, with_token: bool) -> bytes:
        """The bytes of somebody's file. Only from Meta's own hosts, wherever a payload or a redirect points; with_token: prove who asks."""
        for _ in range(HOPS):
            if not self._is_trusted(url):
                raise DeliveryRefused("gone", "not an address of Meta")
            try:
                timeout = aiohttp.ClientTimeout(total=FILE_S, sock_connect=CONNECT_S)
                async with self._open().get(url, headers=self._headers() if with_token else {}, timeout=timeout, allow_redirects=False) as answer:
                    if answer.status in (301, 302, 303, 307, 308):
                        url = urljoin(url, answer.headers.get("Location", ""))
                        continue
                    return await _content(answer, limit)
            except (aiohttp.ClientError, TimeoutError) as problem:
                raise DeliveryError(f"the file could not be fetched: {type(problem).__name__}") from None
            except ValueError:
                raise DeliveryRefused("gone", "no address") from None
        raise DeliveryRefused("gone", "sent from one address to the next")

    async def close(self) -> None:
        """Let the connections go."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _call(self, method: str, path: str, total_s: float, **body: Any) -> Json:
        timeout = aiohttp.ClientTimeout(total=total_s, sock_connect=CONNECT_S)
        try:
            async with self._open().request(
                method, f"{self.url}/{path}", headers=self._headers(), timeout=timeout, allow_redirects=False, **body
            ) as answer:  # fmt: skip
                said = _parsed(await answer.read())
                if answer.status == 200 and said is not None and "error" not in said:
                    return said
                wait_s = _wait_of(answer.headers.get("Retry-After"))
                error = said.get("error") if said is not None else None
                raise translated(error, self._setting, wait_s) if isinstance(error, dict) else without_words(answer.status, wait_s)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise DeliveryError("Meta cannot be reached") from None
        except TimeoutError:
            raise DeliveryUnknown("no answer in time") from None
        except aiohttp.ClientError as problem:  # its text may hold the address
            raise DeliveryUnknown(f"no clear answer: {type(problem).__name__}") from None

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=60))
        return self._session

    def _is_trusted(self, url: str) -> bool:
        try:
            parts, own = urlsplit(url), urlsplit(self.url)
            if (parts.scheme, parts.netloc) == (own.scheme, own.netloc):
                return True
            return parts.scheme == "https" and not parts.username and parts.port in (None, 443) and (parts.hostname or "").endswith(HOSTS)
        except ValueError:
            return False


async def _content(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    if answer.status != 200:
        passing = answer.status == 429 or answer.status >= 500
        raise DeliveryError(f"the file could not be fetched: HTTP {answer.status}") if passing else DeliveryRefused("gone", f"HTTP {answer.status}")
    content = bytearray()
    async for chunk in answer.content.iter_chunked(ABOUT_BYTES):
        content += chunk
        if len(content) > limit:
            raise DeliveryRefused("too_large")
    return bytes(content)


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _wait_of(header: str | None) -> float | None:
    try:
        return float(header) if header else None
    except ValueError:
        return None
