"""One incident through the doors: declared by an agent, joined with one press, news and the end told to everybody, a banner read first."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.journeys.doors import Door, eventually, finds_card, hears, reads
from tests.journeys.doors_web import MOVES
from tests.journeys.openings import handed_over
from tests.journeys.test_desk_tools import becomes, fills

pytestmark = pytest.mark.asyncio(loop_scope="module")
MORE = "\n[incidents]\nsimilar = 3\n"
DESK = {"more": MORE}
MOVES |= {"Make it an incident": "incident", "Tell all": "news", "Not part of it": "apart"}
_troubles = itertools.cycle(
    [
        "The zeppelin indicator of the depot blinks in violet",
        "My trombone cartridge smells of burnt marzipan lately",
        "Nobody hears the walrus alarm behind our greenhouse",
        "Quagmire meters stop counting whenever it snows outside",
    ]
)


def question() -> str:
    """Something that no entry and no other journey is about."""
    return next(_troubles)


async def declared(door: Door, words: str) -> str:
    """An incident that Ann has; its number."""
    _, _, number = await handed_over(door, words)
    ann = await door.ann()
    await fills(ann, number, "Make it an incident", words="The depot is down")
    await finds_card(ann, number, "The depot is down", "Tell all")
    return number


@pytest.mark.shows("many report one incident: joined with one press, news and the end told to all")
async def test_who_asks_next_joins_with_one_press_and_everybody_hears_news_and_the_end(door: Door) -> None:
    words = question()
    number = await declared(door, words)
    bob, ann = await door.newcomer(), await door.ann()

    await bob.says(words)
    await hears(bob, "Several people report this")
    await hears(bob, "The depot is down")
    await bob.presses("Me too")
    await hears(bob, "belongs to what several people report")
    await finds_card(ann, number, "2 people")

    await fills(ann, number, "Tell all", state="We know the cause and work on it" if type(ann).__name__ == "TelegramAgent" else "known", words="a fuse blew")
    assert "a fuse blew" in await hears(bob, "We know the cause")
    await bob.says("the second lamp blinks as well")
    await reads(ann, number, "the second lamp blinks as well")

    await ann.presses(number, "Resolve", "changed the fuse behind the panel")
    await hears(bob, "is resolved")
    assert "behind the panel" not in " ".join(await bob.seen())


async def test_who_has_another_matter_goes_on_as_ever(door: Door) -> None:
    words = question()
    await declared(door, words)
    bob = await door.newcomer()

    await bob.says(words)
    await hears(bob, "Several people report this")
    await bob.presses("Mine is different")

    await hears(bob, "I passed it on to Service desk")


async def test_one_reopens_and_the_others_stay_resolved(door: Door) -> None:
    words = question()
    number = await declared(door, words)
    bob, ann = await door.newcomer(), await door.ann()
    await bob.says(words)
    await hears(bob, "Several people report this")
    await bob.presses("Me too")
    await hears(bob, "belongs to what several people report")
    await ann.presses(number, "Resolve", "done")
    await hears(bob, "is resolved")

    await bob.presses("Reopen")

    await hears(bob, "is open again")
    await becomes(door, number, "stays resolved", lambda t: t.status == "resolved")


@pytest.mark.shows("like requests offered to the team as one incident")
async def test_like_requests_are_offered_to_the_team_as_one(door: Door) -> None:
    words = question()
    numbers = [(await handed_over(door, words))[2] for _ in range(3)]
    ann = await door.ann()

    async def look() -> bool:
        shown = await team_sees(door)
        return "3 requests are alike" in shown and all(number in shown for number in numbers)

    await eventually(look, "the team is asked whether they are one incident")
    await finds_card(ann, numbers[0], "Take it")


async def team_sees(door: Door) -> str:
    """All that stands in the team's place; on the web the list of tickets."""
    ann: Any = await door.ann()
    match type(ann).__name__:
        case "SlackAgent":
            return "\n".join(m.shown for m in ann.cloud.world.in_channel(ann.team))
        case "TelegramAgent":
            return "\n".join(e.text for e in ann.cloud.ledger.shown(ann.team, by_bot=True))
        case _:
            return str((await ann.browser.open("/agent")).text)
