"""A home page by role: what it shows, how it is turned over, and that it always fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.slack.views import MAX_VIEW_BLOCKS, home_tab
from bot.domain.desks import Tier
from bot.domain.ids import ConversationId, PersonId, PlaceId, TicketId
from bot.domain.messages import Facts, Home, HomeOpened, Pressed, Say, Small, Submitted, Title
from bot.domain.people import Person
from bot.domain.service_levels import Promised, Running
from bot.domain.tickets import Ticket
from bot.ports import Transaction
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, MONDAY, TEAM_2, TEAM_3, a_desk, a_ticket
from tests.world import World

ADMIN_AND_AGENT = ANN
LONG = "The ergonomic chair next to the aquarium squeaks " * 40


@pytest.fixture
def world() -> World:
    tiers = (Tier(2, "Service desk", (TEAM_2,)), Tier(3, "Specialists", (TEAM_3,)))
    return World(a_desk(tiers=tiers, admins=frozenset({ADMIN_AND_AGENT.id})))


async def keep(world: World, *tickets: Ticket) -> None:
    async def unit(tx: Transaction) -> None:
        for ticket in tickets:
            await tx.add_ticket(ticket)

    await world.store.run(unit)


def waiting(number: int, **changes: object) -> Ticket:
    """An unclaimed ticket of tier 2; the higher its number, the newer."""
    values: dict[str, object] = {"id": TicketId(f"IT-{number}"), "tier": 2, "changed_at": MONDAY + timedelta(seconds=number)}
    return a_ticket(**{**values, **changes})


def due(in_: timedelta) -> dict[str, object]:
    """A promise that is broken in so long, and at risk from ten minutes before."""
    at = MONDAY + in_
    running = Running("first_response", due=at, target_s=3600, risk_at=at - timedelta(minutes=10), ran=((MONDAY - timedelta(hours=1), None),))
    return {"promised": Promised("normal", (running,)), "due_at": at}


async def opens(world: World, person: Person, action: str = "") -> Home:
    """Their page, after a press on it if there is one."""
    await world.happens(Pressed(action, person.id, answer_to="home") if action else HomeOpened(), person)  # type: ignore[arg-type]
    return world.chat.homes[person.id]


def listed(home: Home) -> list[str]:
    """The numbers of the tickets that are shown with a status, top to bottom."""
    rows = [part.rows[0][0] for section in home.sections for part in section.parts if isinstance(part, Facts)]
    return [row.partition(" ")[0] for row in rows]


def labels(home: Home) -> list[str]:
    return [choice.label for section in home.sections for choice in section.choices]


def text(home: Home) -> str:
    return "\n".join(part.text for section in home.sections for part in section.parts if isinstance(part, Title | Say | Small))


# ------------------------------------------------------------------------------------------------------------------ roles
async def test_a_requester_sees_their_own_tickets_and_a_way_to_ask_and_no_queue(world: World) -> None:
    await keep(world, waiting(1), waiting(2, requester=BOB.id, conversation=ConversationId(BOB.id)))
    home = await opens(world, ALICE)
    assert listed(home) == ["IT-1"]
    assert labels(home)[0] == "Ask a question"
    assert not [label for label in labels(home) if label.startswith(("Unclaimed", "Mine", "Take it", "New entry"))]


async def test_an_agent_sees_how_much_is_in_each_list(world: World) -> None:
    await keep(world, waiting(1), waiting(2, assignee=ANN.id), waiting(3, **due(timedelta(minutes=5))), waiting(4, **due(timedelta(minutes=-5))))
    home = await opens(world, ANN)
    tabs = [label for label in labels(home) if "(" in label]
    assert tabs == ["Mine (1)", "Unclaimed (3)", "At risk (1)", "Breached (1)", "Escalated to us (0)"]
    assert listed(home)[0] == "IT-2"


async def test_only_admins_see_what_admins_decide(world: World) -> None:
    assert "New entry" in labels(await opens(world, ANN))
    assert "New entry" not in labels(await opens(world, BEN))


async def test_an_agent_sees_the_queues_of_their_own_tiers_alone(world: World) -> None:
    await keep(world, waiting(1), waiting(2, tier=3))
    assert listed(await opens(world, BEN, "home:unclaimed")) == ["IT-1"]
    assert listed(await opens(world, CLEO, "home:unclaimed")) == ["IT-2"]


async def test_what_came_from_below_is_escalated_to_us(world: World) -> None:
    await keep(world, waiting(1), waiting(2, tier=3), waiting(3, tier=3, assignee=CLEO.id), waiting(4, tier=3, status="resolved"))
    assert listed(await opens(world, CLEO, "home:escalated")) == ["IT-3", "IT-2"]
    assert listed(await opens(world, BEN, "home:escalated")) == []


async def test_what_the_tier_above_sent_back_is_there_too_until_it_is_solved(world: World) -> None:
    await keep(world, waiting(1), waiting(2, tier=3))
    await world.submits("back:IT-2", CLEO, words="it is the fuse")
    assert listed(await opens(world, BEN, "home:escalated")) == ["IT-2"]
    assert listed(await opens(world, CLEO, "home:escalated")) == []

    await world.submits("escalate:IT-2", BEN, words="it is not the fuse")
    assert listed(await opens(world, BEN, "home:escalated")) == []
    await world.submits("back:IT-2", CLEO, words="it is the other fuse")
    await world.submits("resolve:IT-2", BEN, words="new fuse")
    await world.presses("Reopen", ALICE)

    assert listed(await opens(world, BEN, "home:escalated")) == []


# ------------------------------------------------------------------------------------------------------- popular questions
async def solved(world: World, question: str, times: int) -> None:
    """So many people ask, and the answer helps."""
    for one in range(times):
        person = Person(PersonId(f"chat:asker-{question[:3]}-{one}"), f"Asker {one}", "en")
        await world.says(question, person)
        await world.presses("Yes, solved", person)
    await world.keeper.look()


async def test_a_requester_is_offered_what_helped_most_and_one_press_shows_the_answer(world: World) -> None:
    assert "Popular questions" not in text(await opens(world, ALICE))
    await solved(world, "How do I connect to the VPN from home?", 1)
    await solved(world, "How do I reset my password?", 2)

    home = await opens(world, ALICE)

    assert labels(home)[1:3] == ["How do I reset my password?", "How do I connect to the VPN from home?"]
    press = next(choice.action for section in home.sections for choice in section.choices if choice.label.startswith("How do I reset"))
    await opens(world, ALICE, press)
    assert "Open the portal: marmalade." in world.told_alone(ALICE)[-1]
    assert "Popular questions" not in text(await opens(world, BEN))  # an agent has queues to look at


async def test_popular_is_what_can_be_read_in_ones_own_language_and_helped_within_a_month(world: World) -> None:
    await solved(world, "How do I connect to the VPN from home?", 1)
    await solved(world, "How do I reset my password?", 1)
    await world.commands("lang", "es")

    assert labels(await opens(world, ALICE))[1:2] == ["¿Cómo restablezco mi contraseña?"]
    await world.passes(days=31)
    await world.keeper.look()

    assert labels(await opens(world, ALICE)) == ["Hacer una pregunta"]


async def test_the_list_of_the_faq_begins_with_what_helped_most(world: World) -> None:
    await solved(world, "How do I connect to the VPN from home?", 1)

    await world.commands("faq")

    _, answer = world.chat.answers[-1]
    assert next(choice.label for choice in answer.choices) == "How do I connect to the VPN from home?"
    assert len({choice.action for choice in answer.choices}) == len(answer.choices) == 3


# ------------------------------------------------------------------------------------------------------------------- lists
async def test_a_tab_shows_its_list_and_is_still_open_when_the_page_is_drawn_anew(world: World) -> None:
    await keep(world, waiting(1), waiting(2, assignee=BEN.id))
    assert listed(await opens(world, BEN, "home:unclaimed")) == ["IT-1"]
    assert listed(await opens(world, BEN)) == ["IT-1"]
    assert listed(await world.enquiries.home(BEN.id)) == ["IT-1"]


async def test_what_is_due_the_soonest_stands_first_and_says_when(world: World) -> None:
    await keep(world, *(waiting(n, **due(timedelta(minutes=minutes))) for n, minutes in ((1, 8), (2, 3), (3, 40))))
    home = await opens(world, BEN, "home:at_risk")
    assert listed(home) == ["IT-2", "IT-1"]
    assert "due Mar 2, 9:03" in text(home).replace("\u202f", " ")


async def test_what_is_overdue_says_since_when(world: World) -> None:
    await keep(world, waiting(1, **due(timedelta(minutes=-30))))
    home = await opens(world, BEN, "home:breached")
    assert listed(home) == ["IT-1"]
    assert "overdue since Mar 2, 8:30" in text(home).replace("\u202f", " ")


async def test_ten_stand_on_a_page_and_the_others_on_the_next_ones(world: World) -> None:
    await keep(world, *(waiting(n, requester=BOB.id) for n in range(1, 24)))
    first = await opens(world, BEN, "home:unclaimed")
    assert listed(first) == [f"IT-{n}" for n in range(23, 13, -1)]
    assert ("Next" in labels(first), "Previous" in labels(first)) == (True, False)
    assert "Page 1 of 3" in text(first)
    last = await opens(world, BEN, "home:unclaimed:3")
    assert listed(last) == ["IT-3", "IT-2", "IT-1"]
    assert ("Next" in labels(last), "Previous" in labels(last)) == (False, True)


@pytest.mark.parametrize("action", ["home:unclaimed:99", "home:unclaimed:0", "home:unclaimed:-1", "home:unclaimed:x", "home:unclaimed:99999999999"])
async def test_a_page_that_is_not_there_is_the_nearest_that_is(world: World, action: str) -> None:
    await keep(world, waiting(1))
    assert listed(await opens(world, BEN, action)) == ["IT-1"]


async def test_a_list_that_is_not_there_is_ones_own(world: World) -> None:
    await keep(world, waiting(1, assignee=BEN.id))
    assert listed(await opens(world, BEN, "home:nonsense")) == ["IT-1"]


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        ("mine", "You have no ticket. Take one from the unclaimed ones."),
        ("unclaimed", "The queue is empty."),
        ("at_risk", "No promised time is running out."),
        ("breached", "No promised time has passed."),
        ("escalated", "Nothing was escalated or sent back to you."),
    ],
)
async def test_an_empty_list_says_so(world: World, view: str, sentence: str) -> None:
    assert sentence in text(await opens(world, BEN, f"home:{view}"))


async def test_whoever_takes_one_from_the_page_sees_it_go(world: World) -> None:
    await keep(world, waiting(1, requester=BOB.id), waiting(2, requester=BOB.id))
    await opens(world, BEN, "home:unclaimed")
    home = await opens(world, BEN, "take:IT-2")
    assert listed(home) == ["IT-1"]
    assert "Mine (1)" in labels(home)


async def test_ones_own_ticket_is_answered_and_resolved_from_the_page(world: World) -> None:
    await keep(world, waiting(1, requester=BOB.id, assignee=BEN.id))
    assert {"Reply", "Resolve"} <= set(labels(await opens(world, BEN, "home:mine")))


async def test_whoever_is_away_sees_that_and_how_to_be_back(world: World) -> None:
    assert "I am away" in labels(await opens(world, BEN))
    home = await opens(world, BEN, "away:")
    assert "I am here" in labels(home)
    assert "You are away" in text(home)


# ------------------------------------------------------------------------------------------------------------------ limits
async def test_however_much_there_is_everything_that_an_agent_works_from_fits_slacks_hundred_blocks(world: World) -> None:
    mine = [waiting(n, requester=ANN.id, conversation=ConversationId(ANN.id), assignee=ANN.id, question=LONG, priority="urgent") for n in range(1, 60)]
    await keep(world, *mine, *(replace(waiting(n, question=LONG), requester=BOB.id) for n in range(60, 120)))
    home = await opens(world, ANN, "home:unclaimed:2")
    blocks = home_tab(home)["blocks"]
    assert len(blocks) <= MAX_VIEW_BLOCKS
    shown = str(blocks)
    assert "Page 2 of 6" in shown
    assert "New entry" in shown, "the last part of the page was left out"


async def test_more_than_a_hundred_are_counted_as_so_many(world: World) -> None:
    await keep(world, *(waiting(n, requester=BOB.id) for n in range(1, 121)))
    assert "Unclaimed (99+)" in labels(await opens(world, BEN))


async def test_whoever_resolves_one_by_a_form_of_the_page_sees_it_go(world: World) -> None:
    await keep(world, waiting(1, requester=BOB.id, assignee=BEN.id), waiting(2, requester=BOB.id, assignee=BEN.id))
    await opens(world, BEN, "home:mine")
    await world.happens(Submitted("resolve:IT-1", {"words": "a new cable"}, PlaceId(BEN.id), answer_to="form"), BEN)
    assert listed(world.chat.homes[BEN.id]) == ["IT-2"]
