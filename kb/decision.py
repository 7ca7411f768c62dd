"""Answer, suggest or hand over."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kb.entries import Match

MAX_SUGGESTED = 5  # buttons people read; also what every channel can show


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score (0..100) what is done. Defaults: docs/decisions/0002-matching-thresholds.md."""

    answer: float = 80.0
    suggest: float = 30.0
    lead: float = 10.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """answer: one match. suggest: one to five. hand_over: none to five, what was considered."""

    decision: Literal["answer", "suggest", "hand_over"]
    matches: tuple[Match, ...] = ()


def decide(ranked: Sequence[Match], limits: Thresholds) -> Verdict:
    """Answer, suggest or hand over.

    ranked: best first, scores 0..100; may be empty (then: hand over). Never raises.
    limits.lead: points by which the best must beat the second to stand alone; two phrasings word for word never stand alone.
    Source: docs/decisions/0002-matching-thresholds.md
    """
    if not ranked:
        return Verdict("hand_over")
    best = ranked[0]
    second = ranked[1].score if len(ranked) > 1 else 0.0
    if best.score >= limits.answer and best.score - second >= limits.lead:
        return Verdict("answer", (best,))
    plausible = tuple(match for match in ranked if match.score >= limits.suggest)[:MAX_SUGGESTED]
    if plausible:
        return Verdict("suggest", plausible)
    return Verdict("hand_over", tuple(ranked[:MAX_SUGGESTED]))
