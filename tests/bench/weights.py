"""Fits the confidence weights of kb.weighing on public question sets and prints them.

    SETS=folder python -m tests.bench.weights

Every view counts by the square root of its questions. A view's figures are those of weights made without its family of sets, so they tell what an unknown
knowledge base may expect; the weights printed at the end are made with all of them.
"""
from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kb.encoders import Encoders
from kb.encoding import load, load_english
from kb.matching import Matcher, _odds, _seen
from kb.meaning import Many, Meaning, Taught
from kb.metrics import aurc, auroc, coverage_at
from kb.rows import rows_of
from kb.text import tokens
from kb.weighing import FACTS, Regime, facts, order
from tests.bench.sets import View, views

SHRINK = 4.0  # of the logistic regression: its weights shall hold for other sets
Floats = NDArray[np.float64]


class Examples(NamedTuple):
    """The best entry of each question: what its confidence is made of, and whether it was right."""

    family: str
    facts: Floats
    right: NDArray[np.bool_]
    inside: NDArray[np.bool_]


def _meaning(matcher: Matcher, encoders: Encoders, view: View, learned: bool) -> Meaning:
    if learned:
        assert isinstance(matcher._meaning, Taught)
        return matcher._meaning
    many = Many(encoders.general.size, encoders.english.size if encoders.english else None)
    rows = [row for entry in view.entries for row in rows_of(entry)]
    english = encoders.english.encode([row.text for row in rows if row.lang == "en"]) if encoders.english else None
    many.put(rows, encoders.general.encode([row.text for row in rows]), english)
    return many


def examples(view: View, encoders: Encoders, regime: Regime, learned: bool) -> Examples:
    """The view's questions as that regime sees them."""
    matcher = Matcher(view.entries, encoders)
    meaning = _meaning(matcher, encoders, view, learned)
    texts = [query.text for query in view.queries]
    general = encoders.general.encode(texts)
    english = encoders.english.encode(texts) if encoders.english and regime == "english" else None
    found, right, inside = [], [], []
    for place, query in enumerate(view.queries):
        lexical = {item.entry_id: item for item in matcher._lexical.search(query.text, tokens(query.text), None)} if tokens(query.text) else {}
        meant = meaning.compare(query.text, general[place], english[place] if english is not None else None, _odds(query.text, None, meaning.covers), lexical)
        seen = _seen(meant, lexical)
        strengths = order(seen, regime)
        best = np.array([int(strengths.argmax())])
        known = facts(seen, regime, strengths, best)
        found.append([float(known[name][0]) for name in FACTS[regime]])
        right.append(meant.entries[int(best[0])] == query.expected)
        inside.append(query.expected is not None)
    return Examples(_family(view), np.array(found), np.array(right), np.array(inside))


def fitted(sets: Sequence[Examples]) -> Floats:
    """The constant and the weights: logistic regression by Newton's steps, on facts brought to one scale."""
    facts_ = np.concatenate([each.facts for each in sets])
    right = np.concatenate([each.right for each in sets]).astype(float)
    counts = np.concatenate([np.full(len(each.right), len(each.right) ** -0.5) for each in sets])
    mean, scale = facts_.mean(axis=0), facts_.std(axis=0) + 1e-6
    known = np.hstack([np.ones((len(facts_), 1)), (facts_ - mean) / scale])
    weights, penalty = np.zeros(known.shape[1]), np.diag([0.0, *[SHRINK] * facts_.shape[1]])
    for _ in range(30):
        sure = 1 / (1 + np.exp(-known @ weights))
        slope = known.T @ (counts * (sure - right)) + penalty @ weights
        weights = weights - np.linalg.solve((known * (counts * sure * (1 - sure))[:, None]).T @ known + penalty, slope)
    plain = weights[1:] / scale
    return np.array([weights[0] - float(plain @ mean), *plain])


def _chosen(every: Sequence[View], regime: Regime) -> Iterator[View]:
    for view in every:
        asked_in = {query.lang for query in view.queries}
        written_in = {text.lang for entry in view.entries for text in entry.texts}
        if not asked_in <= written_in:
            if regime == "other":
                yield view
        elif regime != "english" or written_in == {"en"}:
            yield view


def main() -> None:
    """Print the figures and the weights."""
    folder = os.environ.get("SETS", "")
    if not folder:
        sys.exit("SETS: the folder of the question sets")
    encoders = Encoders(load(), load_english())
    every = [view for view in views(Path(folder)) if "k5" not in view.name and "covid" not in view.name]
    for learned in (True, False):
        for regime in FACTS:
            sets = {view.name: examples(view, encoders, regime, learned) for view in _chosen(every, regime)}
            # What is foreign to a regime teaches it less: questions in the entries' language beside those in another, English ones beside the rest.
            of = {view.name: view for view in every}
            own = [name for name in sets if _is_own(of[name], regime)]
            for name in own:
                rest = [each for other, each in sets.items() if each.family != sets[name].family for _ in range(1 + (other in own and regime != "english"))]
                weights = fitted(rest)
                scores = sets[name].facts @ weights[1:] + weights[0]
                print(f"{regime:8} {'' if learned else 'unlearned '}{name:20} {_told(sets[name], scores)}", flush=True)
            final = fitted([each for other, each in sets.items() for _ in range(1 + (other in own and regime != "english"))])
            print(f'    "{regime}{"" if learned else " unlearned"}": ({", ".join(f"{weight:.3f}" for weight in final)}),', flush=True)


def _told(asked: Examples, scores: Floats) -> str:
    inside = int(asked.inside.sum())
    found = {"acc": asked.right.sum() / inside, "cov5": coverage_at(scores, asked.right, inside, 0.05), "cov10": coverage_at(scores, asked.right, inside, 0.1),
             "aurc": aurc(scores, asked.right), "auroc": auroc(scores[asked.inside], scores[~asked.inside])}
    return " ".join(f"{name} {100 * value:.1f}" for name, value in found.items() if value is not None)


def _family(view: View) -> str:
    """Sets that share their questions."""
    return view.name.split(".")[0].split("_")[0].replace("banking50", "banking77")


def _is_own(view: View, regime: Regime) -> bool:
    asked_in = {query.lang for query in view.queries}
    written_in = {text.lang for entry in view.entries for text in entry.texts}
    if regime == "other":
        return not asked_in <= written_in
    return asked_in <= written_in and (written_in == {"en"}) == (regime == "english")


if __name__ == "__main__":
    main()
