from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kb.decision import MAX_SUGGESTED, Thresholds, decide
from kb.entries import Match

LIMITS = Thresholds(answer=80.0, suggest=30.0)
LEARNED_NOTHING = Thresholds()


def matches(*scores: float) -> list[Match]:
    return [Match(f"e{number}", score, "en", "…") for number, score in enumerate(scores)]


def known(*scores: float) -> list[Match]:
    return [replace(match, known=True) for match in matches(*scores)]


def test_nothing_found_is_handed_over() -> None:
    assert decide([], LIMITS).decision == "hand_over"


def test_from_the_learned_score_on_the_best_is_answered_however_close_the_second_is() -> None:
    verdict = decide(matches(80, 79), LIMITS)
    assert (verdict.decision, [match.entry_id for match in verdict.matches]) == ("answer", ["e0"])


def test_below_the_learned_score_a_choice_is_offered() -> None:
    verdict = decide(matches(79.9, 40, 10), LIMITS)
    assert (verdict.decision, [match.entry_id for match in verdict.matches]) == ("suggest", ["e0", "e1"])


def test_before_anything_is_learned_even_the_surest_is_only_suggested() -> None:
    assert decide(matches(99.9, 3), LEARNED_NOTHING).decision == "suggest"


def test_a_known_phrasing_is_answered_before_anything_is_learned_and_when_the_learned_score_is_out_of_reach() -> None:
    ranked = [*known(97), *matches(0, 96)[1:]]
    for limits in (LEARNED_NOTHING, Thresholds(answer=99.0)):
        verdict = decide(ranked, limits)
        assert (verdict.decision, verdict.matches) == ("answer", (ranked[0],))


def test_a_phrasing_known_of_two_entries_is_never_answered_with_one_of_them() -> None:
    for limits in (LIMITS, LEARNED_NOTHING, Thresholds(answer=80.0, suggest=101.0)):
        verdict = decide(known(100, 100), limits)
        assert (verdict.decision, len(verdict.matches)) == ("suggest", 2)


def test_a_phrasing_known_in_two_languages_of_one_entry_is_answered() -> None:
    twice = [replace(match, entry_id="e0") for match in known(100, 100)]
    assert decide(twice, LEARNED_NOTHING).decision == "answer"


def test_a_single_plausible_match_is_suggested_too() -> None:
    verdict = decide(matches(60, 5), LIMITS)
    assert (verdict.decision, len(verdict.matches)) == ("suggest", 1)


def test_plausible_matches_are_suggested_and_not_more_than_people_read() -> None:
    assert len(decide(matches(*[60] * 9), LIMITS).matches) == MAX_SUGGESTED


def test_weak_matches_are_handed_over_with_what_was_considered() -> None:
    verdict = decide(matches(29, 12), LIMITS)
    assert (verdict.decision, len(verdict.matches)) == ("hand_over", 2)


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=8), st.builds(
    Thresholds, answer=st.none() | st.floats(0, 100), suggest=st.floats(0, 100)))
def test_a_verdict_always_has_the_number_of_matches_it_promises(found: list[tuple[float, bool]], limits: Thresholds) -> None:
    ranked = [Match(f"e{number}", score, "en", "…", known=is_known) for number, (score, is_known) in enumerate(sorted(found, reverse=True))]
    verdict = decide(ranked, limits)
    least, most = {"answer": (1, 1), "suggest": (1, 5), "hand_over": (0, 5)}[verdict.decision]
    assert least <= len(verdict.matches) <= most


def test_what_became_of_like_questions_decides_instead_of_the_score() -> None:
    assert decide(matches(90, 5), LIMITS, sure=79.9).decision == "suggest"
    assert decide(matches(40, 5), LIMITS, sure=80.0).decision == "answer"
    assert decide(matches(90, 5), LEARNED_NOTHING, sure=99.0).decision == "suggest"
