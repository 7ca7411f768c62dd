"""Bodies are read strictly: what is not known, cannot be stored or could be read in two ways is refused, and nothing happens."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api_desk import ApiDesk, api_desk, asks

JSON = {"Content-Type": "application/json"}
GOOD = b'{"requester": {"id": "x"}, "question": "my chair squeaks"'


@pytest.fixture
async def desk() -> AsyncIterator[ApiDesk]:
    async with api_desk() as made:
        yield made


@pytest.fixture
async def crm(desk: ApiDesk) -> httpx.AsyncClient:
    return await desk.crm()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"x"', 422),
        (b"\xff\xfe{}", 400),
        (b'{"requester": {"id": "x"}, "question": "\xed\xa0\x80"}', 400),
        (b'{"requester": {"id": "x"}, "question": "\\ud800"}', 422),
        (b'{"requester": {"id": "x"}, "question": "a\\u0000b"}', 422),
        (GOOD + b', "question": "another"}', 422),
        (GOOD + b', "owner": "root"}', 422),
        (GOOD + b', "fields": {"a": NaN}}', 400),
        (GOOD + b', "fields": {"a": Infinity}}', 400),
        (GOOD + b', "fields": {"a": 1' + b"0" * 5000 + b"}}", 400),
        (b"[" * 100_000, 400),
        (GOOD + b', "fields": ' + b'{"a":' * 50 + b"1" + b"}" * 50 + b"}", 422),
        (b'{"requester": {"id": "x", "email": "x@example.org"}, "question": "q"}', 422),
        (GOOD + b', "fields": {"a": "b"}}', 422),
        (b'{"requester": {}, "question": "q"}', 422),
        (b'{"requester": {"id": "a/b"}, "question": "q"}', 422),
        (b'{"requester": {"id": "a b"}, "question": "q"}', 422),
        (b'{"requester": {"id": "x\\n"}, "question": "q"}', 422),
        (b'{"requester": {"email": "nobody"}, "question": "q"}', 422),
        (b'{"requester": {"id": "x", "timezone": "Mars/Base"}, "question": "q"}', 422),
        (b'{"requester": {"id": "x"}, "question": "   "}', 422),
        (b'{"requester": {"id": "x"}, "question": 7}', 422),
        (b'{"requester": {"id": "x"}, "question": "' + b"x" * 20_001 + b'"}', 422),
        (b'{"a": "' + b"x" * 1_100_000 + b'"}', 413),
    ],
)
async def test_a_body_that_cannot_be_is_the_senders_fault(crm: httpx.AsyncClient, body: bytes, status: int) -> None:
    answer = await crm.post("/api/v1/tickets", content=body, headers=JSON)

    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert "x" * 100 not in answer.text
    assert (await crm.get("/api/v1/tickets")).json()["tickets"] == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data; boundary=x"])
async def test_only_json_is_read(crm: httpx.AsyncClient, kind: str) -> None:
    answer = await crm.post("/api/v1/tickets", content=GOOD + b"}", headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize("headers", [JSON, {"Content-Type": "application/json; charset=utf-8"}])
async def test_json_is_read_however_its_kind_is_written(crm: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await crm.post("/api/v1/tickets", content=GOOD + b"}", headers=headers)).status_code == 201


async def test_nobody_reads_a_body_before_the_key_is_known(desk: ApiDesk) -> None:
    answer = await desk.program().post("/api/v1/tickets", content=b"x" * 2_000_000, headers=JSON)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "act",
    [
        {"act": "take", "assignee": "api:other"},
        {"act": "delete"},
        {"act": "resolve"},
        {"act": "priority"},
        {"act": "priority", "priority": "high", "impact": "low"},
        {"act": "priority", "impact": "low"},
        {"act": "rate", "rating": True},
        {"act": "rate", "rating": 6},
        {"act": "tag", "tags": ["a b"]},
        {"act": "tag", "tags": ["x"] * 21},
        {"act": "fields", "fields": {}},
        {"act": "escalate", "reason": "why", "fields": {"colour": "red"}},
        {},
    ],
)
async def test_an_act_takes_what_belongs_to_it_and_nothing_else(crm: httpx.AsyncClient, act: dict[str, object]) -> None:
    await asks(crm)
    before = (await crm.get("/api/v1/tickets/IT-1")).json()
    assert (await crm.post("/api/v1/tickets/IT-1/acts", json=act)).status_code == 422
    assert (await crm.get("/api/v1/tickets/IT-1")).json() == before


async def test_words_are_kept_as_they_are_in_every_script(crm: httpx.AsyncClient) -> None:
    words = "¿Qué? <!channel> **bold** 日本語 🙂\n\tline ‮txt"
    assert (await asks(crm, words)).json()["messages"][0]["text"] == words
