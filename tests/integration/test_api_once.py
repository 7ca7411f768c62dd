"""What is sent again with its Idempotency-Key is done once, and answered as before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.api.channel import ApiChannel
from adapters.http import build
from bot.engine.running.housekeeping import Housekeeping
from bot.engine.running.once import KEPT, UNDER_WAY
from tests.api_desk import PASSWORD, ApiDesk, acts, api_desk, asks
from tests.builders import ANN

ONCE = {"Idempotency-Key": "order-4711"}


@pytest.fixture
async def desk() -> AsyncIterator[ApiDesk]:
    async with api_desk() as made:
        yield made


@pytest.fixture
async def crm(desk: ApiDesk) -> httpx.AsyncClient:
    return await desk.crm()


async def numbers(program: httpx.AsyncClient) -> list[str]:
    return [ticket["number"] for ticket in (await program.get("/api/v1/tickets")).json()["tickets"]]


async def test_a_request_sent_again_is_answered_as_before_and_changes_nothing(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    first = await asks(crm, **ONCE)
    await acts(crm, "IT-1", "take")

    again = await asks(crm, **ONCE)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (again.headers["location"], again.headers["etag"]) == (first.headers["location"], first.headers["etag"])
    assert again.headers["idempotent-replayed"] == "true"
    assert await numbers(crm) == ["IT-1"]


async def test_the_same_key_for_something_else_is_refused(crm: httpx.AsyncClient) -> None:
    await asks(crm, **ONCE)
    for other in (asks(crm, PASSWORD, **ONCE), asks(crm, requester={"id": "x"}, **ONCE)):
        answer = await other
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_used")
    assert await numbers(crm) == ["IT-1"]


async def test_two_programs_may_use_the_same_key(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    other = desk.program(await desk.key(name="shop"))
    await asks(crm, **ONCE)
    assert (await asks(other, PASSWORD, **ONCE)).status_code == 201
    assert sorted(await numbers(crm)) == ["IT-1", "IT-2"]


async def test_of_many_sent_at_once_one_has_an_effect(crm: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(asks(crm, **ONCE) for _ in range(8)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"under_way"}
    assert [answer for answer in answers if answer.status_code == 201]
    assert await numbers(crm) == ["IT-1"]
    assert (await asks(crm, **ONCE)).json()["ticket"]["number"] == "IT-1"


async def test_what_was_refused_is_refused_again_though_it_could_be_done_by_now(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await asks(crm)
    await desk.world.submits("take:IT-1", ANN)
    take = {"json": {"act": "take"}, "headers": ONCE}
    refused = await crm.post("/api/v1/tickets/IT-1/acts", **take)  # type: ignore[arg-type]
    await desk.world.submits("release:IT-1", ANN)

    again = await crm.post("/api/v1/tickets/IT-1/acts", **take)  # type: ignore[arg-type]

    assert (refused.status_code, again.status_code) == (409, 409)
    assert again.content == refused.content
    assert (await acts(crm, "IT-1", "take")).status_code == 200


async def test_what_was_misunderstood_may_be_put_right_under_its_key(crm: httpx.AsyncClient) -> None:
    assert (await asks(crm, " ", **ONCE)).status_code == 422
    assert (await asks(crm, **ONCE)).status_code == 201


async def test_a_process_that_died_in_between_leaves_what_can_be_asked_for_again(
    desk: ApiDesk, crm: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = desk.channel._api.once

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as deadly:
        deadly.setattr(once, "answered", dies)
        deadly.setattr(once, "given_up", dies)
        with pytest.raises(asyncio.CancelledError):
            await asks(crm, **ONCE)
    assert (await asks(crm, **ONCE)).json()["code"] == "under_way"

    desk.world.clock.advance(seconds=UNDER_WAY.total_seconds() + 1)
    again = await asks(crm, **ONCE)

    assert (again.status_code, again.json()["ticket"]["number"]) == (201, "IT-1")
    assert await numbers(crm) == ["IT-1"]


async def test_after_a_day_a_key_is_free_and_nothing_is_kept(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await asks(crm, **ONCE)
    housekeeping = Housekeeping(desk.world.store, desk.world.clock, None)
    assert (await housekeeping.tidy())["requests"] == 0
    desk.world.clock.advance(seconds=(KEPT + timedelta(seconds=1)).total_seconds())
    assert (await housekeeping.tidy())["requests"] == 1
    assert (await asks(crm, PASSWORD, **ONCE)).json()["ticket"]["number"] == "IT-2"


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ä"])
async def test_a_key_that_is_none_is_refused(crm: httpx.AsyncClient, key: str) -> None:
    answer = await crm.post("/api/v1/tickets", json={}, headers={b"Idempotency-Key": key.encode()})  # type: ignore[dict-item]
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_idempotency_key")


async def test_a_request_that_takes_too_long_is_kept_and_its_answer_comes_when_it_is_asked_for_again(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    receive = desk.channel._api.receive
    late = []

    async def slow(event: object) -> None:
        late.append(event)

    desk.channel._api.receive, desk.channel._api.answers.patience_s = slow, 0.01
    first = await asks(crm, **ONCE)
    assert (first.status_code, first.json()["code"]) == (202, "kept")
    desk.channel._api.receive = receive
    assert receive is not None
    await receive(late[0])  # type: ignore[arg-type]
    await desk.world.workers.drain()

    again = await asks(crm, **ONCE)

    assert (again.status_code, again.json()["ticket"]["number"]) == (201, "IT-1")
    assert await numbers(crm) == ["IT-1"]


async def test_where_another_process_does_the_work_its_answer_comes_too(desk: ApiDesk) -> None:
    world, worker = desk.world, desk.channel
    front = ApiChannel(world.desk, world.store, world.store, world.clock, worker._api.signed_in, shared=True)  # type: ignore[arg-type]
    front._api.receive, front._api.enquiries = world.intake.receive, world.enquiries

    async def nothing() -> dict[str, Any]:
        return {}

    desk.app = build({"api": front}, health=nothing, numbers=nothing)
    made = await asks(await desk.crm())

    assert (made.status_code, made.json()["ticket"]["number"]) == (201, "IT-1")
