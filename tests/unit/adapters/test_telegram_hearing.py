"""How soon people are heard again after polling was in trouble. The line is a stand-in with the wait of Telegram's; time jumps to whatever is due next."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from adapters.telegram.config import TelegramConfig
from adapters.telegram.inbound import Reader
from adapters.telegram.intake import Intake
from adapters.telegram.lag import Lag
from adapters.telegram.places import Places
from adapters.telegram.polling import poll
from adapters.telegram.topics import Topics
from adapters.telegram.transport import Api, Contested
from bot.domain.messages import Inbound
from bot.errors import DeliveryError, DeliveryUnknown, RateLimited, StoreError
from tests.builders import a_desk
from tests.clouds.telegram_ear import Notes
from tests.stormy import LoopClock, TimelessLoop

LEA = 1001
UPDATE = {
    "update_id": 700,
    "message": {"message_id": 5, "date": 1_770_000_000, "text": "my chair", "chat": {"id": LEA, "type": "private"}, "from": {"id": LEA, "first_name": "Lea"}},
}
AWAY_S = (0.1, 10.0, 605.0)  # a hiccup, a restart of something, an outage

FAULTS = (DeliveryError("nobody answers"), DeliveryUnknown("502"), Contested("a rival"), RateLimited(1.0))


class Line(Api):
    """Lea has written; each question meets `fault` until `mended_s`."""

    def __init__(self, mended_s: float = 0.0, fault: DeliveryError | None = None) -> None:
        self._mended_s, self._fault = mended_s, fault

    async def call(self, method: str, params: dict[str, Any], timeout_s: float = 0.0) -> Any:
        if self._fault is not None and asyncio.get_running_loop().time() < self._mended_s:
            raise self._fault
        if params["offset"] <= UPDATE["update_id"]:
            return [UPDATE]
        await asyncio.sleep(params["timeout"])
        return []


class DyingLine(Line):
    """Lea writes after the first question; the connection of the second has died, and nobody says so."""

    asked = 0

    async def call(self, method: str, params: dict[str, Any], timeout_s: float = 0.0) -> Any:
        self.asked += 1
        if self.asked == 1:
            return []
        if self.asked == 2:
            await asyncio.sleep(timeout_s)
            raise DeliveryUnknown("no answer in time")
        return await super().call(method, params, timeout_s)


def heard_after(line: Line, keep: Callable[[float], None] = lambda _: None) -> float:
    """Seconds from the start until Lea's words are kept. keep: may raise StoreError, given the seconds that have passed."""
    loop = TimelessLoop()
    config = TelegramConfig.from_env({"TELEGRAM_BOT_TOKEN": "123456:TEST-token"})
    assert config is not None
    places, kept = Places(a_desk(), Notes()), loop.create_future()

    async def receive(_: Inbound) -> None:
        keep(loop.time())
        if not kept.done():
            kept.set_result(loop.time())

    async def listen() -> float:
        clock = LoopClock(loop)
        intake = Intake(Reader(123456, "help_bot", a_desk()), receive, places, Topics(line), clock, Lag())
        polling = asyncio.create_task(poll(line, intake, lambda _: None))
        try:
            return float(await kept)
        finally:
            polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await polling

    try:
        return loop.run_until_complete(listen())
    finally:
        loop.close()


@pytest.mark.parametrize("away_s", AWAY_S)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_however_long_telegram_was_away_people_are_heard_within_five_seconds_of_its_return(away_s: float, fault: DeliveryError) -> None:
    assert heard_after(Line(away_s, fault)) - away_s <= 5.0


@pytest.mark.parametrize("away_s", AWAY_S)
def test_however_long_the_store_was_away_people_are_heard_within_five_seconds_of_its_return(away_s: float) -> None:
    def keep(at_s: float) -> None:
        if at_s < away_s:
            raise StoreError("away")

    assert heard_after(Line(), keep) - away_s <= 5.0


def test_on_a_connection_that_died_unnoticed_people_wait_for_seconds_not_for_minutes() -> None:
    assert heard_after(DyingLine()) <= 25.0
