"""What an operator watches of one process: stalls, shared looks at the desk, and that every figure says what it means."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from adapters.http import figures
from bot import watching
from bot.errors import StoreError
from bot.store.standing import Standing
from bot.watching import LOOK_BACK_S, TICK_S, Looks, Stalls, meaning, of_desk

QUIET = Standing({"inbox_waiting": 0}, {"inbox": timedelta(0)}, 0, frozenset(), {})


# -------------------------------------------------------------------------------------------------------------- stalls
def test_the_longest_stall_of_the_last_minute_is_told_and_then_forgotten() -> None:
    stalls = Stalls()
    for at, late_s in ((0.0, 0.001), (10.0, 0.3), (20.0, 0.8), (30.0, 0.2)):
        stalls.note(at, late_s)
    assert stalls.longest(30.0) == 0.8
    assert stalls.longest(20.0 + LOOK_BACK_S) == 0.2
    assert stalls.longest(30.0 + LOOK_BACK_S) == 0.0


async def test_a_process_that_is_held_up_says_for_how_long() -> None:
    stalls = Stalls()
    running = asyncio.create_task(stalls.run())
    await asyncio.sleep(0)
    held_up_s = 0.4
    time.sleep(held_up_s)  # noqa: ASYNC251 - this is what is to be noticed
    async with asyncio.timeout(10):
        while not (longest := stalls.longest(time.monotonic())):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)
    running.cancel()
    assert longest >= held_up_s - TICK_S


# --------------------------------------------------------------------------------------------------------------- looks
class Database:
    """Counts looks; answers when it is let."""

    def __init__(self) -> None:
        self.looks = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.is_away = False

    async def look(self) -> Standing:
        self.looks += 1
        await self.may_answer.wait()
        if self.is_away:
            raise StoreError("away")
        return QUIET


async def test_who_asks_after_a_look_gets_a_new_one() -> None:
    database = Database()
    looks = Looks(database.look)
    assert await looks.standing() == QUIET
    assert await looks.standing() == QUIET
    assert database.looks == 2


async def test_all_who_ask_while_one_look_is_under_way_share_the_next() -> None:
    database = Database()
    looks = Looks(database.look)
    database.may_answer.clear()
    asking = [asyncio.create_task(looks.standing()) for _ in range(20)]
    for _ in asking:
        await asyncio.sleep(0)
    assert database.looks == 1
    database.may_answer.set()
    assert await asyncio.gather(*asking) == [QUIET] * 20
    assert database.looks == 2


async def test_a_look_that_took_long_is_good_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SLOW_S", -1.0)  # every look is a slow one
    monkeypatch.setattr(watching, "REST", 10**9)
    database = Database()
    looks = Looks(database.look)
    for _ in range(3):
        assert await looks.standing() == QUIET
    assert database.looks == 1


async def test_a_database_that_is_away_or_does_not_answer_has_no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PATIENCE_S", 0.01)
    database = Database()
    looks = Looks(database.look)
    database.is_away = True
    assert await looks.standing() is None
    database.is_away = False
    database.may_answer.clear()
    assert await looks.standing() is None
    database.may_answer.set()
    assert await looks.standing() == QUIET


# ------------------------------------------------------------------------------------------------------------- figures
def test_a_role_that_nobody_has_is_told_as_one_with_no_holders() -> None:
    found = Standing({}, {}, 0, frozenset({"me", "other"}), {"slack": ["me", "other"], "slack history": ["other"]})
    figures = of_desk(found, "me", frozenset({"slack", "telegram"}))
    assert {name: figure for name, figure in figures.items() if name.startswith("role_")} == {
        "role_slack_holders": 2, "role_slack_held": 1.0,
        "role_slack_history_holders": 1, "role_slack_history_held": 0.0,
        "role_telegram_holders": 0, "role_telegram_held": 0.0,
    }  # fmt: skip
    assert figures["processes_alive"] == 2


def test_families_of_figures_say_whom_they_are_about() -> None:
    assert meaning("role_slack_history_holders") == "How many processes have this role: slack history"
    assert meaning("telegram_ready") == "1 when this process can speak on this channel: telegram"


# -------------------------------------------------------------------------------------------------------- departments
def test_figures_of_departments_bear_their_key_and_those_of_one_desk_none() -> None:
    told = figures({"events_handled_total": 1.0, "events_handled_total@hr": 2.0, "department_hr_up": 1.0}, meaning).decode()
    assert 'firstline_events_handled_total{department=""} 1.0' in told
    assert 'firstline_events_handled_total{department="hr"} 2.0' in told
    assert "firstline_department_hr_up 1.0" in told
    assert "firstline_events_handled_total 1.0" in figures({"events_handled_total": 1.0}, meaning).decode()


def test_whether_a_department_works_says_what_it_means() -> None:
    assert meaning("department_hr_up") == "1 while this department works and its database answers: hr"
