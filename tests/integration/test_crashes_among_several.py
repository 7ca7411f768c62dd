"""kill -9 of any of several processes on one database server, and of their bus: nothing is lost, nothing gets out of order, and others go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import servers
from tests.crash.compare import Findings
from tests.crash.run import Outcome, crash, seed
from tests.figures import FIGURES, Record

KILLS, EVENTS = 4, 160  # a start costs a second of a processor, and what a dead process had is taken over after 20
TAKEN_OVER_S = 30.0  # 20 until a process counts as dead, 4 until another looks, and a machine that has much else to do


async def test_when_any_process_is_killed_or_the_bus_with_its_store_slack_loses_and_repeats_nothing(tmp_path: Path, record_property: Record) -> None:
    outcome = await _killed(tmp_path, "postgresql", "slack")

    record_property(FIGURES, f"Slack, PostgreSQL, NATS, 2 workers: {outcome}")
    assert (outcome.acknowledged, outcome.kills, outcome.broker_kills) == (EVENTS, KILLS, 1)
    assert outcome.found == Findings()


async def test_when_the_worker_that_polls_telegram_is_killed_the_other_polls_and_nothing_is_lost(tmp_path: Path, record_property: Record) -> None:
    outcome = await _killed(tmp_path, "mariadb", "polling")

    record_property(FIGURES, f"Telegram, MariaDB, no bus, 2 workers: {outcome}")
    assert (outcome.acknowledged, outcome.kills) == (EVENTS, KILLS)
    assert outcome.takeovers_s
    assert max(outcome.takeovers_s) < TAKEN_OVER_S
    assert outcome.found.but_repeats == Findings()
    assert outcome.found.twice <= outcome.kills


async def _killed(folder: Path, form: str, platform: str) -> Outcome:
    try:
        return await crash(folder, form, platform, kills=KILLS, count=EVENTS, seed=seed(), parts=("web", "worker", "worker"))
    except servers.Absent as absent:
        pytest.skip(str(absent))
