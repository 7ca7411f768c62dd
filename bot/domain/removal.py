"""Takes what belongs to one person out of words that others shall read, and leaves a mark in each place: rather too much than too little here,
for whoever looks over it may write what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bot.domain import personal
from bot.domain.personal import Span

Removed = Literal["card", "iban", "secret", "national_id", "phone", "email", "health", "name", "number"]
KINDS: tuple[Removed, ...] = get_args(Removed)

_MAIL = re.compile(r"(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
_PHONE = re.compile(r"(?<![\w.+/-])(?:\+|00?)\(?[0-9](?:[ ()/-]?[0-9()]){7,16}(?![\w-]|\.[0-9])")  # as it is written to be dialled
_NUMBER = re.compile(r"(?<![\w./=-])#?[0-9]{6,}(?![\w-]|[.,][0-9])")  # of a customer, a member of staff, an order


@dataclass(frozen=True, slots=True)
class Cleared:
    """text: with a mark for each thing that was taken out. removed: what each was, in the text's order."""

    text: str
    removed: tuple[Removed, ...] = ()


def cleared(text: str, names: Iterable[str], mark: Callable[[Removed], str]) -> Cleared:
    """The text without personal and secret matter, and without these names. mark: what stands in place of each kind."""
    shown: list[str] = []
    removed: list[Removed] = []
    end = 0
    for kind, (begin, until) in _apart(sorted(_places(text, names), key=lambda one: (one[1][0], -one[1][1]))):
        shown += [text[end:begin], mark(kind)]
        removed.append(kind)
        end = until
    return Cleared("".join([*shown, text[end:]]), tuple(removed))


def _places(text: str, names: Iterable[str]) -> Iterator[tuple[Removed, Span]]:
    yield from personal.places_in(text)
    for kind, pattern in (("email", _MAIL), ("phone", _PHONE), ("number", _NUMBER)):
        yield from ((kind, found.span()) for found in pattern.finditer(text))  # type: ignore[misc]
    for name in names:
        if name.strip():
            yield from (("name", found.span()) for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text))


def _apart(places: Sequence[tuple[Removed, Span]]) -> Iterator[tuple[Removed, Span]]:
    """Each that does not overlap with one before."""
    end = 0
    for kind, (begin, until) in places:
        if begin >= end:
            yield kind, (begin, until)
            end = until
