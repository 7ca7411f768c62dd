"""Entries found by what a question means: sentence vectors, learned from where there are few phrasings and compared where there are many."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kb.encoders import Encoders
from kb.entries import Entry
from kb.gloss import Gloss
from kb.learned import WHOLE, Learned, highest, is_small
from kb.rows import ENGLISH, Row, Rows, gathered, rows_of
from kb.vectors import Vectors

Floats = NDArray[np.float32]
Progress = Callable[[int, int], None]

POOL = 48  # phrasings looked up by nearness, where there are many
TYPICAL = 0.65  # likeness to each other of two phrasings of an entry, where it is not counted: the mean of the public sets' entries


class Meant(NamedTuple):
    """A question against entries, each array of shape (entries,): see kb.weighing.Seen. rows: of each entry, its nearest phrasing."""

    entries: Sequence[str]
    spread: Mapping[str, Floats]
    near: dict[str, Floats]
    usual: Floats
    usual_english: Floats | None
    rows: Sequence[Row]


class Taught:
    """Few phrasings: classifiers over all of them."""

    def __init__(self, rows: Rows, vectors: Floats, english: Floats | None, before: Learned | None, gloss: Gloss | None = None) -> None:
        """gloss: of the English rows, with the English encoder alone."""
        self.learned, self.gloss = Learned(rows, vectors, english, before), gloss
        self.covers = {lang: rows.covered(lang) for lang in {row.lang for row in rows.rows}}
        self._names = frozenset(rows.entries)

    def holds(self, entry_id: str) -> bool:
        """Whether this entry was read."""
        return entry_id in self._names

    def compare(self, text: str, vector: Floats, english: Floats | None, odds: Mapping[str, float], wanted: Iterable[str]) -> Meant:
        """The question against all entries."""
        views = self.learned.compare(text, vector, english, odds)
        rows = self.learned.rows
        usual_english = self.learned.typical_english if "english near" in views.near else None
        return Meant(rows.entries, views.spread, dict(views.near), self.learned.typical, usual_english, [rows.rows[place] for place in views.best.tolist()])


class Many:
    """Any number of phrasings, compared by nearness; entries come and go one by one."""

    def __init__(self, size: int, english: int | None) -> None:
        self._vectors, self._english = Vectors(size), Vectors(english) if english else None
        self._rows: dict[int, Row] = {}
        self._twins: dict[int, int] = {}  # slot in the one -> slot in the English one
        self._slots: dict[str, tuple[int, ...]] = {}
        self._having: dict[str, set[str]] = {}

    def copy(self) -> Many:
        """One that holds the same and is changed apart from this one. Not while this one is changed."""
        twin = Many(self._vectors.size, self._english.size if self._english is not None else None)
        twin._vectors, twin._english = self._vectors.copy(), self._english.copy() if self._english is not None else None
        twin._rows, twin._twins, twin._slots = dict(self._rows), dict(self._twins), dict(self._slots)
        twin._having = {lang: set(having) for lang, having in self._having.items()}
        return twin

    @property
    def covers(self) -> dict[str, float]:
        """Language -> share of the entries that have a text in it."""
        return {lang: len(having) / max(len(self._slots), 1) for lang, having in list(self._having.items())}

    def holds(self, entry_id: str) -> bool:
        """Whether this entry was read."""
        return entry_id in self._slots

    def put(self, rows: Sequence[Row], vectors: Floats, english: Floats | None) -> None:
        """Add rows of entries that are not there. english: of the English ones, in order."""
        slots = self._vectors.add(vectors).tolist()
        for slot, row in zip(slots, rows, strict=True):
            self._rows[slot] = row
            self._slots[row.entry_id] = (*self._slots.get(row.entry_id, ()), slot)
            self._having.setdefault(row.lang, set()).add(row.entry_id)
        if self._english is not None and english is not None and len(english):
            of = [slot for slot, row in zip(slots, rows, strict=True) if row.lang == ENGLISH]
            for slot, twin in zip(of, self._english.add(english).tolist(), strict=True):
                self._twins[slot] = twin

    def remove(self, entry_id: str) -> None:
        """Take an entry's rows out."""
        slots = self._slots.pop(entry_id, ())
        twins = [self._twins.pop(slot) for slot in slots if slot in self._twins]
        for slot in slots:
            self._rows.pop(slot, None)
        for having in self._having.values():
            having.discard(entry_id)
        self._vectors.remove(slots)
        if self._english is not None:
            self._english.remove(twins)

    def compare(self, text: str, vector: Floats, english: Floats | None, odds: Mapping[str, float], wanted: Iterable[str]) -> Meant:
        """The question against the nearest entries and those wanted."""
        found = self._vectors.nearest(vector, POOL)[0].tolist()
        wide = dict.fromkeys([*(row.entry_id for slot in found if (row := self._rows.get(slot)) is not None), *wanted])
        # Another thread may take rows out meanwhile: what is there is looked up once.
        having = {name: here for name in wide if (here := [(slot, row) for slot in self._slots.get(name, ()) if (row := self._rows.get(slot)) is not None])}
        if not having:
            return Meant((), {}, {}, np.zeros(0, np.float32), None, ())
        names, rows = tuple(having), [row for here in having.values() for _, row in here]
        asked = np.array([slot for here in having.values() for slot, _ in here], np.int64)
        owners = np.repeat(np.arange(len(names)), [len(here) for here in having.values()])
        judged = np.maximum(self._vectors.similar(vector, asked), 0)
        near = {"near": highest(judged, owners, len(names))}
        if self._english is not None and english is not None:
            twins = np.array([self._twins.get(slot, -1) for slot in asked.tolist()], np.int64)
            own = np.zeros(len(asked), np.float32)
            own[twins >= 0] = np.maximum(self._english.similar(english, twins[twins >= 0]), 0)
            near["english near"] = highest(own, owners, len(names))
            judged = judged + own
        best = np.lexsort((-judged, owners))[np.searchsorted(owners, np.arange(len(names)))]
        usual = np.full(len(names), TYPICAL, np.float32)
        return Meant(names, {}, near, usual, usual if "english near" in near else None, [rows[place] for place in best.tolist()])


Meaning = Taught | Many  # the phrasings of all entries, as read at one time
STEP = 4_096  # phrasings read at once


class Reading:
    """Reads entries into a Meaning, and what changes into the next."""

    def __init__(self, encoders: Encoders) -> None:
        self.encoders = encoders

    def read(self, entries: Sequence[Entry], before: Meaning | None, changed: Sequence[str], progress: Progress | None = None) -> Meaning | None:
        """entries: all there are now; before: what was read last, None at first; changed: ids that were put or removed since."""
        rows = gathered(entries)
        if not rows.rows:
            return None
        if is_small(rows):
            english = self._english(rows.rows, progress) if rows.covered(ENGLISH) >= WHOLE else None
            known = before if isinstance(before, Taught) else None
            gloss = Gloss(rows.texts(ENGLISH), self._encoded, known.gloss if known else None) if english is not None else None
            return Taught(rows, self._general(rows.rows, progress), english, known.learned if known else None, gloss)
        many = before if isinstance(before, Many) else Many(self.encoders.general.size, self.encoders.english.size if self.encoders.english else None)
        news = set(changed) if many is before else set(rows.entries)
        for name in news:
            many.remove(name)
        fresh = [row for entry in entries if entry.id in news and not entry.retired for row in rows_of(entry)]
        for begin in range(0, len(fresh), STEP):
            part = fresh[begin:begin + STEP]
            many.put(part, self._general(part, None), self._english(part, None))
            if progress is not None:
                progress(begin + len(part), len(fresh))
        return many

    def _general(self, rows: Sequence[Row], progress: Progress | None) -> Floats:
        return self._encoded([row.text for row in rows], progress)

    def _encoded(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        encoders = self.encoders
        return encoders.caches[0].vectors(texts, encoders.general.encode, progress) if encoders.caches else encoders.general.encode(texts)

    def _english(self, rows: Sequence[Row], progress: Progress | None) -> Floats | None:
        encoders = self.encoders
        if encoders.english is None:
            return None
        texts = [row.text for row in rows if row.lang == ENGLISH]
        return encoders.caches[1].vectors(texts, encoders.english.encode, progress) if encoders.caches else encoders.english.encode(texts)
