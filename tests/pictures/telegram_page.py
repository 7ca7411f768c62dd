"""Telegram as people see it on a phone: bubbles, their entities and buttons, drawn from the wire's own messages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from tests.clouds.telegram_ledger import Entry
from tests.pictures.paper import face, page, style, words

Json = dict[str, Any]
STYLE = style("telegram")


def chat(title: str, entries: Sequence[Entry], me: int = 0, private: bool = True) -> str:
    """Bubbles under each other. me: whose phone it is. private: nobody's face is shown."""
    shown = "".join(_line(entry, me, private) for entry in entries)
    return page(STYLE, f'<div class="bar">{words(title)}</div><div class="list {"alone" if private else ""}">{shown}</div>')


def _line(entry: Entry, me: int, private: bool) -> str:
    author, mine = entry.wire["from"], entry.wire["from"]["id"] == me
    name = " ".join(author[key] for key in ("first_name", "last_name") if key in author)
    rows = (entry.wire.get("reply_markup") or {}).get("inline_keyboard") or []
    keys = "".join(f'<div class="row">{"".join(f"""<span class="key">{words(b["text"])}</span>""" for b in row)}</div>' for row in rows)
    who = "" if private or mine else f'<span class="who">{words(name)}</span><br>'
    answered = entry.wire.get("reply_to_message") or {}
    to = f'<span class="to">{words((answered.get("text") or "").splitlines()[0])}</span>' if mine and answered.get("text") else ""
    file = f'<span class="file">📄 {words(entry.wire["document"]["file_name"])}</span>' if "document" in entry.wire else ""
    bubble = f'<div class="bubble">{who}{to}{file}{formatted(entry.text, entry.entities)}</div>'
    beside = "" if private or mine else face(name)
    return f'<div class="line {"me" if mine else ""} {"keys" if rows else ""}">{beside}<div class="hold">{bubble}{keys}</div></div>'


TAGS = {"bold": "b", "italic": "i", "code": "code", "pre": "code", "text_link": "a", "text_mention": "a", "underline": "u"}


def formatted(text: str, entities: Sequence[Json]) -> str:
    """Text with its entities, whose offsets count UTF-16 units."""
    raw = text.encode("utf-16-le")
    cuts = sorted({0, len(raw) // 2, *(e["offset"] for e in entities), *(e["offset"] + e["length"] for e in entities)})
    made, quoted = "", False
    for begin, end in pairwise(cuts):
        inner = words(raw[begin * 2 : end * 2].decode("utf-16-le")).replace("<br>", "\n")
        over = [e["type"] for e in entities if e["offset"] <= begin and e["offset"] + e["length"] >= end]
        for kind in over:
            inner = f"<{TAGS[kind]}>{inner}</{TAGS[kind]}>" if kind in TAGS else inner
        if ("blockquote" in over) != quoted:
            made, quoted = made + ("</span>" if quoted else '<span class="quote">'), not quoted
            inner = inner if quoted else inner.removeprefix("\n")
        made += inner
    return made + ("</span>" if quoted else "")
