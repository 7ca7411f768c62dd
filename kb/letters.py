"""How alike texts are letter by letter: character n-grams, tf–idf, cosine.

Texts that share stems, names and typing slips are alike even where no whole word is the same. The texts are fixed: a list of other texts is another
`Letters`. Source of the setting (n-grams of 2 to 5 letters within words, sublinear counts): the usual "char_wb" of text classification. N-grams are
numbers (a rolling hash), so that a text is read with a few calls of numpy.
"""
from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from kb.text import normalise

SHORTEST, LONGEST = 2, 5  # letters of an n-gram, a word's edges counted as letters
READ = 300  # characters looked at; a longer question says no more

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

_SPACE = ord(" ")
_FACTOR = np.int64(1_000_003)  # of the rolling hash
_CELLS = np.int64((1 << 31) - 1)


def _grams(text: str) -> tuple[Numbers, Floats]:
    """The text's n-grams as numbers, in order, and the weight of each one's count."""
    padded = f" {normalise(text)[:READ]} "
    letters = np.frombuffer(padded.encode("utf-32-le"), np.uint32).astype(np.int64)
    inside = letters != _SPACE
    codes, whole = letters, np.ones(len(letters), bool)
    found = list[Numbers]()
    for size in range(SHORTEST, LONGEST + 1):
        codes = (codes[:-1] * _FACTOR + letters[size - 1:]) % _CELLS
        # No space but at the edges, and not the two edges alone.
        whole = whole[:-1] & (inside[size - 2:-1] if size > 2 else inside[:-1] | inside[1:])
        found.append(codes[whole])
    kinds, counts = np.unique(np.concatenate(found), return_counts=True)
    return kinds, (1 + np.log(counts)).astype(np.float32)


class Letters:
    """The n-grams of some texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        read = [_grams(text) for text in texts]
        grams = np.concatenate([kinds for kinds, _ in read]) if read else np.zeros(0, np.int64)
        rows = np.repeat(np.arange(len(texts)), [len(kinds) for kinds, _ in read])
        self._size = len(texts)
        self._kinds, columns, having = np.unique(grams, return_inverse=True, return_counts=True)
        self._rarity: Floats = (np.log((1 + len(texts)) / (1 + having)) + 1).astype(np.float32)
        weights = np.concatenate([counts for _, counts in read]) * self._rarity[columns] if read else np.zeros(0, np.float32)
        norms = np.sqrt(np.bincount(rows, weights * weights, minlength=len(texts)))
        order = np.argsort(columns, kind="stable")
        self._rows, self._weights = rows[order].astype(np.int32), (weights / np.maximum(norms[rows], 1e-9)).astype(np.float32)[order]
        self._sizes = having
        self._starts = np.cumsum(having) - having

    def like(self, text: str) -> Floats:
        """Cosine 0..1 of the text with each of the texts, shape (texts,)."""
        kinds, counts = _grams(text)
        if not len(kinds) or not len(self._kinds):
            return np.zeros(self._size, np.float32)
        places = np.minimum(np.searchsorted(self._kinds, kinds), len(self._kinds) - 1)
        known = self._kinds[places] == kinds
        places, rarest = places[known], log(1 + self._size) + 1  # what an n-gram weighs that no text has
        weights = counts[known] * self._rarity[places]
        square = float(weights @ weights) + float(np.square(counts[~known] * rarest).sum())
        sizes = self._sizes[places]
        ends = sizes.cumsum()
        runs = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(self._starts[places] - ends + sizes, sizes)
        shares = self._weights[runs] * np.repeat(weights, sizes)
        alike: Floats = (np.bincount(self._rows[runs], shares, minlength=self._size) / max(square, 1e-9) ** 0.5).astype(np.float32)
        return alike
