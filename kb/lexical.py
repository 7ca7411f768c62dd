"""Entries found by their words: one shelf of postings a language gives the candidates, compared word by word (typos, endings and compounds repaired) and
letter by letter. The only home of rapidfuzz. Needs no model, and does not cross languages but for names."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from kb.confidence import scores, strength
from kb.entries import Entry
from kb.index import Shelf, Term, Unit
from kb.language import prepare, probabilities
from kb.lexicon import ranks
from kb.repair import Speller
from kb.respelling import READ, SHORTEST, is_slip
from kb.signals import Signals, compare

CANDIDATES = 16  # units compared in detail, a language; 30 gave the same hits for a tenth more time
RIVALS = 10  # of these kept, a language; the rest are too weak to be shown or to lower a score
HINTED = 0.5  # share of the language's probability that the hint settles; the words settle the rest
OTHER_LANGUAGE = 0.55  # what a match counts for when the question is surely in another language
UNLIKELY = 0.15  # a language less likely than this is asked only when the likely ones have nothing good
CONTENT = 0.5  # of the weight of a rare word: what a question must weigh in all to count in full
SHARED = 0.2  # share of the question's weight an entry in an unlikely language must have to be compared at all
GOOD = 60.0  # score from which the unlikely languages are not asked


class Found(NamedTuple):
    """A candidate before it is told in words; they sort best first, and by entry and language where they are as strong."""

    weakness: float  # the strength, negated
    entry_id: str
    lang: str
    unit: Unit
    signals: Signals
    terms: list[Term]
    shelf: Shelf


def _meant(word: str, spellers: Sequence[Speller]) -> str:
    if len(word) < SHORTEST:
        return word
    near = (speller.words[number] for speller in spellers for number, edits in sorted(speller.slips(word)) if edits == 1)
    return next((meant for meant in near if is_slip(word, meant)), word)


def distance(one: str, other: str) -> int:
    """Edits between two words, a swap of neighbours counted as one; 3 when more than two."""
    return int(OSA.distance(one, other, score_cutoff=2))


class Lexical:
    """All entries' words; changed in place. Not for use by two threads at once."""

    def __init__(self) -> None:
        self.shelves: dict[str, Shelf] = {}

    def copy(self) -> Lexical:
        """One that holds the same and is changed apart from this one."""
        twin = Lexical()
        twin.shelves = {lang: shelf.copy() for lang, shelf in self.shelves.items()}
        return twin

    def put(self, entry: Entry) -> None:
        """Add an entry that is not there."""
        for text in entry.texts:
            if text.lang not in self.shelves:
                self.shelves[text.lang] = Shelf(text.lang, distance)
                prepare()  # before the first question rather than in it
            self.shelves[text.lang].put(entry.id, text)

    def remove(self, entry_id: str) -> None:
        """Take the entry out; nothing happens if it is unknown."""
        for shelf in self.shelves.values():
            shelf.remove(entry_id)

    def likely(self, question: str, lang: str | None) -> dict[str, float]:
        """Language -> probability, over the shelves there are. lang: a hint, the language the requester is known to use."""
        odds = probabilities(question)
        share = {one: (1 - HINTED * (lang in self.shelves)) * odds.get(one, 0.0) + HINTED * (one == lang) for one in self.shelves}
        total = sum(share.values())
        return {one: value / total if total else 1 / len(share) for one, value in share.items()}

    def respelt(self, words: Sequence[str]) -> str:
        """The words, joined, each that is in no entry and no usual word put right where a slip of the finger makes it one of an entry."""
        spellers = [shelf.speller for shelf in self.shelves.values()]
        known = [*(speller.numbers for speller in spellers), *(ranks(lang) for lang in self.shelves)]  # who asks for a cart does not mean the card
        return " ".join(word if any(word in each for each in known) else _meant(word, spellers) for word in words[:READ])

    def search(self, question: str, words: Sequence[str], lang: str | None) -> list[Found]:
        """One candidate an entry, its best, strongest first. words: the question's tokens."""
        if not self.shelves:
            return []
        likely = self.likely(question, lang) if len(self.shelves) > 1 else dict.fromkeys(self.shelves, 1.0)
        found: list[Found] = []
        folded = " ".join(words)
        for one in sorted(likely, key=lambda name: -likely[name]):
            if likely[one] < UNLIKELY and found and scored(found)[0][1] >= GOOD:
                break
            found.extend(self._compare(self.shelves[one], folded, words, likely[one]))
        return _best(found)

    def _compare(self, shelf: Shelf, folded: str, words: Sequence[str], likely: float) -> list[Found]:
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
        return [Found(weakness, entry_id, shelf.lang, units[at], signals[at], terms, shelf) for weakness, entry_id, at in order[:RIVALS]]


def _best(found: list[Found]) -> list[Found]:
    best: dict[str, Found] = {}
    for item in sorted(found):
        best.setdefault(item.entry_id, item)
    return list(best.values())


def scored(found: list[Found]) -> list[tuple[Found, float]]:
    """One candidate an entry, its best, with its score 0..99 by words alone, best first."""
    ranked = _best(found)
    return list(zip(ranked, scores([-item.weakness for item in ranked], [item.signals.gap for item in ranked]), strict=True))
