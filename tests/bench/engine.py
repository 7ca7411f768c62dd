"""Firstline's matcher as the bench sees it: made in one place, with the sentence encoder or without."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kb.encoders import Encoders, open_encoders
from kb.evaluate import build
from kb.labelled import Query
from kb.matching import Matcher
from tests.bench.baselines import Baseline, Found

Vectors = dict[str, NDArray[np.float32]]  # by the question


def encoders() -> Encoders | None:
    """The sentence encoders, None where they are not installed. Nothing is kept from one run to the next."""
    return open_encoders()


def firstline(model: Encoders | None, vectors: Vectors | None = None) -> Baseline:
    """The product, made anew for every view; None: words alone. vectors: takes up those of the questions."""
    return lambda view: asked(build(view.entries, model), view.queries, vectors)


def asked(matcher: Matcher, queries: Sequence[Query], vectors: Vectors | None = None) -> Found:
    """Each question one after the other, as they come: nothing about them is told but their words. vectors: takes up theirs."""
    best = list[str | None]()
    score = np.zeros(len(queries))
    for at, query in enumerate(queries):
        ranked = matcher.rank(query.text)
        best.append(ranked[0].entry_id if ranked else None)
        score[at] = ranked[0].score if ranked else 0.0
        if vectors is not None and (vector := matcher.vector(query.text)) is not None:
            vectors[query.text] = vector
    return best, score
