"""A small Slack on loopback: the Web API methods a support bot calls, refusing what the real one refuses.

In a test: `async with SlackCloud() as cloud:`, then `cloud.api_url` for the bot and `cloud.people` to play its users.
By hand: `python -m tests.clouds.slack PORT [REQUEST_URL]`; POST /_ctl/NAME plays `People.NAME`, GET /_ctl/messages is the ledger.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from aiohttp import web

from tests.clouds import slack_blocks
from tests.clouds.slack_people import People
from tests.clouds.slack_wire import Wire
from tests.clouds.slack_world import (
    APP,
    APP_TOKEN,
    BOT_ID,
    BOT_TOKEN,
    BOT_USER,
    RESPONSE_URL_USES,
    TEAM,
    TRIGGER_S,
    Fault,
    Message,
    World,
)

Json = dict[str, Any]
Row = TypeVar("Row")
UPDATE_TEXT, POST_TEXT = 4000, 40_000
JSON_METHODS = {"conversations.open", "reactions.add"} | {
    f"{family}.{verb}"
    for family, verbs in {"chat": "postMessage postEphemeral update delete", "views": "open push update publish"}.items()
    for verb in verbs.split()
}  # all others ignore a JSON body
STRUCTURED = {"blocks", "view", "metadata", "files", "attachments"}


class Refused(Exception):
    """`ok: false` with this error; more goes beside it."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error, self.more = error, more


class SlackCloud:
    """The server. request_url: where deliveries go by HTTP; empty: Socket Mode."""

    def __init__(self, request_url: str = "", port: int = 0, retry_delays_s: tuple[float, ...] = (0.0, 0.2, 0.5)) -> None:
        self.world = World()
        self.wire = Wire(request_url, retry_delays_s)
        self.people = People(self.world, self.wire)
        self.base = ""
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def api_url(self) -> str:
        return f"{self.base}/api/"

    async def __aenter__(self) -> SlackCloud:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/api/{method}", self._api)
        app.router.add_get("/socket", self.wire.serve_socket)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_get("/files/{file}", self._download)
        app.router.add_post("/respond/{key}", self._respond)
        app.router.add_post("/_ctl/{name}", self._control)
        app.router.add_get("/_ctl/messages", self._ledger)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.people.base = self.base
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.people.close()
        await self.wire.close()
        if self._runner:
            await self._runner.cleanup()

    def fault(self, method: str, **what: Any) -> None:
        """Make the next calls of a method fail; see Fault."""
        self.world.faults.append(Fault(method, **what))

    # ---- the Web API
    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await self._arguments(request)
        self.world.calls.append((method, arguments))
        if fault := self.world.fault_for(method, after=False):
            if not fault.slow:
                return await self._fail(request, fault)
            await asyncio.sleep(fault.hang_s)
        try:
            self._authorise(method, request.headers.get("Authorization", ""))
            handler: Callable[[Json], Json] | None = METHODS.get(method, lambda _: None)(self)
            if handler is None:
                raise Refused("unknown_method")
            answer = {"ok": True, **handler(arguments)}
        except Refused as refused:
            self.world.refused.append((method, refused.error))
            answer = {"ok": False, "error": refused.error, **refused.more}
        await self.world.touch()
        if fault := self.world.fault_for(method, after=True):
            return await self._fail(request, fault)
        return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(sorted(self.world.scopes))})

    async def _arguments(self, request: web.Request) -> Json:
        if request.content_type == "application/json":
            return dict(await request.json()) if request.match_info["method"] in JSON_METHODS else {}
        form = await request.post()
        return {key: json.loads(str(value)) if key in STRUCTURED else value for key, value in form.items()}

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        await self.world.touch()
        if fault.hang_s:
            await asyncio.sleep(fault.hang_s)
        if fault.cut and request.transport:
            request.transport.close()
        if fault.body is not None:
            return web.Response(text=fault.body, status=fault.status, content_type="text/html")
        headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
        return web.json_response({"ok": False, "error": fault.error or "internal_error"}, status=fault.status, headers=headers)

    def _authorise(self, method: str, header: str) -> None:
        token = header.removeprefix("Bearer ")
        if not token:
            raise Refused("not_authed")
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token != wanted:
            raise Refused("not_allowed_token_type" if token in (APP_TOKEN, BOT_TOKEN) else "invalid_auth")

    def auth_test(self, _: Json) -> Json:
        return {
            "url": f"{self.base}/",
            "team": "Test",
            "user": "help",
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def apps_connections_open(self, _: Json) -> Json:
        ticket = uuid.uuid4().hex
        self.wire.tickets.add(ticket)
        return {"url": self.base.replace("http", "ws") + f"/socket?ticket={ticket}"}

    def post_message(self, a: Json) -> Json:
        channel = self._place(a.get("channel", ""))
        message = self._message(channel, a)
        self.world.messages.append(message)
        return {"channel": channel["id"], "ts": message.ts, "message": message.wire}

    def post_ephemeral(self, a: Json) -> Json:
        channel = self._place(a.get("channel", ""))
        if a.get("user") not in channel["members"]:
            raise Refused("user_not_in_channel")
        message = self._message(channel, a)
        message.only_for = a["user"]
        self.world.messages.append(message)
        return {"message_ts": message.ts}

    def _message(self, channel: Json, a: Json) -> Message:
        """The bot's message from these arguments, after all that Slack checks."""
        blocks = a.get("blocks") or []
        if not a.get("text") and not blocks:
            raise Refused("no_text")
        self._check(slack_blocks.problems(blocks))
        thread = a.get("thread_ts")
        if thread and (not self.world.find(channel["id"], str(thread)) or not re.fullmatch(r"\d+\.\d+", str(thread))):
            raise Refused("thread_not_found")
        wire: Json = {
            "type": "message",
            "channel": channel["id"],
            "user": BOT_USER,
            "bot_id": BOT_ID,
            "app_id": APP,
            "team": TEAM,
            "ts": self.world.timestamp(),
            "text": str(a.get("text", ""))[:POST_TEXT],
            "blocks": _with_ids(blocks),
        }
        if thread:
            wire["thread_ts"] = str(thread)
            wire |= {"subtype": "thread_broadcast"} if a.get("reply_broadcast") else {}
        for key in ("metadata", "unfurl_links", "unfurl_media", "link_names", "parse"):
            if key in a:
                wire[key] = a[key]
        return Message(wire)

    def _check(self, found: list[str]) -> None:
        if "msg_blocks_too_long" in found:
            raise Refused("msg_blocks_too_long")
        if found:
            raise Refused("invalid_blocks", response_metadata={"messages": [f"[ERROR] {text}" for text in found]})

    def update(self, a: Json) -> Json:
        channel = self._place(a.get("channel", ""))
        message = self._own(channel, a)
        if len(str(a.get("text", "")).encode()) > UPDATE_TEXT:
            raise Refused("msg_too_long")
        self._check(slack_blocks.problems(a.get("blocks") or []))
        message.edits.append(dict(message.wire))
        if "text" in a:
            message.wire["text"] = a["text"]
        message.wire["blocks"] = _with_ids(a.get("blocks") or [])
        return {"channel": channel["id"], "ts": message.ts, "text": message.wire["text"]}

    def delete(self, a: Json) -> Json:
        channel = self._place(a.get("channel", ""))
        self._own(channel, a).deleted = True
        return {"channel": channel["id"], "ts": a["ts"]}

    def _own(self, channel: Json, a: Json) -> Message:
        message = self.world.find(channel["id"], str(a.get("ts")))
        if message is None or message.only_for:
            raise Refused("message_not_found")
        if not message.from_bot:
            raise Refused("cant_update_message")
        return message

    def permalink(self, a: Json) -> Json:
        message = self._any(a.get("channel", ""), str(a.get("message_ts")))
        return {
            "channel": message.channel,
            "permalink": f"https://test.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}",
        }

    def _any(self, channel: str, ts: str) -> Message:
        message = self.world.find(self._place(channel)["id"], ts)
        if message is None:
            raise Refused("message_not_found")
        return message

    def _place(self, key: str) -> Json:
        """A channel the bot may write to; a user id stands for the direct messages with them."""
        if key in self.world.users and key != BOT_USER:
            key = self.world.direct(key)
        channel = self.world.channels.get(key)
        if channel is None:
            raise Refused("channel_not_found")
        if BOT_USER not in channel["members"]:
            raise Refused("not_in_channel")
        if channel["is_archived"]:
            raise Refused("is_archived")
        return channel

    def open_direct(self, a: Json) -> Json:
        if a.get("users") not in self.world.users:
            raise Refused("user_not_found")
        return {"channel": {"id": self.world.direct(str(a["users"]))}}

    def channel_info(self, a: Json) -> Json:
        channel = self.world.channels.get(str(a.get("channel")))
        if channel is None or (channel["is_private"] and BOT_USER not in channel["members"]):
            raise Refused("channel_not_found")
        return {"channel": {**{k: v for k, v in channel.items() if k != "members"}, "is_member": BOT_USER in channel["members"]}}

    def members(self, a: Json) -> Json:
        """Two to a page, so that a caller who forgets the cursor is found out."""
        members, start = self._place(str(a.get("channel")))["members"], int(a.get("cursor") or 0)
        cursor = str(start + 2) if start + 2 < len(members) else ""
        return {"members": members[start : start + 2], "response_metadata": {"next_cursor": cursor}}

    def replies(self, a: Json) -> Json:
        """A thread, oldest first; its first message leads every page, whatever the span."""
        channel, ts = self._readable(a), str(a.get("ts"))
        parent = self.world.find(channel["id"], ts)
        if parent is None:
            raise Refused("thread_not_found")
        root = parent.thread or ts
        page, more = _page(_within([m for m in self.world.in_channel(channel["id"], root) if m.ts != root], a), a, 1000)
        return {"messages": [self._shown(m, a) for m in ([parent, *page] if root == ts else page)], **more}

    def history(self, a: Json) -> Json:
        """What is said at the top of a channel, newest first; replies are seen there only when they were also sent to the channel."""
        channel = self._readable(a)
        top = [m for m in self.world.in_channel(channel["id"]) if m.thread in ("", m.ts) or m.wire.get("subtype") == "thread_broadcast"]
        page, more = _page(_within(sorted(top, key=lambda m: float(m.ts), reverse=True), a), a, 100)
        return {"messages": [self._shown(m, a) for m in page], **more}

    def _readable(self, a: Json) -> Json:
        """A channel whose history the bot may see, also when it is archived."""
        channel = self.world.channels.get(str(a.get("channel")))
        if channel is None:
            raise Refused("channel_not_found")
        self._needs("im:history" if channel["is_im"] else "groups:history" if channel["is_private"] else "channels:history")
        if BOT_USER not in channel["members"]:
            raise Refused("not_in_channel")
        return channel

    def _needs(self, scope: str) -> None:
        if scope not in self.world.scopes:
            raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self.world.scopes)))

    def _shown(self, message: Message, a: Json) -> Json:
        """A message as the history shows it: without its channel, and with how its thread stands."""
        wire = {key: value for key, value in message.wire.items() if key != "channel" and (key != "metadata" or _true(a.get("include_all_metadata")))}
        replies = [m for m in self.world.in_channel(message.channel, message.ts) if m.ts != message.ts]
        if replies:
            wire.update(thread_ts=message.ts, reply_count=len(replies), latest_reply=max((m.ts for m in replies), key=float))
        return wire

    def rooms(self, a: Json) -> Json:
        """The conversations of these types that the bot is in."""
        types = str(a.get("types") or "public_channel").split(",")
        for kind, scope in (("im", "im:read"), ("public_channel", "channels:read"), ("private_channel", "groups:read")):
            if kind in types:
                self._needs(scope)
        of_types = [c for c in self.world.channels.values() if BOT_USER in c["members"] and _kind(c) in types]
        rows = [{k: v for k, v in c.items() if k != "members"} for c in of_types if not (_true(a.get("exclude_archived")) and c["is_archived"])]
        page, more = _page(rows, a, 100)
        return {"channels": page, **more}

    def user_info(self, a: Json) -> Json:
        user = self.world.users.get(str(a.get("user")))
        if user is None:
            raise Refused("user_not_found")
        return {"user": user}

    # ---- views
    def open_view(self, a: Json) -> Json:
        user = self._use(str(a.get("trigger_id")))
        return {"view": self._shown_view(a.get("view") or {}, user, [])}

    def push_view(self, a: Json) -> Json:
        user = self._use(str(a.get("trigger_id")))
        return {"view": self._shown_view(a.get("view") or {}, user, self.world.stacks.get(user, []))}

    def _use(self, trigger: str) -> str:
        if trigger not in self.world.triggers:
            raise Refused("invalid_trigger_id" if "." not in trigger else "exchanged_trigger_id")
        user, made = self.world.triggers.pop(trigger)
        if time.monotonic() - made > TRIGGER_S:
            raise Refused("expired_trigger_id")
        return user

    def _shown_view(self, view: Json, user: str, below: list[str]) -> Json:
        self._check_view(view)
        if len(below) >= 3:
            raise Refused("push_limit_reached")
        stored = {
            **view,
            "id": f"V{uuid.uuid4().hex[:9].upper()}",
            "hash": uuid.uuid4().hex,
            "team_id": TEAM,
            "app_id": APP,
            "bot_id": BOT_ID,
            "_user": user,
            "state": {"values": {}},
        }
        self.world.views[stored["id"]] = stored
        self.world.stacks[user] = [*below, stored["id"]]
        return stored

    def _check_view(self, view: Json) -> None:
        if found := slack_blocks.view_problems(view):
            raise Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] {text}" for text in found]})

    def update_view(self, a: Json) -> Json:
        stored = self.world.views.get(str(a.get("view_id")))
        if stored is None:
            raise Refused("not_found")
        if a.get("hash") and a["hash"] != stored["hash"]:
            raise Refused("hash_conflict")
        self._check_view(a.get("view") or {})
        stored.update({**a["view"], "hash": uuid.uuid4().hex})
        return {"view": stored}

    def publish_view(self, a: Json) -> Json:
        if a.get("user_id") not in self.world.users:
            raise Refused("user_not_found")
        self._check_view(a.get("view") or {})
        self.world.homes[a["user_id"]] = {**a["view"], "id": f"V{uuid.uuid4().hex[:9].upper()}", "hash": uuid.uuid4().hex}
        return {"view": self.world.homes[a["user_id"]]}

    def react(self, a: Json) -> Json:
        users = self._any(str(a.get("channel")), str(a.get("timestamp"))).reactions.setdefault(str(a.get("name")), [])
        if BOT_USER in users:
            raise Refused("already_reacted")
        users.append(BOT_USER)
        return {}

    # ---- files
    def upload_url(self, a: Json) -> Json:
        if not a.get("filename") or int(a.get("length") or 0) < 1:
            raise Refused("invalid_arguments")
        key = f"F{uuid.uuid4().hex[:9].upper()}"
        self.world.files[key] = {
            "id": key,
            "name": a["filename"],
            "size": int(a["length"]),
            "mimetype": "application/octet-stream",
            "user": BOT_USER,
        }
        return {"upload_url": f"{self.base}/upload/{key}", "file_id": key}

    async def _upload(self, request: web.Request) -> web.Response:
        key = request.match_info["file"]
        if request.content_type == "multipart/form-data":
            part = next(iter((await request.post()).values()))
            content = part.file.read() if isinstance(part, web.FileField) else str(part).encode()
        else:
            content = await request.read()
        if key not in self.world.files or len(content) != self.world.files[key]["size"]:
            return web.Response(status=400, text="size does not match")
        self.world.contents[key] = content
        return web.Response(text=f"OK - {len(content)}")

    def complete_upload(self, a: Json) -> Json:
        files = [self.world.files[f["id"]] for f in a.get("files") or [] if f["id"] in self.world.contents]
        if not files or len(files) != len(a["files"]):
            raise Refused("file_not_found")
        for given, stored in zip(a["files"], files, strict=True):
            stored.update(
                title=given.get("title", stored["name"]),
                url_private=f"{self.base}/files/{stored['id']}",
                url_private_download=f"{self.base}/files/{stored['id']}",
            )
        if channel := a.get("channel_id"):
            message = self._message(self._place(channel), {"text": a.get("initial_comment") or " ", "thread_ts": a.get("thread_ts")})
            message.wire["files"] = files
            self.world.messages.append(message)
            for stored in files:
                stored["shares"] = {"public": {message.channel: [{"ts": message.ts, "thread_ts": message.thread}]}}
        return {"files": files}

    def file_info(self, a: Json) -> Json:
        if a.get("file") not in self.world.files:
            raise Refused("file_not_found")
        return {"file": self.world.files[str(a["file"])]}

    async def _download(self, request: web.Request) -> web.Response:
        """A file; without the token a sign-in page with status 200, as the real one answers."""
        key = request.match_info["file"]
        if request.headers.get("Authorization") != f"Bearer {BOT_TOKEN}" or self.world.files.get(key, {}).get("locked"):
            return web.Response(text="<!DOCTYPE html><html><head><title>Sign in</title></head></html>", content_type="text/html")
        if key not in self.world.contents:
            return web.Response(status=404)
        if elsewhere := self.world.files[key].get("redirect"):
            return web.Response(status=302, headers={"Location": elsewhere})
        return web.Response(body=self.world.contents[key], content_type=self.world.files[key]["mimetype"])

    # ---- response_url
    async def _respond(self, request: web.Request) -> web.Response:
        url = self.world.response_urls.get(request.match_info["key"])
        if url is None or url["uses"] >= RESPONSE_URL_USES:
            self.world.refused.append(("response_url", "used_url"))
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        body = await request.json()
        try:
            self._check(slack_blocks.problems(body.get("blocks") or []))
        except Refused as refused:
            self.world.refused.append(("response_url", refused.error))
            return web.json_response({"ok": False, "error": refused.error}, status=400)
        url["uses"] += 1
        self.people.answer(body, url["channel"], url["user"], url.get("ts", ""))
        await self.world.touch()
        return web.Response(text="ok")

    # ---- by hand
    async def _control(self, request: web.Request) -> web.Response:
        outcome = await getattr(self.people, request.match_info["name"])(**(await request.json()))
        return web.json_response({"outcome": repr(outcome)})

    async def _ledger(self, _: web.Request) -> web.Response:
        return web.json_response(
            [{**m.wire, "only_for": m.only_for, "deleted": m.deleted, "edits": m.edits, "live": m.live} for m in self.world.messages]
        )


def _with_ids(blocks: list[Json]) -> list[Json]:
    return [{**block, "block_id": block.get("block_id") or uuid.uuid4().hex[:5]} for block in blocks]


def _true(argument: Any) -> bool:
    return str(argument).lower() in ("true", "1")


def _kind(channel: Json) -> str:
    return "im" if channel["is_im"] else "private_channel" if channel["is_private"] else "public_channel"


def _within(messages: list[Message], a: Json) -> list[Message]:
    """Those of the asked span; its ends belong to it when `inclusive` says so."""
    oldest, latest = float(a.get("oldest") or 0), float(a.get("latest") or "inf")
    return [m for m in messages if oldest < float(m.ts) < latest or (_true(a.get("inclusive")) and float(m.ts) in (oldest, latest))]


def _page(rows: list[Row], a: Json, most: int) -> tuple[list[Row], Json]:
    """One page of `limit`, and what leads to the next."""
    start, size = int(a.get("cursor") or 0), int(a.get("limit") or most)
    if not 1 <= size <= 1000:
        raise Refused("invalid_limit")
    more = start + size < len(rows)
    return rows[start : start + size], {"has_more": more, "response_metadata": {"next_cursor": str(start + size) if more else ""}}


METHODS: dict[str, Callable[[SlackCloud], Callable[[Json], Json]]] = {
    "auth.test": lambda c: c.auth_test,
    "apps.connections.open": lambda c: c.apps_connections_open,
    "chat.postMessage": lambda c: c.post_message,
    "chat.postEphemeral": lambda c: c.post_ephemeral,
    "chat.update": lambda c: c.update,
    "chat.delete": lambda c: c.delete,
    "chat.getPermalink": lambda c: c.permalink,
    "conversations.open": lambda c: c.open_direct,
    "conversations.info": lambda c: c.channel_info,
    "conversations.members": lambda c: c.members,
    "conversations.replies": lambda c: c.replies,
    "conversations.history": lambda c: c.history,
    "users.conversations": lambda c: c.rooms,
    "users.info": lambda c: c.user_info,
    "views.open": lambda c: c.open_view,
    "views.push": lambda c: c.push_view,
    "views.update": lambda c: c.update_view,
    "views.publish": lambda c: c.publish_view,
    "reactions.add": lambda c: c.react,
    "files.getUploadURLExternal": lambda c: c.upload_url,
    "files.completeUploadExternal": lambda c: c.complete_upload,
    "files.info": lambda c: c.file_info,
}


async def main(port: int, request_url: str) -> None:
    async with SlackCloud(request_url, port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
