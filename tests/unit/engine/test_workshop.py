"""Long work for curators is begun once, says how far it is, and its fault ends nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.ids import PersonId, TicketId
from bot.engine.curation.gaps import DEALT, Dealt
from bot.engine.curation.workshop import FRESH, Run, Stopped, Workshop
from bot.engine.faq.knowledge import Knowledge
from bot.errors import StoreError
from bot.ports import Transaction
from bot.ports.curating import Draft
from bot.store.memory import MemoryStore
from kb.decision import Thresholds
from kb.entries import Entry
from tests.builders import ANN, FAQ, MONDAY, a_ticket, an_entry, an_outcome
from tests.world import SetClock

BADGE = an_entry("badge", "How do I order a new badge?", phrasings=("my badge is broken",))


class Desk:
    """A memory store with what was asked, and a workshop over it."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), SetClock()
        self.knowledge = Knowledge(FAQ, ("en", "es"), Thresholds(answer=60.0))
        self.workshop = Workshop(self.store, self.knowledge, self.clock)

    async def asks(self, question: str, number: str, tier: int = 2) -> None:
        at = self.clock.now()

        async def unit(tx: Transaction) -> None:
            await tx.add_ticket(a_ticket(id=TicketId(number), question=question, tier=tier, opened_at=at, tier_since=at, changed_at=at))
            await tx.add_outcome(an_outcome(ticket=TicketId(number), asked_at=at))

        await self.store.run(unit)


def a_draft(entry: Entry = BADGE) -> Draft:
    return Draft(1, entry.id, entry, 0, "draft", "web", PersonId(ANN.id), MONDAY, PersonId(ANN.id), MONDAY)


async def ended(run: Run[object]) -> None:
    assert run.task is not None
    await run.task


async def test_a_rehearsal_is_begun_once_for_all_who_open_it_and_kept() -> None:
    desk = Desk()
    await desk.asks("my badge is broken", "IT-1")
    run = await desk.workshop.rehearsal(a_draft())
    assert await desk.workshop.rehearsal(a_draft()) is run
    await ended(run)  # type: ignore[arg-type]
    assert run.found is not None
    assert [one.kind for one in run.found.changes] == ["answered"]
    assert await desk.workshop.rehearsal(a_draft()) is run


async def test_a_draft_that_was_saved_since_is_rehearsed_anew() -> None:
    desk = Desk()
    run = await desk.workshop.rehearsal(a_draft())
    later = replace(a_draft(), changed_at=MONDAY + timedelta(minutes=1))
    assert await desk.workshop.rehearsal(later) is not run


async def test_an_entry_for_agents_alone_takes_its_phrasings_away() -> None:
    desk = Desk()
    await desk.asks("VPN from home", "IT-1")
    run = await desk.workshop.rehearsal(a_draft(replace(FAQ[1], audience="internal")))
    await ended(run)  # type: ignore[arg-type]
    assert run.found is not None
    assert [one.kind for one in run.found.changes] == ["lost"]


async def test_a_press_is_seen_at_once_though_gaps_were_looked_for_before() -> None:
    desk = Desk()
    await desk.asks("my chair squeaks", "IT-1")
    _, run = await desk.workshop.gaps()
    await ended(run)  # type: ignore[arg-type]
    await desk.store.run(lambda tx: DEALT.put(tx, "IT-1", Dealt("done", PersonId(ANN.id), desk.clock.now())))
    found, again = await desk.workshop.gaps()
    assert found is not None
    assert (again, len(found.open), len(found.dealt)) == (run, 0, 1)


async def test_gaps_are_looked_for_again_when_they_are_old_and_the_old_ones_are_shown_meanwhile() -> None:
    desk = Desk()
    await desk.asks("my chair squeaks", "IT-1")
    _, run = await desk.workshop.gaps()
    await ended(run)  # type: ignore[arg-type]
    desk.clock.moment += FRESH + timedelta(seconds=1)
    found, fresh = await desk.workshop.gaps()
    assert fresh is not run
    assert fresh.goes_on
    assert found is not None
    assert len(found.open) == 1


async def test_what_an_entry_would_answer_today_is_told() -> None:
    desk = Desk()
    await desk.asks("VPN from home", "IT-1")
    _, run = await desk.workshop.gaps()
    await ended(run)  # type: ignore[arg-type]
    assert run.found is not None
    assert [(gap.now, gap.entry) for gap in run.found.all] == [("answer", "vpn")]


async def test_work_whose_store_is_away_says_that_it_failed_and_can_be_begun_again() -> None:
    desk = Desk()
    away = Away()
    workshop = Workshop(away, desk.knowledge, desk.clock)
    run = await workshop.rehearsal(a_draft())
    await ended(run)  # type: ignore[arg-type]
    assert (run.failed, run.goes_on) == (True, False)
    assert await workshop.rehearsal(a_draft(), again=True) is not run


async def test_a_search_that_failed_is_begun_anew_by_the_next_who_looks() -> None:
    workshop = Workshop(Away(), Desk().knowledge, SetClock())
    _, run = await workshop.gaps()
    await ended(run)  # type: ignore[arg-type]
    found, fresh = await workshop.gaps()
    assert run.failed
    assert (found, fresh is run) == (None, False)


async def test_work_under_way_ends_with_its_process() -> None:
    run: Run[object] = Run(MONDAY)
    desk = Desk()
    reached = asyncio.Event()

    async def work() -> object:
        reached.set()
        await asyncio.sleep(3600)
        return None

    desk.workshop._begin(run, work)
    await reached.wait()
    assert run.task is not None
    run.task.cancel()
    await asyncio.wait([run.task])
    with pytest.raises(Stopped):
        run.rest("compared", 1, 2)


class Away(MemoryStore):
    """What was asked cannot be read."""

    async def latest_asked(self, *args: object, **more: object) -> list[object]:  # type: ignore[override]
        raise StoreError("away")
