"""Whose turn it is: fairly, by load or by skill; never somebody who is away, who has enough, or who let it lie."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import tickets
from bot.domain.desks import ROUTINGS
from bot.domain.ids import PersonId
from bot.domain.routing import Candidate, assign, choose, wanted_of
from bot.errors import AlreadyClaimed, MoveRefused
from tests.builders import ANN, BEN, MONDAY, a_ticket, an_offer

PEOPLE = [PersonId(f"chat:{name}") for name in ("ann", "ben", "cleo", "dora", "emil")]
SKILLS = ("vpn", "printer", "mail")

candidates = st.builds(
    Candidate,
    person=st.sampled_from(PEOPLE),
    load=st.integers(0, 9),
    given_at=st.none() | st.integers(0, 99).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
    skills=st.frozensets(st.sampled_from(SKILLS)),
    here=st.booleans(),
)
crews = st.lists(candidates, max_size=5, unique_by=lambda one: one.person)


@given(st.sampled_from(ROUTINGS), crews, st.frozensets(st.sampled_from(SKILLS)), st.frozensets(st.sampled_from(PEOPLE)), st.integers(0, 9))
def test_nobody_who_is_away_or_excluded_or_has_enough_is_ever_chosen(how, crew, wanted, but_not, at_most) -> None:  # type: ignore[no-untyped-def]
    chosen = choose(how, crew, wanted=wanted, but_not=but_not, at_most=at_most)

    free = [one for one in crew if one.here and one.person not in but_not and (not at_most or one.load < at_most)]
    assert chosen is None or chosen in {one.person for one in free}
    assert how == "manual" or how == "skill" or (chosen is not None) == bool(free)


@given(crews)
def test_who_is_chosen_does_not_depend_on_the_order_in_which_they_are_known(crew) -> None:  # type: ignore[no-untyped-def]
    for how in ROUTINGS:
        assert choose(how, crew, wanted=SKILLS) == choose(how, list(reversed(crew)), wanted=SKILLS)


@given(st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True), st.integers(1, 40))
def test_by_turns_nobody_gets_two_more_than_anybody_else(people: list[PersonId], count: int) -> None:
    crew = {person: Candidate(person) for person in people}

    got: Counter[PersonId] = Counter(dict.fromkeys(people, 0))
    for number in range(count):
        chosen = choose("round_robin", crew.values())
        assert chosen is not None
        got[chosen] += 1
        crew[chosen] = replace(crew[chosen], given_at=MONDAY + timedelta(minutes=number))

    assert max(got.values()) - min(got.values()) <= 1


@given(crews)
def test_by_load_nobody_who_is_here_has_less_than_whoever_is_chosen(crew) -> None:  # type: ignore[no-untyped-def]
    chosen = choose("load", crew)

    loads = {one.person: one.load for one in crew if one.here}
    assert chosen is None or loads[chosen] == min(loads.values())


@given(crews, st.frozensets(st.sampled_from(SKILLS)))
def test_by_skill_nobody_who_is_here_knows_more_of_it_than_whoever_is_chosen(crew, wanted) -> None:  # type: ignore[no-untyped-def]
    chosen = choose("skill", crew, wanted=wanted)

    fit = {one.person: len(one.skills & wanted) for one in crew if one.here}
    assert (chosen is None) == (not any(fit.values()))
    assert chosen is None or fit[chosen] == max(fit.values())


@pytest.mark.parametrize(
    "ticket",
    [
        a_ticket(question="My VPN: it drops!"),
        a_ticket(tags=("vpn",)),
        a_ticket(kind="vpn"),
        a_ticket(fields=(("area", "VPN"),)),
        a_ticket(offers=(an_offer(entry="vpn"),)),
    ],
)
def test_a_skill_is_asked_for_by_words_tags_kind_fields_and_tried_entries(ticket: tickets.Ticket) -> None:
    assert wanted_of(ticket, ("vpn", "printer")) == {"vpn"}


def test_a_part_of_a_word_asks_for_no_skill_and_a_phrase_needs_all_its_words() -> None:
    assert wanted_of(a_ticket(question="my vpnish thing and email"), ("vpn", "mail")) == frozenset()
    assert wanted_of(a_ticket(question="Red, hat please"), ("red hat", "hat rack")) == {"red hat"}


def test_what_is_given_is_theirs_and_nobody_else_is_given_it() -> None:
    given_, fact = assign(a_ticket(tier=2), ANN.id, "load", MONDAY)

    assert (given_.assignee, fact.to, fact.how, fact.tier) == (ANN.id, ANN.id, "load", 2)
    with pytest.raises(AlreadyClaimed):
        assign(given_, BEN.id, "load", MONDAY)
    with pytest.raises(MoveRefused):
        assign(a_ticket(status="resolved", tier=2), ANN.id, "load", MONDAY)
