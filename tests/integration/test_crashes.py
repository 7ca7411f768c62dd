"""kill -9 at any moment: nothing that was acknowledged is lost, nothing gets out of order, and what is sent twice is counted.

The product is a process on an SQLite file; the platforms are this project's own stand-ins, whose ledgers are compared with the export.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import pytest

from tests.builders import UNKNOWN
from tests.clouds.slack import SlackCloud
from tests.clouds.telegram import TelegramCloud
from tests.integration.crowd import (
    ANSWERS,
    ASKED,
    DETAILS,
    SAID,
    answers_in,
    said_in_order,
    slack_people,
    slack_side,
    slack_texts,
    telegram_people,
    telegram_side,
    telegram_texts,
)
from tests.integration.processes import Product
from tests.journeys.doors import eventually

PEOPLE, KILLS = 104, 6
TOTAL = PEOPLE * 6  # of the 5 events and 2 answers of each: a kill after the last would find nothing to do


def seed() -> int:
    """The seed of this run: printed, and settable to repeat one."""
    chosen = int(os.environ.get("FIRSTLINE_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"seed {chosen} (set FIRSTLINE_TEST_SEED to repeat it)")
    return chosen


async def kill_at_random(product: Product, progress: Callable[[], int], total: int, kills: int = KILLS) -> None:
    """That often, at random points of the progress towards the total, and a random moment after each of these."""
    rng = random.Random(seed())
    for point in sorted(rng.sample(range(1, total), kills)):
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


async def test_under_kills_at_random_moments_slack_loses_and_repeats_nothing_and_keeps_every_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with slack_side(tmp_path) as (cloud, product):
        await product.start()
        told = await _under_kills_slack(cloud, product)
    with capsys.disabled():
        print(f"\nSlack: {told}")


async def _under_kills_slack(cloud: SlackCloud, product: Product) -> str:
    people = slack_people(cloud, PEOPLE)

    def heard(user: str) -> list[str]:
        return answers_in(slack_texts(cloud, user))

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
    assert twice == 0  # after a start Slack is asked for what was being sent
    return f"{len(SAID) * PEOPLE} events, {product.kills} kills: 0 lost, 0 out of order, {twice} sent twice"


async def test_under_kills_at_random_moments_telegram_loses_nothing_and_keeps_every_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with telegram_side(tmp_path) as (cloud, product):
        await product.start()
        told = await _under_kills_telegram(cloud, product)
    with capsys.disabled():
        print(f"\nTelegram: {told}")


async def _under_kills_telegram(cloud: TelegramCloud, product: Product) -> str:
    people = telegram_people(cloud, PEOPLE)

    def heard(user: int) -> list[str]:
        return answers_in(telegram_texts(cloud, user))

    async def talks(user: int) -> None:
        for text, answer in ((ASKED, ANSWERS[0]), (UNKNOWN, ANSWERS[1])):
            cloud.say(user, text)
            await eventually(lambda: answer in heard(user), f"{user} is answered", 90.0)  # noqa: B023
        for text in DETAILS:
            cloud.say(user, text)

    talking = [asyncio.create_task(talks(user)) for user in people]
    await kill_at_random(product, lambda: cloud.updates.confirmed + sum(m.by_bot for m in cloud.ledger.messages), TOTAL)
    await asyncio.gather(*talking)
    await eventually(lambda: not cloud.updates.pending, "every update is confirmed", 60.0)
    await product.drained()

    stored = said_in_order(await product.export())
    for user in people:
        assert stored[f"telegram:{user}"] == [f"telegram:{user}/{m.id}" for m in cloud.ledger.shown(user, by_bot=False)]
    twice = sent_twice({str(user): heard(user) for user in people})
    return f"{len(SAID) * PEOPLE} events, {product.kills} kills: 0 lost, 0 out of order, {twice} sent twice"


async def test_under_kills_at_random_moments_each_ticket_has_one_card_and_both_sides_read_everything_in_order(tmp_path: Path) -> None:
    """Three tickets, worked on in the threads of their cards while the product is killed three times."""
    async with slack_side(tmp_path, 'slack_channel = "C0TIER2"') as (cloud, product):
        await product.start()
        people = slack_people(cloud, 3)
        tasks = [asyncio.create_task(_both_talk(cloud, user, f"{UNKNOWN} at {user}")) for user in people]

        await kill_at_random(product, lambda: sum(m.from_bot for m in cloud.world.messages), 20, kills=3)
        await asyncio.gather(*tasks)
        await product.drained()

        cards = [m for m in cloud.world.in_channel("C0TIER2") if m.from_bot and not m.thread]
        assert len(cards) == len(people)
        for user in people:
            [card] = [m for m in cards if f"at {user}" in m.shown]
            thread = [line for m in cloud.world.in_channel("C0TIER2", card.ts) if m.from_bot for line in m.shown.splitlines()]
            assert [line for line in thread if line.startswith("it squeaked")] == [f"it squeaked {n} times" for n in range(4)]
            heard = [line for text in slack_texts(cloud, user) for line in text.splitlines() if line.startswith("try oil")]
            assert heard == [f"try oil number {n}" for n in range(4)]


async def _both_talk(cloud: SlackCloud, user: str, words: str) -> None:
    await cloud.people.say(user, words)
    card = await eventually(lambda: next((m for m in cloud.world.in_channel("C0TIER2") if m.from_bot and words in m.shown), None), "there is a card", 60)
    for n in range(4):
        await cloud.people.say(user, f"it squeaked {n} times")
        await cloud.people.say("U0ANN", f"try oil number {n}", channel="C0TIER2", thread_ts=card.ts)
