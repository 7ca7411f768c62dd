"""Mail as a channel: hears by IMAP or LMTP, sends by SMTP. Contract: bot/ports, adapters/README.md."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from adapters.email import addresses, outbound
from adapters.email.addresses import Place, Signer
from adapters.email.config import EmailConfig
from adapters.email.doctor import findings
from adapters.email.failing import Failing
from adapters.email.outbound import Heads
from adapters.email.ration import Ration
from adapters.email.smtp import Smtp
from adapters.email.threads import MailThread, MailThreads
from adapters.email.tokens import Tokens
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId
from bot.domain.messages import Attachment, Capabilities, Outbound, Pace, Part, Patience
from bot.errors import DeliveryRefused
from bot.ports import Clock, Enquiries, Files, Notebook, Receive

if TYPE_CHECKING:
    from adapters.email.ingest import Intake

HEARD = frozenset(f"email_{one}" for one in (
    "mailbox_up", "lmtp_up", "received_total", "bounced_total", "dropped_total", "unreadable_total", "voicemail_total",
))  # fmt: skip
FREER = 10  # times as many answers to numbers and commands: no machine sends these, unless it sends everything
MAX_FETCH = 25 * 1024 * 1024  # bytes of one file that may leave or come


class EmailChannel:
    """One mailbox of ours. Safe to use for sending in a process that does not listen."""

    name = addresses.NAME
    is_called, seats = False, 1  # whoever listens reads the mailbox, or has the port
    can = Capabilities(
        buttons=False,
        letters=True,
        pace=Pace(per_place_s=1.0, burst=5, total_per_s=10.0),  # more than a relay lets through would only wait there
        patience=Patience(attempts=600, most_s=60.0),  # ten hours of a mail server that is away; it is spoken to a minute after it is back
    )

    def __init__(self, config: EmailConfig, *, desk: Desk, notebook: Notebook, files: Files, clock: Clock, secret: bytes) -> None:
        self._config, self._desk, self._notebook, self._files, self._clock = config, desk, notebook, files, clock
        self.signer = Signer(secret, config.address)
        self.tokens = Tokens(config.oauth, clock) if config.oauth else None
        self._smtp = Smtp(config, self.tokens.access if self.tokens else None)
        self._threads, self._failing = MailThreads(notebook, clock), Failing(notebook)
        self._rations = {
            "answer": Ration("answered", notebook, clock, config.most_automatic),
            "choice": Ration("chosen", notebook, clock, config.most_automatic.times(FREER)),
        }
        self._speaks = False
        self._intake: Intake | None = None
        self._sent = 0
        self.fetch_any: Callable[[Attachment, int], Awaitable[bytes]] = self.fetch

    # ------------------------------------------------------------------------------------------------------- listening
    async def connect(self) -> None:
        """See Connects: the connection is made when there is something to send."""
        self._speaks = True

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """See Channel.listen. Without IMAP and LMTP nothing comes, and what goes out goes out all the same."""
        from adapters.email.ingest import Intake  # with all that reads mail, where mail is read

        self._speaks = True
        await self._threads.forget()
        if not self._config.hears:
            await asyncio.Event().wait()
        token = self.tokens.access if self.tokens else None
        self._intake = Intake(
            self._config, self.signer, receive, enquiries, self._notebook, self._files, self._clock, desk=self._desk, token=token
        )  # fmt: skip
        await self._intake.run()

    def is_ready(self) -> bool:
        """See Channel.is_ready: whether the servers answer is known when they are needed."""
        return self._speaks

    def trouble(self) -> str:
        """See Troubled: mail goes out, and may not come in."""
        return self._intake.trouble() if self._intake else ""

    async def close(self) -> None:
        """See Closes."""
        await self._smtp.close()

    async def diagnose(self) -> list[tuple[bool, str]]:
        """What `firstline doctor` says about this channel."""
        return [one async for one in findings(self._config, self._smtp, self.tokens)]

    def numbers(self) -> dict[str, float]:
        """See Counts."""
        heard = self._intake.numbers() if self._intake else {}
        return {
            "email_sent_total": self._sent,
            "email_silenced_total": sum(ration.silenced for ration in self._rations.values()),
            "email_smtp_connects_total": self._smtp.connects,
            "email_smtp_connected": float(self._smtp.is_up),
            **{name: figure for name, figure in heard.items() if name in HEARD},
        }

    # --------------------------------------------------------------------------------------------------------- sending
    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """See Channel.fit."""
        return outbound.fit(message)

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """See Channel.send: a mail that was never sent before."""
        return await self.post(to, message, f"{self._clock.now().isoformat()}:{id(message)}:{self._sent}", "")

    async def post(self, to: str, message: Outbound, key: str, ticket: str) -> MessageId:
        """See Posts."""
        place = addresses.place_of(to)
        reader = addresses.on_the_wire(place.address) if place is not None and not place.message else ""
        if place is None or not reader or self.signer.is_ours(reader):
            raise DeliveryRefused("invalid", "no mail address of a person")
        ration = self._rations.get(message.voice)
        if ration is not None and not await ration.admits(place.address, key):
            raise DeliveryRefused("too_often")
        if ticket and message.voice != "person" and await self._failing.has(place.address):
            raise DeliveryRefused("bounced", "what went there before came back")  # a person's letter is tried all the same
        known = await self._threads.of(place.thread)
        files = [(file, await self.fetch_any(file, MAX_FETCH)) for file in message.attachments]
        heads, parts = self._heads(place, reader, known, message, key, ticket)
        mail = outbound.letter(heads, parts, files, self._clock.now(), self._foot(ticket, message.sender))
        await self._smtp.send("" if ration is not None else self.signer.reply_address(place.thread), reader, mail)
        self._sent += 1
        await self._threads.sent(place.thread, heads.message_id)
        return addresses.message_id(place.address, place.thread, heads.message_id)

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """See Channel.thread_of: no team works in a mailbox."""
        return None

    def _heads(self, place: Place, reader: str, known: MailThread | None, message: Outbound, key: str, ticket: str) -> tuple[Heads, Sequence[Part]]:
        """What stands above it, and what may stand in it: nobody's words go to an address that somebody else may have given. reader: it, on the wire."""
        vouched = message.voice in ("person", "work") or (known is not None and known.verified)
        is_private = place.thread == addresses.private_thread(place.address)
        parts = message.parts if vouched or is_private else outbound.without_words(message.parts)
        subject = "" if known is None or is_private else known.subject
        answers_to = self.signer.reply_address(place.thread)
        if message.voice == "work" and ticket:
            answers_to = self.signer.agent_address(ticket, addresses.person_id(place.address))
        return Heads(
            self._config.address,
            message.sender or self._config.name or self._desk.name,
            reader,
            outbound.subject_of(message.parts, ticket, subject, message.sender or self._desk.name, quotes=vouched),
            self.signer.message_id(place.thread, key),
            answers_to if self._config.hears else self._config.address,
            known.references if known is not None and not is_private else (),
            message.voice,
        ), parts

    def _foot(self, ticket: str, sender: str) -> str:
        name = sender or self._desk.name
        return f"{name} · {ticket}" if ticket else name

    # ----------------------------------------------------------------------------------------------------------- files
    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See Fetches: what came by mail is kept here, since no mailbox keeps it for us."""
        found = await self._files.file(attachment.source) if attachment.source.startswith(f"{self.name}:") else None
        if found is None:
            raise DeliveryRefused("gone")
        if len(found[1]) > limit:
            raise DeliveryRefused("too_large")
        return found[1]
