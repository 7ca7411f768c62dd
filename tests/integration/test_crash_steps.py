"""kill -9 in the middle of each step, and a process that is stopped or started twice: what was begun is carried on.

A step is held open by the platform's stand-in, which does not answer, or answers only after it has done what was asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.builders import UNKNOWN
from tests.clouds.slack import SlackCloud
from tests.integration.crowd import (
    ANSWERS,
    ASKED,
    DETAILS,
    SlackSide,
    TelegramSide,
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

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEAMS = ('slack_channel = "C0TIER2"', 'slack_channel = "C0TIER3"')
ANN, BOB = "U0ANN", "U0BOB"  # of the stand-in's own people: an agent of tier 2, and one of nothing


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack_installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SlackSide]:
    """One for all tests, so that each costs the restart it is about and no more."""
    async with slack_side(tmp_path_factory.mktemp("slack")) as side:
        yield side


@pytest_asyncio.fixture(loop_scope="module")
async def slack(slack_installation: SlackSide) -> SlackSide:
    """The workspace without faults, and the product running."""
    return await _well(*slack_installation)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def team_installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SlackSide]:
    """One in which the tiers have their channels."""
    async with slack_side(tmp_path_factory.mktemp("team"), *TEAMS) as side:
        yield side


@pytest_asyncio.fixture(loop_scope="module")
async def team(team_installation: SlackSide) -> SlackSide:
    """The workspace without faults, and the product running."""
    return await _well(*team_installation)


async def _well(cloud: SlackCloud, product: Product) -> SlackSide:
    cloud.world.faults.clear()
    await product.start()
    return cloud, product


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telegram_installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TelegramSide]:
    """A bot that polls."""
    async with telegram_side(tmp_path_factory.mktemp("telegram")) as side:
        yield side


@pytest_asyncio.fixture(loop_scope="module")
async def telegram(telegram_installation: TelegramSide) -> TelegramSide:
    """The bot without faults, and the product running."""
    cloud, product = telegram_installation
    cloud.faults.clear()
    await product.start()
    return cloud, product


# ------------------------------------------------------------------------------------------------------------- each step
async def test_killed_between_acknowledgement_and_work_the_question_is_answered_once(slack: SlackSide) -> None:
    """Before its first turn the product asks Slack who that is: there it hangs."""
    cloud, product = slack
    [alice] = slack_people(cloud, 1)
    cloud.fault("users.info", hang_s=60)
    await cloud.people.say(alice, ASKED)
    await eventually(lambda: any(method == "users.info" and a.get("user") == alice for method, a in cloud.world.calls), "Slack is asked")
    assert cloud.wire.deliveries[-1][1].acked

    await product.kill()
    assert slack_texts(cloud, alice) == []
    await product.start()

    await eventually(lambda: slack_texts(cloud, alice), "Alice is answered")
    await product.drained()
    assert answers_in(slack_texts(cloud, alice)) == [ANSWERS[0]]


async def test_killed_between_work_and_sending_the_answer_goes_out_once_by_slack(slack: SlackSide) -> None:
    cloud, product = slack
    [alice] = slack_people(cloud, 1)
    called = len(cloud.world.calls)
    cloud.fault("chat.postMessage", hang_s=60)
    await cloud.people.say(alice, ASKED)
    await eventually(lambda: "chat.postMessage" in [method for method, _ in cloud.world.calls[called:]], "it is being sent")

    await product.kill()
    await product.start()

    await eventually(lambda: slack_texts(cloud, alice), "Alice is answered")
    await product.drained()
    assert answers_in(slack_texts(cloud, alice)) == [ANSWERS[0]]


async def test_killed_between_sending_and_marking_the_answer_is_found_again_and_not_repeated_on_slack(slack: SlackSide) -> None:
    cloud, product = slack
    [alice] = slack_people(cloud, 1)
    cloud.fault("chat.postMessage", hang_s=60, after=True)
    await cloud.people.say(alice, ASKED)
    await eventually(lambda: slack_texts(cloud, alice), "it has arrived")

    await product.kill()
    await product.start()
    await product.drained()

    assert answers_in(slack_texts(cloud, alice)) == [ANSWERS[0]]


async def test_killed_once_more_before_slack_could_be_asked_the_answer_is_still_not_repeated(slack: SlackSide) -> None:
    cloud, product = slack
    [alice] = slack_people(cloud, 1)
    cloud.fault("chat.postMessage", hang_s=60, after=True)
    await cloud.people.say(alice, ASKED)
    await eventually(lambda: slack_texts(cloud, alice), "it has arrived")

    await product.kill()
    cloud.fault("auth.test", hang_s=60)
    await product.start(ready=False)
    await eventually(lambda: product.figures(), "its figures are there")
    await product.kill()
    await product.start()
    await product.drained()

    assert answers_in(slack_texts(cloud, alice)) == [ANSWERS[0]]


async def test_killed_before_the_poll_confirms_it_an_update_comes_again_and_has_one_effect(telegram: TelegramSide) -> None:
    """The question that would confirm it never reaches the Bot API."""
    cloud, product = telegram
    [alice] = telegram_people(cloud, 1)
    await eventually(lambda: not cloud.updates.pending, "nothing else is pending")
    cloud.say(alice, ASKED)
    cloud.fail("getUpdates", hang_s=60)
    await eventually(lambda: telegram_texts(cloud, alice), "Alice is answered")
    await product.drained()  # the answer is marked as sent too: this is about the update alone
    assert cloud.updates.pending

    await product.kill()
    cloud.faults.clear()
    await product.start()
    await eventually(lambda: not cloud.updates.pending, "it is confirmed")
    await product.drained()

    assert answers_in(telegram_texts(cloud, alice)) == [ANSWERS[0]]
    assert len(said_in_order(await product.export())[f"telegram:{alice}"]) == 1


async def test_killed_between_work_and_sending_the_answer_goes_out_once_by_telegram(telegram: TelegramSide) -> None:
    cloud, product = telegram
    [alice] = telegram_people(cloud, 1)
    called = len(cloud.calls)
    cloud.fail("sendMessage", hang_s=60)
    cloud.say(alice, ASKED)
    await eventually(lambda: "sendMessage" in [method for method, _ in cloud.calls[called:]], "it is being sent")

    await product.kill()
    await product.start()

    await eventually(lambda: telegram_texts(cloud, alice), "Alice is answered")
    await product.drained()
    assert answers_in(telegram_texts(cloud, alice)) == [ANSWERS[0]]


async def test_killed_between_sending_and_marking_the_answer_goes_out_at_most_twice_by_telegram(telegram: TelegramSide) -> None:
    cloud, product = telegram
    [alice] = telegram_people(cloud, 1)
    cloud.fail("sendMessage", hang_s=60, after=True)
    cloud.say(alice, ASKED)
    await eventually(lambda: telegram_texts(cloud, alice), "it has arrived")

    await product.kill()
    await product.start()
    await product.drained()

    assert answers_in(telegram_texts(cloud, alice)) in ([ANSWERS[0]], [ANSWERS[0]] * 2)


async def test_killed_before_the_commit_an_event_is_not_acknowledged_and_comes_again(team: SlackSide) -> None:
    await _killed_before_the_commit(*team)


async def test_killed_before_the_commit_an_event_comes_again_over_the_next_socket(tmp_path: Path) -> None:
    async with slack_side(tmp_path, *TEAMS, socket_mode=True) as (cloud, product):
        await product.start()
        await _killed_before_the_commit(cloud, product)


async def _killed_before_the_commit(cloud: SlackCloud, product: Product) -> None:
    """For a ticket sign the product asks Slack for the marked message before it commits: there it hangs."""
    said = await cloud.people.say(BOB, "the lift hums in the night", channel="C0GEN")
    cloud.fault("conversations.replies", hang_s=60)
    marking = asyncio.create_task(cloud.people.react(ANN, said, "ticket"))
    await eventually(lambda: "conversations.replies" in [method for method, _ in cloud.world.calls], "Slack is asked")

    await product.kill()
    await product.start()
    delivery = await marking
    await product.drained()

    assert delivery.acked
    assert len(delivery.tries) > 1
    assert [t["question"] for t in (await product.export())["ticket"]].count("the lift hums in the night") == 1


async def test_killed_while_a_card_is_changed_it_shows_afterwards_who_has_the_ticket(team: SlackSide) -> None:
    cloud, product = team
    [alice] = slack_people(cloud, 1)
    await cloud.people.say(alice, UNKNOWN + " by the lift")
    card = await eventually(lambda: next((m for m in cloud.world.in_channel("C0TIER2") if "by the lift" in m.shown), None), "there is a card")
    called = len(cloud.world.calls)
    cloud.fault("chat.update", hang_s=60)
    await cloud.people.click(ANN, card, "Take it")
    await eventually(lambda: "chat.update" in [method for method, _ in cloud.world.calls[called:]], "it is being changed")

    await product.kill()
    await product.start()

    await eventually(lambda: "Ann" in card.shown and "Take it" not in card.labels, "the card shows Ann")
    await product.drained()
    assert sum("Ann has taken" in text for text in slack_texts(cloud, alice)) == 1


async def test_killed_while_a_file_is_passed_on_it_arrives_byte_for_byte(team: SlackSide) -> None:
    cloud, product = team
    [alice] = slack_people(cloud, 1)
    await cloud.people.say(alice, UNKNOWN + " and smokes")
    await eventually(lambda: answers_in(slack_texts(cloud, alice)), "it is passed on")
    called = len(cloud.world.calls)
    cloud.fault("files.getUploadURLExternal", hang_s=60)
    await cloud.people.say(alice, "", files={"smoke.txt": b"\x00grey\xff" * 1000})
    await eventually(lambda: "files.getUploadURLExternal" in [method for method, _ in cloud.world.calls[called:]], "it is being sent")

    await product.kill()
    await product.start()
    await product.drained()

    sent = [f["id"] for m in cloud.world.in_channel("C0TIER2") for f in m.wire.get("files") or []]
    assert [cloud.world.contents[file] for file in sent] == [b"\x00grey\xff" * 1000]


async def test_a_timer_that_became_due_while_nothing_ran_fires_once_afterwards(tmp_path: Path) -> None:
    async with slack_side(tmp_path, TEAMS[0] + '\nclaim_within = "2s"', TEAMS[1]) as (cloud, product):
        await product.start()
        await cloud.people.say(BOB, UNKNOWN)
        await eventually(lambda: cloud.world.in_channel("C0TIER2"), "there is a card")

        await product.kill()
        await product.start()

        await eventually(lambda: cloud.world.in_channel("C0TIER3"), "it went up to tier 3")
        await product.drained()
        events = [event["name"] for event in (await product.export())["event"]]
        assert (events.count("ReminderSent"), events.count("TicketEscalated")) == (1, 1)


# ------------------------------------------------------------------------------------------------- stopped, started twice
async def test_a_second_process_on_the_same_file_says_so_and_the_first_goes_on(slack: SlackSide) -> None:
    cloud, product = slack
    assert product.process
    [alice] = slack_people(cloud, 1)

    second = await product.command("run")

    assert second.code == 2
    assert second.err.count("\n") == 1
    assert f"is in use by process {product.process.pid}" in second.err
    await cloud.people.say(alice, ASKED)
    await eventually(lambda: slack_texts(cloud, alice), "the first still answers")


async def test_asked_to_stop_with_work_in_flight_it_ends_in_time_and_nothing_is_lost_or_sent_twice(slack: SlackSide) -> None:
    cloud, product = slack
    people = slack_people(cloud, 60)

    async def talks(user: str) -> None:
        for text in (UNKNOWN, *DETAILS):
            await cloud.people.say(user, text)

    talking = [asyncio.create_task(talks(user)) for user in people]
    await eventually(lambda: sum(bool(slack_texts(cloud, user)) for user in people) >= 10, "it is in the middle of it")
    code, took_s = await _stopped(product)
    assert (code, took_s < 10) == (0, True)

    await product.start()
    await asyncio.gather(*talking)
    await product.drained()
    stored = said_in_order(await product.export())
    for user in people:
        assert stored[f"slack:{user}"] == [f"slack:{m.channel}/{m.ts}" for m in cloud.world.in_channel(cloud.world.direct(user)) if not m.from_bot]
        assert answers_in(slack_texts(cloud, user)) == [ANSWERS[1]]


async def test_asked_to_stop_while_the_platform_hangs_it_ends_in_time_and_says_it_afterwards(slack: SlackSide) -> None:
    cloud, product = slack
    [alice] = slack_people(cloud, 1)
    called = len(cloud.world.calls)
    cloud.fault("chat.postMessage", hang_s=60)
    await cloud.people.say(alice, ASKED)
    await eventually(lambda: "chat.postMessage" in [method for method, _ in cloud.world.calls[called:]], "it is being sent")

    code, took_s = await _stopped(product)
    assert (code, took_s < 10) == (0, True)

    await product.start()
    await product.drained()
    assert answers_in(slack_texts(cloud, alice)) == [ANSWERS[0]]


async def test_asked_to_stop_while_the_platform_is_slow_it_waits_for_the_answer_and_says_nothing_twice(slack: SlackSide) -> None:
    cloud, product = slack
    [alice] = slack_people(cloud, 1)
    called = len(cloud.world.calls)
    cloud.fault("chat.postMessage", hang_s=2, slow=True)
    await cloud.people.say(alice, ASKED)
    await eventually(lambda: "chat.postMessage" in [method for method, _ in cloud.world.calls[called:]], "it is being sent")

    code, took_s = await _stopped(product)
    assert (code, took_s < 10) == (0, True)
    assert answers_in(slack_texts(cloud, alice)) == [ANSWERS[0]]

    await product.start()
    await product.drained()
    assert answers_in(slack_texts(cloud, alice)) == [ANSWERS[0]]


async def _stopped(product: Product) -> tuple[int, float]:
    """SIGTERM: the exit code, and how many seconds it took."""
    began = asyncio.get_running_loop().time()
    code = await product.stop()
    return code, asyncio.get_running_loop().time() - began
