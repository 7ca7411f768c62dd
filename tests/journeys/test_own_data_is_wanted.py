"""Whoever asks can want their data, or that it goes: people see to it, and nothing goes by itself."""

from __future__ import annotations

import pytest

from bot.domain.ids import PlaceId
from bot.domain.messages import Commanded, Pressed
from bot.engine.people.own_data import TAG, VERBS
from tests.builders import ALICE, UNKNOWN
from tests.world import World

EXPORT, ERASE = VERBS.values()


async def asked(world: World) -> None:
    await world.happens(Commanded("privacy", "", PlaceId(ALICE.id), private=True, answer_to="command"), ALICE)


@pytest.mark.parametrize(("label", "question"), [("Give me my data", EXPORT), ("Erase my data", ERASE)])
async def test_a_press_under_privacy_becomes_a_request_that_people_find_by_its_tag(world: World, label: str, question: str) -> None:
    await world.says(UNKNOWN)
    await asked(world)
    assert "keeps what you write" in world.told_alone(ALICE)[-1]
    [choice] = [one for _, body in world.chat.answers for one in body.choices if one.label == label]
    await world.happens(Pressed(choice.action, PlaceId(ALICE.id), answer_to="press"), ALICE)
    ticket = await world.ticket("IT-2")
    assert (ticket.question, ticket.requester, ticket.tags, ticket.is_with_humans) == (question, ALICE.id, (TAG,), True)
    world.heard("IT-2", ALICE)
    [note] = [one.text for one in await world.store.talk("IT-2", internal=True) if one.kind == "note"]
    assert "Make sure first" in note


async def test_nothing_of_theirs_goes_because_they_asked(world: World) -> None:
    await world.says(UNKNOWN)
    await world.commands("privacy", "erase", person=ALICE)
    assert (await world.ticket("IT-1")).question == UNKNOWN
    assert (await world.ticket("IT-2")).question == ERASE


async def test_the_words_do_what_the_buttons_do_and_twice_is_once(world: World) -> None:
    await world.commands("privacy", "export", person=ALICE)
    await world.commands("privacy", "Export", person=ALICE)
    assert "IT-1" in world.told_alone(ALICE)[-1]
    assert await world.store.ticket("IT-2") is None
    await world.commands("privacy", "erase", person=ALICE)
    assert (await world.ticket("IT-2")).question == ERASE
