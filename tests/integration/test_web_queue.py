"""The agents' lists on the web: what each view holds, what narrows it, one act on many; and the audit page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from adapters.web.inbound import TEAM
from bot.domain.messages import Pressed, Submitted
from bot.domain.people import Person
from bot.domain.service_levels import Promised, Running
from bot.ports import Recorded
from tests.web_desk import BASE, START, Browser, Document, WebWorld, a_ticket, a_world


@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world()
    made.desk.all_tickets = {
        "IT-1": a_ticket("IT-1", question="the tunnel is down", tags=("vpn",), priority="high", changed_at=START + timedelta(minutes=1)),
        "IT-2": a_ticket("IT-2", requester="web:ana", question="a new chair", tier=3, changed_at=START + timedelta(minutes=2)),
        "IT-3": a_ticket("IT-3", question="screen, soon overdue", changed_at=START + timedelta(minutes=3), **due(timedelta(minutes=5))),
        "IT-4": a_ticket("IT-4", question="screen, overdue", changed_at=START + timedelta(minutes=4), **due(timedelta(minutes=-5))),
        "IT-5": a_ticket("IT-5", question="tunnel, solved", status="resolved", changed_at=START + timedelta(minutes=5)),
    }
    made.desk.known = {"web:ana": Person("web:ana", "Ana Lopez")}  # type: ignore[arg-type, dict-item]
    yield made
    await made.stop()


def due(in_: timedelta) -> dict[str, object]:
    """A promise that is broken in so long, and at risk from ten minutes before."""
    running = Running("first_response", due=START + in_, target_s=3600, risk_at=START + in_ - timedelta(minutes=10), ran=((START - timedelta(hours=1), None),))
    return {"promised": Promised("normal", (running,)), "due_at": START + in_}


def shown(page: httpx.Response) -> list[str]:
    """The tickets of the list, top to bottom."""
    return re.findall(r'<li id="row-(IT-\d+)"', page.text)


@pytest.mark.parametrize(
    ("address", "numbers"),
    [
        ("/agent", ["IT-4", "IT-3", "IT-2", "IT-1"]),
        ("/agent?view=mine", []),
        ("/agent?view=at_risk", ["IT-3"]),
        ("/agent?view=breached", ["IT-4"]),
        ("/agent?view=escalated", ["IT-2"]),
        ("/agent?view=open", ["IT-4", "IT-3", "IT-2", "IT-1"]),
        ("/agent?view=resolved", ["IT-5"]),
        ("/agent?view=nonsense", ["IT-4", "IT-3", "IT-2", "IT-1"]),
        ("/agent?view=unclaimed&tier=3", ["IT-2"]),
        ("/agent?view=unclaimed&priority=high", ["IT-1"]),
        ("/agent?view=unclaimed&tag=vpn", ["IT-1"]),
        ("/agent?view=unclaimed&from=ana", ["IT-2"]),
        ("/agent?view=unclaimed&q=SCREEN", ["IT-4", "IT-3"]),
        ("/agent?view=breached&q=screen+soon", []),
        ("/agent?view=unclaimed&q=tag:vpn+tunnel", ["IT-1"]),
        ("/agent?view=unclaimed&q=2", ["IT-2"]),
        ("/agent?view=unclaimed&tier=99&priority=x&page=9999&before=never", []),
        ("/agent?view=open&q=%00%22%27", []),
    ],
)
async def test_a_list_holds_what_its_address_asks_for(world: WebWorld, address: str, numbers: list[str]) -> None:
    ann = await world.agent()
    page = await ann.open(address)
    assert page.status_code == 200
    assert shown(page) == numbers


async def test_the_tabs_say_how_much_is_in_each(world: WebWorld) -> None:
    ann = await world.agent()
    tabs = Document((await ann.open("/agent")).text).text
    for tab in ("Mine 0", "Unclaimed 4", "At risk 1", "Breached 1", "Escalated to us 1"):
        assert tab in tabs


async def test_what_is_overdue_says_since_when_and_what_will_be_until_when(world: WebWorld) -> None:
    ann = await world.agent()
    text = Document((await ann.open("/agent")).text).text.replace("\u202f", " ")
    assert "overdue since Mar 3, 8:55 AM" in text
    assert "due Mar 3, 9:05 AM" in text


async def test_an_empty_list_says_what_to_do(world: WebWorld) -> None:
    ann = await world.agent()
    assert "Take one from the unclaimed ones." in (await ann.open("/agent?view=mine")).text
    assert "Nothing holds “kangaroo”." in (await ann.open("/agent?q=kangaroo")).text


async def test_a_search_keeps_its_words_and_fields(world: WebWorld) -> None:
    ann = await world.agent()
    page = await ann.open("/agent?view=unclaimed&q=the+%3Cb%3E&tag=vpn&tier=2")
    fields = Browser.form(page, "/agent").fields
    assert (fields["q"], fields["tag"], fields["tier"], fields["view"]) == ("the <b>", "vpn", "2", "unclaimed")


# -------------------------------------------------------------------------------------------------------------- one on many
async def test_one_act_on_many_reaches_the_core_as_one_form(world: WebWorld) -> None:
    ann = await world.agent()
    fields = Browser.form(await ann.open("/agent"), "/agent/many").fields
    sent = {**fields, "ticket": ["IT-1", "IT-3"], "act": "tag", "words": "vpn"}
    page = await ann.http.post("/agent/many", data=sent, headers={"Origin": BASE}, follow_redirects=True)
    what = world.desk.received[-1].what
    assert isinstance(what, Submitted)
    assert (what.action, what.place) == ("bulk", TEAM)
    assert what.values == {"act": "tag", "tickets": "IT-1\nIT-3", "words": "vpn"}
    assert str(page.url).startswith(f"{BASE}/agent?view=unclaimed")


async def test_without_a_tick_nothing_is_sent(world: WebWorld) -> None:
    ann = await world.agent()
    page = await ann.send(await ann.open("/agent"), "/agent/many", act="take")
    assert "Please tick the tickets first." in page.text
    assert world.desk.received == []


async def test_one_is_taken_right_from_the_list(world: WebWorld) -> None:
    ann = await world.agent()
    await ann.send(await ann.open("/agent"), "/agent/tickets/IT-1/take")
    what = world.desk.received[-1].what
    assert isinstance(what, Pressed)
    assert what.action == "take:IT-1"


# ------------------------------------------------------------------------------------------------------------------ audit
async def test_the_audit_is_for_those_whom_the_table_names(world: WebWorld) -> None:
    ann = await world.agent()
    assert (await ann.open("/admin/audit")).status_code == 403
    world.desk.allowed = {"see-audit"}
    assert (await ann.open("/admin/audit")).status_code == 200
    assert (await world.browser().open("/admin/audit")).status_code == 403


async def test_the_audit_says_who_did_what_and_is_narrowed_by_its_address(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    world.desk.allowed = {"see-audit"}
    world.desk.known["chat:ann"] = Person("chat:ann", "Ann")  # type: ignore[arg-type, index]
    world.desk.events = {
        "IT-1": [Recorded(1, "IT-1", "TicketClaimed", "chat:ann", "slack", START, {"tier": 2})],
        "": [
            Recorded(2, "", "EntryRetired", "chat:root", "telegram", START + timedelta(days=1), {"entry": "vpn", "retired": True}),
            Recorded(3, "", "MoveDenied", "chat:ann", "slack", START + timedelta(days=2), {"move": "faq-new", "reason": "not_admin"}),
        ],
    }

    async def events(query: str) -> list[str]:
        return re.findall(r'<tr id="event-(\d+)"', (await root.open(f"/admin/audit{query}")).text)

    assert await events("") == ["3", "2", "1"]
    assert await events("?by=chat:ann") == ["3", "1"]
    assert await events("?act=faq-new") == ["3"]
    assert await events("?ticket=it-1") == ["1"]
    assert await events("?since=2025-03-04") == ["3", "2"]
    assert await events("?until=2025-03-04") == ["2", "1"]
    assert await events("?since=9999-99-99&until=x&before=x") == ["3", "2", "1"]
    assert await events("?before=3") == ["2", "1"]
    text = Document((await root.open("/admin/audit")).text).text
    for said in ("Ann took it", "retired the entry vpn", "Ann tried what is not allowed: faq-new", "Telegram"):
        assert said in text


async def test_more_than_a_page_of_events_leads_to_the_older_ones(world: WebWorld) -> None:
    root = await world.agent("Root", "admin")
    world.desk.allowed = {"see-audit"}
    world.desk.events = {"IT-1": [Recorded(n, "IT-1", "NoteWritten", "chat:ann", "slack", START, {}) for n in range(1, 61)]}
    first = await root.open("/admin/audit?by=chat:ann")
    older = first.text.split('id="older"><a class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    second = await root.open(older)
    assert ('id="event-60"' in first.text, 'id="event-10"' in first.text, 'id="event-10"' in second.text) == (True, False, True)
    assert 'id="older"' not in second.text
