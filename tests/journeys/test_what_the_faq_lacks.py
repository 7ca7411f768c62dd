"""What an admin does with a gap is kept, watched and undone, and an entry begins with what was asked and answered."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.domain.messages import Outbound, Pressed, Submitted
from bot.domain.people import Person
from bot.engine.curation.gaps import DEALT, gather, kept, unsolved
from bot.engine.faq import learning
from bot.engine.turn import Turn
from bot.ports import Transaction
from tests.builders import ALICE, ANN, CLEO, TEAM_2, UNKNOWN, a_desk, an_event
from tests.world import World, text_of

ROOT = CLEO


@pytest.fixture
async def world() -> World:
    made = World(a_desk(admins=frozenset({ROOT.id})))
    await made.says(UNKNOWN)
    await made.commands("human", "", ALICE)
    return made


async def press(world: World, action: str, person: Person = ROOT) -> str:
    await world.happens(Pressed(action, person.id, answer_to=f"press-{action}"), person)  # type: ignore[arg-type]
    answered: list[Outbound] = [body for _, body in world.chat.answers if body.only_for == person.id and body.parts]
    return text_of(answered[-1]) if answered else ""


async def states(world: World) -> dict[str, str]:
    return {number: dealt.state for number, dealt in (await DEALT.all(world.store)).items()}


async def test_a_gap_that_is_done_is_kept_and_comes_back_when_it_is_asked_again(world: World) -> None:
    said = await press(world, "gap-done:IT-1")
    assert "watched" in said
    world.clock.advance(days=1)
    await world.says(UNKNOWN, ANN)
    await world.commands("human", "", ANN)

    now = world.clock.now() + timedelta(minutes=1)
    found = gather(await unsolved(world.store, now), await kept(world.store), now, lambda texts: None)

    assert [gap.again for gap in found.again] == [1]


async def test_what_is_not_for_the_faq_is_marked_and_open_again_takes_both_back(world: World) -> None:
    await press(world, "gap-outside:IT-1")
    assert (await states(world), len(await world.store.outside_questions())) == ({"IT-1": "outside"}, 1)
    await press(world, "gap-again:IT-1")
    assert (await states(world), len(await world.store.outside_questions())) == ({}, 0)


async def test_an_entry_begins_as_a_draft_with_what_was_asked_and_answered(world: World) -> None:
    texts = [{"lang": "en", "question": "My chair squeaks", "phrasings": ["squeaking chair"], "answer": "Oil it."}, {"lang": "xx"}]
    await world.happens(Submitted("gap-write:IT-1", {"texts": json.dumps(texts[:1])}, TEAM_2, answer_to="form"), ROOT)
    [draft] = await world.store.drafts()
    assert (draft.origin, draft.ticket, draft.state) == ("gap", "IT-1", "draft")
    assert [(text.question, text.answer, text.phrasings) for text in draft.entry.texts] == [("My chair squeaks", "Oil it.", ("squeaking chair",))]


@pytest.mark.parametrize("texts", ["", "no json", "[]", '[{"lang": "xx", "question": "?", "phrasings": [], "answer": ""}]', '{"a": 1}', "[1]", "[" * 5000])
async def test_a_form_of_another_shape_begins_nothing(world: World, texts: str) -> None:
    await world.happens(Submitted("gap-write:IT-1", {"texts": texts}, TEAM_2, answer_to="form"), ROOT)
    assert await world.store.drafts() == []


@pytest.mark.parametrize("action", ["gap-done:IT-1", "gap-outside:IT-1", "gap-again:IT-1"])
async def test_nobody_else_may(world: World, action: str) -> None:
    await press(world, action, ALICE)
    assert await states(world) == {}
    assert "MoveDenied" in await world.happened()


@pytest.mark.parametrize("action", ["gap-done:IT-99", "gap-outside:", "gap-again:x"])
async def test_a_press_about_nothing_is_refused_in_words(world: World, action: str) -> None:
    assert await press(world, action)
    assert await states(world) == {}


async def test_what_was_said_of_a_gap_goes_with_its_request(world: World) -> None:
    await press(world, "gap-done:IT-1")

    async def erased(tx: Transaction) -> None:
        turn = Turn(world.crew, tx, an_event(Pressed("erase", ROOT.id), ROOT), world.clock.now())  # type: ignore[arg-type]
        await learning.erase(turn, "IT-1")

    await world.store.run(erased)
    assert await states(world) == {}
