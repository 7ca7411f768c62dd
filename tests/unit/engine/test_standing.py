"""How the promise stands: what counts, when it is measured anew, and what an alarm changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from bot.domain.outcomes import Outcome
from bot.engine.faq.standing import OVERLAP, PAGE, RENEWED_AFTER, RENEWED_OUTCOMES, Alarmed, Evidence, Held, alarmed_in, as_note, held_in, weigh
from bot.ports import Transaction
from bot.store.memory import MemoryStore
from tests.builders import MONDAY, an_outcome

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SHARE = 0.05


def judged(n: int, *, wrong_every: int = 0, first: int = 1, **changes: Any) -> list[Outcome]:
    """n outcomes, a minute apart after MONDAY; each wrong_every-th is wrong, none when 0."""
    return [replace(_judged(k, bool(wrong_every) and k % wrong_every == 0), **changes) for k in range(first, first + n)]


def _judged(k: int, is_wrong: bool) -> Outcome:
    at = MONDAY + k * MINUTE
    return an_outcome(id=k, asked_at=at, judged_at=at, source="press", score=60 + 30 * (k % 7) / 7, judgement="wrong" if is_wrong else "right")


def test_with_too_few_outcomes_nothing_is_promised() -> None:
    standing = weigh(judged(10), None, SHARE, "", MONDAY + DAY)
    assert (standing.promise.threshold, standing.alarm, standing.held.threshold) == (None, None, None)


def test_enough_that_are_right_give_a_threshold_that_is_held_from_now_on() -> None:
    standing = weigh(judged(200), None, SHARE, "", MONDAY + DAY)
    assert standing.promise.threshold is not None
    assert standing.held == Held(standing.promise.threshold, SHARE, "", MONDAY + DAY)
    assert standing.promise.outcomes == 200


@pytest.mark.parametrize("changes", [{"judgement": "not_solved"}, {"known": True}, {"scale": "another"}])
def test_what_says_nothing_about_these_scores_is_no_evidence(changes: dict[str, Any]) -> None:
    assert weigh(judged(200, **changes), None, SHARE, "", MONDAY + DAY).promise.outcomes == 0


def test_a_promise_that_is_kept_is_measured_further_until_it_is_old() -> None:
    held = weigh(judged(200), None, SHARE, "", MONDAY + timedelta(minutes=200)).held
    later = [*judged(200), *judged(50, first=201)]
    assert weigh(later, held, SHARE, "", MONDAY + DAY).held == held
    old = MONDAY + RENEWED_AFTER + DAY
    assert weigh(later, held, SHARE, "", old).held.made == old
    many = [*judged(200), *judged(RENEWED_OUTCOMES, first=201)]
    assert weigh(many, held, SHARE, "", MONDAY + DAY).held.made == MONDAY + DAY


@pytest.mark.parametrize(("share", "scale"), [(0.1, ""), (SHARE, "another")])
def test_another_share_or_another_matcher_is_another_promise(share: float, scale: str) -> None:
    held = Held(70.0, SHARE, "", MONDAY)
    wrong = [replace(o, scale=scale) for o in judged(60, wrong_every=2)]
    assert weigh(wrong, held, share, scale, MONDAY + DAY).alarm is None


def test_a_promise_that_is_broken_alarms_once_and_all_begins_anew() -> None:
    before, now = judged(200), MONDAY + timedelta(minutes=230)
    held = weigh(before, None, SHARE, "", MONDAY + timedelta(minutes=200)).held
    broken = [*before, *judged(30, first=201, wrong_every=2)]

    standing = weigh(broken, held, SHARE, "", now)

    assert standing.alarm is not None
    assert (standing.promise.threshold, standing.promise.outcomes) == (None, 0)
    assert standing.held == Held(None, SHARE, "", now, cut=now)
    assert weigh(broken, standing.held, SHARE, "", now).alarm is None
    mended = weigh([*broken, *judged(100, first=231)], standing.held, SHARE, "", now + DAY)
    assert (mended.promise.outcomes, mended.promise.threshold is None, mended.held.cut) == (100, False, now)


def test_only_what_was_answered_alone_is_measured_against_the_promise() -> None:
    held = Held(70.0, SHARE, "", MONDAY)
    wrong = judged(50, wrong_every=1)
    assert weigh(wrong, held, SHARE, "", MONDAY + DAY).alarm is not None
    for changes in ({"decision": "suggest"}, {"known": True}):
        assert weigh([replace(o, **changes) for o in wrong], held, SHARE, "", MONDAY + DAY).alarm is None
    assert weigh(wrong, replace(held, threshold=None), SHARE, "", MONDAY + DAY).alarm is None


def test_with_what_the_questions_mean_a_kind_that_is_always_wrong_hides_no_other() -> None:
    """A third of the questions is of a kind nothing answers, and scores like the rest."""
    found = judged(150, wrong_every=3)
    kinds = np.eye(8, dtype=np.float32)
    vectors = {o.id: kinds[0 if o.judgement == "wrong" else 1] for o in found}
    assert weigh(found, None, SHARE, "", MONDAY + DAY).promise.threshold is None
    learned = weigh(found, None, SHARE, "", MONDAY + DAY, vectors)
    assert learned.precedents is not None
    assert learned.promise.threshold is not None
    assert (learned.promise.outcomes, learned.promise.wrong) == (150, 0)
    assert learned.promise.answered > 60
    assert learned.precedents.score(85.0, "password", kinds[0]) < learned.promise.threshold <= learned.precedents.score(85.0, "password", kinds[1])


# ------------------------------------------------------------------------------------------------------------- reading
async def test_what_is_judged_later_or_again_is_seen_without_reading_all_anew() -> None:
    store = MemoryStore()

    async def add(tx: Transaction, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            await tx.judge(replace(outcome, id=await tx.add_outcome(outcome)))

    async def judge(tx: Transaction, outcome: Outcome) -> None:
        await tx.judge(outcome)

    now = MONDAY + DAY
    evidence = Evidence(store)
    assert await evidence.look(now) == []

    await store.run(lambda tx: add(tx, [an_outcome(asked_at=MONDAY + n * MINUTE) for n in range(2 * PAGE + 1)]))
    first = await evidence.look(now)
    assert [o.asked_at for o in first] == [MONDAY + n * MINUTE for n in range(2 * PAGE + 1)]

    changed = replace(first[0], judgement="right", source="press", judged_at=now)
    await store.run(lambda tx: judge(tx, changed))
    await store.run(lambda tx: add(tx, [an_outcome(asked_at=now)]))
    second = await evidence.look(now + OVERLAP)
    assert (second[0], len(second)) == (changed, 2 * PAGE + 2)

    again = replace(changed, judgement="wrong", source="agent", judged_at=now + MINUTE)
    await store.run(lambda tx: judge(tx, again))
    assert (await evidence.look(now + OVERLAP))[0] == again


async def test_what_is_too_old_is_forgotten() -> None:
    store = MemoryStore()
    await store.run(lambda tx: tx.add_outcome(an_outcome()))
    evidence = Evidence(store)
    assert len(await evidence.look(MONDAY)) == 1
    assert await evidence.look(MONDAY + 181 * DAY) == []


@pytest.mark.parametrize("held", [Held(71.25, SHARE, "use", MONDAY), Held(None, 0.1, "", MONDAY, MONDAY - DAY)])
async def test_notes_hold_what_was_promised_and_what_was_told(held: Held) -> None:
    store, told = MemoryStore(), Alarmed(MONDAY, 40, 9)
    assert (await held_in(store), await alarmed_in(store)) == (None, None)
    await store.note("promise:held", as_note(held))
    await store.note("promise:alarmed", as_note(told))
    assert (await held_in(store), await alarmed_in(store)) == (held, told)
