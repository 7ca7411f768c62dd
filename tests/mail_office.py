"""A desk that hears mail, as far as an intake sees it, and mails to send to it."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from typing import Any

from adapters.email.addresses import Signer
from adapters.email.config import EmailConfig, Server
from adapters.email.ingest import Intake
from adapters.email.letters import Envelope
from bot.domain.ids import ConversationId, PersonId
from bot.domain.messages import Attachment, Inbound, Said
from bot.store.memory import MemoryStore
from tests.builders import a_desk
from tests.world import SetClock

MAILS = Path(__file__).parent / "recorded" / "email"
US = "support@example.com"
VOUCHED = {"Authentication-Results": "mx.example.com; dmarc=pass header.from=example.org"}


class Office:
    """A desk that hears mail: what it heard, and the tickets that it knows. `faults` are raised by the next things to be kept, in order."""

    def __init__(self, us: str = US, **settings: Any) -> None:
        self.heard: list[Inbound] = []
        self.faults: list[Exception] = []
        self.tickets: dict[tuple[str, PersonId], ConversationId] = {}
        self.store, self.clock, self.signer = MemoryStore(), SetClock(), Signer(b"k" * 32, us)
        values: dict[str, Any] = {"authserv_id": "mx.example.com", "voicemail_from": ("pbx@example.com",), **settings}
        self.config = config = EmailConfig(Server("localhost", 25, "open"), us, **values)
        self.intake = Intake(config, self.signer, self.receive, self, self.store, self, self.clock, desk=a_desk(country="ES"))  # type: ignore[arg-type]

    # ---- the core, as far as an intake sees it
    async def receive(self, event: Inbound) -> None:
        """Once by its key."""
        self._fail()
        if event.key not in [known.key for known in self.heard]:
            self.heard.append(event)

    def is_known(self, conversation: ConversationId) -> bool:
        """Heard of before."""
        return conversation in [event.conversation for event in self.heard]

    def conversations(self, channel: str) -> list[ConversationId]:
        """Every one."""
        return [event.conversation for event in self.heard]

    async def conversation_about(self, number: str, person: PersonId) -> ConversationId | None:
        """Of the tickets given."""
        return self.tickets.get((number, person))

    async def keep_file(self, attachment: Attachment, content: bytes) -> None:
        """In the store."""
        self._fail()
        await self.store.keep_file(attachment, content)

    async def file(self, source: str) -> tuple[Attachment, bytes] | None:
        """From the store."""
        return await self.store.file(source)

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)

    # ---- people
    async def gets(self, mail: bytes | EmailMessage, envelope: Envelope | None = None) -> Inbound | None:
        """A mail comes in; what was heard of it last, if anything."""
        before = len(self.heard)
        await self.intake.ingest(bytes(mail), envelope or Envelope())
        return self.heard[-1] if len(self.heard) > before else None

    async def hears(self, mail: bytes | EmailMessage, envelope: Envelope | None = None) -> tuple[Inbound, Said]:
        """A mail comes in that says something."""
        event = await self.gets(mail, envelope)
        assert event is not None
        assert isinstance(event.what, Said)
        return event, event.what

    async def thread(self, sender: str = "ana@example.org") -> str:
        """The name of a thread that somebody began."""
        event, _ = await self.hears(a_mail("The printer does not print.", sender=sender, name=f"<began-{len(self.heard)}@example.org>"))
        return event.conversation.rpartition("/")[2]


def a_mail(
    text: str = "It still does not print.", *, sender: str = "ana@example.org", to: str = US, name: str = "<1@example.org>", **headers: str
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = f"Ana <{sender}>", to, name
    mail["Subject"] = headers.pop("Subject", "Printer")
    for header, value in headers.items():
        mail[header.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def recorded(name: str) -> bytes:
    return (MAILS / f"{name}.eml").read_bytes()
