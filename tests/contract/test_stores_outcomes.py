"""What every store promises about outcomes: questions asked of the knowledge base, and what became of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.ids import TicketId
from bot.domain.outcomes import Outcome
from bot.ports import Transaction
from tests.builders import ALICE, BOB, MONDAY, a_ticket, an_outcome
from tests.contract.conftest import AnyStore

MINUTE = timedelta(minutes=1)
ALWAYS = MONDAY + timedelta(days=365)


async def kept(store: AnyStore, *outcomes: Outcome) -> list[Outcome]:
    """Add them; as they are kept."""

    async def unit(tx: Transaction) -> list[Outcome]:
        added = [replace(outcome, id=await tx.add_outcome(outcome)) for outcome in outcomes]
        for outcome in added:
            await tx.judge(outcome)
        return added

    return await store.run(unit)


async def test_an_outcome_comes_out_as_it_went_in(store: AnyStore) -> None:
    asked = an_outcome(score=83.062538, known=True, decision="suggest", scale="use-3", language="pt")
    (stored,) = await kept(store, asked)
    assert stored.id > 0
    assert await store.run(lambda tx: tx.outcomes_of("IT-1")) == [stored] == [replace(asked, id=stored.id)]
    assert await store.asked(MONDAY, ALWAYS) == [stored]


async def test_a_judgement_changes_nothing_but_itself(store: AnyStore) -> None:
    first, second = await kept(store, an_outcome(), an_outcome(entry="vpn"))
    judged = replace(first, picked="printer", judgement="wrong", instead="printer", source="agent", judged_at=MONDAY + MINUTE)

    await store.run(lambda tx: tx.judge(replace(judged, score=1.0, entry="other")))

    assert await store.run(lambda tx: tx.outcomes_of("IT-1")) == [judged, second]


async def test_an_outcome_is_gone_with_a_unit_that_raises(store: AnyStore) -> None:
    async def fails(tx: Transaction) -> None:
        await tx.add_outcome(an_outcome())
        raise LookupError("on purpose")

    with pytest.raises(LookupError, match="on purpose"):
        await store.run(fails)

    assert await store.asked(MONDAY, ALWAYS) == []


async def test_questions_are_paged_in_the_order_of_asking_and_none_is_missed_or_given_twice(store: AnyStore) -> None:
    late, *same = await kept(store, an_outcome(asked_at=MONDAY + MINUTE), *(an_outcome(entry=f"e{n}") for n in range(4)))

    first = await store.asked(MONDAY, ALWAYS, limit=3)
    rest = await store.asked(MONDAY, ALWAYS, after=first[-1], limit=3)

    assert [*first, *rest] == [*same, late]
    assert await store.asked(MONDAY, ALWAYS, after=late) == []


async def test_the_newest_questions_come_first_page_by_page(store: AnyStore) -> None:
    late, *same = await kept(store, an_outcome(asked_at=MONDAY + MINUTE), *(an_outcome(entry=f"e{n}") for n in range(3)))

    first = await store.latest_asked(limit=2)

    assert first == [late, same[2]]
    assert await store.latest_asked(before=first[-1], limit=9) == [same[1], same[0]]


async def test_a_span_has_its_beginning_and_not_its_end(store: AnyStore) -> None:
    _, inside, _ = await kept(store, *(an_outcome(asked_at=MONDAY + n * MINUTE) for n in range(3)))
    assert await store.asked(MONDAY + MINUTE, MONDAY + 2 * MINUTE) == [inside]


async def test_judged_since_is_found_by_when_it_was_judged_not_by_when_it_was_asked(store: AnyStore) -> None:
    _, old, new = await kept(
        store,
        an_outcome(),
        judged(asked_at=MONDAY, judged_at=MONDAY + 2 * MINUTE),
        judged(asked_at=MONDAY - MINUTE, judged_at=MONDAY + 3 * MINUTE),
    )
    assert await store.judged(MONDAY) == [old, new]
    assert await store.judged(MONDAY + 3 * MINUTE) == [new]
    assert await store.judged(MONDAY, after=old) == [new]
    assert await store.judged(MONDAY, limit=1) == [old]


async def test_what_a_requester_called_solved_is_found_among_their_own_tickets_that_are_over(store: AnyStore) -> None:
    async def unit(tx: Transaction) -> None:
        await tx.add_ticket(a_ticket(status="resolved"))
        await tx.add_ticket(a_ticket(id=TicketId("IT-2"), requester=BOB.id, status="resolved"))
        await tx.add_ticket(a_ticket(id=TicketId("IT-3")))

    await store.run(unit)
    mine, *_ = await kept(
        store,
        judged(),
        judged(source="agent"),
        judged(judgement="wrong"),
        judged(ticket=TicketId("IT-2")),
        judged(ticket=TicketId("IT-3")),
    )

    assert await store.run(lambda tx: tx.solved_lately(ALICE.id, MONDAY)) == [mine]
    assert await store.run(lambda tx: tx.solved_lately(ALICE.id, MONDAY + MINUTE)) == []


def judged(**changes: Any) -> Outcome:
    return an_outcome(**{"judgement": "right", "source": "press", "judged_at": MONDAY, **changes})
