"""What a matcher has to beat: rapidfuzz's scorers, BM25, and the bare sentence encoder, each with its own score as the confidence."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from kb.encoders import Encodes
from kb.text import fold
from tests.bench.sets import View

K1, B = 1.5, 0.75  # the usual ones, also bm25s's
_MARKS = re.compile(r"[^\w\s]")

Found = tuple[list[str | None], NDArray[np.float64]]
"""The best entry of each question, None for none, and its score."""
Baseline = Callable[[View], Found]


def texts(view: View) -> tuple[list[str], list[str]]:
    """All questions and phrasings, and the id of the entry of each."""
    pairs = [(way, entry.id) for entry in view.entries for text in entry.texts for way in (text.question, *text.phrasings)]
    return [way for way, _ in pairs], [owner for _, owner in pairs]


def plain(text: str) -> str:
    """Lower case, without accents and punctuation."""
    return " ".join(_MARKS.sub(" ", fold(text)).split())


def rapidfuzz(scorer: Callable[..., float]) -> Baseline:
    """The entry of the phrasing that scores highest, 0..100."""

    def found(view: View) -> Found:
        ways, owners = texts(view)
        grid = process.cdist([plain(one.text) for one in view.queries], [plain(way) for way in ways], scorer=scorer, dtype=np.float32)
        return _best(grid, owners)

    return found


def nearest(encoder: Encodes) -> Baseline:
    """The entry of the phrasing whose vector is nearest, by cosine."""

    def found(view: View) -> Found:
        ways, owners = texts(view)
        return _best(encoder.encode([one.text for one in view.queries]) @ encoder.encode(ways).T, owners)

    return found


def bm25(view: View) -> Found:
    """Okapi BM25 (Lucene's form of it), all phrasings of an entry as one document."""
    words = defaultdict[str, list[str]](list)
    for way, owner in zip(*texts(view), strict=True):
        words[owner] += plain(way).split()
    owners, counts = list(words), [Counter(of) for of in words.values()]
    usual = sum(map(len, words.values())) / max(1, len(owners))
    postings = defaultdict[str, list[tuple[int, float]]](list)
    for at, count in enumerate(counts):
        length = K1 * (1 - B + B * count.total() / usual)
        for word, times in count.items():
            postings[word].append((at, times / (times + length)))
    grid = np.zeros((len(view.queries), len(owners)))
    for row, query in zip(grid, view.queries, strict=True):
        for word in plain(query.text).split():
            if held := postings.get(word):
                rarity = np.log(1 + (len(owners) - len(held) + 0.5) / (len(held) + 0.5))
                row[[at for at, _ in held]] += rarity * np.array([weight for _, weight in held])
    return _best(grid, owners)


def _best(grid: NDArray[Any], owners: Sequence[str]) -> Found:
    best = grid.argmax(axis=1)
    return [owners[at] for at in best.tolist()], grid[np.arange(len(grid)), best].astype(np.float64)


LEXICAL: dict[str, Baseline] = {"rapidfuzz token_set": rapidfuzz(fuzz.token_set_ratio), "rapidfuzz WRatio": rapidfuzz(fuzz.WRatio), "BM25": bm25}
