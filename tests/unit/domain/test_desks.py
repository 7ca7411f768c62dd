"""The ladder of a desk: what is above and below, which team works where, who may curate."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from bot.domain import events
from bot.domain.desks import Desk, Tier
from bot.domain.ids import PersonId, PlaceId, TicketId, channel_of
from tests.builders import ALICE, ANN, MONDAY, TEAM_2, TEAM_3, a_desk

GAP = a_desk(tiers=(Tier(2, "Desk"), Tier(5, "Makers")))


def test_the_first_human_tier_is_where_the_bot_hands_over_to() -> None:
    assert a_desk().first_tier.level == 2


@pytest.mark.parametrize(
    ("desk", "level", "above", "below"), [(a_desk(), 1, 2, None), (a_desk(), 2, 3, None), (a_desk(), 3, None, 2), (GAP, 2, 5, None), (GAP, 5, None, 2)]
)
def test_the_next_tier_up_and_down_and_never_down_to_the_bot(desk: Desk, level: int, above: int | None, below: int | None) -> None:
    up, down = desk.above(level), desk.below(level)
    assert (up.level if up else None, down.level if down else None) == (above, below)


def test_a_tier_is_found_by_its_level_and_by_its_place() -> None:
    desk = a_desk()
    assert [tier.name if tier else None for tier in (desk.tier(2), desk.tier(3), desk.tier(1))] == ["Service desk", "Specialists", None]
    assert [tier.level if tier else None for tier in (desk.tier_at(TEAM_2), desk.tier_at(TEAM_3), desk.tier_at("chat:elsewhere"))] == [2, 3, None]


def test_an_empty_list_of_admins_is_nobody() -> None:
    """B1."""
    assert not a_desk().is_admin(ANN.id)
    assert not a_desk(admins=frozenset({ANN.id})).is_admin(ALICE.id)
    assert a_desk(admins=frozenset({ANN.id})).is_admin(ANN.id)


def test_the_same_number_on_another_platform_is_another_person() -> None:
    """B6."""
    desk = a_desk(admins=frozenset({PersonId("slack:7")}), tiers=(Tier(2, "Desk", (PlaceId("slack:7"),)),))
    assert not desk.is_admin("telegram:7")
    assert desk.tier_at("telegram:7") is None


@pytest.mark.parametrize(("identifier", "channel"), [("slack:U1", "slack"), ("telegram:-100:7", "telegram"), ("", ""), ("nothing", "nothing")])
def test_an_identifier_names_its_channel(identifier: str, channel: str) -> None:
    assert channel_of(identifier) == channel


def every_event() -> list[type[events.Event]]:
    return [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event) and kind is not events.Event]


@pytest.mark.parametrize("kind", every_event())
def test_a_fact_is_stored_under_its_name_with_what_it_says_beyond_who_and_when(kind: type[events.Event]) -> None:
    values = {f.name: f"<{f.name}>" for f in fields(kind)}
    fact = kind(**{**values, "ticket": TicketId("IT-1"), "by": ANN.id, "at": MONDAY})  # type: ignore[arg-type]
    assert fact.name == kind.__name__
    assert fact.details() == {name: value for name, value in values.items() if name not in ("ticket", "by", "at")}
    assert replace(fact, by=ALICE.id).by == ALICE.id
