"""Matrix and XMPP, as people live with them: a real server between them and us, with the whole product in this process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

import pytest
import pytest_asyncio

from tests.builders import UNKNOWN
from tests.hostile import TRICKS
from tests.journeys.doors import Door, eventually, finds_card, hears, reads
from tests.journeys.doors_matrix import MatrixDoor, MatrixRequester, matrix
from tests.journeys.doors_xmpp import XmppDoor, XmppRequester, xmpp
from tests.journeys.openings import handed_over, number_of, ticket

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOORS = {"matrix": matrix, "xmpp": xmpp}
HOSTILE = "\n".join(trick for trick in TRICKS if not set("\n{$") & set(trick) and trick.strip() == trick)
CARELESS = "\n".join(line for line in HOSTILE.split("\n") if "/a:b@" not in line)  # of a password a desk asks its agents before it is sent


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=DOORS)
async def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with DOORS[request.param](tmp_path_factory.mktemp(request.param)) as opened:
        yield opened


class Shown(HTMLParser):
    """What a client shows of HTML, and the tags it met."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.tags = "", set[str]()
        self.feed(text)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag == "br":
            self.text += "\n"


async def test_a_question_is_answered_and_the_number_of_a_choice_solves_it(door: Door) -> None:
    alice = await door.newcomer()

    await alice.says("How do I reset my password?")
    answer = await hears(alice, "marmalade")
    assert re.search(r"^1\. Yes, solved$", answer, re.MULTILINE), answer
    await alice.says("1")

    await hears(alice, "is resolved")
    solved = await ticket(door, await number_of(alice))
    assert (solved.status, solved.tier, solved.entry) == ("resolved", 1, "password")


async def test_a_question_in_spanish_is_answered_in_spanish(door: Door) -> None:
    alice = await door.newcomer()
    await alice.says("¿Cómo restablezco mi contraseña?")
    assert "1. " in await hears(alice, "mermelada")


async def test_people_and_an_agent_talk_until_it_is_resolved_and_it_opens_again_when_it_was_not(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    await ann.presses(number, "Take it")
    await ann.writes(number, "Have you tried oil?")
    await hears(alice, "Have you tried oil?")
    await alice.says("It squeaks louder now")
    await reads(ann, number, "It squeaks louder now")
    await ann.presses(number, "Note", "the third chair this week")

    await ann.presses(number, "Resolve", "oiled the hinge twice")
    await hears(alice, f"{number} is resolved")
    await alice.says("It still squeaks, I am afraid")

    await hears(alice, f"{number} is open again")
    assert "the third chair" not in " ".join(await alice.seen())


async def test_a_command_is_typed_with_a_sign_before_it(door: Door) -> None:
    alice, _, number = await handed_over(door)
    before = len(await alice.seen())
    await alice.says("!list")

    async def look() -> bool:
        return any(number in shown for shown in (await alice.seen())[before:])

    await eventually(look, "the list of their tickets")


async def test_corrected_words_are_shown_to_the_team(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    await alice.says("it stands on floor three")
    await reads(ann, number, "floor three")
    await alice.edits("it stands on floor three", "it stands on floor four")
    await reads(ann, number, "it stands on floor four")


async def test_what_people_write_is_shown_as_they_wrote_it_on_both_sides(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    await alice.says(f"beginning {HOSTILE} end")
    page = await reads(ann, number, "beginning")
    assert all(" ".join(line.split()) in page for line in HOSTILE.split("\n")[:20])

    await ann.presses(number, "Take it")
    await ann.writes(number, f"beginning {CARELESS} end")
    shown = await hears(alice, "beginning")

    assert CARELESS in "\n".join(line.removeprefix("> ") for line in shown.split("\n"))
    if isinstance(alice, MatrixRequester):
        content = next(event["content"] for event in await alice.person.bots() if "beginning" in event["content"]["body"])
        html = Shown(content["formatted_body"])
        assert CARELESS in html.text
        assert html.tags <= {"p", "strong", "em", "br", "blockquote"}
        assert (content["msgtype"], content["m.mentions"]) == ("m.notice", {})
    else:
        assert isinstance(alice, XmppRequester)
        stanza = next(stanza for stanza in alice.person.bots() if "beginning" in (stanza.findtext("{jabber:client}body") or ""))
        assert stanza.find("{urn:xmpp:styling:0}unstyled") is not None


async def test_files_reach_the_other_side(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    log, fix = b"boot ok\r\nfan \xe2\x9c\x93\n" * 50, b"chair.quiet = true\n"

    await alice.attaches("chair.log", log)
    if isinstance(alice, MatrixRequester):
        assert await eventually(lambda: ann.got(number, "chair.log"), "Ann gets the log") == log
    else:
        await reads(ann, number, "https://upload.example.org/chair.log")  # where it lies: we open nobody's addresses
    await ann.attaches(number, "chair.conf", fix)
    assert await eventually(lambda: alice.got("chair.conf"), "Alice gets the fix") == fix


async def test_long_texts_arrive_whole_and_in_order(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    answer = " ".join(f"word{n:05}" for n in range(1200))
    await ann.writes(number, answer)

    async def all_there() -> bool:
        return re.findall(r"word\d{5}", " ".join(await alice.seen())) == answer.split()

    await eventually(all_there, "Alice hears the whole answer")


# ----------------------------------------------------------------------------------------------------------------- matrix
@pytest.mark.parametrize("door", ["matrix"], indirect=True)
async def test_whoever_else_is_in_a_direct_room_is_asked_to_open_their_own(door: MatrixDoor) -> None:
    ana, bob = await door.somebody("ana"), await door.somebody("bob")
    await ana.says(UNKNOWN)
    number = await number_of(MatrixRequester(ana))
    await ana.client.room_invite(ana.room, bob.user)
    await bob.joins(ana.room)

    await bob.says("close it, I am her boss", room=ana.room)
    await hears(MatrixRequester(ana), "Please write to me in a direct chat of your own")
    await bob.says(UNKNOWN)  # which makes a room of his own

    assert await number_of(MatrixRequester(bob)) != number
    ann = await door.ann()
    assert "her boss" not in " ".join(await ann.thread(number))


@pytest.mark.parametrize("door", ["matrix"], indirect=True)
async def test_who_writes_in_an_encrypted_room_is_led_to_one_that_is_not(door: MatrixDoor) -> None:
    ana = await door.somebody("ana")
    room = await ana.invites(encrypted=True)

    async def told() -> bool:
        return any("I cannot read encrypted rooms" in shown for shown in await ana.seen(room))

    await eventually(told, "they are told")
    invited = await eventually(ana.invitations, "an invitation")
    ana.room = next(iter(invited))
    await ana.joins(ana.room)
    await ana.says("How do I reset my password?")

    await hears(MatrixRequester(ana), "marmalade")
    assert set(invited.values()) == {door.bot}


@pytest.mark.parametrize("door", ["matrix"], indirect=True)
async def test_a_room_that_is_neither_direct_nor_named_is_not_joined(door: MatrixDoor) -> None:
    ana = await door.somebody("ana")
    room = await ana.invites(direct=False)

    async def declined() -> bool:
        return any(e["type"] == "m.room.member" and e["state_key"] == door.bot and e["content"]["membership"] == "leave" for e in await ana.events(room))

    await eventually(declined, "the invitation is declined")
    assert await ana.members(room) == {ana.user}


@pytest.mark.parametrize("door", ["matrix"], indirect=True)
async def test_a_reply_to_somebody_who_left_is_said_not_to_have_arrived_and_they_can_come_back(door: MatrixDoor) -> None:
    ana, ann = await door.somebody("ana"), await door.ann()
    await ana.says(UNKNOWN)
    number = await number_of(MatrixRequester(ana))
    await finds_card(ann, number)
    await ann.presses(number, "Take it")
    await ana.leaves()
    where = f"matrix:direct:{ana.user}"

    async def noticed() -> bool:
        return (await door.app.store.noted(where)).get(where) == "-"

    await eventually(noticed, "the bot has noticed")
    await ann.writes(number, "Are you still there?")
    await reads(ann, number, "the requester has blocked the bot")
    ana.room = ""
    await ana.says("I am back, it squeaks still")

    await reads(ann, number, "it squeaks still")
    await ann.writes(number, "Welcome back")
    await hears(MatrixRequester(ana), "Welcome back")


# ------------------------------------------------------------------------------------------------------------------- xmpp
@pytest.mark.parametrize("door", ["xmpp"], indirect=True)
async def test_who_writes_encrypted_is_asked_to_write_in_the_clear(door: XmppDoor) -> None:
    ana = await door.somebody()
    await ana.says("[This message is OMEMO encrypted]", Element("{eu.siacs.conversations.axolotl}encrypted"))
    await hears(XmppRequester(ana), "switch encryption off")
    await ana.says("How do I reset my password?")
    await hears(XmppRequester(ana), "marmalade")
