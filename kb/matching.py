"""Entries that may answer a question, best first. The only home of rapidfuzz.

One shelf of postings a language (kb.index) gives the candidates; their phrasings are compared word by word (typos, endings and compounds
repaired, kb.repair) and letter by letter (rapidfuzz), and the signals become a score (kb.confidence). A phrasing that is known word for word is
looked up, not searched. Not for use by two threads at once.
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from kb.confidence import scores, strength
from kb.entries import Entry, Match
from kb.index import Shelf, Term, Unit
from kb.language import prepare, probabilities
from kb.reasons import Reasons
from kb.signals import Signals, compare
from kb.text import tokens

CANDIDATES = 16  # units compared in detail, a language; 30 gave the same hits for a tenth more time
RIVALS = 10  # of these kept, a language; the rest are too weak to be shown or to lower a score
HINTED = 0.5  # share of the language's probability that the hint settles; the words settle the rest
OTHER_LANGUAGE = 0.55  # what a match counts for when the question is surely in another language
UNLIKELY = 0.15  # a language less likely than this is asked only when the likely ones have nothing good
CONTENT = 0.5  # of the weight of a rare word: what a question must weigh in all to count in full
SHARED = 0.2  # share of the question's weight an entry in an unlikely language must have to be compared at all
GOOD = 60.0  # score from which the unlikely languages are not asked
KNOWN = 100.0
_Owner = tuple[str, str, str]  # entry, language, the phrasing as written


class _Found(NamedTuple):
    """A candidate before it is told in words; they sort best first, and by entry and language where they are as strong."""

    weakness: float  # the strength, negated
    entry_id: str
    lang: str
    unit: Unit
    signals: Signals
    terms: list[Term]
    shelf: Shelf


def _distance(one: str, other: str) -> int:
    return int(OSA.distance(one, other, score_cutoff=2))


class Matcher:
    """All entries, searched by question; changed in place."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._shelves: dict[str, Shelf] = {}
        self._languages: dict[str, tuple[str, ...]] = {}  # by entry
        self._known: dict[str, tuple[_Owner, ...]] = {}  # by normalised phrasing
        for entry in entries:
            self.put(entry)

    def __len__(self) -> int:
        return len(self._languages)

    def put(self, entry: Entry) -> None:
        """Add or replace; a retired entry is taken out."""
        self.remove(entry.id)
        if entry.retired:
            return
        self._languages[entry.id] = tuple(text.lang for text in entry.texts)
        for text in entry.texts:
            if text.lang not in self._shelves:
                self._shelves[text.lang] = Shelf(text.lang, _distance)
                prepare()  # before the first question rather than in it
            if unit := self._shelves[text.lang].put(entry.id, text):
                for key, phrasing in zip(unit.folded, unit.phrasings, strict=True):
                    self._known[key] = (*self._known.get(key, ()), (entry.id, text.lang, phrasing))

    def remove(self, entry_id: str) -> None:
        """Take the entry out; nothing happens if it is unknown."""
        for lang in self._languages.pop(entry_id, ()):
            if unit := self._shelves[lang].remove(entry_id):
                for key in unit.folded:
                    self._known[key] = tuple(owner for owner in self._known.get(key, ()) if owner[0] != entry_id)
                    if not self._known[key]:
                        del self._known[key]

    def rank(self, question: str, lang: str | None = None, limit: int = 5) -> list[Match]:
        """The entries that may answer, best first, one match an entry, scores 0..100; empty when nothing is shared.

        lang: the language the requester is known to use, if any; same language first, but an entry whose words are shared may match across.
        """
        words = tokens(question)
        if not words or limit < 1:
            return []
        known = self._known.get(" ".join(words))
        if known:
            return self._word_for_word(known, lang, limit)
        return self._search(question, words, lang, limit)

    def _word_for_word(self, owners: tuple[_Owner, ...], lang: str | None, limit: int) -> list[Match]:
        found: dict[str, Match] = {}
        for entry_id, text_lang, phrasing in sorted(owners, key=lambda owner: owner[1] != lang):
            found.setdefault(entry_id, Match(entry_id, KNOWN, text_lang, phrasing, ("a known phrasing, word for word",)))
        return list(found.values())[:limit]

    def _likely(self, question: str, lang: str | None) -> dict[str, float]:
        """Language -> probability over the shelves there are."""
        odds = probabilities(question)
        share = {one: (1 - HINTED * (lang in self._shelves)) * odds.get(one, 0.0) + HINTED * (one == lang) for one in self._shelves}
        total = sum(share.values())
        return {one: value / total if total else 1 / len(share) for one, value in share.items()}

    def _search(self, question: str, words: list[str], lang: str | None, limit: int) -> list[Match]:
        if not self._shelves:
            return []
        likely = self._likely(question, lang) if len(self._shelves) > 1 else dict.fromkeys(self._shelves, 1.0)
        found: list[_Found] = []
        folded = " ".join(words)
        for one in sorted(likely, key=lambda name: -likely[name]):
            if likely[one] < UNLIKELY and found and _scored(found)[0][1] >= GOOD:
                break
            found.extend(self._compare(self._shelves[one], folded, words, likely[one]))
        return [_match(item, value) for item, value in _scored(found)[:limit]]

    def _compare(self, shelf: Shelf, folded: str, words: list[str], likely: float) -> list[_Found]:
        """The shelf's best units with their strength."""
        terms = shelf.terms(words, repair=likely >= UNLIKELY)  # in another language only names are shared, and they are spelt the same
        slots = shelf.candidates(terms, CANDIDATES, 0.0 if likely >= UNLIKELY else SHARED)
        if not len(slots):
            return []
        units = [unit for slot in slots.tolist() if (unit := shelf.units[slot]) is not None]  # all are: an empty slot has no words
        # A text in another language than the question's counts less, and so does a question without a word of content ("please").
        content = min(1.0, sum([term.mass for term in terms]) / (CONTENT * shelf.rarest))
        share = content * (OTHER_LANGUAGE + (1 - OTHER_LANGUAGE) * min(1.0, 2 * likely))
        signals = compare(shelf, terms, slots, units, folded, ratio)
        order = sorted([(-share * strength(one), unit.entry_id, at) for at, (unit, one) in enumerate(zip(units, signals, strict=True))])
        return [_Found(weakness, entry_id, shelf.lang, units[at], signals[at], terms, shelf) for weakness, entry_id, at in order[:RIVALS]]


def _match(item: _Found, score: float) -> Match:
    unit = item.unit
    reasons = Reasons(unit, item.terms, item.shelf.speller.words, item.signals.asked)
    return Match(item.entry_id, round(score, 1), item.lang, unit.phrasings[item.signals.best], reasons)


def _scored(found: list[_Found]) -> list[tuple[_Found, float]]:
    """One candidate an entry, its best, with its score, best first."""
    best: dict[str, _Found] = {}
    for item in sorted(found):
        best.setdefault(item.entry_id, item)
    ranked = list(best.values())
    return list(zip(ranked, scores([-item.weakness for item in ranked], [item.signals.gap for item in ranked]), strict=True))
