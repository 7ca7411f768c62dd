"""A desk that gives tickets to Ann and Ben, and people who ask it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.calendars import Calendar
from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Pressed
from bot.domain.people import Person
from bot.domain.shifts import Agent
from tests.builders import ANN, BEN, TEAM_2, UNKNOWN, a_desk
from tests.world import World

BOTH = {ANN.id: Agent(), BEN.id: Agent()}
HOUR = timedelta(hours=1)
MORNINGS = Calendar(dict.fromkeys(range(5), ((9 * 60, 12 * 60),)))
AFTERNOONS = Calendar(dict.fromkeys(range(5), ((12 * 60, 18 * 60),)))


def desk(agents: Mapping[PersonId, Agent] = BOTH, **tier2: Any) -> Desk:
    """Tier 2 as the test needs it; it knows Ann and Ben."""
    made = a_desk(agents=agents)
    return replace(made, tiers=(replace(made.tiers[0], **{"claim_within": None, **tier2}), *made.tiers[1:]))


def asker(number: int) -> Person:
    """A requester of their own."""
    return Person(PersonId(f"chat:asker{number}"), f"Asker {number}", "en")


async def asked(world: World, count: int, first: int = 1) -> list[PersonId | None]:
    """So many people ask, one after the other: who has each ticket."""
    for number in range(first, first + count):
        await world.says(f"{UNKNOWN} {number}", asker(number))
        await world.passes(seconds=1)
    return [(await world.ticket(f"IT-{number}")).assignee for number in range(first, first + count)]


async def pressed(world: World, action: str, person: Person) -> None:
    """A button, wherever it stands."""
    await world.happens(Pressed(action, TEAM_2, None, answer_to=f"press-{action}"), person, str(person.id))


def in_thread(world: World, text: str, number: str = "IT-1", place: str = TEAM_2) -> bool:
    """Does it stand in the thread of that card?"""
    return any(text in line for line in world.thread(world.card(number, place)))
