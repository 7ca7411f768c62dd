"""The Bot API methods that the adapter uses, doing and refusing what the real ones do and refuse."""
from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.clouds.telegram_ledger import BOT, Entry, Ledger
from tests.clouds.telegram_text import MAX_CAPTION, MAX_TEXT, Json, Refused, bad, formatted, keyboard
from tests.clouds.telegram_updates import Updates

PRESS_LIVES_S = 15.0  # observed; afterwards the client has given up
MAX_DOWNLOAD, MAX_UPLOAD, MAX_PHOTO = 20_000_000, 50_000_000, 10_000_000  # bytes
REACTIONS = "👍👎❤🔥🥰👏😁🤔🤯😱🎉🤩🙏👌👀✍🤝🫡💯🏆"
MEDIA = {"sendDocument": "document", "sendPhoto": "photo", "sendVoice": "voice", "sendVideo": "video", "sendAudio": "audio"}

DELETABLE_S = 48 * 3600  # Bot API, deleteMessage: "if it was sent less than 48 hours ago"

@dataclass
class Upload:
    """A file part of a multipart call."""

    name: str
    content: bytes


@dataclass
class Press:
    """A callback query that waits for its answer."""

    user: int
    chat: int
    at: float
    answered: bool = False


@dataclass
class Rates:
    """429 by itself: a message a second and chat after a burst of four, twenty a minute and group. Off until switched on."""

    chat: bool = False
    group: bool = False
    _sent: defaultdict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def check(self, chat: int, now: float) -> None:
        sent = self._sent[chat]
        while sent and now - sent[0] > 60:
            sent.popleft()
        if self.group and chat < 0 and len(sent) >= 20:
            raise Refused(429, "Too Many Requests: retry after 30", retry_after=max(1, int(61 - (now - sent[0]))))
        if self.chat and sum(now - at < 4 for at in sent) >= 4:
            raise Refused(429, "Too Many Requests: retry after 1", retry_after=1)
        sent.append(now)


class Methods:
    """One call in, its result out, or Refused. `table` has every method by its name in lower case."""

    def __init__(self, ledger: Ledger, updates: Updates) -> None:
        self.ledger, self.updates, self.rates = ledger, updates, Rates()
        self.presses: dict[str, Press] = {}
        self.can_manage_topics = True
        handlers: list[Callable[[Json], Any]] = [
            self.getMe, self.getUpdates, self.setWebhook, self.deleteWebhook, self.getWebhookInfo, self.sendMessage, self.editMessageText,
            self.editMessageReplyMarkup, self.deleteMessage, self.getFile, self.answerCallbackQuery, self.createForumTopic, self.editForumTopic,
            self.closeForumTopic, self.reopenForumTopic, self.getChat, self.getChatMember, self.setMyCommands, self.setMessageReaction,
            self.pinChatMessage, self.sendChatAction]
        self.table = {h.__name__.lower(): h for h in handlers}
        self.table |= {name.lower(): self._media(name, field) for name, field in MEDIA.items()}

    # ---- the bot and its updates
    def getMe(self, a: Json) -> Json:
        return {**BOT, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    def getUpdates(self, a: Json) -> Awaitable[list[Json]]:
        return self.updates.poll(int(a.get("offset") or 0), int(a.get("limit") or 100), float(a.get("timeout") or 0), a.get("allowed_updates"))

    def setWebhook(self, a: Json) -> bool:
        if not a["url"]:
            self.updates.drop_hook(bool(a.get("drop_pending_updates")))
        elif not a["url"].startswith(("https://", "http://127.0.0.1")):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        else:
            self.updates.set_hook(a["url"], a.get("secret_token") or "", a.get("allowed_updates"))
        return True

    def deleteWebhook(self, a: Json) -> bool:
        self.updates.drop_hook(bool(a.get("drop_pending_updates")))
        return True

    def getWebhookInfo(self, a: Json) -> Json:
        return {"url": self.updates.hook.get("url", ""), "has_custom_certificate": False, "pending_update_count": len(self.updates.pending)}

    # ---- messages
    def _place(self, a: Json) -> tuple[Json, Json]:
        """The chat, and the parts of a new message that every kind has."""
        topic = int(a["message_thread_id"]) if a.get("message_thread_id") else None
        chat = self.ledger.may_write(a.get("chat_id"), topic)
        parts: Json = {"topic": topic}
        wanted = a.get("reply_parameters") or {}
        if wanted:
            answered = self.ledger.find(chat["id"], int(wanted["message_id"]))
            if answered is None and not wanted.get("allow_sending_without_reply"):
                raise bad("message to be replied not found")
            if answered is not None:
                parts["reply_to_message"] = {k: v for k, v in answered.wire.items() if k != "reply_to_message"}
        markup = a.get("reply_markup") or {}
        if rows := keyboard(markup):
            parts["reply_markup"] = {"inline_keyboard": rows}
        if len(str(markup.get("input_field_placeholder") or "")) > 64:
            raise bad("REPLY_MARKUP_PLACEHOLDER_TOO_LONG")
        return chat, parts

    def _sent(self, entry: Entry, a: Json) -> Json:
        markup = a.get("reply_markup") or {}
        entry.force_reply, entry.selective = bool(markup.get("force_reply")), bool(markup.get("selective"))
        return self.ledger.snapshot(entry)

    def sendMessage(self, a: Json) -> Json:
        text, entities = formatted(a, "text", MAX_TEXT)
        chat, parts = self._place(a)
        self.rates.check(chat["id"], time.monotonic())
        return self._sent(self.ledger.store(chat["id"], BOT["id"], text=text, **({"entities": entities} if entities else {}), **parts), a)

    def _media(self, method: str, name: str) -> Callable[[Json], Json]:
        def send(a: Json) -> Json:
            chat, parts = self._place(a)
            caption, entities = formatted(a, "caption", MAX_CAPTION)
            source = a.get(name)
            if isinstance(source, Upload):
                if len(source.content) > (MAX_PHOTO if name == "photo" else MAX_UPLOAD):
                    raise Refused(413, "Request Entity Too Large")
                if not source.content:
                    raise bad("file must be non-empty")
                source = self.ledger.store_file(source.name, source.content)
            if source not in self.ledger.files:
                raise bad("wrong file identifier/HTTP URL specified")
            self.rates.check(chat["id"], time.monotonic())
            file = {"file_id": source, "file_unique_id": source, "file_name": self.ledger.files[source][0], "file_size": len(self.ledger.files[source][1])}
            more = {"caption": caption, "caption_entities": entities} if caption else {}
            return self._sent(self.ledger.store(chat["id"], BOT["id"], **{name: [file] if name == "photo" else file}, **more, **parts), a)
        send.__name__ = method
        return send

    def _own(self, a: Json) -> Entry:
        """A message of the bot that can still be changed."""
        chat = self.ledger.known(a.get("chat_id"))
        entry = self.ledger.find(chat["id"], int(a["message_id"]))
        if entry is None:
            raise bad("message to edit not found")
        if not entry.by_bot:
            raise bad("message can't be edited")
        return entry

    def editMessageText(self, a: Json) -> Json:
        entry = self._own(a)
        if "text" not in entry.wire:
            raise bad("there is no text in the message to edit")
        text, entities = formatted(a, "text", MAX_TEXT)
        rows = keyboard(a.get("reply_markup"))
        old = (entry.wire.get("reply_markup") or {}).get("inline_keyboard") or []
        if (text, entities, rows) == (entry.wire.get("text"), entry.wire.get("entities") or [], old):
            raise bad("message is not modified: specified new message content and reply markup are exactly the same as a current content "
                      "and reply markup of the message")
        self.rates.check(entry.chat, time.monotonic())
        entry.versions.append(entry.text)
        entry.wire |= {"text": text, "entities": entities, "edit_date": int(time.time())}
        self._rows(entry, rows)
        return self.ledger.snapshot(entry)

    def editMessageReplyMarkup(self, a: Json) -> Json:
        entry = self._own(a)
        self._rows(entry, keyboard(a.get("reply_markup")))
        return self.ledger.snapshot(entry)

    def _rows(self, entry: Entry, rows: list[list[Json]]) -> None:
        entry.wire.pop("reply_markup", None)
        if rows:
            entry.wire["reply_markup"] = {"inline_keyboard": rows}
        self.ledger.touch()

    def deleteMessage(self, a: Json) -> bool:
        entry = self.ledger.find(self.ledger.known(a.get("chat_id"))["id"], int(a["message_id"]))
        if entry is None:
            raise bad("message to delete not found")
        if time.time() - entry.wire["date"] > DELETABLE_S:
            raise bad("message can't be deleted for everyone")
        entry.deleted = True
        self.ledger.touch()
        return True

    def setMessageReaction(self, a: Json) -> bool:
        entry = self.ledger.find(self.ledger.known(a.get("chat_id"))["id"], int(a["message_id"]))
        if entry is None:
            raise bad("message to react not found")
        signs = [r["emoji"] for r in a.get("reaction") or []]
        if len(signs) > 1 or any(s not in REACTIONS for s in signs):
            raise bad("REACTION_INVALID")
        entry.reactions[BOT["id"]] = signs
        self.ledger.touch()
        return True

    def pinChatMessage(self, a: Json) -> bool:
        entry = self._own(a)
        self.ledger.pinned.append((entry.chat, entry.id))
        return True

    def sendChatAction(self, a: Json) -> bool:
        self.ledger.may_write(a.get("chat_id"), None)
        return True

    def getFile(self, a: Json) -> Json:
        if a.get("file_id") not in self.ledger.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        content = self.ledger.files[a["file_id"]][1]
        if len(content) > MAX_DOWNLOAD:
            raise bad("file is too big")
        return {"file_id": a["file_id"], "file_unique_id": a["file_id"], "file_size": len(content), "file_path": f"documents/{a['file_id']}"}

    def answerCallbackQuery(self, a: Json) -> bool:
        press = self.presses.get(str(a.get("callback_query_id")))
        if press is None or press.answered or time.monotonic() - press.at > PRESS_LIVES_S:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(str(a.get("text") or "")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        press.answered = True
        if a.get("text"):
            self.ledger.store(press.chat, BOT["id"], kind="answer", only_for=press.user, text=a["text"])
        self.ledger.touch()
        return True

    # ---- topics
    def createForumTopic(self, a: Json) -> Json:
        chat = self.ledger.may_write(a.get("chat_id"), None)
        if not chat.get("is_forum"):
            raise bad("the chat is not a forum")
        if not self.can_manage_topics:
            raise bad("not enough rights to create a topic")
        if not 1 <= len(str(a.get("name") or "")) <= 128:
            raise bad("TOPIC_TITLE_EMPTY" if not a.get("name") else "topic name is too long")
        entry = self.ledger.store(chat["id"], BOT["id"], kind="service", forum_topic_created={"name": a["name"], "icon_color": 7322096})
        entry.wire |= {"message_thread_id": entry.id, "is_topic_message": True}
        self.ledger.topics[chat["id"], entry.id] = {"name": a["name"], "closed": False}
        return {"message_thread_id": entry.id, "name": a["name"], "icon_color": 7322096}

    def _topic(self, a: Json) -> Json:
        topic = self.ledger.topics.get((self.ledger.known(a.get("chat_id"))["id"], int(a["message_thread_id"])))
        if topic is None:
            raise bad("message thread not found")
        return topic

    def editForumTopic(self, a: Json) -> bool:
        topic = self._topic(a)
        if topic["name"] == a["name"]:
            raise bad("TOPIC_NOT_MODIFIED")
        if not 1 <= len(a["name"]) <= 128:
            raise bad("topic name is too long")
        topic["name"] = a["name"]
        self.ledger.touch()
        return True

    def _closing(self, a: Json, closed: bool) -> bool:
        topic = self._topic(a)
        if topic["closed"] == closed:
            raise bad("TOPIC_NOT_MODIFIED")
        topic["closed"] = closed
        self.ledger.touch()
        return True

    def closeForumTopic(self, a: Json) -> bool:
        return self._closing(a, True)

    def reopenForumTopic(self, a: Json) -> bool:
        return self._closing(a, False)

    # ---- people and menus
    def getChat(self, a: Json) -> Json:
        return deepcopy(self.ledger.known(a.get("chat_id")))

    def getChatMember(self, a: Json) -> Json:
        chat, user = self.ledger.known(a.get("chat_id")), int(a["user_id"])
        if self.ledger.members[chat["id"]].get(BOT["id"]) not in ("administrator", "member"):
            raise Refused(403, f"Forbidden: bot is not a member of the {chat['type']} chat")
        if user not in self.ledger.users:
            raise bad("PARTICIPANT_ID_INVALID")
        return {"user": dict(self.ledger.users[user]), "status": self.ledger.members[chat["id"]].get(user, "left")}

    def setMyCommands(self, a: Json) -> bool:
        commands = list(a.get("commands") or [])
        for command in commands:
            if not (1 <= len(command["command"]) <= 32 and command["command"].isidentifier() and command["command"].islower()):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        scope = a.get("scope") or {"type": "default"}
        if "chat_id" in scope:
            self.ledger.known(scope["chat_id"])
        self.ledger.commands[f"{scope['type']}:{scope.get('chat_id', '')}", str(a.get("language_code") or "")] = commands
        return True


async def result_of(value: Any) -> Any:
    """The value, awaited when it has to be."""
    return await value if asyncio.iscoroutine(value) else value
