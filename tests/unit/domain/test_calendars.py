"""Business time against an oracle that knows nothing but the clock on the wall, looked at once a minute."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendars import HORIZON, Calendar, add, between, is_open, next_open, stretches

CASES = 5_000
WINDOW = timedelta(days=10)
LEAP_DAY, YEAR_END = date(2024, 2, 29), date(2025, 12, 31)
CLOCKS_SET = {
    "Europe/Madrid": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/Sao_Paulo": (date(2018, 11, 4), date(2019, 2, 17)),  # at midnight, and not since
    "Asia/Kolkata": (date(2026, 3, 29), date(2026, 10, 25)),  # never, and half an hour beside the others
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),  # by half an hour
    "Pacific/Auckland": (date(2026, 4, 5), date(2026, 9, 27)),
}


# ----------------------------------------------------------------------------------------------------------- the oracle
@cache
def walls(zone: str, around: date) -> list[tuple[date, int]]:
    """What a clock on the wall shows at each minute of the window: the date, and the minute of the day."""
    first, place = beginning(around), ZoneInfo(zone)
    shown = [(first + timedelta(minutes=n)).astimezone(place) for n in range(int(WINDOW.total_seconds()) // 60)]
    return [(wall.date(), wall.hour * 60 + wall.minute) for wall in shown]


def beginning(around: date) -> datetime:
    """The first moment of the window: the day stands in its middle."""
    return datetime(around.year, around.month, around.day, tzinfo=UTC) - WINDOW / 2


@dataclass(frozen=True)
class Case:
    """A window of minutes and the calendar that holds in it; start and length in minutes."""

    zone: str
    around: date
    days: dict[int, tuple[tuple[int, int], ...]]
    closed: frozenset[date]
    start: int
    length: int

    def counting(self) -> list[int]:
        """The minutes of the case that count, in order."""
        open_at = {day: {m for start, end in spans for m in range(start, end)} for day, spans in self.days.items()}
        shown = walls(self.zone, self.around)[self.start : self.start + self.length]
        return [n for n, (day, minute) in enumerate(shown, self.start) if minute in open_at.get(day.weekday(), ()) and day not in self.closed]

    def calendar(self) -> Calendar:
        return Calendar(self.days, "made up", self.zone, lambda year: {day for day in self.closed if day.year == year})

    def at(self, minute: int) -> datetime:
        return beginning(self.around) + timedelta(minutes=minute)


def a_case(chance: random.Random) -> Case:
    """Most on the days on which clocks are set; spans of any kind: breaks, single minutes, whole days, nights."""
    zone = chance.choice(list(CLOCKS_SET))
    around = chance.choice([*CLOCKS_SET[zone], *CLOCKS_SET[zone], LEAP_DAY, YEAR_END])
    days = {day: spans for day in range(7) if (spans := some_spans(chance))} or {0: ((0, 1440),)}
    closed = frozenset(around + timedelta(days=chance.randint(-4, 4)) for _ in range(chance.choice([0, 0, 1, 3])))
    last = int(WINDOW.total_seconds()) // 60 - 1
    middle = last // 2
    start = chance.randint(middle - 1800, middle + 1800) if chance.random() < 0.6 else chance.randint(0, last)
    return Case(zone, around, days, closed, start, chance.randint(0, chance.choice([5, 200, last - start])))


def some_spans(chance: random.Random) -> tuple[tuple[int, int], ...]:
    """Of one day: as offices have them, the whole day, none, or up to three anywhere (a third of them in the small hours)."""
    kind = chance.random()
    if kind < 0.2:
        return ()
    if kind < 0.4:
        return ((540, 780), (840, 1080))
    if kind < 0.5:
        return ((0, 1440),)
    latest = 240 if kind < 0.7 else 1440
    edges = sorted(chance.sample(range(latest + 1), 2 * chance.randint(1, 3)))
    return tuple(zip(edges[::2], edges[1::2], strict=True))


CHANCE = random.Random(20260329)
ALL_CASES = [a_case(CHANCE) for _ in range(CASES)]


@pytest.mark.parametrize("zone", CLOCKS_SET)
def test_business_time_is_what_a_clock_on_the_wall_shows_minute_by_minute(zone: str) -> None:
    cases = [case for case in ALL_CASES if case.zone == zone]
    for case in cases:
        counting, calendar, start = case.counting(), case.calendar(), case.at(case.start)

        assert between(calendar, start, case.at(case.start + case.length)) == timedelta(minutes=len(counting)), case
        for needed in {1, len(counting) // 2, len(counting)} - {0} if counting else ():
            assert add(calendar, start, timedelta(minutes=needed)) == case.at(counting[needed - 1] + 1), (case, needed)
    assert len(cases) > CASES / 10
    assert sum(bool(case.counting()) for case in cases) > len(cases) / 3


def test_the_cases_lie_on_both_days_on_which_clocks_are_set_and_in_their_hours() -> None:
    for zone, days in CLOCKS_SET.items():
        for day in days:
            near = [c for c in ALL_CASES if (c.zone, c.around) == (zone, day)]
            over = [c for c in near if c.start < WINDOW / 2 / timedelta(minutes=1) + 720 < c.start + c.length]
            assert len(over) > 20, (zone, day)


# ------------------------------------------------------------------------------------------- what no window of days shows
MADRID = Calendar(dict.fromkeys(range(5), ((540, 780), (840, 1080))), timezone="Europe/Madrid")
moments = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(0), timedelta(days=60))
anywhere = st.sampled_from(list(CLOCKS_SET)).map(lambda zone: Calendar(MADRID.days, timezone=zone))


@given(anywhere, moments, spans)
def test_adding_and_measuring_are_the_same_thing_read_both_ways(calendar: Calendar, start: datetime, span: timedelta) -> None:
    assert between(calendar, start, add(calendar, start, span)) == span


@given(anywhere, moments, spans, spans)
def test_time_can_be_measured_in_parts(calendar: Calendar, start: datetime, one: timedelta, other: timedelta) -> None:
    middle, end = start + one, start + one + other
    assert between(calendar, start, middle) + between(calendar, middle, end) == between(calendar, start, end) == -between(calendar, end, start)


def test_clocks_that_go_back_over_midnight_make_two_evenings_of_one() -> None:
    calendar = Calendar(dict.fromkeys(range(7), ((1410, 1440),)), timezone="America/St_Johns")  # on 2010-11-07 at 00:01 back to 23:01

    evenings = list(stretches(calendar, datetime(2010, 11, 7, 1, 0, tzinfo=UTC), datetime(2010, 11, 7, 6, 0, tzinfo=UTC)))

    assert [(opens.strftime("%H:%M"), closes.strftime("%H:%M")) for opens, closes in evenings] == [("02:00", "02:30"), ("03:00", "03:30")]


def test_a_day_that_a_country_skipped_has_no_hours() -> None:
    calendar = Calendar(dict.fromkeys(range(7), ((540, 1020),)), timezone="Pacific/Apia")  # there was no 30 December 2011

    assert between(calendar, datetime(2011, 12, 29, 10, 0, tzinfo=UTC), datetime(2011, 12, 31, 10, 0, tzinfo=UTC)) == timedelta(hours=16)


def test_without_days_every_moment_counts_also_on_holidays() -> None:
    calendar = Calendar(holidays="ES", dates=lambda year: [date(year, 1, 1)])
    start = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)

    assert add(calendar, start, timedelta(hours=5)) == start + timedelta(hours=5)
    assert next_open(calendar, start) == start
    assert is_open(calendar, start)


def test_what_is_never_open_again_is_asked_ten_years_ahead_and_no_further() -> None:
    closed = Calendar({0: ((540, 541),)}, dates=lambda year: [date(year, 1, 1) + timedelta(days=n) for n in range(366)])
    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    assert add(closed, start, timedelta(hours=1)) == start + HORIZON
    assert next_open(closed, start) is None


def test_the_next_opening_is_after_the_break_the_night_the_weekend_and_the_holiday() -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Madrid")).astimezone(UTC)

    calendar = Calendar(MADRID.days, "made up", "Europe/Madrid", lambda year: [date(2026, 3, 30)])

    assert next_open(calendar, at("2026-03-26 13:00")) == at("2026-03-26 14:00")
    assert next_open(calendar, at("2026-03-26 18:00")) == at("2026-03-27 09:00")
    assert next_open(calendar, at("2026-03-27 18:00")) == at("2026-03-31 09:00")
    assert next_open(calendar, at("2026-03-26 12:59")) == at("2026-03-26 12:59")
    assert not is_open(calendar, at("2026-03-26 13:00"))


def test_nothing_to_add_is_no_waiting_for_the_opening() -> None:
    sunday = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    assert add(MADRID, sunday, timedelta(0)) == add(MADRID, sunday, timedelta(hours=-1)) == sunday


def test_a_week_has_so_much_business_time() -> None:
    assert MADRID.weekly == timedelta(hours=40)
    assert Calendar().weekly == timedelta(days=7)
