from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb.decision import MAX_SUGGESTED, Thresholds, decide
from kb.entries import Match

LIMITS = Thresholds(answer=80, suggest=30, lead=10)


def matches(*scores: float) -> list[Match]:
    return [Match(f"e{number}", score, "en", "…") for number, score in enumerate(scores)]


def test_nothing_found_is_handed_over() -> None:
    assert decide([], LIMITS).decision == "hand_over"


def test_a_sure_match_that_stands_alone_is_answered() -> None:
    verdict = decide(matches(85, 40), LIMITS)
    assert (verdict.decision, [match.entry_id for match in verdict.matches]) == ("answer", ["e0"])


def test_two_sure_matches_are_suggested() -> None:
    verdict = decide(matches(95, 90, 10), LIMITS)
    assert (verdict.decision, len(verdict.matches)) == ("suggest", 2)


def test_two_entries_known_word_for_word_are_never_answered_with_one() -> None:
    assert decide(matches(100, 100), LIMITS).decision == "suggest"


def test_plausible_matches_are_suggested_and_not_more_than_people_read() -> None:
    assert len(decide(matches(*[60] * 9), LIMITS).matches) == MAX_SUGGESTED


def test_weak_matches_are_handed_over_with_what_was_considered() -> None:
    verdict = decide(matches(29, 12), LIMITS)
    assert (verdict.decision, len(verdict.matches)) == ("hand_over", 2)


@given(st.lists(st.floats(0, 100), max_size=8).map(lambda scores: sorted(scores, reverse=True)), st.builds(
    Thresholds, answer=st.floats(0, 100), suggest=st.floats(0, 100), lead=st.floats(0, 100)))
def test_a_verdict_always_has_the_number_of_matches_it_promises(scores: list[float], limits: Thresholds) -> None:
    verdict = decide(matches(*scores), limits)
    least, most = {"answer": (1, 1), "suggest": (1, 5), "hand_over": (0, 5)}[verdict.decision]
    assert least <= len(verdict.matches) <= most
