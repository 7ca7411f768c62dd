"""What whoever hands out slots promises: the memory of one process, and rows that many share, on every store."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.messages import Pace
from bot.domain.rates import Slot
from bot.engine.running.pacing import Pacer, Pacing, SharedPacer
from bot.ports import Transaction
from bot.store.memory import MemoryStore
from bot.store.sql import open_store
from tests.contract.conftest import AnyStore, opened_store
from tests.world import SetClock

SERVERS = ("postgresql", "mariadb")
SECOND = timedelta(seconds=1)


@dataclass
class Desk:
    """Pacers over one store. On servers real time passes too, by their clock: so waits there are some milliseconds shorter than by arithmetic."""

    kind: str
    store: AnyStore
    others: list[AnyStore] = field(default_factory=list)
    clock: SetClock = field(default_factory=SetClock)

    def pacer(self, paces: dict[str, Pace]) -> Pacing:
        return Pacer(paces) if self.kind == "alone" else SharedPacer(paces, self.store, self.clock)

    async def pass_time(self, span: timedelta, *names: str) -> None:
        """On servers, whose clock cannot be set, all that was used up under these names is that much longer ago."""
        self.clock.moment += span
        if self.kind in SERVERS:
            for name in names:
                await self.store.run(lambda tx, name=name: _age(tx, name, span))  # type: ignore[misc]

    async def slot(self, pacer: Pacing, to: str, *, edit: bool = False) -> Slot:
        """As a sender asks: along with what else is committed, else when the turn comes."""
        ahead = await self.store.run(lambda tx: pacer.ahead(tx, to, self.clock.now(), edit=edit))
        return ahead or await pacer.reserve(to, self.clock.now(), edit=edit)

    async def waits(self, pacer: Pacing, to: str, count: int, *, edit: bool = False) -> list[float]:
        """Seconds to wait for so many slots, all wanted now."""
        slots = [await self.slot(pacer, to, edit=edit) for _ in range(count)]
        assert all(slot.taken for slot in slots)
        return [(slot.at - self.clock.now()).total_seconds() for slot in slots]


async def _age(tx: Transaction, name: str, by: timedelta) -> None:
    found = await tx.hold_rates([name], SetClock().now(), wait=True)
    assert found is not None
    rate = found[0][name]
    minute = tuple(t - by for t in rate.minute)
    await tx.save_rate(name, replace(rate, full_at=rate.full_at - by, minute=minute, first=rate.first - by, expected=rate.expected - by))


@pytest.fixture(params=["alone", "memory", "sqlite", *SERVERS])
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    opened = MemoryStore() if request.param == "alone" else await opened_store(request, tmp_path)
    yield Desk(request.param, opened)
    await opened.close()


@pytest.fixture(params=SERVERS)
async def two(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """Two stores on one server, as two processes have them."""
    url = request.getfixturevalue(f"{request.param}_desk")
    stores = [await open_store(url), await open_store(url)]
    yield Desk(request.param, stores[0], [stores[1]])
    for one in stores:
        await one.close()


def about(*seconds: float) -> object:
    return pytest.approx(list(seconds), abs=1.5)  # paces here are such that nothing else lies within it


async def test_without_a_pace_nothing_waits(desk: Desk) -> None:
    assert await desk.waits(desk.pacer({}), "slack:C1", 9) == [0.0] * 9


async def test_after_its_burst_a_place_takes_one_message_a_step(desk: Desk) -> None:
    assert await desk.waits(desk.pacer({"slack": Pace(4.0, burst=3)}), "slack:C1", 6) == about(0, 0, 0, 4, 8, 12)


async def test_a_burst_comes_back_with_time(desk: Desk) -> None:
    pacer = desk.pacer({"slack": Pace(4.0, burst=2)})
    await desk.waits(pacer, "slack:C1", 4)
    await desk.pass_time(60 * SECOND, "slack:C1")
    assert await desk.waits(pacer, "slack:C1", 3) == about(0, 0, 4)


async def test_a_thread_shares_the_limit_of_its_channel_and_places_do_not_share_theirs(desk: Desk) -> None:
    pacer = desk.pacer({"slack": Pace(4.0)})
    waits = [(await desk.waits(pacer, to, 1))[0] for to in ("slack:C1", "slack:C1/17.1", "slack:C2")]
    assert waits == about(0, 4, 0)


async def test_a_group_takes_so_many_a_minute_and_a_private_chat_knows_no_such_rule(desk: Desk) -> None:
    pacer = desk.pacer({"telegram": Pace(group_per_minute=5)})
    assert await desk.waits(pacer, "telegram:-100/7", 5) == about(0, 0, 0, 0, 0)
    assert not (await desk.slot(pacer, "telegram:-100/8")).taken
    await desk.pass_time(50 * SECOND, "telegram:-100")
    assert await desk.waits(pacer, "telegram:-100/8", 2) == about(10, 10)
    assert await desk.waits(pacer, "telegram:55", 9) == about(*[0] * 9)


async def test_all_places_together_have_a_limit(desk: Desk) -> None:
    pacer = desk.pacer({"telegram": Pace(total_per_s=0.25)})
    waits = [(await desk.waits(pacer, f"telegram:{n}", 1))[0] for n in range(4)]
    assert waits == about(0, waits[1], waits[1] + 4, waits[1] + 8)
    assert 0 <= waits[1] <= 4, "the slots of a channel have their fixed times, and the first was one of them"


async def test_a_change_in_place_is_free_unless_the_platform_counts_it(desk: Desk) -> None:
    assert await desk.waits(desk.pacer({"slack": Pace(4.0)}), "slack:C1", 3, edit=True) == about(0, 0, 0)
    assert await desk.waits(desk.pacer({"slack": Pace(4.0, edits_count=True)}), "slack:C1", 3, edit=True) == about(0, 4, 8)


async def test_who_would_wait_long_takes_no_slot_and_is_told_when_to_ask_again(desk: Desk) -> None:
    pacer = desk.pacer({"slack": Pace(4.0)})
    await desk.waits(pacer, "slack:C1", 4)
    put_off = [await desk.slot(pacer, "slack:C1") for _ in range(3)]
    assert [slot.taken for slot in put_off] == [False] * 3
    again = [(slot.at - desk.clock.now()).total_seconds() for slot in put_off]
    assert again == about(again[0], again[0] + 4, again[0] + 8)
    assert 0 < again[0] < 16

    await desk.pass_time(again[0] * SECOND, "slack:C1")
    assert await desk.waits(pacer, "slack:C1", 1) == about(16 - again[0]), "the slot after those that were taken is still there"


# ------------------------------------------------------------------------------------------- what a platform asks for
@pytest.mark.parametrize("pace", [Pace(), Pace(4.0), Pace(total_per_s=1000.0)])
async def test_a_silence_holds_for_a_place_with_its_threads_and_changes_and_for_no_other(desk: Desk, pace: Pace) -> None:
    pacer = desk.pacer({"slack": pace})
    until = desk.clock.now() + 10 * SECOND
    await desk.store.run(lambda tx: pacer.stop("slack:C1/17.1", until, tx))
    assert await desk.waits(pacer, "slack:C1/99.9", 1) == about(10)
    assert await desk.waits(pacer, "slack:C1", 1, edit=True) == about(10)
    assert await desk.waits(pacer, "slack:C2", 1) == about(0)
    assert abs(await pacer.stopped("slack:C1", desk.clock.now()) - until) < SECOND
    assert await pacer.stopped("slack:C2", desk.clock.now()) <= desk.clock.now()


async def test_a_shorter_silence_never_shortens_a_longer_one(desk: Desk) -> None:
    pacer = desk.pacer({"slack": Pace(4.0)})
    for until in (desk.clock.now() + 600 * SECOND, desk.clock.now() + 5 * SECOND):
        await desk.store.run(lambda tx, until=until: pacer.stop("slack:C1", until, tx))  # type: ignore[misc]
    slot = await desk.slot(pacer, "slack:C1")
    assert not slot.taken
    assert [(slot.at - desk.clock.now()).total_seconds()] == about(600)


# ----------------------------------------------------------------------------------------------- many on one database
@pytest.mark.parametrize("desk", ["memory", "sqlite", *SERVERS], indirect=True)
async def test_what_one_process_takes_the_next_one_finds_taken(desk: Desk) -> None:
    pace = {"telegram": Pace(4.0, burst=2, total_per_s=100.0)}
    waits = [(await desk.waits(desk.pacer(pace), "telegram:1", 1))[0] for _ in range(4)]
    assert waits == about(0, 0, 4, 8)


@pytest.mark.parametrize("desk", ["memory", "sqlite", *SERVERS], indirect=True)
async def test_a_silence_that_one_process_heard_holds_for_all(desk: Desk) -> None:
    one, other = desk.pacer({"slack": Pace(4.0)}), desk.pacer({"slack": Pace(4.0)})
    await desk.waits(other, "slack:C1", 1)
    await desk.store.run(lambda tx: one.stop("slack:C1", desk.clock.now() + 12 * SECOND, tx))
    assert await other.stopped("slack:C1", desk.clock.now()) > desk.clock.now() + 10 * SECOND
    assert await desk.waits(other, "slack:C1", 1) == about(12)


@pytest.mark.parametrize("desk", ["memory", "sqlite", *SERVERS], indirect=True)
async def test_a_slot_is_taken_only_with_the_commit_of_its_unit(desk: Desk) -> None:
    pacer = desk.pacer({"telegram": Pace(4.0, total_per_s=100.0)})
    await desk.waits(pacer, "telegram:1", 1)
    await desk.pass_time(60 * SECOND, "telegram:1", "telegram")

    async def failing(tx: Transaction) -> None:
        await pacer.ahead(tx, "telegram:1", desk.clock.now())
        raise RuntimeError

    for _ in range(5):
        with pytest.raises(RuntimeError):
            await desk.store.run(failing)
    assert await desk.waits(pacer, "telegram:1", 1) == about(0)


async def test_clocks_of_processes_may_differ(two: Desk) -> None:
    early = replace(two, clock=SetClock(two.clock.now() - timedelta(hours=1)), store=two.others[0])
    pace = {"slack": Pace(4.0)}
    waits = [(await one.waits(one.pacer(pace), "slack:C1", 1))[0] for one in (two, early, two, early)]
    assert waits == about(0, 4, 8, 12)

    await early.store.run(lambda tx: early.pacer(pace).stop("slack:C2", early.clock.now() + 9 * SECOND, tx))
    assert await two.waits(two.pacer(pace), "slack:C2", 1) == about(9)


async def test_in_a_unit_that_does_other_things_nobody_waits_for_a_slot_that_another_is_taking(two: Desk) -> None:
    pace = {"telegram": Pace(4.0, burst=3, total_per_s=100.0)}
    here, there = two.pacer(pace), SharedPacer(pace, two.others[0], two.clock)
    await two.waits(here, "telegram:1", 1)
    holds, may_end = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction) -> Slot | None:
        slot = await here.ahead(tx, "telegram:1", two.clock.now())
        holds.set()
        await may_end.wait()
        return slot

    task = asyncio.create_task(two.store.run(slow))
    await holds.wait()
    try:
        assert await two.others[0].run(lambda tx: there.ahead(tx, "telegram:1", two.clock.now())) is None
        patient = asyncio.create_task(there.reserve("telegram:1", two.clock.now()))
        assert await two.others[0].run(lambda tx: there.ahead(tx, "telegram:1", two.clock.now())) is None
        assert not patient.done()
    finally:
        may_end.set()
    first, second = await task, await patient
    assert first is not None
    assert first.taken
    assert second.taken
    assert await two.waits(here, "telegram:1", 1) == about(4)


async def test_many_who_reserve_at_once_pass_no_limit_and_never_lock_each_other_out(two: Desk) -> None:
    """Places that nobody has spoken in before, so that all their rows are made at the same moment, too."""
    pace = {"telegram": Pace(0.25, total_per_s=20.0), "slack": Pace(0.5, burst=2)}
    pacers = [two.pacer(pace), SharedPacer(pace, two.others[0], two.clock)]
    stores = [two.store, two.others[0]]
    places = [f"telegram:{n}" for n in range(5)] + [f"slack:C{n}" for n in range(3)]
    begun = await _now_of(two.store)

    async def one(number: int) -> tuple[str, bool]:
        to, which = places[number % len(places)], number % 2
        slot = None
        if number % 3:
            slot = await stores[which].run(lambda tx: pacers[which].ahead(tx, to, two.clock.now()))
        slot = slot or await pacers[which].reserve(to, two.clock.now())
        return to, slot.taken

    given = Counter(to for to, taken in await asyncio.gather(*(one(number) for number in range(160))) if taken)

    assert set(given) == set(places)
    for place in places:
        rate, _ = await two.store.run(lambda tx, place=place: tx.rate(place, begun))  # type: ignore[misc]
        assert rate.full_at - begun >= given[place] * SECOND * pace[place.partition(":")[0]].per_place_s, "each slot has used up a step"
    channel, _ = await two.store.run(lambda tx: tx.rate("telegram", begun))
    ahead = bin(int(channel.taken, 16)).count("1")
    assert (channel.first - begun).total_seconds() * 20 + ahead >= sum(n for place, n in given.items() if "telegram" in place) - 1


async def _now_of(store: AnyStore) -> datetime:
    """By the clock that all share."""
    found = await store.run(lambda tx: tx.hold_rates(["nobody"], SetClock().now(), wait=True))
    assert found is not None
    return found[1]
