"""How good scores are at telling right from wrong: the figures that need no threshold of ours.

In all of them a question is *right* when an entry answers it and that entry is the best one found; an out-of-scope question is never right.
Scores are only compared, so any scale will do; ties are kept together where a threshold would have to cut, and in the order given elsewhere.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]


def aurc(score: Floats, right: Bools) -> float | None:
    """Area under the risk-coverage curve: the mean share of wrong ones among the n surest, over all n; 0 is best, None for nothing.

    Shapes (n,). Geifman & El-Yaniv, Selective Classification for Deep Neural Networks, 2017.
    """
    if not len(score):
        return None
    ordered = right[np.argsort(-score, kind="stable")]
    return float(np.mean(np.cumsum(~ordered) / np.arange(1, len(ordered) + 1)))


def auroc(positive: Floats, negative: Floats) -> float | None:
    """Chance that one of the first scores above one of the second, a tie counting half; None when either is empty."""
    if not len(positive) or not len(negative):
        return None
    ordered = np.sort(negative)
    below, not_above = np.searchsorted(ordered, positive, "left"), np.searchsorted(ordered, positive, "right")
    return float((below + not_above).sum() / (2 * len(positive) * len(negative)))


def best_threshold(score: Floats, right: Bools, wrong_at_most: float) -> float | None:
    """The lowest score from which to answer so that at most that share of the answers is wrong, known only afterwards; None when there is none."""
    if not len(score):
        return None
    order = np.argsort(-score, kind="stable")
    falling = score[order]
    risk = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    last = np.append(falling[1:] != falling[:-1], True)  # a threshold cannot cut between equal scores
    kept = np.flatnonzero(last & (risk <= wrong_at_most))
    return float(falling[kept[-1]]) if len(kept) else None


def coverage_at(score: Floats, right: Bools, in_scope: int, wrong_at_most: float) -> float | None:
    """Right answers from the best threshold on, as a share of the questions in scope; 0 when no threshold keeps the limit, None without any in scope.

    wrong_at_most: share 0..1 of the answers. The threshold is the best possible one for these very questions: an upper bound of what can be learned.
    """
    if not in_scope:
        return None
    threshold = best_threshold(score, right, wrong_at_most)
    return 0.0 if threshold is None else float(np.count_nonzero(right & (score >= threshold)) / in_scope)


def selective(predicted: Sequence[str | None], score: Floats, expected: Sequence[str | None]) -> dict[str, float | None]:
    """acc, cov10, cov5, cov2, auroc, aurc, each 0..1, of a matcher's best entries and their scores.

    predicted: None where nothing was found. expected: None for out of scope.
    """
    known = np.array([one is not None for one in expected], bool)
    right = known & np.array([one == other for one, other in zip(predicted, expected, strict=True)], bool)
    inside = int(known.sum())
    return {
        "acc": float(right.sum() / inside) if inside else None,
        "cov10": coverage_at(score, right, inside, 0.10), "cov5": coverage_at(score, right, inside, 0.05),
        "cov2": coverage_at(score, right, inside, 0.02),
        "auroc": auroc(score[known], score[~known]), "aurc": aurc(score, right)}
