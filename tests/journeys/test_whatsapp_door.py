"""Meta's doors: how a request goes on a phone with WhatsApp, Messenger or Instagram, and what becomes of what comes after 24 hours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.ids import PersonId
from tests.builders import UNKNOWN
from tests.journeys.doors import Agent, eventually, finds_card, hears, reads
from tests.journeys.doors_whatsapp import MetaDoor, MetaRequester, whatsapp

pytestmark = pytest.mark.asyncio(loop_scope="module")
ALL = ("whatsapp", "messenger", "instagram")
MANY = "\n".join(f'"Office {n:02d}",' for n in range(1, 15))
FORMS = f"""
[[fields]]
name = "office"
label = "Which office?"
kind = "choice"
options = [{MANY}]
required = true
[[fields]]
name = "parts"
label = "Which parts?"
kind = "multi-choice"
options = ["Screen", "Keyboard", "Fan"]
[[forms]]
kind = "incident"
label = "Something is broken in my office"
fields = ["office", "parts"]
faq = false
"""
LATER = timedelta(hours=25)
NEWS = "There is news on your request {}: reply to read it."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MetaDoor]:
    folder: Path = tmp_path_factory.mktemp("meta")
    async with whatsapp(folder, more=FORMS) as door:
        yield door


@pytest_asyncio.fixture(loop_scope="module")
async def door(running: MetaDoor) -> AsyncIterator[MetaDoor]:
    """Whatever happens, Meta may not have to refuse a call of ours."""
    running.refused()
    yield running
    assert running.refused() == []


async def handed_over(door: MetaDoor, channel: str = "whatsapp") -> tuple[MetaRequester, Agent, str]:
    """Somebody asked what no entry answers, and Ann has taken it."""
    noor, ann = door.somebody(channel), await door.ann()
    await noor.says(UNKNOWN)
    number = (await hears(noor, "I passed it on")).partition(" as ")[2].partition(".")[0]
    await finds_card(ann, number, UNKNOWN)
    await ann.presses(number, "Take it")
    await hears(noor, f"Ann has taken {number}")
    return noor, ann, number


def said_last(noor: MetaRequester, n: int) -> list[str]:
    """The newest messages of the desk."""
    return [bubble.shown for bubble in noor.bubbles()[-n:]]


# ----------------------------------------------------------------------------------------------------------------- answers
@pytest.mark.parametrize("channel", ALL)
async def test_an_answer_helps_with_one_press(door: MetaDoor, channel: str) -> None:
    noor = door.somebody(channel)
    await noor.says("I forgot my password")
    await hears(noor, "marmalade")
    await noor.presses("Yes, solved")
    await hears(noor, "Glad that it helped")


@pytest.mark.parametrize("channel", ["messenger", "instagram"])
async def test_where_shortcuts_may_not_show_the_number_is_typed(door: MetaDoor, channel: str) -> None:
    noor = door.somebody(channel)
    await noor.says("I forgot my password")
    assert "1. Yes, solved" in await hears(noor, "marmalade")
    await noor.says("1")
    await hears(noor, "Glad that it helped")


@pytest.mark.parametrize("channel", ALL)
async def test_a_ticket_is_talked_about_both_ways_with_files(door: MetaDoor, channel: str) -> None:
    noor, ann, number = await handed_over(door, channel)
    await ann.writes(number, "Which *chair* is it?")
    await hears(noor, "Which *chair* is it?")
    await noor.says("The blue one")
    await reads(ann, number, "The blue one")

    await noor.attaches("squeak.txt", b"iiih")
    assert await eventually(lambda: ann.got(number, "squeak.txt"), "the file at the team") == b"iiih"
    if channel != "instagram":  # it takes pictures and PDF alone
        await ann.attaches(number, "manual.txt", b"oil it")
        assert await eventually(lambda: noor.got("manual.txt"), "the file on the phone") == b"oil it"


async def test_details_are_asked_for_and_the_next_words_are_they(door: MetaDoor) -> None:
    noor, ann, number = await handed_over(door)
    await noor.presses("Add details")
    await hears(noor, "What would you like to add?")
    await noor.says("It squeaks on Mondays")
    await reads(ann, number, "It squeaks on Mondays")


async def test_a_long_list_of_choices_is_chosen_by_number_and_several_are_ticked(door: MetaDoor) -> None:
    noor, ann = door.somebody("whatsapp"), await door.ann()
    await noor.says("/new")
    await noor.presses("Something is broken in my office")
    await hears(noor, "What do you need help with?")
    await noor.says("The lamp is dark")
    assert "14. Office 14" in await hears(noor, "Which office?")
    await noor.says("12")
    await hears(noor, "Which parts?")
    await noor.presses("☐ Screen")
    await noor.presses("☐ Fan")
    await eventually(lambda: noor.bubbles()[-1].labels[:3] == ["☑ Screen", "☐ Keyboard", "☑ Fan"], "both are ticked")
    await noor.presses("Done")
    number = (await hears(noor, "I passed it on")).partition(" as ")[2].partition(".")[0]
    await finds_card(ann, number, "Office 12", "Screen, Fan")


async def test_a_number_that_was_offered_before_the_buttons_chooses_nothing(door: MetaDoor) -> None:
    noor, ann = door.somebody("whatsapp"), await door.ann()
    await noor.says("/new")
    await noor.presses("Something is broken in my office")
    await hears(noor, "What do you need help with?")
    await noor.says("The lamp is dark")
    await hears(noor, "Which office?")
    await noor.says("Cancel")
    await hears(noor, "Stopped. Nothing was sent.")
    await noor.says(UNKNOWN)
    number = (await hears(noor, "I passed it on")).partition(" as ")[2].partition(".")[0]
    await finds_card(ann, number, UNKNOWN)
    await noor.says("12")
    await reads(ann, number, "12")


async def test_a_resolved_ticket_asks_how_the_help_was(door: MetaDoor) -> None:
    noor, ann, number = await handed_over(door)
    await ann.presses(number, "Resolve", "Oiled the chair.")
    await hears(noor, f"{number} is resolved")
    await noor.presses("4 ★")
    await finds_card(ann, number, "4/5")


# ------------------------------------------------------------------------------------------------------- after 24 hours
async def test_what_comes_too_late_waits_and_comes_first_in_order_and_once_when_they_write(door: MetaDoor) -> None:
    noor, ann, number = await handed_over(door)
    door.clock.ahead += LATER
    await ann.writes(number, "Have you tried oil?")
    await ann.writes(number, "Or a new chair?")

    await finds_card(ann, number, "waits for the requester to write on WhatsApp (24-hour rule)")
    assert said_last(noor, 1) == [NEWS.format(number)], "told once, however much waits"
    before = len(noor.bubbles())

    await noor.says("/status")

    await eventually(lambda: len(noor.bubbles()) >= before + 3, "what waited, and the answer")
    words = [text.removeprefix(f"Ann · {number}\n") for text in said_last(noor, len(noor.bubbles()) - before)]
    assert words[:2] == ["Have you tried oil?", "Or a new chair?"]
    assert number in words[2]
    await finds_card(ann, number, "delivered on WhatsApp")
    assert sum("Have you tried oil?" in bubble.text for bubble in noor.bubbles()) == 1


async def test_the_note_is_in_the_language_of_their_country_when_it_is_approved_in_it(door: MetaDoor) -> None:
    ann, ana = await door.ann(), door.somebody("whatsapp", country="ES")
    await ana.says(UNKNOWN)
    theirs = (await hears(ana, "IT-")).partition("IT-")[2].partition(".")[0].partition(" ")[0]
    door.clock.ahead += LATER
    await ann.presses(f"IT-{theirs}", "Take it")
    await ann.writes(f"IT-{theirs}", "¿Es la silla azul?")
    await eventually(lambda: ana.bubbles()[-1].wire["type"] == "template", "the note")
    assert ana.bubbles()[-1].wire["template"]["language"]["code"] == "es"


async def test_what_meta_refuses_afterwards_waits_all_the_same(door: MetaDoor) -> None:
    """It took the message, and says by a status that the 24 hours were over."""
    noor, ann, number = await handed_over(door)
    door.cloud.world.late = True
    door.cloud.world.people["whatsapp", noor.user].wrote_at = None
    await ann.writes(number, "Have you tried oil?")
    await finds_card(ann, number, "waits for the requester to write on WhatsApp (24-hour rule)")
    await eventually(lambda: noor.bubbles()[-1].shown == NEWS.format(number), "the note")

    door.cloud.world.late = False
    await noor.says("Yes?")

    await hears(noor, "Have you tried oil?")
    await finds_card(ann, number, "delivered on WhatsApp")


async def test_a_message_that_cannot_be_delivered_is_told_to_the_team(door: MetaDoor) -> None:
    noor, ann, number = await handed_over(door)
    await ann.writes(number, "Have you tried oil?")
    await hears(noor, "Have you tried oil?")
    person = door.cloud.world.people["whatsapp", noor.user]
    door.cloud.people.status(person, noor.bubbles()[-1], "failed", 131026)
    await finds_card(ann, number, "not delivered: the conversation no longer exists")


@pytest.mark.parametrize("channel", ["messenger", "instagram"])
async def test_a_person_may_answer_for_a_week_and_the_bot_for_a_day(door: MetaDoor, channel: str) -> None:
    noor, ann, number = await handed_over(door, channel)
    door.clock.ahead += LATER
    await ann.writes(number, "Have you tried oil?")
    await hears(noor, "Have you tried oil?")
    assert noor.bubbles()[-1].wire["tag"] == "HUMAN_AGENT"

    door.clock.ahead += timedelta(days=7)
    await ann.writes(number, "Or a new chair?")
    await finds_card(ann, number, "waits for the requester to write on")
    assert "Or a new chair?" not in said_last(noor, 1)[0]

    await noor.says("Here I am")
    await hears(noor, "Or a new chair?")


# ------------------------------------------------------------------------------------------------------------- who it is
async def test_whoever_changes_their_number_goes_on_with_their_ticket(door: MetaDoor) -> None:
    noor, ann, number = await handed_over(door)
    door.cloud.people.moves(noor.user, "GB.77777")
    await noor.says("New number, same chair")
    await reads(ann, number, "New number, same chair")
    await ann.writes(number, "Good to know")
    await hears(noor, "Good to know")
    assert noor.bubbles()[-1].wire["recipient"] == "GB.77777"


async def test_nobody_is_known_by_their_number(door: MetaDoor) -> None:
    shown, hidden = door.somebody("whatsapp", number="447700900001"), door.somebody("whatsapp")
    for noor in (shown, hidden):
        await noor.says("hello")
        await hears(noor, "Ask me your question")
    kept = {*(await door.app.store.noted("")), *(await door.app.store.people([PersonId(f"whatsapp:{one.user}") for one in (shown, hidden)]))}
    assert {f"whatsapp:{shown.user}", f"whatsapp:{hidden.user}"} <= kept
    assert not [one for one in kept if "447700900001" in one]


async def test_the_answer_to_a_message_is_shown_as_read(door: MetaDoor) -> None:
    noor = door.somebody("whatsapp")
    await noor.says("hello")
    await hears(noor, "Ask me your question")
    await eventually(lambda: all(bubble.read for bubble in door.cloud.world.chat("whatsapp", noor.user) if not bubble.by_desk), "two blue ticks")
