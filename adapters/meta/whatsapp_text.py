"""A message's parts as WhatsApp shows them: *bold*, `code`, > quotes. What people wrote is literal. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapters.plain import cleaned
from bot.domain.messages import Article, Facts, Part, Say, Small, Title, Words

MARKS = {"open": "🟢", "taken": "🔵", "pending": "🟡", "resolved": "✅", "closed": "⚪", "warning": "⚠️", "": ""}
BLANK = "\u200b"  # zero width space on both sides: markup begins behind blank space or punctuation, and goes on with a letter
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()]{1,1000}|mailto:[^\s()]{1,300})\)")
_ARTICLE = re.compile(rf"(?P<bold>\*\*(?P<strong>[^*\n]{{1,1000}})\*\*)|(?P<code>`[^`\n]{{1,1000}}`)|(?P<link>{_LINK.pattern})")
_SIGN = re.compile(r"(?<![^\W_])([*_~`])(?=\S)")  # behind a letter it is none
_ANY = re.compile(r"[_~`]")
_QUOTE = re.compile(r"^(?=\s*>)", re.MULTILINE)


def shown(parts: Sequence[Part]) -> str:
    """All of them, a blank line between. Words alone need no quote: nothing of ours stands below them."""
    alone = sum(not isinstance(part, Small) for part in parts) == 1
    return "\n\n".join(text for text in (_shown(part, alone) for part in parts) if text.strip())


def _shown(part: Part, alone: bool) -> str:
    match part:
        case Title(text, mark):
            return " ".join(filter(None, (MARKS[mark], bold(text))))
        case Say(text) | Small(text):
            return literal(text)
        case Words(text, author):
            words = literal(cleaned(text)) if alone else "\n".join(f"> {line}" for line in literal(cleaned(text)).split("\n"))
            return f"{bold(author)}\n{words}" if author else words
        case Article(text):
            return article(text)
        case Facts(rows):
            return "\n".join(f"{bold(label)}: {literal(value)}" for label, value in rows)


def bold(text: str) -> str:
    """Each line in bold, whatever signs are in it."""
    lines = [_ANY.sub(rf"{BLANK}\g<0>{BLANK}", line.replace("*", "∗").strip()) for line in text.split("\n")]
    return "\n".join(f"*{line}*" if line else "" for line in lines)


def literal(text: str) -> str:
    """Signs that would be taken for markup show themselves: where the same sign stands twice in a line, its beginnings are broken."""
    return _QUOTE.sub(BLANK, "\n".join(_literal_line(line) for line in text.split("\n")))


def _literal_line(line: str) -> str:
    twice = {sign for sign in "*_~`" if line.count(sign) > 1}
    return _SIGN.sub(lambda found: f"{BLANK}{found[1]}{BLANK}" if found[1] in twice else found[0], line) if twice else line


def article(text: str) -> str:
    """An entry's answer: its bold and code as WhatsApp writes them, an address behind the words that lead there; all else is literal."""
    made, end = [], 0
    for found in _ARTICLE.finditer(text):
        made += [literal(text[end : found.start()]), _marked(found)]
        end = found.end()
    return "".join([*made, literal(text[end:])])


def _marked(found: re.Match[str]) -> str:
    if found["bold"]:
        return bold(found["strong"])
    if found["code"]:
        return found["code"]
    link = _LINK.fullmatch(found["link"])
    assert link is not None
    return link[2] if link[1] in link[2] else f"{literal(link[1])} ({link[2]})"
