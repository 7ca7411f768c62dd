"""Files for people with text messages: a page for a week, the file for a quarter of an hour, and a new link for none but the number that got the first."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urljoin

import httpx
import pytest

from adapters.contract.sides import Core
from adapters.phone.channel import PhoneChannel
from bot.domain.messages import Attachment, Outbound
from bot.store.memory import MemoryStore
from tests.clouds.twilio import Fault, TwilioCloud
from tests.contract.phone_side import ALICE, served
from tests.world import SetClock

FILE = Outbound(attachments=(Attachment("web:1", "<offer> & more.pdf", "application/pdf", 34_000),))


@dataclass
class Lending:
    """A desk that sends files by text message, and whoever opens its links."""

    cloud: TwilioCloud
    channel: PhoneChannel
    clock: SetClock
    store: MemoryStore

    async def sends(self) -> str:
        """The link that Alice gets."""
        await self.channel.send(f"phone:{ALICE}", FILE)
        return self.newest()

    def newest(self) -> str:
        return self.cloud.messages[-1].body.partition("\n")[2]

    async def opens(self, link: str) -> httpx.Response:
        return await self.cloud.http.get(link)

    async def gets(self, link: str) -> httpx.Response | None:
        """What the page offers to get."""
        found = re.search(r'href="(/phone/file/[^"]+)"', (await self.opens(link)).text)
        return await self.opens(urljoin(link, found[1])) if found else None

    async def presses(self, link: str) -> httpx.Response:
        """Send me a new link."""
        assert "Enviarme un enlace nuevo" in (await self.opens(link)).text
        return await self.cloud.http.post(link)


@pytest.fixture
async def lending() -> AsyncIterator[Lending]:
    clock, store = SetClock(), MemoryStore()
    async with TwilioCloud() as cloud, served(cloud, Core(), store=store, clock=clock) as channel:
        yield Lending(cloud, channel, clock, store)


async def test_a_link_opens_its_file_at_once_whatever_its_name_is(lending: Lending) -> None:
    link = await lending.sends()
    page, got = await lending.opens(link), await lending.gets(link)
    assert "&lt;offer&gt; &amp; more.pdf" in page.text
    assert "34 kB" in page.text
    assert got is not None
    assert (got.content, got.headers["content-disposition"][:10]) == (b"<offer> & more.pdf", "attachment")
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


async def test_after_a_quarter_of_an_hour_neither_the_link_nor_an_address_taken_from_its_page_gives_the_file(lending: Lending) -> None:
    link = await lending.sends()
    found = re.search(r'href="(/phone/file/[^"]+)"', (await lending.opens(link)).text)
    assert found
    address = urljoin(link, found[1])
    lending.clock.advance(minutes=14, seconds=59)
    assert (await lending.opens(address)).status_code == 200
    lending.clock.advance(seconds=1)

    assert (await lending.opens(address)).status_code == 404
    assert await lending.gets(link) is None
    head, until, sign = address.rsplit("/", 2)
    later = str(int(until) + 3600)
    for forged in (f"{head}/{later}/{sign}", f"{head}/{until}/{'0' * 32}", f"{head}/{later}/%C3%A9", f"{head}/٣/{sign}"):
        assert (await lending.opens(forged)).status_code == 404


async def test_one_press_sends_a_new_link_to_the_number_and_nothing_to_whoever_pressed(lending: Lending) -> None:
    old = await lending.sends()
    lending.clock.advance(days=6)

    answer = await lending.presses(old)

    new = lending.newest()
    assert [message.to for message in lending.cloud.messages] == [ALICE, ALICE]
    assert new != old
    assert new.rpartition("/")[2] not in answer.text
    assert await lending.gets(old) is None, "whoever has the old one has nothing"
    got = await lending.gets(new)
    assert got is not None
    assert got.content == b"<offer> & more.pdf"


async def test_a_week_after_the_file_was_sent_nothing_is_there_any_more_whatever_was_pressed_meanwhile(lending: Lending) -> None:
    old = await lending.sends()
    lending.clock.advance(days=6, hours=23)
    await lending.presses(old)
    new = lending.newest()
    lending.clock.advance(hours=1)
    for link in (old, new):
        assert (await lending.opens(link)).status_code == 404
        assert (await lending.cloud.http.post(link)).status_code == 404
    assert len(lending.cloud.messages) == 2


async def test_nobody_can_have_a_number_flooded_with_new_links(lending: Lending) -> None:
    link = await lending.sends()
    lending.clock.advance(hours=2)
    statuses = [(await lending.cloud.http.post(link)).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert len(lending.cloud.messages) == 4
    lending.clock.advance(hours=1)
    assert (await lending.presses(link)).status_code == 200


async def test_a_new_link_that_the_network_does_not_take_is_said_and_can_be_asked_for_again(lending: Lending) -> None:
    link = await lending.sends()
    lending.clock.advance(hours=1)
    lending.cloud.faults.append(Fault(status=503, body="<html>"))
    answer = await lending.presses(link)
    assert answer.status_code == 503
    assert "Inténtelo de nuevo" in answer.text
    assert (await lending.presses(link)).status_code == 200


async def test_what_was_lent_is_forgotten_when_its_time_is_over(lending: Lending) -> None:
    await lending.sends()
    lending.clock.moment += timedelta(days=8)
    await lending.sends()
    assert len(await lending.store.noted("phone:file:")) == 1
