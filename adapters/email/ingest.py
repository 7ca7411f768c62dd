"""A mail that came in, by whatever way: understood, its files kept, and handed to the core. What returns is committed."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

from adapters.email import inbound
from adapters.email.addresses import NAME, Signer, conversation_id, person_id
from adapters.email.automatic import why_automatic
from adapters.email.belonging import Belonging
from adapters.email.config import EmailConfig
from adapters.email.failing import Failing
from adapters.email.imap import Mailbox
from adapters.email.inbound import ORIGINAL, Thread
from adapters.email.letters import MAX_RAW, Enclosure, Envelope, Letter, Unreadable
from adapters.email.lmtp import Lmtp
from adapters.email.reading import read
from adapters.email.threads import MailThreads
from adapters.email.trust import is_proven
from adapters.email.voicemail import caller, is_voicemail
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId, PlaceId
from bot.domain.messages import Attachment, Bounced, Happening, Inbound, Reachable, Said, Submitted
from bot.domain.people import Person
from bot.engine.tongue import tongue
from bot.errors import DeliveryRefused, StoreError
from bot.ports import Clock, Enquiries, Files, Notebook, Receive

log = logging.getLogger(__name__)
T = TypeVar("T")

READ_S = 20.0  # seconds for reading one mail; the worst that its bounds allow takes a few
READERS = 2  # mails that are read at a time
ANSWERS = ("auto-reply", "null return path", "loop")  # what such a mail is: it answers something, and that was not ours
COUNTED = ("received", "bounced", "unreadable", "voicemail")
NOBODY = "unknown@unreadable.invalid"  # who sent a mail of which nobody can say; a domain that never exists (RFC 2606)

Token = Callable[[], Awaitable[str]]


class Intake:
    """One mailbox's. token: for XOAUTH2, asked for at each log-in."""

    def __init__(
        self,
        config: EmailConfig,
        signer: Signer,
        receive: Receive,
        enquiries: Enquiries,
        notebook: Notebook,
        files: Files,
        clock: Clock,
        *,
        desk: Desk,
        token: Token | None = None,
    ) -> None:
        self._config, self._signer, self._receive, self._files, self._clock, self._token = config, signer, receive, files, clock, token
        self._threads, self._failing = MailThreads(notebook, clock), Failing(notebook)
        self._belonging = Belonging(signer, enquiries, desk.prefix, self._began)
        self._desk, self._t = desk, tongue(desk.languages[0])
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="mail")
        self._ways: list[Mailbox | Lmtp] = []
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Both ways in, as configured, until cancelled."""
        self._ways = [Mailbox(self._config, self.ingest, self._token)] if self._config.imap else []
        self._ways += [Lmtp(self._config.lmtp, self.ingest)] if self._config.lmtp else []
        async with asyncio.TaskGroup() as group:
            for way in self._ways:
                group.create_task(way.run())

    async def ingest(self, raw: bytes, envelope: Envelope = Envelope()) -> None:  # noqa: B008 - a value that never changes
        """One mail; twice is once. Returns when what it means is committed. Raises StoreError when it could not be kept: it must come again."""
        self.counts["received"] += 1
        try:
            letter = await self._aside(READ_S, read, raw)
            if envelope.is_cut:
                letter = replace(letter, troubles=(*letter.troubles, "too_large"), enclosures=())
            await self._understand(raw, letter, envelope)
        except StoreError:
            raise
        except Unreadable as fault:
            await self._unreadable(raw, envelope, fault)
        except Exception as fault:  # whatever it is, it may cost this mail its form, never the mail, and never those behind it
            log.error("a mail could not be handled", extra={"error": type(fault).__name__}, exc_info=fault)
            await self._unreadable(raw, envelope, Unreadable("cannot_parse"))

    async def _aside(self, within_s: float, work: Callable[..., T], *given: object) -> T:
        """In a thread of its own: hostile mail may not stop the others."""
        running = asyncio.get_running_loop().run_in_executor(self._readers, partial(work, *given))
        try:
            return await asyncio.wait_for(running, within_s)
        except TimeoutError:
            raise Unreadable("too_slow") from None

    # ------------------------------------------------------------------------------------------------------ what it means
    async def _understand(self, raw: bytes, letter: Letter, envelope: Envelope) -> None:
        if self._signer.is_ours(letter.sender) or self._signer.thread_of_message_id(letter.message_id):
            self._drop("ours")
            return
        if is_voicemail(letter, self._config.voicemail_from):
            await self._recorded_call(letter)
            return
        if letter.report is not None:
            await self._report(letter, envelope)
            return
        why = why_automatic(inbound.writer(letter, self._answers_to_us(letter)), envelope, self._config.own_lists)
        proven = is_proven(letter, self._config.authserv_id)
        if not why and await self._from_agent(letter, envelope, proven=proven):
            return
        await self._written(raw, letter, envelope, why=why, proven=proven)

    def _answers_to_us(self, letter: Letter) -> bool:
        return any(map(self._signer.is_ours, letter.answers_to))

    async def _written(self, raw: bytes, letter: Letter, envelope: Envelope, *, why: str, proven: bool) -> None:
        """Words, for the desk. why: as why_automatic says."""
        key, automatic = inbound.key_of(letter), bool(why)
        written = inbound.writer(letter, self._answers_to_us(letter))
        proven = proven and not written.is_doubtful
        header = letter.message_id or f"<{key}@none>"
        thread = await self._belonging.of(written, envelope, header, is_proven=proven)
        if automatic and not thread.is_known and (self._config.unasked == "drop" or why in ANSWERS):
            self._drop("automatic")
            return
        proven = proven or (thread.is_signed and not automatic)
        text, files = await self._aside(READ_S, partial(inbound.words_of, is_answer=thread.is_known), written, self._t)
        if letter.troubles:
            files = (*files, Enclosure(ORIGINAL, "message/rfc822", raw))
        kept = await self._keep(key, files)
        if not automatic:
            await self._threads.heard(thread.name, header, letter.subject, verified=proven)
        via = inbound.came_to(letter, envelope, self._desk.routes)
        what = inbound.said(written, thread, text, kept, header, proven=proven, automatic=automatic, via=via)
        person = inbound.person(written)
        if not automatic and await self._failing.recovers(written.sender):
            await self._tell(f"{key}/back", thread.conversation, Person(person.id), Reachable(True))
        await self._tell(key, thread.conversation, person, what, letter)

    async def _began(self, thread: str) -> str:
        known = await self._threads.of(thread)
        return known.references[0] if known is not None and known.references else ""

    async def _report(self, letter: Letter, envelope: Envelope) -> None:
        """A mail of ours came back, or is late: never a request, never answered."""
        thread = await self._belonging.of_report(letter, envelope)
        if thread is None or letter.report is None or letter.report.action != "failed" or letter.report.status.startswith("4"):
            self._drop("report")
            return
        self.counts["bounced"] += 1
        address = thread.conversation.partition(":")[2].removesuffix(f"/{thread.name}")
        await self._failing.failed(address)
        await self._tell(inbound.key_of(letter), thread.conversation, Person(person_id(address)), Bounced(thread.answers or MessageId(thread.conversation)))

    async def _from_agent(self, letter: Letter, envelope: Envelope, *, proven: bool) -> bool:
        """The answer of an agent to a notice of ours: a reply if their mail server vouches for them, else a note. False when it is no such thing."""
        for address in (*envelope.recipients, *letter.recipients):
            found = self._signer.agent_of_address(address, letter.sender)
            if found is not None:
                ticket, key = found[0], inbound.key_of(letter)
                text, files = await self._aside(READ_S, partial(inbound.words_of, is_answer=True), letter, self._t)
                what = Submitted(
                    f"{'reply' if proven else 'note'}:{ticket}",
                    {"words": text},
                    PlaceId(person_id(letter.sender)),
                    attachments=await self._keep(key, files),
                    joined=True,
                )
                who = inbound.person(letter)
                await self._tell(key, ConversationId(who.id), who if proven else Person(who.id), what, letter)
                return True
        return False

    async def _recorded_call(self, letter: Letter) -> None:
        """Somebody spoke to a machine: a request of theirs, with the recording. Nothing is answered to the machine."""
        self.counts["voicemail"] += 1
        key = inbound.key_of(letter)
        person, number = caller(letter, self._desk.country, key)
        conversation = ConversationId(person.id)
        text = "\n".join(part for part in (letter.subject, number, letter.text) if part.strip())
        said = Said(
            text,
            MessageId(f"{conversation}/{key[:32]}"),
            PlaceId(conversation),
            private=True,
            addressed=True,
            attachments=await self._keep(key, letter.enclosures),
        )
        await self._tell(key, conversation, person, said, letter)

    async def _unreadable(self, raw: bytes, envelope: Envelope, fault: Unreadable) -> None:
        """Nobody can read it: it is a request all the same, with the mail as it came, and whoever sent it hears nothing of it."""
        self.counts["unreadable"] += 1
        key = inbound.key_of_raw(raw)
        log.warning("a mail cannot be read", extra={"why": fault.why, "key": key, "bytes": len(raw)})
        sender = fault.sender or (envelope.sender or "").lower() or NOBODY
        if self._signer.is_ours(sender):
            self._drop("ours")
            return
        thread = Thread(name := self._signer.thread_for(key, sender), conversation_id(sender, name))
        letter = Letter(sender)
        kept = await self._keep(key, [Enclosure(ORIGINAL, "message/rfc822", raw[:MAX_RAW])])
        text = self._t.say("A mail came that cannot be read. It is attached as it came; open it with care.")
        what = inbound.said(letter, thread, text, kept, f"<{key}@none>", proven=False, automatic=True)
        await self._tell(key, thread.conversation, inbound.person(letter), what)

    # ------------------------------------------------------------------------------------------------------------ keeping
    async def _keep(self, key: str, files: Sequence[Enclosure]) -> tuple[Attachment, ...]:
        """Kept under names that nobody can guess; the same ones when the mail comes again, so that nothing is kept twice."""
        kept = []
        for n, file in enumerate(files):
            name = hashlib.sha256(self._signer.message_id(key[:16], f"file|{key}|{n}").encode()).hexdigest()[:32]
            attachment = Attachment(f"{NAME}:{name}", file.name, file.mime, len(file.content))
            try:
                await self._files.keep_file(attachment, file.content)
            except DeliveryRefused:
                self._drop("file")
                continue
            kept.append(attachment)
        return tuple(kept)

    async def _tell(self, key: str, conversation: ConversationId, person: Person, what: Happening, letter: Letter | None = None) -> None:
        now = self._clock.now()
        at = letter.sent_at if letter is not None and letter.sent_at is not None and letter.sent_at <= now else now
        await self._receive(Inbound(key, NAME, conversation, person, at, what))

    def _drop(self, why: str) -> None:
        """It means nothing to anybody: counted, so that operators see it."""
        self.counts[f"dropped_{why}"] += 1
        log.info("a mail is not for the desk", extra={"why": why})

    def trouble(self) -> str:
        """Why no mail comes in by a way that is set, with the cure; "" when it does."""
        return "; ".join(way.trouble for way in self._ways if way.trouble)

    def numbers(self) -> dict[str, float]:
        """For /metrics."""
        up = {f"email_{type(way).__name__.lower()}_up": float(way.is_up) for way in self._ways}
        dropped = sum(count for name, count in self.counts.items() if name.startswith("dropped_"))
        counts = {**dict.fromkeys(COUNTED, 0), **self.counts, "dropped": dropped}
        return {**up, **{f"email_{name}_total": float(count) for name, count in counts.items()}}
