"""Programs ask for people, read what became of it, and work on tickets as agents do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.domain.custom_fields import CustomField, RequestForm
from bot.domain.desks import Tier
from bot.domain.ids import PersonId
from bot.engine.tickets.unsent import all_of
from tests.api_desk import CHAIR, JANE, PASSWORD, ApiDesk, acts, api_desk, asks
from tests.builders import TEAM_2, TEAM_3, a_desk
from tests.world import World


@pytest.fixture
async def desk() -> AsyncIterator[ApiDesk]:
    async with api_desk() as made:
        yield made


@pytest.fixture
async def crm(desk: ApiDesk) -> httpx.AsyncClient:
    return await desk.crm()


# --------------------------------------------------------------------------------------------------------------- asking
async def test_what_the_faq_answers_comes_with_its_answer(crm: httpx.AsyncClient) -> None:
    answer = await asks(crm, PASSWORD)

    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/tickets/IT-1"
    made = answer.json()
    assert made["ticket"]["requester"] == "api:for:jane@example.org"
    assert made["ticket"]["tier"] == 1
    assert made["ticket"]["offers"][0]["entry"] == "password"
    assert [message["kind"] for message in made["messages"]] == ["question", "bot"]


async def test_what_nobody_has_written_goes_to_the_first_team_with_its_card(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    made = (await asks(crm)).json()

    assert made["ticket"]["tier"] == 2
    assert desk.world.card(made["ticket"]["number"])
    assert [event["name"] for event in made["events"]][:2] == ["TicketOpened", "TicketHandedOver"]


async def test_who_asked_for_whom_is_written_down(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await asks(crm)

    history = await desk.world.store.history("IT-1")
    assert (history[0].name, history[0].by, history[0].channel) == ("TicketOpened", "api:for:jane@example.org", "api")
    assert ("ActDone", "api:crm", "ask") in [(event.name, event.by, event.details.get("act")) for event in history]


async def test_the_same_address_is_the_same_person_however_it_is_written(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    for address in ("Jane@Example.org", "jane@example.org"):
        await asks(crm, requester={"email": address, "name": "Jane"})

    found = (await crm.get("/api/v1/tickets", params={"requester": "api:for:jane@example.org"})).json()["tickets"]
    assert [ticket["number"] for ticket in found] == ["IT-2", "IT-1"]
    assert (await crm.get("/api/v1/people/api:for:jane@example.org")).json()["name"] == "Jane"


async def test_even_a_greeting_becomes_a_ticket_because_a_program_asked_for_one(crm: httpx.AsyncClient) -> None:
    assert (await asks(crm, "hello")).json()["ticket"]["number"] == "IT-1"


async def test_a_request_by_a_form_of_the_desk_needs_what_the_form_needs() -> None:
    serial = CustomField("serial", (("en", "Serial number"),), "line", required=True)
    form = RequestForm("laptop", (("en", "A laptop"),), fields=("serial",))
    async with api_desk(World(a_desk(fields=(serial,), forms=(form,)))) as desk:
        crm = await desk.crm()
        asked = {"requester": JANE, "question": "It is broken", "kind": "laptop"}

        lacking = await crm.post("/api/v1/tickets", json=asked)
        assert lacking.status_code == 422
        assert [error["field"] for error in lacking.json()["errors"]] == ["fields.serial"]
        odd = await crm.post("/api/v1/tickets", json={**asked, "fields": {"serial": "1", "colour": "red"}})
        assert [error["field"] for error in odd.json()["errors"]] == ["fields.colour"]

        made = (await crm.post("/api/v1/tickets", json={**asked, "fields": {"serial": "C02XL"}})).json()["ticket"]
        assert (made["kind"], made["fields"]) == ("laptop", {"serial": "C02XL"})


async def test_there_is_no_ticket_of_a_kind_that_the_desk_has_not(crm: httpx.AsyncClient) -> None:
    answer = await crm.post("/api/v1/tickets", json={"requester": JANE, "question": CHAIR, "kind": "spaceship"})
    assert answer.status_code in (409, 422)
    assert (await crm.get("/api/v1/tickets")).json()["tickets"] == []


# -------------------------------------------------------------------------------------------------------------- working
async def test_a_key_works_on_a_ticket_as_an_agent_and_each_step_says_so(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await asks(crm)

    assert (await acts(crm, "IT-1", "take")).json()["assignee"] == "api:crm"
    assert (await acts(crm, "IT-1", "tag", tags=["chair", "Office"])).json()["tags"] == ["chair", "office"]
    assert (await acts(crm, "IT-1", "priority", priority="high")).json()["priority"] == "high"
    assert (await acts(crm, "IT-1", "priority", impact="low", urgency="low")).json()["priority"] == "low"
    assert (await acts(crm, "IT-1", "hold")).json()["status"] == "pending"
    assert (await acts(crm, "IT-1", "resume")).json()["status"] == "open"
    assert (await acts(crm, "IT-1", "escalate", reason="no oil here")).json()["tier"] == 3
    assert (await acts(crm, "IT-1", "back", reason="oil is yours")).json()["tier"] == 2
    assert (await acts(crm, "IT-1", "resolve", solution="oiled", entry="password")).json()["status"] == "resolved"
    assert (await acts(crm, "IT-1", "reopen")).json()["status"] == "open"

    done = [event for event in await desk.world.store.history("IT-1") if event.by == "api:crm"]
    assert {"TicketClaimed", "TicketTagged", "PriorityChanged", "TicketHeld", "TicketEscalated", "TicketResolved"} <= {event.name for event in done}
    assert {event.channel for event in done} == {"api"}


async def test_a_key_says_what_a_ticket_is_and_which_problem_it_comes_from(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await asks(crm)
    await asks(crm, "my other chair squeaks")
    assert (await acts(crm, "IT-1", "kind", kind="problem")).json()["kind"] == "problem"
    assert (await acts(crm, "IT-2", "problem", problem="IT-1")).json()["parent"] == "IT-1"
    assert [t["number"] for t in (await crm.get("/api/v1/tickets", params={"kind": "problem"})).json()["tickets"]] == ["IT-1"]
    assert (await acts(crm, "IT-2", "kind", kind="spaceship")).status_code in (409, 422)
    assert (await acts(crm, "IT-2", "problem", problem="IT-99")).status_code in (404, 409, 422)

    assert (await acts(crm, "IT-1", "resolve", solution="oiled them all")).json()["status"] == "resolved"
    await desk.world.passes(seconds=1)
    assert (await crm.get("/api/v1/tickets/IT-2")).json()["ticket"]["status"] == "resolved"


async def test_a_reply_reaches_the_requester_and_a_note_never_does(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await desk.world.says(CHAIR)

    for kind, text in (("reply", "Please oil it"), ("note", "third one this week")):
        sent = await crm.post("/api/v1/tickets/IT-1/messages", json={"kind": kind, "text": text})
        assert (sent.status_code, sent.json()["author"]) == (201, "api:crm")
    await desk.world.passes(minutes=1)

    assert desk.world.heard("Please oil it")
    desk.world.never_heard("third one")


async def test_what_the_desk_would_ask_about_first_goes_out_only_when_the_program_is_sure(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await desk.world.says(CHAIR)
    secret = {"kind": "reply", "text": "Your password: hunter2hunter2"}

    refused = await crm.post("/api/v1/tickets/IT-1/messages", json=secret)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_sure")
    assert "password" in refused.json()["detail"]
    await desk.world.passes(minutes=1)
    desk.world.never_heard("hunter2")
    assert await all_of(desk.world.store, "IT-1") == {}, "nothing waits for somebody who will never press"

    assert (await crm.post("/api/v1/tickets/IT-1/messages", json={**secret, "sure": True})).status_code == 201
    await desk.world.passes(minutes=1)
    assert desk.world.heard("hunter2")


async def test_what_cannot_be_done_is_refused_with_the_reason_that_people_are_told(crm: httpx.AsyncClient) -> None:
    await asks(crm)
    await acts(crm, "IT-1", "take")

    again = await acts(crm, "IT-1", "take")

    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["code"] == "already_claimed"
    assert again.json()["detail"] == "You already have IT-1."


async def test_a_solution_names_no_entry_that_there_is_not(crm: httpx.AsyncClient) -> None:
    await asks(crm)
    answer = await acts(crm, "IT-1", "resolve", solution="oiled", entry="nothing")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "entry")
    assert (await crm.get("/api/v1/tickets/IT-1")).json()["ticket"]["status"] == "open"


async def test_of_two_who_saw_the_same_version_one_changes_it(crm: httpx.AsyncClient) -> None:
    await asks(crm)
    seen = (await crm.get("/api/v1/tickets/IT-1")).headers["etag"]

    first = await acts(crm, "IT-1", "tag", tags=["mine"], match=seen)
    second = await acts(crm, "IT-1", "tag", tags=["theirs"], match=seen)

    assert (first.status_code, second.status_code) == (200, 412)
    assert first.headers["etag"] != seen
    assert (await crm.get("/api/v1/tickets/IT-1")).json()["ticket"]["tags"] == ["mine"]
    assert (await acts(crm, "IT-1", "take", match='W/"1"')).status_code == 412


# -------------------------------------------------------------------------------------------------------- for requesters
async def test_a_program_says_for_its_requester_that_the_answer_solved_it(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await asks(crm, PASSWORD)

    assert (await acts(crm, "IT-1", "solved")).json()["status"] == "resolved"

    by = [(event.name, event.by) for event in await desk.world.store.history("IT-1")]
    assert ("TicketResolved", "api:for:jane@example.org") in by
    assert ("ActDone", "api:crm") in by


async def test_what_does_not_help_goes_to_a_person_and_more_words_follow(crm: httpx.AsyncClient) -> None:
    await asks(crm, PASSWORD)

    assert (await acts(crm, "IT-1", "not")).json()["tier"] == 2
    assert (await acts(crm, "IT-1", "add", text="it says error 7")).status_code == 200

    talk = (await crm.get("/api/v1/tickets/IT-1")).json()["messages"]
    assert ("detail", "it says error 7") in [(message["kind"], message["text"]) for message in talk]
    assert (await acts(crm, "IT-1", "cancel", reason="found it")).json()["status"] == "closed"


async def test_nobody_speaks_for_who_asked_elsewhere(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await desk.world.says(PASSWORD)
    before = await desk.world.ticket()

    for act in ("solved", "not", "human", "cancel"):
        assert (await acts(crm, "IT-1", act)).status_code == 403

    assert await desk.world.ticket() == before


async def test_a_requester_cannot_be_named_like_a_key_and_have_its_rights(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await asks(crm, requester={"id": "crm", "name": "crm"})

    ticket = await desk.world.ticket()
    assert ticket.requester == "api:for:crm"
    assert not await desk.channel.is_admin(PersonId("api:for:crm"))
    assert await desk.channel.is_admin(PersonId("api:crm"))


async def test_no_ticket_is_given_by_turns_to_a_program(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await asks(crm)
    await acts(crm, "IT-1", "take")
    assert desk.world.roster.heard_of(2) == []


async def test_what_the_bot_still_has_is_not_worked_on(crm: httpx.AsyncClient) -> None:
    await asks(crm, PASSWORD)
    answer = await acts(crm, "IT-1", "resolve", solution="done")
    assert (answer.status_code, answer.json()["detail"]) == (409, "IT-1 is with Firstline now.")


async def test_what_the_next_tier_requires_is_needed_to_escalate_and_can_be_filled_in_before() -> None:
    serial = CustomField("serial", (("en", "Serial number"),), "line")
    tiers = (Tier(2, "Service desk", (TEAM_2,)), Tier(3, "Specialists", (TEAM_3,), requires=("serial",)))
    async with api_desk(World(a_desk(fields=(serial,), tiers=tiers))) as desk:
        crm = await desk.crm()
        for _ in range(2):
            await asks(crm)

        lacking = await acts(crm, "IT-1", "escalate", reason="no oil here")
        assert (lacking.status_code, [error["field"] for error in lacking.json()["errors"]]) == (422, ["fields.serial"])
        assert (await acts(crm, "IT-1", "escalate", reason="no oil here", fields={"serial": "C02"})).json()["tier"] == 3

        assert (await acts(crm, "IT-2", "fields", fields={"serial": "C03"})).json()["fields"] == {"serial": "C03"}
        assert (await acts(crm, "IT-2", "escalate", reason="no oil here")).json()["tier"] == 3


async def test_whoever_is_asked_for_joins_an_incident_or_goes_their_own_way(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    down = "The mail server is down, I cannot send anything"
    await desk.world.says(down)
    await desk.world.submits("incident:IT-1", words="The mail server is down")

    shown = (await asks(crm, down)).json()
    [told] = [event["details"] for event in shown["events"] if event["name"] == "IncidentShown"]
    assert (shown["ticket"]["tier"], told["parent"]) == (1, "IT-1")
    assert (await acts(crm, "IT-2", "metoo", incident="IT-1")).json()["parent"] == "IT-1"

    await asks(crm, down, {"id": "other"})
    assert (await acts(crm, "IT-3", "different", incident="IT-1")).json()["tier"] == 2
