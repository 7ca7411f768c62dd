"""A problem through the doors: what requesters are asked, the problem behind two incidents, what helps meanwhile, and the end of all three."""

from __future__ import annotations

import re

import pytest

from tests.journeys.doors import Door, eventually, finds_card, hears
from tests.journeys.doors_web import MOVES
from tests.journeys.openings import handed_over
from tests.journeys.test_desk_tools import fills

pytestmark = pytest.mark.asyncio(loop_scope="module")
DESK = {"more": "\n[practices]\nask_kind = true\n"}
MOVES |= {"The problem behind it": "problem", "Workaround": "workaround", "Send the workaround": "known"}
FIRST, SECOND = "The violet zeppelin indicator hums", "My marzipan cartridge smells burnt"
PROBLEM, HELPS, SOLVED = "The depot loses its lamps", "Knock twice", "New lamps are in place"


@pytest.mark.shows("whoever is handed over says in plain words whether something is broken or they need something")
@pytest.mark.shows("the problem behind several incidents: what helps meanwhile as a draft, solved with one press for all")
async def test_two_incidents_come_from_one_problem_and_are_solved_with_it(door: Door) -> None:
    alice, ann, first = await handed_over(door, FIRST)
    await hears(alice, "Is something broken, or do you need something?")
    await alice.presses("Something is broken")
    await finds_card(ann, first, "Incident")
    bob, _, second = await handed_over(door, SECOND)

    await fills(ann, first, "The problem behind it", words=PROBLEM)
    shown = re.search(rf"(IT-\d+)\s+{PROBLEM}", await finds_card(ann, first, PROBLEM))
    assert shown is not None
    problem = shown[1]
    option = f"{problem} · {PROBLEM}" if type(ann).__name__ == "TelegramAgent" else problem
    await fills(ann, second, "The problem behind it", of=option)
    await finds_card(ann, problem, first, second)

    await fills(ann, problem, "Workaround", words=HELPS)
    await finds_card(ann, second, HELPS)
    await ann.fills(second, "Send the workaround", {"What shall the requester read?": f"{HELPS}, please"})
    await hears(bob, f"{HELPS}, please")
    assert HELPS not in " ".join(await alice.seen())

    await ann.presses(problem, "Resolve", SOLVED)
    for person, number in ((alice, first), (bob, second)):
        assert SOLVED in await hears(person, f"{number} is resolved")

    async def all_told_once() -> bool:
        return all([len([line for line in await person.seen() if SOLVED in line]) == 1 for person in (alice, bob)])

    await eventually(all_told_once, "each is told once")
