"""Impact times urgency."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.priorities import LEVELS, MATRIX, PRIORITIES, priority_of, put, rate
from bot.errors import MoveRefused
from tests.builders import ANN, MONDAY, a_ticket

level = st.sampled_from(LEVELS)


def test_the_matrix_knows_every_pair() -> None:
    assert set(MATRIX) == {(impact, urgency) for impact in LEVELS for urgency in LEVELS}
    assert set(MATRIX.values()) == set(PRIORITIES)


@given(level, level, level, level)
def test_more_impact_or_urgency_never_makes_it_less_urgent(impact: str, urgency: str, higher: str, sooner: str) -> None:
    more = max(impact, higher, key=LEVELS.index), max(urgency, sooner, key=LEVELS.index)
    low, high = priority_of(impact, urgency), priority_of(*more)
    assert low is not None
    assert high is not None
    assert PRIORITIES.index(high) >= PRIORITIES.index(low)


@given(level, level)
def test_impact_and_urgency_count_alike(impact: str, urgency: str) -> None:
    assert priority_of(impact, urgency) == priority_of(urgency, impact)


def test_half_a_rating_makes_no_priority() -> None:
    assert priority_of("high", "") is None
    with pytest.raises(MoveRefused, match="no_priority"):
        rate(a_ticket(), "high", "", ANN.id, MONDAY)


def test_a_priority_that_is_put_forgets_what_would_say_another() -> None:
    rated, fact = rate(a_ticket(), "high", "high", ANN.id, MONDAY)
    assert (fact.priority, fact.was, rated.impact) == ("urgent", "normal", "high")
    lowered, _ = put(rated, "low", ANN.id, MONDAY)
    assert (lowered.priority, lowered.impact, lowered.urgency) == ("low", "", "")


@pytest.mark.parametrize(
    ("changes", "priority", "why"),
    [({}, "asap", "no_priority"), ({}, "normal", "same_priority"), ({"status": "resolved"}, "high", "resolved"), ({"status": "closed"}, "high", "closed")],
)
def test_what_is_no_change_is_refused(changes: dict[str, str], priority: str, why: str) -> None:
    with pytest.raises(MoveRefused, match=why):
        put(a_ticket(**changes), priority, ANN.id, MONDAY)
