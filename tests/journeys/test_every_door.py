"""The same conversations through every door: Slack by HTTP and by socket, Telegram by polling and by webhook, the web.

Each is written once, in the words of tests/journeys/doors.py, and played against the whole product over real sockets.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.builders import UNKNOWN
from tests.journeys.doors import Agent, Door, eventually, finds_card, hears, reads
from tests.journeys.doors_slack import slack
from tests.journeys.doors_telegram import telegram
from tests.journeys.doors_web import web
from tests.journeys.openings import handed_over, number_of, ticket

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHATS: dict[str, Callable[[Path], AbstractAsyncContextManager[Any]]] = {
    "slack-http": lambda folder: slack(folder, socket_mode=False),
    "slack-socket": lambda folder: slack(folder, socket_mode=True),
    "telegram-polling": lambda folder: telegram(folder, webhook=False),
    "telegram-webhook": lambda folder: telegram(folder, webhook=True),
}
DOORS = {**CHATS, "web": web}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=DOORS)
async def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """The product behind one door, for all journeys through it."""
    async with DOORS[request.param](tmp_path_factory.mktemp(request.param)) as door:
        yield door


_places = itertools.cycle(["first", "second", "third", "fourth", "fifth"])


def numbered_words(count: int) -> str:
    """A text of about so many characters in which every word can be told from every other."""
    return " ".join(f"word{n:05}" for n in range(count // 10))


def words_in(shown: list[str]) -> list[str]:
    """The numbered words in what is shown, in order."""
    return re.findall(r"word\d{5}", " ".join(shown))


# ----------------------------------------------------------------------------------------------------------------- tier 1
@pytest.mark.shows("a question is answered from the FAQ, and the ticket closed with it")
async def test_a_known_question_is_answered_and_solved_without_bothering_anybody(door: Door) -> None:
    alice = await door.newcomer()

    await alice.says("How do I reset my password?")
    await hears(alice, "marmalade")
    await alice.presses("Yes, solved")

    number = await number_of(alice)
    await hears(alice, f"{number} is resolved")
    solved = await ticket(door, number)
    assert (solved.status, solved.tier, solved.entry) == ("resolved", 1, "password")


@pytest.mark.shows("what the FAQ does not solve goes to a person, with the words and why not")
async def test_a_refused_entry_goes_to_a_person_with_the_words_and_the_reason(door: Door) -> None:
    alice, ann = await door.newcomer(), await door.ann()

    await alice.says("How do I connect to the VPN from home?")
    await hears(alice, "saxophone")
    await alice.presses("Not what I need")
    number = await number_of(alice)
    await finds_card(ann, number, "How do I connect to the VPN from home?", "refused")
    await alice.presses("Wrong topic")

    await finds_card(ann, number, "topic", "Take it")
    assert [(o.entry, o.outcome, o.reason) for o in (await ticket(door, number)).offers] == [("vpn", "refused", "wrong_topic")]


@pytest.mark.shows("the FAQ learns from what agents solved, once an admin approves")
async def test_what_an_agent_solved_with_an_entry_is_answered_alone_once_an_admin_approved_it(door: Door) -> None:
    alice, ann, bob = await door.newcomer(), await door.ann(), await door.newcomer()
    asked = f"the VPN zeppelin refuses to land at my {next(_places)} home"
    await alice.says(asked)
    number = await number_of(alice)
    if not (await ticket(door, number)).is_with_humans:
        await alice.presses("Talk to a person")
    await finds_card(ann, number, asked)
    assert "saxophone" not in " ".join(await alice.seen())

    await ann.resolves_with(number, "told them how", "vpn", "How do I connect to the VPN from home?")
    await eventually(lambda: door.app.store.proposals(), "a proposal")
    await door.admin_approves(asked)
    await eventually(lambda: door.app.store.proposals("approved"), "it is approved")
    await bob.says(asked)

    await hears(bob, "saxophone")
    assert (await ticket(door, await number_of(bob))).offers[-1].phrasing == asked


@pytest.mark.shows("six languages")
async def test_a_question_in_spanish_is_answered_in_spanish(door: Door) -> None:
    alice = await door.newcomer()

    await alice.says("¿Cómo restablezco mi contraseña?")

    await hears(alice, "mermelada")
    assert not any("marmalade" in shown for shown in await alice.seen())
    assert (await ticket(door, await number_of(alice))).language == "es"


@pytest.mark.shows("admins change the FAQ")
async def test_an_entry_changed_by_an_admin_answers_the_next_question(door: Door) -> None:
    alice = await door.newcomer()

    await door.admin_changes("How do I add the printer on my floor?", "Ask the **caretaker**: bandoneon.")
    await alice.says("How do I add the printer on my floor?")

    await hears(alice, "bandoneon")
    [latest, first] = await door.app.store.entry_history("printer")
    assert latest.by != first.by


# ------------------------------------------------------------------------------------------------------------------ people
@pytest.mark.shows("take, reply, note, escalate, send back, resolve, reopen")
async def test_a_ticket_is_taken_answered_escalated_sent_back_resolved_and_reopened(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    cleo = await door.cleo()

    await ann.presses(number, "Take it")
    await hears(alice, f"{ann.name}")
    assert "Take it" not in await finds_card(ann, number, ann.name, "Release")
    await ann.writes(number, "Have you tried oil?")
    await hears(alice, "Have you tried oil?")
    await alice.says("It squeaks louder now")
    await reads(ann, number, "It squeaks louder now")
    await ann.presses(number, "Note", "the third chair this week")
    await reads(ann, number, "the third chair this week")

    await ann.presses(number, "Escalate", "oil does not help")
    await finds_card(cleo, number, UNKNOWN, "Take it")
    await reads(cleo, number, "oil does not help")
    await cleo.presses(number, "Send back", "the serial number is missing")
    await finds_card(ann, number, "Take it")
    await reads(ann, number, "the serial number is missing")

    await ann.presses(number, "Resolve", "oiled the hinge twice")
    await hears(alice, f"{number} is resolved")
    resolved = await ticket(door, number)
    assert (resolved.status, resolved.solution) == ("resolved", "oiled the hinge twice")
    await alice.says("It still squeaks, I am afraid")
    await hears(alice, f"{number} is open again")
    await reads(ann, number, "It still squeaks, I am afraid")

    heard = " ".join(await alice.seen())
    for inside in ("the third chair", "oil does not help", "serial number", "the hinge"):
        assert inside not in heard
    assert (await ticket(door, number)).status == "open"


async def test_of_two_who_take_it_at_once_one_has_it_and_the_other_learns_who(door: Door) -> None:
    _, ann, number = await handed_over(door)
    ben = await door.ben()

    await asyncio.gather(ann.presses(number, "Take it"), ben.presses(number, "Take it"))

    winner, loser = await eventually(lambda: _settled(ann, ben, number), "one of them is told of the other")
    await finds_card(loser, number, winner.name)


async def _settled(ann: Agent, ben: Agent, number: str) -> tuple[Agent, Agent] | None:
    """Who has it, and who was told so."""
    for winner, loser in ((ann, ben), (ben, ann)):
        if any(winner.name in told and number in told for told in await loser.told_alone()):
            return winner, loser
    return None


async def test_a_stranger_is_refused_alone_and_nothing_changes(door: Door) -> None:
    _, ann, number = await handed_over(door)

    told = await door.stranger_takes(number)

    assert "agents" in told
    assert (await ticket(door, number)).assignee is None
    assert "Take it" in await finds_card(ann, number)


# ------------------------------------------------------------------------------------------------- whatever people send
@pytest.mark.shows("files, both ways")
async def test_files_arrive_byte_for_byte_on_both_sides(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    log, fix = b"boot ok\r\nfan \xe2\x9c\x93\n" * 50, b"chair.quiet = true\n"

    await alice.attaches("chair.log", log)
    assert await eventually(lambda: ann.got(number, "chair.log"), "Ann gets the log") == log
    await ann.attaches(number, "chair.conf", fix)
    assert await eventually(lambda: alice.got("chair.conf"), "Alice gets the fix") == fix


async def test_long_texts_arrive_whole_and_in_order_on_both_sides(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    story, answer = numbered_words(door.longest), numbered_words(door.longest // 2)

    await alice.says(story)
    await eventually(lambda: _all_there(ann.thread(number), story), "Ann reads the whole story")
    await ann.writes(number, answer)
    await eventually(lambda: _all_there(alice.seen(), answer), "Alice hears the whole answer")


async def _all_there(shown: Any, text: str) -> bool:
    return words_in(await shown)[: text.count(" ") + 1] == text.split()


@pytest.mark.parametrize("running", CHATS, indirect=True)
@pytest.mark.shows("words that are corrected are shown so", web="–")
async def test_corrected_words_are_shown_to_the_team(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    await alice.says("it stands on floor three")
    await reads(ann, number, "floor three")

    await alice.edits("it stands on floor three", "it stands on floor four")

    await reads(ann, number, "it stands on floor four")
