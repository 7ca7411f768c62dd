from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.weighing import FACTS, ORDER, SURE, UNLEARNED, Regime, Seen, facts, order, sure

REGIMES: tuple[Regime, ...] = get_args(Regime)
NEAR = ("near", "apart", "centre", "letters", "words", "gap", "owned", "english near", "english centre")
SPREAD = ("plain", "lettered", "english", "joint")


def seen(values: list[float], learned: bool = True, **changes: list[float]) -> Seen:
    """An entry a value: everything says so, and their own likeness is 0.65."""
    row = np.array(values, np.float32)
    near = {name: np.array(changes.get(name.replace(" ", "_"), 1 - row if name == "gap" else row), np.float32) for name in NEAR}
    odds = np.exp(8 * row)
    spread = {name: np.log(odds / odds.sum()).astype(np.float32) for name in SPREAD} if learned else {}
    usual = np.full(len(row), 0.65, np.float32)
    return Seen(spread, near, usual, usual)


def shares(what: Seen, regime: Regime) -> list[float]:
    strengths = order(what, regime)
    found: list[float] = sure(what, regime, strengths, (-strengths).argsort(kind="stable")).tolist()
    return found


every = pytest.mark.parametrize("regime", REGIMES)
both = pytest.mark.parametrize("learned", [True, False], ids=["learned", "not learned"])
CASES: list[tuple[Regime, bool]] = [*((regime, True) for regime in ORDER), *((regime, False) for regime in UNLEARNED)]
each = pytest.mark.parametrize(("regime", "learned"), CASES, ids=[f"{regime}{'' if learned else ' not'} learned" for regime, learned in CASES])


@each
def test_what_all_signs_say_comes_first(regime: Regime, learned: bool) -> None:
    assert order(seen([0.2, 0.9, 0.4], learned), regime).argmax() == 1


@each
def test_shares_lie_between_nought_and_one_and_never_rise(regime: Regime, learned: bool) -> None:
    found = shares(seen([0.2, 0.9, 0.4, 0.4, 0.0], learned), regime)
    assert all(0 < share < 1 for share in found)
    assert found == sorted(found, reverse=True)


@each
def test_none_is_surer_than_one_before_it_though_more_speaks_for_it(regime: Regime, learned: bool) -> None:
    what = seen([0.2, 0.9], learned)
    strengths = np.array([1.0, 0.9], np.float32)
    assert sure(what, regime, strengths, np.array([0, 1])).tolist() == sorted(sure(what, regime, strengths, np.array([0, 1])), reverse=True)


@each
def test_what_is_near_and_alone_is_surer_than_what_has_a_rival(regime: Regime, learned: bool) -> None:
    alone, rivalled = shares(seen([0.9, 0.1, 0.1], learned), regime), shares(seen([0.9, 0.89, 0.1], learned), regime)
    assert alone[0] > 0.7
    assert rivalled[0] < alone[0]
    assert rivalled[1] > alone[1]


@each
def test_where_nothing_is_near_nothing_is_sure(regime: Regime, learned: bool) -> None:
    assert shares(seen([0.12, 0.11, 0.1], learned), regime)[0] < 0.25


@both
@pytest.mark.parametrize("regime", ["english", "own"])
def test_words_of_the_question_that_nobody_has_lower_it(regime: Regime, learned: bool) -> None:
    few, many = (shares(seen([0.8, 0.3], learned, gap=[gap, gap], owned=[1 - gap, 1 - gap]), regime)[0] for gap in (0.0, 1.0))
    assert few > many


@each
def test_a_single_entry_is_weighed_too(regime: Regime, learned: bool) -> None:
    near, far = shares(seen([0.95], learned), regime), shares(seen([0.05], learned), regime)
    assert len(near) == len(far) == 1
    assert far[0] < near[0]


@each
def test_the_more_are_alike_the_less_sure_is_any(regime: Regime, learned: bool) -> None:
    alone, two, forty = (shares(seen([0.7] * count + [0.1] * 3, learned), regime)[0] for count in (1, 2, 40))
    assert alone > two > forty


@each
@given(values=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=12))
def test_any_likeness_gives_a_share(regime: Regime, learned: bool, values: list[float]) -> None:
    found = shares(seen(values, learned), regime)
    assert np.isfinite(found).all()


def test_without_the_english_encoder_english_is_weighed_as_the_entries_own() -> None:
    what = seen([0.2, 0.9])
    without = what._replace(near={name: values for name, values in what.near.items() if not name.startswith("english")}, usual_english=None)
    assert shares(without, "own") == shares(what, "own")


@each
def test_there_is_a_weight_for_each_fact_and_a_fact_for_each_weight(regime: Regime, learned: bool) -> None:
    what, kind = seen([0.2, 0.9], learned), regime if learned else f"{regime} unlearned"
    assert set(FACTS[kind]) <= set(facts(what, regime, order(what, regime), np.array([1, 0])))
    assert len(SURE[kind]) == 1 + len(FACTS[kind])
    assert all(name in (*SPREAD, *NEAR) for name in (ORDER if learned else UNLEARNED)[regime])


@each
def test_entries_that_only_follow_do_not_take_from_the_first(regime: Regime, learned: bool) -> None:
    strengths = np.array([5.0, 3.0, 3.0, 3.0], np.float32)
    what = seen([0.9, 0.8, 0.8, 0.8], learned)
    first, two = sure(what, regime, strengths, np.arange(4)), sure(what, regime, strengths, np.arange(2))
    assert first[0] == pytest.approx(two[0])
