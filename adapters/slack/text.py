"""Slack's text both ways: markup to plain words, plain words to something that stays plain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

MAX_NAME = 80  # characters of a person's or file's name that are shown
_TOKEN = re.compile(r"<([^<>\n]+)>")
# C0 and C1 controls but tab and newline, and lone surrogates: no database or client agrees about them
_UNSOUND = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Wherever a cut would tear one visible character apart: combining marks, variation selectors, joiners, skin tones
_JOINS = re.compile("[\u0300-\u036f\u200d\ufe00-\ufe0f\u20d0-\u20ff\U0001f3fb-\U0001f3ff]")


def plain(markup: str, names: Mapping[str, str] | None = None, without: str = "") -> str:
    """What a reader of this Slack text sees. Entities are decoded exactly once, after the tokens, so that typed "<!here>" stays words.

    names: user id to name, for mentions. without: a user id whose mentions are left out (the bot's own).
    """
    known = names or {}

    def shown(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target.startswith("@"):
            user = target[1:]
            return "" if user == without else "@" + (known.get(user) or label or user)
        if target.startswith("#"):
            return "#" + (label or target[1:])
        if target.startswith("!"):
            word, _, rest = target[1:].partition("^")
            return label or "@" + (rest if word == "subteam" else word)
        address = target.removeprefix("mailto:")
        return f"{label} ({address})" if label and label not in (target, address) else address

    text = _TOKEN.sub(shown, markup)
    return sound(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")).strip()


def mentioned(markup: str) -> list[str]:
    """The user ids that a Slack text mentions, in order."""
    return re.findall(r"<@([A-Z0-9]+)(?:\|[^>]*)?>", markup)


def sound(text: str) -> str:
    """The text with control characters and lone surrogates shown as U+FFFD, and CRLF made LF."""
    return _UNSOUND.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def name(text: str) -> str:
    """A name as it may be shown: one line, nothing invisible or that turns the direction of writing, at most 80 characters."""
    spaced = re.sub(r"\s+", " ", text)
    kept = "".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE).strip()
    return kept if len(kept) <= MAX_NAME else kept[: MAX_NAME - 1] + "…"


def file_name(text: str) -> str:
    """A file's name without folders and tricks; never empty."""
    return name(re.split(r"[/\\]", text)[-1]).lstrip(".") or "file"


def escaped(text: str) -> str:
    """Plain text for a mrkdwn field or a message's fallback: & < > once, so that nothing in it becomes a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def units(text: str) -> int:
    """Length as Slack counts it (UTF-16 units)."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clipped(text: str, limit: int) -> str:
    """At most `limit` units; what is cut is marked. Only for labels and notifications whose whole text stands elsewhere."""
    return text if units(text) <= limit else parts(text, limit - 1)[0] + "…"


def parts(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` units, broken at a line, else at a space, else between visible characters. Order is kept."""
    pieces = []
    while units(text) > limit:
        end = _prefix(text, limit)
        cut = max(text.rfind("\n", limit // 3, end + 1), 0) or max(text.rfind(" ", limit // 3, end + 1), 0)
        if not cut:
            cut = end
            while cut > end - 32 and cut > 1 and (_JOINS.match(text[cut]) or text[cut - 1] == "\u200d"):
                cut -= 1
        pieces.append(text[:cut])
        text = text[cut + 1 :] if text[cut] in "\n " else text[cut:]
    return [*pieces, text]


def _prefix(text: str, limit: int) -> int:
    """How many characters fit into `limit` units."""
    if len(text) * 2 <= limit:
        return len(text)
    used = 0
    for index, char in enumerate(text):
        used += 2 if ord(char) > 0xFFFF else 1
        if used > limit:
            return index
    return len(text)
