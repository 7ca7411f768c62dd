"""A mail server in this process that takes our mails as a real one does, and that can be told to refuse, to be slow, or to die at any word."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

CUT = "cut"  # instead of an answer the connection is closed


@dataclass
class Taken:
    """One mail. sender: of the envelope."""

    sender: str
    to: str
    mail: EmailMessage
    raw: bytes

    @property
    def text(self) -> str:
        """What its plain part says, without the foot."""
        body = self.mail.get_body(("plain",))
        return str(body.get_content()).replace("\r\n", "\n").rpartition("\n\n-- \n")[0] if body is not None else ""

    @property
    def files(self) -> list[str]:
        """Their names."""
        return [str(part.get_filename()) for part in self.mail.iter_attachments()]


@dataclass
class MailCloud:
    """One server. users: who may log in, by a password or a token. tls: STARTTLS with that context."""

    users: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    size: int = 30_000_000
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    said: list[str] = field(default_factory=list)  # how people logged in
    _faults: dict[str, list[str]] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _open: list[SMTP] = field(default_factory=list)

    def fault(self, word: str, *answers: str) -> None:
        """The next answers to that word (MAIL, RCPT, DATA, or KEPT: the content was kept, and then this). "cut": the connection is closed instead."""
        self._faults.setdefault(word, []).extend(answers)

    async def __aenter__(self) -> MailCloud:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """At the same port as before, if there was one."""
        self._server = await asyncio.get_running_loop().create_server(self._protocol, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Who is connected is cut off."""
        if self._server is not None:
            self._server.close()
            self.hang_up()
            self._server = None

    def hang_up(self) -> None:
        """Every connection is closed, as servers do with idle ones."""
        for one in self._open:
            if one.transport is not None:
                one.transport.abort()
        self._open.clear()

    def to(self, address: str) -> list[Taken]:
        """What that address got."""
        return [one for one in self.taken if one.to == address]

    def _protocol(self) -> SMTP:
        self.connections += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a password might travel in the clear, which is what some tests are about
            server = SMTP(
                self, hostname="mx.cloud.test", data_size_limit=self.size, tls_context=self.tls, require_starttls=self.tls is not None,
                auth_required=bool(self.users), auth_require_tls=False, authenticator=self._knows if self.users else None,
                auth_exclude_mechanism=["LOGIN"],
            )  # fmt: skip
        self._open.append(server)
        return server

    def _knows(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.said.append(mechanism)
        return AuthResult(success=self.users.get(data.login.decode()) == data.password.decode(), handled=False)

    def _next(self, word: str, server: SMTP) -> str:
        answers = self._faults.get(word)
        answer = answers.pop(0) if answers else ""
        if answer == CUT and server.transport is not None:
            server.transport.abort()
        return answer

    # ---- what aiosmtpd calls
    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        """As Google and Microsoft take it."""
        from base64 import b64decode

        found = dict(part.split("=", 1) for part in b64decode(args[1]).decode().split("\1") if "=" in part)
        self.said.append("XOAUTH2")
        return AuthResult(success=self.users.get(found.get("user", "")) == found.get("auth", "").removeprefix("Bearer "), handled=False)

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if answer := self._next("MAIL", server):
            return answer
        envelope.mail_from = address
        return "250 2.1.0 ok"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if answer := self._next("RCPT", server):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if answer := self._next("DATA", server):
            return answer
        raw = cast(bytes, envelope.original_content)
        for address in envelope.rcpt_tos:
            self.taken.append(Taken((envelope.mail_from or "").removeprefix("<>"), address, cast(EmailMessage, message_from_bytes(raw, policy=default)), raw))
        return self._next("KEPT", server) or "250 2.0.0 kept"
