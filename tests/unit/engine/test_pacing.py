"""Limits of platforms are kept before sending: bursts, the minute of a group, all places together, and what a platform asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import Pace
from bot.engine.pacing import Pacer
from tests.builders import MONDAY

STEPS = st.lists(st.tuples(st.sampled_from(("t:-1", "t:-2", "t:3", "t:3/9", "s:C1")), st.floats(0, 20), st.booleans()), max_size=120)
PACES = st.builds(Pace, st.sampled_from((0.0, 0.5, 1.0, 3.0)), st.integers(1, 5), st.sampled_from((0, 3, 20)), st.sampled_from((0.0, 1.0, 30.0)), st.booleans())


def slots(pacer: Pacer, to: str, count: int, **more: object) -> list[float]:
    """Seconds after Monday morning at which so many messages may go out, all wanted at once."""
    return [(pacer.reserve(to, MONDAY, **more) - MONDAY).total_seconds() for _ in range(count)]  # type: ignore[arg-type]


def most_within(times: Sequence[datetime], window: timedelta) -> int:
    """The most that lie in any window of that length, its end excluded."""
    return max((sum(begin <= t < begin + window for t in times) for begin in times), default=0)


def test_without_a_pace_nothing_waits() -> None:
    assert slots(Pacer({}), "slack:C1", 50) == [0.0] * 50


def test_after_its_burst_a_place_takes_one_message_a_step() -> None:
    assert slots(Pacer({"slack": Pace(1.0, burst=3)}), "slack:C1", 6) == [0, 0, 0, 1, 2, 3]


def test_a_burst_comes_back_with_time() -> None:
    pacer = Pacer({"slack": Pace(1.0, burst=2)})
    slots(pacer, "slack:C1", 4)
    later = MONDAY + timedelta(seconds=60)
    assert [pacer.reserve("slack:C1", later), pacer.reserve("slack:C1", later)] == [later, later]


def test_a_thread_shares_the_limit_of_its_channel_and_places_do_not_share_theirs() -> None:
    pacer = Pacer({"slack": Pace(1.0)})
    assert slots(pacer, "slack:C1", 1) + slots(pacer, "slack:C1/17.1", 1) + slots(pacer, "slack:C2", 1) == [0, 1, 0]


def test_a_group_takes_so_many_a_minute_and_a_private_chat_knows_no_such_rule() -> None:
    pacer = Pacer({"telegram": Pace(group_per_minute=20)})
    assert slots(pacer, "telegram:-100/7", 41) == [0.0] * 20 + [60.0] * 20 + [120.0]
    assert slots(pacer, "telegram:55", 41) == [0.0] * 41


def test_all_places_together_have_a_limit() -> None:
    pacer = Pacer({"telegram": Pace(total_per_s=2.0)})
    assert [slots(pacer, f"telegram:{n}", 1)[0] for n in range(4)] == [0, 0.5, 1, 1.5]


def test_a_group_that_waits_for_its_minute_holds_up_nobody_else() -> None:
    pacer = Pacer({"telegram": Pace(group_per_minute=20, total_per_s=28.0)})
    assert slots(pacer, "telegram:-100", 60)[-1] > 119
    assert slots(pacer, "telegram:55", 1)[0] < 1


def test_a_change_in_place_is_free_unless_the_platform_counts_it() -> None:
    assert slots(Pacer({"slack": Pace(1.0)}), "slack:C1", 3, edit=True) == [0, 0, 0]
    assert slots(Pacer({"slack": Pace(1.0, edits_count=True)}), "slack:C1", 3, edit=True) == [0, 1, 2]


def test_what_the_platform_asked_for_holds_for_its_threads_and_for_changes_and_for_no_other_place() -> None:
    pacer = Pacer({"slack": Pace(1.0)})
    assert pacer.stop("slack:C1/17.1", MONDAY + timedelta(seconds=30)) == "slack:C1"
    assert slots(pacer, "slack:C1/99.9", 2) == [30, 31]
    assert slots(pacer, "slack:C1", 1, edit=True) == [30]
    assert slots(pacer, "slack:C2", 1) == [0]


def test_a_shorter_wait_never_shortens_a_longer_one() -> None:
    pacer = Pacer({})
    pacer.stop("slack:C1", MONDAY + timedelta(seconds=60))
    pacer.stop("slack:C1", MONDAY + timedelta(seconds=5))
    assert slots(pacer, "slack:C1", 1) == [60]


def test_a_wait_of_the_whole_channel_holds_for_each_place() -> None:
    pacer = Pacer({})
    pacer.stop("telegram", MONDAY + timedelta(seconds=7))
    assert slots(pacer, "telegram:55", 1) + slots(pacer, "slack:C1", 1) == [7, 0]


def test_a_message_that_was_put_off_keeps_its_slot() -> None:
    pacer = Pacer({"slack": Pace(1.0)})
    at = pacer.reserve("slack:C1", MONDAY, key="first")
    pacer.hold("first", at + timedelta(seconds=20))
    assert pacer.reserve("slack:C1", MONDAY, key="first") == at + timedelta(seconds=20)
    assert pacer.reserve("slack:C1", MONDAY, key="first") == at + timedelta(seconds=1)


@given(PACES, STEPS)
def test_no_limit_is_ever_passed(pace: Pace, steps: list[tuple[str, float, bool]]) -> None:
    pacer, now = Pacer({"t": pace, "s": pace}), MONDAY
    slots_of: dict[str, list[datetime]] = {}
    channels: dict[str, list[datetime]] = {}
    for to, wait, edit in steps:
        now += timedelta(seconds=wait if wait > 10 else 0)
        at = pacer.reserve(to, now, edit=edit)
        assert at >= now
        if pace.edits_count or not edit:
            slots_of.setdefault(to.partition("/")[0], []).append(at)
            channels.setdefault(to[0], []).append(at)
    for place, times in slots_of.items():
        for seconds in (1, 10, 60):
            if pace.per_place_s:
                assert most_within(times, timedelta(seconds=seconds)) <= pace.burst + seconds / pace.per_place_s
        if pace.group_per_minute and "-" in place:
            assert most_within(times, timedelta(minutes=1)) <= pace.group_per_minute
        assert times == sorted(times), "what was reserved first goes out first"
    for times in channels.values():
        if pace.total_per_s:
            assert most_within(times, timedelta(seconds=10)) <= 10 * pace.total_per_s + 2
