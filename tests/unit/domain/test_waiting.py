"""What is said of a wait is the median of real ones, at the same hour by the clock on the wall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.waiting import ENOUGH, SHORTEST, WEEKS, is_zone, same_hours, usual

MINUTE = timedelta(minutes=1)
ZONES = ["UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"]
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.sampled_from(ZONES))
def test_every_span_is_this_hour_of_an_earlier_week(now: datetime, zone: str) -> None:
    local = now.astimezone(ZoneInfo(zone))
    spans = same_hours(now, zone)

    assert WEEKS - 1 <= len(spans) <= WEEKS
    for begin, end in spans:
        there = begin.astimezone(ZoneInfo(zone))
        assert begin < end <= now
        assert end - begin <= timedelta(hours=2), "an hour that comes twice is one hour of the clock"
        assert (there.weekday(), there.hour) == (local.weekday(), local.hour) or end - begin < timedelta(hours=1) or _is_skipped(there, local)
    assert all(one[0] >= other[1] for one, other in pairwise(spans))


def _is_skipped(there: datetime, local: datetime) -> bool:
    """That day the clocks jumped over this hour, or over part of it."""
    day = there.replace(hour=0, minute=0)
    return day.utcoffset() != (day + timedelta(days=1)).utcoffset()


@given(st.lists(st.integers(0, 10_000), max_size=ENOUGH - 1))
def test_few_waits_say_nothing(minutes: list[int]) -> None:
    assert usual([n * MINUTE for n in minutes]) is None


@given(st.lists(st.integers(0, 10_000), min_size=ENOUGH))
def test_half_of_all_waited_no_longer_than_is_said(minutes: list[int]) -> None:
    said = usual([n * MINUTE for n in minutes])

    assert said is not None
    assert said >= SHORTEST
    assert 2 * sum(n * MINUTE <= said for n in minutes) >= len(minutes)
    assert 2 * sum(n * MINUTE >= said - MINUTE for n in minutes) >= len(minutes)


@pytest.mark.parametrize("name", ["", "Nowhere/Land", "../../etc/passwd", "Europe", "\0", "x" * 10_000, "Europe/Madrid\n"])
def test_what_is_no_zone_is_none(name: str) -> None:
    assert not is_zone(name)


def test_a_zone_is_one() -> None:
    assert is_zone("Europe/Madrid")
