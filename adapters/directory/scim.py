"""A directory that speaks SCIM 2.0 (RFC 7643, 7644): Entra, Okta, Keycloak and their like. One GET for each question, read as it comes."""

from __future__ import annotations

import json
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import aiohttp

from adapters.directory.config import DirectoryConfig
from adapters.directory.too_long import MOST_BYTES, TooLong
from bot.domain.listings import Listing, Sought, first
from bot.errors import DirectoryAway

WAIT_S = 3.0
MOST_ENTRIES = 2  # the second says that it is not clear who is meant
BY = {"mail": "emails.value", "phone": "phoneNumbers.value"}
_URN = re.compile(r"(urn:.+):([^:]+)")


class ScimDirectory:
    """Asks one service provider."""

    def __init__(self, config: DirectoryConfig) -> None:
        self._config = config
        self._session: aiohttp.ClientSession | None = None

    async def find(self, sought: Sought) -> Sequence[Listing]:
        """See DirectorySource."""
        try:
            answer = await self._get(scim_filter(self._config, sought), MOST_ENTRIES)
        except TooLong:
            return ()  # that is about one person: all others are asked about as before
        people = answer.get("Resources") or []
        if not isinstance(people, list) or not all(isinstance(one, dict) for one in people):
            raise _strange()
        meant = [one for one in people if _is_meant(one, sought)]  # some providers leave out a filter that they do not know
        try:
            found = [self._listing(one) for one in meant[:MOST_ENTRIES]]
        except (ValueError, TypeError, RecursionError) as error:
            raise _strange() from error
        total = answer.get("totalResults")
        is_more = isinstance(total, int) and total > len(people) > 0  # the rest is on pages that nobody needs: one more is one too many
        return [*found, Listing()] if found and is_more else found

    async def probe(self) -> None:
        """See DirectorySource."""
        await self._get("", 1)

    async def close(self) -> None:
        """See DirectorySource."""
        if self._session is not None:
            await self._session.close()

    async def _get(self, wanted: str, count: int) -> dict[str, Any]:
        """The ListResponse. Raises DirectoryAway."""
        query = {"filter": wanted, "startIndex": "1", "count": str(count)} if wanted else {"startIndex": "1", "count": str(count)}
        try:
            async with self._opened().get(f"{self._config.url}/Users", params=query, headers=self._headers(), allow_redirects=False) as answer:
                if answer.status != HTTPStatus.OK:
                    raise _refused(answer.status, answer.headers.get("Retry-After", ""))
                return _list_response(await _bounded(answer.content))
        except aiohttp.ClientSSLError as error:
            raise DirectoryAway(
                "its certificate is not for this name, or of an authority that is not known here; use its own name in DIRECTORY_URL, and [directory] ca_file"
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise DirectoryAway("it does not answer; see whether DIRECTORY_URL can be reached from here") from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            tls = ssl.create_default_context(cafile=self._config.ca_file or None)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=tls, limit=4), timeout=aiohttp.ClientTimeout(total=WAIT_S), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    def _headers(self) -> dict[str, str]:
        secret = self._config.password.get_secret_value()
        basic = b64encode(f"{self._config.user}:{secret}".encode()).decode()
        return {"Accept": "application/scim+json, application/json", "Authorization": f"Basic {basic}" if self._config.user else f"Bearer {secret}"}

    def _listing(self, person: Mapping[str, Any]) -> Listing:
        facts = {fact: first(value for path in paths for value in values_at(person, path)) for fact, paths in self._config.mapped.items()}
        facts["phone"] = facts["phone"].removeprefix("tel:")  # as RFC 3966 spells it
        return Listing(**facts, is_off=person.get("active") is False or _has(person, self._config.off), is_vip=_has(person, self._config.vip))


def scim_filter(config: DirectoryConfig, sought: Sought) -> str:
    """Who has one of these addresses, else one of these numbers; what comes from people is a JSON string (RFC 7644, 3.4.2.2)."""
    fact, values = ("mail", sought.mails) if sought.mails else ("phone", sought.phones)
    spelt = [one for value in values for one in ((value,) if fact == "mail" else (value, f"tel:{value}"))]
    alike = " or ".join(f"{BY[fact]} eq {json.dumps(value)}" for value in spelt)
    return f"({config.narrowed}) and ({alike})" if config.narrowed else alike


def _is_meant(person: Mapping[str, Any], sought: Sought) -> bool:
    """Has it one of the addresses asked for? Numbers are spelt in too many ways to tell."""
    return not sought.mails or any(isinstance(mail, str) and mail.casefold() in sought.mails for mail in values_at(person, "emails"))


def values_at(person: Mapping[str, Any], path: str) -> Iterator[object]:
    """What stands there, the primary of several first; a complex value by its `value`. Names count without regard to case."""
    urn = _URN.fullmatch(path)
    reached: list[object] = [_at(person, urn[1]) if urn else person]
    for step in (urn[2] if urn else path).split("."):
        reached = [one for value in reached if isinstance(value, dict) for one in _several(_at(value, step))]
    for value in reached:
        yield _at(value, "value") if isinstance(value, dict) else value


def _several(value: object) -> list[object]:
    if not isinstance(value, list):
        return [value]
    return sorted(value, key=lambda one: not (isinstance(one, dict) and one.get("primary") is True))


def _at(value: Mapping[str, Any], name: str) -> object:
    return next((found for key, found in value.items() if key.casefold() == name.casefold()), None)


def _has(person: Mapping[str, Any], mark: tuple[str, str] | None) -> bool:
    spelt = ("true" if one is True else "false" if one is False else str(one) for one in values_at(person, mark[0])) if mark else ()
    return any(one.casefold() == mark[1].casefold() for one in spelt) if mark else False


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    """All of it. Raises TooLong."""
    whole = bytearray()
    async for chunk in content.iter_chunked(1 << 16):
        whole += chunk
        if len(whole) > MOST_BYTES:
            raise TooLong
    return bytes(whole)


def _list_response(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _strange() from error
    if not isinstance(answer, dict) or not ("Resources" in answer or "totalResults" in answer):
        raise _strange()
    return answer


def _strange() -> DirectoryAway:
    return DirectoryAway("it does not speak SCIM 2.0; set DIRECTORY_URL to the address before /Users")


def _refused(status: int, retry_after: str) -> DirectoryAway:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return DirectoryAway(f"it refuses the token ({status}); set DIRECTORY_PASSWORD to one that may read users")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return DirectoryAway("it asks us to wait (429)", float(retry_after) if retry_after.isdecimal() and len(retry_after) < 7 else 0.0)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) or status < HTTPStatus.BAD_REQUEST:
        return DirectoryAway(f"there are no users at that address (HTTP {status}); set DIRECTORY_URL to the address before /Users")
    if status == HTTPStatus.BAD_REQUEST:
        return DirectoryAway("it refuses the question (HTTP 400); check [directory] filter")
    return DirectoryAway(f"it has trouble of its own (HTTP {status}); see what its operator says")
