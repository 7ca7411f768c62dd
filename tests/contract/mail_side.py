"""Mail's side for test_channels.py: somebody whose server hands mails over by LMTP, again until they are taken, and a server that takes ours."""

from __future__ import annotations

import asyncio
import contextlib
import re
import smtplib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage

from adapters.email.addresses import place_of
from adapters.email.channel import EmailChannel
from adapters.email.config import EmailConfig, Server
from bot.app import SystemClock
from bot.domain.ids import MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Outbound
from bot.engine.numbered import spelt
from bot.engine.tongue import tongue
from bot.store.memory import MemoryStore
from tests.builders import a_desk
from tests.clouds.mail import MailCloud
from tests.clouds.slack_app import Core
from tests.journeys.doors import eventually
from tests.servers.kinds import free_port

ALICE, DESK = "alice@home.example", "support@example.com"
CHOICE = re.compile(r"^\d+\. (.+)$", re.MULTILINE)


@dataclass
class Shelf:
    """Files that people sent."""

    kept: dict[str, tuple[Attachment, bytes]] = field(default_factory=dict)

    async def keep_file(self, attachment: Attachment, content: bytes) -> None:
        self.kept[attachment.source] = (attachment, content)

    async def file(self, source: str) -> tuple[Attachment, bytes] | None:
        return self.kept.get(source)


@dataclass
class MailSide:
    """Three mailboxes."""

    cloud: MailCloud
    channel: EmailChannel
    core: Core
    shelf: Shelf
    lmtp: int
    alice = PersonId(f"email:{ALICE}")
    ann = PersonId("email:ann@home.example")
    mallory = PersonId("email:mallory@home.example")
    ann_is_called = "ann"
    team = PlaceId("email:ann@home.example")
    hall = PlaceId("email:mallory@home.example")
    _count: int = field(default=0)

    async def says(self, text: str) -> None:
        await self._mail(text)

    async def attaches(self, name: str, content: bytes) -> None:
        await self._mail("", (name, content))

    async def _mail(self, text: str, file: tuple[str, bytes] | None = None) -> None:
        self._count += 1
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Message-ID"] = f"Alice <{ALICE}>", DESK, f"<m{self._count}@home.example>"
        mail.set_content(text)
        if file:
            mail.add_attachment(file[1], maintype="text", subtype="plain", filename=file[0])
        await eventually(lambda: asyncio.to_thread(self._handed_over, bytes(mail)), "the mail is taken")

    def _handed_over(self, mail: bytes) -> bool:
        with smtplib.LMTP("127.0.0.1", self.lmtp, timeout=10) as server:
            try:
                server.sendmail(ALICE, [DESK], mail)
            except smtplib.SMTPResponseException as answer:
                if answer.smtp_code >= 500:
                    raise
                return False
        return True

    async def posts(self, to: str, piece: Outbound, thread: MessageId | None = None) -> MessageId:
        """As the core does where nothing can be pressed: choices in words."""
        return await self.channel.send(to, spelt(tongue("en"), piece) if piece.choices else piece, thread)

    async def texts(self, to: str, thread: MessageId | None = None) -> list[str]:
        place = place_of(to)
        assert place is not None
        return [one.text for one in self.cloud.to(place.address)]

    async def buttons(self, to: str) -> list[str]:
        return [label for text in await self.texts(to) for label in CHOICE.findall(text)]

    async def files(self, to: str) -> list[str]:
        return [name for one in self.cloud.to(to.removeprefix("email:")) for name in one.files]

    async def told(self, person: PersonId) -> str:
        return "\n".join(await self.texts(person))

    def forgets(self, attachment: Attachment) -> None:
        del self.shelf.kept[attachment.source]


async def elsewhere(attachment: Attachment, limit: int) -> bytes:
    """The files of all other channels."""
    return attachment.name.encode()


@contextlib.asynccontextmanager
async def email(core: Core) -> AsyncIterator[MailSide]:
    """The channel alone, between a server that delivers and one that takes."""
    async with MailCloud() as cloud:
        shelf, port = Shelf(), free_port()
        config = EmailConfig(Server("127.0.0.1", cloud.port, "open"), DESK, "IT help", lmtp=("127.0.0.1", port))
        channel = EmailChannel(config, desk=a_desk(), notebook=MemoryStore(), files=shelf, clock=SystemClock(), secret=b"a secret of this test")
        channel.fetch_any = elsewhere
        task = asyncio.create_task(channel.listen(core.receive, core))
        try:
            await eventually(lambda: _answers(port), "the channel listens")
            yield MailSide(cloud, channel, core, shelf, port)
        finally:
            task.cancel()
            await asyncio.wait([task])
            await channel.close()


async def _answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True
    return False
