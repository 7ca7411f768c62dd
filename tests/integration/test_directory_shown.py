"""What the company's directory said is shown to agents, admins and programs; what operators read of it; and what Slack vouches for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from adapters.http import build
from bot.domain.ids import PersonId
from bot.domain.listings import Listed, Listing
from bot.domain.people import Person
from bot.engine.people.listed import LISTED, OFF
from bot.engine.people.senders import UNVERIFIED
from bot.ports import Transaction
from tests.api_desk import api_desk
from tests.builders import MONDAY
from tests.clouds.slack_app import SlackApp
from tests.web_desk import BASE, START, WebWorld, a_ticket, a_world

ANA = PersonId("email:ana@example.org")
LISTING = Listing("Ana <b>Núñez</b>", "ana@example.org?bcc=eve@example.com", "+34 600 111 222", "Engineering", "Ingeniera", "Zoë", "Málaga", "ana.n", True)


@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world()
    made.desk.all_tickets["IT-1"] = a_ticket(requester=ANA)
    await LISTED.put(made.desk, ANA, Listed(START, LISTING))
    yield made
    await made.stop()


async def test_the_ticket_s_page_says_who_that_is_there_and_takes_nothing_of_it_for_markup(world: WebWorld) -> None:
    page = (await (await world.agent()).open("/agent/tickets/IT-1")).text
    assert "Ana &lt;b&gt;Núñez&lt;/b&gt; · Ingeniera" in page
    assert "Engineering · Málaga · manager Zoë" in page
    assert 'href="tel:+34600111222"' in page
    assert "mailto:ana%40example.org%3Fbcc%3Deve%40example.com" in page
    assert "account disabled" in page
    assert "as of " in page


async def test_a_ticket_whose_sender_nobody_vouches_for_shows_nothing_of_it(world: WebWorld) -> None:
    await UNVERIFIED.put(world.desk, "IT-1", True)
    page = (await (await world.agent()).open("/agent/tickets/IT-1")).text
    assert "Málaga" not in page


async def test_whom_the_directory_does_not_know_has_no_row_of_it(world: WebWorld) -> None:
    await LISTED.put(world.desk, ANA, Listed(START, None, "ambiguous"))
    page = (await (await world.agent()).open("/agent/tickets/IT-1")).text
    assert 'id="listing"' not in page


async def test_admins_alone_read_whose_account_is_disabled_although_they_work_here(world: WebWorld) -> None:
    await OFF.put(world.desk, PersonId("slack:U0GONE"), "Gus <Gone>")
    admin, agent = await world.agent("Ada", "admin"), await world.agent()
    assert "Gus &lt;Gone&gt;" in (await admin.open("/admin/people")).text
    assert (await agent.open("/admin/people")).status_code == 403


async def test_a_program_reads_it_with_a_person() -> None:
    async with api_desk() as desk:
        crm = await desk.crm()

        async def known(tx: Transaction) -> None:
            await tx.remember(Person(ANA, "Ana", "es"))
            await LISTED.put(tx, ANA, Listed(MONDAY, LISTING))

        await desk.world.store.run(known)
        found = (await crm.get(f"/api/v1/people/{ANA}")).json()["directory"]
        assert (found["department"], found["manager"], found["disabled"], found["at"]) == ("Engineering", "Zoë", True, "2026-03-02T09:00:00Z")
        await desk.world.says("hello")
        assert (await crm.get("/api/v1/people/chat:alice")).json()["directory"] is None


# ------------------------------------------------------------------------------------------------------------- operators
@pytest.mark.parametrize(("peer", "told"), [("127.0.0.1", "it refuses the password"), ("203.0.113.9", "not usable")])
async def test_a_directory_that_is_away_is_told_and_the_desk_is_ready(peer: str, told: str) -> None:
    async def nothing() -> Mapping[str, str]:
        return {}

    async def numbers() -> Mapping[str, float]:
        return {}

    async def lacking() -> Mapping[str, str]:
        return {"directory": "it refuses the password"}

    app = build({}, health=nothing, numbers=numbers, lacking=lacking)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app, client=(peer, 1)), base_url=BASE) as http:
        answer = await http.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "wrong": {}, "lacking": {"directory": told}}


# ----------------------------------------------------------------------------------------------------------------- Slack
PROFILES: list[tuple[dict[str, object], str]] = [
    ({"is_email_confirmed": True}, "bob@example.com"),
    ({"is_email_confirmed": False}, ""),
    ({}, ""),
    ({"is_email_confirmed": True, "team_id": "T0OTHER"}, ""),
    ({"is_email_confirmed": True, "is_stranger": True}, ""),
    ({"is_email_confirmed": True, "is_bot": True}, ""),
    ({"is_email_confirmed": True, "deleted": True}, ""),
    ({"is_email_confirmed": True, "profile": {"display_name": "Bob"}}, ""),
]


async def test_the_address_of_a_profile_counts_when_slack_has_checked_it_and_they_are_ours() -> None:
    async with SlackApp() as app:
        bob = app.cloud.world.users["U0BOB"]
        for number, (record, believed) in enumerate(PROFILES):
            app.cloud.world.users[f"U0BOB{number}"] = {**bob, "id": f"U0BOB{number}", **record}
            assert (record, await app.channel.mail_of(PersonId(f"slack:U0BOB{number}"))) == (record, believed)
