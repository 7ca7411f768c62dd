"""Payloads of Messenger and Instagram to what happened; they are of one form. Pure.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from adapters.meta import addresses
from adapters.meta.events import Json, Letter, attachment, commanded, dicts, inside, line, moment, place, text
from bot.domain.ids import ConversationId, MessageId, PlaceId
from bot.domain.messages import Attachment, Commanded, Deleted, Edited, Happening, Inbound, Pressed, Said
from bot.domain.people import Person

OBJECTS = {addresses.MESSENGER: "page", addresses.INSTAGRAM: "instagram"}
FILES = {"image": "image/jpeg", "audio": "audio/mp4", "video": "video/mp4", "file": "application/octet-stream"}
THUMB = 369239263222822  # the sticker that the thumb beside the text sends, in three sizes
THUMBS = (THUMB, 369239343222814, 369239383222810)
STARTED = "GET_STARTED"  # what the button of a first visit sends, as Meta's examples name it
MOST_SHARED = 5  # of one message that are shown


def letters(body: Json, channel: str, account: str = "") -> list[Letter]:
    """Everything that people did. account: ours, "" for any; what is sent in its name comes back as an echo, and is none."""
    return [
        Letter(text(inside(event, "sender").get("id")), event)
        for event in _events(body, channel)
        if addresses.is_user(channel, inside(event, "sender").get("id")) and _is_for(event, account) and _message_of(event)
    ]


def _events(body: Json, channel: str) -> Iterator[Json]:
    if body.get("object") == OBJECTS[channel]:
        for entry in dicts(body.get("entry")):
            yield from dicts(entry.get("messaging"))


def _is_for(event: Json, account: str) -> bool:
    """Is it sent to our account, and not by it?"""
    if inside(event, "message").get("is_echo") or inside(event, "message").get("is_self"):
        return False
    return not account or inside(event, "recipient").get("id") == account


def _message_of(event: Json) -> str:
    """The id of the message that it is, or is about."""
    for kind in ("message", "postback", "message_edit"):
        found = inside(event, kind).get("mid")
        if isinstance(found, str) and 0 < len(found) <= 1000:
            return found
    pressed = inside(event, "postback").get("payload")
    return f"postback.{inside(event, 'sender').get('id')}.{event.get('timestamp')}" if isinstance(pressed, str) else ""


def to_inbound(letter: Letter, channel: str, now: datetime) -> Inbound | None:
    """What they did; None for what is no word of theirs."""
    event, user = letter.wire, letter.user
    message = _message_of(event)
    what = _happening(event, channel, user, message)
    if what is None:
        return None
    at = moment(event.get("timestamp"), 1000, now)
    edition = "" if not isinstance(what, Edited | Deleted) else f":{what.kind}:{line(inside(event, 'message_edit').get('num_edit') or '', 10)}"
    person = Person(addresses.person_id(channel, user))
    return Inbound(f"{addresses.key(message)}{edition}", channel, ConversationId(person.id), person, at, what)


def _happening(event: Json, channel: str, user: str, number: str) -> Happening | None:
    here, own = PlaceId(addresses.person_id(channel, user)), addresses.message_id(channel, user, number)
    message = inside(event, "message")
    if edit := inside(event, "message_edit"):
        return Edited(own, text(edit.get("text")))
    if postback := inside(event, "postback"):
        payload = text(postback.get("payload"))[:256]
        return Commanded("start", "", here, private=True) if payload in (STARTED, "") else Pressed(payload, here)
    if message.get("is_deleted"):
        return Deleted(own)
    if pressed := text(inside(message, "quick_reply").get("payload"))[:256]:
        return Pressed(pressed, here)
    answered = inside(message, "reply_to").get("mid")
    reply_to = MessageId(addresses.message_id(channel, user, answered)) if isinstance(answered, str) and answered else None
    words, files = words_of(message), files_of(message, channel)
    if not files and (command := commanded(words)):
        return Commanded(*command, here, private=True, message=own, reply_to=reply_to)
    return Said(words, own, here, private=True, addressed=True, reply_to=reply_to, attachments=files)


def words_of(message: Json) -> str:
    """The words, and what else can be told in some: a place, what was shared."""
    found = [text(message.get("text"))]
    for part in [*dicts(message.get("attachments"))][:MOST_SHARED]:
        kind, payload = text(part.get("type")), inside(part, "payload")
        if payload.get("sticker_id") in THUMBS:
            found.append("👍")
        elif kind == "location":
            there = inside(payload, "coordinates")
            found.append(place(there.get("lat"), there.get("long")))
        elif kind not in FILES and kind != "sticker":
            found.append(" ".join(filter(None, (line(payload.get("title") or part.get("title"), 300), line(payload.get("url") or part.get("url"), 1000)))))
    return "\n".join(dict.fromkeys(one for one in found if one))


def files_of(message: Json, channel: str) -> tuple[Attachment, ...]:
    """Its files; a sticker is none. source: messenger:<address>."""
    found = []
    for part in dicts(message.get("attachments")):
        kind, payload = text(part.get("type")), inside(part, "payload")
        url = payload.get("url")
        if kind in FILES and not payload.get("sticker_id") and isinstance(url, str) and 0 < len(url) <= 4000:
            found.append(attachment(f"{channel}:{text(url)}", kind, FILES[kind], _name_in(url) if kind == "file" else ""))
    return tuple(found)


def _name_in(url: str) -> str:
    """Messenger says what a file is called in its address alone."""
    name = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    return name if "." in name else ""
