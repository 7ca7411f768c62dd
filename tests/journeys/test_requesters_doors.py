"""The same conversations through every door by which people come in, whoever helps them: agents work on the web here.

Each door is a real server where there is one to be had (mail, Matrix, XMPP: named and skipped when it is not installed), else a small cloud that refuses what
the real one refuses.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.doors import Door, eventually, finds_card, hears, reads
from tests.journeys.doors_email import email
from tests.journeys.doors_matrix import matrix
from tests.journeys.doors_phone import phone
from tests.journeys.doors_whatsapp import whatsapp
from tests.journeys.doors_xmpp import xmpp
from tests.journeys.openings import handed_over, number_of, ticket

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOORS: dict[str, Callable[..., AbstractAsyncContextManager[Any]]] = {
    "email": email,
    "sms": phone,
    "whatsapp": whatsapp,
    "messenger": partial(whatsapp, channel="messenger"),
    "instagram": partial(whatsapp, channel="instagram"),
    "matrix": matrix,
    "xmpp": xmpp,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=DOORS)
async def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """The product behind one door, for all journeys through it."""
    async with DOORS[request.param](tmp_path_factory.mktemp(request.param)) as door:
        yield door


@pytest.mark.shows("asked, answered from the FAQ, and solved with one press or the number of the choice")
async def test_a_known_question_is_answered_and_solved_without_bothering_anybody(door: Door) -> None:
    alice = await door.newcomer()

    await alice.says("How do I reset my password?")
    await hears(alice, "marmalade")
    await alice.presses("Yes, solved")

    number = await number_of(alice)
    await hears(alice, f"{number} is resolved")
    solved = await ticket(door, number)
    assert (solved.status, solved.tier, solved.entry) == ("resolved", 1, "password")


@pytest.mark.shows("asked in Spanish, answered in Spanish")
async def test_a_question_in_spanish_is_answered_in_spanish(door: Door) -> None:
    alice = await door.newcomer()

    await alice.says("¿Cómo restablezco mi contraseña?")

    await hears(alice, "mermelada")
    assert (await ticket(door, await number_of(alice))).language == "es"


@pytest.mark.shows("not helped by the FAQ: a ticket with a number, an agent who takes it, replies both ways, solved, opened again")
async def test_a_person_helps_where_the_faq_does_not(door: Door) -> None:
    alice, ann, number = await handed_over(door)

    await ann.presses(number, "Take it")
    await hears(alice, ann.name)
    await ann.writes(number, "Have you tried oil?")
    await hears(alice, "Have you tried oil?")
    await alice.says("It squeaks louder now")
    await reads(ann, number, "It squeaks louder now")
    await ann.presses(number, "Note", "the third chair this week")
    await ann.presses(number, "Resolve", "oiled the hinge twice")
    await hears(alice, f"{number} is resolved")
    await alice.says("It still squeaks, I am afraid")
    await hears(alice, f"{number} is open again")

    assert (await ticket(door, number)).status == "open"
    assert not any("third chair" in shown for shown in await alice.seen())


@pytest.mark.shows("a person, as soon as one is asked for")
async def test_whoever_wants_a_person_gets_one_at_once(door: Door) -> None:
    alice, ann = await door.newcomer(), await door.ann()

    await alice.says("How do I connect to the VPN from home?")
    await hears(alice, "saxophone")
    await alice.presses("Talk to a person")

    await finds_card(ann, await number_of(alice), "How do I connect to the VPN from home?", "Take it")


@pytest.mark.parametrize("running", ["email", "whatsapp", "messenger", "matrix"], indirect=True)
@pytest.mark.shows(
    "files, both ways", sms="in; out as a line that says so", instagram="in; out as a line that says so", xmpp="in as a link; out by the server's store"
)
async def test_files_arrive_byte_for_byte_on_both_sides(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    log, fix = b"boot ok\r\nfan \xe2\x9c\x93\n" * 50, b"chair.quiet = true\n"

    await alice.attaches("chair.txt", log)
    assert await eventually(lambda: ann.got(number, "chair.txt"), "Ann gets the log") == log
    await ann.attaches(number, "fix.txt", fix)
    assert await eventually(lambda: alice.got("fix.txt"), "Alice gets the fix") == fix
