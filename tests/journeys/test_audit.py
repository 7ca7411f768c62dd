"""Whatever is done leaves an event that says who did it, where and when; what is refused does, too."""

from __future__ import annotations

import pytest

from bot.domain.ids import PersonId, PlaceId
from bot.domain.messages import Commanded, Pressed, Submitted
from bot.domain.people import Person
from bot.ports import AuditQuery, Recorded
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, TEAM_2, UNKNOWN, a_desk
from tests.world import World

ADA = Person(PersonId("chat:ada"), "Ada Admin", "en")
ENTRY = {"lang": "en", "question": "Where is the badge office?", "answer": "Ground floor: trombone.", "phrasings": "", "then": "publish"}


@pytest.fixture
def world() -> World:
    return World(a_desk(admins=frozenset({ADA.id})))


async def newest(world: World, **query: str) -> Recorded:
    """The last thing that was written down."""
    [event, *_] = (await world.store.audit(AuditQuery(**query))).events  # type: ignore[arg-type]
    return event


async def with_a_ticket(world: World) -> None:
    await world.says(UNKNOWN)


async def test_a_press_is_written_down_with_who_did_it_where_and_when(world: World) -> None:
    await with_a_ticket(world)
    world.clock.advance(minutes=7)
    await world.presses("Take it", ANN)
    event = await newest(world)
    assert (event.name, event.by, event.channel, event.ticket, event.at) == ("TicketClaimed", ANN.id, "chat", "IT-1", world.clock.now())


async def test_a_published_entry_is_written_down_though_it_is_about_no_ticket(world: World) -> None:
    await world.happens(Submitted("faq-new", ENTRY, PlaceId(ADA.id), answer_to="form"), ADA)
    event = await newest(world, by=ADA.id)
    assert (event.name, event.ticket, event.details) == ("EntryPublished", "", {"entry": "where-is-the-badge-office", "language": "en"})


@pytest.mark.parametrize(("verb", "retired"), [("faq-retire", True), ("faq-restore", False)])
async def test_so_are_retiring_and_restoring_one(world: World, verb: str, retired: bool) -> None:
    await world.happens(Pressed(f"{verb}:password", PlaceId(ADA.id), answer_to="press"), ADA)
    event = await newest(world, by=ADA.id)
    assert (event.name, event.details) == ("EntryRetired", {"entry": "password", "retired": retired})


async def test_another_language_is_written_down_by_the_acts_name(world: World) -> None:
    await world.happens(Pressed("lang:es", PlaceId(ALICE.id), answer_to="press"), ALICE)
    event = await newest(world, act="lang")
    assert (event.name, event.by, event.ticket) == ("ActDone", ALICE.id, "")


async def test_an_agent_who_is_away_is_written_down(world: World) -> None:
    await world.commands("away", person=ANN)
    assert (await newest(world, by=ANN.id)).name == "ActDone"


async def test_looking_and_asking_leave_nothing_behind(world: World) -> None:
    for name in ("help", "list", "queue", "faq", "privacy", "new"):
        await world.commands(name, person=ANN)
    await world.happens(Pressed("faq-show:password", PlaceId(ANN.id), answer_to="press"), ANN)
    assert (await world.store.audit(AuditQuery(by=ANN.id))).events == ()


# ----------------------------------------------------------------------------------------------------------------- refused
async def test_a_refused_press_is_written_down_by_the_acts_name(world: World) -> None:
    await with_a_ticket(world)
    await world.happens(Pressed("take:IT-1", TEAM_2, answer_to="press"), BOB)
    event = await newest(world, by=BOB.id)
    assert (event.name, event.ticket, event.details) == ("MoveDenied", "IT-1", {"move": "take", "reason": "not_agent"})


@pytest.mark.parametrize(("person", "reason"), [(BOB, "not_agent"), (CLEO, "elsewhere")])
async def test_a_refused_typed_command_is_written_down(world: World, person: Person, reason: str) -> None:
    await with_a_ticket(world)
    await world.commands("take", "1", person=person)
    event = await newest(world, by=person.id)
    assert (event.name, event.ticket, event.details) == ("MoveDenied", "IT-1", {"move": "take", "reason": reason})


async def test_a_typed_command_that_comes_too_late_names_its_ticket_and_who_has_it(world: World) -> None:
    await with_a_ticket(world)
    await world.presses("Take it", ANN)
    await world.commands("take", "1", person=BEN)
    assert world.told_alone(BEN)[-1] == "Ann Agent already has IT-1."
    assert (await newest(world, by=BEN.id)).details == {"move": "take", "reason": "already_claimed"}


async def test_a_refused_look_at_a_queue_is_written_down_though_it_is_about_no_ticket(world: World) -> None:
    await world.commands("queue", person=BOB)
    event = await newest(world, by=BOB.id)
    assert (event.name, event.ticket, event.details) == ("MoveDenied", "", {"move": "/queue", "reason": "not_agent"})


async def test_a_form_that_only_admins_may_send_is_refused_and_written_down(world: World) -> None:
    await world.happens(Submitted("faq-new", ENTRY, PlaceId(ANN.id), answer_to="form"), ANN)
    event = await newest(world, by=ANN.id)
    assert (event.name, event.details) == ("MoveDenied", {"move": "faq-new", "reason": "not_admin"})
    assert await world.store.entry("where-is-the-badge-office") is None


async def test_an_act_that_is_tried_twice_is_written_down_once_when_its_turn_is_tried_again(world: World) -> None:
    await with_a_ticket(world)
    event = await world.happens(Commanded("take", "1", PlaceId(ANN.id), private=True, answer_to="command"), ANN)
    await world.intake.receive(event)
    await world.workers.drain()
    assert [one.name for one in (await world.store.audit(AuditQuery(by=ANN.id))).events] == ["TicketClaimed"]




async def test_an_invitation_is_written_down_with_the_role_it_gives(world: World) -> None:
    await world.happens(Pressed("invite:agent", PlaceId(ADA.id), answer_to="press"), ADA)
    event = await newest(world, by=ADA.id)
    assert (event.name, event.details) == ("ActDone", {"act": "invite", "about": "agent"})
