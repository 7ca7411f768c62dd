"""Which of many questions an edit of some entries may answer otherwise: a rough look at all of them, so that only few are asked twice.

Nothing is moved where no phrasing is. Where the phrasings are learned from, an edit shifts the shares of entries far from it, too: all questions are looked at
by their vectors alone, with the entries as they are and as they shall be, and what shifts is asked. Measured against asking all of them twice
(tests/bench/curation.py): what is missed are scores that cross a threshold by a point or two, far from what was edited.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kb.entries import Entry
from kb.lexicon import is_frequent
from kb.matching import Matcher
from kb.rows import Row, rows_of
from kb.text import normalise, tokens

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

NEAR = 0.4  # cosine to a phrasing that comes or goes from which a question is asked again
SHIFT = 0.05  # of the likeliest entry's share
HOPELESS = 0.2  # share, as roughly seen, below which hardly anything is shown, whichever entry it is
STEM = 4  # letters that two words begin with to count as one, where words decide alone
AT_ONCE = 1_024  # questions: the largest table is 6 MB with 1,500 phrasings


def rows_changed(before: Matcher, changed: Sequence[Entry]) -> list[Row]:
    """The phrasings that come or go when these entries are put."""
    found: dict[Row, None] = {}
    for entry in changed:
        known = before.entry(entry.id)
        had, has = set(rows_of(known)) if known else set(), set() if entry.retired else set(rows_of(entry))
        found.update(dict.fromkeys(sorted(had ^ has)))
    return list(found)


def moved(before: Matcher, after: Matcher, rows: Sequence[Row], questions: Sequence[str], vectors: Floats | None) -> Flags:
    """Which of the questions may be answered otherwise, shape (questions,). rows: what came or went; vectors: of the questions, None: words decide alone."""
    if not rows or not questions:
        return np.zeros(len(questions), bool)
    said = {normalise(row.text) for row in rows}
    found = np.array([normalise(question) in said for question in questions], bool)
    if vectors is None:
        return found | _share_words(rows, questions)
    coming = after.vectors([row.text for row in rows])
    ids = np.array(sorted({row.entry_id for row in rows}))
    for begin in range(0, len(questions), AT_ONCE):
        part = slice(begin, begin + AT_ONCE)
        if coming is not None:
            found[part] |= (vectors[part] @ coming.T).max(axis=1) >= NEAR
        found[part] |= _shifted(before, after, vectors[part], ids)
    return found


def _shifted(before: Matcher, after: Matcher, vectors: Floats, ids: NDArray[np.str_]) -> Flags:
    was, will = before.glance(vectors), after.glance(vectors)
    if was is None or will is None:
        return np.zeros(len(vectors), bool)
    apart = (was.names != will.names) | (np.abs(was.shares - will.shares) >= SHIFT) | np.isin(was.names, ids) | np.isin(will.names, ids)
    hopeful: Flags = apart & (np.maximum(was.shares, will.shares) >= HOPELESS)
    return hopeful


def _share_words(rows: Sequence[Row], questions: Sequence[str]) -> Flags:
    stems = {word[:STEM] for row in rows for word in tokens(row.text) if not is_frequent(word)} or {word for row in rows for word in tokens(row.text)}
    return np.array([any(word[:STEM] in stems for word in tokens(question)) for question in questions], bool)
