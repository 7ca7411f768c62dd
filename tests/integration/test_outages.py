"""The database is away for a while: every door says so in time, nobody waits in a growing queue, and afterwards nothing is missing or there twice."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

from bot.engine.running.intake import KEEP_S, Intake
from bot.errors import StoreError
from bot.store.sql import SqlStore
from tests.builders import a_message, an_event
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import BOT_TOKEN, SIGNING_SECRET
from tests.clouds.telegram import LEA, TelegramCloud
from tests.clouds.telegram_ear import SECRET
from tests.integration.crowd import ANSWERS, ASKED, answers_in, slack_people, slack_texts, telegram_side, telegram_texts
from tests.integration.processes import installed
from tests.journeys.doors import eventually
from tests.journeys.doors_web import RealBrowser
from tests.world import SetClock

SLACK_WAITS_S = 3.0


def locked(file: Path) -> sqlite3.Connection:
    """Another program that writes into the file, and does not come to an end."""
    foreign = sqlite3.connect(file, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    return foreign


def unlocked(foreign: sqlite3.Connection) -> None:
    foreign.execute("ROLLBACK")
    foreign.close()


async def test_whoever_comes_while_the_database_is_away_is_refused_in_time_and_all_but_one_at_once(tmp_path: Path) -> None:
    store = SqlStore.open(f"sqlite:///{tmp_path / 'firstline.db'}")
    intake = Intake(store, SetClock(), lambda lane: None)
    foreign = locked(tmp_path / "firstline.db")

    async def refused_after(n: int) -> float:
        begun = time.monotonic()
        try:
            await intake.receive(an_event(a_message(str(n)), key=f"e{n}"))
        except StoreError:
            return time.monotonic() - begun
        raise AssertionError("kept in a locked file")

    first = await asyncio.gather(*(refused_after(n) for n in range(50)))
    later = sorted(await asyncio.gather(*(refused_after(n) for n in range(50))))
    assert max(*first, *later) < SLACK_WAITS_S
    assert later[-2] < 0.1
    assert later[-1] >= KEEP_S

    unlocked(foreign)
    await intake.receive(an_event(a_message("0"), key="e0"))
    await asyncio.gather(*(intake.receive(an_event(a_message(str(n)), key=f"e{n}")) for n in range(50)))
    assert (await store.queue())["inbox_waiting"] == 50
    await store.close()


async def test_every_door_refuses_in_time_and_what_slack_gave_up_is_answered_when_the_database_is_back(tmp_path: Path) -> None:
    async with SlackCloud(retry_delays_s=()) as slack, TelegramCloud() as telegram:
        env = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": slack.api_url, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
        env |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.base_url, "TELEGRAM_WEBHOOK_SECRET": SECRET}
        async with installed(tmp_path, env) as product:
            slack.wire.request_url = f"{product.base}/slack/events"
            product.env["TELEGRAM_WEBHOOK_URL"] = product.base
            await product.start()
            people = slack_people(slack, 5)
            browser = RealBrowser(product.base)
            page = await browser.open("/")
            foreign = locked(tmp_path / "firstline.db")

            begun = time.monotonic()
            kept, *_ = await asyncio.gather(browser.send(page, "/say", text=ASKED), *(slack.people.say(user, ASKED) for user in people))
            telegram.say(LEA, ASKED)
            assert time.monotonic() - begun < SLACK_WAITS_S + 1
            assert kept.status_code == 503
            assert browser.form(kept, "/say").fields["text"] == ASKED
            assert [outcome.tries for kind, outcome in slack.wire.deliveries if kind == "events_api"] == [[503]] * 5
            await eventually(lambda: [status for _, status in telegram.updates.deliveries][:2] == [503, 503], "Telegram is refused")

            unlocked(foreign)
            await eventually(lambda: all(answers_in(slack_texts(slack, user)) for user in people), "everybody on Slack is answered", 60)
            await eventually(lambda: answers_in(telegram_texts(telegram, LEA)), "and on Telegram")
            await product.drained()
            assert {user: answers_in(slack_texts(slack, user)) for user in people} == {user: [ANSWERS[0]] for user in people}
            assert answers_in(telegram_texts(telegram, LEA)) == [ANSWERS[0]]
            assert len((await product.export())["ticket"]) == 6
            await browser.http.aclose()


async def test_what_slack_gave_up_while_the_process_was_dead_is_answered_after_the_start_and_nobody_is_answered_twice(tmp_path: Path) -> None:
    async with SlackCloud(retry_delays_s=()) as slack:
        env = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": slack.api_url, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
        async with installed(tmp_path, env) as product:
            slack.wire.request_url = f"{product.base}/slack/events"
            await product.start()
            early, *late = slack_people(slack, 6)
            await slack.people.say(early, ASKED)
            await product.drained()
            await product.kill()
            await asyncio.gather(*(slack.people.say(user, ASKED) for user in late))
            assert not any(outcome.acked for _, outcome in slack.wire.deliveries[1:])

            await product.start()
            await eventually(lambda: all(answers_in(slack_texts(slack, user)) for user in late), "everybody is answered", 60)
            await product.drained()
            assert {user: answers_in(slack_texts(slack, user)) for user in (early, *late)} == {user: [ANSWERS[0]] for user in (early, *late)}
            assert slack.world.refused == []


async def test_telegrams_updates_wait_unconfirmed_while_the_database_is_away_and_all_come(tmp_path: Path) -> None:
    async with telegram_side(tmp_path) as (cloud, product):
        await product.start()
        foreign = locked(tmp_path / "firstline.db")
        for n in range(20):
            cloud.say(LEA, f"word {n}")
        polls = cloud.updates.polls
        await eventually(lambda: cloud.updates.polls >= polls + 2, "it asks again", 30)
        assert len(cloud.updates.pending) == 20
        assert cloud.updates.confirmed == 0

        unlocked(foreign)
        await eventually(lambda: cloud.updates.confirmed == 20, "everything is confirmed", 60)
        await product.drained()
        said = [message["text"] for message in (await product.export())["message"] if message["direction"] == "in"]
        assert said == [f"word {n}" for n in range(20)]
