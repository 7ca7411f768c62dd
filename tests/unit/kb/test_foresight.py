from __future__ import annotations

import numpy as np

from kb.evaluate import Outcome
from kb.foresight import bounded, foresee, promised
from kb.labelled import Query
from kb.metrics import best_threshold


def outcomes(*judged: tuple[float, bool]) -> list[Outcome]:
    return [Outcome(Query("?", "en", "a"), "a" if right else "b", score, "suggest") for score, right in judged]


SEPARATED = outcomes(*((50 + n, True) for n in range(50)), *((n, False) for n in range(50)))


def test_what_is_learned_on_one_half_is_judged_by_the_other() -> None:
    found = foresee(SEPARATED, 0.05, best_threshold)
    assert (found.threshold, found.best_threshold, found.best_coverage) == (48, 48, 0.5)
    assert found.coverage is not None
    assert 0.45 < found.coverage < 0.51
    assert found.wrong_rate is not None
    assert 0 < found.wrong_rate < 0.1
    assert found.kept is not None
    assert 0.3 < found.kept < 1


def test_no_label_of_the_judged_half_is_learned_from() -> None:
    seen: list[int] = []

    def learn(score: object, right: object, wrong_at_most: float) -> float | None:
        seen.append(len(score))  # type: ignore[arg-type]
        return None

    found = foresee(SEPARATED, 0.05, learn)
    assert seen[:-1] == [50] * (len(seen) - 1)
    assert (found.threshold, found.coverage, found.wrong_rate, found.kept) == (None, 0.0, None, 1.0)


def test_nothing_teaches_nothing() -> None:
    found = foresee([], 0.05, best_threshold)
    assert (found.threshold, found.coverage, found.wrong_rate, found.kept, found.best_threshold, found.best_coverage) == (None,) * 6


def test_the_same_questions_foresee_the_same() -> None:
    assert foresee(SEPARATED, 0.02, best_threshold) == foresee(SEPARATED, 0.02, best_threshold)


def test_what_a_desk_would_promise_is_learned_as_the_desk_learns() -> None:
    score, right = np.arange(100.0), np.arange(100.0) >= 30
    threshold = promised(score, right, 0.05)
    assert threshold is not None
    assert 30 <= threshold < 60
    assert promised(score[-29:], right[-29:], 0.05) is None  # too few to learn from


def test_a_bound_needs_many_right_answers_before_it_promises_few_wrong_ones() -> None:
    few, many = (np.arange(number, 0, -1.0) for number in (44, 45))
    assert bounded(few, np.ones(44, bool), 0.05) is None  # 1 - 0.1 ** (1 / 44) is 5.1 %
    assert bounded(many, np.ones(45, bool), 0.05) == 1.0  # 5.0 %
    assert bounded(np.zeros(0), np.zeros(0, bool), 0.05) is None


def test_a_bound_never_cuts_between_equal_scores() -> None:
    score, right = np.append(np.full(60, 9.0), 1.0), np.append(np.ones(60, bool), False)
    assert bounded(score, right, 0.05) == 9.0
    right[59] = False
    assert bounded(score, right, 0.03) is None
