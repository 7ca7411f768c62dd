"""The texts of one language, found by their words; changed in place.

A unit is one entry's text in this language: its question and phrasings. Every word has a posting: the units that have it and how typical it is
of each. Postings grow at their end; a replaced unit's old slot is emptied and skipped, and slots are renumbered only once many are empty.
"""
from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kb.entries import Text
from kb.lexicon import weight
from kb.repair import Distance, Speller
from kb.text import tokens

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

GENERAL_TEXTS = 60  # texts of everyday language assumed beside the knowledge base, so that a rare word in a small one does not weigh too much
MANY_EMPTY = 64  # empty slots that are put up with, at least
OFTEN = 0.2  # a word in more than this share of the units does not choose candidates while rarer ones can


@dataclass(frozen=True, slots=True)
class Unit:
    """One entry in one language.

    words: numbers of each phrasing's different words, one phrasing after the other; starts: where each begins.
    kinds: the different words of all phrasings; typical: how typical each is of the unit; shares: what share of the phrasings has it.
    """

    entry_id: str
    phrasings: tuple[str, ...]
    folded: tuple[str, ...]
    words: Ints
    starts: NDArray[np.intp]
    kinds: Ints
    typical: Floats
    shares: Floats


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
        self._owners: list[array[int]] = []  # by word: the slots that have it
        self._typical: list[array[float]] = []  # beside it: how typical it is there
        self._uses: array[float] = array("d")  # by word: the sum of its typicalities
        self._prior: array[float] = array("f")
        self._weights: Floats | None = None
        self._summed: Floats | None = None

    def __len__(self) -> int:
        return len(self._slots)

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
        lengths = [len(row) for row in rows]
        starts = np.concatenate([[0], np.cumsum(lengths[:-1])]).astype(np.intp)
        words = np.concatenate(rows)
        kinds, found = np.unique(words, return_counts=True)
        counts = found.astype(np.float32)
        # Typical of the unit: what many of its phrasings have, saturating, and slower with more phrasings.
        unit = Unit(entry_id, tuple(p for p, _ in read), tuple(" ".join(kept) for _, kept in read), words, starts, kinds,
                    counts / (counts + np.float32(0.5 + 0.1 * len(rows))), counts / np.float32(len(rows)))
        for number, typical in zip(kinds.tolist(), unit.typical.tolist(), strict=True):
            self._owners[number].append(slot)
            self._typical[number].append(typical)
            self._uses[number] += typical
        self.units.append(unit)
        self._slots[entry_id] = slot
        self._weights = self._summed = None
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
        for number in unit.kinds.tolist():
            at = bisect_left(self._owners[number], slot)  # slots only grow, so the owners are in order
            self._uses[number] -= self._typical[number][at]
            del self._owners[number][at]
            del self._typical[number][at]
        self._weights = self._summed = None
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
    def weights(self) -> Floats:
        """By word number: what having it in common says. Rare here and rare in the language weighs most."""
        if self._weights is None:
            had = np.fromiter(map(len, self._owners), np.float32, len(self._owners))
            self._weights = (np.frombuffer(self._prior, np.float32) * self._rarity(had)).astype(np.float32) if len(had) else had
        return self._weights

    @property
    def uses(self) -> Floats:
        """By word number: its typicality summed over the units, what an entry's own is a share of."""
        if self._summed is None:
            self._summed = np.array(self._uses, np.float32)
        return self._summed

    @property
    def rarest(self) -> float:
        """What a word that no unit has weighs at most."""
        return float(self._rarity(0.0))

    def _rarity(self, had: Floats | float) -> Floats:
        """BM25's inverse document frequency, with everyday texts beside the knowledge base's own."""
        rarity: Floats = np.log1p((len(self._slots) + GENERAL_TEXTS - had + 0.5) / (np.asarray(had) + 1.0)).astype(np.float32)
        return rarity

    def terms(self, words: Sequence[str], repair: bool = True) -> list[Term]:
        """The question's words, each once, also when it comes in two forms.

        repair: read slips, endings and compounds as the words they may stand for; without it only words known as they are can match.
        """
        weights, unknown = self.weights, self.rarest
        found, meant = list[Term](), set[int]()
        for word in dict.fromkeys(words):
            prior = weight(word, self.lang)
            alike = self.speller.alike(word, prior < 1.0) if repair else self.speller.itself(word)
            if alike and alike[0][0] in meant:
                continue  # "password … passwords": said once
            meant.update(number for number, _ in alike[:1])
            if alike and alike[0][1] == 1.0:
                mass = float(weights[alike[0][0]])
            elif alike:
                mass = min(prior * unknown, max(float(weights[number]) for number, _ in alike))
            else:
                mass = prior * unknown
            found.append(Term(word, mass, alike))
        return found

    def candidates(self, terms: Sequence[Term], limit: int, least: float = 0.0) -> list[Unit]:
        """The units that share most with the question, at most limit, in no order. least: share of the question's mass they must have."""
        shared = np.zeros(len(self.units), np.float32)
        often = OFTEN * len(self._slots)
        usable = [term for term in terms if term.alike]
        rare = [term for term in usable if len(self._slots) < 500 or len(self._owners[term.alike[0][0]]) <= often] or usable
        for term in rare:
            for number, likeness in term.alike:
                shared[np.frombuffer(self._owners[number], np.int32)] += (term.mass * likeness) * np.frombuffer(self._typical[number], np.float32)
        slots = np.flatnonzero(shared > least * sum(term.mass for term in terms))
        if len(slots) > limit:
            slots = slots[np.argpartition(shared[slots], len(slots) - limit)[-limit:]]
        return [unit for slot in slots.tolist() if (unit := self.units[slot]) is not None]
