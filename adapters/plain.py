"""A message in plain words, for channels that show nothing else: mail's text part, text messages, open networks. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.messages import MAX_WORDS, Article, Facts, Outbound, Part, Say, Small, Title, Words

ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()]{1,1000}|mailto:[^\s()]{1,300})\)")
_BOLD = re.compile(r"\*\*([^*\n]{1,1000})\*\*")
_CODE = re.compile(r"`([^`\n]{1,1000})`")
BREAKS = ("\n\n", "\n", ". ", " ")  # where a long text is cut, the best first
NUMBERING = 8  # characters kept free for "(2/3) "
LEAST = 0.5  # of the room that a piece must fill before a better place to cut counts


def cleaned(text: str) -> str:
    """What every store and channel can hold: control characters and halves of surrogate pairs become U+FFFD."""
    return ODD.sub("\ufffd", text.replace("\r\n", "\n"))[:MAX_WORDS]


def text_of(parts: Sequence[Part]) -> str:
    """The parts, a blank line between them. What people wrote stands behind ">", so that nobody takes it for ours."""
    return "\n\n".join(shown for shown in map(_shown, parts) if shown.strip())


def _shown(part: Part) -> str:
    match part:
        case Title(text) | Say(text) | Small(text):
            return text
        case Words(text, author):
            quoted = "\n".join(f"> {line}" for line in text.split("\n"))
            return f"{author}:\n{quoted}" if author else quoted
        case Article(text):
            return article(text)
        case Facts(rows):
            return "\n".join(f"{label}: {value}" for label, value in rows)


def article(text: str) -> str:
    """An entry's answer without its signs; an address stands behind the words that lead there, once."""
    linked = _LINK.sub(lambda found: found[2] if found[1] in found[2] else f"{found[1]} ({found[2]})", text)
    return _CODE.sub(r"\1", _BOLD.sub(r"\1", linked))


def fit(message: Outbound, most: int) -> list[Outbound]:
    """The message in pieces of at most `most` characters, numbered when there are several; then a piece for each file. Nothing is lost."""
    texts = cut(text_of(message.parts), most)
    numbered = [f"({n}/{len(texts)}) {text}" if len(texts) > 1 else text for n, text in enumerate(texts, 1)]
    bare = replace(message, parts=(), choices=(), attachments=(), card="")
    pieces = [replace(bare, parts=(Say(text),), card=message.card if not n else "") for n, text in enumerate(numbered)]
    files = [replace(bare, attachments=(file,)) for file in message.attachments]
    if pieces and message.choices:
        pieces[-1] = replace(pieces[-1], choices=message.choices)
    return [*pieces, *files] or [message]


def kept_or_cut(message: Outbound, most: int) -> list[Outbound]:
    """As `fit`, but a message that is short enough keeps its parts, for channels that show them as what they are."""
    if len(text_of(message.parts)) > most:
        return fit(message, most)
    if not message.attachments:
        return [message]
    bare = replace(message, parts=(), choices=(), attachments=(), card="")
    texts = [replace(message, attachments=())] if message.parts or message.choices else []
    return [*texts, *(replace(bare, attachments=(file,)) for file in message.attachments)]


def cut(text: str, most: int) -> list[str]:
    """The text in pieces with room for their numbers, at the best break in the second half of each; [] for no text."""
    if len(text) <= most:
        return [text] if text.strip() else []
    room, pieces, rest = most - NUMBERING, [], text
    while len(rest) > room:
        at = next((found + len(sign) for sign in BREAKS if (found := rest.rfind(sign, int(room * LEAST), room)) >= 0), room)
        pieces.append(rest[:at].rstrip())
        rest = rest[at:].lstrip("\n ")
    return [piece for piece in (*pieces, rest) if piece.strip()]
