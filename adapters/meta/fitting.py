"""A message in pieces that fit: whatever measure the channel has, nothing is lost, and what a person wrote stays marked as theirs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from adapters.plain import BREAKS, LEAST
from bot.domain.messages import Article, Facts, Outbound, Part, Say, Small, Title, Words

NUMBERING = 14  # kept free in each piece for "(12/34)" and a blank line
FEWEST = 24  # of a part's text in a piece: less is no use
Show = Callable[[Sequence[Part]], str]
Size = Callable[[str], int]


def utf16(text: str) -> int:
    """As phones count: an emoji may be two."""
    return len(text.encode("utf-16-le", "replace")) // 2


def utf8(text: str) -> int:
    """Bytes."""
    return len(text.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Measure:
    """How a channel shows parts, and how much of it fits. most: of a text; beside: of one with choices under it."""

    show: Show
    size: Size
    most: int
    beside: int

    def holds(self, parts: Sequence[Part], most: int) -> bool:
        """Does what is shown of them fit?"""
        return self.size(self.show(parts)) <= most


def fit(message: Outbound, measure: Measure) -> list[Outbound]:
    """The message, whole where it fits; else numbered texts, the choices under the last, or a card's first; then each file."""
    alone = len(message.attachments) + bool(measure.show(message.parts).strip()) <= 1
    if alone and measure.holds(message.parts, measure.beside if message.choices else measure.most):
        return [message]
    bare = replace(message, parts=(), choices=(), attachments=(), card="")
    files = [replace(bare, attachments=(file,)) for file in message.attachments]
    groups = _groups(message, measure)
    pieces = [replace(bare, parts=parts) for parts in _numbered(groups)]
    if not pieces:
        return files or [message]
    under = 0 if message.card else -1
    pieces[under] = replace(pieces[under], choices=message.choices)
    pieces[0] = replace(pieces[0], card=message.card)
    return [*pieces, *files]


def _groups(message: Outbound, measure: Measure) -> list[tuple[Part, ...]]:
    """The parts in groups of which each fits a piece; the one that the choices stand under fits beside them."""
    if not measure.show(message.parts).strip():
        return []
    most, beside = measure.most - NUMBERING, measure.beside - NUMBERING
    groups = _packed(message.parts, measure, most)
    if not message.choices:
        return groups if len(groups) > 1 else [message.parts]
    if message.card:
        first = _packed(message.parts, measure, beside)
        return [first[0], *_packed([part for group in first[1:] for part in group], measure, most)]
    if len(groups) == 1 and measure.holds(message.parts, measure.beside):
        return [message.parts]
    if not measure.holds(groups[-1], beside):
        tail = _packed(groups[-1], measure, beside)
        groups[-1:] = [tuple(part for group in tail[:-1] for part in group), tail[-1]]
    return groups


def _packed(parts: Sequence[Part], measure: Measure, most: int) -> list[tuple[Part, ...]]:
    groups: list[tuple[Part, ...]] = []
    now: list[Part] = []
    for part in parts:
        for piece in [part] if measure.holds([part], most) else _split(part, measure, most):
            if now and not measure.holds([*now, piece], most):
                groups.append(tuple(now))
                now = []
            now.append(piece)
    return [*groups, tuple(now)] if now else groups


def _split(part: Part, measure: Measure, most: int) -> list[Part]:
    """A part that is too long for any piece, in several of its kind."""
    if isinstance(part, Facts):
        return [piece for label, value in part.rows for piece in _split(Say(f"{label}: {value}"), measure, most)]
    rest, pieces = part.text, []
    while rest.strip():
        room = most
        while True:
            text, after = _cut(rest, room, measure.size)
            piece = _with(part, text)
            if measure.holds([piece], most) or room <= FEWEST:
                break
            room = max(FEWEST, room - max(8, measure.size(measure.show([piece])) - most))
        pieces.append(piece)
        rest = after
    return pieces


def _with(part: Title | Say | Words | Article | Small, text: str) -> Part:
    return replace(part, text=text)


def _cut(text: str, room: int, size: Size) -> tuple[str, str]:
    """As much of the text as fits, up to the best break in its second half, and what remains."""
    if size(text) <= room:
        return text, ""
    low, high = 1, min(len(text), room)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= room else (low, middle - 1)
    at = next((found + len(sign) for sign in BREAKS if (found := text.rfind(sign, int(low * LEAST), low)) >= 0), low)
    return text[:at].rstrip(), text[at:].lstrip("\n ")


def _numbered(groups: Sequence[tuple[Part, ...]]) -> list[tuple[Part, ...]]:
    if len(groups) < 2:
        return list(groups)
    return [(Small(f"({n}/{len(groups)})"), *parts) for n, parts in enumerate(groups, 1)]
