"""Why a question was answered, only suggested or handed over: one sentence for whoever curates the knowledge base."""
from __future__ import annotations

from collections.abc import Sequence

from kb.decision import Thresholds, Verdict
from kb.entries import Match

NO_ENCODER = "without the sentence encoder only words are compared: a question in another language than the entry finds it by shared names alone"


def why(verdict: Verdict, ranked: Sequence[Match], limits: Thresholds, sure: float | None = None) -> str:
    """ranked: what decide() was given; limits, sure: what it was given them with."""
    if not ranked:
        return "no entry shares anything with the question"
    best = ranked[0]
    if verdict.decision == "answer":
        if best.known:
            return f"{best.entry_id} has this phrasing, word for word or nearly: known phrasings are answered without further evidence"
        return f"{_scores(best, sure)}, at or above the {limits.answer:.1f} from which the desk answers"
    if verdict.decision == "hand_over":
        return f"the best, {best.entry_id}, scores {best.score:.1f}, below the {limits.suggest:.1f} from which entries are offered"
    rivals = [match.entry_id for match in verdict.matches if match.known]
    if len(rivals) > 1:
        return f"the phrasing is known of more than one entry ({', '.join(rivals)}): the requester chooses"
    if limits.answer is None:
        return "only known phrasings are answered until outcomes have shown from which score answers are right often enough; the rest is offered"
    if (best.score if sure is None else sure) < limits.answer:
        return f"the best, {_scores(best, sure)}, below the {limits.answer:.1f} from which the desk answers"
    return f"{best.entry_id} does not stand out: {ranked[1].entry_id if len(ranked) > 1 else 'another'} is too close"


def _scores(best: Match, sure: float | None) -> str:
    after = "" if sure is None else f" and {sure:.1f} after what became of like questions"
    return f"{best.entry_id} scores {best.score:.1f}{after}"
