"""The telephone as a door: people who write text messages or call, and agents who sign in on the web."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from adapters.phone.channel import PhoneChannel
from tests.clouds.twilio import Message, PhoneCall, TwilioCloud
from tests.journeys.doors import QuickClock, eventually, product
from tests.journeys.doors_web import WebDoor

LISTED = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
LENT = re.compile(r"^(\S+)\n(https?://\S+/phone/file/\S+)$")


@dataclass
class PhoneRequester:
    """Somebody with a telephone that shows text messages."""

    cloud: TwilioCloud
    number: str

    async def says(self, text: str) -> None:
        answer = await self.cloud.text(self.number, text)
        assert answer.status_code == 200, answer.status_code

    async def presses(self, label: str) -> None:
        """The number that stands before it, in the newest message that lists it."""

        def listed() -> str | None:
            return next((n for body in reversed(self._bodies()) for n, shown in LISTED.findall(body) if shown == label), None)

        await self.says(await eventually(listed, f"a choice {label!r}"))

    async def edits(self, old: str, new: str) -> None:
        raise AssertionError("what was sent by telephone stays as it is")

    async def attaches(self, name: str, content: bytes, mime: str = "text/plain") -> None:
        await self.cloud.text(self.number, "", files={name: (mime, content)})

    async def fills_form(self, kind: str, values: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> None:
        raise AssertionError("nobody fills in forms by telephone")

    def messages(self) -> list[Message]:
        """All that reached them."""
        return [message for message in self.cloud.messages if message.to == self.number]

    def _bodies(self) -> list[str]:
        return [message.body for message in self.messages()]

    async def seen(self) -> list[str]:
        return self._bodies()

    async def got(self, name: str) -> bytes | None:
        """What they get who open the link."""
        found = [LENT.fullmatch(body) for body in self._bodies()]
        links = [link[2] for link in found if link and link[1] == name]
        return await self.opens(links[-1]) if links else None

    async def opens(self, link: str) -> bytes | None:
        """The page behind a link, and there the file, if it is to be had."""
        page = await self.cloud.http.get(link)
        found = re.search(r'href="(/phone/file/[^"]+)"', page.text)
        return (await self.cloud.http.get(urljoin(link, found[1]))).content if found else None

    async def calls(self) -> PhoneCall:
        """Rings, and listens to the greeting."""
        return await self.cloud.ring(self.number)


@dataclass
class PhoneDoor(WebDoor):
    """The product with a telephone number."""

    cloud: TwilioCloud = field(default_factory=TwilioCloud)
    longest: int = 1600
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(2025550101))

    async def newcomer(self) -> PhoneRequester:
        return PhoneRequester(self.cloud, f"+1{next(self._numbers)}")

    def from_abroad(self, number: str) -> PhoneRequester:
        """Somebody with that number."""
        return PhoneRequester(self.cloud, number)

    def refused(self) -> list[tuple[str, str]]:
        refused, self.cloud.refusals[:] = list(self.cloud.refusals), []
        return refused


@contextlib.asynccontextmanager
async def phone(folder: Path, more: str = "", env: Mapping[str, str] | None = None) -> AsyncIterator[PhoneDoor]:
    """The product behind a number. more: as for `product`. env: besides what the number needs."""
    clock = QuickClock()
    async with TwilioCloud() as cloud, product(folder, {**cloud.env, **(env or {})}, {}, more=more, clock=clock) as (app, base):
        cloud.point(base)
        cloud.now = clock.now
        channel = app.channels["phone"]
        assert isinstance(channel, PhoneChannel)
        channel.voice.added_s = 0.5  # nobody is bored here by a silence
        yield PhoneDoor(app, base, cloud=cloud)
