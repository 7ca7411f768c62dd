"""A Bot API on loopback, and the people who write to the bot: `async with TelegramCloud() as cloud`, or `python -m tests.clouds.telegram PORT`.

Everything is in memory. People act by the methods under "people"; tests read `cloud.ledger`, and wait with `cloud.ledger.until`.
It is stricter than the real one where that one forgives silently.
"""
from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.clouds.telegram_ledger import BOT, TOKEN, Entry, Ledger
from tests.clouds.telegram_methods import Methods, Press, Upload, result_of
from tests.clouds.telegram_text import Json, Refused, wire_entities
from tests.clouds.telegram_updates import Updates

LEA, MAX, ANA, BEA, CAI, EVE = 1001, 1002, 2001, 2002, 3001, 6666  # two requesters, two agents, a specialist, a stranger
HELP, TEAM, PLAIN, EXPERTS, BASIC = -1001000000001, -1001000000002, -1001000000012, -1001000000003, -4001
STRUCTURED = ("entities", "caption_entities", "reply_markup", "reply_parameters", "allowed_updates", "commands", "scope", "reaction", "link_preview_options")


@dataclass
class Fault:
    """What goes wrong with the next `times` calls of a method. after: the work is done first, then the answer is lost."""

    method: str
    times: int = 1
    status: int = 0
    description: str = "Internal Server Error"
    retry_after: int | None = None
    body: str | None = None
    hang_s: float = 0.0
    cut: bool = False
    after: bool = False


class TelegramCloud:
    """The server and its world. base_url: what TELEGRAM_API_URL is to be."""

    def __init__(self, port: int = 0) -> None:
        self.token, self.bot = TOKEN, BOT
        self.ledger = Ledger()
        self.updates = Updates(self.ledger.touch)
        self.methods = Methods(self.ledger, self.updates)
        self.calls: list[tuple[str, Json]] = []
        self.refusals: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.revoked = False
        self._port, self._numbers = port, itertools.count(9_000_001)
        self._runner: web.AppRunner | None = None
        self._populate()

    def _populate(self) -> None:
        people = ((LEA, "Lea Fischer", "de"), (MAX, "Max Moore", "en"), (ANA, "Ana Agent", "en"), (BEA, "Bea Agent", "es"),
                  (CAI, "Cai Expert", "en"), (EVE, "Eve", "en"))
        for user, name, language in people:
            self.ledger.add_user(user, name, language)
        self.ledger.add_group(HELP, "Everybody", (LEA, MAX, ANA), bot="member")
        self.ledger.add_group(TEAM, "Service desk", (ANA, BEA), forum=True)
        self.ledger.add_group(PLAIN, "Service desk, plain", (ANA, BEA))
        self.ledger.add_group(EXPERTS, "Specialists", (CAI,), forum=True)
        self.ledger.add_group(BASIC, "Basic group", (LEA, ANA))

    # ---- the server
    async def __aenter__(self) -> TelegramCloud:
        app = web.Application(client_max_size=80_000_000)
        app.router.add_post("/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/documents/{file}", self._download)
        app.router.add_post("/_ctl/{act}", self._control)
        app.router.add_get("/_ctl/messages", self._messages)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.updates.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def _arguments(self, request: web.Request) -> Json:
        if request.content_type == "application/json":
            return dict(await request.json())
        arguments: Json = {}
        for key, value in (await request.post()).items():
            arguments[key] = Upload(value.filename, value.file.read()) if isinstance(value, web.FileField) else value
            if key in STRUCTURED and isinstance(value, str):
                arguments[key] = json.loads(value)
        return arguments

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if self.revoked or request.match_info["token"] != self.token:
            return web.json_response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
        arguments = await self._arguments(request)
        self.calls.append((method, arguments))
        fault = next((f for f in self.faults if f.method.lower() == method.lower() and f.times > 0), None)
        if fault:
            fault.times -= 1
            if fault.after:
                await self._work(method, arguments)
            return await self._fail(request, fault)
        status, answer = await self._work(method, arguments)
        self.ledger.touch()
        return web.json_response(answer, status=status)

    async def _work(self, method: str, arguments: Json) -> tuple[int, Json]:
        handler = self.methods.table.get(method.lower())
        try:
            if handler is None:
                raise Refused(404, "Not Found: method not found")
            return 200, {"ok": True, "result": await result_of(handler(arguments))}
        except Refused as refusal:
            self.refusals.append((method, refusal.description))
            parameters = {"parameters": refusal.parameters} if refusal.parameters else {}
            return refusal.code, {"ok": False, "error_code": refusal.code, "description": refusal.description, **parameters}

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        await asyncio.sleep(fault.hang_s)
        if fault.cut:
            assert request.transport is not None
            request.transport.abort()
        if fault.body is not None:
            return web.Response(text=fault.body, status=fault.status or 200, content_type="text/html")
        parameters = {} if fault.retry_after is None else {"parameters": {"retry_after": fault.retry_after}}
        status = fault.status or (429 if fault.retry_after is not None else 500)
        return web.json_response({"ok": False, "error_code": status, "description": fault.description, **parameters}, status=status)

    async def _download(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        if request.match_info["token"] != self.token or name not in self.ledger.files:
            return web.Response(status=404)
        return web.Response(body=self.ledger.files[name][1])

    # ---- people
    def say(self, user: int, text: str = "", chat: int | None = None, *, topic: int | None = None, reply_to: Entry | None = None, **parts: Any) -> Entry:
        """A person writes, privately or in a group. parts: other fields of the message (document, sticker, entities …)."""
        place = self.ledger.moved.get(chat or user, chat or user)
        if place > 0:
            self.ledger.started.add(user)
        if text and "entities" not in parts and (found := wire_entities(text)):
            parts["entities"] = found
        if topic is not None and (place, topic) not in self.ledger.topics:
            raise ValueError(f"no topic {topic}")
        answered = reply_to.wire if reply_to else next((m.wire for m in self.ledger.messages if m.chat == place and m.id == topic), None)
        if answered:
            parts["reply_to_message"] = {k: v for k, v in answered.items() if k != "reply_to_message"}
        entry = self.ledger.store(place, user, topic=topic, **({"text": text} if text else {}), **parts)
        if self._overhears(entry):
            self.updates.put("message", self.ledger.snapshot(entry), place)
        return entry

    def _overhears(self, entry: Entry) -> bool:
        """Privacy mode: as a plain member the bot gets commands, mentions and replies to it only."""
        if entry.chat > 0 or self.ledger.members[entry.chat].get(BOT["id"]) == "administrator":
            return self.ledger.members[entry.chat].get(BOT["id"], "member") != "left"
        replied = (entry.wire.get("reply_to_message") or {}).get("from", {}).get("id") == BOT["id"]
        return replied or entry.text.startswith("/") or f"@{BOT['username']}" in entry.text

    def attach(self, user: int, name: str, content: bytes, text: str = "", *, chat: int | None = None, kind: str = "document",
               mime: str = "text/plain", **more: Any) -> Entry:
        """A person sends a file: document, photo, voice or video."""
        file: Json = {"file_id": self.ledger.store_file(name, content), "file_unique_id": name, "file_size": len(content)}
        if kind == "photo":
            return self.say(user, chat=chat, photo=[{**file, "width": 90, "height": 60}], **({"caption": text} if text else {}), **more)
        return self.say(user, chat=chat, **{kind: {**file, "file_name": name, "mime_type": mime}}, **({"caption": text} if text else {}), **more)

    def start(self, user: int, payload: str = "") -> Entry:
        """A person opens the bot, or a deep link to it."""
        return self.say(user, f"/start {payload}".rstrip())

    def edit(self, entry: Entry, text: str) -> None:
        """The author changes a message."""
        entry.versions.append(entry.text)
        entry.wire |= {"caption" if "caption" in entry.wire else "text": text, "edit_date": int(time.time())}
        self.updates.put("edited_message", self.ledger.snapshot(entry), entry.chat)
        self.ledger.touch()

    def click(self, user: int, entry: Entry, label: str = "", *, data: str = "", age_s: float = 0.0) -> str:
        """A person presses a button (by label), or sends forged data. age_s: the press waited that long. Gives the query's id."""
        query = str(next(self._numbers))
        self.methods.presses[query] = Press(user, entry.chat, time.monotonic() - age_s)
        self.updates.put("callback_query", {"id": query, "from": dict(self.ledger.users[user]), "message": self.ledger.snapshot(entry),
                                            "chat_instance": str(entry.chat), "data": data or entry.buttons[label]}, f"press-{user}")
        return query

    def block(self, user: int, undo: bool = False) -> None:
        """A person blocks the bot, or lets it in again."""
        (self.ledger.blocked.discard if undo else self.ledger.blocked.add)(user)
        was, now = ("kicked", "member") if undo else ("member", "kicked")
        self.updates.put("my_chat_member", {"chat": self.ledger.chats[user], "from": self.ledger.users[user], "date": int(time.time()),
                                            "old_chat_member": {"user": BOT, "status": was}, "new_chat_member": {"user": BOT, "status": now}}, user)

    def member(self, user: int, chat: int, status: str = "member") -> None:
        """Somebody (or the bot) joins, leaves, is made an administrator."""
        was = self.ledger.members[chat].get(user, "left")
        self.ledger.members[chat][user] = status
        who = self.ledger.users[user]
        self.updates.put("my_chat_member" if user == BOT["id"] else "chat_member",
                         {"chat": self.ledger.chats[chat], "from": who, "date": int(time.time()), "old_chat_member": {"user": who, "status": was},
                          "new_chat_member": {"user": who, "status": status}}, chat)

    def topic(self, user: int, chat: int, topic: int, act: str) -> None:
        """A person closes, reopens or deletes a topic."""
        if act == "delete":
            self.ledger.delete_topic(chat, topic)
            return
        self.ledger.topics[chat, topic]["closed"] = act == "close"
        entry = self.ledger.store(chat, user, topic=topic, kind="service", **{"forum_topic_closed" if act == "close" else "forum_topic_reopened": {}})
        self.updates.put("message", self.ledger.snapshot(entry), chat)

    def migrate(self, chat: int) -> int:
        """A basic group becomes a supergroup: its new id."""
        new = -1_000_000_000_000 + chat
        self.ledger.add_group(new, self.ledger.chats[chat]["title"], bot="administrator")
        self.ledger.members[new] = dict(self.ledger.members[chat])
        actor = next(m for m in self.ledger.members[chat] if m != BOT["id"])
        for place, field, other in ((chat, "migrate_to_chat_id", new), (new, "migrate_from_chat_id", chat)):
            entry = self.ledger.store(place, actor, kind="service", **{field: other})
            self.updates.put("message", self.ledger.snapshot(entry), place)
        self.ledger.moved[chat] = new
        return new

    # ---- trouble
    def fail(self, method: str, **what: Any) -> Fault:
        """The next calls of a method go wrong, see Fault."""
        fault = Fault(method, **what)
        self.faults.append(fault)
        return fault

    def limit(self, chat: bool = True, group: bool = True) -> None:
        """Switch the rates on or off."""
        self.methods.rates.chat, self.methods.rates.group = chat, group

    # ---- from another process
    async def _control(self, request: web.Request) -> web.Response:
        act, body = request.match_info["act"], dict(await request.json())
        if (reply_to := body.pop("reply_to", None)) is not None:
            body["reply_to"] = self.ledger.find(body.get("chat") or body["user"], reply_to)
        if "message" in body:
            body["entry"] = self.ledger.find(body.pop("chat"), body.pop("message"))
        known: tuple[Callable[..., Any], ...] = (self.say, self.start, self.edit, self.click, self.block, self.member, self.topic, self.migrate,
                                                 self.fail, self.limit)
        acts = {a.__name__: a for a in known}
        if act not in acts:
            return web.json_response({"error": f"no act {act!r}; there are {sorted(acts)}"}, status=404)
        outcome = acts[act](**body)
        return web.json_response({"outcome": outcome.wire if isinstance(outcome, Entry) else outcome if isinstance(outcome, int | str) else None})

    async def _messages(self, request: web.Request) -> web.Response:
        return web.json_response([{**m.wire, "deleted": m.deleted, "only_for": m.only_for, "versions": m.versions, "live": m.live}
                                  for m in self.ledger.messages])


async def _serve(port: int) -> None:
    async with TelegramCloud(port) as cloud:
        print(f"TELEGRAM_API_URL={cloud.base_url} TELEGRAM_BOT_TOKEN={cloud.token}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
