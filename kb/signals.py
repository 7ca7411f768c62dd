"""What candidates share with a question, each signal 0..1: plain counting, no judgement (that is kb.confidence).

All candidates are counted in one go: their words lie one after the other, with few calls of numpy for all, since a call costs more than the counting.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kb.index import Floats, Places, Shelf, Term, Unit

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
    question. firsts: the first column of each word of the question that has one; masses, shape (firsts, 1): theirs. lacking: the greatest mass of
    the words that have none. total, length: the sum and the Euclidean length of all masses.
    """

    columns: NDArray[np.int16]
    mass: Floats
    likeness: Floats
    firsts: list[int]
    masses: Floats
    lacking: float
    total: float
    length: float


def compare(shelf: Shelf, terms: Sequence[Term], slots: Places, units: Sequence[Unit], question: str, order: Likeness) -> list[Signals]:
    """What each unit shares with the question, in their order.

    terms: the question's words, at least one of them known to the shelf; slots: the units' on the shelf; question: the same as one normalised text.
    order: how alike two texts are letter by letter, 0..100.
    """
    reading = _read(shelf, terms)
    return [Signals(alike, votes, typical, owned, centred, order(question, unit.folded[best]) / 100.0, asked, gap, best)
            for unit, (alike, votes, asked, best), (typical, owned, centred), gap
            in zip(units, _nearest(shelf, reading, slots), *_whole(shelf, reading, slots), strict=True)]


def _read(shelf: Shelf, terms: Sequence[Term]) -> _Reading:
    likest: dict[int, tuple[float, int]] = {}  # by number: likeness and place in the question; in the order of the places
    for at, term in enumerate(terms):
        for number, likeness in term.alike:
            known = likest.get(number)
            if known is not None:
                if likeness <= known[0]:
                    continue
                del likest[number]
            likest[number] = (likeness, at)
    masses = [term.mass for term in terms]
    table, firsts, heads, last = [[0.0, 0.0]], list[int](), list[list[float]](), -1
    for column, (likeness, at) in enumerate(likest.values()):
        table.append([likeness * masses[at], likeness])
        if at != last:
            firsts.append(column)
            heads.append([masses[at]])
            last = at
    columns = np.zeros(len(shelf.facts), np.int16)
    columns[list(likest)] = range(1, len(table))
    lacking = 0.0
    if len(firsts) < len(terms):
        shown = {at for _, at in likest.values()}
        lacking = max([mass for at, mass in enumerate(masses) if at not in shown])
    mass, likely = np.array(table, np.float32).T
    return _Reading(columns, mass, likely, firsts, np.array(heads, np.float32), lacking, sum(masses) or 1.0, sum([mass * mass for mass in masses]) ** 0.5)


def _nearest(shelf: Shelf, reading: _Reading, slots: Places) -> list[tuple[float, float, float, int]]:
    """By unit: how alike its nearest phrasing is, the votes, the share of the question that phrasing has, and its place."""
    words, starts, sizes = shelf.ways(slots)
    columns = reading.columns.take(words).astype(np.intp)
    each = np.empty((3, len(words)), np.float32)
    weight = shelf.facts[:, 0].take(words)
    each[0] = reading.mass.take(columns)
    each[1] = weight * reading.likeness.take(columns)
    each[2] = weight
    had, said, whole = np.add.reduceat(each, starts, axis=1)
    asked = np.minimum(had / np.float32(reading.total), 1.0)
    alike = np.sqrt(asked * (said / np.maximum(whole, 1e-6))).tolist()
    shares, found, first = asked.tolist(), [], 0
    for size in sizes.tolist():
        ways = alike[first:first + size]
        top = max(ways)
        best = ways.index(top)
        voters = ways if size <= VOTERS else sorted(ways)[-VOTERS:]
        found.append((top, sum(voters) / len(voters), shares[first + best], best))
        first += size
    return found


def _whole(shelf: Shelf, reading: _Reading, slots: Places) -> tuple[list[list[float]], list[float]]:
    """By unit, from all its phrasings together: typical, owned and centred; and the gap."""
    words, traits, starts, rows = shelf.kinds(slots)
    columns = reading.columns.take(words).astype(np.intp)
    mass = reading.mass.take(columns)
    weight, spread = shelf.facts.take(words, axis=0).T
    typical, told, shares = traits.T
    centre = shares * weight
    each = np.empty((4, len(words)), np.float32)
    each[0] = typical
    np.maximum(told - spread - _ABSENT, 0.0, out=each[1])
    each[2] = centre
    each[:3] *= mass
    np.multiply(centre, centre, out=each[3])
    sums = np.add.reduceat(each, starts, axis=1)
    scale = np.empty((3, len(slots)), np.float32)
    scale[0], scale[1] = reading.total, -_ABSENT * reading.total
    np.maximum(np.sqrt(sums[3]) * np.float32(reading.length), 1e-6, out=scale[2])
    found = np.zeros(len(reading.likeness) * len(slots), np.float32)  # by column and unit
    found[columns * len(slots) + rows] = reading.likeness.take(columns)
    likest = np.maximum.reduceat(found.reshape(-1, len(slots))[1:], reading.firsts, axis=0)
    gap = np.maximum(((1.0 - likest) * reading.masses).max(axis=0), reading.lacking) / np.float32(reading.total)
    return np.minimum(sums[:3] / scale, 1.0).T.tolist(), gap.tolist()
