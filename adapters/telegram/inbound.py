"""Bot API updates to Inbound. Pure: everything it needs to know is in a Reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.telegram import addresses, menu
from adapters.telegram.content import attachments_of, cleaned, is_service, text_of
from adapters.telegram.entities import one_line
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId, PlaceId
from bot.domain.messages import Commanded, Edited, Happening, Inbound, LetIn, Moved, Pressed, Reachable, Said
from bot.domain.people import BOT, Person

Json = Mapping[str, Any]

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")  # the updates we ask for
MAX_NAME = 80  # characters
COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reader:
    """What is known besides the update: who the bot is, which places matter, which groups got a new id (new to old)."""

    bot_id: int
    username: str
    desk: Desk
    moved: Mapping[int, int] = field(default_factory=dict)
    is_known: Callable[[ConversationId], bool] = lambda _: False

    def home(self, chat: int) -> int:
        """The id under which the core knows a chat."""
        return self.moved.get(chat, chat)

    def is_team(self, chat: int) -> bool:
        """Does a team work there?"""
        return self.desk.tier_at(addresses.place_id(self.home(chat))) is not None


def to_inbound(update: Json, reader: Reader, now: datetime) -> Inbound | None:
    """One event, or None for what is not for us: other bots, service messages, talk in groups that is not addressed to the bot.

    now: stands in where the update has no time. Raises KeyError, TypeError and the like on what is no update.
    """
    number = int(update["update_id"])
    kind = next((k for k in KINDS if update.get(k)), "")
    content = update.get(kind) or {}
    # update ids begin anew somewhere after a quiet week, and with another bot: what the update holds tells a new one from a repeated one
    key = f"{number}:{kind}:{content.get('id') or content.get('message_id') or content.get('date')}"
    match kind:
        case "message":
            return _message(content, reader, key, now)
        case "edited_message":
            return _edited(content, reader, key, now)
        case "callback_query":
            return _pressed(content, reader, key, now)
        case "my_chat_member":
            return _admitted(content, reader, key, now)
    return None


def person(user: Json) -> Person:
    """Who it is; the name on one clean line."""
    name = one_line(cleaned(" ".join(filter(None, (user.get("first_name"), user.get("last_name"))))))
    code = str(user.get("language_code") or "")[:2].lower()
    return Person(addresses.person_id(int(user["id"])), name[:MAX_NAME].rstrip(), code if code.isalpha() and len(code) == 2 else None)


# -------------------------------------------------------------------------------------------------------------- messages
def _message(message: Json, reader: Reader, key: str, now: datetime) -> Inbound | None:
    chat, author = message["chat"], message.get("from")
    if "migrate_to_chat_id" in message:
        return _moved(message, key, now)
    if author is None or author.get("is_bot") or message.get("sender_chat") or is_service(message) or chat["type"] == "channel":
        return None
    at = _time(message.get("date"), now)
    place = addresses.place_id(reader.home(int(chat["id"])))
    what: Happening | None = _command(message, reader, place) if "forward_origin" not in message else None
    if what is None:
        if _is_for_another_bot(message, reader):
            return None
        what = _said(message, reader, place)
    if what is None:
        return None
    number = _id(message)
    return Inbound(key, addresses.NAME, _conversation(message, int(author["id"]), reader), person(author), at, what, also=str(number))


def _said(message: Json, reader: Reader, place: PlaceId) -> Said | None:
    """Words: in private and in a team's threads all, elsewhere those that mention the bot or answer it."""
    chat, text = message["chat"], cleaned(text_of(message))
    private = chat["type"] == "private"
    addressed = private or _mentions(message, reader) or _answers_bot(message, reader)
    if not addressed and not (reader.is_team(int(chat["id"])) and _in_thread(message)):
        return None
    return Said(
        _without_mention(text, reader),
        _id(message),
        place,
        private=private,
        addressed=addressed,
        reply_to=_reply_to(message),
        attachments=attachments_of(message),
    )


def _command(message: Json, reader: Reader, place: PlaceId) -> Commanded | None:
    """A command of ours, from the words themselves: what is quoted, forwarded or relayed is never one."""
    found = COMMAND.fullmatch(cleaned(str(message.get("text") or "")).strip())
    if found is None or (found[2] and found[2].lower() != reader.username.lower()):
        return None
    name = menu.name_of(found[1], several=bool(reader.desk.others))
    if name is None:
        return None
    return Commanded(name, (found[3] or "").strip(), place, private=message["chat"]["type"] == "private", message=_id(message), reply_to=_reply_to(message))


def _is_for_another_bot(message: Json, reader: Reader) -> bool:
    """A command with another bot's name, or in a group one that we do not know."""
    found = COMMAND.fullmatch(str(message.get("text") or "").strip())
    if found is None:
        return False
    return found[2].lower() != reader.username.lower() if found[2] else message["chat"]["type"] != "private"


def _edited(message: Json, reader: Reader, key: str, now: datetime) -> Inbound | None:
    author, text = message.get("from"), cleaned(text_of(message))
    if author is None or author.get("is_bot") or not (message.get("text") or message.get("caption")):
        return None  # a live location that moves is an edit, too
    conversation = _conversation(message, int(author["id"]), reader)
    private, team = message["chat"]["type"] == "private", reader.is_team(int(message["chat"]["id"])) and _in_thread(message)
    if not (private or team or reader.is_known(conversation)):
        return None
    what = Edited(_id(message), _without_mention(text, reader))
    return Inbound(key, addresses.NAME, conversation, person(author), _time(message.get("edit_date"), now), what)


def _moved(message: Json, key: str, now: datetime) -> Inbound:
    old, new = int(message["chat"]["id"]), int(message["migrate_to_chat_id"])
    what = Moved(addresses.place_id(old), addresses.place_id(new))
    who = person(message["from"]) if message.get("from") else Person(addresses.person_id(old))
    return Inbound(key, addresses.NAME, addresses.group_conversation(old), who, _time(message.get("date"), now), what, also=f"moved:{old}")


# ------------------------------------------------------------------------------------------------------ presses and doors
def _pressed(query: Json, reader: Reader, key: str, now: datetime) -> Inbound | None:
    message = query.get("message")
    if not message or not isinstance(query.get("data"), str):
        return None
    user, chat = int(query["from"]["id"]), int(message["chat"]["id"])
    what: Happening = Pressed(cleaned(query["data"]), addresses.place_id(reader.home(chat)), _id(message), answer_to=str(query["id"]))
    conversation = _conversation(message, user, reader)
    return Inbound(key, addresses.NAME, conversation, person(query["from"]), now, what, also=f"press:{query['id']}")


def _admitted(change: Json, reader: Reader, key: str, now: datetime) -> Inbound | None:
    """Blocked or let in again by a person; let into a team's group. Being put out of one is for the operator: whatever is refused there says so."""
    may_write = change["new_chat_member"]["status"] not in ("kicked", "left", "restricted")
    at, user, chat = _time(change.get("date"), now), change["from"], int(change["chat"]["id"])
    if change["chat"]["type"] == "private":
        return Inbound(key, addresses.NAME, addresses.private_conversation(int(user["id"])), person(user), at, Reachable(may_write))
    if not may_write or not reader.is_team(chat):
        return None
    home = reader.home(chat)
    return Inbound(key, addresses.NAME, addresses.group_conversation(home), BOT, at, LetIn(addresses.place_id(home)))


# --------------------------------------------------------------------------------------------------------- small readings
def topic_of(message: Json) -> int | None:
    """The topic of a forum a message is in; outside of forums the number means something else."""
    number = message.get("message_thread_id")
    return int(number) if number and message.get("is_topic_message") and message["chat"]["type"] != "private" else None


def _conversation(message: Json, user: int, reader: Reader) -> ConversationId:
    chat, topic = int(message["chat"]["id"]), topic_of(message)
    home = reader.home(chat)
    if message["chat"]["type"] == "private":
        return addresses.private_conversation(chat)
    if reader.is_team(chat):
        return addresses.topic_conversation(home, topic) if topic else addresses.group_conversation(home)
    return addresses.requester_conversation(home, user, topic)


def _id(message: Json) -> MessageId:
    return addresses.message_id(int(message["chat"]["id"]), int(message["message_id"]), topic_of(message))


def _answered(message: Json) -> Json | None:
    """The message it answers; not the root of its topic, which every message in a topic formally answers."""
    answered: Json | None = message.get("reply_to_message")
    if not answered or "forum_topic_created" in answered or answered["message_id"] == topic_of(message):
        return None
    return answered


def _reply_to(message: Json) -> MessageId | None:
    answered = _answered(message)
    if answered is None:
        return None
    return addresses.message_id(int(message["chat"]["id"]), int(answered["message_id"]), topic_of(message))


def _in_thread(message: Json) -> bool:
    """In a topic, or an answer to something: a place where a ticket may be worked on."""
    return topic_of(message) is not None or _answered(message) is not None


def _answers_bot(message: Json, reader: Reader) -> bool:
    answered = _answered(message)
    return answered is not None and int((answered.get("from") or {}).get("id", 0)) == reader.bot_id


def _mentions(message: Json, reader: Reader) -> bool:
    entities = [*(message.get("entities") or ()), *(message.get("caption_entities") or ())]
    if any(e["type"] == "text_mention" and int(e["user"]["id"]) == reader.bot_id for e in entities):
        return True
    return bool(reader.username) and any(e["type"] == "mention" for e in entities) and _name(reader).search(text_of(message)) is not None


def _name(reader: Reader) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)@{re.escape(reader.username)}(?!\w)", re.IGNORECASE)


def _without_mention(text: str, reader: Reader) -> str:
    return _name(reader).sub("", text).strip(" ,:") if reader.username and "@" in text else text


def _time(seconds: Any, now: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return now
