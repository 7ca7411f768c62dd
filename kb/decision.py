"""Answer, suggest or hand over."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kb.entries import Match

MAX_SUGGESTED = 5  # buttons people read; also what every channel can show


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score (0..100) what is done. answer: learned from outcomes (kb.promise); None until then: only known phrasings are answered."""

    answer: float | None = None
    suggest: float = 30.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """answer: one match. suggest: one to five. hand_over: none to five, what was considered."""

    decision: Literal["answer", "suggest", "hand_over"]
    matches: tuple[Match, ...] = ()


def decide(ranked: Sequence[Match], limits: Thresholds, sure: float | None = None) -> Verdict:
    """Answer, suggest or hand over.

    ranked: best first, scores 0..100; may be empty (then: hand over). sure: what the best one's score becomes by what became of like questions
    (kb.precedents), None: it stays. Never raises. A phrasing known of one entry alone is answered whatever the limits; known of several it is never
    answered with one of them.
    Source: docs/decisions/0008-the-promise.md
    """
    known = [match for match in ranked if match.known]
    if len({match.entry_id for match in known}) == 1:
        return Verdict("answer", (known[0],))
    if ranked and not known and limits.answer is not None and (ranked[0].score if sure is None else sure) >= limits.answer:
        return Verdict("answer", (ranked[0],))
    plausible = tuple(match for match in ranked if match.known or match.score >= limits.suggest)[:MAX_SUGGESTED]
    if plausible:
        return Verdict("suggest", plausible)
    return Verdict("hand_over", tuple(ranked[:MAX_SUGGESTED]))
