"""A department's own fields and forms, through the doors: asked of requesters, required by a tier, filled in by agents, found and exported."""

from __future__ import annotations

import pytest

from bot.ports import TicketQuery
from tests.journeys.doors import Door, eventually, finds_card, hears
from tests.journeys.doors_slack import SlackRequester
from tests.journeys.doors_telegram import TelegramRequester
from tests.journeys.doors_web import WebRequester
from tests.journeys.openings import number_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIELDS = """
[[fields]]
name = "device"
label = "Device"
kind = "choice"
options = {laptop = "Laptop", phone = "Phone"}
required = true
[[fields]]
name = "serial"
label = "Serial number"
pattern = "SN[0-9]+"
required = true
show = "device=laptop"
[[fields]]
name = "since"
label = "Since when"
kind = "date"
max = 2030-12-31
[[fields]]
name = "parts"
label = "Parts"
kind = "multi-choice"
options = ["Screen", "Keyboard", "Fan"]
[[fields]]
name = "cost"
label = "Cost in euros"
kind = "number"
min = 0
[[fields]]
name = "photo"
label = "Photo"
kind = "file"
kinds = ["purchase"]
[[forms]]
kind = "incident"
label = "Something is broken"
fields = ["device", "serial", "since", "parts"]
faq = false
[[forms]]
kind = "purchase"
label = "Buy something"
fields = ["cost", "photo"]
faq = false
"""
TOP = 'requires = ["device", "serial"]'
DESK = {"more": FIELDS, "top": TOP}
WORDS = "What do you need help with?"
TRIED = "What was tried, and what is needed?"
CHAIR = "The ergonomic chair next to the aquarium squeaks whenever the heron looks at it"


@pytest.mark.shows("requests by forms of the department's own, shown by condition")
async def test_a_request_by_a_form_arrives_with_all_that_was_asked(door: Door) -> None:
    requester, ann = await door.newcomer(), await door.ann()
    values = {WORDS: CHAIR, "Device": "Laptop", "Serial number": "SN42", "Since when": "2026-11-20", "Parts": "Screen, Fan"}
    await requester.fills_form("Something is broken", values)
    number = await number_of(requester)

    await finds_card(ann, number, "Laptop", "SN42", "2026-11-20", "Screen, Fan")

    ticket = await door.app.store.ticket(number)
    assert ticket is not None
    assert (ticket.kind, dict(ticket.fields)) == ("incident", {"device": "laptop", "serial": "SN42", "since": "2026-11-20", "parts": "Screen\nFan"})
    found = await door.app.store.tickets(TicketQuery(label="field:serial=sn42"))
    assert number in [one.id for one in found]


@pytest.mark.shows("files, numbers and dates in a form")
async def test_a_file_and_a_number_come_with_a_request(door: Door) -> None:
    requester, ann = await door.newcomer(), await door.ann()
    await requester.fills_form("Buy something", {WORDS: "A lamp for the desk", "Cost in euros": "49.5", "Photo": "file"}, {"lamp.txt": b"bright"})
    number = await number_of(requester)

    await finds_card(ann, number, "49.5", "lamp.txt")

    async def arrived() -> bool:
        return await ann.got(number, "lamp.txt") == b"bright"

    await eventually(arrived, "the file is with the team")


@pytest.mark.shows("what the next tier requires is asked before it gets a ticket; send back names what is missing")
async def test_the_next_tier_gets_it_with_what_it_requires(door: Door) -> None:
    requester, ann, cleo = await door.newcomer(), await door.ann(), await door.cleo()
    await requester.says(CHAIR)
    number = await number_of(requester)
    await finds_card(ann, number)

    await ann.fills(number, "Escalate", {TRIED: "Oiled it twice", "Device": "Laptop", "Serial number": "SN7"})

    await finds_card(cleo, number, "Laptop", "SN7")
    ticket = await door.app.store.ticket(number)
    assert ticket is not None
    assert ticket.tier == 3


async def test_sending_back_says_what_is_missing(door: Door) -> None:
    requester, ann, cleo = await door.newcomer(), await door.ann(), await door.cleo()
    await requester.says(CHAIR)
    number = await number_of(requester)
    await finds_card(ann, number)
    await ann.fills(number, "Escalate", {TRIED: "Oiled it twice", "Device": "Phone"})
    await finds_card(cleo, number, "Phone")

    await cleo.fills(number, "Send back", {"Why is it sent back, and what is missing?": "It is no phone", "What is missing or wrong?": "Device"})

    async def noted() -> bool:
        return any(m.text == "It is no phone\nMissing: Device" for m in await door.app.store.talk(number, internal=True))

    await eventually(noted, "the reason, and what is missing by name")


@pytest.mark.shows("agents fill in fields, found in search and exports")
async def test_an_agent_fills_in_the_fields(door: Door) -> None:
    requester, ann = await door.newcomer(), await door.ann()
    await requester.says(CHAIR)
    number = await number_of(requester)
    await finds_card(ann, number)

    await ann.fills(number, "Fields", {"Device": "Phone", "Since when": "2026-10-01", "Parts": "Keyboard", "Cost in euros": "12"})

    await finds_card(ann, number, "Phone", "2026-10-01", "Keyboard", "12")
    assert "FieldsChanged" in [event.name for event in await door.app.store.history(number)]
    await hears(requester, number)


@pytest.mark.shows("what does not hold is asked again where it stands, and nothing typed is lost")
async def test_what_does_not_hold_is_asked_again_where_it_stands(door: Door) -> None:
    requester, ann = await door.newcomer(), await door.ann()
    values = {WORDS: CHAIR, "Device": "Laptop", "Serial number": "7"}
    await requester.fills_form("Something is broken", values)

    if isinstance(requester, SlackRequester):
        people = requester.cloud.people
        assert people.top(requester.user) is not None, "the modal stays open"
        outcome = await people.submit(requester.user, by_action={"kind": "incident", "words": CHAIR, "device": "laptop", "serial": "8"})
        assert outcome.ack == {"response_action": "errors", "errors": {"serial": "This does not look right; please check it."}}
        await people.submit(requester.user, by_action={"kind": "incident", "words": CHAIR, "device": "laptop", "serial": "SN7"})
    elif isinstance(requester, TelegramRequester):
        await hears(requester, "This does not look right")
        await requester.says("SN7")
        await requester.presses("Skip")
        await requester.presses("Done")
    else:
        assert isinstance(requester, WebRequester)
        assert requester.page is not None
        assert requester.page.status_code == 422
        assert all(shown in requester.page.text for shown in ("This does not look right", CHAIR, 'value="7"'))
        await requester.fills_form("Something is broken", {**values, "Serial number": "SN7"})

    await finds_card(ann, await number_of(requester), "SN7")


@pytest.mark.parametrize("running", ["telegram-polling"], indirect=True)
async def test_where_there_are_no_forms_one_goes_back_and_stops(door: Door) -> None:
    requester = await door.newcomer()
    await requester.says("/new")
    await requester.presses("Something is broken")
    await hears(requester, WORDS)
    await requester.says(CHAIR)
    await requester.presses("Laptop")
    await hears(requester, "Serial number")
    await requester.presses("Back")
    await requester.presses("Phone")
    await hears(requester, "Since when")
    await requester.presses("Cancel")
    await hears(requester, "Nothing was sent")

    await requester.says(CHAIR)

    ticket = await door.app.store.ticket(await number_of(requester))
    assert ticket is not None
    assert (ticket.kind, ticket.fields) == ("question", ())


@pytest.mark.parametrize("running", ["slack-http"], indirect=True)
async def test_the_home_page_offers_each_form(door: Door) -> None:
    requester, ann = await door.newcomer(), await door.ann()
    people = requester.cloud.people
    await people.home(requester.user)
    await eventually(lambda: requester.cloud.world.homes.get(requester.user), "the home page")
    await people.click_view(requester.user, "Buy something")
    await eventually(lambda: people.top(requester.user), "the form")
    await people.submit(requester.user, by_action={"words": "A lamp", "cost": "12"})

    await finds_card(ann, await number_of(requester), "12")
