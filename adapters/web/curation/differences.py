"""What differs between two versions of an entry, field by field and word by word: pure."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from kb.entries import Entry
from kb.merging import fields

WORD_DIFF = 4000  # words in both texts together; longer ones are compared by lines
_TOKENS = re.compile(r"\s+|[^\s]+")

Pieces = tuple[tuple[str, str], ...]
"""(kind, text), kind: same, added or removed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one version against another. what: as kb.merging.fields names it."""

    what: str
    pieces: Pieces


def changes(was: Entry | None, now: Entry) -> list[Change]:
    """The fields in which two versions of an entry differ."""
    before, after = fields(was), fields(now)
    wanted = [name for name in {**before, **after} if before.get(name, "") != after.get(name, "")]
    if was is None:
        wanted = [name for name in wanted if name != "audience" or after[name] != "public"]
    return [Change(name, pieces(before.get(name, ""), after.get(name, ""))) for name in wanted]


def pieces(was: str, now: str) -> Pieces:
    """One text against another."""
    a, b = _TOKENS.findall(was), _TOKENS.findall(now)
    if len(a) + len(b) > WORD_DIFF:
        a, b = was.splitlines(keepends=True), now.splitlines(keepends=True)
    found: list[tuple[str, str]] = []
    for op, a1, a2, b1, b2 in difflib.SequenceMatcher(None, a, b).get_opcodes():
        if op == "equal":
            found.append(("same", "".join(a[a1:a2])))
        else:
            found += [(kind, text) for kind, text in (("removed", "".join(a[a1:a2])), ("added", "".join(b[b1:b2]))) if text]
    return tuple(found)
