"""`firstline privacy erase --platforms`: what we posted to and about somebody is taken away on Slack and Telegram; what cannot be is replaced, or told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.__main__ import execute
from bot.settings import names
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import BOT_TOKEN, SIGNING_SECRET, person
from tests.clouds.telegram import ANA, TEAM, TelegramCloud
from tests.journeys.doors import eventually, finds_card, hears, product
from tests.journeys.doors_slack import TIER_2, SlackAgent, SlackRequester
from tests.journeys.doors_telegram import TelegramAgent, TelegramRequester

WORDS = "My ergonomic chair squeaks, says canaryword"
DAYS = 86_400


@pytest.fixture(autouse=True)
def _an_empty_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


async def erased(env: Mapping[str, str], who: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The command with that environment: its exit code, and what it said."""
    os.environ.update(env)
    try:
        code = await asyncio.to_thread(execute, ["privacy", "erase", "--person", who, "--platforms", "--yes", "--reason", "they asked"])
    finally:
        for name in env:
            del os.environ[name]
    captured = capsys.readouterr()
    return code, captured.out + captured.err


async def test_on_slack_our_messages_are_deleted_and_the_card_says_nothing_any_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with SlackCloud() as cloud:
        env = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": cloud.api_url, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
        cloud.world.users["U0CANARY"] = person("U0CANARY", "Canary Bird")
        async with product(tmp_path, env, {"tier2": f'slack_channel = "{TIER_2}"', "tier3": 'slack_channel = "C0TIER3"'}) as (_, base):
            cloud.wire.request_url = f"{base}/slack/events"
            bird, ann = SlackRequester(cloud, "U0CANARY"), SlackAgent(cloud, "U0ANN", TIER_2, "Ann")
            await bird.says(WORDS)
            await hears(bird, "IT-1")
            await finds_card(ann, "IT-1", "canaryword")
            await ann.presses("IT-1", "Take it")
            await ann.writes("IT-1", "Dear Canary Bird, oil it")
            await hears(bird, "oil it")
        code, said = await erased(env, "slack:U0CANARY", capsys)
    left = [m.shown for m in cloud.world.messages if m.from_bot and not m.deleted]
    assert code == 0, said
    assert not any("canary" in one.lower() or "oil it" in one for one in left), left
    assert any(m.deleted for m in cloud.world.messages if m.from_bot and "oil it" in m.shown)
    assert "stand there still" not in said
    assert cloud.world.refused == []


async def test_on_telegram_what_is_too_old_to_be_deleted_is_replaced_and_a_file_that_cannot_be_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with TelegramCloud() as cloud:
        env = {"TELEGRAM_BOT_TOKEN": cloud.token, "TELEGRAM_API_URL": cloud.base_url}
        cloud.ledger.add_user(7001, "Canary Bird")
        async with product(tmp_path, env, {"tier2": f"telegram_chat = {TEAM}", "tier3": ""}):
            bird, ana = TelegramRequester(cloud, 7001), TelegramAgent(cloud, ANA, TEAM, "Ana")
            await bird.says(WORDS)
            await hears(bird, "IT-1")
            await finds_card(ana, "IT-1", "canaryword")
            await ana.presses("IT-1", "Take it")
            await ana.writes("IT-1", "Dear Canary Bird, oil it")
            await hears(bird, "oil it")
            await ana.attaches("IT-1", "canary.png", b"picture")
            await eventually(lambda: bird.got("canary.png"), "the file")
        for entry in cloud.ledger.messages:
            if "oil it" in entry.text or "document" in entry.wire or "photo" in entry.wire:
                entry.wire["date"] -= 3 * DAYS
        code, said = await erased(env, "telegram:7001", capsys)
    ours = [one for one in cloud.ledger.messages if one.by_bot and not one.deleted]
    assert code == 0, said
    assert not any("canary" in one.text.lower() or "oil it" in one.text for one in ours), [one.text for one in ours]
    assert any("oil it" in "".join(one.versions) and one.text == "[erased]" for one in ours)
    assert any(one.deleted for one in cloud.ledger.messages if one.by_bot and one.chat == 7001)
    assert "telegram: 1 message(s) of ours stand there still" in said
