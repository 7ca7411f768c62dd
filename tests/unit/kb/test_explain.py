"""Each decision has its own reason, and the reason names what it rests on."""

from __future__ import annotations

from dataclasses import replace

from kb.decision import Thresholds, Verdict
from kb.entries import Match
from kb.explain import why

LIMITS = replace(Thresholds(), answer=80.0, suggest=30.0)
BEST, SECOND = Match("vpn", 72.84, "en", "…"), Match("wifi", 70.0, "en", "…")


def test_nothing_found_is_said() -> None:
    assert "no entry" in why(Verdict("hand_over"), [], LIMITS)


def test_an_answer_names_the_known_phrasing_or_the_threshold() -> None:
    known = replace(BEST, score=100.0, known=True)
    assert "known phrasings" in why(Verdict("answer", (known,)), [known], LIMITS)
    sure = replace(BEST, score=91.26)
    assert why(Verdict("answer", (sure,)), [sure], LIMITS) == "vpn scores 91.3, at or above the 80.0 from which the desk answers"


def test_a_choice_says_what_kept_the_best_from_being_the_answer() -> None:
    both = Verdict("suggest", (BEST, SECOND))
    assert "below the 80.0" in why(both, [BEST, SECOND], LIMITS)
    assert "wifi is too close" in why(both, [replace(BEST, score=85.0), SECOND], LIMITS)
    known = tuple(replace(match, score=100.0, known=True) for match in (BEST, SECOND))
    assert "more than one entry (vpn, wifi)" in why(Verdict("suggest", known), known, LIMITS)


def test_a_desk_that_has_learned_nothing_says_so() -> None:
    assert "only known phrasings are answered until outcomes" in why(Verdict("suggest", (BEST,)), [BEST], replace(LIMITS, answer=None))


def test_a_hand_over_names_the_best_that_was_too_weak() -> None:
    weak = replace(BEST, score=12.0)
    assert why(Verdict("hand_over", (weak,)), [weak], LIMITS) == "the best, vpn, scores 12.0, below the 30.0 from which entries are offered"


def test_a_score_that_like_questions_changed_is_told_with_both() -> None:
    sure = Match("vpn", 91.3, "en", "the vpn")
    told = why(Verdict("suggest", (sure,)), [sure], LIMITS, sure=62.04)
    assert told == "the best, vpn scores 91.3 and 62.0 after what became of like questions, below the 80.0 from which the desk answers"
