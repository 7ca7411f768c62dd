"""A crowd that writes to the product over the stand-ins of Slack and Telegram, and what each of them was told.

A team's place is paced to a message a second: where hundreds of tickets are made, the tiers have no places and work on the agents' page.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path

from tests.builders import UNKNOWN
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, person
from tests.clouds.telegram import TelegramCloud
from tests.integration.processes import Json, Product, installed, marker, question

SlackSide = tuple[SlackCloud, Product]
TelegramSide = tuple[TelegramCloud, Product]

REDELIVERIES = (0.1,) * 200  # seconds; the real Slack tries three times within minutes, here a restart has to fit in between
ASKED = question(0)
ANSWERS = (marker(0), "passed it on")  # what everybody is told, in this order
DETAILS = ("It is the one by the window", "and it is louder on Mondays", "please hurry")
SAID = (ASKED, UNKNOWN, *DETAILS)  # what everybody says: after each of the first two they wait for the answer, the rest comes at once


@contextlib.asynccontextmanager
async def slack_side(folder: Path, tier2: str = "", tier3: str = "", *, socket_mode: bool = False) -> AsyncIterator[SlackSide]:
    """A workspace, and the product for it that is not running yet. tier2, tier3: as `installed` takes them."""
    async with SlackCloud(retry_delays_s=REDELIVERIES) as cloud:
        env = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": cloud.api_url}
        env |= {"SLACK_APP_TOKEN": APP_TOKEN} if socket_mode else {"SLACK_SIGNING_SECRET": SIGNING_SECRET}
        async with installed(folder, env, tier2, tier3) as product:
            cloud.wire.request_url = "" if socket_mode else f"{product.base}/slack/events"
            yield cloud, product


@contextlib.asynccontextmanager
async def telegram_side(folder: Path, tier2: str = "", tier3: str = "", *, webhook: bool = False) -> AsyncIterator[TelegramSide]:
    """A bot, and the product for it that is not running yet."""
    async with TelegramCloud() as cloud:
        env = {"TELEGRAM_BOT_TOKEN": cloud.token, "TELEGRAM_API_URL": cloud.base_url}
        async with installed(folder, env, tier2, tier3) as product:
            if webhook:
                product.env |= {"TELEGRAM_WEBHOOK_URL": product.base, "TELEGRAM_WEBHOOK_SECRET": "crowd_secret-1"}
            yield cloud, product


def slack_people(cloud: SlackCloud, count: int) -> list[str]:
    """New members of the workspace."""
    first = len(cloud.world.users)
    for n in range(first, first + count):
        cloud.world.users[f"U0P{n:04}"] = person(f"U0P{n:04}", f"Pat {n}")
    return [f"U0P{n:04}" for n in range(first, first + count)]


def telegram_people(cloud: TelegramCloud, count: int) -> list[int]:
    """New users who have found the bot."""
    first = 7000 + len(cloud.ledger.users)
    for n in range(first, first + count):
        cloud.ledger.add_user(n, f"Pat {n}")
    return list(range(first, first + count))


def slack_texts(cloud: SlackCloud, user: str) -> list[str]:
    """What the bot has said to somebody, in order."""
    return [m.shown for m in cloud.world.in_channel(cloud.world.direct(user)) if m.from_bot]


def telegram_texts(cloud: TelegramCloud, user: int) -> list[str]:
    """What the bot has said to somebody, in order."""
    return [entry.text for entry in cloud.ledger.shown(user, by_bot=True)]


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
