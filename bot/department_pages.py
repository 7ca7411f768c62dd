"""The pages of several desks behind one port: each under the name of its own address, before them those of the front."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from adapters.http import SafeHeaders, build
from adapters.inventory.channel import PATH as INVENTORY
from bot.app import App, health, numbers
from bot.departments import House
from bot.settings import Settings
from bot.watching import meaning

OF_ALL = ("/static/", "/healthz")  # what the front says for a department that is away
PLAIN = ("/slack/", "/telegram/", "/inventory/", "/readyz", "/metrics", "/widget")  # for programs, which read no page


class ByHost:
    """Hands a request to the department whose name it bears, and any other to what stands before them."""

    def __init__(self, house: House, front: ASGIApp) -> None:
        self._house, self._front = house, front
        self._names = {(urlsplit(one.desk.url).hostname or ""): key for key, one in house.settings.departments.items()}
        self._built: dict[str, tuple[App, ASGIApp]] = {}
        self._away = {key: _away(house, key) for key in house.settings.departments}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._front(scope, receive, send)
            return
        path: str = scope["path"]
        key = _by_secret(path, self._house.settings.departments) or self._names.get(_host(scope), "")
        if not key:
            await self._front(scope, receive, send)
            return
        with bound_contextvars(department=key):
            pages = self._pages(key)
            if pages is None:
                pages = self._front if path.startswith(OF_ALL) else self._away[key]
            await pages(scope, receive, send)

    def _pages(self, key: str) -> ASGIApp | None:
        app = self._house.up.get(key)
        if app is None:
            self._built.pop(key, None)
            return None
        if key not in self._built or self._built[key][0] is not app:
            own = {name: channel for name, channel in app.channels.items() if name not in app.shared}
            self._built[key] = (app, build(own, health=lambda: health(app), numbers=lambda: numbers(app), meaning=meaning))
        return self._built[key][1]


def _away(house: House, key: str) -> ASGIApp:
    """What stands where the pages of a department are while it cannot be reached: a page for people, JSON for programs, a word for all others."""
    name = house.settings.departments[key].desk.name

    async def serve(request: Request) -> Response:
        path, wait = request.url.path, {"Retry-After": "60"}
        if path.startswith("/api/"):
            told = {"type": "about:blank", "title": "Service Unavailable", "status": 503, "code": "service_unavailable",
                    "detail": f"{name} cannot be reached just now.", "errors": []}  # fmt: skip
            return Response(json.dumps(told), 503, wait, "application/problem+json")
        if path.startswith(PLAIN) or house.front is None:
            return PlainTextResponse("Service Unavailable", 503, wait)
        return await house.front.web.away_page(request, name)

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return Starlette(routes=[Route("/{path:path}", serve, methods=methods)], middleware=[Middleware(SafeHeaders)])


def _by_secret(path: str, departments: Mapping[str, Settings]) -> str:
    """Agents on computers may be sent to any of our names: their secret says whose they are. It takes as long however much of one was guessed."""
    if not path.startswith(INVENTORY):
        return ""
    typed, found = path.removeprefix(INVENTORY).encode("utf-8", "replace"), ""
    for key, one in departments.items():
        secrets = one.inventory.secrets if one.inventory is not None else ()
        if sum([hmac.compare_digest(typed, secret.get_secret_value().encode()) for secret in secrets]):
            found = key
    return found


def _host(scope: Scope) -> str:
    """The name alone: a proxy in front may be asked at another port."""
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    try:
        return urlsplit(f"//{given}").hostname or ""
    except ValueError:
        return ""
