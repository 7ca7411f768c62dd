"""Repeats, refusals to take more, floods and poison: each has its bound, and nobody else notices."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.engine.faq.knowledge import Knowledge
from bot.engine.running.directory import Directory
from bot.engine.running.work import MAX_TRIES, Workers
from bot.engine.turn import Crew
from bot.store.sql import SqlStore
from kb.decision import Verdict
from tests.builders import ALICE, BOB, UNKNOWN
from tests.clouds.slack_wire import Delivery, Wire
from tests.clouds.slack_world import Message
from tests.integration.crowd import (
    ANSWERS,
    ASKED,
    DETAILS,
    SlackSide,
    answers_in,
    said_in_order,
    slack_people,
    slack_side,
    slack_texts,
    telegram_people,
    telegram_side,
    telegram_texts,
)
from tests.integration.processes import Json, installed
from tests.journeys.doors import eventually
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SlackSide]:
    """A workspace, and the product running for it; every test has people of its own."""
    async with slack_side(tmp_path_factory.mktemp("slack")) as (cloud, product):
        await product.start()
        yield cloud, product


# ---------------------------------------------------------------------------------------------------------------- repeats
async def test_a_third_of_all_events_delivered_up_to_five_times_has_one_effect_each_by_slack(slack: SlackSide) -> None:
    cloud, product = slack
    people, rng = slack_people(cloud, 120), random.Random(4)
    deliveries: list[tuple[str, Json]] = []
    for n, user in enumerate(people):
        event = {"type": "message", "channel": cloud.world.direct(user), "channel_type": "im", "user": user, "text": ASKED, "ts": cloud.world.timestamp()}
        cloud.world.messages.append(Message(event))
        deliveries += [(f"Ev{n:08}", event)] * (rng.randint(2, 5) if rng.random() < 0.3 else 1)
    rng.shuffle(deliveries)

    outcomes = await asyncio.gather(*(cloud.wire.event(event, event_id) for event_id, event in deliveries))
    await eventually(lambda: all(slack_texts(cloud, user) for user in people), "everybody is answered", 60)
    await product.drained()

    assert len(deliveries) > 1.3 * len(people)
    assert all(outcome.tries == [200] for outcome in outcomes)
    assert {user: answers_in(slack_texts(cloud, user)) for user in people} == {user: [ANSWERS[0]] for user in people}
    said = said_in_order(await product.export())
    assert {user: len(said[f"slack:{user}"]) for user in people} == dict.fromkeys(people, 1)


async def test_a_third_of_all_updates_delivered_up_to_five_times_has_one_effect_each_by_telegram(tmp_path: Path) -> None:
    """Questions first, then the presses on their answers, over the webhook and in any order."""
    rng = random.Random(5)

    async def deliver(updates: list[Json]) -> None:
        repeated = [update for update in updates for _ in range(rng.randint(2, 5) if rng.random() < 0.3 else 1)]
        rng.shuffle(repeated)
        assert len(repeated) > 1.3 * len(updates)
        assert set(await asyncio.gather(*(cloud.updates.post(update) for update in repeated))) == {200}

    async with telegram_side(tmp_path, webhook=True) as (cloud, product):
        people = telegram_people(cloud, 60)
        for user in people:
            cloud.say(user, ASKED)
        questions = list(cloud.updates.pending)
        cloud.updates.pending.clear()
        await product.start()
        await deliver(questions)
        await eventually(lambda: all(telegram_texts(cloud, user) for user in people), "everybody is answered", 60)
        hook, cloud.updates.hook = cloud.updates.hook, {}
        for user in people:
            cloud.click(user, next(e for e in cloud.ledger.shown(user, by_bot=True) if e.buttons), "Talk to a person")
        presses = list(cloud.updates.pending)
        cloud.updates.pending.clear()
        cloud.updates.hook = hook
        await deliver(presses)
        await eventually(lambda: all(len(telegram_texts(cloud, user)) > 1 for user in people), "everybody is passed on", 60)
        await product.drained()

        assert {user: answers_in(telegram_texts(cloud, user)) for user in people} == {user: list(ANSWERS) for user in people}
        names = Counter(event["name"] for event in (await product.export())["event"])
        assert names["TicketOpened"] == names["TicketHandedOver"] == len(people)


class Stutter(Wire):
    """Delivers every press twice."""

    async def interactive(self, payload: Json) -> Delivery:
        """The same payload again, whatever became of the first."""
        first = await super().interactive(payload)
        await super().interactive(payload)
        return first


async def test_a_press_that_is_delivered_twice_has_one_effect(slack: SlackSide) -> None:
    cloud, product = slack
    [alice] = slack_people(cloud, 1)
    await cloud.people.say(alice, ASKED)
    answer = await eventually(lambda: next((m for m in cloud.world.seen_by(alice) if m.labels), None), "Alice is answered")
    wire, cloud.people.wire = cloud.people.wire, Stutter(cloud.wire.request_url)
    try:
        await cloud.people.click(alice, answer, "Talk to a person")
    finally:
        await cloud.people.wire.close()
        cloud.people.wire = wire
    await eventually(lambda: len(slack_texts(cloud, alice)) > 1, "she is passed on")
    await product.drained()

    assert answers_in(slack_texts(cloud, alice)) == list(ANSWERS)
    asked = next(ticket["number"] for ticket in (await product.export())["ticket"] if ticket["requester"] == f"slack:{alice}")
    happened = [event["name"] for event in (await product.export())["event"] if event["ticket"] == asked]
    assert happened.count("TicketHandedOver") == 1


# ------------------------------------------------------------------------------------------- a platform that takes no more
async def test_in_a_storm_of_429_the_order_is_kept_and_nothing_is_lost_or_sent_twice(slack: SlackSide) -> None:
    cloud, product = slack
    people = slack_people(cloud, 25)
    sent = len([m for m in cloud.world.messages if m.from_bot])
    calls = len([method for method, _ in cloud.world.calls if method == "chat.postMessage"])
    cloud.fault("chat.postMessage", status=429, error="ratelimited", retry_after="1", times=60)

    async def talks(user: str) -> None:
        for text in (UNKNOWN, *DETAILS, "hello", "hola"):
            await cloud.people.say(user, text)

    await asyncio.gather(*(talks(user) for user in people))
    await eventually(lambda: not any(fault.times for fault in cloud.world.faults), "the storm is over", 60)
    await eventually(lambda: all(slack_texts(cloud, user) for user in people), "everybody is told", 60)
    await product.drained()

    assert {user: answers_in(slack_texts(cloud, user)) for user in people} == {user: [ANSWERS[1]] for user in people}
    said = said_in_order(await product.export())
    for user in people:
        assert said[f"slack:{user}"] == [f"slack:{m.channel}/{m.ts}" for m in cloud.world.in_channel(cloud.world.direct(user)) if not m.from_bot]
    arrived = len([m for m in cloud.world.messages if m.from_bot]) - sent
    assert len([method for method, _ in cloud.world.calls if method == "chat.postMessage"]) - calls == arrived + 60


# ----------------------------------------------------------------------------------------------------------------- floods
async def test_one_requesters_flood_of_300_messages_does_not_hold_up_anothers_answer(slack: SlackSide) -> None:
    """Compared in this very run with the same desk when it is idle, or, where the machine has much else to do, with how long the flood lasts."""
    cloud, product = slack
    [flooder] = slack_people(cloud, 1)
    await cloud.people.say(flooder, UNKNOWN)
    await product.drained()

    async def answered_in_s() -> float:
        [user] = slack_people(cloud, 1)
        began = time.monotonic()
        await cloud.people.say(user, ASKED)
        await eventually(lambda: slack_texts(cloud, user), f"{user} is answered", 60)
        return time.monotonic() - began

    async def floods(numbers: range) -> None:
        for n in numbers:
            await cloud.people.say(flooder, f"and another thing, number {n}")

    idle = [await answered_in_s() for _ in range(9)]
    flood, began = asyncio.gather(*(floods(range(n, 300, 15)) for n in range(15))), time.monotonic()
    meanwhile = []
    while not flood.done():
        meanwhile.append(await answered_in_s())
    lasted_s = time.monotonic() - began
    await product.drained()

    assert len(meanwhile) > 2
    assert statistics.median(meanwhile) < max(5 * statistics.median(idle), lasted_s / 5)
    assert len(said_in_order(await product.export())[f"slack:{flooder}"]) == 301


# ----------------------------------------------------------------------------------------------------------------- poison
POISON = "a question on which our own program fails"


class Faulty(Knowledge):
    """A knowledge base with a mistake in its program, until it is mended."""

    mended = False

    def ask(self, question: str, language: str) -> Verdict:
        if question == POISON and not self.mended:
            raise ZeroDivisionError
        return super().ask(question, language)


class Desk(World):
    """A desk over an SQLite file, with that knowledge base."""

    def __init__(self, file: Path, mended: bool = False) -> None:
        super().__init__(store=SqlStore.open(f"sqlite:///{file}"))
        self.knowledge = Faulty(self.entries, self.desk.languages)
        self.knowledge.mended = mended
        crew = Crew(self.desk, self.channels, self.knowledge, self.roster, Directory(self.channels))
        self.workers = Workers(self.store, crew, self.bus, self.delivery, self.clock, lambda ids: None)

    async def close(self) -> None:
        """Let the file go."""
        assert isinstance(self.store, SqlStore)
        await self.store.close()


async def test_an_event_on_which_we_fail_is_parked_while_all_others_go_on_and_is_handled_after_the_cure(tmp_path: Path) -> None:
    async with installed(tmp_path, {}) as product:
        desk = Desk(tmp_path / "firstline.db")
        await desk.says(POISON, ALICE)
        await desk.says("VPN from home", BOB)
        desk.heard("saxophone", BOB)
        for _ in range(MAX_TRIES):
            await desk.passes(minutes=1)
        await desk.says("I forgot my password", ALICE)
        desk.heard("marmalade", ALICE)
        await desk.close()

        queue = await product.queue()
        assert (queue["inbox_parked"], queue["inbox_waiting"]) == (1, 0)
        assert [(letter["kind"], letter["attempts"]) for letter in queue["dead_letters"]] == [("said", MAX_TRIES)]
        assert (await product.command("queue", "retry", "--json")).lines == [{"dead_letters": 1, "failed_messages": 0}]

        mended = Desk(tmp_path / "firstline.db", mended=True)
        await mended.passes(days=365)
        talk = [message.text for number in ("IT-1", "IT-2", "IT-3") for message in await mended.store.talk(number, internal=True)]
        assert talk.count(POISON) == 1
        await mended.close()
        assert (await product.queue())["inbox_parked"] == 0
