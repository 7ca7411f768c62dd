"""What every store promises about requests of programs that were answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.engine.running.once import Begun, Once, UnderWay
from bot.ports import Transaction
from bot.ports.answering import AnsweredRequest
from tests.builders import MONDAY
from tests.contract.conftest import AnyStore
from tests.world import SetClock

BEGUN = AnsweredRequest("crm:1", "f" * 64, 0, "", MONDAY)


async def kept(store: AnyStore, *requests: AnsweredRequest) -> None:
    for request in requests:
        await store.run(lambda tx, one=request: tx.keep_answered(one))  # type: ignore[misc]


async def found(store: AnyStore, key: str) -> AnsweredRequest | None:
    return await store.run(lambda tx: tx.answered_request(key))


async def test_a_request_is_kept_as_it_was_answered(store: AnyStore) -> None:
    await kept(store, BEGUN)
    assert await found(store, "crm:1") == BEGUN

    answered = replace(BEGUN, status=201, body='{"number": "IT-1", "words": "¿Qué? 🙂"}', at=MONDAY + timedelta(seconds=1))
    await kept(store, answered)

    assert await found(store, "crm:1") == answered
    assert await found(store, "crm:2") is None


async def test_one_that_was_dropped_never_was(store: AnyStore) -> None:
    await kept(store, BEGUN)
    await store.run(lambda tx: tx.drop_answered("crm:1"))
    await store.run(lambda tx: tx.drop_answered("crm:1"))

    assert await found(store, "crm:1") is None


async def test_the_oldest_are_forgotten_first_and_those_of_today_never(store: AnyStore) -> None:
    await kept(store, *(replace(BEGUN, key=f"crm:{n}", at=MONDAY + timedelta(hours=n)) for n in (3, 1, 2)))

    assert await store.run(lambda tx: tx.forget_answered(MONDAY + timedelta(hours=3), limit=1)) == 1
    assert await found(store, "crm:1") is None
    assert await store.run(lambda tx: tx.forget_answered(MONDAY + timedelta(hours=3))) == 1
    assert await store.run(lambda tx: tx.forget_answered(MONDAY + timedelta(hours=3))) == 0
    assert await found(store, "crm:3") is not None


async def test_of_many_who_begin_the_same_request_at_once_one_is_the_first(store: AnyStore) -> None:
    async def begin(tx: Transaction) -> bool:
        await tx.take("api:crm")
        if await tx.answered_request("crm:1") is not None:
            return False
        await tx.keep_answered(BEGUN)
        return True

    assert sorted(await asyncio.gather(*(store.run(begin) for _ in range(8)))) == [False] * 7 + [True]


async def test_of_two_processes_that_get_the_same_request_one_answers_it(store: AnyStore) -> None:
    both = [Once(store, SetClock()), Once(store, SetClock())]

    begun = await asyncio.gather(*(one.begin("api:crm", "crm:1", "f" * 64) for one in both * 3), return_exceptions=True)

    assert [type(one).__name__ for one in begun if not isinstance(one, UnderWay)] == ["Begun"]
    first = next(one for one in begun if isinstance(one, Begun))
    await both[0].answered(first, 201, "made")
    again = await both[1].begin("api:crm", "crm:1", "f" * 64)
    assert isinstance(again, AnsweredRequest)
    assert (again.status, again.body) == (201, "made")
