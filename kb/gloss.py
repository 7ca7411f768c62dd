"""A question in another language, word by word in the English words of the knowledge base.

The multilingual encoder knows single words too: "Vorhang" lies nearest to "curtain". So each word of the question becomes the word of the English phrasings
that means most the same, and the English encoder, which reads no other language, can judge what comes out. The words that tell entries apart are those
that are looked for, and no dictionary is needed. Which of two opposites is meant, letters tell (kb.opposites).
A word that nothing is near stays as it is. What it is worth: docs/decisions/0009-matching-by-meaning.md
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kb.opposites import denied, opposed
from kb.text import MAX_CHARS, clean, fold

Floats = NDArray[np.float32]

ALIKE = 0.3  # likeness from which a word is taken for another one; 0.45 kept more words and found fewer entries
DOUBT = 0.1  # by how much less alike a second meaning may be
SECOND = 0.4  # what the reading with the second meanings counts beside the first
READ = 60  # words looked at: a longer text is no question
LONGEST = 40  # letters; what is longer is no word
OPPOSED = 0.45  # likeness to a word from which what is left without a prefix means it
Vectors = Callable[[Sequence[str]], Sequence[Floats]]  # of words, as of the multilingual encoder

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words in order, in lower case with their accents, by which the encoder knows them; at most READ."""
    found = (match[0].lower() for match in _WORD.finditer(clean(text)[:MAX_CHARS]))
    return [word for word in found if len(word) <= LONGEST][:READ]


class Gloss:
    """The English words of some texts, by what they mean. Fixed once made."""

    def __init__(self, texts: Iterable[str], encode: Callable[[Sequence[str]], Floats], before: Gloss | None = None) -> None:
        """texts: English, at least one of them with a word; encode: as of the multilingual encoder; before: words that were read then are not read again."""
        self._words = sorted({word for text in texts for word in words(text)})
        known: dict[str, Floats] = before._vectors if before is not None else {}
        fresh = [word for word in self._words if word not in known]
        read = dict(zip(fresh, encode(fresh), strict=True)) if fresh else {}
        self._vectors: dict[str, Floats] = {word: read[word] if word in read else known[word] for word in self._words}
        rows = np.stack([self._vectors[word] for word in self._words])
        self._mean = rows.mean(axis=0)  # what all words have in common says nothing
        self._rows = _unit(rows - self._mean)
        self._opposed = opposed(self._vectors)

    def read(self, asked: Sequence[str], vectors: Vectors, lang: str) -> tuple[str, ...]:
        """The words of a question in this language, each in English where it can be told; and, where some may as well mean something else, once more so."""
        if not asked:
            return ("",)
        foreign = [word for word in asked if word not in self._vectors]
        told = [self._told(word, meant, vectors, lang) for word, meant in zip(foreign, self._nearest(foreign, vectors), strict=True)]
        readings = [iter([meanings[place] for meanings in told]) for place in (0, 1)]
        return tuple(dict.fromkeys(" ".join(word if word in self._vectors else next(reading) for word in asked) for reading in readings))

    def _nearest(self, asked: Sequence[str], vectors: Vectors) -> list[list[tuple[str, float]]]:
        """Of each of these words the two that mean most the same, and how alike they are."""
        if not asked:
            return []
        alike = _unit(np.stack(vectors(asked)) - self._mean) @ self._rows.T
        first = alike.argmax(axis=1)
        found = [[(self._words[place], float(row[place]))] for place, row in zip(first.tolist(), alike, strict=True)]
        alike[np.arange(len(asked)), first] = -np.inf
        for meant, place, row in zip(found, alike.argmax(axis=1).tolist(), alike, strict=True):
            meant.append((self._words[place], float(row[place])))
        return found

    def _told(self, word: str, nearest: Sequence[tuple[str, float]], vectors: Vectors, lang: str) -> tuple[str, str]:
        """The word in English, itself where that is not known; and what else it may be, else the same."""
        (meant, alike), *others = nearest
        if alike < ALIKE:
            return word, word
        denying = self._opposed.get(meant)
        if denying is None:
            return meant, next((other for other, less in others if less >= max(ALIKE, alike - DOUBT)), meant)
        stems = self._nearest(denied(fold(word), lang), vectors)
        is_denied = any(near >= OPPOSED and self._opposed.get(stem) == denying for (stem, near), *_ in stems)
        return (denying, denying) if is_denied else (meant, meant)


def blended(readings: Sequence[Floats]) -> Floats:
    """The unit vector of the readings of a question, by theirs: as `Gloss.read` gives them."""
    if len(readings) == 1:
        return readings[0]
    first, second = readings
    both: Floats = _unit(((1 - SECOND) * first + SECOND * second)[None])[0]
    return both


def _unit(rows: Floats) -> Floats:
    found: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return found
