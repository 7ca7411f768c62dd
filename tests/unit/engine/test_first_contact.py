"""The line that people read under the bot's first answer on each channel, where the desk wants it told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.desks import PrivacyNotice
from bot.domain.ids import PersonId
from bot.domain.people import Person
from tests.builders import ALICE, ANN, UNKNOWN, a_desk
from tests.two_channels import MOBILE, TwoChannels
from tests.world import World, text_of

USUAL = "A bot answers here. What you write is kept so that IT help can help you; /privacy says more."
OWN = PrivacyNotice("Wir speichern, was Sie schreiben.", "https://example.com/privacy")
LEA = Person(PersonId("chat:lea"), "Lea", "es")


def told(world: World, person: Person = ALICE, line: str = USUAL) -> list[bool]:
    """Of each message to them: does it say so?"""
    return [line in text_of(sent.body) for sent in world.to(str(person.id))]


async def test_the_first_answer_on_a_channel_says_it_and_no_other_does() -> None:
    world = TwoChannels(a_desk(privacy=PrivacyNotice()))
    await world.says("How do I reset my password?")
    assert told(world) == [True]
    await world.says("no")
    await world.says(UNKNOWN)
    await world.says(UNKNOWN, MOBILE)
    await world.says("no", MOBILE)

    assert told(world)[1:] == [False] * (len(told(world)) - 1)
    assert told(world, MOBILE)[0]
    assert sum(told(world, MOBILE)) == 1


async def test_where_the_first_words_are_not_answered_the_next_answer_says_it() -> None:
    world = World(a_desk(privacy=PrivacyNotice(), take_back=timedelta(0)))
    await world.commands("start")
    assert told(world) == [True]
    text = text_of(world.to(str(ALICE.id))[0].body)
    assert text.count("is kept so that") == 1, "and /start does not say it twice"
    await world.commands("start")
    assert "is kept so that" in text_of(world.to(str(ALICE.id))[-1].body), "it is said by /start whenever that is typed"


async def test_a_desks_own_words_and_its_page_are_told_as_they_are_written() -> None:
    world = World(a_desk(privacy=OWN))
    await world.says(UNKNOWN)
    assert "Wir speichern, was Sie schreiben. https://example.com/privacy" in text_of(world.to(str(ALICE.id))[0].body)


async def test_it_is_said_in_the_language_of_whoever_asks() -> None:
    world = World(a_desk(privacy=PrivacyNotice(), languages=("en", "es")))
    await world.says("¿Cómo cambio mi contraseña, por favor?", LEA)
    [first, *_] = world.to(str(LEA.id))
    assert "/privacy" in text_of(first.body)


async def test_nobody_of_a_team_is_told_in_the_teams_place_nor_by_what_others_do() -> None:
    world = World(a_desk(privacy=PrivacyNotice(), take_back=timedelta(0)))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "Which floor?")
    assert sum(told(world)) == 1
    assert not any(USUAL in text_of(sent.body) for sent in world.chat.sent if sent.to != ALICE.id)


@pytest.mark.parametrize("channel", ["web", "api"])
async def test_where_a_page_or_a_program_says_it_no_answer_does(channel: str) -> None:
    world = TwoChannels(a_desk(privacy=PrivacyNotice()))
    world.channels[channel] = world.mobile  # type: ignore[assignment]
    person = Person(PersonId(f"{channel}:alice"), "Alice", "en")
    await world.says(UNKNOWN, person)
    assert [sent for sent in world.mobile.sent if sent.to == person.id]
    assert not any(told(world, person))


async def test_on_the_telephone_it_is_short() -> None:
    world = TwoChannels(a_desk(privacy=PrivacyNotice()))
    world.channels["phone"] = world.mobile  # type: ignore[assignment]
    person = Person(PersonId("phone:+34600111222"), "+34 600 11 12 22", "en")
    await world.says(UNKNOWN, person)
    [first, *_] = [sent for sent in world.mobile.sent if sent.to == person.id]
    assert "PRIVACY says more." in text_of(first.body)


async def test_a_desk_that_has_not_said_so_tells_it_by_its_commands_alone() -> None:
    world = World()
    await world.says(UNKNOWN)
    assert not any("is kept" in text_of(sent.body) for sent in world.to(str(ALICE.id)))
