"""What an incident is made of: joining, leaving, and how many like requests are suspected."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import incidents
from bot.domain.ids import TicketId
from bot.domain.incidents import EXAMPLES, Incident
from bot.errors import MoveRefused
from tests.builders import ALICE, ANN, MONDAY, a_ticket

HOUR = timedelta(hours=1)


def numbered(number: int, minutes: float = 0, **changes: object):  # type: ignore[no-untyped-def]
    return a_ticket(id=TicketId(f"IT-{number}"), opened_at=MONDAY + timedelta(minutes=minutes), **changes)


def test_a_ticket_joins_once_and_leaves_with_a_trace() -> None:
    part, fact = incidents.join(numbered(2), "IT-1", ALICE.id, MONDAY)
    assert (part.parent, part.parent_as, fact.parent) == ("IT-1", "incident", "IT-1")
    assert incidents.is_part(part)
    with pytest.raises(MoveRefused, match="part_of_another"):
        incidents.join(part, "IT-3", ALICE.id, MONDAY)

    alone, _ = incidents.leave(part, ANN.id, MONDAY)

    assert (alone.parent, alone.parent_as, alone.related) == ("", "", ("IT-1",))
    with pytest.raises(MoveRefused, match="no_part"):
        incidents.leave(alone, ANN.id, MONDAY)


def test_no_ticket_is_part_of_itself_and_nothing_that_is_over_joins() -> None:
    with pytest.raises(MoveRefused, match="part_of_another"):
        incidents.join(numbered(1), "IT-1", ALICE.id, MONDAY)
    with pytest.raises(MoveRefused, match="resolved"):
        incidents.join(numbered(1, status="resolved"), "IT-2", ALICE.id, MONDAY)
    with pytest.raises(MoveRefused, match="closed"):
        incidents.declare(numbered(1, status="closed"), "down", ANN.id, MONDAY)


def test_a_part_of_one_cannot_be_another() -> None:
    part, _ = incidents.join(numbered(2), "IT-1", ALICE.id, MONDAY)

    with pytest.raises(MoveRefused, match="part_of_another"):
        incidents.declare(part, "down", ANN.id, MONDAY)


def test_a_duplicate_is_no_part_and_stays_one_when_it_is_reopened() -> None:
    duplicate = numbered(2, parent="IT-1", parent_as="duplicate")

    assert not incidents.is_part(duplicate)
    assert incidents.alone_again(duplicate) == duplicate


def test_so_many_examples_are_kept_and_each_once() -> None:
    own = Incident("down", ANN.id, MONDAY)
    for n in [*range(40), *range(40)]:
        own = own.with_example(f"question {n % 20}")

    assert len(own.examples) == len(set(own.examples)) == EXAMPLES


@given(st.lists(st.floats(0, 300), min_size=1, max_size=12), st.integers(0, 8))
def test_suspected_are_those_within_the_time_and_only_when_they_are_enough(minutes: list[float], wanted: int) -> None:
    tickets = [numbered(n, at) for n, at in enumerate(minutes, 1)]
    newest = max(tickets, key=lambda t: t.opened_at)

    group = incidents.suspected(newest, [t for t in tickets if t is not newest], wanted, HOUR)

    near = [t for t in tickets if newest.opened_at - t.opened_at <= HOUR]
    assert set(group) == (set(near) if 0 < wanted <= len(near) else set())
    assert list(group) == sorted(group, key=lambda t: (t.opened_at, t.id))


def test_what_belongs_together_already_or_is_over_is_not_suspected() -> None:
    others = [numbered(2, parent="IT-9", parent_as="incident"), numbered(3, status="resolved")]

    assert incidents.suspected(numbered(1), others, 2, HOUR) == ()
