"""How sure: from what candidates share with the question to scores that mean a share of right answers.

The weights were fitted on phrasings of public question sets and of the sample articles, a quarter of each entry's phrasings left out and asked
(right answer there), and a quarter of the entries left out whole and asked (nothing there answers them). No labelled question was used.
docs/decisions/0002-matching-thresholds.md tells how.
"""
from __future__ import annotations

from collections.abc import Sequence
from math import exp

from kb.signals import Signals

NEAREST_WRONG = 99.0  # highest score of what is not a known phrasing word for word
UNWRITTEN = 0.25  # strength of a rival that is always there: the entry nobody has written yet; it keeps a small knowledge base modest
MOST_LEAD = 0.3  # a greater lead says no more
_SHARPNESS = 12.0  # of the share of the strength that is the best's: a rival as strong halves it, one 0.06 weaker has half of that


def strength(signals: Signals) -> float:
    """One number 0..1 to rank by."""
    return (0.26 * signals.alike + 0.25 * signals.votes + 0.09 * signals.typical + 0.14 * signals.owned + 0.15 * signals.centred
            + 0.11 * signals.order)


def scores(strengths: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """0..NEAREST_WRONG for the candidates of one question, best first; rivals that are nearly as strong lower each other."""
    if not strengths:
        return []
    best = strengths[0]
    second = max(strengths[1] if len(strengths) > 1 else 0.0, UNWRITTEN)
    rival = max(best, UNWRITTEN)
    odds = [exp(_SHARPNESS * (one - best)) for one in strengths]
    total = sum(odds) + exp(_SHARPNESS * (UNWRITTEN - best))
    found, least = list[float](), NEAREST_WRONG
    for at, (one, odd, gap) in enumerate(zip(strengths, odds, gaps, strict=True)):
        lead = max(-MOST_LEAD, min(MOST_LEAD, one - rival if at else best - second))
        z = -1.27 + 0.66 * one + 4.96 * lead + 2.14 * odd / total - 2.36 * gap
        least = min(least, 100.0 / (1.0 + exp(-z)))
        found.append(least)
    return found
