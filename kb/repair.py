"""Misspelt, inflected and compound words: which known words a typed one may stand for.

The known words are those of the knowledge base, since no other could match. Words one edit away are found through a delete-1 index (two words
within one edit share a form with one letter left out), kept as sorted hashes: about 60 bytes a word. Inflections share a beginning, and are
found in the sorted word list; compounds ("Netzwerkdrucker") begin or end with a known word.
"""
from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

SHORTEST_REPAIRED = 3  # letters; two letters are one edit from everything
SHORTEST_STEM = 4
SHORTEST_PART = 5  # letters of a compound's part
ALIKE_LIMIT = 8  # words one may stand for
SLIP = 0.88  # likeness of an unknown word to a known one that is one slip away
DOUBLE_SLIP = 0.7  # two slips, in words of LONG letters or more
LONG = 7
PART = 0.65  # likeness of a compound to the known word in it

Distance = Callable[[str, str], int]
Alike = tuple[tuple[int, float], ...]


def _deletes(word: str) -> list[int]:
    """Hashes of the word and of every form with one letter left out."""
    forms = {word, *(word[:i] + word[i + 1:] for i in range(len(word)))}
    return [crc32(form.encode("utf-8", "replace")) for form in forms]


class Speller:
    """Known words with numbers, and the ones a typed word may stand for."""

    def __init__(self, distance: Distance) -> None:
        """distance: edits between two words, a swap of neighbours counted as one."""
        self._distance = distance
        self.numbers: dict[str, int] = {}
        self.words: list[str] = []
        self._sorted: list[str] = []
        self._hashes: NDArray[np.uint32] = np.zeros(0, np.uint32)
        self._owners: NDArray[np.int32] = np.zeros(0, np.int32)
        self._fresh: dict[int, list[int]] = {}

    def copy(self) -> Speller:
        """One that knows the same words and learns apart from this one."""
        twin = Speller(self._distance)
        twin.numbers, twin.words, twin._sorted = dict(self.numbers), list(self.words), list(self._sorted)
        twin._hashes, twin._owners = self._hashes, self._owners  # replaced, never changed
        twin._fresh = {key: list(numbers) for key, numbers in self._fresh.items()}
        return twin

    def add(self, word: str) -> int:
        """The word's number, a new one if it is new."""
        number = self.numbers.get(word)
        if number is not None:
            return number
        number = self.numbers[word] = len(self.words)
        self.words.append(word)
        insort(self._sorted, word)
        if len(word) >= SHORTEST_REPAIRED:
            for key in _deletes(word):
                self._fresh.setdefault(key, []).append(number)
        return number

    def fill(self, words: Iterable[str]) -> None:
        """Add many words to an empty speller: nothing is kept on the way, which for a dictionary is most of the memory."""
        self.words = list(dict.fromkeys(words))
        self.numbers = {word: number for number, word in enumerate(self.words)}
        self._sorted = sorted(self.words)
        hashes, owners = array("I"), array("i")
        for number, word in enumerate(self.words):
            if len(word) >= SHORTEST_REPAIRED:
                keys = _deletes(word)
                hashes.extend(keys)
                owners.extend([number] * len(keys))
        found = np.frombuffer(hashes, np.uint32)
        order = np.argsort(found, kind="stable")
        self._hashes, self._owners = found[order], np.frombuffer(owners, np.int32)[order]

    def _settle(self) -> None:
        """Fresh hashes into the sorted arrays once they are many: each is moved a few times in all, however many words come."""
        if len(self._fresh) <= max(2000, len(self._hashes) // 8):
            return
        pairs = [(key, number) for key, numbers in self._fresh.items() for number in numbers]
        hashes = np.concatenate([self._hashes, np.array([key for key, _ in pairs], np.uint32)])
        owners = np.concatenate([self._owners, np.array([number for _, number in pairs], np.int32)])
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._owners, self._fresh = hashes[order], owners[order], {}

    def alike(self, word: str, common: bool) -> Alike:
        """(number, likeness 0..1) of the known words it may stand for, likest first; the word itself, if known, is 1.

        common: the word is a usual one of the language, so hardly a slip of another.
        """
        likeness: dict[int, float] = {}
        known = self.numbers.get(word)
        if known is not None:
            likeness[known] = 1.0
        for number, value in self._inflected(word):
            likeness[number] = max(value, likeness.get(number, 0.0))
        if known is None:
            if not common and len(word) >= SHORTEST_REPAIRED:
                for number, value in self._slips(word):
                    likeness[number] = max(value, likeness.get(number, 0.0))
            for number in self._parts(word):
                likeness.setdefault(number, PART)
        best = sorted(likeness.items(), key=lambda pair: (-pair[1], pair[0]))[:ALIKE_LIMIT]
        return tuple(best)

    def itself(self, word: str) -> Alike:
        """The word alone, if it is known."""
        number = self.numbers.get(word)
        return () if number is None else ((number, 1.0),)

    def _inflected(self, word: str) -> list[tuple[int, float]]:
        """Words that differ in the ending: printer, printers, printing."""
        stem = max(SHORTEST_STEM, (2 * len(word) + 2) // 3)
        if len(word) < SHORTEST_STEM:
            return []
        found = []
        start = word[:stem]
        at = bisect_left(self._sorted, start)
        while at < len(self._sorted) and self._sorted[at].startswith(start):
            other = self._sorted[at]
            at += 1
            rest = max(len(word), len(other)) - _shared(word, other)
            if other != word and rest <= 4 and 3 * _shared(word, other) >= 2 * len(other):
                found.append((self.numbers[other], 0.95 - 0.08 * rest))
        return found

    def _slips(self, word: str) -> list[tuple[int, float]]:
        """Words one slip away, or two in long words, and how likely they were meant."""
        found = []
        for number, edits in self.slips(word):
            other = self.words[number]
            if edits == 1 and (len(word) > 3 or sorted(word) == sorted(other)):
                found.append((number, SLIP if len(word) > 4 else SLIP - 0.1))
            elif edits == 2 and min(len(word), len(other)) >= LONG:
                found.append((number, DOUBLE_SLIP))
        return found

    def slips(self, word: str) -> list[tuple[int, int]]:
        """(number, edits) of known words one or two slips away that share a form with one letter left out."""
        self._settle()
        keys = _deletes(word)
        wanted = np.array(keys, np.uint32)
        left = np.searchsorted(self._hashes, wanted, "left")
        right = np.searchsorted(self._hashes, wanted, "right")
        numbers = {int(n) for a, b in zip(left.tolist(), right.tolist(), strict=True) if a < b for n in self._owners[a:b]}
        for key in keys:
            numbers.update(self._fresh.get(key, ()))
        return [(number, edits) for number in numbers if 0 < (edits := self._distance(word, self.words[number])) <= 2]

    def _parts(self, word: str) -> list[int]:
        """Known words the word begins or ends with, the longest of each."""
        found = []
        if len(word) >= 2 * SHORTEST_PART - 2:
            for cut in range(len(word) - 3, SHORTEST_PART - 1, -1):
                if (number := self.numbers.get(word[:cut])) is not None:
                    found.append(number)
                    break
            for cut in range(3, len(word) - SHORTEST_PART + 1):
                if (number := self.numbers.get(word[cut:])) is not None:
                    found.append(number)
                    break
        return found


def _shared(one: str, other: str) -> int:
    """Letters the two begin with in common."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
