"""What a platform itself can refuse."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.clouds.slack_world import BOT_USER
from tests.clouds.telegram import EXPERTS, TEAM
from tests.clouds.telegram_ledger import BOT
from tests.faults.fault import Fault, Harm
from tests.faults.flows import Answered
from tests.faults.scene import Scene

ONE = ("sqlite",)
TWO = ("sqlite", "postgresql")
ALWAYS = 10**9  # times a fault strikes
SAYS = ("sendMessage", "editMessageText", "createForumTopic", "editForumTopic", "answerCallbackQuery")  # of Telegram's methods


def _storm(asked: Callable[[], str | None], seconds: int | None) -> Harm:
    """429 to every call. asked: Slack's header; seconds: Telegram's number."""

    @contextlib.asynccontextmanager
    async def harm(scene: Scene) -> AsyncIterator[None]:
        slack, telegram = scene.slack.cloud, scene.telegram.cloud
        slack.fault("*", status=429, error="ratelimited", retry_after=asked(), times=ALWAYS)
        for method in SAYS:
            telegram.fail(method, status=429, retry_after=seconds, description="Too Many Requests", times=ALWAYS)
        try:
            yield
        finally:
            slack.world.faults.clear()
            telegram.faults.clear()

    return harm


def _date() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=4), usegmt=True)


@contextlib.asynccontextmanager
async def revoked(scene: Scene) -> AsyncIterator[None]:
    """Neither token is good."""
    scene.slack.cloud.fault("*", error="token_revoked", times=ALWAYS)
    scene.telegram.cloud.revoked = True
    try:
        yield
    finally:
        scene.slack.cloud.world.faults.clear()
        scene.telegram.cloud.revoked = False


@contextlib.asynccontextmanager
async def removed(scene: Scene) -> AsyncIterator[None]:
    """The bot is put out of both teams' places, and let in again."""
    world, ledger = scene.slack.cloud.world, scene.telegram.cloud
    for place in ("C0TIER2", "C0TIER3"):
        world.channels[place]["members"].remove(BOT_USER)
    for chat in (TEAM, EXPERTS):
        ledger.member(BOT["id"], chat, "kicked")
    try:
        yield
    finally:
        for place in ("C0TIER2", "C0TIER3"):
            world.channels[place]["members"].append(BOT_USER)
            inviting = {"type": "member_joined_channel", "user": BOT_USER, "channel": place, "channel_type": "C", "team": "T0TEAM", "inviter": "U0ANN"}
            await scene.slack.cloud.wire.event({**inviting, "event_ts": world.timestamp()})
        for chat in (TEAM, EXPERTS):
            ledger.member(BOT["id"], chat, "administrator")


@contextlib.asynccontextmanager
async def kept_back(scene: Scene) -> AsyncIterator[None]:
    """Too many events in an hour: Slack delivers none of them and says so."""
    wire = scene.slack.cloud.wire
    wire.off = True
    try:
        yield
    finally:
        wire.off = False
        await wire.limited(int(time.time()) // 60 * 60)


@contextlib.asynccontextmanager
async def blocked(scene: Scene) -> AsyncIterator[None]:
    """Every requester blocks the bot on Telegram, and lets it in again later."""
    side = scene.telegram
    users = [side.user(tag) for tag in side.tags if side.user(tag) not in side.cloud.ledger.blocked]
    for user in users:
        side.cloud.block(user)
    try:
        yield
    finally:
        for user in users:
            side.cloud.block(user, undo=True)


FAULTS = (
    Fault("429, Retry-After 0", "platform", _storm(lambda: "0", 0), ONE),
    Fault("429, Retry-After 3", "platform", _storm(lambda: "3", 3), TWO),
    Fault("429, no Retry-After", "platform", _storm(lambda: None, None), ONE),
    Fault("429, Retry-After abc", "platform", _storm(lambda: "abc", None), ONE),
    Fault("429, Retry-After a date", "platform", _storm(_date, 4), ONE),
    Fault("tokens revoked, restored", "platform", revoked, TWO),
    Fault("bot put out of the teams' places", "platform", removed, ONE, again=True, on_telegram=()),
    Fault("events kept back (app_rate_limited)", "platform", kept_back, ONE),
    Fault("blocked by the requester", "platform", blocked, ONE, again=True, on_slack=False, on_telegram=(Answered,)),
)
