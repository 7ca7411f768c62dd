"""From what was seen of a question to the order of the entries and how sure each is.

Which entry is right and whether any is, are two questions: the order adds up what the regressions say (they see what tells entries apart), the confidence
asks as well whether anything is near (likeness), whether it is as near as the entry's own phrasings are to each other, and what words are missing.
Each has a set of weights for a question in English, in the entries' own language, and in another one. They were fitted by tests/bench/weights.py on
public question sets, each set judged by weights made without its family: docs/decisions/0009-matching-by-meaning.md
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Regime = Literal["english", "own", "other", "glossed"]  # glossed: another language, read word by word in English (kb.gloss)

SHOWN = 8  # candidates that get a score
RIVALS = 10  # entries that an entry's likeness is compared with, beside itself
TWIN = 0.5  # lead of the first over an entry up to which that one is as good; all entries taken together, near out of scope is told worse
MOST_LEAD = 8.0  # a greater lead over the second says no more

ORDER: Mapping[Regime, Mapping[str, float]] = {
    "english": {"english": 0.4, "joint": 0.4, "lettered": 0.2, "english centre": 3.0},
    "own": {"lettered": 1.0, "centre": 3.0},
    "other": {"plain": 1.0, "apart": 2.0, "centre": 2.0},
    "glossed": {"plain": 1.0, "apart": 4.0, "english": 0.5, "english near": 2.0}}
# The same where nothing was learned: too many phrasings, or a single entry.
UNLEARNED: Mapping[Regime, Mapping[str, float]] = {
    "english": {"near": 8.0, "english near": 22.0, "words": 14.0},
    "own": {"near": 22.0, "words": 18.0},
    "other": {"near": 30.0, "words": 1.0}}
FACTS: Mapping[str, tuple[str, ...]] = {
    "english": ("share", "english near", "english usual", "english centre", "usual", "gap", "owned", "english agree", "agree"),
    "own": ("share", "lead", "near", "usual", "centre", "apart", "letters", "gap", "owned", "agree"),
    "other": ("share", "lead", "near", "usual", "centre", "apart", "agree"),
    "glossed": ("share", "lead", "near", "usual", "centre", "apart", "english near", "english usual", "english apart", "agree"),
    "english unlearned": ("share", "lead", "english near", "english usual", "english apart", "near", "usual", "gap", "owned", "english agree", "agree"),
    "own unlearned": ("share", "lead", "near", "usual", "apart", "gap", "owned", "agree"),
    "other unlearned": ("share", "lead", "near", "usual", "apart", "agree")}
# A constant, then one weight for each of FACTS.
SURE: Mapping[str, tuple[float, ...]] = {
    "english": (-2.584, 1.075, 0.631, 2.677, 1.762, 0.932, -0.349, 0.264, 0.691, 0.986),
    "own": (-1.514, 0.271, 1.045, -2.363, 5.084, 1.870, -0.259, 1.225, -0.094, 0.919, 1.070),
    "other": (-1.972, 0.874, 0.879, 1.518, 2.391, 0.998, 1.081, 0.119),
    "glossed": (-2.285, 0.632, 0.502, 1.231, 1.457, 1.280, 0.233, 0.127, 1.282, 0.568, 0.471),
    "english unlearned": (-3.071, 0.301, 0.437, 1.462, 1.462, 1.739, 0.906, 0.906, -0.467, 0.457, 0.362, 0.509),
    "own unlearned": (-2.666, 0.518, 0.583, 2.193, 2.193, -0.908, -0.569, 1.024, 0.381),
    "other unlearned": (-1.700, 0.687, 0.701, 2.359, 2.359, 0.684, -0.752),
}


class Seen(NamedTuple):
    """A question against some entries, each array of shape (entries,).

    spread: log-probabilities by name of regression, none when nothing was learned; near: likeness by name; usual, usual_english: the entries' own likeness.
    """

    spread: Mapping[str, Floats]
    near: Mapping[str, Floats]
    usual: Floats
    usual_english: Floats | None


def order(seen: Seen, regime: Regime) -> Floats:
    """The strength of each entry; the differences count."""
    weights = ORDER[regime] if seen.spread else UNLEARNED[regime]
    found = np.zeros_like(seen.usual)
    for name, weight in weights.items():
        values = seen.spread[name] if name in seen.spread else seen.near.get(name)
        if values is not None:
            found = found + np.float32(weight) * values
    return found


def facts(seen: Seen, regime: Regime, strengths: Floats, places: NDArray[np.intp]) -> dict[str, Floats]:
    """What the confidence of these entries is made of, each of shape (places,)."""
    odds = np.exp(strengths - strengths.max())
    shares = np.clip(odds / odds.sum(), 1e-6, 1 - 1e-6)
    best, second = _two(strengths)
    found: dict[str, Floats] = {
        "share": (np.log(shares / (1 - shares))[places] / 4).astype(np.float32),
        "lead": (np.clip(strengths[places] - np.where(strengths[places] >= best, second, best), -MOST_LEAD, MOST_LEAD) / 3).astype(np.float32),
        "usual": (seen.near["near"] - seen.usual)[places], "apart": _apart(seen.near["near"], places), "agree": _agree(seen, OTHERS[regime], places)}
    for name in ("near", "centre", "letters", "words", "gap", "owned"):
        found[name] = seen.near[name][places] if name in seen.near else np.zeros(len(places), np.float32)
    if regime in ("english", "glossed") and seen.usual_english is not None:
        found["english usual"] = (seen.near["english near"] - seen.usual_english)[places]
        found["english apart"] = _apart(seen.near["english near"], places)
        found["english agree"] = _agree(seen, ("english", "english near"), places)
        for name in ("english near", "english centre"):
            found[name] = seen.near[name][places] if name in seen.near else np.zeros(len(places), np.float32)
    return found


OTHERS: Mapping[Regime, tuple[str, ...]] = {
    "english": ("lettered", "plain", "near", "words"), "own": ("lettered", "plain", "near", "words"), "other": ("plain", "near", "centre"),
    "glossed": ("plain", "near", "english", "english near")}


def sure(seen: Seen, regime: Regime, strengths: Floats, places: NDArray[np.intp]) -> NDArray[np.float64]:
    """How sure each of these entries is, 0..1, none surer than one before it. places: best first."""
    found = facts(seen, regime, strengths, places)
    kind = regime if seen.spread else f"{regime} unlearned"
    constant, *weights = SURE[kind]
    logits = constant + np.array(weights) @ np.stack([found[name] for name in FACTS[kind]])
    shares = np.minimum.accumulate(1 / (1 + np.exp(-logits)))
    twins = strengths[places] >= strengths[places[0]] - TWIN
    return shares / max(1.0, float(shares[twins].sum()))  # one of them at most is right: twins halve each other's


def _two(values: Floats) -> tuple[float, float]:
    """The highest and the second highest."""
    if len(values) < 2:
        return float(values[0]), float(values[0]) - MOST_LEAD
    second, best = np.partition(values, len(values) - 2)[-2:]
    return float(best), float(second)


def _apart(values: Floats, places: NDArray[np.intp]) -> Floats:
    """By how much these are above the mean of the highest ten others."""
    highest = -np.sort(-values)[1:RIVALS + 1]
    found: Floats = values[places] - np.float32(highest.mean() if len(highest) else 0.0)
    return found


def _agree(seen: Seen, names: tuple[str, ...], places: NDArray[np.intp]) -> Floats:
    """The share of these that would put the entry first."""
    judges = [values for name in names if (values := seen.spread.get(name, seen.near.get(name))) is not None]
    firsts = [int(values.argmax()) for values in judges]
    return np.array([sum(first == place for first in firsts) / max(len(firsts), 1) for place in places.tolist()], np.float32)
