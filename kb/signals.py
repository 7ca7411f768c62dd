"""What candidates share with a question, each signal 0..1: plain counting, no judgement (that is kb.confidence).

All candidates are counted in one go: their words lie one after the other, with few calls of numpy for all, since a call costs more than the counting.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kb.index import Floats, Shelf, Term, Unit

VOTERS = 3  # phrasings of an entry that vote beside its best one
_ABSENT = np.float32(np.log(0.02))  # logarithm of the share of a word's uses below which an entry does not own it at all

Likeness = Callable[[str, str], float]


class Signals(NamedTuple):
    """One candidate.

    alike: the question and the entry's nearest phrasing explain each other (cosine of weighted words). votes: the same, mean of the nearest three.
    typical: share of the question's weight in words that are typical of the entry. owned: the same, by how far the words are the entry's alone.
    centred: cosine of the question and the mean of all phrasings. order: letters of question and nearest phrasing in the same order.
    asked: share of the question's weight in the nearest phrasing. gap: the weightiest word of the question the entry lacks, as a share.
    best: the place of the nearest phrasing.
    """

    alike: float
    votes: float
    typical: float
    owned: float
    centred: float
    order: float
    asked: float
    gap: float
    best: int


class _Reading(NamedTuple):
    """The question against the shelf's words.

    columns: by word number, its column in the others; 0, which is empty, for words the question lacks. mass, likeness: of the likest word of the
    question. firsts: the first column of each word of the question that has one; masses: theirs. lacking: the greatest mass of the words that have
    none. total, length: the sum and the Euclidean length of all masses.
    """

    columns: NDArray[np.int16]
    mass: Floats
    likeness: Floats
    firsts: list[int]
    masses: Floats
    lacking: float
    total: float
    length: float


def compare(shelf: Shelf, terms: Sequence[Term], units: Sequence[Unit], question: str, order: Likeness) -> list[Signals]:
    """What each unit shares with the question, in their order.

    terms: the question's words, at least one of them known to the shelf; question: the same as one normalised text.
    order: how alike two texts are letter by letter, 0..100.
    """
    reading = _read(shelf, terms)
    return [Signals(alike, votes, typical, owned, centred, order(question, unit.folded[best]) / 100.0, asked, gap, best)
            for unit, (alike, votes, asked, best), (typical, owned, centred), gap
            in zip(units, _nearest(shelf, reading, units), *_whole(shelf, reading, units), strict=True)]


def _read(shelf: Shelf, terms: Sequence[Term]) -> _Reading:
    likest: dict[int, tuple[float, int]] = {}  # by number: likeness and place in the question; in the order of the places
    for at, term in enumerate(terms):
        for number, likeness in term.alike:
            known = likest.pop(number, None)
            likest[number] = (likeness, at) if known is None or likeness > known[0] else known
    ordered = sorted(likest.items(), key=lambda pair: pair[1][1])
    columns = np.zeros(shelf.facts.shape[1], np.int16)
    columns[[number for number, _ in ordered]] = np.arange(1, len(ordered) + 1)
    places = [at for _, (_, at) in ordered]
    firsts = [column for column, at in enumerate(places) if not column or at != places[column - 1]]
    shown = set(places)
    masses = [term.mass for term in terms]
    return _Reading(
        columns, np.array([0.0, *(likeness * masses[at] for _, (likeness, at) in ordered)], np.float32),
        np.array([0.0, *(likeness for _, (likeness, _) in ordered)], np.float32), firsts,
        np.array([masses[places[column]] for column in firsts], np.float32),
        max((mass for at, mass in enumerate(masses) if at not in shown), default=0.0), sum(masses) or 1.0, sum(mass * mass for mass in masses) ** 0.5)


def _nearest(shelf: Shelf, reading: _Reading, units: Sequence[Unit]) -> list[tuple[float, float, float, int]]:
    """By unit: how alike its nearest phrasing is, the votes, the share of the question that phrasing has, and its place."""
    words = np.concatenate([unit.words for unit in units])
    columns = reading.columns.take(words)
    each = np.empty((3, len(words)), np.float32)
    reading.mass.take(columns, out=each[0], mode="clip")
    shelf.facts[0].take(words, out=each[2], mode="clip")
    np.multiply(each[2], reading.likeness.take(columns), out=each[1])
    had, said, whole = np.add.reduceat(each, _starts([length for unit in units for length in unit.lengths]), axis=1)
    asked = np.minimum(had / np.float32(reading.total), 1.0)
    alike = np.sqrt(asked * (said / np.maximum(whole, 1e-6))).tolist()
    shares, found, first = asked.tolist(), [], 0
    for unit in units:
        after = first + len(unit.lengths)
        ways = alike[first:after]
        top = max(ways)
        best = ways.index(top)
        voters = ways if len(ways) <= VOTERS else sorted(ways)[-VOTERS:]
        found.append((top, sum(voters) / len(voters), shares[first + best], best))
        first = after
    return found


def _whole(shelf: Shelf, reading: _Reading, units: Sequence[Unit]) -> tuple[list[list[float]], list[float]]:
    """By unit, from all its phrasings together: typical, owned and centred; and the gap."""
    kinds = np.concatenate([unit.kinds for unit in units])
    typical, told, shares = np.concatenate([unit.traits for unit in units], axis=1)
    sizes = [len(unit.kinds) for unit in units]
    columns = reading.columns.take(kinds)
    weight, spread = shelf.facts.take(kinds, axis=1)
    mass = reading.mass.take(columns)
    centre = shares * weight
    each = np.empty((4, len(kinds)), np.float32)
    np.multiply(mass, typical, out=each[0])
    np.multiply(mass, np.maximum((told - spread) - _ABSENT, 0.0), out=each[1])
    np.multiply(mass, centre, out=each[2])
    np.multiply(centre, centre, out=each[3])
    sums = np.add.reduceat(each, _starts(sizes), axis=1)
    sums[0] /= reading.total
    sums[1] /= -_ABSENT * reading.total
    sums[2] /= np.maximum(np.sqrt(sums[3]) * reading.length, 1e-6)
    found = np.zeros((len(units), len(reading.likeness)), np.float32)
    found[np.repeat(np.arange(len(units)), sizes), columns] = reading.likeness.take(columns)
    lacks = (1.0 - np.maximum.reduceat(found[:, 1:], reading.firsts, axis=1)) * reading.masses
    gap = np.maximum(lacks.max(axis=1), reading.lacking) / reading.total
    return np.minimum(sums[:3], 1.0).T.tolist(), gap.tolist()


def _starts(lengths: Sequence[int]) -> NDArray[np.intp]:
    """Where each begins when they lie one after the other."""
    return np.fromiter(accumulate(lengths, initial=0), np.intp, len(lengths))
