"""kill -9 at any moment: nothing that was acknowledged is lost, nothing gets out of order, and what is sent twice is counted.

The product is a process on an SQLite file; the platforms are this project's own stand-ins, whose ledgers are compared with the export. Processes on a
server have a file of their own; longer runs of either: `python -m tests.crash`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.builders import UNKNOWN
from tests.clouds.slack import SlackCloud
from tests.crash.compare import Findings, answers, events
from tests.crash.run import crash, seed
from tests.figures import FIGURES, Record
from tests.integration.crowd import slack_people, slack_side, slack_texts
from tests.integration.processes import Product
from tests.journeys.doors import eventually

KILLS, EVENTS = 6, 520


async def test_under_kills_at_random_moments_slack_loses_and_repeats_nothing_and_keeps_every_order(tmp_path: Path, record_property: Record) -> None:
    outcome = await crash(tmp_path, "sqlite", "slack", kills=KILLS, count=EVENTS, seed=seed())

    record_property(FIGURES, f"Slack: {outcome}")
    assert (outcome.acknowledged, outcome.kills) == (EVENTS, KILLS)
    assert outcome.found == Findings()  # after a start Slack is asked for what was being sent


async def test_under_kills_at_random_moments_telegram_loses_nothing_and_keeps_every_order(tmp_path: Path, record_property: Record) -> None:
    outcome = await crash(tmp_path, "sqlite", "polling", kills=KILLS, count=EVENTS, seed=seed())

    record_property(FIGURES, f"Telegram: {outcome}")
    assert (outcome.acknowledged, outcome.kills) == (EVENTS, KILLS)
    assert outcome.found.but_repeats == Findings()
    assert outcome.found.twice <= outcome.kills  # it cannot be asked, so one message each goes out again


async def test_under_kills_at_random_moments_each_ticket_has_one_card_and_both_sides_read_everything_in_order(tmp_path: Path) -> None:
    """Three tickets, worked on in the threads of their cards while the product is killed three times."""
    async with slack_side(tmp_path, 'slack_channel = "C0TIER2"') as (cloud, product):
        await product.start()
        people = slack_people(cloud, 3)
        tasks = [asyncio.create_task(_both_talk(cloud, user, f"{UNKNOWN} at {user}")) for user in people]

        await _kill_at_random(product, lambda: sum(m.from_bot for m in cloud.world.messages), 20, kills=3)
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


async def _kill_at_random(product: Product, progress: Callable[[], int], total: int, kills: int) -> None:
    """That often, at random points of the progress towards the total, and a random moment after each of these."""
    rng = random.Random(seed())
    for point in sorted(rng.sample(range(1, total), kills)):
        await eventually(lambda: progress() >= point, f"{point} of {total} done", 90.0)  # noqa: B023 - looked at at once
        await asyncio.sleep(rng.uniform(0, 0.2))
        await product.kill()
        await product.start()


# -------------------------------------------------------------------------------------------- the comparison finds what it is there to find
@pytest.mark.parametrize(
    ("said", "stored", "found"),
    [
        ("abc", "abc", Findings()),
        ("abc", "ac", Findings(lost=1)),
        ("abc", "", Findings(lost=3)),
        ("abc", "acb", Findings(out_of_order=1)),
        ("abc", "abbc", Findings(handled_twice=1)),
        ("abc", "xayb", Findings(lost=1)),
    ],
)
def test_events_that_are_not_stored_once_in_the_order_of_writing_are_found(said: str, stored: str, found: Findings) -> None:
    assert events({"ann": said}, {"ann": stored, "bob": "z"}) == found


@pytest.mark.parametrize(
    ("heard", "kills", "found"),
    [
        ("ab", [], Findings()),
        ("a", [], Findings(lost=1)),
        ("ba", [], Findings(out_of_order=1)),
        ("aba", [1], Findings(out_of_order=1, twice=1, most_by_a_kill=1)),
        ("aab", [1], Findings(twice=1, most_by_a_kill=1)),
        ("aaab", [1, 2], Findings(twice=2, most_by_a_kill=1)),
        ("aabb", [1, 3], Findings(twice=2, most_by_a_kill=1)),
        ("aaab", [1], Findings(twice=2, most_by_a_kill=1, unexplained=1)),
    ],
)
def test_answers_that_did_not_come_once_and_in_order_are_found_and_repeats_are_laid_at_the_kill_before_them(
    heard: str, kills: Sequence[int], found: Findings
) -> None:
    assert answers({"ann": list(enumerate(heard))}, "ab", kills) == found


def test_two_messages_that_one_kill_made_come_again_are_both_laid_at_it() -> None:
    assert answers({"ann": [(0, "a"), (3, "a")], "bob": [(1, "a"), (4, "a")]}, "a", [2, 9]) == Findings(twice=2, most_by_a_kill=2)
