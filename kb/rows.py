"""The phrasings of a knowledge base in one order: those of an entry lie together."""
from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kb.entries import Entry
from kb.text import tokens

ENGLISH = "en"


class Row(NamedTuple):
    """A question or phrasing of an entry."""

    entry_id: str
    lang: str
    text: str


class Rows(NamedTuple):
    """Rows, grouped by entry. entries: ids; owners: of each row, its entry's place; starts: of each entry, its first row."""

    rows: tuple[Row, ...]
    entries: tuple[str, ...]
    owners: NDArray[np.intp]
    starts: NDArray[np.intp]

    def texts(self, lang: str | None = None) -> list[str]:
        """All texts, or those of a language."""
        return [row.text for row in self.rows if lang is None or row.lang == lang]

    def covered(self, lang: str) -> float:
        """Share of the entries that have a text in this language."""
        having = {row.entry_id for row in self.rows if row.lang == lang}
        return len(having) / len(self.entries) if self.entries else 0.0


def rows_of(entry: Entry) -> list[Row]:
    """What can be asked for the entry, each wording once; wordings without a word are left out."""
    found = dict.fromkeys(Row(entry.id, text.lang, way) for text in entry.texts for way in (text.question, *text.phrasings))
    return [row for row in found if tokens(row.text)]


def gathered(entries: Iterable[Entry]) -> Rows:
    """The rows of entries that have any."""
    each = [(entry.id, rows) for entry in entries if not entry.retired and (rows := rows_of(entry))]
    sizes = np.array([len(rows) for _, rows in each], np.intp)
    owners, starts = np.repeat(np.arange(len(each)), sizes), np.cumsum(sizes) - sizes
    return Rows(tuple(row for _, rows in each for row in rows), tuple(name for name, _ in each), owners, starts)
