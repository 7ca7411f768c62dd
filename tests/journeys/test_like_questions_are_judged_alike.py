"""What became of a question decides about those like it: here, after a restart, and in what is told of it."""

from __future__ import annotations

import pytest

from bot.domain.ids import PersonId
from bot.domain.people import Person
from bot.engine.faq import standing
from bot.engine.faq.judged import Judged
from kb.encoders import Encoders
from tests.builders import a_desk
from tests.hashed import Hashed
from tests.world import World

HELPED = "the password of my account, how to reset it?"
REFUSED = "reset the password of the projector, how?"  # is taken for the password's, too
SHOWN = "How do I reset my password?"


def reading(world: World) -> World:
    """The same desk, once its sentence encoder has read the entries."""
    world.knowledge._matcher.begin(Encoders(Hashed()))
    return world


@pytest.fixture
def world() -> World:
    return reading(World(desk=a_desk(wrong_at_most=0.2)))


def newcomer(n: int) -> Person:
    return Person(PersonId(f"chat:newcomer-{n}"), f"Newcomer {n}", "en")


async def asks(world: World, n: int, question: str) -> str:
    """What tier 1 does with the newcomer's question."""
    await world.says(question, newcomer(n))
    outcome = (await world.store.run(lambda tx: tx.outcomes_of(f"IT-{n}")))[-1]
    assert outcome.entry == "password"
    return outcome.decision


async def taught(world: World) -> None:
    """60 who are helped with the one question, 20 who are not with the other."""
    for n in range(1, 81):
        is_helped = n % 4 > 0
        if await asks(world, n, HELPED if is_helped else REFUSED) == "suggest" and is_helped:
            await world.presses(SHOWN, newcomer(n))
        await world.presses("Yes, solved" if is_helped else "Not what I need", newcomer(n))
        world.clock.advance(minutes=1)


async def test_a_question_like_those_that_were_helped_is_answered_alone_and_one_like_those_that_were_not_is_not(world: World) -> None:
    await taught(world)
    learned = await world.keeper.look()
    assert learned.promise.outcomes == 80
    assert await asks(world, 81, HELPED) == "answer"
    assert await asks(world, 82, REFUSED) != "answer"


async def test_what_became_of_questions_is_known_after_a_restart(world: World) -> None:
    await taught(world)
    learned = await world.keeper.look()
    again = reading(World(desk=world.desk, store=world.store, clock=world.clock))
    assert (await again.keeper.look()).promise == learned.promise
    assert await asks(again, 81, HELPED) == "answer"
    assert await asks(again, 82, REFUSED) != "answer"


async def test_who_has_no_sentence_encoder_tells_the_promise_that_holds(world: World) -> None:
    await taught(world)
    learned = await world.keeper.look()
    stands, _ = await standing.read(world.store, world.desk.wrong_at_most, world.clock.now())
    assert stands.promise == learned.promise
    assert stands.precedents is None


async def test_words_are_read_once_and_only_of_questions_that_were_judged(world: World) -> None:
    await asks(world, 1, HELPED)
    await world.presses(SHOWN, newcomer(1))
    await world.presses("Yes, solved", newcomer(1))
    await asks(world, 2, REFUSED)
    read: list[str] = []
    judged = Judged(world.store, lambda text: read.append(text) or Hashed().encode([text])[0])  # type: ignore[func-returns-value]
    outcomes = await standing.Evidence(world.store).look(world.clock.now())
    scale = world.knowledge.scale
    assert len(await judged.vectors(outcomes, scale)) == 1
    assert len(await judged.vectors(outcomes, scale)) == 1
    assert read == [HELPED]
    assert await judged.vectors(outcomes, "words") == {}
