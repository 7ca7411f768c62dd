"""Limits of platforms as arithmetic: bursts, the minute of a group, all places together, silence that was asked for, and who comes when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import Pace
from bot.domain.rates import HORIZON, MAX_PUT_OFF, Rate, Slot, place_of, reserve
from tests.builders import MONDAY

STEPS = st.lists(st.tuples(st.sampled_from(("t:-1", "t:-2", "t:3", "t:3/9")), st.floats(0, 20), st.integers(1, 40)), max_size=40)
PACES = st.builds(Pace, st.sampled_from((0.0, 0.5, 1.0, 3.0)), st.integers(1, 5), st.sampled_from((0, 3, 20)), st.sampled_from((0.0, 1.0, 30.0)))
SECOND = timedelta(seconds=1)


class Meter:
    """What is used up of all places of a channel."""

    def __init__(self, pace: Pace) -> None:
        self.pace, self.channel = pace, Rate()
        self.places: dict[str, Rate] = {}

    def reserve(self, to: str, now: datetime = MONDAY) -> Slot:
        place = place_of(to)
        slot, self.places[place], self.channel = reserve(place, self.places.get(place, Rate()), self.channel, self.pace, now)
        return slot

    def seconds(self, to: str, count: int, now: datetime = MONDAY) -> list[float]:
        """Slots of so many messages that are all wanted at once."""
        slots = [self.reserve(to, now) for _ in range(count)]
        assert all(slot.taken for slot in slots)
        return [(slot.at - MONDAY).total_seconds() for slot in slots]


def most_within(times: Sequence[datetime], window: timedelta) -> int:
    """The most that lie in any window of that length, its end excluded."""
    return max((sum(begin <= t < begin + window for t in times) for begin in times), default=0)


def test_without_a_pace_nothing_waits() -> None:
    assert Meter(Pace()).seconds("slack:C1", 50) == [0.0] * 50


def test_after_its_burst_a_place_takes_one_message_a_step() -> None:
    assert Meter(Pace(1.0, burst=3)).seconds("slack:C1", 6) == [0, 0, 0, 1, 2, 3]


def test_a_burst_comes_back_with_time() -> None:
    meter = Meter(Pace(1.0, burst=2))
    meter.seconds("slack:C1", 4)
    assert meter.seconds("slack:C1", 3, MONDAY + 60 * SECOND) == [60, 60, 61]


def test_a_thread_shares_the_limit_of_its_channel_and_places_do_not_share_theirs() -> None:
    meter = Meter(Pace(1.0))
    assert meter.seconds("slack:C1", 1) + meter.seconds("slack:C1/17.1", 1) + meter.seconds("slack:C2", 1) == [0, 1, 0]


def test_a_group_takes_so_many_a_minute_and_a_private_chat_knows_no_such_rule() -> None:
    meter = Meter(Pace(group_per_minute=20))
    assert meter.seconds("telegram:-100/7", 20) == [0.0] * 20
    assert not meter.reserve("telegram:-100/7").taken
    assert meter.seconds("telegram:-100/8", 20, MONDAY + 50 * SECOND) == [60.0] * 20
    assert meter.seconds("telegram:55", 41) == [0.0] * 41


def test_all_places_together_have_a_limit() -> None:
    meter = Meter(Pace(total_per_s=2.0))
    assert [meter.seconds(f"telegram:{n}", 1)[0] for n in range(4)] == [0, 0.5, 1, 1.5]


def test_a_place_that_waits_leaves_the_slots_before_its_own_to_others() -> None:
    meter = Meter(Pace(5.0, total_per_s=2.0))
    assert meter.seconds("telegram:1", 2) == [0, 5]
    assert [meter.seconds(f"telegram:{n}", 1)[0] for n in range(2, 12)] == [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5.5]


def test_silence_holds_for_a_place_and_ends_with_its_limits_as_they_were() -> None:
    meter = Meter(Pace(1.0))
    meter.places["slack:C1"] = Rate().stop(MONDAY + 10 * SECOND)
    assert meter.seconds("slack:C1/17.1", 2) == [10, 11]
    assert meter.seconds("slack:C2", 1) == [0]


def test_a_shorter_silence_never_shortens_a_longer_one() -> None:
    assert Rate().stop(MONDAY + 60 * SECOND).stop(MONDAY + 5 * SECOND).stopped == MONDAY + 60 * SECOND


def test_in_a_long_silence_nothing_is_used_up() -> None:
    meter = Meter(Pace(1.0, total_per_s=1.0))
    meter.places["slack:C1"] = Rate().stop(MONDAY + 60 * SECOND)
    assert [meter.reserve("slack:C1") for _ in range(9)] == [Slot(MONDAY + 60 * SECOND, taken=False)] * 9
    assert meter.seconds("slack:C1", 2, MONDAY + 60 * SECOND) == [60, 61]


def test_nothing_is_taken_further_ahead_than_somebody_waits() -> None:
    meter = Meter(Pace(1.0))
    meter.seconds("slack:C1", 16)
    before = meter.places["slack:C1"]
    assert [meter.reserve("slack:C1").taken for _ in range(3)] == [False] * 3
    assert replace(meter.places["slack:C1"], expected=before.expected) == before


def test_who_is_put_off_comes_back_one_after_the_other_and_each_has_its_slot_then() -> None:
    for pace in (Pace(1.0), Pace(total_per_s=1.0), Pace(group_per_minute=60)):
        meter = Meter(pace)
        put_off = [slot.at for slot in (meter.reserve("telegram:-1") for _ in range(100)) if not slot.taken]
        assert {later - earlier for earlier, later in pairwise(put_off)} == {SECOND}, pace
        again = [meter.reserve("telegram:-1", at) for at in put_off]
        assert all(slot.taken for slot in again), pace


def test_nobody_is_put_off_for_longer_than_an_hour_at_once() -> None:
    meter = Meter(Pace(60.0))
    assert max(meter.reserve("slack:C1").at for _ in range(500)) <= MONDAY + MAX_PUT_OFF


@given(st.floats(60, 1e9), PACES)
def test_slots_that_a_wrong_clock_took_hold_nobody_up_for_long(ahead: float, pace: Pace) -> None:
    meter = Meter(pace)
    for _ in range(5):
        meter.reserve("t:-1", MONDAY + timedelta(seconds=ahead))
    slots = [meter.reserve("t:-1", MONDAY + n * SECOND) for n in range(200)]
    assert any(slot.taken and slot.at <= MONDAY + timedelta(minutes=3) for slot in slots)


def test_what_forbids_nothing_any_more_can_be_forgotten() -> None:
    meter = Meter(Pace(1.0, burst=2, group_per_minute=3, total_per_s=1.0))
    meter.seconds("t:-1", 2)
    assert not meter.places["t:-1"].is_over(MONDAY + 30 * SECOND)
    assert meter.places["t:-1"].is_over(MONDAY + 90 * SECOND)
    assert not meter.channel.is_over(MONDAY)
    assert meter.channel.is_over(MONDAY + 90 * SECOND)
    assert not Rate().stop(MONDAY).is_over(MONDAY - SECOND)


@given(PACES, STEPS)
def test_no_limit_is_ever_passed_and_who_asks_again_when_told_has_a_slot_in_the_end(pace: Pace, steps: list[tuple[str, float, int]]) -> None:
    meter, now = Meter(pace), MONDAY
    wanted: list[tuple[datetime, int, str]] = []
    for to, wait, count in steps:
        now += timedelta(seconds=wait)
        wanted += [(now, len(wanted) + n, to) for n in range(count)]
    slots: dict[str, list[datetime]] = {}
    asked = 0
    while wanted:
        wanted.sort()
        now, number, to = wanted.pop(0)
        slot = meter.reserve(to, now)
        assert slot.at >= now
        if slot.taken:
            assert slot.at <= now + HORIZON
            slots.setdefault(place_of(to), []).append(slot.at)
        else:
            assert slot.at > now
            wanted.append((slot.at, number, to))
        asked += 1
        assert asked < 100_000
    for place, times in slots.items():
        for seconds in (1, 10, 60):
            if pace.per_place_s:
                assert most_within(times, timedelta(seconds=seconds)) <= pace.burst + seconds / pace.per_place_s
        if pace.group_per_minute and "-" in place:
            assert most_within(times, timedelta(minutes=1)) <= pace.group_per_minute
        assert times == sorted(times), "what was reserved first goes out first"
    if pace.total_per_s:
        together = sorted(t for times in slots.values() for t in times)
        assert most_within(together, timedelta(seconds=10)) <= 10 * pace.total_per_s + 2
