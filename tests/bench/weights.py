"""Fits the confidence weights of kb.weighing on public question sets and prints them.

    SETS=folder python -m tests.bench.weights

Every view counts by the square root of its questions, and once more without a third of its entries (tests.bench.views), since few sets ask for what is beside
their entries. A view's figures are those of weights made without its family of sets, so they tell what an unknown knowledge base may expect; the weights
printed at the end are made with all of them.
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
from kb.gloss import blended, words
from kb.judging import seen as seen_of
from kb.language import detect
from kb.matching import Matcher, _odds
from kb.meaning import Many, Meaning, Taught
from kb.metrics import aurc, auroc, coverage_at
from kb.rows import ENGLISH, rows_of
from kb.text import tokens
from kb.weighing import FACTS, ORDER, UNLEARNED, Regime, facts, order
from tests.bench.sets import View, views
from tests.bench.views import thinned

SHRINK = 4.0  # of the logistic regression: its weights shall hold for other sets
SHRINK_ENGLISH = 16.0  # of those for learned English entries, of which the sets speak most alike
Floats = NDArray[np.float64]


class Examples(NamedTuple):
    """The best entry of each question: what its confidence is made of, and whether it was right. weight: how often the view counts."""

    family: str
    weight: float
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


def examples(view: View, encoders: Encoders, regime: Regime, learned: bool, weight: float = 1.0) -> Examples:
    """The view's questions as that regime sees them."""
    matcher = Matcher(view.entries, encoders)
    meaning = _meaning(matcher, encoders, view, learned)
    texts = [query.text for query in view.queries]
    general, readings = encoders.general.encode(texts), _read(texts, meaning, encoders, regime)
    english = None
    if encoders.english is not None and regime in ("english", "glossed"):
        english = [blended(list(encoders.english.encode(each))) for each in readings]
    found, right, inside = [], [], []
    for place, query in enumerate(view.queries):
        lexical = {item.entry_id: item for item in matcher._lexical.search(query.text, tokens(query.text), None)} if tokens(query.text) else {}
        odds = {ENGLISH: 1.0} if regime == "glossed" else _odds(matcher._spoken(query.text), None, meaning.covers)
        meant = meaning.compare(readings[place][0], general[place], english[place] if english is not None else None, odds, lexical)
        seen = seen_of(meant, lexical)
        strengths = order(seen, regime)
        best = np.array([int(strengths.argmax())])
        known = facts(seen, regime, strengths, best)
        found.append([float(known[name][0]) for name in FACTS[regime if learned else f"{regime} unlearned"]])
        right.append(meant.entries[int(best[0])] == query.expected)
        inside.append(query.expected is not None)
    return Examples(_family(view), weight, np.array(found), np.array(right), np.array(inside))


def _read(texts: Sequence[str], meaning: Meaning, encoders: Encoders, regime: Regime) -> list[tuple[str, ...]]:
    """The texts as that regime reads them."""
    if regime != "glossed":
        return [(text,) for text in texts]
    assert isinstance(meaning, Taught)
    assert meaning.gloss is not None
    gloss = meaning.gloss

    def vectors(each: Sequence[str]) -> list[NDArray[np.float32]]:
        return list(encoders.general.encode(each))

    return [gloss.read(spoken, vectors, detect(text) or ENGLISH) if (spoken := words(text)) else (text,) for text in texts]


def fitted(sets: Sequence[Examples], shrink: float = SHRINK) -> Floats:
    """The constant and the weights: logistic regression by Newton's steps, on facts brought to one scale."""
    facts_ = np.concatenate([each.facts for each in sets])
    right = np.concatenate([each.right for each in sets]).astype(float)
    counts = np.concatenate([np.full(len(each.right), each.weight * len(each.right) ** -0.5) for each in sets])
    mean, scale = facts_.mean(axis=0), facts_.std(axis=0) + 1e-6
    known = np.hstack([np.ones((len(facts_), 1)), (facts_ - mean) / scale])
    weights, penalty = np.zeros(known.shape[1]), np.diag([0.0, *[shrink] * facts_.shape[1]])
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
            if regime in ("other", "glossed"):
                yield view
        elif regime not in ("other", "glossed") and (regime != "english" or written_in == {"en"}):
            yield view


def _weighed(view: View, encoders: Encoders, regime: Regime, learned: bool) -> list[Examples]:
    """The view, and the same without some of its entries, in two ways that count half. What is foreign to a regime teaches it less: in that of the entries'
    own language English counts half beside the rest."""
    weight = 2.0 if regime == "own" and _is_own(view, regime) else 1.0
    thin = [examples(thinned(view, encoders.general, second), encoders, regime, learned, weight / 2) for second in (False, True)]
    return [examples(view, encoders, regime, learned, weight), *thin]


def main() -> None:
    """Print the figures and the weights."""
    folder = os.environ.get("SETS", "")
    if not folder:
        sys.exit("SETS: the folder of the question sets")
    encoders = Encoders(load(), load_english())
    every = [view for view in views(Path(folder)) if "k5" not in view.name and "covid" not in view.name]
    for learned in (True, False):
        for regime in ORDER if learned else UNLEARNED:
            shrink = SHRINK_ENGLISH if learned and regime == "english" else SHRINK
            sets = {view.name: (view, _weighed(view, encoders, regime, learned)) for view in _chosen(every, regime)}
            for name, (view, made) in sets.items():
                if _is_own(view, regime):
                    weights = fitted([each for _, others in sets.values() for each in others if each.family != made[0].family], shrink)
                    for kind, asked in zip(("", " thinned"), made, strict=False):
                        told = _told(asked, asked.facts @ weights[1:] + weights[0])
                        print(f"{regime:8} {'' if learned else 'unlearned '}{name + kind:28} {told}", flush=True)
            final = fitted([each for _, made in sets.values() for each in made], shrink)
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
    if regime in ("other", "glossed"):
        return not asked_in <= written_in
    return asked_in <= written_in and (written_in == {"en"}) == (regime == "english")


if __name__ == "__main__":
    main()
