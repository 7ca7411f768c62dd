"""The curators' pages of gaps and rehearsals: what is found is shown, every button reaches the core, long work is shown as such, and nobody else gets in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.ids import PersonId, TicketId
from bot.domain.messages import Inbound, Outbound, Pressed, Say, Submitted
from bot.engine.curation.gaps import DEALT, Dealt
from bot.engine.curation.workshop import Workshop
from bot.engine.faq.knowledge import Knowledge
from bot.ports.curating import Draft
from kb.decision import Thresholds
from kb.entries import Entry, Text
from tests.builders import an_outcome
from tests.web_desk import START, Document, WebWorld, a_ticket, a_world

VPN = Entry("vpn", (Text("en", "How do I connect to the VPN from home?", "Start the tunnel.", ("VPN from home",)),))
HOSTILE = "<script>alert(1)</script> {{ 7*7 }}"
GAPS, REHEARSAL = "/admin/gaps", "/admin/drafts/1/rehearsal"


@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world()
    made.desk.all_entries = {"vpn": VPN}
    for number, (question, solution, tier) in enumerate(
        [("my chair squeaks", "Oil it.", 2), ("my chair squeaks!", "", 2), (HOSTILE, "", 2), ("VPN from home", "", 1), ("call me on +34 612 345 678", "", 2)], 1
    ):
        ticket = a_ticket(f"IT-{number}", question=question, solution=solution, tier=tier, opened_at=START - timedelta(days=number))
        made.desk.all_tickets[ticket.id] = ticket
        made.desk.all_outcomes.append(an_outcome(ticket=TicketId(ticket.id), asked_at=START - timedelta(days=number), id=number))
    knowledge = Knowledge([VPN], ("en", "es"), Thresholds(answer=60.0))
    made.channel.open_workshop(Workshop(made.desk, knowledge, made.clock))

    async def react(event: Inbound) -> None:
        what = event.what
        assert isinstance(what, Pressed | Submitted)
        await made.channel.answer(what.place, Outbound((Say("Done so."),), only_for=event.person.id, answer_to=what.answer_to))

    made.desk.reacts = react
    yield made
    await made.stop()


def drafted(world: WebWorld, entry: Entry, **more: object) -> None:
    draft = Draft(1, entry.id, entry, 0, "draft", "web", PersonId("web:ann"), START, PersonId("web:ann"), START)
    world.desk.all_drafts[1] = replace(draft, **more)  # type: ignore[arg-type]


async def done(world: WebWorld, address: str) -> tuple[str, Document]:
    """The page once the work is over."""
    root = await world.agent("Root", "admin")
    for _ in range(500):
        page = await root.open(address)
        if "refresh" not in page.headers:
            return page.text, Document(page.text)
        assert page.headers["refresh"] == "2"
        await asyncio.sleep(0.01)
    raise AssertionError("the work never ends")


async def test_gaps_are_listed_with_counts_languages_and_agents_answers(world: WebWorld) -> None:
    text, page = await done(world, GAPS)
    assert "asked 2 times" in page.text
    assert "1 answer of agents" in page.text
    assert "2 in the last four weeks, 0 in the four before" in page.text
    assert "only words are compared" in page.text
    assert "VPN from home" not in page.text, "tier 1 answered it"
    assert "612 345" not in text


async def test_hostile_words_are_shown_as_they_are(world: WebWorld) -> None:
    text, _ = await done(world, GAPS)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in text


async def test_a_gap_shows_how_it_is_asked_and_what_was_answered(world: WebWorld) -> None:
    await done(world, GAPS)
    root = await world.agent("Root", "admin")
    page = Document((await root.open(f"{GAPS}/IT-2")).text)
    for shown in ("my chair squeaks", "Oil it.", "How it is asked"):
        assert shown in page.text


@pytest.mark.parametrize("verb", ["done", "outside", "again"])
async def test_each_decision_is_one_press(world: WebWorld, verb: str) -> None:
    await done(world, GAPS)
    root = await world.agent("Root", "admin")
    if verb == "again":
        world.desk.notes.update({"gap:IT-1": '{"state": "done", "by": "web:ann", "at": "2025-03-03T09:00:00Z", "entry": ""}'})
    page = await root.open(GAPS + ("?state=dealt" if verb == "again" else ""))
    after = await root.send(page, f"{GAPS}/IT-1/{verb}")
    assert "Done so." in after.text
    assert [e.what.action for e in world.desk.received if isinstance(e.what, Pressed)] == [f"gap-{verb}:IT-1"]


async def test_what_was_done_and_is_still_asked_stands_in_a_list_of_its_own(world: WebWorld) -> None:
    said = Dealt("done", PersonId("web:ann"), START - timedelta(days=1, hours=12))
    await DEALT.put(world.desk, "IT-2", said)  # type: ignore[arg-type]
    _, page = await done(world, f"{GAPS}?state=again")
    assert "still asked: 1 time since it was done" in page.text


async def test_write_entry_sends_what_was_asked_and_answered_and_opens_the_draft(world: WebWorld) -> None:
    await done(world, GAPS)
    root = await world.agent("Root", "admin")

    async def write(event: Inbound) -> None:
        drafted(world, VPN, ticket=TicketId("IT-1"))

    world.desk.reacts = write
    page = await root.send(await root.open(f"{GAPS}/IT-1"), f"{GAPS}/IT-1/write")
    [event] = [e for e in world.desk.received if isinstance(e.what, Submitted)]
    assert isinstance(event.what, Submitted)
    assert json.loads(event.what.values["texts"]) == [{"lang": "en", "question": "my chair squeaks", "phrasings": [], "answer": "Oil it."}]
    assert page.url.path == "/admin/drafts/1"


async def test_a_rehearsal_tells_what_changes_with_the_questions_and_the_tests_that_fail(world: WebWorld) -> None:
    drafted(world, replace(VPN, texts=(Text("en", "Something else entirely?", "…"),), finds=("VPN from home",)))
    _, page = await done(world, REHEARSAL)
    for shown in ("Lose their answer", "VPN from home", "to a person", "must find it", "and finds no entry"):
        assert shown in page.text


async def test_a_rehearsal_without_questions_says_so(world: WebWorld) -> None:
    world.desk.all_outcomes.clear()
    drafted(world, VPN)
    _, page = await done(world, REHEARSAL)
    assert "No question has been asked here yet" in page.text


async def test_gaps_without_questions_say_so(world: WebWorld) -> None:
    world.desk.all_outcomes.clear()
    _, page = await done(world, GAPS)
    assert "No question went unanswered in the last 90 days." in page.text


@pytest.mark.parametrize("address", [GAPS, f"{GAPS}/IT-1", REHEARSAL])
async def test_agents_do_not_get_in(world: WebWorld, address: str) -> None:
    drafted(world, VPN)
    ann = await world.agent("Ann", "agent")
    assert (await ann.open(address)).status_code == 403


@pytest.mark.parametrize("address", [f"{GAPS}/IT-99", f"{GAPS}/x", "/admin/drafts/99/rehearsal", f"{GAPS}?page=0", f"{GAPS}?page=99999&state=none"])
async def test_what_is_not_there_is_not_found_or_shown_from_its_beginning(world: WebWorld, address: str) -> None:
    await done(world, GAPS)
    root = await world.agent("Root", "admin")
    assert (await root.open(address)).status_code == (200 if "page" in address else 404)
