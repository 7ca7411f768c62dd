"""The web server: every channel's routes, health and figures behind one door that is narrow for whatever comes in.

Bodies have a limit in size and time, answers carry the headers that keep browsers safe, faults are said as a page, as JSON or plainly,
and what only the operator should see is answered on this computer alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from ipaddress import ip_address
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import StoreError
from bot.ports import Channel, HasRoutes

log = logging.getLogger(__name__)

HOOK_BYTES = 1024 * 1024  # no platform's event comes near it
INVENTORY_BYTES = 8 * 1024 * 1024  # packed; real ones have 60 kB
UPLOAD_BYTES = 25 * 1024 * 1024  # a file of 20 MB with its form, or several small ones
HOOK_S, UPLOAD_S = 15.0, 180.0  # seconds in which a body must have arrived
UPLOADS = ("/say", "/fill", "/tickets/", "/widget/", "/agent/", "/admin/import")  # paths whose forms carry files
PAGES = (
    "/", "/tickets", "/agent", "/admin", "/sign-in", "/files", "/say", "/press", "/fill", "/human", "/new", "/close",
    "/language", "/name", "/sign-out", "/oidc", "/widget", "/kb", "/suggest", "/channels",
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}

Health = Callable[[], Awaitable[Mapping[str, str]]]
"""What is not usable now, by name, with what is wrong with it; empty when all is well."""
Numbers = Callable[[], Awaitable[Mapping[str, float]]]
"""Figures by name without prefix; a name that ends in _total is a counter, any other a gauge. "events_handled_total@hr" is that of a department."""
Meaning = Callable[[str], str]
"""What a figure of that name says, in a line."""


@runtime_checkable
class Pages(Protocol):
    """A channel with pages: says faults as a page."""

    async def error_page(self, request: Request, status: int) -> Response:
        """What went wrong, in the reader's language."""
        ...


def _spelt(name: str) -> str:
    return name.replace("_", " ")


async def _nothing() -> Mapping[str, str]:
    return {}


def build(channels: Mapping[str, Channel], *, health: Health, numbers: Numbers, meaning: Meaning = _spelt, lacking: Health = _nothing) -> Starlette:
    """The application: the routes of all channels and those that every deployment has. lacking: what is not there and which we do without: told
    by /readyz, and no reason to send nobody here."""
    pages = next((channel for channel in channels.values() if isinstance(channel, Pages)), None)
    routes: list[BaseRoute] = [
        Route("/healthz", _alive),
        Route("/readyz", _Ready(health, lacking), methods=["GET"]),
        Route("/metrics", _Figures(numbers, meaning), methods=["GET"]),
    ]
    for channel in channels.values():
        if isinstance(channel, HasRoutes):
            routes.extend(route for route in channel.routes() if isinstance(route, BaseRoute))
    faults = _Faults(pages)
    return Starlette(
        routes=routes,
        middleware=[Middleware(SafeHeaders), Middleware(BodyLimit)],
        exception_handlers={HTTPException: faults.http, StoreError: faults.store, Exception: faults.bug},
    )


def is_local(connection: HTTPConnection) -> bool:
    """Does somebody on this computer ask? By the peer's address and the name it used; no header that claims another address is believed."""
    return asks_this_computer(connection) and connection.client is not None and _is_loopback(connection.client.host)


def asks_this_computer(connection: HTTPConnection) -> bool:
    """Was it asked for by a name of this computer? A page elsewhere that points its own name at us (DNS rebinding) says another."""
    try:
        name = urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


# ------------------------------------------------------------------------------------------------------------- operation
async def _alive(request: Request) -> Response:
    return PlainTextResponse("alive")


class _Ready:
    """GET /readyz: who asks from elsewhere learns what is wrong by name alone."""

    def __init__(self, health: Health, lacking: Health) -> None:
        self._health, self._lacking = health, lacking

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            wrong = dict(await self._health())
        except StoreError:
            wrong = {"database": "it cannot be used"}
        lacking = dict(await self._lacking())
        told: dict[str, object] = {"ready": not wrong, "wrong": wrong, **({"lacking": lacking} if lacking else {})}
        if not is_local(HTTPConnection(scope)):
            told |= {name: dict.fromkeys(found, "not usable") for name, found in (("wrong", wrong), ("lacking", lacking)) if name in told}
        await JSONResponse(told, HTTPStatus.SERVICE_UNAVAILABLE if wrong else HTTPStatus.OK)(scope, receive, send)


class _Figures:
    """GET /metrics, on this computer alone."""

    def __init__(self, numbers: Numbers, meaning: Meaning) -> None:
        self._numbers, self._meaning = numbers, meaning

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_local(HTTPConnection(scope)):
            await PlainTextResponse("only on this computer\n", HTTPStatus.FORBIDDEN)(scope, receive, send)
            return
        await Response(figures(await self._numbers(), self._meaning), media_type="text/plain; version=0.0.4")(scope, receive, send)


def figures(numbers: Mapping[str, float], meaning: Meaning = _spelt) -> bytes:
    """All figures in Prometheus' text format: ours, and those of the process."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest  # loaded with the first look at /metrics
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector

    class Ours(Collector):
        def collect(self) -> Iterable[Metric]:
            for name, values in _families(numbers).items():
                labels = ["department"] if any(values) else []
                kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
                family = kind(f"firstline_{name.removesuffix('_total')}", meaning(name), labels=labels)
                for department, value in values.items():
                    family.add_metric([department] if labels else [], value)
                yield family

    registry = CollectorRegistry()
    registry.register(Ours())
    return generate_latest(registry) + generate_latest(REGISTRY)


def _families(numbers: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Values by department, "" for none, by name."""
    found: dict[str, dict[str, float]] = {}
    for name, value in numbers.items():
        own, _, department = name.partition("@")
        found.setdefault(own, {})[department] = value
    return found


# ----------------------------------------------------------------------------------------------------------------- faults
class _Faults:
    """What went wrong: a page for people, JSON for programs, a word for webhooks."""

    def __init__(self, pages: Pages | None) -> None:
        self._pages = pages

    async def http(self, request: Request, fault: Exception) -> Response:
        """A status that somebody raised on purpose."""
        status = fault.status_code if isinstance(fault, HTTPException) else 500
        response = await self._say(request, status)
        response.headers.update(getattr(fault, "headers", None) or {})
        return response

    async def store(self, request: Request, fault: Exception) -> Response:
        """The database is away: a platform will send it again."""
        log.warning("no database", extra={"path": _area(request)})
        return await self._say(request, 503)

    async def bug(self, request: Request, fault: Exception) -> Response:
        """A mistake of ours."""
        log.error("a request failed", extra={"path": _area(request), "error": type(fault).__name__})
        response = await self._say(request, 500)
        _add_headers(response.headers)  # this one is answered outside of the middleware
        return response

    async def _say(self, request: Request, status: int) -> Response:
        if self._pages is not None and _area(request) in PAGES:
            return await self._pages.error_page(request, status)
        phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
        if request.url.path.startswith("/api/"):
            told = {"type": "about:blank", "title": phrase, "status": status, "code": phrase.lower().replace(" ", "_"), "detail": f"{phrase}.", "errors": []}
            return JSONResponse(told, status, media_type="application/problem+json")
        if self._pages is not None and "text/html" in request.headers.get("accept", ""):
            return await self._pages.error_page(request, status)
        return PlainTextResponse(phrase, status)


def _area(request: Request) -> str:
    """The first part of the path: the rest may hold tokens and numbers."""
    return "/" + request.url.path.lstrip("/").partition("/")[0]


# -------------------------------------------------------------------------------------------------------------- middleware
class SafeHeaders:
    """Adds HEADERS to every answer that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith("/static/") and scope.get("query_string"):
                    headers["Cache-Control"] = "public, max-age=31536000, immutable"  # the address changes with the content
                _add_headers(headers)
            await send(message)

        await self.app(scope, receive, guarded)


def _add_headers(headers: MutableHeaders) -> None:
    names_frames = "frame-ancestors http" in headers.get("Content-Security-Policy", "")
    for name, value in HEADERS.items():
        if not (name == "X-Frame-Options" and names_frames):  # it knows one site alone, and would shut out the others
            headers.setdefault(name, value)


class BodyLimit:
    """Refuses a body that is too large (413) or too slow (408), declared or not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        upload = scope["path"].startswith(UPLOADS)
        limit, seconds = (UPLOAD_BYTES, UPLOAD_S) if upload else (HOOK_BYTES, HOOK_S)
        if scope["path"].startswith("/inventory/"):
            limit, seconds = INVENTORY_BYTES, UPLOAD_S
        body = _Body(receive, limit, seconds)
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared[:20]) > limit:
            body.refused = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        await self.app(scope, body.receive, send)


class _Body:
    """One request's body as it comes in."""

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive, self._left = receive, limit
        self._until = asyncio.get_running_loop().time() + seconds
        self._complete = False
        self.refused: HTTPStatus | None = None

    async def receive(self) -> Message:
        """The next piece. Raises HTTPException once it is too much or too late."""
        if self._complete:
            return await self._receive()
        if self.refused is not None:
            raise HTTPException(self.refused, headers={"Connection": "close"})
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            self.refused = HTTPStatus.REQUEST_TIMEOUT
            raise HTTPException(self.refused, headers={"Connection": "close"}) from None
        self._left -= len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._left < 0:
            self._complete, self.refused = False, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            raise HTTPException(self.refused, headers={"Connection": "close"})
        return message
