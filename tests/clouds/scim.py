"""A service provider of SCIM 2.0 on this computer, as RFC 7643 and 7644 say: /Users with `eq` filters. Its people are made up."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

TOKEN = "a token of scim"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_EQ = re.compile(r'([A-Za-z.]+) eq ("(?:[^"\\]|\\.)*"|true|false)')

ANA = {
    "schemas": [USER, ENTERPRISE],
    "id": "2819c223",
    "userName": "ana.n",
    "displayName": "Ana Núñez",
    "active": True,
    "title": "Ingeniera",
    "userType": "board",
    "emails": [{"value": "nunez@home.example.org", "type": "home"}, {"value": "ana@example.org", "type": "work", "primary": True}],
    "phoneNumbers": [{"value": "tel:+34600111222", "type": "work"}],
    "addresses": [{"type": "work", "locality": "Málaga"}],
    ENTERPRISE: {"department": "Engineering", "manager": {"value": "26118915", "displayName": "Zoë Şahin"}},
}
BARE = {"schemas": [USER], "id": "1", "userName": "bare", "emails": [{"value": "bare@example.org"}]}
GUS = {"schemas": [USER], "id": "2", "userName": "gus", "displayName": "Gus Gone", "active": False, "emails": [{"value": "gus@example.org"}]}
TWINS = [{"schemas": [USER], "id": f"{n}", "userName": f"twin{n}", "emails": [{"value": "twins@example.org"}]} for n in (3, 4)]
EVIL = {
    "schemas": [USER],
    "id": "5",
    "userName": "evil",
    "displayName": "<b>Eve</b>\n\u0000\u202e",
    "title": "x" * 5000,
    "emails": [{"value": "evil@example.org"}],
}
HUGE = {"schemas": [USER], "id": "6", "userName": "y" * 1_500_000, "emails": [{"value": "huge@example.org"}]}
LOCAL = {"id": "7", "userName": "lo", "emails": [{"value": "lo@corp.local"}], "urn:example:custom:User": {"department": "Cellar"}}
PEOPLE = (ANA, BARE, GUS, *TWINS, EVIL, HUGE, LOCAL)


class ScimCloud:
    """`async with ScimCloud() as cloud`. asked: the filters, as they came. answers_with: a status in place of an answer; body: likewise."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        """tls: a certificate for localhost; else it speaks in the clear."""
        self._tls = tls
        self.asked: list[str] = []
        self.answers_with = 200
        self.retry_after = ""
        self.body: bytes | None = None
        self.hangs = False
        self.heeds_filters = True
        self.pages_of = 100
        self.followed = 0

    async def __aenter__(self) -> ScimCloud:
        app = web.Application()
        app.router.add_get("/scim/v2/Users", self._users)
        app.router.add_get("/elsewhere", self._elsewhere)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"https://localhost:{port}/scim/v2" if self._tls else f"scim+http://127.0.0.1:{port}/scim/v2"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def env(self, **other: str) -> dict[str, str]:
        """The variables of a desk that asks it."""
        return {"DIRECTORY_URL": self.url, "DIRECTORY_PASSWORD": TOKEN, **other}

    async def _elsewhere(self, request: web.Request) -> web.Response:
        self.followed += 1
        return _json({"schemas": [LIST], "totalResults": 0})

    async def _users(self, request: web.Request) -> web.Response:
        query = {name: values[0] for name, values in parse_qs(urlsplit(str(request.rel_url)).query).items()}
        self.asked.append(query.get("filter", ""))
        if self.hangs:
            await asyncio.sleep(60)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(401, "the token is not valid")
        if self.answers_with != 200:
            more = {"Retry-After": self.retry_after} if self.retry_after else {"Location": "/elsewhere"} if self.answers_with < 400 else {}
            return _error(self.answers_with, "no", more)
        if self.body is not None:
            return web.Response(body=self.body, content_type="application/scim+json")
        found = [one for one in PEOPLE if not self.heeds_filters or _fits(one, query.get("filter", ""))]
        page = found[: min(int(query.get("count", "100")), self.pages_of)]
        return _json({"schemas": [LIST], "totalResults": len(found), "startIndex": 1, "itemsPerPage": len(page), "Resources": page})


def _fits(person: Mapping[str, Any], wanted: str) -> bool:
    """`a eq "x"`, joined by `or`, and `(…) and (…)`."""
    if not wanted:
        return True
    sides = wanted.split(") and (")
    return all(any(_equals(person, found[1], json.loads(found[2])) for found in _EQ.finditer(side)) for side in sides)


def _equals(person: Mapping[str, Any], path: str, value: object) -> bool:
    name, _, below = path.partition(".")
    held = person.get(name)
    if isinstance(held, list):
        return any(str(one.get(below)).casefold() == str(value).casefold() for one in held)
    return bool(held == value)


def _json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=json.dumps(value).encode(), status=status, content_type="application/scim+json", headers=headers or {})


def _error(status: int, detail: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return _json({"schemas": [ERROR], "status": str(status), "detail": detail}, status, headers)
