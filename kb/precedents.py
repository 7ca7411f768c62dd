"""What became of like questions: a question's confidence follows the outcomes of those before it that are near to it in meaning.

The shipped confidence knows no knowledge base in particular. Where requesters of this one ask again and again what nothing answers, or where an entry
takes another's questions, the outcomes say so at once: a Gaussian process over the questions' vectors, twice as strong again between questions with
the same best entry, corrects the log-odds. Without outcomes near by a score stays what it was. docs/decisions/0008-the-promise.md has the measurements.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST = 500  # outcomes looked at, the newest: learning from them takes a tenth of a second, and grows with the third power
EVERYWHERE = 0.25  # variance, in log-odds, of what all questions of a knowledge base share
NEAR, NEAR_SAME = 1.0, 2.0  # of what questions share that mean the same; and beside it, if their best entry is the same, too
SHARP = 4.0  # how quickly that fades with the cosine: at 0.8 it is 45 %, at 0.5 it is 14 %
_SURE = 0.999  # no share is taken to be nearer to 0 or 1
_STEPS, _CLOSE, _FARTHEST = 30, 1e-4, 3.0  # Newton's: at most so many, until they move so little; none moves further

_Array = NDArray[np.float64]
Floats = NDArray[np.float32]


class Precedent(NamedTuple):
    """A judged question. score: 0..100 as the matching gave it; entry: the best, and was it right; vector: of the question, a unit row or zeros."""

    score: float
    entry: str
    right: bool
    vector: Floats


class Precedents:
    """The judged questions of one knowledge base; fixed once made. Any thread may ask."""

    def __init__(self, known: Sequence[Precedent]) -> None:
        """known: at least one, at most MOST, vectors of one size."""
        self._vectors = np.stack([one.vector for one in known])
        self._entries = np.array([one.entry for one in known])
        right = np.array([one.right for one in known], np.float64)
        start = _odds(np.array([one.score for one in known]))
        self._pull, alone = _fitted(self._shared(self._vectors, self._entries), start, right)
        self.scores: tuple[float, ...] = tuple((100 * _share(alone)).tolist())
        """Of each precedent, 0..100, the score that all others give it: what a question that is none of them may expect."""

    def score(self, score: float, entry: str, vector: Floats) -> float:
        """What the score (0..100) of a question with this best entry becomes."""
        pull = self._shared(vector[np.newaxis], np.array([entry]))[0] @ self._pull
        return float(100 * _share(_odds(np.array([score])) + pull)[0])

    def _shared(self, vectors: Floats, entries: NDArray[np.str_]) -> _Array:
        """Covariance of these questions with the precedents, shape (questions, precedents)."""
        near = np.exp(SHARP * (np.asarray(vectors @ self._vectors.T, np.float64) - 1))
        return np.asarray(EVERYWHERE + near * (NEAR + NEAR_SAME * (entries[:, None] == self._entries)))


def _fitted(shared: _Array, start: _Array, right: _Array) -> tuple[_Array, _Array]:
    """The pull of each precedent on others, and its log-odds as they would be without itself (Laplace's approximation; a Gaussian left out is exact)."""
    odds, pull = start.copy(), np.zeros_like(start)
    for _ in range(_STEPS):
        share = _share(odds)
        weight = np.maximum(share * (1 - share), 1e-6)
        root = np.sqrt(weight)
        wanted = weight * (odds - start) + right - share
        inner = np.eye(len(odds)) + root[:, None] * shared * root
        pull = wanted - root * np.linalg.solve(inner, root * (shared @ wanted))
        step = shared @ pull + start - odds
        longest = float(np.abs(step).max())
        odds = odds + step * min(1.0, _FARTHEST / max(longest, 1e-12))
        if longest < _CLOSE:
            break
    share = _share(odds)
    weight = np.maximum(share * (1 - share), 1e-6)
    seen = odds + (right - share) / weight
    precision = np.linalg.inv(shared + np.diag(1 / weight))
    return pull, seen - precision @ (seen - start) / np.diag(precision)


def _odds(scores: _Array) -> _Array:
    share = np.clip(scores / 100, 1 - _SURE, _SURE)
    return np.asarray(np.log(share / (1 - share)))


def _share(odds: _Array) -> _Array:
    return np.asarray(np.exp(-np.logaddexp(0.0, -odds)))
