"""People come by telephone: they write text messages, or call and are answered by voice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from bot.domain.contacts import Contact
from bot.ports.contacts import ContactQuery
from tests.builders import UNKNOWN
from tests.clouds.twilio import PhoneCall
from tests.journeys.doors import eventually, finds_card, hears, reads
from tests.journeys.doors_phone import PhoneDoor, PhoneRequester, phone
from tests.journeys.openings import number_of, ticket

LONG_AGO, FAR_AHEAD = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PhoneDoor]:
    async with phone(tmp_path_factory.mktemp("phone")) as door:
        yield door


@pytest_asyncio.fixture(loop_scope="module")
async def door(running: PhoneDoor) -> AsyncIterator[PhoneDoor]:
    running.refused()
    yield running
    assert running.refused() == []


def spelt(number: str) -> str:
    """As it is read aloud, sign by sign."""
    return ", ".join(number.replace("-", ""))


def called_about(call: PhoneCall) -> str:
    """The number of the ticket that was read to the caller."""
    at = call.last.index("I, T, ")
    digits = call.last[at:].split(".")[0].split(" is ")[0].removeprefix("I, T, ")
    return "IT-" + digits.replace(", ", "")


# -------------------------------------------------------------------------------------------------------- text messages
async def test_a_question_is_answered_by_text_and_a_digit_says_that_it_helped(door: PhoneDoor) -> None:
    alice = await door.newcomer()

    await alice.says("I forgot my password")
    shown = await hears(alice, "marmalade")
    assert "1. Yes, solved" in shown
    await alice.says("1")

    number = await number_of(alice)
    await hears(alice, f"{number} is resolved")
    assert (await ticket(door, number)).entry == "password"


async def test_a_reply_comes_as_a_text_and_what_is_texted_back_stands_in_the_ticket(door: PhoneDoor) -> None:
    alice, ann = await door.newcomer(), await door.ann()
    await alice.says(UNKNOWN)
    number = await number_of(alice)
    card = await finds_card(ann, number, UNKNOWN)
    assert "+1 202-555-01" in card, "agents see the number, to call back"

    await ann.writes(number, "Does it squeak when the heron sleeps?")
    reply = await hears(alice, "when the heron sleeps")
    assert reply == f"Ann - {number}:\nDoes it squeak when the heron sleeps?"
    await alice.says("Only when it looks")

    await reads(ann, number, "Only when it looks")


async def test_whoever_writes_stop_is_shown_as_not_reachable_until_they_write_start(door: PhoneDoor) -> None:
    alice, ann = await door.newcomer(), await door.ann()
    await alice.says(UNKNOWN)
    number = await number_of(alice)
    await finds_card(ann, number)

    await alice.says("STOP")
    await ann.writes(number, "Are you there?")
    await finds_card(ann, number, "not delivered: the requester has blocked the bot")
    assert [code for _, code in door.refused()] == ["21610 Attempt to send to unsubscribed recipient"]
    await alice.says("Start")
    await ann.writes(number, "And now?")

    await hears(alice, "And now?")
    assert not any("Are you there?" in shown for shown in await alice.seen())
    talk = await door.app.store.talk(number, internal=True)
    assert [said.text for said in talk if said.direction == "in"] == [UNKNOWN], "neither word is one of the ticket's"


async def test_a_reply_that_the_network_loses_is_told_to_the_team_whatever_else_it_says_before_or_after(door: PhoneDoor) -> None:
    alice, ann = await door.newcomer(), await door.ann()
    await alice.says(UNKNOWN)
    number = await number_of(alice)
    await finds_card(ann, number)
    await ann.writes(number, "Oil the hinge")
    await hears(alice, "Oil the hinge")
    message = alice.messages()[-1]

    for status, code in (("undelivered", 30005), ("sent", 0), ("delivered", 0), ("undelivered", 30005)):
        assert (await door.cloud.status(message, status, code)).status_code == 204

    await finds_card(ann, number, "not delivered: the conversation no longer exists")
    talk = await door.app.store.talk(number, internal=True)
    assert [said.delivery for said in talk if said.kind == "reply"] == ["failed"]

    await ann.writes(number, "Or wax it")
    await hears(alice, "Or wax it")
    for status in ("queued", "delivered", "sent", "read"):
        await door.cloud.status(alice.messages()[-1], status)
    await finds_card(ann, number, "Last reply", "delivered on Phone")


async def test_a_photo_reaches_the_team_and_a_file_comes_back_as_a_link(door: PhoneDoor) -> None:
    alice, ann = await door.newcomer(), await door.ann()
    await alice.says(UNKNOWN)
    number = await number_of(alice)
    await finds_card(ann, number)

    await alice.attaches("ignored", b"\xff\xd8 a chair", "image/jpeg")
    assert await eventually(lambda: ann.got(number, "photo-1.jpg"), "Ann gets the photo") == b"\xff\xd8 a chair"
    await ann.attaches(number, "manual.txt", b"oil it")
    assert await eventually(lambda: alice.got("manual.txt"), "Alice gets the manual") == b"oil it"


# ---------------------------------------------------------------------------------------------------------------- calls
async def test_a_caller_hears_the_answer_and_says_that_it_helped(door: PhoneDoor) -> None:
    alice = await door.newcomer()

    call = await alice.calls()
    assert call.heard[0][0] == "en-US"
    assert "what do you need help with?" in call.last
    answered = await call.says("I forgot my password")
    assert "Open the portal: marmalade." in answered
    assert "If that solved it, say yes or press 1." in answered
    assert not set("*`>[]#_·") & set(answered), "nothing but words is read"
    solved = await call.says("Yes.")

    number = called_about(call)
    assert f"{spelt(number)} is resolved" in solved
    assert "Goodbye" in await call.says("No, thanks.")
    assert call.over
    assert (await ticket(door, number)).entry == "password"
    (contact,) = await contacts_of(door, alice)
    assert (contact.outcome, contact.duration_s, contact.direction) == ("answered", 42, "in")
    assert await alice.seen() == [], "what was heard is not texted as well"


async def contacts_of(door: PhoneDoor, person: PhoneRequester) -> list[Contact]:
    """Their calls in the contact log, once there are any."""

    async def look() -> list[Contact]:
        page = await door.app.store.contacts(ContactQuery(LONG_AGO, FAR_AHEAD, person=f"phone:{person.number}"))
        return [contact for contact in page.contacts if contact.medium == "call"]

    return await eventually(look, "a call in the contact log")


async def test_a_spanish_caller_is_given_a_number_sign_by_sign_and_answered_by_text_afterwards(door: PhoneDoor) -> None:
    lucia, ann = door.from_abroad("+34600111222"), await door.ann()

    call = await lucia.calls()
    assert call.heard[0][0] == "es-ES"
    assert ("en-US", "For English, press 2.") in call.heard
    assert call.heard[-1] == ("es-ES", "En pocas palabras, ¿en qué podemos ayudarle?"), "the question comes last"
    answered = await call.says("¿Cómo restablezco mi contraseña?")
    assert "mermelada" in answered
    assert {locale for locale, _ in call.heard[-3:]} == {"es-ES"}
    receipt = await call.presses("2")

    number = called_about(call)
    assert receipt.count(spelt(number)) == 2, "once more, so that it can be written down"
    assert "Si prefiere que le llamemos, pulse 1." in receipt
    await call.says("Se ha bloqueado la pantalla")
    await reads(ann, number, "Se ha bloqueado la pantalla")
    await call.hangs_up()
    await hears(lucia, number)
    await ann.writes(number, "Ya está desbloqueada")
    await hears(lucia, "Ya está desbloqueada")
    await lucia.says("Gracias, pero sigue igual")
    await reads(ann, number, "pero sigue igual")
    (contact,) = await contacts_of(door, lucia)
    assert (contact.outcome, contact.ticket) == ("handed_over", number)


async def test_who_wants_to_be_called_back_says_so_by_a_key_and_the_team_reads_the_number(door: PhoneDoor) -> None:
    alice, ann = await door.newcomer(), await door.ann()
    call = await alice.calls()
    await call.says(UNKNOWN)
    number = called_about(call)

    await call.presses("1")
    await call.hangs_up()

    await reads(ann, number, f"Please call me back: +1 202-555-{alice.number[-4:]}")


async def test_who_calls_again_hears_of_the_open_request_and_adds_to_it_or_begins_another(door: PhoneDoor) -> None:
    alice, ann = await door.newcomer(), await door.ann()
    first = await alice.calls()
    await first.says(UNKNOWN)
    number = called_about(first)
    await first.hangs_up()

    again = await alice.calls()
    assert spelt(number) in again.last
    await again.says("It squeaks louder now")
    await reads(ann, number, "It squeaks louder now")
    await again.hangs_up()

    another = await alice.calls()
    await another.presses("1")
    assert "marmalade" in await another.says("I forgot my password")
    await another.hangs_up()


async def test_a_caller_with_a_hidden_number_keys_one_in(door: PhoneDoor) -> None:
    ann = await door.ann()
    call = await door.cloud.ring("+266696687")
    told = await call.says(UNKNOWN)
    assert "Your number is hidden" in told
    number = called_about(call)

    await call.presses("34600999888")
    await call.hangs_up()

    card = await finds_card(ann, number, UNKNOWN)
    assert "266696687" not in card, "what stands for a hidden number is none"
    await reads(ann, number, "Please call me back: 34600999888")


async def test_the_team_is_told_when_the_network_doubts_that_a_number_is_the_callers(door: PhoneDoor) -> None:
    alice, ann = await door.newcomer(), await door.ann()
    call = await door.cloud.ring(alice.number, StirVerstat="TN-Validation-Failed-C")
    await call.says(UNKNOWN)
    await finds_card(ann, called_about(call), "not verified: the network doubts that it is theirs")
    await call.hangs_up()


async def test_two_hidden_callers_are_two_people(door: PhoneDoor) -> None:
    one, other = await door.cloud.ring("anonymous"), await door.cloud.ring("anonymous")
    await one.says(UNKNOWN)
    first = called_about(one)
    assert "marmalade" in await other.says("I forgot my password")
    await one.hangs_up()
    await other.hangs_up()
    opened = await ticket(door, first)
    assert (opened.requester, opened.conversation) == (f"phone:withheld-{one.sid}",) * 2


async def test_what_is_not_understood_twice_becomes_a_voice_message_for_the_team(door: PhoneDoor) -> None:
    alice, ann = await door.newcomer(), await door.ann()
    call = await alice.calls()
    await call.is_silent()
    assert "After the tone" in await call.says("mumble", confidence="0.05")

    await call.records(b"ID3 my chair squeaks")

    number = called_about(call)
    assert await eventually(lambda: ann.got(number, "voice-message.mp3"), "Ann hears it") == b"ID3 my chair squeaks"
    assert "nobody has listened to it yet" in await finds_card(ann, number)
    await call.hangs_up()
    assert (await contacts_of(door, alice))[0].outcome == "voicemail"


async def test_one_of_several_is_chosen_by_its_key_or_its_place(door: PhoneDoor) -> None:
    alice = await door.newcomer()
    call = await alice.calls()
    offered = await call.says("the printer does not work or the vpn")
    assert "press 1" in offered

    assert "saxophone" in await call.says("the first one")
    assert "saxophone" in await call.presses("*"), "once more"
    assert "A person" not in await call.presses("0")
    assert "Service desk" in call.last
    await call.hangs_up()


async def test_a_request_that_comes_twice_is_answered_twice_and_heard_once(door: PhoneDoor) -> None:
    alice = await door.newcomer()
    call = await alice.calls()
    assert call.waiting is not None
    form = call.form(SpeechResult=UNKNOWN, Confidence="0.9")
    once, twice = [await door.cloud.post(str(call.waiting.get("action")), form) for _ in range(2)]

    assert once.text == twice.text
    await call.hangs_up()
    tickets = await eventually(lambda: number_of(alice), "the number comes as a text")
    talk = await door.app.store.talk(tickets, internal=True)
    assert [said.text for said in talk if said.direction == "in"] == [UNKNOWN]
