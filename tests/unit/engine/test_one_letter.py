"""What the bot says by letter: one for each event, so that whoever gets it is not flooded, and no choice for a number that a machine sends back."""

from __future__ import annotations

import pytest

from bot.domain.ids import PersonId
from bot.domain.messages import Capabilities, Said
from bot.domain.people import Person
from bot.engine import conversation
from bot.engine.turn import Turn
from bot.errors import DeliveryRefused
from tests.builders import ANN, UNKNOWN, a_desk
from tests.unit.engine.test_voices import World
from tests.world import text_of

LEA = Person(PersonId("mobile:lea@example.org"), "Lea", "en")


@pytest.fixture
def world() -> World:
    world = World(a_desk(admins=frozenset({ANN.id})))
    world.postal.can = Capabilities(buttons=False, letters=True)
    return world


async def resolved(world: World) -> None:
    """A ticket of Lea's, by Ann."""
    await world.says(UNKNOWN, LEA)
    await world.presses("Take it", ANN)
    await world.submits("resolve:IT-1", ANN, words="Oiled.")
    assert "You may write a comment under it." in text_of(world.postal.letters[-1].body)


async def test_whatever_is_said_to_one_event_goes_out_as_one_letter_in_which_every_number_counts(world: World) -> None:
    await world.commands("banner", "up The printer is broken.", ANN)
    await world.says("How do I reset my password?", LEA)

    [letter] = world.postal.letters
    said = text_of(letter.body)
    assert said.index("The printer is broken.") < said.index("1. Yes, solved")
    await world.says("1", LEA)
    assert (await world.ticket()).status == "resolved"


async def test_what_could_not_be_handled_is_told_by_letter_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(turn: Turn, said: Said) -> None:
        raise LookupError("a fault of ours")

    monkeypatch.setattr(conversation, "_said", broken)
    await world.says(UNKNOWN, LEA)
    for _ in range(10):
        await world.passes(minutes=1)
    assert ["something went wrong" in text_of(one.body) for one in world.postal.letters] == [True]


async def test_a_reply_of_a_person_is_a_letter_of_its_own(world: World) -> None:
    await world.says(UNKNOWN, LEA)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "Which floor?")
    await world.passes(minutes=1)
    assert [one.body.voice for one in world.postal.letters] == ["answer", "", "person"]


async def test_a_number_that_is_sent_back_again_is_no_choice_and_so_is_answered_as_rarely_as_a_machine(world: World) -> None:
    await world.says("How do I reset my password?", LEA)
    await world.says("Not what I need", LEA)
    before = len(world.postal.letters)
    for _ in range(3):
        await world.says("1", LEA)
    assert [one.body.voice for one in world.postal.letters[before:]] == ["choice", "answer", "answer"]


@pytest.mark.parametrize("words", [["5\n\nVery kind, thank you."], ["5", "1", "Very kind, thank you."], ["5", "1\nVery kind, thank you."]])
async def test_a_comment_on_the_help_reaches_the_card_whether_it_stands_under_the_number_or_is_asked_for(world: World, words: list[str]) -> None:
    await resolved(world)
    for text in words:
        await world.says(text, LEA)
    ticket = await world.ticket()
    assert (ticket.status, ticket.rating, ticket.comment) == ("resolved", 5, "Very kind, thank you.")
    assert "Comment of the requester> Very kind, thank you." in text_of(world.card().body)
    assert "the team can see it" in text_of(world.postal.letters[-1].body)


async def test_words_under_the_number_of_anything_else_choose_nothing(world: World) -> None:
    await resolved(world)
    await world.says("6\n\nIt squeaks again.", LEA)
    assert (await world.ticket()).status == "open", "they are words, and reopen it as words do"
    assert any("It squeaks again." in shown for shown in world.thread(world.card()))


async def test_agents_see_that_no_letter_went_until_they_write_one(world: World) -> None:
    world.postal.faults = [DeliveryRefused("too_often")]
    await world.says(UNKNOWN, LEA)

    assert (await world.ticket()).is_with_humans
    assert "Automatic mail: not sent" in text_of(world.card().body)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "Which floor?")
    await world.passes(minutes=1)
    assert "Which floor?" in text_of(world.postal.letters[-1].body)
    assert "Automatic mail" not in text_of(world.card().body)
