"""What a desk would promise once it had learned from questions like these: a threshold from one half of them, judged by the other."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from kb import evaluate
from kb.bounds import upper_bound
from kb.metrics import Bools, Floats, best_threshold, coverage_at
from kb.promise import Outcome, learn

DRAWS = 50  # random halves
SEED = 20_26
_NOW = datetime(2026, 1, 1, tzinfo=UTC)  # all outcomes are of one moment

Learn = Callable[[Floats, Bools, float], float | None]
"""From scores, what was right and the share of wrong answers allowed to the score from which to answer; None: not yet."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """wrong_at_most: the promise, share 0..1. threshold: learned from all questions, None when they are too few or too often wrong.

    Means over the draws, of halves nothing was learned from: coverage, right answers as a share of what is in scope; wrong_rate, of the answers;
    kept, the share of draws in which the promise held (no answer breaks none). best_threshold, best_coverage: the most that was possible, known afterwards.
    """

    wrong_at_most: float
    threshold: float | None
    coverage: float | None
    wrong_rate: float | None
    kept: float | None
    best_threshold: float | None
    best_coverage: float | None


def foresee(outcomes: Sequence[evaluate.Outcome], wrong_at_most: float, learn: Learn) -> Foresight:
    """Here, and only here, labels choose a threshold; no decision that is told elsewhere uses it."""
    score = np.array([one.score for one in outcomes], np.float64)
    right = np.array([one.right for one in outcomes], bool)
    known = np.array([one.query.expected is not None for one in outcomes], bool)
    picks, answered, wrong, covered = np.random.default_rng(SEED), list[int](), list[int](), list[float]()
    for _ in range(DRAWS if len(outcomes) > 1 else 0):
        order = picks.permutation(len(outcomes))
        taught, judged = order[: len(order) // 2], order[len(order) // 2:]
        threshold = learn(score[taught], right[taught], wrong_at_most)
        told = np.zeros(len(judged), bool) if threshold is None else score[judged] >= threshold
        answered.append(int(told.sum()))
        wrong.append(int((told & ~right[judged]).sum()))
        if inside := int(known[judged].sum()):
            covered.append(float((told & right[judged]).sum() / inside))
    return Foresight(
        wrong_at_most, learn(score, right, wrong_at_most) if len(outcomes) else None,
        float(np.mean(covered)) if covered else None, sum(wrong) / sum(answered) if sum(answered) else None,
        float(np.mean([bad <= wrong_at_most * all_ for bad, all_ in zip(wrong, answered, strict=True)])) if answered else None,
        best_threshold(score, right, wrong_at_most), coverage_at(score, right, int(known.sum()), wrong_at_most))


def promised(score: Floats, right: Bools, wrong_at_most: float) -> float | None:
    """What a desk learns from these outcomes: kb.promise."""
    return learn([Outcome(float(one), bool(was), _NOW) for one, was in zip(score, right, strict=True)], wrong_at_most).threshold


def bounded(score: Floats, right: Bools, wrong_at_most: float) -> float | None:
    """The lowest score from which, with 90 % certainty, no more of the answers are wrong; ties are kept together, None when there is none."""
    order = np.argsort(-score, kind="stable")
    falling, wrong = score[order], np.cumsum(~right[order])
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) if len(score) else np.zeros(0, int)
    for at in last[::-1].tolist():
        if wrong[at] <= wrong_at_most * (at + 1) and upper_bound(int(wrong[at]), at + 1) <= wrong_at_most:
            return float(falling[at])
    return None
