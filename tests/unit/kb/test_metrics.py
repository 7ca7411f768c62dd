"""Figures against cases that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kb.metrics import aurc, auroc, best_threshold, coverage_at, selective

RIGHT, WRONG = True, False


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def marks(*values: bool) -> np.ndarray:
    return np.array(values, bool)


def test_the_area_under_the_risk_coverage_curve_is_nought_when_all_is_right_and_one_when_nothing_is() -> None:
    falling = scores(0.9, 0.5, 0.1)
    assert aurc(falling, marks(RIGHT, RIGHT, RIGHT)) == 0.0
    assert aurc(falling, marks(WRONG, WRONG, WRONG)) == 1.0
    assert aurc(falling, marks(RIGHT, RIGHT, WRONG)) == pytest.approx(1 / 9)
    assert aurc(falling[::-1], marks(RIGHT, RIGHT, WRONG)) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)


def test_the_auroc_counts_ties_half() -> None:
    assert auroc(scores(2, 1), scores(1, 0)) == pytest.approx((2 + 1.5) / 4)


def test_nothing_has_no_figures() -> None:
    assert aurc(scores(), marks()) is None
    assert auroc(scores(1), scores()) is None
    assert best_threshold(scores(), marks(), 0.5) is None
    assert coverage_at(scores(1), marks(WRONG), 0, 0.5) is None


def test_the_best_threshold_is_the_lowest_that_keeps_the_share_of_wrong_answers() -> None:
    falling, right = scores(9, 8, 7, 6, 5), marks(RIGHT, WRONG, RIGHT, RIGHT, WRONG)
    assert best_threshold(falling, right, 0.25) == 6  # 1 of 4 wrong; further up it had been 1 of 2
    assert best_threshold(falling, right, 0.2) == 9
    assert best_threshold(falling, right, 0.4) == 5
    assert best_threshold(falling[1:], right[1:], 0.2) is None


def test_the_order_in_which_questions_come_changes_no_threshold() -> None:
    falling, right = scores(9, 8, 7, 6, 5), marks(RIGHT, WRONG, RIGHT, RIGHT, WRONG)
    mixed = np.array([3, 0, 4, 2, 1])
    assert best_threshold(falling[mixed], right[mixed], 0.25) == 6


def test_a_threshold_never_cuts_between_equal_scores() -> None:
    assert best_threshold(scores(9, 9, 8), marks(RIGHT, WRONG, WRONG), 0.0) is None
    assert coverage_at(scores(9, 9, 8), marks(RIGHT, WRONG, WRONG), 1, 0.5) == 1.0


def test_coverage_is_the_right_answers_as_a_share_of_what_is_in_scope() -> None:
    falling, right = scores(9, 8, 7, 6, 5), marks(RIGHT, WRONG, RIGHT, RIGHT, WRONG)
    assert coverage_at(falling, right, 4, 0.25) == 0.75
    assert coverage_at(falling, right, 4, 0.1) == 0.25
    assert coverage_at(falling[1:], right[1:], 4, 0.1) == 0.0


def test_an_answer_to_a_question_out_of_scope_is_wrong_and_no_share_of_what_is_in_scope() -> None:
    figures = selective(["a", "b", "a", None], scores(9, 8, 7, 0), ["a", None, "a", "b"])
    assert figures["acc"] == pytest.approx(2 / 3)
    assert figures["cov5"] == figures["cov2"] == figures["cov10"] == pytest.approx(1 / 3)
    assert figures["auroc"] == pytest.approx(1 / 3)  # of 9, 7 and 0 one is above 8
    assert figures["aurc"] == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)


def test_only_questions_out_of_scope_have_no_share_of_right_ones() -> None:
    figures = selective(["a"], scores(9), [None])
    assert (figures["acc"], figures["cov5"], figures["auroc"], figures["aurc"]) == (None, None, None, 1.0)
