"""kill -9 at any moment: nothing that was acknowledged is lost, nothing gets out of order, and what is sent twice is counted.

The product is a process on an SQLite file; the platforms are this project's own stand-ins, whose ledgers are compared with the export.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import pytest

from tests.builders import UNKNOWN
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import BOT_TOKEN, SIGNING_SECRET, person
from tests.clouds.telegram import TelegramCloud
from tests.integration.processes import Json, Product, installed, marker, question
from tests.journeys.doors import eventually

REDELIVERIES = (0.1,) * 200  # seconds; the real Slack tries three times within minutes, here a restart has to fit in between
PEOPLE, KILLS = 104, 6
ASKED = question(0)
ANSWERS = (marker(0), "passed it on")  # what everybody is told, in this order
DETAILS = ("It is the one by the window", "and it is louder on Mondays", "please hurry")
TOTAL = PEOPLE * 6  # of the 5 events and 2 answers of each: a kill after the last would find nothing to do
SAID = (ASKED, UNKNOWN, *DETAILS)  # what everybody says: after each of the first two they wait for the answer, the rest comes at once


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[tuple[SlackCloud, Product]]:
    """A workspace, and the product that is not running yet."""
    async with SlackCloud(retry_delays_s=REDELIVERIES) as cloud:
        env = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET, "SLACK_API_URL": cloud.api_url}
        async with installed(tmp_path, env) as product:
            cloud.wire.request_url = f"{product.base}/slack/events"
            yield cloud, product


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[tuple[TelegramCloud, Product]]:
    """A bot that polls, and the product that is not running yet."""
    async with TelegramCloud() as cloud, installed(tmp_path, {"TELEGRAM_BOT_TOKEN": cloud.token, "TELEGRAM_API_URL": cloud.base_url}) as product:
        yield cloud, product


def slack_people(cloud: SlackCloud, count: int) -> list[str]:
    """New members of the workspace."""
    for n in range(count):
        cloud.world.users[f"U0P{n:03}"] = person(f"U0P{n:03}", f"Pat {n}")
    return [f"U0P{n:03}" for n in range(count)]


def telegram_people(cloud: TelegramCloud, count: int) -> list[int]:
    """New users who have found the bot."""
    for n in range(count):
        cloud.ledger.add_user(7000 + n, f"Pat {n}")
    return [7000 + n for n in range(count)]


def seed() -> int:
    """The seed of this run: printed, and settable to repeat one."""
    chosen = int(os.environ.get("FIRSTLINE_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"seed {chosen} (set FIRSTLINE_TEST_SEED to repeat it)")
    return chosen


async def kill_at_random(product: Product, progress: Callable[[], int], total: int) -> None:
    """KILLS times, at random points of the progress towards the total, and a random moment after each of these."""
    rng = random.Random(seed())
    for point in sorted(rng.sample(range(1, total), KILLS)):
        await eventually(lambda: progress() >= point, f"{point} of {total} done", 90.0)  # noqa: B023 - looked at at once
        await asyncio.sleep(rng.uniform(0, 0.2))
        await product.kill()
        await product.start()


def sent_twice(heard: Mapping[str, Sequence[str]]) -> int:
    """How many messages were sent more than once, when every conversation heard every answer in order; AssertionError otherwise.

    heard: by conversation, the answers in the order in which they arrived. A repeat may only follow the message it repeats.
    """
    for conversation, answers in heard.items():
        assert [answer for answer, _ in groupby(answers)] == list(ANSWERS), f"lost or out of order in {conversation}: {answers}"
        assert len(answers) - len(ANSWERS) <= KILLS, f"more than one repeat a kill in {conversation}: {answers}"
    return sum(len(answers) - len(ANSWERS) for answers in heard.values())


def answers_in(texts: Iterable[str]) -> list[str]:
    """The answers among what somebody was told."""
    return [answer for text in texts for answer in ANSWERS if answer in text]


def said_in_order(export: Mapping[str, list[Json]]) -> dict[str, list[str]]:
    """By author, the platform's ids of what they said, in the order in which it was handled."""
    said: dict[str, list[str]] = {}
    for message in export["message"]:
        if message["direction"] == "in":
            said.setdefault(message["author"], []).append(message["source"])
    return said


# ------------------------------------------------------------------------------------------------------------- any moment
async def test_under_kills_at_random_moments_slack_loses_nothing_and_keeps_every_order(slack: tuple[SlackCloud, Product]) -> None:
    cloud, product = slack
    people = slack_people(cloud, PEOPLE)
    await product.start()

    def heard(user: str) -> list[str]:
        return answers_in(m.shown for m in cloud.world.in_channel(cloud.world.direct(user)) if m.from_bot)

    async def talks(user: str) -> None:
        for text, answer in ((ASKED, ANSWERS[0]), (UNKNOWN, ANSWERS[1])):
            await cloud.people.say(user, text)
            await eventually(lambda: answer in heard(user), f"{user} is answered", 90.0)  # noqa: B023
        for text in DETAILS:
            await cloud.people.say(user, text)

    def progress() -> int:
        return sum(outcome.acked for _, outcome in cloud.wire.deliveries) + sum(m.from_bot for m in cloud.world.messages)

    talking = [asyncio.create_task(talks(user)) for user in people]
    await kill_at_random(product, progress, TOTAL)
    await asyncio.gather(*talking)
    await product.drained()

    assert all(outcome.acked for _, outcome in cloud.wire.deliveries)
    stored = said_in_order(await product.export())
    for user in people:
        assert stored[f"slack:{user}"] == [f"slack:{m.channel}/{m.ts}" for m in cloud.world.in_channel(cloud.world.direct(user)) if not m.from_bot]
    twice = sent_twice({user: heard(user) for user in people})
    print(f"{len(SAID) * PEOPLE} events, {product.kills} kills: 0 lost, 0 out of order, {twice} sent twice")


async def test_under_kills_at_random_moments_telegram_loses_nothing_and_keeps_every_order(telegram: tuple[TelegramCloud, Product]) -> None:
    cloud, product = telegram
    people = telegram_people(cloud, PEOPLE)

    def heard(user: int) -> list[str]:
        return answers_in(entry.text for entry in cloud.ledger.shown(user, by_bot=True))

    async def talks(user: int) -> None:
        for text, answer in ((ASKED, ANSWERS[0]), (UNKNOWN, ANSWERS[1])):
            cloud.say(user, text)
            await eventually(lambda: answer in heard(user), f"{user} is answered", 90.0)  # noqa: B023
        for text in DETAILS:
            cloud.say(user, text)

    talking = [asyncio.create_task(talks(user)) for user in people]
    await product.start()
    await kill_at_random(product, lambda: cloud.updates.confirmed + sum(m.by_bot for m in cloud.ledger.messages), TOTAL)
    await asyncio.gather(*talking)
    await eventually(lambda: not cloud.updates.pending, "every update is confirmed", 60.0)
    await product.drained()

    stored = said_in_order(await product.export())
    for user in people:
        assert stored[f"telegram:{user}"] == [f"telegram:{user}/{m.id}" for m in cloud.ledger.shown(user, by_bot=False)]
    twice = sent_twice({str(user): heard(user) for user in people})
    print(f"{len(SAID) * PEOPLE} events, {product.kills} kills: 0 lost, 0 out of order, {twice} sent twice")
