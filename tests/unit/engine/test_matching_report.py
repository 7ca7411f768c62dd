"""The figures of the matching, counted from outcomes by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.outcomes import Outcome
from bot.engine.reports import matching_report
from bot.engine.reports.matching_report import Confusion, Doubtful, MatchingReport, Missed, Tally
from bot.ports import Transaction
from bot.store.memory import MemoryStore
from tests.builders import FAQ, MONDAY, an_outcome

UTC_ZONE = ZoneInfo("UTC")
DAY = timedelta(days=1)


def counted(*outcomes: Outcome, zone: ZoneInfo = UTC_ZONE) -> MatchingReport:
    return matching_report.count(outcomes, date(2026, 3, 2), date(2026, 3, 8), zone)


def judged(judgement: str, **changes: object) -> Outcome:
    return an_outcome(judgement=judgement, source="press", judged_at=MONDAY, **changes)


def test_what_is_promised_is_counted_over_what_was_answered_alone() -> None:
    report = counted(
        judged("right"), judged("right"), judged("wrong"), judged("not_solved"), an_outcome(),
        judged("wrong", decision="suggest"), judged("right", decision="hand_over"),
    )  # fmt: skip
    assert report.total == Tally(answered=5, suggested=1, handed_over=1, right=2, wrong=1, not_solved=1)
    assert (report.total.questions, report.total.judged) == (7, 3)
    assert report.total.wrong_share == pytest.approx(1 / 3)
    assert report.decisions["suggest"] == Tally(0, 1, 0, 0, 1, 0)
    assert report.decisions["hand_over"] == Tally(0, 0, 1, 1, 0, 0)


def test_where_nothing_was_judged_there_is_no_share() -> None:
    assert (counted(an_outcome()).total.wrong_share, counted(an_outcome()).total.bound) == (None, None)


def test_the_bound_is_above_what_was_seen() -> None:
    report = counted(*[judged("right")] * 19, judged("wrong"))
    assert report.total.wrong_share == pytest.approx(0.05)
    assert report.total.bound == pytest.approx(0.181, abs=0.001)  # R: binom.test(1, 20, conf.level = .8)$conf.int[2]


def test_languages_and_weeks_stand_apart_and_a_week_begins_on_the_desk_s_monday() -> None:
    late_sunday = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)
    outcomes = (an_outcome(language="es"), an_outcome(asked_at=late_sunday))
    assert list(counted(*outcomes).languages) == ["en", "es"]
    assert list(counted(*outcomes).weeks) == [date(2026, 3, 2)]
    assert list(counted(*outcomes, zone=ZoneInfo("Europe/Madrid")).weeks) == [date(2026, 3, 2), date(2026, 3, 9)]


def test_the_most_refused_entry_comes_first_and_what_was_handed_over_refused_none() -> None:
    report = counted(
        judged("wrong", entry="vpn"), judged("wrong", entry="vpn"), judged("right", entry="vpn"), judged("not_solved", entry="printer"), judged("right"),
        judged("wrong", entry="password", decision="hand_over"),
    )  # fmt: skip
    assert report.doubtful == (Doubtful("vpn", best=3, wrong=2, not_solved=0), Doubtful("printer", best=1, wrong=0, not_solved=1))


def test_entries_offered_in_place_of_another_name_both_and_how_often_alone() -> None:
    report = counted(
        judged("wrong", entry="vpn", instead="printer"),
        judged("wrong", entry="vpn", instead="printer", decision="suggest"),
        judged("right", entry="vpn", instead="vpn"),
        judged("wrong", entry="password"),
    )
    assert report.confusions == (Confusion("vpn", "printer", times=2, alone=1),)


def test_what_was_handed_over_although_an_entry_was_right_is_named() -> None:
    report = counted(judged("right", instead="password", decision="hand_over"), judged("", entry="", instead="password", decision="hand_over"))
    assert report.missed == (Missed("password", 2),)
    assert report.confusions == ()


async def test_it_is_read_by_days_of_the_desk() -> None:
    store = MemoryStore()

    async def unit(tx: Transaction) -> None:
        await tx.save_entry(FAQ[0], "test", MONDAY)  # type: ignore[arg-type]
        for n in range(101):
            await tx.add_outcome(an_outcome(asked_at=MONDAY + timedelta(seconds=n)))
        await tx.add_outcome(an_outcome(asked_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC)))  # Monday in Madrid
        first = await tx.add_outcome(an_outcome(asked_at=datetime(2026, 3, 1, 22, 30, tzinfo=UTC)))
        await tx.judge(judged("wrong", id=first + 0))

    await store.run(unit)

    monday = await matching_report.read(store, date(2026, 3, 2), date(2026, 3, 2), "Europe/Madrid")
    both = await matching_report.read(store, date(2026, 3, 1), date(2026, 3, 2), "Europe/Madrid", "es")

    assert (monday.total.questions, both.total.questions) == (102, 103)
    assert [one.question for one in both.doubtful] == ["¿Cómo restablezco mi contraseña?"]
