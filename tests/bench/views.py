"""Views made of others: what a knowledge base would be asked that lacks some of its entries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kb.encoders import Encodes
from kb.rows import gathered
from tests.bench.sets import View

LEFT_OUT = 0.3  # share of the entries that are left out


def thinned(view: View, encoder: Encodes, second: bool) -> View:
    """The view without the one entry (or the second) of each of its pairs most alike: questions for those are out of scope now, and near to what is left.

    Real knowledge bases are asked for what is beside their entries; few of the public sets have such questions.
    """
    rows = gathered(view.entries)
    centres = np.add.reduceat(encoder.encode(rows.texts()), rows.starts, axis=0)
    centres = centres / np.linalg.norm(centres, axis=1, keepdims=True)
    alike = np.triu(centres @ centres.T, 1)
    gone, kept = set[str](), set[str]()
    for place in (-alike).argsort(axis=None).tolist():
        one, other = (rows.entries[each] for each in divmod(place, len(rows.entries)))
        if len(gone) >= LEFT_OUT * len(rows.entries):
            break
        if not {one, other} & (gone | kept):
            gone.add(other if second else one)
            kept.add(one if second else other)
    queries = tuple(replace(query, expected=None) if query.expected in gone else query for query in view.queries)
    return View(f"{view.name}.thinned", tuple(entry for entry in view.entries if entry.id not in gone), queries)
