"""Text with Telegram's message entities: offsets in UTF-16 code units, never inside a surrogate pair. No HTML, no Markdown parse mode.

Clients make some words live by themselves: @names notify, /commands are sent when tapped, tg: links act. In what people wrote these are
shown as code, where no client looks for them; the characters stay as they were.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

Entity = dict[str, Any]

MAX_TEXT = 4096  # UTF-16 code units; the Bot API counts code points after entities, which are never more
MAX_ENTITIES = 100  # Bot API: more are ignored, which would make literal words live again
# Nothing here may go back and forth: a text of 40,000 signs must not hold up the desk. So runs of signs that name nothing are taken in one step.
LIVE = re.compile(
    r"(?P<address>https?://[^\s<>\"]+)"  # stays clickable: what is seen is where it leads
    r"|(?P<bare>@++(?!\w)|#++(?!\w*[^\W\d]))"
    r"|(?<!\w)@+\w+|(?<![\w/])/(?!/)[\w/]*\w(?:@\w+)?|(?<!\w)#+\w*[^\W\d]\w*|(?<!\w)\$[A-Z]{1,8}\b|(?i:\b(?:tg|ton|tonsite)://\S+)"
)
INLINE = re.compile(r"\*\*(?P<bold>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`|\[(?P<label>[^\[\]\n]+)\]\((?P<url>https?://[^\s)]{1,2000}|mailto:[^\s)]{1,320})\)")
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")  # turn the reading order of what stands beside them


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class Formatted:
    """A text that grows, with its entities."""

    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    length: int = 0

    def add(self, text: str, kind: str = "", **more: Any) -> None:
        """Append; kind: the entity over it, "" for none."""
        begin = self.length
        self.text += text
        self.length += units(text)
        self.mark(begin, kind, **more)

    def mark(self, begin: int, kind: str, **more: Any) -> None:
        """Lay an entity over everything since `begin`."""
        if kind and self.length > begin:
            self.entities.append({"type": kind, "offset": begin, "length": self.length - begin, **more})

    def add_literal(self, text: str, kind: str = "", but: frozenset[str] = frozenset()) -> None:
        """Append what people wrote: nothing in it is live, save the words in `but`. kind: the entity over what is not code."""
        at = 0
        for found in LIVE.finditer(text):
            if not found["address"] and not found["bare"] and found.group().lower() not in but:
                self.add(text[at : found.start()], kind)
                self.add(found.group(), "code")
                at = found.end()
        self.add(text[at:], kind)

    def add_article(self, text: str) -> None:
        """Append an answer of the knowledge base: **bold**, `code`, [label](https://…), lists; anything else is literal."""
        at = 0
        for found in INLINE.finditer(text := re.sub(r"(?m)^([ \t]*)[-*] ", "\\1• ", text)):
            self.add_literal(text[at : found.start()])
            if found["bold"]:
                self.add(found["bold"], "bold")
            elif found["code"]:
                self.add(found["code"], "code")
            elif found["url"].startswith("mailto:"):
                self.add(f"{found['label']} ({found['url'].removeprefix('mailto:')})")
            else:
                self.add(found["label"], "text_link", url=found["url"])
            at = found.end()
        self.add_literal(text[at:])

    def trimmed(self) -> Formatted:
        """Without white space at the end (Telegram cuts it, and an entity must not reach beyond)."""
        text = self.text.rstrip()
        end = units(text)
        kept = [{**e, "length": min(e["length"], end - e["offset"])} for e in self.entities if e["offset"] < end]
        return Formatted(text, kept, end)


def one_line(text: str) -> str:
    """For labels and values beside our words: one line, its reading order its own."""
    return " ".join(DIRECTIONS.sub("", text).split())


def quieted(text: str) -> str:
    """For the rare time when entities are refused: a word joiner keeps names and commands from being live."""
    return LIVE.sub(lambda found: found.group() if found["address"] or found["bare"] else re.sub(r"([@/#$:])(?=[\w/])", "\\1\u2060", found.group()), text)


def cut_points(text: str, room: int) -> int:
    """How many characters of text to take so that at most `room` units are used: to the last paragraph, line, sentence or space that is late enough.

    Never between the halves of an emoji, a letter and its accent, or inside a link of an article; a word longer than room is broken. At least 1.
    """
    most, used = 0, 0
    for letter in text:
        used += 1 + (letter > "\uffff")
        if used > room:
            break
        most += 1
    if most == len(text):
        return most
    closed = [(m.start(), m.end()) for m in INLINE.finditer(text[: most + 2000])]
    for mark in ("\n\n", "\n", ". ", " "):
        at = text.rfind(mark, most // 2, most)
        while at > 0 and any(b < at < e for b, e in closed):
            at = text.rfind(mark, most // 2, at)
        if at > 0:
            return at + len(mark)
    while most > 1 and _joined(text[most - 1], text[most]):
        most -= 1
    return max(most, 1)


def _joined(before: str, after: str) -> bool:
    """May these two letters not be parted?"""
    return after in "\u200d\ufe0f\u20e3" or before == "\u200d" or "\u0300" <= after <= "\u036f" or "\U0001f3fb" <= after <= "\U0001f3ff"
