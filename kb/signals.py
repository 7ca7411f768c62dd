"""What candidates share with a question, each signal 0..1: plain counting on numpy, no judgement (that is kb.confidence)."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.index import Floats, Ints, Shelf, Term, Unit

VOTERS = 3  # phrasings of an entry that vote beside its best one
_ABSENT = 0.02  # share of a word's uses below which an entry does not own it at all


@dataclass(frozen=True, slots=True)
class Signals:
    """One number a candidate in each array.

    alike: the question and the entry's nearest phrasing explain each other (cosine of weighted words). votes: the same, mean of the nearest three.
    typical: share of the question's weight in words that are typical of the entry. owned: the same, by how far the words are the entry's alone.
    centred: cosine of the question and the mean of all phrasings. order: letters of question and nearest phrasing in the same order.
    asked: share of the question's weight in the nearest phrasing. gap: the weightiest word of the question the entry lacks, as a share.
    """

    alike: Floats
    votes: Floats
    typical: Floats
    owned: Floats
    centred: Floats
    order: Floats
    asked: Floats
    gap: Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """The question against the shelf's words: by word number, its likeness to a word of the question, that word's place and its mass."""

    likeness: Floats
    term: Ints
    mass: Floats
    masses: Floats  # by place of the word
    total: float

    @classmethod
    def of(cls, shelf: Shelf, terms: Sequence[Term]) -> Reading:
        """Of each known word the likest word of the question counts."""
        likeness, place = np.zeros(len(shelf.weights), np.float32), np.zeros(len(shelf.weights), np.int32)
        for at, term in enumerate(terms):
            for number, value in term.alike:
                if value > likeness[number]:
                    likeness[number], place[number] = value, at
        masses = np.array([term.mass for term in terms], np.float32)
        return cls(likeness, place, likeness * masses[place], masses, float(masses.sum()) or 1.0)


def nearest(shelf: Shelf, reading: Reading, units: Sequence[Unit]) -> tuple[list[int], Floats, Floats, Floats]:
    """By unit: the place of its nearest phrasing, how alike that is, the votes, and the share of the question it holds."""
    words = np.concatenate([unit.words for unit in units])
    starts = _starts([unit.starts for unit in units], [len(unit.words) for unit in units])
    weight = shelf.weights[words]
    asked = np.minimum(np.add.reduceat(reading.mass[words], starts) / np.float32(reading.total), 1.0)
    said = np.add.reduceat(weight * reading.likeness[words], starts) / np.maximum(np.add.reduceat(weight, starts), 1e-6)
    alike = np.sqrt(asked * said)
    sizes = np.array([len(unit.starts) for unit in units])
    firsts = np.cumsum(sizes) - sizes
    table = np.full((len(units), max(VOTERS, int(sizes.max()))), 0.0, np.float32)  # by unit and place, 0 where it has no more phrasings
    row = np.repeat(np.arange(len(units)), sizes)
    table[row, np.arange(len(alike)) - firsts[row]] = alike
    best = table.argmax(axis=1)
    votes = np.partition(table, -VOTERS, axis=1)[:, -VOTERS:].sum(axis=1) / np.minimum(sizes, VOTERS).astype(np.float32)
    top = firsts + best
    return best.tolist(), alike[top], votes, asked[top]


def whole(shelf: Shelf, reading: Reading, units: Sequence[Unit]) -> tuple[Floats, Floats, Floats, Floats]:
    """By unit, from all its phrasings together: typical, owned, centred, gap."""
    words = np.concatenate([unit.kinds for unit in units])
    typical = np.concatenate([unit.typical for unit in units])
    shares = np.concatenate([unit.shares for unit in units])
    sizes = np.array([len(unit.kinds) for unit in units])
    starts = np.cumsum(sizes) - sizes
    mass, weight = reading.mass[words], shelf.weights[words]
    total = np.float32(reading.total)
    own = np.maximum(np.log(typical / (shelf.uses[words] + 0.3) / _ABSENT), 0.0) / np.float32(-np.log(_ABSENT))
    centre = shares * weight
    length = np.sqrt(np.add.reduceat(centre * centre, starts)) * np.sqrt(float(np.dot(reading.masses, reading.masses)))
    found = np.zeros((len(units), len(reading.masses)), np.float32)
    hits = np.flatnonzero(mass)
    np.maximum.at(found, (np.repeat(np.arange(len(units)), sizes)[hits], reading.term[words[hits]]), reading.likeness[words[hits]])
    gap = ((1.0 - found) * reading.masses).max(axis=1) / total
    return (np.minimum(np.add.reduceat(mass * typical, starts) / total, 1.0), np.minimum(np.add.reduceat(mass * own, starts) / total, 1.0),
            np.minimum(np.add.reduceat(mass * centre, starts) / np.maximum(length, 1e-6), 1.0), gap)


def _starts(each: Sequence[NDArray[np.intp]], lengths: Sequence[int]) -> NDArray[np.intp]:
    """Starts within each unit to starts within all of them in a row."""
    offsets = np.cumsum([0, *lengths[:-1]])
    starts: NDArray[np.intp] = np.concatenate(each) + np.repeat(offsets, [len(one) for one in each])
    return starts
