"""A question with its typing slips put right: what is no word of the language or of the knowledge base becomes the word a slip of the finger away.

Sentence encoders read a misspelt word as another one, and lose the question (of CLINC150's, with a slip in a third of the words, 16 points of accuracy).
A reading may be wrong, so it never replaces what was typed: both are scored.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from itertools import pairwise

from kb.lexicon import all_words
from kb.repair import Distance, Speller
from kb.text import MAX_CHARS, clean, fold

SHORTEST = 4  # letters; a shorter word is one slip from too many others
LONG = 7  # letters from which two slips are put right
LIKELY = 0.2  # probability of a language whose words count as words
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
    spoken = [lang for lang, share in odds.items() if share >= LIKELY]
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
        return _meant(word, own, likely) or match[0]

    plain = clean(text)[:MAX_CHARS]
    changed = _WORD.sub(right, plain)
    return changed if changed != plain else None


def _meant(word: str, spellers: Collection[Speller], likely: Collection[Dictionary]) -> str | None:
    """A word of the knowledge base one slip away; else a usual one; else one of the knowledge base two slips away."""
    near = sorted((edits, number, speller.words[number]) for speller in spellers for number, edits in speller.slips(word))
    one = next((meant for edits, _, meant in near if edits == 1 and is_slip(word, meant)), None)
    if one is not None:
        return one
    for known in likely:
        if (usual := known.meant(word)) is not None:
            return usual
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
