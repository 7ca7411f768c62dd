"""What a ticket is: asked in plain words, changed by agents, and found by it."""

from __future__ import annotations

import pytest

from bot.domain.custom_fields import RequestForm
from bot.ports import TicketQuery
from tests.builders import ALICE, ANN, BOB, FAQ, TEAM_2, UNKNOWN, a_desk
from tests.curated_web import curated_web
from tests.world import World, text_of

ASKED = "Is something broken, or do you need something?"


@pytest.fixture
def world() -> World:
    return World(desk=a_desk(ask_kind=True))


async def test_whoever_is_handed_over_is_asked_in_plain_words_and_the_team_sees_the_answer(world: World) -> None:
    await world.says(UNKNOWN)
    receipt = world.heard(ASKED)
    assert world.labels(receipt)[:2] == ["Something is broken", "I need something"]

    await world.presses("Something is broken")

    assert (await world.ticket()).kind == "incident"
    assert "Kind: Incident" in text_of(world.card().body)
    assert ASKED not in text_of(receipt.body)
    assert world.labels(receipt) == ["Add details", "Cancel request"]
    [changed] = [event for event in await world.store.history("IT-1") if event.name == "KindChanged"]
    assert (changed.by, changed.details) == (ALICE.id, {"kind": "incident", "was": "question"})


async def test_the_question_stays_on_the_receipt_until_somebody_says_what_it_is(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    receipt = world.heard(ASKED)
    assert "It is with Ann Agent now." in text_of(receipt.body)

    await world.submits("kind:IT-1", kind="request")
    assert ASKED not in text_of(receipt.body)
    assert "Something is broken" not in world.labels(receipt)


async def test_what_an_agent_said_counts_and_a_late_press_changes_nothing(world: World) -> None:
    await world.says(UNKNOWN)
    choice, sent = world.button("Something is broken")
    await world.submits("kind:IT-1", kind="request")
    await world.submits(choice.action, ALICE)
    assert (await world.ticket()).kind == "request"
    assert sent


async def test_nobody_else_says_for_the_requester_what_it_is(world: World) -> None:
    await world.says(UNKNOWN)
    await world.submits("isa:IT-1:incident", BOB)
    assert (await world.ticket()).kind == "question"


async def test_a_desk_that_does_not_ask_shows_the_receipt_as_ever() -> None:
    world = World()
    await world.says(UNKNOWN)
    world.never_heard(ASKED)


async def test_a_form_has_said_what_it_is() -> None:
    world = World(desk=a_desk(ask_kind=True, forms=(RequestForm("request", (("", "I need something"),), faq=False),)))
    await world.submits("new:request", ALICE, words="A second screen, please")
    assert (await world.ticket()).kind == "request"
    world.never_heard(ASKED)


async def test_agents_change_the_kind_by_a_command_and_find_tickets_by_it(world: World) -> None:
    for person in (ALICE, BOB):
        await world.says(UNKNOWN, person)
    await world.commands("kind", "2 incident", ANN)

    assert [ticket.id for ticket in await world.store.tickets(TicketQuery(kind="incident"))] == ["IT-2"]
    await world.commands("find", "kind:incident", ANN)
    told = world.told_alone(ANN)[-1]
    assert "IT-2" in told
    assert "IT-1" not in told


async def test_what_is_no_kind_is_refused_with_those_there_are(world: World) -> None:
    await world.says(UNKNOWN)
    await world.commands("kind", "1 disaster", ANN)
    assert "question, incident, request, problem, change" in world.told_alone(ANN)[-1]
    await world.commands("kind", "1 question", ANN)
    assert "is that already" in world.told_alone(ANN)[-1]


async def test_words_of_a_requester_that_begin_like_a_command_are_a_question(world: World) -> None:
    await world.commands("problem", "with the tuba in meeting room four", BOB)
    assert (await world.ticket()).question == "problem with the tuba in meeting room four"


async def test_many_get_a_kind_at_once(world: World) -> None:
    for person in (ALICE, BOB):
        await world.says(UNKNOWN, person)
    await world.commands("bulk", "kind 1 2 incident", ANN, place=TEAM_2)
    assert [(await world.ticket(number)).kind for number in ("IT-1", "IT-2")] == ["incident", "incident"]


async def test_the_agents_pages_show_kinds_and_problems_and_are_narrowed_by_them() -> None:
    async with curated_web(FAQ) as desk:
        for person in (ALICE, BOB):
            await desk.world.says(UNKNOWN, person)
        await desk.world.submits("problem:IT-1", words="The heron is too curious")
        root = await desk.browser()

        listed = (await root.open("/agent?view=open&kind=problem")).text
        assert 'id="row-IT-3"' in listed
        assert 'id="row-IT-1"' not in listed

        page = (await root.open("/agent/tickets/IT-3")).text
        assert '<a href="/agent/tickets/IT-1">IT-1</a>' in page
        assert "<dt>Made by</dt>" in page
        assert 'id="move-reply"' not in page
        incident = await root.open("/agent/tickets/IT-1")
        assert '<a href="/agent/tickets/IT-3">IT-3</a> <span class="small">The heron is too curious</span>' in incident.text

        asked = await root.send(await root.open("/agent/tickets/IT-2"), "/agent/tickets/IT-2/kind")
        await root.send(asked, "/agent/tickets/IT-2/kind", kind="request")
        assert (await desk.world.ticket("IT-2")).kind == "request"
