"""How the desk stands as a whole, as every database tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.messages import Outbound, Say, TimerFired
from bot.engine.running.process import Process
from bot.ports import Parcel
from bot.store.sql import SqlStore
from bot.store.standing import Standing, standing
from tests.builders import ALICE, BOB, MONDAY, a_message, an_event
from tests.contract.conftest import opened_store
from tests.world import SetClock

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NOTHING = {"inbox_waiting": 0, "inbox_parked": 0, "outbox_waiting": 0, "outbox_failed": 0, "timers": 0}


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await opened_store(request, tmp_path)
    assert isinstance(opened, SqlStore)
    yield opened
    await opened.close()


async def now_in(store: SqlStore, later: timedelta = timedelta(0)) -> Standing:
    return await standing(store.reading, MONDAY + later)


def a_timer(name: str) -> TimerFired:
    return TimerFired("card", name, MONDAY)


async def test_a_desk_without_work_is_all_noughts(store: SqlStore) -> None:
    assert await now_in(store) == Standing(NOTHING, dict.fromkeys(("inbox", "timers", "outbox"), timedelta(0)), 0, frozenset(), {})


async def test_it_counts_what_waits_and_says_how_long_the_oldest_has_been_due(store: SqlStore) -> None:
    for n, person in enumerate((ALICE, BOB)):
        await store.run(lambda tx, n=n, who=person: tx.keep(an_event(a_message("hi", who), who, key=f"e{n}"), MONDAY + n * MINUTE))  # type: ignore[misc]
    for n in range(3):
        parcel = Parcel(f"p{n}", "chat:alice", "chat:alice", Outbound((Say("hello"),)), MONDAY + (n + 1) * MINUTE)
        await store.run(lambda tx, p=parcel: tx.post(p))  # type: ignore[misc]

    found = await now_in(store, 10 * MINUTE)

    assert found.waits == {**NOTHING, "inbox_waiting": 2, "outbox_waiting": 3}
    assert found.ages == {"inbox": 10 * MINUTE, "outbox": 9 * MINUTE, "timers": timedelta(0)}


async def test_what_is_done_parked_or_failed_waits_no_more(store: SqlStore) -> None:
    for n in range(3):
        await store.run(lambda tx, n=n: tx.keep(an_event(a_message("hi"), key=f"e{n}"), MONDAY))  # type: ignore[misc]
    done, parked, waits = [w.id for w in await store.run(lambda tx: tx.waiting(ALICE.id, MONDAY))]
    await store.run(lambda tx: tx.finish(done, MONDAY))
    await store.run(lambda tx: tx.park(parked, "on purpose"))
    await store.run(lambda tx: tx.retry_later(waits, MONDAY + MINUTE, "once more"))
    await store.run(lambda tx: tx.post(Parcel("p", "chat:alice", "chat:alice", Outbound((Say("hello"),)), MONDAY)))
    await store.run(lambda tx: tx.not_sent("p", "failed", MONDAY, "gone"))

    found = await now_in(store, 30 * SECOND)

    assert found.waits == {**NOTHING, "inbox_waiting": 1, "inbox_parked": 1, "outbox_failed": 1}
    assert found.ages["inbox"] == found.ages["outbox"] == timedelta(0), "what waits for another try is not due"


async def test_a_timer_is_late_from_its_moment_on_and_not_before(store: SqlStore) -> None:
    for n in (1, 5):
        await store.run(lambda tx, n=n: tx.keep(an_event(a_timer(f"IT-{n}"), key=f"t{n}"), MONDAY + n * MINUTE))  # type: ignore[misc]

    before, after = await now_in(store), await now_in(store, 3 * MINUTE)

    assert before.waits == after.waits == {**NOTHING, "timers": 2}
    assert before.ages["timers"] == timedelta(0)
    assert after.ages["timers"] == 2 * MINUTE
    assert after.ages["inbox"] == timedelta(0)


async def test_a_lane_whose_sender_is_dead_is_told_until_another_has_it(store: SqlStore) -> None:
    clock = SetClock()
    dying, living = Process(store, clock, "one"), Process(store, clock, "two")
    await dying.beat()
    await store.run(lambda tx: tx.post(Parcel("p", "chat:alice", "chat:alice", Outbound((Say("hello"),)), clock.now())))
    await store.run(lambda tx: tx.lease("chat:alice", dying.owner, clock.now(), clock.now() + 10 * MINUTE, 1))
    assert (await standing(store.reading, clock.now())).orphaned == 0

    clock.advance(minutes=1)
    await living.beat()
    assert (await standing(store.reading, clock.now())).orphaned == 1

    await store.run(lambda tx: tx.lease("chat:alice", living.owner, clock.now(), clock.now() + 10 * MINUTE, 1))
    assert (await standing(store.reading, clock.now())).orphaned == 0


async def test_it_knows_who_is_alive_and_who_has_which_role_with_all_its_seats(store: SqlStore) -> None:
    clock = SetClock()
    for name in ("one", "two"):
        await Process(store, clock, name).beat()
    for row, owner in (("role:slack", "one"), ("role:slack:2", "two"), ("role:slack history", "two")):
        await store.run(lambda tx, r=row, o=owner: tx.hold(r, o, clock.now(), clock.now() + MINUTE))  # type: ignore[misc]

    found = await standing(store.reading, clock.now())
    assert found.processes == {"one", "two"}
    assert found.roles == {"slack": ["one", "two"], "slack history": ["two"]}

    clock.advance(minutes=2)
    found = await standing(store.reading, clock.now())
    assert (found.processes, found.roles) == (frozenset(), {})
