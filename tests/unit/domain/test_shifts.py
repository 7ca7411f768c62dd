"""Who is here: what an agent says holds before their shift, and the clocks may be set meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendars import Calendar, is_open
from bot.domain.shifts import Status, presence, until_shift
from tests.builders import MONDAY

DAYS = dict.fromkeys(range(5), ((9 * 60, 17 * 60),))
MADRID = Calendar(DAYS, timezone="Europe/Madrid")
moments = st.integers(0, 366 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))


@given(moments)
def test_without_a_word_the_shift_decides_and_says_when_it_changes(at: datetime) -> None:
    now = presence(None, MADRID, at)

    assert now.is_here == is_open(MADRID, at)
    assert now.is_here or (now.until is not None and is_open(MADRID, now.until) and now.until > at)


@given(moments, st.none() | st.integers(1, 5000))
def test_who_said_that_they_are_away_is_not_here_until_then(at: datetime, minutes: int | None) -> None:
    until = at + timedelta(minutes=minutes) if minutes else None
    status = Status(True, at, until, "dentist")

    for shift in (None, MADRID):
        now = presence(status, shift, at)
        assert (now.is_here, now.why, now.reason) == (False, "said", "dentist")
        assert until is None or presence(status, shift, until).is_here == (shift is None or is_open(shift, until))


def test_whoever_is_away_until_the_evening_is_expected_in_the_morning() -> None:
    noon, evening = datetime(2026, 3, 2, 11, tzinfo=UTC), datetime(2026, 3, 2, 17, tzinfo=UTC)

    assert presence(Status(True, noon, evening), MADRID, noon).until == datetime(2026, 3, 3, 8, tzinfo=UTC)


def test_who_is_here_outside_of_their_shift_counts_until_it_begins() -> None:
    night = datetime(2026, 3, 2, 22, tzinfo=UTC)
    until = until_shift(MADRID, night)

    assert until == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert presence(Status(False, night, until), MADRID, night).is_here
    assert until_shift(MADRID, datetime(2026, 3, 2, 12, tzinfo=UTC)) is None


def test_a_shift_begins_at_the_same_hour_on_the_wall_after_the_clocks_are_set() -> None:
    friday, monday = datetime(2026, 3, 27, 8, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC)

    assert presence(None, MADRID, friday).is_here
    assert presence(None, MADRID, datetime(2026, 3, 28, 12, tzinfo=UTC)).until == monday
    assert presence(None, MADRID, monday).is_here
