"""Moments in people's words, in their zone, across both days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.moments import FARTHEST, NoMoment, leading_moment, moment

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # a Monday
ZONES = ("UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("2h", "2026-03-02 11:30"),
        ("in 15 min", "2026-03-02 09:45"),
        ("3d", "2026-03-05 09:30"),
        ("10:00", "2026-03-02 10:00"),
        ("9:00", "2026-03-03 09:00"),
        ("today 17:15", "2026-03-02 17:15"),
        ("tomorrow 9:00", "2026-03-03 09:00"),
        ("Tomorrow at 9:00", "2026-03-03 09:00"),
        ("tomorrow", "2026-03-03 09:00"),
        ("9:00 tomorrow", "2026-03-03 09:00"),
        ("tomorrow 2pm", "2026-03-03 14:00"),
        ("tomorrow 12:15 am", "2026-03-03 00:15"),
        ("wed 14:30", "2026-03-04 14:30"),
        ("on monday", "2026-03-09 09:00"),
        ("2026-12-31 09:00", "2026-12-31 09:00"),
        ("2026-12-31T09:00", "2026-12-31 09:00"),
        ("2026-12-31T09:00+02:00", "2026-12-31 07:00"),
        ("mañana a las 9:00", "2026-03-03 09:00"),
        ("amanhã 9:00", "2026-03-03 09:00"),
        ("demain à 9h30", "2026-03-03 09:30"),
        ("domani alle 9:00", "2026-03-03 09:00"),
        ("morgen um 9.00", "2026-03-03 09:00"),
        ("am Freitag 8:05", "2026-03-06 08:05"),
    ],
)
def test_what_people_write_is_understood(words: str, meant: str) -> None:
    assert moment(words, NOW, "UTC") == datetime.fromisoformat(meant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "words", ["", "soon", "at", "25:00", "9:60", "tomorrow tomorrow", "9:00 10:00", "2026-02-30 9:00", "next week", "13pm", "0pm", "2 h 3 min", "h", "-2h"]
)
def test_what_is_not_understood_is_not_guessed(words: str) -> None:
    with pytest.raises(NoMoment) as no:
        moment(words, NOW, "UTC")

    assert no.value.reason == "unclear"


@pytest.mark.parametrize(
    ("words", "reason"), [("today 9:00", "past"), ("2020-01-01 9:00", "past"), ("0m", "past"), ("2028-01-01 9:00", "far"), ("9999d", "far")]
)
def test_what_is_past_or_too_far_is_said_so(words: str, reason: str) -> None:
    with pytest.raises(NoMoment) as no:
        moment(words, NOW, "UTC")

    assert no.value.reason == reason


def test_a_time_is_meant_in_the_zone_of_whoever_writes_it() -> None:
    assert moment("tomorrow 9:00", NOW, "Asia/Tokyo") == datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
    assert moment("today 23:00", datetime(2026, 3, 2, 23, 30, tzinfo=UTC), "Asia/Tokyo") == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_is_as_much_later_and_one_they_show_twice_the_first() -> None:
    before_spring = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    before_autumn = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)

    assert moment("tomorrow 2:30", before_spring, "Europe/Madrid") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert moment("tomorrow 2:30", before_autumn, "Europe/Madrid") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)), st.sampled_from(ZONES), st.integers(0, 23), st.integers(0, 59))
def test_a_time_alone_is_its_next_occurrence_on_the_wall(at: datetime, zone: str, hour: int, minute: int) -> None:
    now = at.replace(tzinfo=UTC)

    found = moment(f"{hour}:{minute:02}", now, zone)

    assert now < found <= now + timedelta(hours=25)
    shown = found.astimezone(ZoneInfo(zone))
    skipped = shown.utcoffset() != (shown - timedelta(hours=3)).utcoffset()  # the clocks changed just before
    assert skipped or (shown.hour, shown.minute) == (hour, minute)


@given(st.text())
def test_whatever_is_written_gives_a_moment_ahead_or_says_no(words: str) -> None:
    try:
        found = moment(words, NOW, "Europe/Madrid")
    except NoMoment:
        return

    assert NOW < found <= NOW + FARTHEST


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("tomorrow 9:00 Is it quiet?", "Is it quiet?"),
        ("2h 30 files are missing", "30 files are missing"),
        ("tomorrow 9:00: Is it\nquiet?", "Is it\nquiet?"),
        ("tomorrow at nine I call you", "at nine I call you"),
        ("mon 14:30\nIs it quiet?", "Is it quiet?"),
        ("2h", ""),
    ],
)
def test_a_moment_in_front_is_taken_from_the_words(text: str, rest: str) -> None:
    assert leading_moment(text, NOW, "UTC")[1] == rest


def test_words_without_a_moment_in_front_are_no_schedule() -> None:
    with pytest.raises(NoMoment):
        leading_moment("Is it quiet at 9:00?", NOW, "UTC")
