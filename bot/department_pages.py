"""The pages of several desks behind one port: each under the name of its own address, before them a list."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.http import build
from bot.app import App, health, numbers
from bot.departments import House
from bot.watching import meaning


class ByHost:
    """Hands a request to the department whose name it bears, and any other to what stands before them."""

    def __init__(self, house: House, front: ASGIApp) -> None:
        self._house, self._front = house, front
        self._names = {(urlsplit(one.desk.url).hostname or ""): key for key, one in house.settings.departments.items()}
        self._built: dict[str, tuple[App, ASGIApp]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = self._names.get(_host(scope)) if scope["type"] == "http" else None
        if key is None:
            await self._front(scope, receive, send)
        elif (pages := self._pages(key)) is not None:
            await pages(scope, receive, send)
        else:
            await PlainTextResponse("This department cannot be reached just now. Please try again in a few minutes.\n", 503)(scope, receive, send)

    def _pages(self, key: str) -> ASGIApp | None:
        app = self._house.up.get(key)
        if app is None:
            return None
        if key not in self._built or self._built[key][0] is not app:
            own = {name: channel for name, channel in app.channels.items() if name not in app.shared}
            self._built[key] = (app, build(own, health=lambda: health(app), numbers=lambda: numbers(app), meaning=meaning))
        return self._built[key][1]


def _host(scope: Scope) -> str:
    """The name alone: a proxy in front may be asked at another port."""
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    try:
        return urlsplit(f"//{given}").hostname or ""
    except ValueError:
        return ""
