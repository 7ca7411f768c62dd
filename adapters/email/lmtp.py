"""The site's mail server hands mails over (LMTP, RFC 2033): each is answered for when it is committed, so that the server keeps what we cannot take."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope as Told
from aiosmtpd.smtp import Session

from adapters.email.letters import MAX_RAW, Envelope
from bot.errors import StoreError

log = logging.getLogger(__name__)
logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's: below that it writes down senders, recipients and every line of a mail

Ingest = Callable[[bytes, Envelope], Awaitable[None]]

CONNECTIONS = 20  # at a time; more are told to come again
RECIPIENTS = 100  # of one mail
LONGEST_LINE = 1024 * 1024  # bytes; the standard says 1000, and many programs write a mail in one line
AGAIN_S = 5.0  # until an address that is taken is tried again
PATIENCE_S = 120.0  # seconds between two commands
ADDRESS = 320  # characters
LATER = "451 4.3.0 not kept; please send it again"
KEPT = "250 2.0.0 kept"


class Lmtp:
    """Listens at one address of ours."""

    def __init__(self, at: tuple[str, int] | None, ingest: Ingest) -> None:
        assert at is not None
        self._at, self._ingest = at, ingest
        self._open = 0
        self.port = 0
        self.is_up = False
        self.trouble = ""  # why nothing can be handed over, with the cure

    async def run(self) -> None:
        """Until cancelled. An address that somebody else has is tried again: a process that ends may have it for a moment."""
        while True:
            try:
                server = await asyncio.get_running_loop().create_server(self._protocol, *self._at)
            except OSError as fault:
                self.trouble = f"LMTP_LISTEN: {fault.strerror}; set an address of this machine that is free"
                log.error("nothing can be handed over to us", extra={"cure": self.trouble})
                await asyncio.sleep(AGAIN_S)
                continue
            self.port, self.is_up, self.trouble = server.sockets[0].getsockname()[1], True, ""
            try:
                async with server:
                    await server.serve_forever()
            finally:
                self.is_up = False

    def _protocol(self) -> asyncio.Protocol:
        return _Conversation(self)

    # ---- what aiosmtpd calls
    async def handle_RCPT(self, server: LMTP, session: Session, envelope: Told, address: str, options: list[str]) -> str:
        """Any address: the mail server knows which are ours."""
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 too many recipients"
        if len(address) > ADDRESS or not address.isprintable():
            return "501 5.1.3 no address"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: LMTP, session: Session, envelope: Told) -> str:
        """An answer for each recipient, all alike: it is one mail for us."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            await self._ingest(content, Envelope((envelope.mail_from or "")[:ADDRESS], tuple(envelope.rcpt_tos)))
            return KEPT
        except StoreError:
            return LATER
        except Exception as fault:  # the mail server keeps it and comes again
            log.error("a mail could not be taken", extra={"error": type(fault).__name__}, exc_info=fault)
            return LATER

    def enters(self) -> bool:
        """One more connection; False when there are too many."""
        self._open += 1
        return self._open <= CONNECTIONS

    def leaves(self) -> None:
        """One less."""
        self._open -= 1


class _Conversation(LMTP):
    """One connection. What is answered to a mail's content is answered once for each of its recipients."""

    line_length_limit = LONGEST_LINE
    local_part_limit = ADDRESS

    def __init__(self, owner: Lmtp) -> None:
        super().__init__(
            owner, data_size_limit=MAX_RAW, enable_SMTPUTF8=True, decode_data=False, ident="mail for the desk", timeout=PATIENCE_S, hostname="firstline"
        )
        self._owner = owner
        self._for_each = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        if not self._owner.enters() and isinstance(transport, asyncio.Transport):
            transport.write(b"421 4.3.2 too many connections\r\n")
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._owner.leaves()
        if self.transport is not None:
            super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:
        """See aiosmtpd."""
        self._for_each = len(self.envelope.rcpt_tos) if self.envelope else 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self._for_each = 0

    async def push(self, status: str | bytes) -> None:
        """See aiosmtpd; errors of the whole command, and "go on", are said once."""
        said = status.decode("ascii", "replace") if isinstance(status, bytes) else status
        once = self._for_each < 2 or said.startswith(("354", "501", "503"))
        await super().push(said if once else "\r\n".join([said] * self._for_each))
