"""Text messages that were posted while the desk was away are read when it is back; and the doctor finds a number that calls somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from adapters.contract.sides import Core
from adapters.phone.config import PhoneConfig
from adapters.phone.diagnosis import diagnose
from adapters.phone.missed import Missed
from adapters.phone.rest import Rest
from bot.domain.messages import Said
from bot.errors import DeliveryError, StoreError
from bot.store.memory import MemoryStore
from tests.builders import a_desk
from tests.clouds.twilio import OURS, Fault, TwilioCloud
from tests.contract.phone_side import ALICE

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Now:
    """Time as it is set."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment


class Away:
    """A desk that looks for what it missed. later: minutes after noon at which something happens."""

    def __init__(self, cloud: TwilioCloud) -> None:
        self.cloud, self.clock, self.core, self.store = cloud, Now(), Core(), MemoryStore()
        config = PhoneConfig.read(cloud.env, {})
        assert config is not None
        self.rest = Rest(config)
        self.missed = Missed(self.rest, OURS, a_desk(), self.store, self.clock)
        cloud.now = self.clock.now

    async def look(self, later: int) -> list[str]:
        self.clock.moment = NOON + timedelta(minutes=later)
        await self.missed.look(self.core.receive)
        return [event.what.text for event in self.core.received if isinstance(event.what, Said)]

    async def text(self, later: int, body: str, **files: bytes) -> None:
        """Somebody writes, and nobody takes it."""
        self.clock.moment = NOON + timedelta(minutes=later)
        self.cloud.point("http://127.0.0.1:9")
        with pytest.raises(httpx.ConnectError):
            await self.cloud.text(ALICE, body, files={name: ("image/png", content) for name, content in files.items()})


@pytest.fixture
async def away() -> AsyncIterator[Away]:
    async with TwilioCloud() as cloud:
        desk = Away(cloud)
        yield desk
        await desk.rest.close()


async def test_what_was_missed_is_heard_once_in_its_order_with_its_files(away: Away) -> None:
    await away.look(0)
    await away.text(10, "first")
    await away.text(11, "second", photo=b"png")

    for later in (20, 21, 22):
        assert await away.look(later) == ["first", "second"]
    what = away.core.received[1].what
    assert isinstance(what, Said)
    assert [file.name for file in what.attachments] == ["photo-1.png"]
    assert await away.rest.download(what.attachments[0].source.removeprefix("phone:"), 100) == b"png"


async def test_what_was_written_before_the_very_first_start_is_nobodys(away: Away) -> None:
    await away.text(-10, "to whoever had that number before")
    assert await away.look(0) == []
    assert await away.look(60) == []


async def test_who_has_waited_for_more_than_a_day_is_not_answered_any_more(away: Away) -> None:
    await away.look(0)
    await away.text(1, "long ago")
    await away.text(60 * 30, "lately")
    assert await away.look(60 * 31) == ["lately"]


async def test_more_than_a_page_is_read_whole(away: Away) -> None:
    await away.look(0)
    away.clock.moment = NOON + timedelta(minutes=5)
    one = {"from": ALICE, "to": OURS, "direction": "inbound", "num_media": "0", "date_created": "Mon, 02 Mar 2026 12:05:00 +0000"}
    away.cloud.received = [{**one, "sid": away.cloud.sid("SM"), "body": str(n)} for n in range(450)]
    assert await away.look(6) == [str(n) for n in range(450)]


@pytest.mark.parametrize("broken", ["the provider", "the database"])
async def test_a_look_that_fails_is_made_again_from_there(away: Away, broken: str) -> None:
    await away.look(0)
    await away.text(10, "first")
    if broken == "the provider":
        away.cloud.faults.append(Fault("GET", status=503))
    else:
        away.core.broken = 1
    with pytest.raises((DeliveryError, StoreError)):
        await away.look(20)
    assert await away.look(200) == ["first"]


# --------------------------------------------------------------------------------------------------------------- doctor
BASE = "https://help.example.com"
WEBHOOKS = {"sms_url": f"{BASE}/phone/sms#rc=5", "voice_url": f"{BASE}/phone/voice", "status_callback": f"{BASE}/phone/status"}


async def the_doctor_says(away: Away) -> list[tuple[bool, str]]:
    config = PhoneConfig.read(away.cloud.env, {})
    assert config is not None
    return await diagnose(away.rest, config, BASE)


async def test_the_doctor_finds_nothing_at_a_number_that_calls_us(away: Away) -> None:
    away.cloud.webhooks = WEBHOOKS
    assert [ok for ok, _ in await the_doctor_says(away)] == [True] * 4


@pytest.mark.parametrize("field", ["sms_url", "voice_url", "status_callback"])
async def test_the_doctor_names_the_webhook_that_is_elsewhere_and_where_it_should_be(away: Away, field: str) -> None:
    away.cloud.webhooks = {**WEBHOOKS, field: "https://demo.twilio.com/welcome"}
    (wrong,) = [line for ok, line in await the_doctor_says(away) if not ok]
    assert WEBHOOKS[field].partition("#")[0] in wrong


async def test_the_doctor_names_a_token_that_is_refused_and_a_provider_that_is_away(away: Away) -> None:
    away.cloud.tokens = set()
    assert "TWILIO_AUTH_TOKEN" in (await the_doctor_says(away))[0][1]
    away.cloud.faults.append(Fault("GET", status=503))
    assert "TWILIO_API_URL" in (await the_doctor_says(away))[0][1]
