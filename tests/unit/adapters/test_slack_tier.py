"""Slack's rates are kept whatever is asked."""

from __future__ import annotations

from adapters.slack.tier import Tier


def test_a_few_calls_go_at_once_and_no_minute_has_more_than_the_tier_allows() -> None:
    tier, now = Tier(per_minute=50, at_once=10), 1000.0
    calls = []
    for _ in range(300):
        now += tier.wait_s(now)
        calls.append(now)
    assert calls[9] == 1000.0
    assert max(sum(1 for other in calls if start <= other < start + 60) for start in calls) <= 50
    assert calls[-1] - calls[0] < 300 / 40 * 60


def test_after_a_pause_a_few_calls_go_at_once_again() -> None:
    tier = Tier(per_minute=50, at_once=10)
    for _ in range(20):
        tier.wait_s(0.0)
    assert tier.wait_s(100.0) == 0.0
