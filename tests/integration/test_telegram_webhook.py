"""The adapter by webhook: a real web server, called by a Bot API on loopback."""
from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.domain.messages import Said
from tests.clouds.telegram import LEA, MAX, TelegramCloud
from tests.clouds.telegram_ear import SECRET, Ear, listening

HEADER = "X-Telegram-Bot-Api-Secret-Token"
GOOD = {"update_id": 5, "message": {"message_id": 1, "date": 1, "chat": {"id": LEA, "type": "private"}, "from": {"id": LEA, "is_bot": False}, "text": "hi"}}


@pytest.fixture
async def cloud() -> AsyncIterator[TelegramCloud]:
    async with TelegramCloud() as cloud:
        yield cloud


async def post(cloud: TelegramCloud, body: bytes, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as session, session.post(cloud.updates.hook["url"], data=body, headers=headers) as answer:
        assert await answer.read() == b""
        return answer.status


async def test_updates_arrive_in_order_and_are_confirmed_when_kept(cloud: TelegramCloud) -> None:
    async with listening(cloud, webhook=True) as (_, ear):
        for n in range(20):
            cloud.say(LEA, f"word {n}")
        heard = [await ear.next("said") for _ in range(20)]
        assert [i.what.text for i in heard if isinstance(i.what, Said)] == [f"word {n}" for n in range(20)]
        await cloud.ledger.until(lambda: cloud.updates.confirmed == 20, "all confirmed")
    assert cloud.refusals == []


async def test_what_could_not_be_kept_is_sent_again_and_in_order(cloud: TelegramCloud) -> None:
    async with listening(cloud, webhook=True) as (_, ear):
        ear.broken = 3
        cloud.say(LEA, "first")
        cloud.say(LEA, "second")
        assert [(await ear.next("said")).what.text for _ in range(2)] == ["first", "second"]  # type: ignore[union-attr]
        assert [status for _, status in cloud.updates.deliveries][:3] == [503, 503, 503]


async def test_the_backlog_of_a_time_without_webhook_is_kept(cloud: TelegramCloud) -> None:
    cloud.say(MAX, "while you were away")
    async with listening(cloud, webhook=True) as (_, ear):
        assert (await ear.next("said")).what.text == "while you were away"  # type: ignore[union-attr]


async def test_going_back_to_polling_keeps_what_is_pending(cloud: TelegramCloud) -> None:
    ear = Ear()
    async with listening(cloud, webhook=True, ear=ear):
        pass
    cloud.say(MAX, "in between")
    async with listening(cloud, ear=ear):
        assert (await ear.next("said")).what.text == "in between"  # type: ignore[union-attr]


@pytest.mark.parametrize("headers", [{}, {HEADER: "wrong"}, {HEADER: ""}, {HEADER: SECRET + "x"}, {HEADER: SECRET.upper()}, {HEADER: "ñ" * 16}])
async def test_a_request_without_the_secret_is_refused_and_nothing_is_kept(cloud: TelegramCloud, headers: dict[str, str]) -> None:
    async with listening(cloud, webhook=True) as (_, ear):
        assert await post(cloud, json.dumps(GOOD).encode(), headers) == 403
        assert ear.heard == []


@pytest.mark.parametrize("body", [
    b"", b"{", b"null", b"[]", b'"update"', b"{}", b'{"update_id": "1"}', b'{"update_id": true}', b'{"update_id": 1.5}', b"\xff\xfe", b"[" * 100_000,
])
async def test_a_body_that_is_no_update_is_a_bad_request(cloud: TelegramCloud, body: bytes) -> None:
    async with listening(cloud, webhook=True) as (_, ear):
        assert await post(cloud, body, {HEADER: SECRET}) == 400
        assert ear.heard == []


@pytest.mark.parametrize("change", [
    {"message": None}, {"message": {}}, {"message": []}, {"message": "x"}, {"message": {"chat": None}}, {"message": {**GOOD["message"], "from": None}},  # type: ignore[dict-item]
    {"message": {**GOOD["message"], "chat": {"id": "abc", "type": "private"}}}, {"message": {**GOOD["message"], "text": 7}},  # type: ignore[dict-item]
    {"message": {**GOOD["message"], "entities": 3, "chat": {"id": -5, "type": "group"}}}, {"callback_query": {"id": 1}}, {"poll": {"id": "1"}},  # type: ignore[dict-item]
    {"message": {**GOOD["message"], "date": 10**30}}, {"message": {**GOOD["message"], "photo": [{}]}},  # type: ignore[dict-item]
])
async def test_an_update_of_an_unknown_form_is_taken_and_the_next_one_is_heard(cloud: TelegramCloud, change: dict[str, object]) -> None:
    async with listening(cloud, webhook=True) as (_, ear):
        assert await post(cloud, json.dumps({**{k: v for k, v in GOOD.items() if k != "message"}, **change}).encode(), {HEADER: SECRET}) == 200
        cloud.say(MAX, "next")
        await ear.until(lambda: [i for i in ear.heard if isinstance(i.what, Said) and i.what.text == "next"], "the next one")


async def test_a_body_over_the_limit_is_too_large(cloud: TelegramCloud) -> None:
    async with listening(cloud, webhook=True):
        assert await post(cloud, b"x" * ((1 << 20) + 1), {HEADER: SECRET}) == 413


async def test_the_same_update_twice_is_taken_twice_and_counts_once(cloud: TelegramCloud) -> None:
    async with listening(cloud, webhook=True) as (_, ear):
        for _ in range(2):
            assert await post(cloud, json.dumps(GOOD).encode(), {HEADER: SECRET}) == 200
        assert (len(ear.heard), ear.repeats) == (1, 1)
