"""Tickets among each other: whatever is asked in whatever order, no ticket goes on as itself, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import bonds
from bot.domain.ids import TicketId
from bot.domain.tickets import Ticket
from bot.errors import MoveRefused
from tests.builders import ALICE, ANN, BEN, BOB, MONDAY, a_ticket

ONE = a_ticket(id=TicketId("IT-1"), tier=2, tags=("vpn",), fields=(("serial", "1"),), watchers=(ANN.id,))
TWO = a_ticket(
    id=TicketId("IT-2"), tier=2, requester=BOB.id, tags=("wifi", "vpn"),
    fields=(("serial", "2"), ("room", "7")), watchers=(BEN.id,), priority="high",
)  # fmt: skip


def test_the_target_takes_over_what_is_known_and_keeps_its_own() -> None:
    (gone, _), (kept, _) = bonds.merge(TWO, ONE, (), ANN.id, MONDAY)
    assert (gone.status, gone.parent, gone.parent_as, gone.closed_at) == ("closed", "IT-1", "merged", MONDAY)
    assert (kept.tags, kept.fields, kept.watchers) == (("vpn", "wifi"), (("serial", "1"), ("room", "7")), (ANN.id, BEN.id))
    assert (kept.priority, kept.requester, kept.related) == ("high", ALICE.id, ("IT-2",))


def test_who_waits_the_longest_is_still_waiting_after_a_merge() -> None:
    waiting = replace(TWO, waits_since=MONDAY)
    (_, _), (kept, _) = bonds.merge(waiting, replace(ONE, status="pending"), (), ANN.id, MONDAY)
    assert (kept.status, kept.waits_since) == ("open", MONDAY)


@pytest.mark.parametrize(
    ("ticket", "into", "ancestors", "why"),
    [
        (ONE, ONE, (), "itself"),
        (replace(ONE, status="closed"), TWO, (), "over"),
        (replace(ONE, status="resolved"), TWO, (), "resolved"),
        (ONE, replace(TWO, status="closed"), (), "over"),
        (ONE, replace(TWO, status="closed", parent="IT-3", parent_as="merged"), (), "merged"),
        (ONE, replace(TWO, parent="IT-1", parent_as="duplicate"), ("IT-1",), "round_about"),
    ],
)
def test_what_cannot_go_on_as_another_is_refused(ticket: Ticket, into: Ticket, ancestors: tuple[str, ...], why: str) -> None:
    with pytest.raises(MoveRefused, match=why):
        bonds.merge(ticket, into, ancestors, ANN.id, MONDAY)


def test_links_are_both_ways_once_and_not_without_end() -> None:
    (one, _), (two, _) = bonds.relate(ONE, TWO, ANN.id, MONDAY)
    assert (one.related, two.related) == (("IT-2",), ("IT-1",))
    with pytest.raises(MoveRefused, match="same_already"):
        bonds.relate(one, two, ANN.id, MONDAY)
    (one, _), (two, _) = bonds.unrelate(two, one, ANN.id, MONDAY)
    assert (one.related, two.related) == ((), ())
    with pytest.raises(MoveRefused, match="not_linked"):
        bonds.unrelate(one, two, ANN.id, MONDAY)
    with pytest.raises(MoveRefused, match="too_many_links"):
        bonds.relate(replace(ONE, related=tuple(f"IT-{n}" for n in range(3, 3 + bonds.MOST_RELATED))), TWO, ANN.id, MONDAY)


def test_a_link_to_what_it_shares_its_course_with_is_not_removed() -> None:
    marked, shows, _ = bonds.duplicate(TWO, ONE, (), ANN.id, MONDAY)
    with pytest.raises(MoveRefused, match="bound"):
        bonds.unrelate(shows, marked, ANN.id, MONDAY)


def test_who_marks_an_unclaimed_duplicate_has_it() -> None:
    assert bonds.duplicate(TWO, ONE, (), BEN.id, MONDAY)[0].assignee == BEN.id
    assert bonds.duplicate(replace(TWO, assignee=ANN.id), ONE, (), BEN.id, MONDAY)[0].assignee == ANN.id


# ------------------------------------------------------------------------------------------------- in whatever order asked
moves = st.lists(st.tuples(st.sampled_from(["merge", "duplicate", "unmark", "relate", "unrelate"]), st.integers(0, 4), st.integers(0, 4)), max_size=30)


def ancestors(tickets: dict[str, Ticket], ticket: Ticket) -> Iterator[str]:
    while ticket.parent:
        yield ticket.parent
        ticket = tickets[ticket.parent]


@given(moves)
def test_no_order_of_moves_makes_a_circle_or_loses_a_ticket(asked: list[tuple[str, int, int]]) -> None:
    tickets = {f"IT-{n}": a_ticket(id=TicketId(f"IT-{n}"), tier=2, tags=(f"t{n}",)) for n in range(5)}
    for verb, first, second in asked:
        one, other = tickets[f"IT-{first}"], tickets[f"IT-{second}"]
        above = list(ancestors(tickets, other))
        try:
            if verb == "merge":
                (gone, _), (kept, _) = bonds.merge(one, other, above, ANN.id, MONDAY)
                tickets |= {gone.id: gone, kept.id: kept}
                moved = [bonds.move_on(child, kept, MONDAY) for child in tickets.values() if child.parent == gone.id and child.id != kept.id]
                tickets |= {child.id: child for child in moved}
            elif verb == "duplicate":
                marked, shows, _ = bonds.duplicate(one, other, above, ANN.id, MONDAY)
                tickets |= {marked.id: marked, shows.id: shows}
            elif verb == "unmark":
                parent = one.parent
                alone, _ = bonds.unmark(one, ANN.id, MONDAY)
                tickets |= {alone.id: alone, parent: bonds.without(tickets[parent], alone.id)}
            else:
                (a, _), (b, _) = (bonds.relate if verb == "relate" else bonds.unrelate)(one, other, ANN.id, MONDAY)
                tickets |= {a.id: a, b.id: b}
        except MoveRefused:
            pass

    assert any(ticket.is_open for ticket in tickets.values())
    for ticket in tickets.values():
        line = [ticket.id]
        while ticket.parent:
            ticket = tickets[ticket.parent]
            assert ticket.id not in line, "a circle"
            line.append(ticket.id)
        assert ticket.id not in ticket.related
    for ticket in tickets.values():
        if ticket.parent_as == "merged":
            end = next(t for t in (tickets[n] for n in ancestors(tickets, ticket)) if t.parent_as != "merged")
            assert end.is_open
            assert set(ticket.tags) <= set(end.tags)
            assert ticket.id in tickets[ticket.parent].related
