"""What became of like questions moves a score, and only theirs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.precedents import Precedent, Precedents

Floats = NDArray[np.float32]
SIZE = 32


def towards(*axes: int) -> Floats:
    """A unit vector between these axes."""
    found = np.zeros(SIZE, np.float32)
    found[list(axes)] = 1
    return found / np.float32(np.linalg.norm(found))


def mixed(count: int, score: float = 70.0) -> list[Precedent]:
    """So many questions of all sorts, as often right as the score says."""
    return [Precedent(score, f"e{n}", n % 10 < score / 10, towards(n % SIZE)) for n in range(count)]


def test_a_question_like_refused_ones_gets_less_and_one_like_solved_ones_more() -> None:
    wrong = [Precedent(70.0, "vpn", False, towards(0, 1))] * 4
    right = [Precedent(70.0, "badge", True, towards(2, 3))] * 4
    found = Precedents([*mixed(40), *wrong, *right])
    assert found.score(70.0, "vpn", towards(0, 1)) < 50
    assert found.score(70.0, "badge", towards(2, 3)) > 85


def test_a_question_like_none_keeps_about_its_score() -> None:
    found = Precedents([*mixed(40), *[Precedent(70.0, "vpn", False, towards(0))] * 3])
    assert found.score(70.0, "parking", -towards(0)) == pytest.approx(70, abs=5)


def test_the_same_entry_binds_more_than_nearness_alone() -> None:
    found = Precedents([*mixed(40), *[Precedent(70.0, "vpn", False, towards(0))] * 3])
    assert found.score(70.0, "vpn", towards(0)) < found.score(70.0, "badge", towards(0)) < 70


def test_a_precedent_is_never_judged_by_its_own_outcome() -> None:
    known = [*mixed(40), Precedent(70.0, "vpn", True, towards(0, 5))]
    turned = [*known[:-1], known[-1]._replace(right=False)]
    assert Precedents(known).scores[-1] == pytest.approx(Precedents(turned).scores[-1], abs=1.5)
    assert Precedents(known).scores[-1] == pytest.approx(Precedents(known[:-1]).score(70.0, "vpn", towards(0, 5)), abs=1.5)


def test_order_among_questions_of_one_kind_is_kept() -> None:
    found = Precedents(mixed(40))
    scores = [found.score(score, "vpn", towards(7)) for score in (0.0, 10.0, 60.0, 99.0, 100.0)]
    assert scores == sorted(scores)
    assert scores[0] >= 0
    assert scores[-1] <= 100


def test_a_question_without_meaning_is_no_trouble() -> None:
    empty = np.zeros(SIZE, np.float32)
    assert 0 < Precedents([Precedent(50.0, "", False, empty)]).score(50.0, "", empty) < 50
