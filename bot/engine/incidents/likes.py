"""Which questions ask for the same: by what they mean, read off the event loop and kept for a while; by their words alone without the encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kb.phrasing import cleaned, pieces, shared
from kb.precedents import Floats

KEPT = 1000  # questions; 1.5 MB
MEANING = 0.5  # cosine from which two questions are taken for the same: of a hundred pairs of everyday requests that were not, one was above it
WORDS = 0.5  # likeness of their letters from which they are, where nothing but words is known


class Meant(NamedTuple):
    """A question as it is compared. vector: None while words decide alone. letters: its three-letter pieces."""

    vector: Floats | None
    letters: frozenset[str]


class Likes:
    """What recent questions mean. read: gives the vector of a question, or None while words decide alone; some milliseconds."""

    def __init__(self, read: Callable[[str], Floats | None]) -> None:
        self._read = read
        self._known: dict[tuple[str, str], Meant] = {}
        self._wanted: dict[tuple[str, str], None] = {}

    def alike(self, question: str, others: Sequence[str], scale: str) -> list[bool] | None:
        """Which of the others ask for the same; None when some must be read first: `consider`, then ask again. scale: as Knowledge.scale."""
        keys = [(scale, text) for text in (question, *others)]
        missing = [key for key in keys if key not in self._known]
        if missing:
            self._wanted.update(dict.fromkeys(missing))
            return None
        ours, *theirs = (self._known[key] for key in keys)
        return [_same(ours, one) for one in theirs]

    def consider(self) -> None:
        """Read what was asked for. In a thread of its own."""
        for key in list(self._wanted):
            plain = cleaned(key[1]) or key[1]
            self._known[key] = Meant(self._read(plain), pieces(plain))
            self._wanted.pop(key, None)
        while len(self._known) > KEPT:
            self._known.pop(next(iter(self._known)), None)


def _same(one: Meant, other: Meant) -> bool:
    if one.vector is None or other.vector is None:
        return shared(one.letters, other.letters) >= WORDS
    return float(one.vector @ other.vector) >= MEANING
