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

from kb.encoders import Encoders
from kb.entries import Entry, Match
from kb.language import probabilities
from kb.learned import WHOLE
from kb.lexical import Found, Lexical, distance, scored
from kb.lexicon import LANGUAGES
from kb.meaning import Floats, Meaning, Meant, Progress, Reading
from kb.reasons import Reasons, by_words
from kb.respelling import Dictionary, dictionary, respelt
from kb.rows import ENGLISH
from kb.text import clean, normalise, tokens
from kb.weighing import SHOWN, Regime, Seen, order, sure

KNOWN = 100.0
NEARLY = 99.5  # score of a phrasing that is nearly known
HINTED = 0.3  # share of a language's probability that the requester's known language settles
COVERED = 0.5  # probability that the question is in a language in which the entries are written, from which words are compared
IN_ENGLISH = 0.5  # probability of English from which the English encoder is asked
# Nearly known: what the two share (kb.signals). Of the public sets' questions that reach this 99 % are that entry's.
NEARLY_ALIKE, NEARLY_ORDER, NEARLY_GAP = 0.97, 0.93, 0.02
OUTSIDE = 0.75  # likeness to a question that is not for this knowledge base, from which that one counts like a rival entry
RIVALLED = 0.3  # what is left of the score then: it may be offered, but is not answered
KEPT = 512  # questions whose reading is kept
_Owner = tuple[str, str, str]  # entry, language, the phrasing as written


class _Reading(NamedTuple):
    """One way to read a question: its text and vectors."""

    text: str
    vector: Floats
    english: Floats | None


class NotRead(Exception):
    """The sentence encoder has not read this question yet."""


class Matcher:
    """All entries, searched by question; changed in place. Any thread may ask while another changes it."""

    def __init__(self, entries: Iterable[Entry] = (), encoders: Encoders | None = None, progress: Progress | None = None) -> None:
        """encoders: without them words decide alone. The entries are read by them at once. progress: told (done, all)."""
        self._entries: dict[str, Entry] = {}
        self._lexical = Lexical()
        self._known: dict[str, tuple[_Owner, ...]] = {}  # by normalised phrasing
        self._changing, self._reading = Lock(), Lock()
        self._encoders = encoders
        self._meaning: Meaning | None = None
        self._changed: set[str] = set()
        self._outside: dict[int, str] = {}  # questions that are not for this knowledge base
        self._outside_rows: Floats = np.zeros((0, 0), np.float32)
        self._read: dict[str, tuple[_Reading, ...]] = {}  # questions as they were read, the newest last
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
    def scale(self) -> str:
        """What gives the scores; those of another scale cannot be compared."""
        return f"meaning {self._encoders.version}" if self._encoders else "words"

    def put(self, entry: Entry) -> None:
        """Add or replace; a retired entry is taken out. Its words are found at once, its meaning after `read`."""
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
                self._meaning = Reading(self._encoders).read(entries, self._meaning, changed, progress)
                self._read = {}  # what a word's slip is depends on the words that are known
                for lang in LANGUAGES:
                    if any(text.lang == lang for entry in entries for text in entry.texts):
                        _dictionary(lang)  # before the first question rather than in it

    @property
    def is_read(self) -> bool:
        """Whether the meaning of all that was put is known."""
        return self._encoders is None or not self._changed

    def prepare(self, question: str) -> None:
        """Read the question, so that `rank` need not: some milliseconds, for a thread of its own."""
        if self._encoders is not None:
            self._readings(question, self._encoders)

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
                return _word_for_word(known, lang, limit)
            found = self._lexical.search(question, words, lang)
        near = _nearly(found)
        meaning, encoders = self._meaning, self._encoders
        if near is not None:
            ranked = [_by_words(item, score) for item, score in scored(found)[:limit]]
            return [Match(near.entry_id, NEARLY, near.lang, near.unit.phrasings[near.signals.best], ("a known phrasing, nearly", *ranked[0].reasons), True),
                    *ranked[1:]]
        if meaning is None or encoders is None:
            return [_by_words(item, score) for item, score in scored(found)[:limit]]
        if not encode and question not in self._read:
            raise NotRead(question)
        return self._by_meaning(question, lang, found, limit, meaning, self._readings(question, encoders))

    def _by_meaning(
        self, question: str, lang: str | None, found: Sequence[Found], limit: int, meaning: Meaning, readings: Sequence[_Reading],
    ) -> list[Match]:
        odds = _odds(question, lang)
        regime = _regime(odds, meaning, readings[0].english is not None)
        lexical = {item.entry_id: item for item in found}
        best: list[Match] = []
        for reading in readings:
            english = reading.english if regime == "english" else None
            matches = _judged(meaning.compare(reading.text, reading.vector, english, odds, lexical), regime, lexical, limit, reading.text, question)
            if matches and (not best or matches[0].score > best[0].score):
                best = self._rivalled(matches, reading.vector)
        return [match for match in best if match.entry_id in self._entries]  # what was removed since the meaning was read

    def _rivalled(self, matches: list[Match], vector: Floats) -> list[Match]:
        """The same, but unsure where a question that is not for this knowledge base is as near as they are."""
        rows = self._outside_rows
        if not len(rows):
            return matches
        near = float((rows @ vector).max())
        own = self._encoders.general.encode([matches[0].phrasing])[0] @ vector if near >= OUTSIDE and self._encoders else 1.0
        return [replace(match, score=match.score * RIVALLED) for match in matches] if near >= OUTSIDE and near >= own else matches

    def _readings(self, question: str, encoders: Encoders) -> tuple[_Reading, ...]:
        """The question as typed, and with its slips put right if it has any."""
        kept = self._read.get(question)
        if kept is not None:
            return kept
        odds = probabilities(question)
        with self._changing:
            right = respelt(question, odds, [shelf.speller for shelf in self._lexical.shelves.values()], _dictionary)
        texts = [clean(question)] if right is None else [clean(question), right]
        vectors = encoders.general.encode(texts)
        # The requester's language may make English likelier than the words do.
        is_english = encoders.english is not None and (1 - HINTED) * odds[ENGLISH] + HINTED >= IN_ENGLISH
        english = encoders.english.encode(texts) if encoders.english is not None and is_english else [None] * len(texts)
        found = tuple(_Reading(text, vector, own) for text, vector, own in zip(texts, vectors, english, strict=True))
        with self._changing:
            while len(self._read) >= KEPT:
                del self._read[next(iter(self._read))]
            self._read[question] = found
        return found


def _dictionary(lang: str) -> Dictionary:
    return dictionary(lang, distance)


def _odds(question: str, lang: str | None) -> dict[str, float]:
    """Language -> probability."""
    share = HINTED * (lang in LANGUAGES)
    return {one: (1 - share) * value + share * (one == lang) for one, value in probabilities(question).items()}


def _regime(odds: Mapping[str, float], meaning: Meaning, is_read: bool) -> Regime:
    """Which weights count: is the question in the entries' language, and is that English? is_read: by the English encoder."""
    covers = meaning.covers
    if sum(share * covers.get(lang, 0.0) for lang, share in odds.items()) < COVERED:
        return "other"
    english = is_read and odds.get(ENGLISH, 0.0) >= IN_ENGLISH and covers.get(ENGLISH, 0.0) >= WHOLE
    return "english" if english else "own"


def _judged(meant: Meant, regime: Regime, lexical: Mapping[str, Found], limit: int, read: str, question: str) -> list[Match]:
    """The entries in order, as sure as the reading makes them."""
    if not meant.entries:
        return []
    seen = _seen(meant, lexical)
    strengths = order(seen, regime)
    places = (-strengths).argsort(kind="stable")[:max(limit, SHOWN)]
    shares = sure(seen, regime, strengths, places)
    told = () if read == clean(question) else (f"read as: {read}",)
    return [_by_meaning_match(meant, place, share, lexical, told) for place, share in zip(places[:limit].tolist(), shares.tolist(), strict=False)]


def _seen(meant: Meant, lexical: Mapping[str, Found]) -> Seen:
    """What is meant, and what words are shared."""
    facts = np.zeros((3, len(meant.entries)), np.float32)
    facts[1] = 1.0  # nothing of the question is there
    for place, name in enumerate(meant.entries):
        if name in lexical:
            item = lexical[name]
            facts[:, place] = -item.weakness, item.signals.gap, item.signals.owned
    return Seen(meant.spread, {**meant.near, "words": facts[0], "gap": facts[1], "owned": facts[2]}, meant.usual, meant.usual_english)


def _by_meaning_match(meant: Meant, place: int, share: float, lexical: Mapping[str, Found], told: tuple[str, ...]) -> Match:
    name, row = meant.entries[place], meant.rows[place]
    near, item = {key: float(values[place]) for key, values in meant.near.items()}, lexical.get(name)
    usual = float(meant.usual[place])
    return Match(name, 99.0 * share, row.lang, row.text, Reasons(lambda: told, lambda: _meant(near, usual), lambda: _shared(item)))


def _meant(near: Mapping[str, float], usual: float) -> list[str]:
    found = [f"meaning: {round(100 * near['near'])} % alike; the entry's phrasings among themselves {round(100 * usual)} %"]
    if "english near" in near:
        found.append(f"meaning in English: {round(100 * near['english near'])} % alike")
    return found


def _shared(item: Found | None) -> tuple[str, ...]:
    return by_words(item.unit, item.terms, item.shelf.speller.words, item.signals.asked) if item is not None else ()


def _nearly(found: Sequence[Found]) -> Found | None:
    """The one entry that has this phrasing but for a slip or an ending."""
    close = [item for item in found if item.signals.alike >= NEARLY_ALIKE and item.signals.order >= NEARLY_ORDER and item.signals.gap <= NEARLY_GAP]
    return close[0] if len(close) == 1 else None


def _word_for_word(owners: tuple[_Owner, ...], lang: str | None, limit: int) -> list[Match]:
    found: dict[str, Match] = {}
    for entry_id, text_lang, phrasing in sorted(owners, key=lambda owner: owner[1] != lang):
        found.setdefault(entry_id, Match(entry_id, KNOWN, text_lang, phrasing, ("a known phrasing, word for word",), True))
    return list(found.values())[:limit]


def _by_words(item: Found, score: float) -> Match:
    return Match(item.entry_id, score, item.lang, item.unit.phrasings[item.signals.best], Reasons(lambda: _shared(item)))
