"""Files for people who have nothing but text messages: a link to our own pages that nobody can guess, good for some days."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.phone.notes import FILES
from bot.domain.messages import Attachment
from bot.errors import DeliveryError, StoreError
from bot.ports import Clock, Notebook

PATH = "/phone/file"
KEPT = timedelta(days=7)  # a text message may be read days later
MAX_FILE = 50_000_000  # bytes; more than any channel lets people send
Fetch = Callable[[Attachment, int], Awaitable[bytes]]


class Lent:
    """Files that are lent out. fetch: gives the bytes of any channel's file."""

    def __init__(self, notebook: Notebook, clock: Clock, base: str, fetch: Callable[[], Fetch]) -> None:
        self._notebook, self._clock, self._base, self._fetch = notebook, clock, base, fetch

    async def link(self, file: Attachment) -> str:
        """An address of this file. Raises StoreError, and DeliveryRefused when there is no such file."""
        await self._fetch()(file, MAX_FILE)  # nobody gets a link to nothing
        token, now = secrets.token_urlsafe(16), self._clock.now()
        for key, value in (await self._notebook.noted(FILES)).items():
            if _until(value) < now:
                await self._notebook.note(key, "")
        await self._notebook.note(f"{FILES}{token}", json.dumps({"until": (now + KEPT).isoformat(), "file": asdict(file)}))
        return f"{self._base}{PATH}/{token}"

    def route(self) -> Route:
        """Where the links lead."""
        return Route(f"{PATH}/{{token}}", self._give, methods=["GET"])

    async def _give(self, request: Request) -> Response:
        key = f"{FILES}{request.path_params['token']}"
        try:
            value = (await self._notebook.noted(key)).get(key, "")
            if not value or _until(value) < self._clock.now():
                return Response(status_code=404)
            file = Attachment(**json.loads(value)["file"])
            content = await self._fetch()(file, MAX_FILE)
        except StoreError:
            return Response(status_code=503)
        except DeliveryError:
            return Response(status_code=404)
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return Response(content, headers=headers, media_type="application/octet-stream")


def _until(value: str) -> datetime:
    return datetime.fromisoformat(json.loads(value)["until"])
