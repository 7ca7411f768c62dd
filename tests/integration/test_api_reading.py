"""Pages of what there is, and odd questions about it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.domain.ids import TicketId
from bot.ports import Transaction
from kb.entries import Entry, Text
from tests.api_desk import ADMIN, ApiDesk, acts, api_desk, asks
from tests.builders import MONDAY, a_ticket


@pytest.fixture
async def desk() -> AsyncIterator[ApiDesk]:
    async with api_desk() as made:
        yield made


@pytest.fixture
async def crm(desk: ApiDesk) -> httpx.AsyncClient:
    return await desk.crm()


async def has(desk: ApiDesk, *moments: int, begin: int = 1) -> list[str]:
    """Tickets that changed so many hours after Monday morning; their numbers."""
    numbers = [TicketId(f"IT-{begin + n}") for n in range(len(moments))]

    async def unit(tx: Transaction) -> None:
        for number, hours in zip(numbers, moments, strict=True):
            await tx.add_ticket(a_ticket(id=number, changed_at=MONDAY + timedelta(hours=hours)))

    await desk.world.store.run(unit)
    return [str(number) for number in numbers]


async def walk(program: httpx.AsyncClient, limit: int, begin: dict[str, Any] | None = None) -> list[list[str]]:
    """The numbers on each page, from the first (or after this one) to the last."""
    pages, cursor = [], (begin or {"next": ""})["next"]
    while cursor is not None:
        page = (await program.get("/api/v1/tickets", params={"limit": limit, "cursor": cursor})).json()
        pages.append([ticket["number"] for ticket in page["tickets"]])
        cursor = page["next"]
    return pages


# --------------------------------------------------------------------------------------------------------------- paging
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 100])
@pytest.mark.parametrize("moments", [(1, 2, 3, 4, 5, 6, 7), (1, 1, 1, 2, 2, 3, 4), (5, 5, 5, 5, 5, 5, 5), (1, 1, 2, 2, 2, 2, 3)])
async def test_pages_hold_every_ticket_once_however_many_changed_at_one_moment(
    desk: ApiDesk, crm: httpx.AsyncClient, moments: tuple[int, ...], limit: int
) -> None:
    numbers = await has(desk, *moments)

    pages = await walk(crm, limit)

    shown = [number for page in pages for number in page]
    assert sorted(shown) == sorted(numbers)
    assert [moments[numbers.index(number)] for number in shown] == sorted(moments, reverse=True)
    assert max(len(page) for page in pages) <= limit


async def test_what_comes_in_between_two_pages_neither_repeats_nor_hides_anything(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    numbers = await has(desk, 1, 2, 2, 3, 4, 5)
    first = (await crm.get("/api/v1/tickets", params={"limit": 2})).json()

    newer = await has(desk, 6, 7, 8, begin=50)
    rest = [number for page in await walk(crm, 2, first) for number in page]

    assert not set(newer) & set(rest)
    assert sorted([ticket["number"] for ticket in first["tickets"]] + rest) == sorted(numbers)


async def test_the_next_page_is_linked_with_all_that_was_asked(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await has(desk, 1, 2, 3)
    first = await crm.get("/api/v1/tickets", params={"limit": 2, "status": ["open", "pending"], "q": "a&b"})
    assert "link" not in first.headers  # nothing is called so
    first = await crm.get("/api/v1/tickets", params={"limit": 2, "status": ["open", "pending"]})
    address = first.links["next"]["url"]
    assert "status=open&status=pending" in address
    assert [ticket["number"] for ticket in (await crm.get(address)).json()["tickets"]] == ["IT-1"]


async def test_tickets_are_narrowed_by_what_is_asked(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await asks(crm)
    await asks(crm, "my door squeaks")
    await acts(crm, "IT-2", "take")
    await acts(crm, "IT-2", "tag", tags=["door"])

    async def found(**wanted: Any) -> list[str]:
        return [ticket["number"] for ticket in (await crm.get("/api/v1/tickets", params=wanted)).json()["tickets"]]

    assert await found(assignee="api:crm") == ["IT-2"]
    assert await found(unclaimed=True) == ["IT-1"]
    assert await found(tag="Door") == ["IT-2"]
    assert await found(q="chair") == ["IT-1"]
    assert await found(q="it-2") == ["IT-2"]
    assert await found(tier=3) == []
    assert await found(priority="urgent") == []
    assert await found(kind="problem") == []
    assert sorted(await found(status=["open", "closed"])) == ["IT-1", "IT-2"]


async def test_entries_are_paged_by_their_ids_while_others_are_written(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    async def publish(*ids: str) -> None:
        for id in ids:
            entry = Entry(id, (Text("en", f"Where is {id}?", "There."),))
            await desk.world.store.run(lambda tx, entry=entry: tx.save_entry(entry, ADMIN, MONDAY))  # type: ignore[misc]

    await publish("zz-1", "zz-3", "zz-5")
    first = (await crm.get("/api/v1/entries", params={"q": "zz-", "limit": 2})).json()
    await publish("zz-2", "zz-4")
    rest = (await crm.get("/api/v1/entries", params={"q": "zz-", "limit": 2, "cursor": first["next"]})).json()
    assert [entry["id"] for entry in first["entries"]] == ["zz-1", "zz-3"]
    assert [entry["id"] for entry in rest["entries"]] == ["zz-4", "zz-5"]
    assert rest["next"] is None


# --------------------------------------------------------------------------------------------------------- odd questions
CURSORS = ["x", "==", "ä", base64.urlsafe_b64encode(b"tomorrow").decode(), base64.urlsafe_b64encode(b"0001-01-01T00:00:00+14:00").decode(), "A" * 201]


@pytest.mark.parametrize(
    "query",
    [
        *({"cursor": cursor} for cursor in CURSORS), {"limit": "0"}, {"limit": "101"}, {"limit": "1" + "0" * 400}, {"limit": "NaN"}, {"limit": "1.5"},
        {"tier": "-1"}, {"tier": "x"}, {"status": "gone"}, {"q": "x" * 201}, {"colour": "red"},
    ],
)  # fmt: skip
async def test_odd_questions_are_answered_with_the_problem(crm: httpx.AsyncClient, query: dict[str, str]) -> None:
    answer = await crm.get("/api/v1/tickets", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 422
    assert answer.json()["detail"]


ODD = ["tickets?q=%00%ed%a0%80%ff", "tickets/%00", "tickets/%ed%a0%80", "tickets/" + "9" * 65, "", "entries/%00", "people/%ff", "reports/%00", "people?id=%00"]


@pytest.mark.parametrize("address", [f"/api/v1/{odd}" for odd in ODD])
async def test_no_text_brings_the_api_down(crm: httpx.AsyncClient, address: str) -> None:
    assert (await crm.get(address)).status_code < 500


async def test_head_is_answered_as_get_without_the_body(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await asks(crm)
    got, head = await crm.get("/api/v1/tickets/IT-1"), await crm.head("/api/v1/tickets/IT-1")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/tickets", "DELETE", "GET, HEAD, POST"),
        ("/tickets/IT-1", "PUT", "GET, HEAD"),
        ("/entries/x", "POST", "DELETE, GET, HEAD, PUT"),
        ("/key", "PATCH", "GET, HEAD"),
    ],
)
async def test_a_method_that_is_not_understood_is_told_which_are(crm: httpx.AsyncClient, path: str, method: str, allowed: str) -> None:
    answer = await crm.request(method, f"/api/v1{path}")
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_address_that_is_none_is_told_so(crm: httpx.AsyncClient) -> None:
    for path in ("/api/v1", "/api/v1/", "/api/v2/tickets", "/api/v1/tickets/", "/api/nothing"):
        answer = await crm.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


async def test_without_a_database_the_api_says_so(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await desk.world.store.close()  # type: ignore[attr-defined]  # whoever has one can close it
    answer = await asks(crm)
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
    assert answer.headers["retry-after"]


# ----------------------------------------------------------------------------------------------------------- the others
async def test_reports_are_listed_and_read_by_name(crm: httpx.AsyncClient) -> None:
    names = [report["name"] for report in (await crm.get("/api/v1/reports")).json()["reports"]]
    assert "matching" in names
    for name in names:
        found = (await crm.get(f"/api/v1/reports/{name}", params={"from": "2026-03-01", "to": "2026-03-07"})).json()
        assert (found["report"], found["from"], found["to"]) == (name, "2026-03-01", "2026-03-07")
    assert (await crm.get("/api/v1/reports/nothing")).status_code == 404
    assert (await crm.get("/api/v1/reports/matching", params={"from": "2026-03-08", "to": "2026-03-07"})).status_code == 422


async def test_people_who_are_known_are_shown_and_the_others_are_missing(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await desk.world.says("my chair squeaks")
    found = (await crm.get("/api/v1/people", params={"id": ["chat:alice", "chat:nobody"]})).json()["people"]
    assert [(person["id"], person["channel"]) for person in found] == [("chat:alice", "chat")]
    assert (await crm.get("/api/v1/people/chat:nobody")).status_code == 404


async def test_the_description_names_every_answer_and_the_scope(crm: httpx.AsyncClient) -> None:
    described = (await crm.get("/api/openapi.json")).json()
    assert described["servers"] == [{"url": "/api"}]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert {"401", "403", "422", "429", "503"} <= set(operation["responses"]), f"{method} {path}"
            assert operation["security"] == [{"key": []}]
            assert "Scope:" in operation["description"]


async def test_pages_are_dated_as_they_were_changed(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await has(desk, 3)
    shown = (await crm.get("/api/v1/tickets")).json()["tickets"][0]
    assert datetime.fromisoformat(shown["changed_at"]) == MONDAY + timedelta(hours=3)
