"""What the Bot API makes of a text: entities checked, HTML parsed, and what clients make live by themselves.

Offsets and lengths of entities are UTF-16 code units, as on the wire.
"""
from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

Json = dict[str, Any]

MAX_TEXT, MAX_CAPTION, MAX_ENTITIES = 4096, 1024, 100  # code points, after entities; entities a message
MAX_BUTTONS, MAX_DATA = 100, 64  # buttons a keyboard; bytes of callback data
TAGS = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "s": "strikethrough",
        "code": "code", "pre": "pre", "blockquote": "blockquote", "tg-spoiler": "spoiler", "a": "text_link"}
AUTO = {"url": r"(?<![\w@/])(?:https?://|tg://)[^\s<>\"]+", "email": r"[\w.+-]+@[\w-]+\.[a-z]{2,}",
        "mention": r"(?<![\w@/])@[A-Za-z]\w{2,31}", "bot_command": r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w+)?(?!\w)",
        "hashtag": r"(?<!\w)#\w*[^\W\d]\w*"}


class Refused(Exception):
    """The Bot API says no: HTTP status, description, parameters."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def bad(description: str, **parameters: Any) -> Refused:
    """400."""
    return Refused(400, f"Bad Request: {description}", **parameters)


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def piece(text: str, entity: Json) -> str:
    """The characters an entity covers."""
    raw = text.encode("utf-16-le")
    return raw[entity["offset"] * 2:(entity["offset"] + entity["length"]) * 2].decode("utf-16-le")


class _Html(HTMLParser):
    """Telegram's small HTML: only known tags, all closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.entities, self.open = "", list[Json](), list[tuple[str, Json]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise bad(f"can't parse entities: Unsupported start tag \"{tag}\"")
        entity: Json = {"type": TAGS[tag], "offset": units(self.text), "length": 0}
        if tag == "a":
            entity["url"] = dict(attrs).get("href") or ""
        self.open.append((tag, entity))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            raise bad("can't parse entities: Unmatched end tag")
        _, entity = self.open.pop()
        entity["length"] = units(self.text) - entity["offset"]
        self.entities.append(entity)

    def handle_data(self, data: str) -> None:
        self.text += data


def from_html(markup: str) -> tuple[str, list[Json]]:
    """Text and entities of HTML, or Refused."""
    parser = _Html()
    parser.feed(markup)
    parser.close()
    if parser.open:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{parser.open[-1][0]}\"")
    return parser.text, parser.entities


def checked(text: str, entities: list[Json]) -> list[Json]:
    """The entities, when all lie in the text and none begins or ends inside a surrogate pair."""
    edges, at = {0}, 0
    for letter in text:
        at += units(letter)
        edges.add(at)
    if len(entities) > MAX_ENTITIES:
        raise bad("can't parse entities: too many entities")
    for entity in entities:
        begin, end = int(entity["offset"]), int(entity["offset"]) + int(entity["length"])
        if end > at or begin < 0 or end <= begin:
            raise bad("can't parse entities: entity outside of the text")
        if begin not in edges or end not in edges:
            raise bad("can't parse entities: entity in the middle of a UTF-16 symbol")
    return entities


def live(text: str, entities: list[Json]) -> list[Json]:
    """What a client would make live: links with a hidden target, mentions, and what it finds by itself outside code."""
    quiet = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in ("code", "pre")]
    found = [{"kind": {"text_link": "link", "text_mention": "user"}[e["type"]], "label": piece(text, e)}
             for e in entities if e["type"] in ("text_link", "text_mention")]
    for kind, pattern in AUTO.items():
        for match in re.finditer(pattern, text):
            begin, end = units(text[:match.start()]), units(text[:match.end()])
            if not any(b < end and begin < e for b, e in quiet):
                found.append({"kind": kind, "label": match.group(), "offset": begin, "length": end - begin})
    return found


def wire_entities(text: str) -> list[Json]:
    """The entities Telegram itself adds to what people type."""
    return [{"type": e["kind"], "offset": e["offset"], "length": e["length"]} for e in live(text, []) if "offset" in e]


def formatted(a: Json, field: str, limit: int) -> tuple[str, list[Json]]:
    """Text and entities of a call, refused as the real one refuses. field: text or caption."""
    text, entities = str(a.get(field) or ""), list(a.get("entities" if field == "text" else "caption_entities") or [])
    if a.get("parse_mode") == "HTML":
        text, entities = from_html(text)
    elif a.get("parse_mode"):
        raise bad("unsupported parse_mode")
    if any("\ud800" <= letter <= "\udfff" for letter in text) or "\0" in text:
        raise bad("strings must be encoded in UTF-8")
    if len(text) > limit:
        raise bad("message is too long" if field == "text" else "message caption is too long")
    if field == "text" and not text.strip():
        raise bad("message text is empty")
    return text, checked(text, entities)


def keyboard(markup: Json | None) -> list[list[Json]]:
    """Rows of an inline keyboard, checked."""
    rows: list[list[Json]] = list((markup or {}).get("inline_keyboard") or [])
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad("REPLY_MARKUP_TOO_LONG")
    for button in (b for row in rows for b in row):
        if not str(button.get("text") or "").strip():
            raise bad("inline keyboard button text must be non-empty")
        data = button.get("callback_data")
        if data is not None and not 1 <= len(data.encode()) <= MAX_DATA:
            raise bad("BUTTON_DATA_INVALID")
        if data is None and not re.match(r"https?://|tg://", button.get("url") or ""):
            raise bad("BUTTON_URL_INVALID" if "url" in button else "text buttons are unallowed in the inline keyboard")
    return rows
