"""Entries that may answer a question, best first.

Three ways, the cheapest first: a phrasing that is known word for word is looked up; one that is nearly known is found by its words (kb.lexical); for all
else the question is read by the sentence encoders and compared with the meaning of all phrasings (kb.meaning), as typed and with its slips put right
(kb.respelling), and the surer reading counts (kb.weighing). Without encoders words decide alone, and languages are not crossed.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import NamedTuple

import numpy as np

from kb.encoders import Encoders, Encodes
from kb.entries import Entry, Match
from kb.gloss import blended, words
from kb.judging import NEARLY, Owner, alone, judged, known_nearly, nearly, word_for_word
from kb.language import probabilities
from kb.learned import WHOLE, Glance
from kb.lexical import Found, Lexical, distance, scored
from kb.lexicon import LANGUAGES, is_frequent
from kb.meaning import Floats, Many, Meaning, Progress, Reading, Taught
from kb.recent import Recent
from kb.respelling import LIKELY, Dictionary, dictionary, respelt
from kb.rows import ENGLISH
from kb.text import clean, normalise, tokens
from kb.weighing import Regime

HINTED = 0.3  # share of a language's probability that the requester's known language settles
# By how much likelier a question is in a language in which all entries are written: English is read by those who speak others too.
EXPECTED, EXPECTED_ENGLISH = 25.0, 4.0
COVERED = 0.5  # probability that the question is in a language in which the entries are written, from which words are compared
IN_ENGLISH = 0.5  # probability of English from which the English encoder is asked
OUTSIDE = 0.75  # likeness to a question that is not for this knowledge base, from which that one counts like a rival entry
RIVALLED = 0.3  # what is left of the score then: it may be offered, but is not answered
LITTLE_DOUBT = 75.0  # score from which, among many phrasings, the second reading and the English encoder are not asked
NO_HOPE = 8.0  # score up to which the English encoder is not asked either
SURER = 5.0  # by how much the reading with slips put right must be surer than the question as typed
KEPT = 512  # questions whose vectors are kept
WORDS_KEPT = 4_096  # words of questions in other languages, likewise; 8 MB


class _Asked(NamedTuple):
    """A question, what words found, and how it is to be answered."""

    question: str
    lang: str | None
    found: Mapping[str, Found]
    limit: int
    encode: bool


class NotRead(Exception):
    """The sentence encoder has not read this question yet."""


class Matcher:
    """All entries, searched by question; changed in place. Any thread may ask while another changes it."""

    def __init__(self, entries: Iterable[Entry] = (), encoders: Encoders | None = None, progress: Progress | None = None) -> None:
        """encoders: without them words decide alone. The entries are read by them at once. progress: told (done, all)."""
        self._entries: dict[str, Entry] = {}
        self._lexical = Lexical()
        self._known: dict[str, tuple[Owner, ...]] = {}  # by normalised phrasing
        self._changing, self._reading = Lock(), Lock()
        self._encoders = encoders
        self._meaning: Meaning | None = None  # None, too, while there is no entry
        self._has_read = False
        self._changed: set[str] = set()
        self._outside: dict[int, str] = {}  # questions that are not for this knowledge base
        self._outside_rows: Floats = np.zeros((0, 0), np.float32)
        self._dictionaries: dict[str, Dictionary] = {}
        self._general, self._english, self._words = Recent(KEPT), Recent(KEPT), Recent(WORDS_KEPT)  # of the last questions, and of their words
        known = list(entries)
        for done, entry in enumerate(known, start=1):
            self.put(entry)
            if progress is not None and encoders is None:
                progress(done, len(known))
        if encoders is not None:
            self.read(progress)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def entries(self) -> list[Entry]:
        """All it may find, in no order."""
        with self._changing:
            return list(self._entries.values())

    def entry(self, entry_id: str) -> Entry | None:
        """One it may find."""
        return self._entries.get(entry_id)

    @property
    def reads_meaning(self) -> bool:
        """Is there a sentence encoder that has read the entries, be it none? Else words decide alone."""
        return self._encoders is not None and self._has_read

    @property
    def scale(self) -> str:
        """What gives the scores; those of another scale cannot be compared."""
        return f"meaning {self._encoders.version}" if self._encoders and self._meaning is not None else "words"

    @property
    def size(self) -> int:
        """Numbers in a vector; 0 without the sentence encoder."""
        return self._encoders.general.size if self._encoders else 0

    def put(self, entry: Entry) -> None:
        """Add or replace; a retired entry is taken out. Its phrasings are known at once, and a new entry is found by its words; by meaning after `read`."""
        with self._changing:
            self._remove(entry.id)
            if entry.retired:
                return
            self._entries[entry.id] = entry
            self._lexical.put(entry)
            for text in entry.texts:
                for phrasing in dict.fromkeys((text.question, *text.phrasings)):
                    if key := normalise(phrasing):
                        self._known[key] = (*self._known.get(key, ()), (entry.id, text.lang, phrasing))

    def remove(self, entry_id: str) -> None:
        """Take the entry out; nothing happens if it is unknown."""
        with self._changing:
            self._remove(entry_id)

    def _remove(self, entry_id: str) -> None:
        self._changed.add(entry_id)
        entry = self._entries.pop(entry_id, None)
        if entry is None:
            return
        self._lexical.remove(entry_id)
        for key in {normalise(phrasing) for text in entry.texts for phrasing in (text.question, *text.phrasings)}:
            left = tuple(owner for owner in self._known.pop(key, ()) if owner[0] != entry_id)
            if left:
                self._known[key] = left

    def copy(self) -> Matcher:
        """One that knows the same and is changed apart from this one, with all that was read: some milliseconds, more for thousands of entries.

        For a thread of its own; questions wait no longer than for one language's words to be copied.
        """
        twin = Matcher()
        with self._reading:
            with self._changing:
                entries, changed, twin._outside = dict(self._entries), set(self._changed), dict(self._outside)
                twin._known = dict(self._known)
                shelves = list(self._lexical.shelves)
            for lang in shelves:
                with self._changing:
                    twin._lexical.shelves[lang] = self._lexical.shelves[lang].copy()
            twin._encoders, twin._outside_rows, twin._dictionaries = self._encoders, self._outside_rows, dict(self._dictionaries)
            twin._has_read = self._has_read
            twin._general, twin._english, twin._words = self._general, self._english, self._words
            twin._meaning = self._meaning.copy() if isinstance(self._meaning, Many) else self._meaning
        twin._entries, twin._changed = entries, changed
        with self._changing:
            late = [entry_id for entry_id in {*entries, *self._entries} if entries.get(entry_id) is not self._entries.get(entry_id)]
            now = [self._entries.get(entry_id) for entry_id in late]
        for entry_id, entry in zip(late, now, strict=True):  # changed between one language and the next
            twin.remove(entry_id)
            if entry is not None:
                twin.put(entry)
        return twin

    def owners(self, phrasing: str) -> frozenset[str]:
        """The entries that know these very words as a way to ask them."""
        with self._changing:
            return frozenset(entry for entry, _, _ in self._known.get(normalise(phrasing), ()))

    def put_outside(self, mark: int, text: str) -> None:
        """This question is not for this knowledge base: what is nearer to it than to any entry is not answered, after `read`."""
        with self._changing:
            self._outside[mark] = text

    def drop_outside(self, mark: int) -> None:
        """It is, after all."""
        with self._changing:
            self._outside.pop(mark, None)

    def begin(self, encoders: Encoders, progress: Progress | None = None) -> None:
        """From now on with encoders: all entries are read. Until it is done questions are answered by words. Takes a minute for 10,000 new entries."""
        self._encoders = encoders
        self.read(progress)

    def read(self, progress: Progress | None = None) -> None:
        """Read what was changed since the last time; some tenths of a second. For a thread of its own: questions go on meanwhile with what was read before."""
        if self._encoders is None:
            return
        with self._reading:
            with self._changing:
                entries, changed, self._changed = list(self._entries.values()), sorted(self._changed), set()
                outside = list(self._outside.values())
            self._outside_rows = self._encoders.general.encode(outside)
            if changed or self._meaning is None:
                try:
                    self._meaning = Reading(self._encoders).read(entries, self._meaning, changed, progress)
                except BaseException:
                    self._changed.update(changed)  # for the next time
                    raise
                self._has_read = True
                for lang in LANGUAGES:
                    if any(text.lang == lang for entry in entries for text in entry.texts):
                        self._dictionaries[lang] = dictionary(lang, distance)  # before the first question rather than in it

    @property
    def is_read(self) -> bool:
        """Whether the meaning of all that was put is known."""
        return self._encoders is None or not self._changed

    def prepare(self, question: str, lang: str | None = None) -> None:
        """Read the question, so that `rank` need not: some milliseconds, for a thread of its own. lang: as for rank."""
        self.rank(question, lang)

    def vector(self, question: str, *, encode: bool = True) -> Floats | None:
        """What the question means, slips put right: a unit row; None without the sentence encoder, or before it has read the entries. encode: as for rank."""
        encoders = self._encoders
        if encoders is None or not self._has_read:
            return None
        return self._vectors([self._readings(question, encode)[-1]], encode, encoders.general, self._general)[0]

    def vectors(self, questions: Sequence[str]) -> Floats | None:
        """What many questions mean, as `vector` says it of one: shape (questions, size), a third of a millisecond each; None as there."""
        encoders = self._encoders
        if encoders is None or not self._has_read:
            return None
        return encoders.general.encode([self._readings(question, True)[-1] for question in questions])

    def expect(self, questions: Sequence[str], langs: Sequence[str | None], vectors: Floats) -> None:
        """These questions are ranked next, each in the language of its place: they are read together, at most KEPT. vectors: as `vectors` gave them."""
        encoders, meaning = self._encoders, self._meaning
        if encoders is None or meaning is None:
            return
        readings = [self._readings(question, True) for question in questions]
        self._general.keep(dict(zip((one[-1] for one in readings), vectors, strict=True)))
        if isinstance(meaning, Many):
            return  # all but the last reading are seldom asked for
        self._vectors([one[0] for one in readings if len(one) > 1], True, encoders.general, self._general)
        if encoders.english is not None:
            odds = [_odds(self._spoken(question), lang, meaning.covers) for question, lang in zip(questions, langs, strict=True)]
            english = [text for one, each in zip(readings, odds, strict=True) if _regime(each, meaning, True) == "english" for text in one]
            self._vectors(english, True, encoders.english, self._english)

    def glance(self, vectors: Floats) -> Glance | None:
        """The likeliest entry of many questions, by their vectors alone: rough, thousands in a breath. None where too many phrasings are known for it.

        vectors: as `vectors` gives them.
        """
        return self._meaning.learned.glance(vectors) if isinstance(self._meaning, Taught) else None

    def rank(self, question: str, lang: str | None = None, limit: int = 5, *, encode: bool = True) -> list[Match]:
        """The entries that may answer, best first, one match an entry, scores 0..100; empty when nothing is shared.

        lang: the language the requester is known to use, if any. encode: False raises NotRead where the encoder would have to read the question first
        (`prepare` does).
        """
        words = tokens(question)
        if not words or limit < 1:
            return []
        with self._changing:
            known = self._known.get(" ".join(words))
            if known:
                return word_for_word(known, lang, limit)
            slipped = self._known.get(self._lexical.respelt(words))
            if slipped:
                return [replace(match, score=NEARLY, reasons=("a known phrasing, but for slips",)) for match in word_for_word(slipped, lang, limit)]
            found = self._lexical.search(question, words, lang)
        near = nearly(found)
        meaning, encoders = self._meaning, self._encoders
        if near is not None:
            others = [alone(item, score) for item, score in scored(found)[:limit] if item.entry_id != near.entry_id]
            return [known_nearly(near), *others[:limit - 1]]
        if meaning is None or encoders is None:
            return [alone(item, score) for item, score in scored(found)[:limit]]
        return self._by_meaning(_Asked(question, lang, {item.entry_id: item for item in found}, limit, encode), meaning, encoders)

    def _by_meaning(self, asked: _Asked, meaning: Meaning, encoders: Encoders) -> list[Match]:
        """The question as typed and with its slips put right: the surer reading counts."""
        odds = _odds(self._spoken(asked.question), asked.lang, meaning.covers)
        readings = self._readings(asked.question, asked.encode)
        regime = _regime(odds, meaning, encoders.english is not None)
        if isinstance(meaning, Many):
            return self._present(self._hurried(readings, asked, regime, odds, meaning, encoders), asked, meaning)
        self._vectors(readings, asked.encode, encoders.general, self._general)
        if regime == "english" and encoders.english is not None:
            self._vectors(readings, asked.encode, encoders.english, self._english)
        best: list[Match] = []
        for text in readings:
            found = self._read_as(text, asked, regime, odds, meaning, encoders)
            if not best or (found and found[0].score > best[0].score + SURER):
                best = found
        return self._present(best, asked, meaning)

    def _hurried(
        self, readings: Sequence[str], asked: _Asked, regime: Regime, odds: Mapping[str, float], meaning: Meaning, encoders: Encoders,
    ) -> list[Match]:
        """Among many phrasings: the English encoder, or else the question as typed, are asked only where the first reading leaves a doubt."""
        plain: Regime = "own" if regime == "english" else regime
        best: list[Match] = []
        for text in reversed(readings):
            best = _surer(best, self._read_as(text, asked, plain, odds, meaning, encoders))
            if regime == "english" and best and NO_HOPE < best[0].score < LITTLE_DOUBT:
                return self._read_as(text, asked, regime, odds, meaning, encoders)
            if best and best[0].score >= LITTLE_DOUBT:
                break
        return best

    def _present(self, matches: list[Match], asked: _Asked, meaning: Meaning) -> list[Match]:
        """Without what was removed since the meaning was read, and with what is new since by its words."""
        here = [match for match in matches if match.entry_id in self._entries]
        new = {name for name in asked.found if not meaning.holds(name)}
        if not new:
            return here
        by_words = [alone(item, score) for item, score in scored(list(asked.found.values())) if item.entry_id in new]
        return sorted([*here, *by_words], key=lambda match: -match.score)[:asked.limit]

    def _read_as(self, text: str, asked: _Asked, regime: Regime, odds: Mapping[str, float], meaning: Meaning, encoders: Encoders) -> list[Match]:
        vector = self._vectors([text], asked.encode, encoders.general, self._general)[0]
        readings: tuple[str, ...] = (text,)
        if regime == "other" and isinstance(meaning, Taught) and meaning.gloss is not None and (spoken := words(text)):
            lang = max(odds, key=lambda one: odds[one])
            regime, odds = "glossed", {ENGLISH: 1.0}
            readings = meaning.gloss.read(spoken, lambda each: self._vectors(each, asked.encode, encoders.general, self._words), lang)
            text = readings[0]
        english = None
        if regime in ("english", "glossed") and encoders.english is not None:
            english = blended(self._vectors(readings, asked.encode, encoders.english, self._english))
        told = () if text == clean(asked.question) else (f"read as: {text}",)
        matches = judged(meaning.compare(text, vector, english, odds, asked.found), regime, asked.found, asked.limit, told)
        return self._rivalled(matches, vector, asked.encode, encoders) if matches else matches

    def _readings(self, question: str, encode: bool) -> list[str]:
        """The question as typed, and with its slips put right if it has any. Raises NotRead when a dictionary is missing and encode is False."""
        odds = self._spoken(question)
        for lang, share in odds.items():
            if share >= LIKELY and lang not in self._dictionaries:
                if not encode:
                    raise NotRead
                self._dictionaries[lang] = dictionary(lang, distance)
        with self._changing:
            spellers = {lang: shelf.speller for lang, shelf in self._lexical.shelves.items()}
            right = respelt(question, odds, spellers, self._dictionaries.__getitem__)
        return [clean(question)] if right is None else [clean(question), right]

    def _spoken(self, question: str) -> dict[str, float]:
        """Language -> probability. Rare words of the English entries tell nothing: names, and what other languages borrow ("Bitcoin-Mining")."""
        shelf = self._lexical.shelves.get(ENGLISH)
        borrowed = frozenset(word for word in tokens(question) if shelf is not None and word in shelf.speller.numbers and not is_frequent(word))
        return probabilities(question, borrowed)

    def _vectors(self, texts: Sequence[str], encode: bool, encoder: Encodes, kept: Recent) -> list[Floats]:
        """The vectors of texts, kept for a while. Raises NotRead when one is missing and encode is False."""
        had = kept.get(texts)  # another thread may drop them meanwhile
        missing = [text for text in dict.fromkeys(texts) if text not in had]
        if missing and not encode:
            raise NotRead
        fresh = dict(zip(missing, encoder.encode(missing), strict=True)) if missing else {}
        found = [fresh[text] if text in fresh else had[text] for text in texts]
        if fresh:
            kept.keep(fresh)
        return found

    def _rivalled(self, matches: list[Match], vector: Floats, encode: bool, encoders: Encoders) -> list[Match]:
        """The same, but unsure where a question that is not for this knowledge base is as near as they are."""
        rows = self._outside_rows
        if not len(rows):
            return matches
        near = float((rows @ vector).max())
        if near < OUTSIDE or near < float(self._vectors([matches[0].phrasing], encode, encoders.general, self._general)[0] @ vector):
            return matches
        return [replace(match, score=match.score * RIVALLED) for match in matches]


def _odds(spoken: Mapping[str, float], lang: str | None, covers: Mapping[str, float]) -> dict[str, float]:
    """Language -> probability. covers: language -> share of the entries that are written in it: people ask rather in those."""
    expected = {one: value * (1 + (EXPECTED_ENGLISH if one == ENGLISH else EXPECTED) * covers.get(one, 0.0)) for one, value in spoken.items()}
    total, share = sum(expected.values()), HINTED * (lang in LANGUAGES)
    return {one: (1 - share) * value / total + share * (one == lang) for one, value in expected.items()}


def _regime(odds: Mapping[str, float], meaning: Meaning, is_read: bool) -> Regime:
    """Which weights count: is the question in the entries' language, and is that English? is_read: by the English encoder."""
    covers = meaning.covers
    if sum(share * covers.get(lang, 0.0) for lang, share in odds.items()) < COVERED:
        return "other"
    english = is_read and odds.get(ENGLISH, 0.0) >= IN_ENGLISH and covers.get(ENGLISH, 0.0) >= WHOLE
    return "english" if english else "own"


def _surer(one: list[Match], other: list[Match]) -> list[Match]:
    return other if other and (not one or other[0].score > one[0].score) else one
