"""Nothing is promised without evidence, what is promised is kept about as often as believed, and a broken promise is noticed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.promise import LEAST, WINDOW, WINDOW_AGE, Outcome, Promise, drift, learn

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIVE_PERCENT = 0.05


def outcomes(scored: Iterable[tuple[float, bool]]) -> list[Outcome]:
    return [Outcome(score, right, NOW + timedelta(minutes=number)) for number, (score, right) in enumerate(scored)]


def drawn(count: int, seed: int, sharpness: float = 8.0) -> list[Outcome]:
    """Scores even over 0..100; the chance of being right rises with them, half at 50."""
    picks = np.random.default_rng(seed)
    scores = picks.uniform(0, 100, count)
    right = picks.uniform(size=count) < 1 / (1 + np.exp(-sharpness * (scores - 50) / 50))
    return outcomes(zip(scores.tolist(), right.tolist(), strict=True))


def wrong_share(of: Iterable[Outcome], threshold: float) -> float:
    answered = [one for one in of if one.score >= threshold]
    return sum(not one.right for one in answered) / len(answered)


def test_without_outcomes_nothing_is_answered() -> None:
    assert learn([], FIVE_PERCENT) == Promise(None, FIVE_PERCENT)


@pytest.mark.parametrize("right", [True, False])
def test_a_few_outcomes_are_no_evidence(right: bool) -> None:
    for count in (1, LEAST - 1):
        promise = learn(outcomes([(50.0 + number, right) for number in range(count)]), FIVE_PERCENT)
        assert (promise.threshold, promise.outcomes) == (None, count)


def test_where_all_was_right_all_that_scores_as_much_is_answered() -> None:
    promise = learn(outcomes([(40 + number / 4, True) for number in range(200)]), FIVE_PERCENT)
    assert (promise.threshold, promise.answered, promise.wrong, promise.coverage) == (40.0, 200, 0, 1.0)


def test_where_all_was_wrong_nothing_is_answered() -> None:
    assert learn(outcomes([(40 + number / 4, False) for number in range(200)]), FIVE_PERCENT).threshold is None


def test_a_score_that_tells_nothing_is_no_ground_to_answer() -> None:
    assert learn(outcomes([(50.0, number % 2 == 0) for number in range(200)]), FIVE_PERCENT).threshold is None
    mixed = np.random.default_rng(3).uniform(0, 100, 200)
    assert learn(outcomes((float(score), number % 3 > 0) for number, score in enumerate(mixed)), FIVE_PERCENT).threshold is None


def test_a_threshold_never_cuts_between_equal_scores() -> None:
    picks = [(float(step), step > 3 or number % 2 == 0) for step in range(1, 10) for number in range(30)]
    promise = learn(outcomes(picks), FIVE_PERCENT)
    assert promise.threshold is not None
    assert promise.answered == sum(score >= promise.threshold for score, _ in picks)
    assert promise.threshold in range(1, 10)


def test_the_evidence_is_what_was_seen_from_the_threshold_on() -> None:
    seen = drawn(400, seed=1)
    promise = learn(seen, FIVE_PERCENT)
    above = [one for one in seen if promise.threshold is not None and one.score >= promise.threshold]
    assert (promise.outcomes, promise.answered, promise.wrong) == (400, len(above), sum(not one.right for one in above))
    assert (promise.since, promise.until) == (seen[0].at, seen[-1].at)
    assert promise.coverage == pytest.approx(len(above) / 400)
    assert promise.belief is not None
    assert promise.belief >= promise.level
    assert promise.expected_wrong is not None
    assert promise.wrong_bound is not None
    assert promise.expected_wrong < promise.wrong_bound <= FIVE_PERCENT


@pytest.mark.parametrize("sharpness", [4.0, 8.0, 16.0])
def test_after_two_hundred_outcomes_the_promise_is_kept_far_more_often_than_not(sharpness: float) -> None:
    """As often as believed on the average of knowledge bases; on each of these at least three times in four, and what is answered is much."""
    later = drawn(20_000, seed=99, sharpness=sharpness)
    promises = [learn(drawn(200, seed, sharpness), FIVE_PERCENT) for seed in range(40)]
    kept = [one.threshold is None or wrong_share(later, one.threshold) <= FIVE_PERCENT for one in promises]
    assert sum(kept) >= 30
    assert np.mean([one.coverage for one in promises]) > 0.1


def test_what_rests_on_few_outcomes_must_be_believed_more() -> None:
    few, many = (learn(outcomes([(40 + number / 4, True) for number in range(count)]), FIVE_PERCENT) for count in (40, 200))
    assert few.belief is not None
    assert few.belief >= few.level > 0.9
    assert many.level == pytest.approx(0.85, abs=0.001)


def test_more_outcomes_let_more_be_answered() -> None:
    few, many = ([learn(drawn(count, seed), FIVE_PERCENT).coverage for seed in range(20)] for count in (60, 1000))
    assert np.mean(many) > np.mean(few)


def test_a_looser_promise_answers_no_less() -> None:
    seen = drawn(300, seed=5)
    thresholds = [learn(seen, share).threshold or 101.0 for share in (0.01, 0.02, 0.05, 0.1, 0.2)]
    assert thresholds == sorted(thresholds, reverse=True)


def test_old_outcomes_are_forgotten() -> None:
    recent = drawn(WINDOW, seed=1)
    crowded = [Outcome(99.0, False, NOW - timedelta(hours=number)) for number in range(1, 300)]
    aged = [Outcome(99.0, False, NOW - WINDOW_AGE) for _ in range(300)]
    assert learn([*crowded, *recent], FIVE_PERCENT) == learn(recent, FIVE_PERCENT)
    few = drawn(200, seed=1)
    assert learn([*aged, *few], FIVE_PERCENT) == learn(few, FIVE_PERCENT)


def test_known_phrasings_teach_nothing_about_the_others() -> None:
    seen = drawn(200, seed=1)
    assert learn([*seen, *(Outcome(100.0, True, NOW, known=True) for _ in range(500))], FIVE_PERCENT) == learn(seen, FIVE_PERCENT)


def test_the_order_in_which_outcomes_are_given_does_not_matter() -> None:
    seen = drawn(200, seed=2)
    assert learn(seen[::-1], FIVE_PERCENT) == learn(seen, FIVE_PERCENT)


def test_questions_without_an_outcome_count_for_the_coverage() -> None:
    seen = drawn(200, seed=1)
    promise = learn(seen, FIVE_PERCENT, asked=[1.0] * 200)
    assert promise.threshold is not None
    scores = [one.score for one in seen] + [1.0] * 200
    assert promise.coverage == pytest.approx(np.mean([score >= promise.threshold for score in scores]))


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        learn([], share)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.0, 1e-9, 50.0, 99.99, 100.0]) | st.floats(), st.booleans()), max_size=120), st.floats(0.001, 0.5))
def test_whatever_the_scores_the_evidence_is_numbers(scored: list[tuple[float, bool]], share: float) -> None:
    promise = learn(outcomes(scored), share)
    assert 0 <= promise.wrong <= promise.answered <= promise.outcomes <= len(scored)
    if promise.threshold is not None:
        found = (promise.threshold, promise.expected_wrong, promise.wrong_bound, promise.belief, promise.coverage)
        assert all(value is not None and isfinite(value) for value in found)


def test_a_promise_that_is_not_kept_is_noticed() -> None:
    picks = np.random.default_rng(1)
    alarm = drift(FIVE_PERCENT, outcomes((90.0, bool(right)) for right in picks.uniform(size=200) < 0.8))
    assert alarm is not None
    assert (alarm.answered, alarm.wrong_at_most) == (200, FIVE_PERCENT)
    assert alarm.wrong / alarm.answered > FIVE_PERCENT


def test_a_promise_that_is_just_kept_seldom_alarms_however_often_one_looks() -> None:
    """All 400 looks of each of 200 desks: one in twenty desks may ever be alarmed."""
    picks = np.random.default_rng(2)
    alarmed = sum(drift(FIVE_PERCENT, outcomes((90.0, bool(right)) for right in picks.uniform(size=400) < 1 - FIVE_PERCENT)) is not None for _ in range(200))
    assert alarmed <= 16  # 10 are expected at most; more than 16 of 200 has a chance of 2 %


def test_one_wrong_answer_is_no_drift() -> None:
    assert drift(FIVE_PERCENT, outcomes([(90.0, False)])) is None


def test_known_phrasings_cannot_drift() -> None:
    wrong = outcomes([(90.0, False)] * 50)
    assert drift(FIVE_PERCENT, wrong) is not None
    assert drift(FIVE_PERCENT, [replace(one, known=True) for one in wrong]) is None
