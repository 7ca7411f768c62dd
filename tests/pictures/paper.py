"""What both chats are drawn with: a page of HTML, escaped words, a person's face."""

from __future__ import annotations

from html import escape
from pathlib import Path

FACES = ("#7a5195", "#2f6f9f", "#b5523b", "#3b7d4f", "#8a6d1d", "#555f7a")


def style(name: str) -> str:
    """How that app looks."""
    return "".join((Path(__file__).parent / f"{part}.css").read_text() for part in ("paper", name))


def page(look: str, body: str) -> str:
    """A whole document."""
    return f'<!doctype html><meta charset="utf-8"><style>{look}</style><body>{body}'


def words(text: object) -> str:
    """Escaped, line breaks kept."""
    return escape(str(text)).replace("\n", "<br>")


def face(name: str) -> str:
    """Somebody's picture: an initial on a colour that is always theirs."""
    return f'<span class="face" style="background:{FACES[sum(map(ord, name)) % len(FACES)]}">{escape(name[:1].upper())}</span>'
