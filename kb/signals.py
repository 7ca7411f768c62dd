"""What candidates share with a question, each signal 0..1: plain counting, no judgement (that is kb.confidence).

All candidates are counted in one go: their words lie one after the other, with few calls of numpy for all, since a call costs more than the counting.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kb.index import OWNED, Floats, Places, Rows, Shelf, Term, Unit

VOTERS = 3  # phrasings of an entry that vote beside its best one
_WHOLLY = -log(OWNED)  # what a word adds that is wholly an entry's own

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

    columns: by word number, its row in the table; 0, which is empty, for words the question lacks. table, shape (columns, 2): mass and likeness of the
    likest word of the question. firsts: the first row, not counting the empty one, of each word of the question that has one; masses, shape
    (firsts, 1): theirs. lacking: the greatest mass of the words that have none. total, length: the sum and the Euclidean length of all masses.
    """

    columns: NDArray[np.int16]
    table: Floats
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
    reading, rows = _read(shelf, terms), shelf.rows(slots)
    columns = reading.columns.take(rows.words).astype(np.intp)
    mass, likeness = reading.table.take(columns, axis=0).T
    asked, alike, owned, centred, norms = _sums(shelf, reading, rows, mass, likeness)
    gaps, found, first = _gaps(reading, columns * len(units) + rows.units, likeness, len(units)), list[Signals](), 0
    for at, (unit, size) in enumerate(zip(units, rows.sizes.tolist(), strict=True)):
        ways = alike[first + 1:first + size]
        top = max(ways)
        best = ways.index(top)
        voters = ways if size <= VOTERS + 1 else sorted(ways)[-VOTERS:]
        found.append(Signals(
            top, sum(voters) / len(voters), asked[first], min(owned[first] / (_WHOLLY * reading.total), 1.0),
            min(centred[first] / max(sqrt(norms[first]) * reading.length, 1e-6), 1.0), order(question, unit.folded[best]) / 100.0,
            asked[first + 1 + best], gaps[at], best))
        first += size
    return found


def _sums(shelf: Shelf, reading: _Reading, rows: Rows, mass: Floats, likeness: Floats) -> list[list[float]]:
    """By row: the share of the question it has, how alike the two are; for the row of a whole unit also how much of the question it owns, its product
    with the question, and its square."""
    weight, spread = shelf.facts.take(rows.words, axis=0).T
    typical, share = rows.traits.T
    each = np.empty((6, len(rows.words)), np.float32)
    centre = np.multiply(share, weight, out=each[0])
    np.multiply(centre, likeness, out=each[1])
    np.multiply(mass, typical, out=each[2])
    np.multiply(mass, np.maximum(np.log(typical) - spread, 0.0), out=each[3])
    np.multiply(mass, centre, out=each[4])
    np.multiply(centre, centre, out=each[5])
    sums = np.add.reduceat(each, rows.starts, axis=1)
    asked = np.minimum(sums[2] / np.float32(reading.total), 1.0, out=sums[2])
    np.sqrt(asked * (sums[1] / np.maximum(sums[0], 1e-6)), out=sums[1])
    told: list[list[float]] = sums.tolist()
    return [told[2], told[1], *told[3:]]


def _gaps(reading: _Reading, cells: Places, likeness: Floats, units: int) -> list[float]:
    """By unit: the weightiest word of the question that it lacks. cells: of each word, its place in a table of columns by units."""
    found = np.zeros(len(reading.table) * units, np.float32)
    found[cells] = likeness
    likest = np.maximum.reduceat(found.reshape(-1, units)[1:], reading.firsts, axis=0)
    gaps: list[float] = ((1.0 - likest) * reading.masses).max(axis=0).tolist()
    return [max(gap, reading.lacking) / reading.total for gap in gaps]


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
    columns = np.zeros(len(shelf.facts), np.int16)
    table, firsts, heads, last = [0.0, 0.0], list[int](), list[float](), -1
    for column, (number, (likeness, at)) in enumerate(likest.items()):
        columns[number] = column + 1
        table += (likeness * masses[at], likeness)
        if at != last:
            firsts.append(column)
            heads.append(masses[at])
            last = at
    lacking = 0.0
    if len(firsts) < len(terms):
        shown = {at for _, at in likest.values()}
        lacking = max([mass for at, mass in enumerate(masses) if at not in shown])
    return _Reading(columns, np.array(table, np.float32).reshape(-1, 2), firsts, np.array(heads, np.float32).reshape(-1, 1), lacking,
                    sum(masses) or 1.0, sqrt(sum([mass * mass for mass in masses])))
