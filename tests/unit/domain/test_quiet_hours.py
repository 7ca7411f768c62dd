"""Quiet hours and digests, equal to a clock on the wall minute by minute, in zones with and without daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.notices import DAY, KINDS, Preferences, next_at, quiet_until

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30)).map(lambda naive: naive.replace(tzinfo=UTC, second=0, microsecond=0))
changes = st.sampled_from([datetime(2026, 3, 29, 0, 30), datetime(2026, 10, 25, 0, 30), datetime(2026, 3, 8, 6, 30), datetime(2026, 4, 4, 14, 30)]).flatmap(
    lambda day: st.integers(-600, 600).map(lambda minutes: (day + timedelta(minutes=minutes)).replace(tzinfo=UTC))
)
minutes = st.integers(0, DAY - 1)
MINUTE = timedelta(minutes=1)


def shown(moment: datetime, zone: str) -> int:
    """The minute of the day on the wall."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute


def is_quiet(minute: int, begin: int, end: int) -> bool:
    return begin <= minute < end if begin < end else minute >= begin or minute < end


@given(minutes, minutes, st.sampled_from(ZONES), moments | changes)
@settings(max_examples=300, deadline=None)
def test_quiet_hours_end_at_the_first_minute_that_is_not_quiet(begin: int, end: int, zone: str, now: datetime) -> None:
    found = quiet_until((begin, end), zone, now)

    if begin == end or not is_quiet(shown(now, zone), begin, end):
        assert found == now
        return
    assert now < found <= now + timedelta(days=2)
    walk = now
    while is_quiet(shown(walk, zone), begin, end):
        walk += MINUTE
    # A clock put back within quiet hours may leave them and come again: whoever waits for the end itself waits no shorter.
    assert walk <= found
    assert not is_quiet(shown(found, zone), begin, end)


@given(minutes, st.sampled_from(ZONES), moments | changes)
@settings(max_examples=300, deadline=None)
def test_a_digest_comes_when_the_clock_shows_its_minute_or_has_just_left_it_out(minute: int, zone: str, now: datetime) -> None:
    found = next_at(minute, zone, now)

    assert now < found <= now + timedelta(days=2)
    before, after = shown(found - MINUTE, zone), shown(found, zone)
    assert after == minute or before < minute < after, "the minute itself, or the first after a gap that swallowed it"


def test_no_quiet_hours_are_never_quiet() -> None:
    now = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    assert quiet_until(None, "Europe/Berlin", now) == now
    assert quiet_until((540, 540), "Europe/Berlin", now) == now


@given(st.dictionaries(st.sampled_from(KINDS), st.sampled_from(["on", "digest", "off"])), st.text(max_size=12))
def test_a_kind_that_nobody_knows_comes_as_all_others_do(kinds: dict, name: str) -> None:  # type: ignore[type-arg]
    prefers = Preferences(kinds)
    assert prefers.way(name) == kinds.get(name if name in KINDS else "other", "on")
