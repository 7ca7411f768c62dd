from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb.confidence import NEAREST_WRONG, scores


def scored(*candidates: tuple[float, float]) -> list[float]:
    return scores([strength for strength, _ in candidates], [gap for _, gap in candidates])


def test_a_rival_as_strong_lowers_the_score() -> None:
    assert scored((0.7, 0.1), (0.68, 0.1))[0] < scored((0.7, 0.1), (0.3, 0.1))[0] - 20


def test_a_weighty_word_that_is_missing_lowers_the_score() -> None:
    assert scored((0.6, 0.6))[0] < scored((0.6, 0.1))[0] - 10


def test_standing_alone_does_not_make_a_weak_match_sure() -> None:
    assert scored((0.2, 0.5))[0] < 30


def test_nothing_but_a_known_phrasing_is_certain() -> None:
    assert max(scored((1.0, 0.0))) <= NEAREST_WRONG


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(0, 1, width=32)), min_size=1, max_size=12))
def test_the_order_of_strength_is_the_order_of_scores(candidates: list[tuple[float, float]]) -> None:
    found = scored(*sorted(candidates, key=lambda one: -one[0]))
    assert found == sorted(found, reverse=True)
    assert all(0 <= value <= NEAREST_WRONG for value in found)
