"""Events of Matrix as the core's: pure. Whatever does not have the form it should is passed over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from adapters.matrix import addresses
from adapters.matrix.config import USER
from adapters.plain import cleaned
from adapters.typed_commands import typed
from bot.domain.ids import ConversationId, MessageId
from bot.domain.messages import Attachment, Commanded, Deleted, Edited, Happening, Inbound, Said
from bot.domain.people import Person

Json = Mapping[str, Any]

FILES = ("m.image", "m.file", "m.audio", "m.video")
TEXTS = ("m.text", "m.emote", "m.location")  # not m.notice: those are of programs, and programs do not answer each other
MXC = re.compile(r"mxc://[A-Za-z0-9.\-:\[\]]{1,255}/[A-Za-z0-9_\-]{1,255}")
EVENT = re.compile(r"\$[\x21-\x7e]{1,239}")  # what people may name as an event is anything
MAX_NAME = 80
LATEST = 253402300799000  # milliseconds: the last moment that a date can be
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")  # turn the reading order of what stands beside them


@dataclass(frozen=True, slots=True)
class Room:
    """A room in which we are. direct: with whom alone, "" for a help room."""

    id: str
    direct: str = ""


def person(user: str, name: str = "") -> Person:
    """Who it is; the name on one clean line, by default the first half of their address."""
    shown = " ".join(DIRECTIONS.sub("", cleaned(name)).split())[:MAX_NAME].rstrip()
    return Person(addresses.person_id(user), shown or user[1:].partition(":")[0][:MAX_NAME])


def to_inbound(event: Json, room: Room, me: str, name: str = "") -> Inbound | None:
    """What somebody did there, or None when it is not ours. me: our own user; name: how who did it is called."""
    key, sender, kind = _event(event, "event_id"), _text(event, "sender"), event.get("type")
    what = _content(event)
    if not key or not USER.fullmatch(sender) or sender == me or (room.direct and sender != room.direct):
        return None
    happened: Happening | None = None
    if kind == "m.room.message":
        happened = _message(key, what, room, me)
    elif kind == "m.sticker":
        happened = _said(key, {**what, "msgtype": "m.image"}, room, me)
    elif kind == "m.room.redaction":
        gone = _event(event, "redacts") or _event(what, "redacts")
        happened = Deleted(addresses.message_id(room.id, gone)) if gone else None
    if happened is None:
        return None
    author = person(sender, name)
    conversation = ConversationId(author.id) if room.direct else _thread(key, what, room)
    if max(len(addresses.message_id(room.id, key)), len(conversation), len(author.id)) > addresses.LONGEST:
        return None
    return Inbound(key, addresses.NAME, conversation, author, _moment(event), happened)


def _message(key: str, what: Json, room: Room, me: str) -> Happening | None:
    relation = _dict(what, "m.relates_to")
    if relation.get("rel_type") == "m.replace":
        old, new = _event(relation, "event_id"), _dict(what, "m.new_content")
        return Edited(addresses.message_id(room.id, old), _words(new)) if old and new.get("msgtype") in TEXTS else None
    if what.get("msgtype") in TEXTS and (command := typed(_words(what))) is not None and (room.direct or not _root(what)):
        own, answers = addresses.message_id(room.id, key), _reply_to(what, room)
        return Commanded(*command, _place(room), private=bool(room.direct), message=own, reply_to=answers)
    return _said(key, what, room, me)


def _said(key: str, what: Json, room: Room, me: str) -> Said | None:
    if what.get("msgtype") not in (*TEXTS, *FILES):
        return None
    files = _files(what)
    words = _words(what) if what.get("msgtype") in TEXTS or _has_caption(what) else ""
    if what.get("msgtype") in FILES and not files and not words:
        words = cleaned(_text(what, "body"))  # a file that we cannot fetch: its name, rather than nothing
    if not words and not files:
        return None
    addressed = bool(room.direct) or not _root(what) or _mentions(what, me)
    private = bool(room.direct)
    return Said(words, addresses.message_id(room.id, key), _place(room), private, addressed, _reply_to(what, room), files)


def _place(room: Room) -> Any:
    return addresses.person_id(room.direct) if room.direct else addresses.place_id(room.id)


def _thread(key: str, what: Json, room: Room) -> ConversationId:
    """In a help room: the thread that the event, or the one it changes, stands in or begins."""
    changed = _event(_dict(what, "m.relates_to"), "event_id") if _dict(what, "m.relates_to").get("rel_type") == "m.replace" else ""
    return addresses.thread_id(room.id, _root(what) or changed or _event(what, "redacts") or key)


def _root(what: Json) -> str:
    relation = _dict(what, "m.relates_to")
    return _event(relation, "event_id") if relation.get("rel_type") == "m.thread" else ""


def _reply_to(what: Json, room: Room) -> MessageId | None:
    """What it answers; in a help room's thread the thread's first message."""
    relation = _dict(what, "m.relates_to")
    root = _root(what)
    if root and not room.direct:
        return addresses.message_id(room.id, root)
    answered = "" if relation.get("is_falling_back") is True else _event(_dict(relation, "m.in_reply_to"), "event_id")
    return addresses.message_id(room.id, answered) if answered else None


def _mentions(what: Json, me: str) -> bool:
    named = _dict(what, "m.mentions").get("user_ids")
    return isinstance(named, list) and me in named


def _words(what: Json) -> str:
    """Without the quote that older clients put before an answer."""
    body = cleaned(_text(what, "body"))
    if _dict(_dict(what, "m.relates_to"), "m.in_reply_to") and body.startswith("> <"):
        quote, blank, rest = body.partition("\n\n")
        if blank and all(line.startswith(">") for line in quote.split("\n")):
            return rest
    return body


def _has_caption(what: Json) -> bool:
    """Since Matrix 1.10 the body of a file is what was written with it, where it has a name beside it."""
    name = _text(what, "filename")
    return bool(name) and name != _text(what, "body")


def _files(what: Json) -> tuple[Attachment, ...]:
    url, info = _text(what, "url"), _dict(what, "info")
    if what.get("msgtype") not in FILES or not MXC.fullmatch(url):
        return ()
    name = cleaned(_text(what, "filename") or _text(what, "body")).replace("\n", " ")[:200] or "file"
    size, mime = info.get("size"), _text(info, "mimetype")
    known = size if isinstance(size, int) and 0 <= size < 2**53 else 0
    return (Attachment(f"{addresses.NAME}:{url}", name, mime if re.fullmatch(r"[\w.+-]{1,100}/[\w.+-]{1,100}", mime) else "application/octet-stream", known),)


def state(events: object, kind: str, state_key: str) -> Json:
    """The event of that state among those that an invitation or a sync tells of; {} when it is not there."""
    for event in events if isinstance(events, list) else []:
        if isinstance(event, dict) and event.get("type") == kind and event.get("state_key") == state_key:
            return event
    return {}


def membership(event: Json) -> Literal["", "invite", "join", "leave", "ban"]:
    """What became of somebody by this event; "" for anything else."""
    said = _text(_content(event), "membership") if event.get("type") == "m.room.member" else ""
    return said if said in ("invite", "join", "leave", "ban") else ""  # type: ignore[return-value]


def _moment(event: Json) -> datetime:
    told = event.get("origin_server_ts")
    return datetime.fromtimestamp(min(max(told if isinstance(told, int) else 0, 0), LATEST) / 1000, UTC)


def _content(event: Json) -> Json:
    return _dict(event, "content")


def _dict(of: Json, key: str) -> Json:
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def _event(of: Json, key: str) -> str:
    value = _text(of, key)
    return value if EVENT.fullmatch(value) else ""


def _text(of: Json, key: str) -> str:
    value = of.get(key)
    return value if isinstance(value, str) else ""
