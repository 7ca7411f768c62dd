"""People with a Slack client: they say, edit, react, press, submit and command, and Slack tells the app."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from tests.clouds import slack_blocks
from tests.clouds.slack_wire import Delivery, Wire
from tests.clouds.slack_world import APP, BOT_ID, BOT_USER, TEAM, Message, World

Json = dict[str, Any]


class People:
    """Each action returns when the app has acknowledged it, or Slack has given up."""

    def __init__(self, world: World, wire: Wire) -> None:
        self.world, self.wire = world, wire
        self.base = ""
        self._background: set[asyncio.Task[Delivery]] = set()

    async def close(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)

    async def say(
        self, user: str, text: str, channel: str = "", thread_ts: str = "", files: dict[str, bytes] | None = None, **more: Any
    ) -> Message:
        """A message, to the bot directly unless a channel is given. A mention of the bot comes as app_mention, too. more: odd fields."""
        place = channel or self.world.direct(user)
        wire: Json = {
            "type": "message",
            "channel": place,
            "user": user,
            "text": text,
            "ts": self.world.timestamp(),
            "team": TEAM,
            "client_msg_id": str(uuid.uuid4()),
            "blocks": [
                {
                    "type": "rich_text",
                    "block_id": "b1",
                    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
                }
            ],
        }
        if thread_ts:
            wire["thread_ts"] = thread_ts
            parent = self.world.find(place, thread_ts)
            wire["parent_user_id"] = parent.wire.get("user") if parent else BOT_USER
        if files:
            wire.update(subtype="file_share", files=[self._file(user, name, content) for name, content in files.items()])
        wire.update(more)
        message = Message(wire)
        self.world.messages.append(message)
        if BOT_USER in self.world.channels[place]["members"]:
            told = {**wire, "channel_type": self._kind(place), "event_ts": wire["ts"]}
            twins = [told]
            if f"<@{BOT_USER}>" in text and self._kind(place) != "im":
                twins.insert(0, {**{k: v for k, v in told.items() if k != "channel_type"}, "type": "app_mention"})
            await asyncio.gather(*(self.wire.event(twin) for twin in twins))
        return message

    def _file(self, user: str, name: str, content: bytes) -> Json:
        key = f"F{uuid.uuid4().hex[:9].upper()}"
        url = f"{self.base}/files/{key}"
        self.world.contents[key] = content
        self.world.files[key] = {
            "id": key,
            "name": name,
            "title": name,
            "mimetype": "text/plain",
            "size": len(content),
            "user": user,
            "mode": "hosted",
            "url_private": url,
            "url_private_download": url,
        }
        return self.world.files[key]

    def _kind(self, channel: str) -> str:
        entry = self.world.channels[channel]
        return "im" if entry["is_im"] else "group" if entry["is_private"] else "channel"

    async def edit(self, message: Message, text: str) -> Delivery:
        """The author changes the words."""
        before = dict(message.wire)
        message.edits.append(before)
        message.wire = {**before, "text": text, "edited": {"user": before["user"], "ts": self.world.timestamp()}}
        message.wire.pop("blocks", None)
        return await self.wire.event(
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "channel": message.channel,
                "channel_type": self._kind(message.channel),
                "ts": self.world.timestamp(),
                "message": message.wire,
                "previous_message": before,
            }
        )

    async def delete(self, message: Message) -> Delivery:
        """The author takes the message away."""
        message.deleted = True
        return await self.wire.event(
            {
                "type": "message",
                "subtype": "message_deleted",
                "hidden": True,
                "channel": message.channel,
                "channel_type": self._kind(message.channel),
                "ts": self.world.timestamp(),
                "deleted_ts": message.ts,
                "previous_message": message.wire,
            }
        )

    async def react(self, user: str, message: Message, name: str) -> Delivery:
        message.reactions.setdefault(name, []).append(user)
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        return await self.wire.event(
            {
                "type": "reaction_added",
                "user": user,
                "reaction": name,
                "item": item,
                "item_user": message.wire.get("user"),
                "event_ts": self.world.timestamp(),
            }
        )

    async def click(self, user: str, message: Message, label: str, forged: Json | None = None) -> Delivery:
        """Press the button with this label. forged: fields of the action that a forger would change."""
        action = {**_pressed(_button(message.wire.get("blocks"), label)), **(forged or {})}
        channel = {"id": message.channel, "name": message.channel.lower()}
        container = {"type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": bool(message.only_for)}
        if message.thread:
            container["thread_ts"] = message.thread
        payload = {
            "type": "block_actions",
            **self._common(user),
            "trigger_id": self.world.trigger(user),
            "channel": channel,
            "container": container,
            "actions": [action],
            "message": {k: v for k, v in message.wire.items() if k != "channel"},
            "response_url": self._response_url(message.channel, user, message.ts),
        }
        return await self.wire.interactive(payload)

    async def click_view(self, user: str, label: str) -> Delivery:
        """Press a button of the modal on top, or else of the home tab."""
        view = self.top(user) or self.world.homes[user]
        payload = {
            "type": "block_actions",
            **self._common(user),
            "trigger_id": self.world.trigger(user),
            "view": _public(view),
            "container": {"type": "view", "view_id": view["id"]},
            "actions": [_pressed(_button(view.get("blocks"), label))],
        }
        return await self.wire.interactive(payload)

    def top(self, user: str) -> Json | None:
        """The modal this person sees."""
        stack = self.world.stacks.get(user) or []
        return self.world.views[stack[-1]] if stack else None

    async def submit(
        self, user: str, text: str = "", by_action: dict[str, str] | None = None, altered: Json | None = None, files: dict[str, bytes] | None = None
    ) -> Delivery:
        """Fill every text field of the top modal (by_action: some of them otherwise), then send it. altered: fields of the view a forger would change."""
        view = self.top(user)
        assert view is not None, f"{user} has no modal open"
        given = {name: text for name, kind in _fields_of(view) if kind == "plain_text_input"} | (by_action or {})
        payload = {
            "type": "view_submission",
            **self._common(user),
            "trigger_id": self.world.trigger(user),
            "response_urls": [],
            "view": {**_public(view), "state": {"values": self._state(user, view, given, files)}, **(altered or {})},
        }
        outcome = await self.wire.interactive(payload)
        if outcome.acked:
            self._after_submit(user, outcome.ack)
        await self.world.touch()
        return outcome

    async def decides(self, user: str, name: str, value: str, given: dict[str, str] | None = None) -> Delivery:
        """Choose in a field of the top modal that tells the app at once. given: what stands in the others so far."""
        view = self.top(user)
        assert view is not None, f"{user} has no modal open"
        block = next(b for b in view["blocks"] if b.get("type") == "input" and b["block_id"] == name)
        assert block.get("dispatch_action"), f"{name} tells nobody"
        state = self._state(user, view, {**(given or {}), name: value}, None)
        payload = {
            "type": "block_actions",
            **self._common(user),
            "trigger_id": self.world.trigger(user),
            "view": {**_public(view), "state": {"values": state}},
            "container": {"type": "view", "view_id": view["id"]},
            "actions": [{"block_id": name, "action_id": block["element"]["action_id"], **state[name][block["element"]["action_id"]], "action_ts": "1.0"}],
        }
        return await self.wire.interactive(payload)

    def _state(self, user: str, view: Json, given: dict[str, str], files: dict[str, bytes] | None) -> Json:
        """What stands in each input of the modal: what was given, else what it began with."""
        values: dict[str, Json] = {}
        for block in view["blocks"]:
            element = block.get("element") or {}
            if block.get("type") == "input":
                sent = [self._file(user, name, content) for name, content in (files or {}).items()] if element["type"] == "file_input" else []
                begun = element.get("initial_value") or element.get("initial_date") or element.get("initial_user") or ""
                values[block["block_id"]] = {element["action_id"]: _filled(element, given.get(element["action_id"], begun), sent)}
        return values

    def _after_submit(self, user: str, ack: Json) -> None:
        action, stack = ack.get("response_action"), self.world.stacks.get(user, [])
        if action in ("update", "push"):
            found = slack_blocks.view_problems(ack["view"])
            if found:
                self.world.refused.append((f"response_action {action}", found[0]))
            elif action == "update":
                self.world.views[stack[-1]].update(ack["view"])
        elif action == "clear":
            stack.clear()
        elif action != "errors":
            stack.pop()

    async def command(self, user: str, text: str = "", command: str = "/support", channel: str = "") -> Delivery:
        place = channel or self.world.direct(user)
        payload = {
            "token": "legacy",
            "team_id": TEAM,
            "team_domain": "test",
            "channel_id": place,
            "channel_name": place.lower(),
            "user_id": user,
            "user_name": user.lower(),
            "command": command,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self._response_url(place, user),
            "trigger_id": self.world.trigger(user),
        }
        outcome = await self.wire.command(payload)
        if outcome.acked and (outcome.ack.get("text") or outcome.ack.get("blocks")):
            self.answer(outcome.ack, place, user)
        await self.world.touch()
        return outcome

    async def home(self, user: str) -> Delivery:
        """Opens the app's home tab."""
        return await self.wire.event(
            {"type": "app_home_opened", "user": user, "channel": self.world.direct(user), "tab": "home", "event_ts": self.world.timestamp()}
        )

    async def shortcut(self, user: str, callback_id: str, message: Message | None = None) -> Delivery:
        """A shortcut: on a message, or anywhere."""
        payload: Json = {
            "type": "shortcut",
            **self._common(user),
            "callback_id": callback_id,
            "trigger_id": self.world.trigger(user),
            "action_ts": self.world.timestamp(),
        }
        if message:
            payload.update(
                type="message_action",
                message={k: v for k, v in message.wire.items() if k != "channel"},
                message_ts=message.ts,
                channel={"id": message.channel, "name": message.channel.lower()},
                response_url=self._response_url(message.channel, user, message.ts),
            )
        return await self.wire.interactive(payload)

    def answer(self, body: Json, channel: str, user: str, ts: str = "") -> None:
        """What an acknowledgement or a response_url says, put where Slack puts it."""
        if body.get("delete_original") or body.get("replace_original"):
            original = self.world.find(channel, ts)
            if original is not None:
                original.edits.append(dict(original.wire))
                original.deleted = bool(body.get("delete_original"))
                original.wire = {**original.wire, "text": body.get("text", ""), "blocks": body.get("blocks") or []}
                return
        wire = {
            "type": "message",
            "channel": channel,
            "user": BOT_USER,
            "bot_id": BOT_ID,
            "ts": self.world.timestamp(),
            "text": body.get("text", ""),
            "blocks": body.get("blocks") or [],
        }
        if body.get("thread_ts"):
            wire["thread_ts"] = body["thread_ts"]
        self.world.messages.append(Message(wire, only_for="" if body.get("response_type") == "in_channel" else user))

    def _common(self, user: str) -> Json:
        name = self.world.users[user]["name"]
        return {
            "team": {"id": TEAM, "domain": "test"},
            "user": {"id": user, "username": name, "name": name, "team_id": TEAM},
            "api_app_id": APP,
            "token": "legacy",
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _response_url(self, channel: str, user: str, ts: str = "") -> str:
        key = uuid.uuid4().hex
        self.world.response_urls[key] = {"channel": channel, "user": user, "ts": ts, "uses": 0}
        return f"{self.base}/respond/{key}"


def _button(blocks: Any, label: str) -> Json:
    """The button of that label, or the menu with the item of that label in it as chosen."""
    pressable = slack_blocks.buttons(blocks)
    found = [b for b in pressable if b["type"] == "button" and label.casefold() in b["text"]["text"].casefold()]
    found += [{**b, "selected_option": o} for b in pressable for o in b.get("options", []) if label.casefold() in o["text"]["text"].casefold()]
    assert found, f"no button {label!r}; there are {[part['text']['text'] for b in pressable for part in (b.get('options') or [b])]}"
    return found[0]


def _pressed(button: Json) -> Json:
    known = ("type", "action_id", "block_id", "value", "text", "selected_option")
    return {key: button[key] for key in known if key in button} | {"action_ts": "1.0"}


def _filled(element: Json, given: str, files: list[Json] | None = None) -> Json:
    """What stands in an input when somebody gave this. Several choices a line each; a date, a number, a person as text."""
    kind = element["type"]
    if kind in ("plain_text_input", "number_input"):
        return {"type": kind, "value": given or None}
    if kind == "datepicker":
        return {"type": kind, "selected_date": given or None}
    if kind == "users_select":
        return {"type": kind, "selected_user": given.removeprefix("slack:") or None}
    if kind == "file_input":
        return {"type": kind, "files": files or []}
    options = element.get("options") or []
    if kind in ("checkboxes", "multi_static_select"):
        wanted = given.split("\n")
        ticked = [o for o in options if o["value"] in wanted or o["text"]["text"] in wanted]
        return {"type": kind, "selected_options": ticked or element.get("initial_options", [])}
    begun = element.get("initial_option") or (options[0] if options else None)
    return {"type": kind, "selected_option": next((o for o in options if given in (o["value"], o["text"]["text"])), begun)}


def _fields_of(view: Json) -> list[tuple[str, str]]:
    """Name and kind of each input."""
    return [(b["element"]["action_id"], b["element"]["type"]) for b in view["blocks"] if b.get("type") == "input"]


def _public(view: Json) -> Json:
    return {key: value for key, value in view.items() if not key.startswith("_")}
