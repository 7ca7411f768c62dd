"""What the phrasings of a knowledge base teach, where it is small enough to learn from in seconds: classifiers over vectors and letters.

Four regressions (kb.fitting) see different things: vectors alone, which cross languages; vectors and letters, for questions in the language of the
phrasings; and for English the same with the English encoder, and that encoder with letters alone. The settings were compared on public question sets:
docs/decisions/0009-matching-by-meaning.md
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kb.fitting import fit, softmax
from kb.letters import Letters
from kb.rows import ENGLISH, Rows
from kb.weighing import FACTS, MOST_LEAD, ORDER, RIVALS, SURE

Floats = NDArray[np.float32]

SHRINK = 0.03  # of the regressions; 0.01 to 0.05 gave the same
MOST_WORK = 6e8  # phrasings² × entries that are still learned from: some seconds on one core
WHOLE = 0.9  # share of the entries that must have an English text for the English encoder to judge between them
OWN = 3.0  # phrasings that the knowledge base's mean counts as, where an entry's own likeness to itself is estimated


class Views(NamedTuple):
    """A question against every entry, each of shape (entries,).

    spread: log-probabilities by name of regression; near: likeness by name. best: of each entry, its nearest row.
    """

    spread: Mapping[str, Floats]
    near: Mapping[str, Floats]
    best: NDArray[np.intp]


class Glance(NamedTuple):
    """The likeliest entry of many questions, each of shape (questions,). names: its id; shares: how likely it is, 0..1."""

    names: NDArray[np.str_]
    shares: Floats


def is_small(rows: Rows) -> bool:
    """Whether there is little enough to learn from."""
    return len(rows.entries) > 1 and len(rows.rows) ** 2 * len(rows.entries) <= MOST_WORK


class Learned:
    """Fixed once made; another set of phrasings is another object, made quickly from this one's coefficients."""

    def __init__(self, rows: Rows, vectors: Floats, english: Floats | None, before: Learned | None = None) -> None:
        """vectors: of all rows; english: of the English rows, in their order, None without that encoder or with too few English texts."""
        self.rows, self._vectors = rows, vectors
        self._langs = np.array([row.lang for row in rows.rows])
        self._kinds, self._kind_of = np.unique(self._langs, return_inverse=True)
        self._mean = vectors.mean(axis=0)
        self._centred = _unit(vectors - self._mean)
        self._letters = Letters(rows.texts())
        self._centres = _unit(np.add.reduceat(vectors, rows.starts, axis=0))
        self.typical = _typical(vectors @ vectors.T, rows.owners, len(rows.entries))
        self._english = english
        self._among = np.flatnonzero(self._langs == ENGLISH) if english is not None else np.zeros(0, np.intp)
        alike = self._letters_alike()
        plain = self._centred @ self._centred.T
        kernels = {"plain": 2 * plain, "lettered": plain + 2 * alike}
        if english is not None:
            owners = rows.owners[self._among]
            self._english_centres = _unit(_summed(english, owners, len(rows.entries)))
            own = english @ english.T
            self.typical_english = _typical(own, owners, len(rows.entries))
            letters = alike[np.ix_(self._among, self._among)]
            kernels["english"] = 1.5 * own + 0.5 * letters
            kernels["joint"] = plain[np.ix_(self._among, self._among)] + kernels["english"]
        self._taught = {name: self._fit(name, kernel.astype(np.float32), before) for name, kernel in kernels.items()}

    def _letters_alike(self) -> Floats:
        """Of each two rows in the same language; texts in two languages share letters by chance."""
        alike = np.stack([self._letters.like(row.text) for row in self.rows.rows])
        same = self._langs[:, None] == self._langs[None, :]
        found: Floats = np.where(same, (alike + alike.T) / 2, np.float32(0))
        return found

    def _fit(self, name: str, kernel: Floats, before: Learned | None) -> Floats:
        places = np.arange(len(self.rows.rows)) if len(kernel) == len(self.rows.rows) else self._among
        return fit(kernel, self.rows.owners[places], len(self.rows.entries), SHRINK, self._start(name, places, before))

    def _start(self, name: str, places: NDArray[np.intp], before: Learned | None) -> Floats | None:
        """The coefficients of the last time, for the rows and entries that were there."""
        if before is None or name not in before._taught:
            return None
        old = before._taught[name]
        taught = before.rows.rows if len(old) == len(before.rows.rows) else [before.rows.rows[place] for place in before._among]
        row_of = {row: place for place, row in enumerate(taught)}
        column_of = {entry: place for place, entry in enumerate(before.rows.entries)}
        columns = [(place, column_of[entry]) for place, entry in enumerate(self.rows.entries) if entry in column_of]
        start = np.zeros((len(places), len(self.rows.entries)), np.float32)
        kept = [(at, row_of[row]) for at, place in enumerate(places) if (row := self.rows.rows[place]) in row_of]
        if kept and columns:
            into, of = np.array(kept).T
            here, there = np.array(columns).T
            start[np.ix_(into, here)] = old[np.ix_(of, there)]
        return start

    def compare(self, text: str, vector: Floats, english: Floats | None, odds: Mapping[str, float]) -> Views:
        """The question against every entry. vector, english: its vectors; odds: language -> probability, which weighs letters."""
        rows, count = self.rows, len(self.rows.entries)
        weights = np.array([min(1.0, 2 * odds.get(lang, 0.0)) for lang in self._kinds.tolist()], np.float32)
        letters = self._letters.like(text) * weights[self._kind_of]
        cosines = self._vectors @ vector
        plain = self._centred @ _unit((vector - self._mean)[None])[0]
        spread = {"plain": _logs(2 * plain @ self._taught["plain"]), "lettered": _logs((plain + 2 * letters) @ self._taught["lettered"])}
        near = {"near": np.maximum.reduceat(cosines, rows.starts), "apart": np.maximum.reduceat(plain, rows.starts), "centre": self._centres @ vector,
                "letters": np.maximum.reduceat(letters, rows.starts)}
        judged = cosines
        if english is not None and self._english is not None:
            own = self._english @ english
            seen = 1.5 * own + 0.5 * letters[self._among]
            spread["english"] = _logs(seen @ self._taught["english"])
            spread["joint"] = _logs((plain[self._among] + seen) @ self._taught["joint"])
            near["english near"] = highest(own, rows.owners[self._among], count)
            near["english centre"] = self._english_centres @ english
            judged = cosines.copy()
            judged[self._among] += own
        order = np.lexsort((-judged, rows.owners))
        return Views(spread, near, order[rows.starts])


    def glance(self, vectors: Floats) -> Glance:
        """Many questions against every entry, by their vectors alone, as if each were in another language than the entries. vectors: unit rows."""
        rows, weights = self.rows, dict(zip(FACTS["other"], SURE["other"][1:], strict=True))
        cosines: Floats = vectors @ self._vectors.T
        plain: Floats = _unit(vectors - self._mean) @ self._centred.T
        near, apart = np.maximum.reduceat(cosines, rows.starts, axis=1), np.maximum.reduceat(plain, rows.starts, axis=1)
        centre, told = vectors @ self._centres.T, ORDER["other"]
        strengths: Floats = told["plain"] * _logs(2 * plain @ self._taught["plain"]) + told["apart"] * apart + told["centre"] * centre
        best, each = strengths.argmax(axis=1), np.arange(len(vectors))
        second = np.partition(strengths, -2, axis=1)[:, -2]
        share = np.clip(softmax(strengths)[each, best], 1e-6, 1 - 1e-6)
        others = np.sort(near, axis=1)[:, -RIVALS - 1:-1].mean(axis=1)
        found = {"share": np.log(share / (1 - share)) / 4, "lead": np.minimum(strengths[each, best] - second, MOST_LEAD) / 3, "near": near[each, best],
                 "usual": near[each, best] - self.typical[best], "centre": centre[each, best], "apart": near[each, best] - others}
        logits = SURE["other"][0] + sum(weights[name] * values for name, values in found.items())
        return Glance(np.array(rows.entries)[best], (1 / (1 + np.exp(-logits))).astype(np.float32))


def _unit(rows: Floats) -> Floats:
    found: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return found


def _logs(logits: Floats) -> Floats:
    """Log-probabilities, none below a millionth: beyond that they say nothing."""
    found: Floats = np.log(np.maximum(softmax(logits), 1e-6))
    return found


def _summed(rows: Floats, owners: NDArray[np.intp], count: int) -> Floats:
    total = np.zeros((count, rows.shape[1]), np.float32)
    np.add.at(total, owners, rows)
    return total


def highest(values: Floats, owners: NDArray[np.intp], count: int) -> Floats:
    """Of each of `count` owners, its highest value; 0 where it has none above."""
    found = np.zeros(count, np.float32)
    np.maximum.at(found, owners, values)
    return found


def _typical(cosines: Floats, owners: NDArray[np.intp], count: int) -> Floats:
    """Of each entry, how near its phrasings are to the nearest other one of their own; entries with few phrasings lean on the others' mean."""
    own = np.where((owners[:, None] == owners[None, :]) & ~np.eye(len(owners), dtype=bool), cosines, -1.0)
    nearest = own.max(axis=1)
    told = nearest > -1.0
    mean = float(nearest[told].mean()) if told.any() else 0.65
    sums, sizes = np.bincount(owners[told], nearest[told], count), np.bincount(owners[told], minlength=count)
    found: Floats = ((sums + OWN * mean) / (sizes + OWN)).astype(np.float32)
    return found
