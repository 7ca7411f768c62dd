"""The curators' page of what the FAQ can learn: what waits is seen, every button reaches the core, and nobody else gets in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.domain.ids import PersonId, TicketId
from bot.domain.learning import Outside, Proposal
from bot.domain.messages import Form, FormField, Inbound, Outbound, Pressed, Say, Submitted, Title, Words
from kb.entries import Entry, Text
from tests.web_desk import START, Document, WebWorld, a_ticket, a_world

VPN = Entry("vpn", (Text("en", "Why is the VPN slow?", "Restart **it**.", ("VPN slow",)),))
HOSTILE = "<script>alert(1)</script> {{ 7*7 }} \"onload='x'"


@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world()
    made.desk.all_entries = {"vpn": VPN, "old": Entry("old", (Text("en", "Where is the fax?", "Gone."),), retired=True)}
    made.desk.all_proposals = [
        Proposal(1, "vpn", "es", HOSTILE, TicketId("IT-1"), PersonId("web:ann"), START),
        Proposal(2, "old", "en", "fax machine", TicketId("IT-2"), PersonId("web:ann"), START),
    ]
    made.desk.all_marks = [Outside(7, "will it rain?", "en", TicketId("IT-3"), PersonId("web:ann"), START)]
    made.desk.all_tickets = {"IT-5": a_ticket("IT-5", question="my chair squeaks")}
    choice = FormField("entry", "Which?", "choice", options=(("vpn", "Why is the VPN slow?"),))
    made.desk.forms["link:IT-5"] = Form("link:IT-5", "Link", "Save", "Cancel", (choice,))

    async def react(event: Inbound) -> None:
        what = event.what
        assert isinstance(what, Pressed | Submitted)
        answer = Outbound((Say("Done."), Title("1 proposal"), Words("another")), only_for=event.person.id, answer_to=what.answer_to)
        await made.channel.answer(what.place, answer)

    made.desk.reacts = react
    yield made
    await made.stop()


def actions(world: WebWorld) -> list[str]:
    return [e.what.action for e in world.desk.received if isinstance(e.what, Pressed | Submitted)]


async def test_what_waits_is_listed_with_its_entry_and_what_is_near(world: WebWorld) -> None:
    page = await (await world.agent("Root", "admin")).open("/admin/learning")
    text = Document(page.text).text
    for shown in ("Why is the VPN slow?", "Nearest known: ", "VPN slow", "IT-1", "Español", "the answer stays in English", "my chair squeaks", "will it rain?"):
        assert shown in text
    assert "fax machine" not in text, "an entry that is retired answers nothing"


async def test_hostile_words_are_shown_as_they_are_and_run_nowhere(world: WebWorld) -> None:
    page = await (await world.agent("Root", "admin")).open("/admin/learning")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page.text
    assert world_field(page.text, "/admin/learning/save/1") == HOSTILE


def world_field(text: str, action: str) -> str:
    [form] = [f for f in Document(text).forms if f.action == action]
    return form.fields["question"]


@pytest.mark.parametrize(
    ("address", "action"),
    [("yes/1", "learn-yes:1"), ("no/1", "learn-no:1"), ("out/1", "learn-out:1"), ("outside/IT-5", "learn-outside:IT-5"), ("inside/7", "learn-inside:7")],
)
async def test_each_decision_is_one_press(world: WebWorld, address: str, action: str) -> None:
    root = await world.agent("Root", "admin")
    page = await root.send(await root.open("/admin/learning"), f"/admin/learning/{address}")
    assert page.url.path == "/admin/learning"
    assert "Done." in page.text
    assert "another" not in Document(page.text).text, "the page itself shows what is next"
    assert actions(world) == [action]


async def test_changed_words_are_sent_with_the_approval(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    await root.send(await root.open("/admin/learning"), "/admin/learning/save/1", question="slow tunnel")
    [event] = world.desk.received
    assert isinstance(event.what, Submitted)
    assert (event.what.action, event.what.values) == ("learn-save:1", {"question": "slow tunnel"})


async def test_a_question_is_linked_to_a_likely_entry_or_to_any_other_by_name(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    page = await root.open("/admin/learning/link/IT-5")
    assert "Why is the VPN slow?" in page.text

    for given, told in (("", "Please choose an entry."), ("nope", "There is no such entry.")):
        refused = await root.send(page, "", entry="", other=given)
        assert refused.status_code == 422
        assert told in refused.text
    await root.send(page, "", entry="vpn", other="")

    assert actions(world) == ["link:IT-5:vpn"]


async def test_a_new_entry_is_prefilled_from_the_question_and_names_its_ticket(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    page = await root.open("/admin/entries/new?ticket=IT-5")
    assert root.form(page, "", "save").fields["question"] == "my chair squeaks"

    await root.send(page, "", button="save", question="Why does my chair squeak?", answer="Oil it.")

    [event] = world.desk.received
    assert isinstance(event.what, Submitted)
    assert (event.what.action, event.what.values["phrasings"]) == ("draft-new:IT-5", "my chair squeaks")


@pytest.mark.parametrize("path", ["/admin/learning", "/admin/learning/link/IT-5"])
async def test_only_curators_see_what_people_wrote(world: WebWorld, path: str) -> None:
    for browser in (world.browser(), await world.agent("Ann", "agent")):
        page = await browser.open(path)
        assert page.status_code == 403
        assert "my chair squeaks" not in page.text


async def test_an_agent_s_forged_approval_is_refused_at_the_door(world: WebWorld) -> None:
    ann = await world.agent("Ann", "agent")
    page = await ann.open("/agent/tickets/IT-5")
    forged = dict(ann.form(page, "/agent/tickets/IT-5/take").fields)
    for address in ("yes/1", "no/1", "save/1", "outside/IT-5", "link/IT-5"):
        assert (await ann.http.post(f"/admin/learning/{address}", data={**forged, "question": "evil", "other": "vpn"})).status_code == 403
    assert world.desk.received == []
    assert "/admin/learning" not in page.text


@pytest.mark.parametrize("address", ["/admin/learning/bogus/1", "/admin/learning/link/IT-99"])
async def test_what_does_not_exist_has_no_page(world: WebWorld, address: str) -> None:
    root = await world.agent("Root", "admin")
    fields = root.form(await root.open("/admin/learning"), "/admin/learning/yes/1").fields
    assert (await root.http.post(address, data=fields)).status_code == 404
    assert world.desk.received == []
