"""The world behind the Bot API stand-in: people, chats, topics, and every message with its whole history."""
from __future__ import annotations

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.clouds.telegram_text import Json, Refused, bad, live

TOKEN = "123456:LOOPBACK"
BOT: Json = {"id": 123456, "is_bot": True, "first_name": "Help", "username": "help_bot"}
T = TypeVar("T")

PATIENCE_S = 10.0  # how long `until` waits before it says what was missing


@dataclass
class Entry:
    """One message as the chat shows it. wire: the Message object; versions: its former texts; toast answers have kind "answer"."""

    wire: Json
    kind: str = "message"
    only_for: int | None = None
    versions: list[str] = field(default_factory=list)
    deleted: bool = False
    reactions: dict[int, list[str]] = field(default_factory=dict)
    force_reply: bool = False
    selective: bool = False

    @property
    def id(self) -> int:
        return int(self.wire["message_id"])

    @property
    def chat(self) -> int:
        return int(self.wire["chat"]["id"])

    @property
    def by_bot(self) -> bool:
        return bool(self.wire["from"]["is_bot"])

    @property
    def topic(self) -> int | None:
        """The topic's id in a forum; None elsewhere and in General."""
        return self.wire.get("message_thread_id")

    @property
    def text(self) -> str:
        return str(self.wire.get("text") or self.wire.get("caption") or "")

    @property
    def entities(self) -> list[Json]:
        return list(self.wire.get("entities") or self.wire.get("caption_entities") or [])

    @property
    def reply_to(self) -> int | None:
        return (self.wire.get("reply_to_message") or {}).get("message_id")

    @property
    def buttons(self) -> dict[str, str]:
        """Labels to callback data or links."""
        rows = (self.wire.get("reply_markup") or {}).get("inline_keyboard") or []
        return {b["text"]: b.get("callback_data") or b.get("url") or "" for row in rows for b in row}

    @property
    def live(self) -> list[Json]:
        return live(self.text, self.entities)


class Ledger:
    """People, chats, members, topics, messages and files. Ids are Telegram's: users above 0, groups below."""

    def __init__(self) -> None:
        self.users: dict[int, Json] = {BOT["id"]: BOT}
        self.chats: dict[int, Json] = {}
        self.members: dict[int, dict[int, str]] = defaultdict(dict)
        self.topics: dict[tuple[int, int], Json] = {}
        self.messages: list[Entry] = []
        self.started: set[int] = set()
        self.blocked: set[int] = set()
        self.moved: dict[int, int] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.pinned: list[tuple[int, int]] = []
        self._ids: defaultdict[int, itertools.count[int]] = defaultdict(lambda: itertools.count(1))
        self._file_ids = itertools.count(1)
        self._changed = asyncio.Event()

    # ---- people and places
    def add_user(self, user: int, name: str, language: str = "en", username: str | None = None) -> None:
        """A person with a private chat, who has not written to the bot yet."""
        first, _, last = name.partition(" ")
        self.users[user] = {"id": user, "is_bot": False, "first_name": first, "language_code": language,
                            **({"last_name": last} if last else {}), **({"username": username} if username else {})}
        self.chats[user] = {"id": user, "type": "private", **{k: v for k, v in self.users[user].items() if k in ("first_name", "last_name", "username")}}

    def add_group(self, chat: int, title: str, members: tuple[int, ...] = (), forum: bool = False, bot: str = "administrator") -> None:
        """A group; ids below -10**12 are supergroups. bot: administrator, member (privacy mode hides plain talk from it), left."""
        kind = "supergroup" if chat < -10**12 else "group"
        self.chats[chat] = {"id": chat, "type": kind, "title": title, **({"is_forum": True} if forum else {})}
        self.members[chat] = {**dict.fromkeys(members, "member"), BOT["id"]: bot}

    # ---- messages
    def store(self, chat: int, sender: int, *, topic: int | None = None, kind: str = "message", only_for: int | None = None, **parts: Any) -> Entry:
        """A new message in a chat, with the next id there."""
        wire = {"message_id": next(self._ids[chat]), "date": int(time.time()), "chat": dict(self.chats[chat]), "from": dict(self.users[sender]), **parts}
        if topic is not None:
            wire |= {"message_thread_id": topic, "is_topic_message": True}
        entry = Entry(wire, kind, only_for)
        self.messages.append(entry)
        self.touch()
        return entry

    def store_file(self, name: str, content: bytes) -> str:
        """A file's id."""
        file_id = f"FILE{next(self._file_ids)}"
        self.files[file_id] = (name, content)
        return file_id

    def find(self, chat: int, message: int) -> Entry | None:
        """A message that is still there."""
        return next((m for m in self.messages if m.chat == chat and m.id == message and not m.deleted and m.only_for is None), None)

    def shown(self, chat: int, topic: int | None = None, by_bot: bool | None = None) -> list[Entry]:
        """What a chat (or one topic) shows everybody now, in order."""
        return [m for m in self.messages if m.chat == chat and not m.deleted and m.only_for is None and m.kind == "message"
                and topic in (None, m.topic) and by_bot in (None, m.by_bot)]

    def answers(self, user: int) -> list[str]:
        """The texts of answered presses that only this person saw."""
        return [m.text for m in self.messages if m.only_for == user]

    def delete_topic(self, chat: int, topic: int) -> None:
        """A person deletes a topic: its messages go with it, and the bot is told nothing."""
        del self.topics[chat, topic]
        for message in self.messages:
            if message.chat == chat and message.topic == topic:
                message.deleted = True
        self.touch()

    def snapshot(self, message: Entry) -> Json:
        """The message as it goes out in an update."""
        return deepcopy(message.wire)

    # ---- waiting
    def touch(self) -> None:
        """Something changed: whoever waits looks again."""
        self._changed.set()

    async def until(self, look: Callable[[], T | None], what: str, within_s: float = PATIENCE_S) -> T:
        """The first thing that `look` finds (looked for after every change), or AssertionError."""
        deadline = time.monotonic() + within_s
        while True:
            self._changed.clear()
            if found := look():
                return found
            try:
                await asyncio.wait_for(self._changed.wait(), max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                raise AssertionError(f"never happened: {what}; shown were {[(m.chat, m.topic, m.text[:60]) for m in self.messages[-8:]]}") from None

    # ---- what may be written where
    def may_write(self, chat_id: Any, topic: int | None) -> Json:
        """The chat, when the bot may write there; else what the Bot API answers."""
        chat = self.known(chat_id)
        number = chat["id"]
        if number > 0 and number in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if number > 0 and number not in self.started:
            raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        if number < 0 and self.members[number].get(BOT["id"], "left") not in ("administrator", "member"):
            raise Refused(403, f"Forbidden: bot was kicked from the {chat['type']} chat")
        if topic is not None:
            found = self.topics.get((number, topic))
            if found is None:
                raise bad("message thread not found")
            if found["closed"]:
                raise bad("TOPIC_CLOSED")
        return chat

    def known(self, chat_id: Any) -> Json:
        """A chat by its id, unless it is unknown or has moved."""
        try:
            number = int(chat_id)
        except (TypeError, ValueError):
            raise bad("chat not found") from None
        if number in self.moved:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.moved[number])
        if number not in self.chats:
            raise bad("chat not found")
        return self.chats[number]
