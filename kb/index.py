"""The texts of one language, found by their words; changed in place.

A unit is one entry's text in this language: its question and phrasings. Every word has a posting: the units that have it and how typical it is
of each. Postings grow at their end; a replaced unit's old slot is emptied and skipped, and slots are renumbered only once many are empty.
"""
from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kb.entries import Text
from kb.lexicon import weight
from kb.repair import Distance, Speller
from kb.text import tokens

Floats = NDArray[np.float32]
Places = NDArray[np.intp]

GENERAL_TEXTS = 60  # texts of everyday language assumed beside the knowledge base, so that a rare word in a small one does not weigh too much
MANY_EMPTY = 64  # empty slots that are put up with, at least
FEWEST_USES = 0.3  # added to a word's uses, so that one said once in passing is not owned whole
OWNED = 0.02  # share of a word's uses from which on an entry owns some of it
CACHED_TERMS = 5_000  # words of questions kept as read, a language; all are read anew when the index changes
CACHED_LETTERS = 40  # longer words are not kept
OFTEN = 0.2  # a word in more than this share of the units does not choose candidates while rarer ones can


@dataclass(frozen=True, slots=True)
class Unit:
    """One entry in one language. folded: its phrasings, normalised."""

    entry_id: str
    phrasings: tuple[str, ...]
    folded: tuple[str, ...]


class Rows(NamedTuple):
    """The words of some units, row after row; the rows of a unit are its different words, then those of each phrasing.

    words: numbers; traits, shape (words, 2): how typical each is of its unit and what share of the phrasings has it, 1 in the rows of phrasings.
    units: the place of each word's unit. starts: where each row begins; sizes: rows a unit.
    """

    words: Places
    traits: Floats
    units: Places
    starts: Places
    sizes: Places


class Term(NamedTuple):
    """A word of the question: what it weighs, and the numbers and likeness of the known words it may stand for."""

    word: str
    mass: float
    alike: tuple[tuple[int, float], ...]


class Shelf:
    """The units of one language."""

    def __init__(self, lang: str, distance: Distance) -> None:
        self.lang = lang
        self._distance = distance
        self._clear()

    def _clear(self) -> None:
        self.speller = Speller(self._distance)
        self.units: list[Unit | None] = []
        self._slots: dict[str, int] = {}
        # The rows of all units (see Rows) in the order of the slots; the lists of starts have one more for the end.
        self._words, self._traits = array("i"), array("f")
        self._rows, self._unit_rows = array("i", [0]), array("i", [0])
        self._owners: list[array[int]] = []  # by word: the slots that have it
        self._typical: list[array[float]] = []  # beside it: how typical it is there
        self._uses: array[float] = array("d")  # by word: the sum of its typicalities
        self._prior: array[float] = array("f")
        self._spans: Places | None = None  # by slot, shape (slots, 4): first row, rows, first word, words
        self._facts: Floats | None = None
        self.rarest = 0.0  # what a word that no unit has weighs at most
        self._terms: dict[tuple[str, bool], Term] = {}
        self._postings: dict[int, tuple[Places, Floats]] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def copy(self) -> Shelf:
        """One that holds the same and is changed apart from this one."""
        twin = Shelf(self.lang, self._distance)
        twin.speller, twin.units, twin._slots = self.speller.copy(), list(self.units), dict(self._slots)
        twin._words, twin._traits, twin._rows, twin._unit_rows = self._words[:], self._traits[:], self._rows[:], self._unit_rows[:]
        twin._owners, twin._typical = [slots[:] for slots in self._owners], [values[:] for values in self._typical]
        twin._uses, twin._prior = self._uses[:], self._prior[:]
        return twin

    def put(self, entry_id: str, text: Text) -> Unit | None:
        """Add or replace the entry's text; its unit, None when it has no words."""
        self.remove(entry_id)
        return self._place(entry_id, dict.fromkeys((text.question, *text.phrasings)))

    def _place(self, entry_id: str, phrasings: Iterable[str]) -> Unit | None:
        read = [(phrasing, kept) for phrasing in phrasings if (kept := tokens(phrasing))]
        if not read:
            return None
        slot = len(self.units)
        rows = [np.fromiter(dict.fromkeys(map(self._number, kept)), np.int32) for _, kept in read]
        words = np.concatenate(rows)
        kinds, found = np.unique(words, return_counts=True)
        counts = found.astype(np.float32)
        # Typical of the unit: what many of its phrasings have, saturating, and slower with more phrasings.
        typical = counts / (counts + np.float32(0.5 + 0.1 * len(rows)))
        self._words.frombytes(np.concatenate([kinds, words]).tobytes())
        traits = np.ones((len(kinds) + len(words), 2), np.float32)
        traits[:len(kinds), 0], traits[:len(kinds), 1] = typical, counts / np.float32(len(rows))
        self._traits.frombytes(traits.tobytes())
        self._rows.extend(accumulate(map(len, rows), initial=self._rows[-1] + len(kinds)))
        self._unit_rows.append(len(self._rows) - 1)
        for number, value in zip(kinds.tolist(), typical.tolist(), strict=True):
            self._owners[number].append(slot)
            self._typical[number].append(value)
            self._uses[number] += value
        unit = Unit(entry_id, tuple(p for p, _ in read), tuple(" ".join(kept) for _, kept in read))
        self.units.append(unit)
        self._slots[entry_id] = slot
        self._facts = self._spans = None
        return unit

    def _number(self, word: str) -> int:
        number = self.speller.add(word)
        if number == len(self._owners):
            self._owners.append(array("i"))
            self._typical.append(array("f"))
            self._uses.append(0.0)
            self._prior.append(weight(word, self.lang))
        return number

    def remove(self, entry_id: str) -> Unit | None:
        """Take the entry off the shelf; the unit it had, if any."""
        slot = self._slots.pop(entry_id, None)
        if slot is None:
            return None
        unit = self.units[slot]
        assert unit is not None
        self.units[slot] = None
        row = self._unit_rows[slot]
        for number in self._words[self._rows[row]:self._rows[row + 1]]:
            at = bisect_left(self._owners[number], slot)  # slots only grow, so the owners are in order
            self._uses[number] -= self._typical[number][at]
            del self._owners[number][at]
            del self._typical[number][at]
        self._facts = self._spans = None
        if len(self.units) - len(self._slots) > max(MANY_EMPTY, len(self._slots)):
            self._renumber()
        return unit

    def _renumber(self) -> None:
        """Lay the shelf anew without the empty slots."""
        kept = [unit for unit in self.units if unit is not None]
        self._clear()
        for unit in kept:
            self._place(unit.entry_id, unit.phrasings)

    @property
    def facts(self) -> Floats:
        """By word number, shape (words, 2): what having it in common says (rare here and rare in the language weighs most), and the logarithm of how
        typical it must be of an entry for the entry to own any of it."""
        if self._facts is None:
            had = np.fromiter(map(len, self._owners), np.float32, len(self._owners))
            uses = np.array(self._uses, np.float32) + FEWEST_USES
            self._facts = np.stack([np.array(self._prior, np.float32) * self._rarity(had), np.log(OWNED * uses)], axis=1)
            self.rarest = float(self._rarity(np.zeros(1, np.float32))[0])
            self._terms.clear()
            self._postings.clear()
        return self._facts

    def _rarity(self, had: Floats) -> Floats:
        """BM25's inverse document frequency, with everyday texts beside the knowledge base's own."""
        rarity: Floats = np.log1p((len(self._slots) + GENERAL_TEXTS - had + 0.5) / (had + 1.0)).astype(np.float32)
        return rarity

    def terms(self, words: Sequence[str], repair: bool = True) -> list[Term]:
        """The question's words, each once, also when it comes in two forms.

        repair: read slips, endings and compounds as the words they may stand for; without it only words known as they are can match.
        """
        weights = self.facts[:, 0]
        found, meant = list[Term](), set[int]()
        for word in dict.fromkeys(words):
            term = self._terms.get((word, repair)) or self._read(word, repair, weights)
            if term.alike:
                if term.alike[0][0] in meant:
                    continue  # "password … passwords": said once
                meant.add(term.alike[0][0])
            found.append(term)
        return found

    def _read(self, word: str, repair: bool, weights: Floats) -> Term:
        prior = weight(word, self.lang)
        alike = self.speller.alike(word, prior < 1.0) if repair else self.speller.itself(word)
        if alike and alike[0][1] == 1.0:
            mass = float(weights[alike[0][0]])
        elif alike:
            mass = min(prior * self.rarest, max(float(weights[number]) for number, _ in alike))
        else:
            mass = prior * self.rarest
        term = Term(word, mass, alike)
        if len(word) <= CACHED_LETTERS:
            if len(self._terms) >= CACHED_TERMS:
                self._terms.clear()
            self._terms[word, repair] = term
        return term

    def candidates(self, terms: Sequence[Term], limit: int, least: float = 0.0) -> Places:
        """The slots of the units that share most with the question, at most limit. least: share of the question's mass they must have."""
        often = OFTEN * len(self._slots)
        usable = [term for term in terms if term.alike]
        rare = [term for term in usable if len(self._slots) < 500 or len(self._owners[term.alike[0][0]]) <= often] or usable
        owners, values, top, heaviest = list[Places](), list[Floats](), 0.0, None
        for term in rare:
            for number, likeness in term.alike:
                if self._owners[number]:
                    having, typical = self._posting(number)
                    owners.append(having)
                    values.append(typical * np.float32(term.mass * likeness))
                    if term.mass * likeness > top and len(having) >= limit:
                        top, heaviest = term.mass * likeness, having
        if not owners:
            return np.zeros(0, np.intp)
        shared = np.bincount(np.concatenate(owners), np.concatenate(values), len(self.units))
        floor = least * sum([term.mass for term in terms]) if least else 0.0
        bar = 0.0
        if heaviest is not None:  # the units that have the weightiest word set a bar for all, so that only a few have to be put in order
            rivals = shared.take(heaviest)
            rivals.partition(len(rivals) - limit)
            bar = float(rivals[-limit])
        slots = np.flatnonzero(shared >= bar if bar > floor else shared > floor)
        if len(slots) > limit:
            slots = slots.take((-shared.take(slots)).argsort(kind="stable")[:limit])
        return slots

    def _posting(self, number: int) -> tuple[Places, Floats]:
        """The slots that have the word, and how typical it is of each; kept until the index changes."""
        found = self._postings.get(number)
        if found is None:
            found = self._postings[number] = np.array(self._owners[number], np.intp), np.array(self._typical[number], np.float32)
        return found

    def rows(self, slots: Places) -> Rows:
        """What these units are made of."""
        if self._spans is None:
            unit_rows, rows = np.array(self._unit_rows, np.intp), np.array(self._rows, np.intp)
            self._spans = np.stack([unit_rows[:-1], np.diff(unit_rows), rows[unit_rows[:-1]], np.diff(rows[unit_rows])], axis=1)
        row, sizes, begin, length = self._spans.take(slots, axis=0).T
        places, shift, units = _runs(begin, length)
        chosen, _, row_units = _runs(row, sizes)
        starts = np.frombuffer(self._rows, np.int32).take(chosen) - shift.take(row_units)
        words = np.frombuffer(self._words, np.int32).take(places).astype(np.intp)
        return Rows(words, np.frombuffer(self._traits, np.float32).reshape(-1, 2).take(places, axis=0), units, starts, sizes)


def _runs(firsts: Places, sizes: Places) -> tuple[Places, Places, Places]:
    """The places of several runs, one run after the other; by how much each run's are greater than where they now lie; which run each is of."""
    ends = sizes.cumsum()
    shift: Places = np.subtract(firsts, ends) + sizes
    runs = np.arange(len(sizes)).repeat(sizes)
    return np.arange(len(runs)) + shift.take(runs), shift, runs
