"""Meta on loopback: the Graph API of WhatsApp, Messenger and Instagram, and the people who write there: `async with GraphCloud() as cloud`.

It refuses what the real one refuses, calls the webhooks with a signature, and calls again whoever does not answer 200.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web

from tests.clouds.graph_page import Page
from tests.clouds.graph_people import People
from tests.clouds.graph_whatsapp import WhatsApp
from tests.clouds.graph_world import PHONE, WEBSITES, Bubble, Json, Refused, World

SECRET, VERIFY, TOKENS = "loopback-app-secret", "loopback-verify-word", {"whatsapp": "EAAwhatsapp", "messenger": "EAAmessenger", "instagram": "IGAAinstagram"}
AGAIN_S = 0.02  # until a webhook that did not answer 200 is called again
TRIES = 100


@dataclass
class Fault:
    """What goes wrong with the next `times` calls of that path's last word. cut: nobody hears the answer; after: the work is done first."""

    verb: str
    times: int = 1
    status: int = 500
    code: int = 0
    subcode: int = 0
    body: str | None = None
    retry_after: str = ""
    cut: bool = False
    after: bool = False


class GraphCloud:
    """The server and its world. base_url: what META_API_URL is to be; hook: where the product answers, without the channel's path."""

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.world = World(now) if now else World()
        self.whatsapp = WhatsApp(self.world)
        self.pages = {name: Page(name, self.world) for name in ("messenger", "instagram")}
        self.people = People(self.world, self.deliver)
        self.hook = ""
        self.calls: list[tuple[str, str, Json]] = []  # channel, path, body
        self.refusals: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.deliveries: list[tuple[str, int]] = []
        self.revoked = False
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._lines: dict[str, asyncio.Lock] = {name: asyncio.Lock() for name in WEBSITES}

    @property
    def base_url(self) -> str:
        """The Graph API."""
        return f"http://127.0.0.1:{self._port}/v26.0"

    def env(self, *channels: str) -> dict[str, str]:
        """The variables that switch these channels on."""
        names = {"whatsapp": {"WHATSAPP_TOKEN": TOKENS["whatsapp"], "WHATSAPP_PHONE_ID": PHONE}, "messenger": {"MESSENGER_PAGE_TOKEN": TOKENS["messenger"]},
                 "instagram": {"INSTAGRAM_TOKEN": TOKENS["instagram"], "INSTAGRAM_ID": WEBSITES["instagram"]}}  # fmt: skip
        made = {"META_APP_SECRET": SECRET, "META_VERIFY_TOKEN": VERIFY, "META_API_URL": self.base_url}
        return {**made, **{key: value for channel in channels for key, value in names[channel].items()}}

    def fail(self, verb: str, **how: Any) -> None:
        """The next call of that path goes wrong."""
        self.faults.append(Fault(verb, **how))

    # ---- the server
    async def __aenter__(self) -> GraphCloud:
        app = web.Application(client_max_size=120_000_000)
        app.router.add_get("/files/{media}", self._download)
        app.router.add_get("/files/{media}/{name}", self._download)
        app.router.add_route("*", "/v26.0/{path:.*}", self._call)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        self.session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.session.close()
        await self._runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        channel = next((name for name, known in TOKENS.items() if known == token), "")
        if not channel or self.revoked:
            return web.json_response(Refused(190, "Invalid OAuth access token").wire(), status=401)
        body, file = await _arguments(request)
        self.calls.append((channel, path, body))
        fault = next((one for one in self.faults if one.verb == path.rpartition("/")[2] and one.times > 0), None)
        if fault is None:
            return self._work(channel, path, body, file)
        fault.times -= 1
        if fault.after:
            self._work(channel, path, body, file)
        if fault.cut:
            assert request.transport is not None
            request.transport.abort()
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        if fault.body is not None or not fault.code:
            return web.Response(text=fault.body or "<html>", status=fault.status, content_type="text/html", headers=headers)
        return web.json_response(Refused(fault.code, "as told", fault.subcode).wire(), status=fault.status, headers=headers)

    def _work(self, channel: str, path: str, body: Json, file: tuple[str, str, bytes] | None) -> web.StreamResponse:
        try:
            return web.json_response(self._answer(channel, path, body, file))
        except Refused as refusal:
            self.refusals.append((path, str(refusal)))
            return web.json_response(refusal.wire(), status=refusal.status)
        finally:
            while self.whatsapp.late:
                person, bubble, code = self.whatsapp.late.pop()
                self.people.status(person, bubble, "failed", code)

    def _answer(self, channel: str, path: str, body: Json, file: tuple[str, str, bytes] | None) -> Json:
        if channel == "whatsapp":
            return self._of_whatsapp(path, body, file)
        if path == "me/messages":
            return self.pages[channel].messages(body, file)
        if path == "me":
            return {"id": WEBSITES[channel], "name": "Example Ltd"}
        if path == "me/subscribed_apps":
            return {"data": [{"id": "1", "subscribed_fields": ["messages", "messaging_postbacks"]}]}
        person = self.world.person(channel, path)
        first, _, last = person.name.partition(" ")
        return {"id": person.id, "name": person.name, "first_name": first, "last_name": last}

    def _of_whatsapp(self, path: str, body: Json, file: tuple[str, str, bytes] | None) -> Json:
        if path == PHONE:
            return {"id": PHONE, "verified_name": "Example Ltd", "quality_rating": "GREEN"}
        if path == f"{PHONE}/messages":
            return self.whatsapp.messages(body)
        if path == f"{PHONE}/media" and file is not None:
            return self.whatsapp.upload(body, *file)
        if path in self.world.media:
            _, mime, content = self.world.media[path]
            return {"id": path, "url": f"http://127.0.0.1:{self._port}/files/{path}", "mime_type": mime, "file_size": len(content)}
        raise Refused(100, f"Object with ID '{path}' does not exist", 33)

    async def _download(self, request: web.Request) -> web.Response:
        media = request.match_info["media"]
        by_whatsapp = media.isdigit()
        if by_whatsapp and request.headers.get("Authorization") != f"Bearer {TOKENS['whatsapp']}":
            return web.Response(status=401)
        if not by_whatsapp and "Authorization" in request.headers:
            return web.Response(status=400, text="no token belongs here")
        known = self.world.media.get(media)
        return web.Response(body=known[2], content_type=known[1]) if known else web.Response(status=404)

    # ---- webhooks
    def deliver(self, channel: str, body: Json) -> None:
        """Call the webhook, in order, until it answers 200."""
        if channel in ("messenger", "instagram"):
            for event in body["entry"][0]["messaging"]:
                for part in (event.get("message") or {}).get("attachments") or []:
                    part["payload"]["url"] = part["payload"]["url"].replace("LOOPBACK", f"http://127.0.0.1:{self._port}")
        task = asyncio.create_task(self._insist(channel, json.dumps(body).encode()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _insist(self, channel: str, body: bytes) -> None:
        async with self._lines[channel]:
            for _ in range(TRIES):
                if await self.call(channel, body) == 200:
                    return
                await asyncio.sleep(AGAIN_S)

    async def call(self, channel: str, body: bytes, headers: dict[str, str] | None = None) -> int:
        """Once, and what was answered. headers: instead of the signature."""
        signed = {"X-Hub-Signature-256": signature(body)} if headers is None else headers
        async with self.session.post(f"{self.hook}/{channel}/webhook", data=body, headers=signed) as answer:
            self.deliveries.append((channel, answer.status))
            return answer.status

    async def all_delivered(self) -> None:
        """Wait for whatever is on its way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def told(self, channel: str, user: str) -> list[Bubble]:
        """What the desk said to somebody."""
        return [bubble for bubble in self.world.chat(channel, user) if bubble.by_desk]


def signature(body: bytes, secret: str = SECRET) -> str:
    """As Meta signs."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


async def _arguments(request: web.Request) -> tuple[Json, tuple[str, str, bytes] | None]:
    if request.content_type == "application/json":
        return dict(await request.json()), None
    body: Json = {}
    file = None
    for key, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            file = (value.filename, value.content_type, value.file.read())
        else:
            body[key] = json.loads(value) if isinstance(value, str) and value.startswith("{") else value
    return body, file
