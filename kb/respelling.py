"""A question with its typing slips put right: what is no word of the language or of the knowledge base becomes the word a slip of the finger away, or
the words of which it is made.

Sentence encoders read a misspelt word as another one, and lose the question (of CLINC150's, with a slip in a third of the words, 16 points of accuracy).
A reading may be wrong, so it never replaces what was typed: both are scored.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from kb.compounds import apart
from kb.lexicon import all_words
from kb.repair import Distance, Speller
from kb.text import MAX_CHARS, clean, fold

SHORTEST = 4  # letters; a shorter word is one slip from too many others
LONG = 7  # letters from which two slips are put right
LIKELY = 0.2  # probability of a language whose words count as words
RARE = 5_000  # the rank of words that the knowledge base alone knows
READ = 60  # words looked at: a longer text is no question

_WORD = re.compile(r"[^\W\d_]+")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# Letters beside each other on the keys, or that sound alike: what a finger or an ear takes for one another.
_CONFUSED = {(one, other) for row in _KEYS for one, other in pairwise(row)} | {
    tuple(pair) for pair in ("qa", "ws", "ed", "rf", "tg", "yh", "uj", "ik", "ol", "az", "sx", "dc", "fv", "gb", "hn", "jm", "bv", "yi", "cs", "cz", "sz", "ck",
                             "gj", "qk", "ea", "ei", "ou", "ao", "yz", "mn", "td", "fp", "xs")}


class Dictionary:
    """The words of a language: which is one, and which one was meant."""

    def __init__(self, lang: str, distance: Distance) -> None:
        self._speller = Speller(distance)
        self._speller.fill(fold(word) for word in all_words(lang))

    def __contains__(self, word: str) -> bool:
        return word in self._speller.numbers

    def rank(self, word: str) -> int | None:
        """How many words are more frequent; None of what is no word."""
        return self._speller.numbers.get(word)

    def meant(self, word: str) -> str | None:
        """The most frequent word one slip away; None when there is none."""
        close = [number for number, edits in self._speller.slips(word) if edits == 1 and is_slip(word, self._speller.words[number])]
        return self._speller.words[min(close)] if close else None  # numbers rise as words get rarer


@lru_cache(maxsize=8)
def dictionary(lang: str, distance: Distance) -> Dictionary:
    """Made once, some tenths of a second."""
    return Dictionary(lang, distance)


def respelt(text: str, odds: Mapping[str, float], spellers: Mapping[str, Speller], words: Callable[[str], Dictionary]) -> str | None:
    """The text with slips put right, None when nothing was. odds: language -> probability; spellers: language -> the knowledge base's words."""
    spoken = sorted((lang for lang, share in odds.items() if share >= LIKELY), key=lambda lang: -odds[lang])
    likely = [words(lang) for lang in spoken]
    own = [spellers[lang] for lang in spoken if lang in spellers]
    if not likely:
        return None
    left = READ

    def right(match: re.Match[str]) -> str:
        nonlocal left
        word = fold(match[0])
        left -= 1
        if left < 0 or len(word) < SHORTEST or any(word in known for known in likely) or any(word in speller.numbers for speller in spellers.values()):
            return match[0]
        near = sorted((edits, number, speller.words[number]) for speller in own for number, edits in speller.slips(word))
        return _one_slip(word, near, likely) or apart(match[0], word, spoken[0], rank) or _two_slips(word, near) or match[0]

    def rank(word: str) -> int | None:
        place = likely[0].rank(word)
        return RARE if place is None and any(word in speller.numbers for speller in spellers.values()) else place

    plain = clean(text)[:MAX_CHARS]
    changed = _WORD.sub(right, plain)
    return changed if changed != plain else None


def _one_slip(word: str, near: Sequence[tuple[int, int, str]], likely: Collection[Dictionary]) -> str | None:
    """A word of the knowledge base one slip away, else a usual one. near: edits, number and word of the knowledge base's."""
    one = next((meant for edits, _, meant in near if edits == 1 and is_slip(word, meant)), None)
    return one or next((usual for known in likely if (usual := known.meant(word)) is not None), None)


def _two_slips(word: str, near: Sequence[tuple[int, int, str]]) -> str | None:
    """A long word of the knowledge base two slips away."""
    return next((meant for edits, _, meant in near if edits == 2 and min(len(word), len(meant)) >= LONG), None)


def is_slip(typed: str, meant: str) -> bool:
    """Whether a finger that wanted the one may type the other, one edit away: letters left out, doubled, swapped, or neighbours on the keys.

    Word lists lack many a word ("puedo"), and most of them are an edit from some other: only what is typed by mistake is put right.
    """
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    if len(typed) < len(meant):
        return True  # left out
    if len(typed) > len(meant):
        extra, beside = typed[start], (typed[start - 1:start], typed[start + 1:start + 2])
        return extra in beside or any(_are_confused(extra, other) for other in beside)
    return typed[start + 1:] != meant[start + 1:] or _are_confused(typed[start], meant[start])  # swapped, or struck beside


def _are_confused(one: str, other: str) -> bool:
    return (one, other) in _CONFUSED or (other, one) in _CONFUSED
