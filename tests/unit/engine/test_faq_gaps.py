"""What the FAQ lacks: what people had to answer, the like together, named and counted; and what admins said of it is found again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

import numpy as np
from numpy.typing import NDArray

from bot.domain.ids import TicketId
from bot.domain.learning import Outside
from bot.engine.curation.gaps import DEALT, PERIOD, Dealt, Gaps, gather, kept, unsolved
from bot.engine.curation.questions import Logged, different, logged
from bot.ports import Transaction
from bot.store.memory import MemoryStore
from tests.builders import ANN, MONDAY, a_ticket, an_outcome
from tests.hashed import Hashed

NOW = MONDAY + timedelta(days=60)
ENCODER = Hashed()
NUMBERS = count(1000)


def reads(texts: Sequence[str]) -> NDArray[np.float32]:
    return ENCODER.encode(texts)


def asked(text: str, days_ago: float = 1, number: str = "", lang: str = "en", solution: str = "") -> Logged:
    return Logged(number or f"IT-{next(NUMBERS)}", NOW - timedelta(days=days_ago), lang, text, "", solution, True)


def found(*requests: Logged, dealt: dict[str, tuple[Dealt, str]] | None = None) -> Gaps:
    return gather(requests, dealt or {}, NOW, reads)


async def stored(*made: tuple[str, int, str, float]) -> MemoryStore:
    """(question, tier, entry that solved it, days ago) of each."""
    store = MemoryStore()

    async def unit(tx: Transaction) -> None:
        for n, (question, tier, entry, days) in enumerate(made, 1):
            at, number = NOW - timedelta(days=days), TicketId(f"IT-{n}")
            await tx.add_ticket(a_ticket(id=number, question=question, tier=tier, entry=entry, opened_at=at, tier_since=at, changed_at=at))
            await tx.add_outcome(an_outcome(ticket=number, asked_at=at, decision="hand_over"))

    await store.run(unit)
    return store


# -------------------------------------------------------------------------------------------------------------- gathering
def test_the_like_stand_together_the_most_asked_first() -> None:
    gaps = found(asked("the gate is stuck"), asked("my chair squeaks", 1), asked("my chair squeaks!", 2), asked("chair squeaks", 3)).all
    assert [(gap.typical.text, len(gap.asked)) for gap in gaps] == [("my chair squeaks", 3), ("the gate is stuck", 1)]


def test_the_trend_compares_four_weeks_with_the_four_before() -> None:
    [gap] = found(*(asked("my chair squeaks", days) for days in (1, 3, 20, 30, 50, 80))).all
    assert (gap.recent, gap.before) == (3, 2)


def test_languages_are_counted_the_most_first() -> None:
    [gap] = found(asked("wifi", 1, lang="es"), asked("WIFI", 2, lang="en"), asked("wifi!", 3, lang="es")).all
    assert gap.languages == [("es", 2), ("en", 1)]


def test_agents_answers_are_told_once_each() -> None:
    oil = "Oil the left hinge."
    [gap] = found(asked("my chair squeaks", 1, solution=oil), asked("my chair squeaks!", 2, solution=oil.upper()), asked("my chair squeaks?", 3)).all
    assert [one.text for one in gap.answers] == [oil]


def test_answers_keep_their_lines_and_lose_what_belongs_to_one_person() -> None:
    [gap] = found(asked("my chair squeaks", solution="1. Oil it.\n2. Write to ada@example.org or call +34 612 345 678.")).all
    assert gap.answers[0].text.splitlines()[0] == "1. Oil it."
    assert "ada@" not in gap.answers[0].text
    assert "612" not in gap.answers[0].text


def test_each_language_has_an_answer_if_agents_gave_one() -> None:
    many = [asked("wifi", n, solution=f"Answer number {n} about another thing {'x' * n * 9}") for n in range(1, 9)]
    [gap] = found(*many, asked("wifi", 20, lang="es", solution="Use la red del edificio.")).all
    assert [one.lang for one in gap.answers].count("es") == 1


def test_what_belongs_to_one_person_is_not_shown_and_names_no_gap() -> None:
    [gap] = found(asked("my chair squeaks, my number is +34 612 345 678", 1), asked("my chair squeaks", 2)).all
    assert gap.typical.text == "my chair squeaks"
    assert all("612" not in one.text for one in gap.asked)


def test_what_is_too_personal_to_be_cleaned_is_not_shown_at_all() -> None:
    [gap] = found(asked("I have diabetes, may I work from home?")).all
    assert [one.text for one in gap.asked] == [""]


def test_without_an_encoder_the_like_are_found_by_their_letters() -> None:
    gaps = gather([asked("my chair squeaks", 1), asked("my chair squeaks again", 2), asked("the gate is stuck")], {}, NOW, lambda texts: None)
    assert (gaps.by_meaning, [len(gap.asked) for gap in gaps.all]) == (False, [2, 1])


def test_nothing_asked_gives_no_gap() -> None:
    assert found().all == ()
    assert gather([], {}, NOW, lambda texts: None).all == ()


# ------------------------------------------------------------------------------------------------- what admins said of it
def test_what_was_called_done_is_still_asked_only_if_it_was_asked_since() -> None:
    done = {"IT-7": (Dealt("done", ANN.id, NOW - timedelta(days=5)), "my chair squeaks")}
    quiet = found(asked("my chair squeaks", 9, "IT-7"), dealt=done)
    loud = found(asked("my chair squeaks", 9, "IT-7"), asked("my chair squeaks!", 1), dealt=done)
    assert (quiet.open, quiet.again, len(quiet.dealt)) == ([], [], 1)
    assert [gap.again for gap in loud.again] == [1]


def test_a_gap_that_was_dealt_with_long_ago_is_known_by_what_it_meant() -> None:
    done = {"IT-1": (Dealt("done", ANN.id, NOW - timedelta(days=200)), "my chair squeaks")}
    gaps = found(asked("My chair squeaks!", 1), asked("the gate is stuck"), dealt=done)
    assert [(gap.typical.text, gap.again) for gap in gaps.again] == [("My chair squeaks!", 1)]
    assert [gap.typical.text for gap in gaps.open] == ["the gate is stuck"]


def test_what_is_not_for_the_faq_is_never_still_asked() -> None:
    gaps = found(asked("will it rain?", 1, "IT-2"), dealt={"IT-2": (Dealt("outside", ANN.id, NOW - timedelta(days=9)), "will it rain?")})
    assert (gaps.open, gaps.again, len(gaps.dealt)) == ([], [], 1)


async def test_marks_of_questions_that_are_not_for_the_faq_count_wherever_they_were_made() -> None:
    store = await stored(("will it rain?", 2, "", 1), ("my chair squeaks", 2, "", 1))
    await store.run(lambda tx: tx.add_outside(Outside(0, "will it rain?", "en", TicketId("IT-1"), ANN.id, MONDAY)))
    await store.run(lambda tx: DEALT.put(tx, "IT-2", Dealt("done", ANN.id, MONDAY)))

    said = {number: (dealt.state, text) for number, (dealt, text) in (await kept(store)).items()}

    assert said == {"IT-1": ("outside", "will it rain?"), "IT-2": ("done", "my chair squeaks")}


# ---------------------------------------------------------------------------------------------------------------- reading
async def test_only_what_people_had_to_answer_and_no_entry_did_is_a_gap() -> None:
    store = await stored(
        ("my chair squeaks", 2, "", 1), ("VPN from home", 1, "vpn", 2), ("printer", 3, "printer", 3), ("hello", 2, "", 4),
        ("an old chair", 2, "", PERIOD.days + 2),
    )  # fmt: skip
    assert [one.text for one in await unsolved(store, NOW)] == ["my chair squeaks"]


async def test_each_request_is_read_once_the_newest_first_over_many_pages() -> None:
    store = await stored(*((f"question number {n} about chairs", 2, "", 1 + n / 1000) for n in range(250)))
    read = [one.ticket async for page in logged(store) for one in page]
    assert (len(read), len(set(read)), read[0]) == (250, 250, "IT-1")


async def test_a_request_that_was_asked_twice_is_read_once_however_far_apart() -> None:
    store = await stored(*((f"question number {n} about chairs", 2, "", 1 + n / 1000) for n in range(60)))
    await store.run(lambda tx: tx.add_outcome(an_outcome(ticket=TicketId("IT-1"), asked_at=NOW - timedelta(days=2))))
    read = [one.ticket async for page in logged(store) for one in page]
    assert read.count("IT-1") == 1


async def test_different_questions_are_the_newest_and_know_how_often_they_were_asked_and_what_solved_them() -> None:
    store = await stored(("My chair squeaks", 2, "", 1), ("my chair squeaks!", 1, "chairs", 2), ("the gate", 2, "", 3), ("the canteen", 2, "", 4))
    found = await different(store, most=2)
    assert [(one.text, one.times, one.solved) for one in found] == [("My chair squeaks", 2, "chairs"), ("the gate", 1, "")]
