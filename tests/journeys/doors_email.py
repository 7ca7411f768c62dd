"""Mail as a door: people with mailboxes at a real Dovecot, who write by a real Exim; the team works on the web."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import make_msgid
from pathlib import Path
from typing import cast

import pytest

from tests.journeys.doors import Requester, eventually, product
from tests.journeys.doors_web import WebDoor
from tests.servers import Absent
from tests.servers.mail import DOMAIN, PASSWORD, MailServers, shared

TABLE = '\n[channels.email]\nauthserv_id = "mx.example.test"\n'


def servers_or_skip() -> MailServers:
    """Those of this process; where there are none the test is skipped, and says which are missing."""
    try:
        return shared()
    except Absent as error:
        pytest.skip(str(error))


def env_for(servers: MailServers, name: str, *, lmtp: bool = False) -> dict[str, str]:
    """A desk with the mailbox of that name; lmtp: to which mail is delivered instead."""
    out = {"SMTP_URL": f"smtp://127.0.0.1:{servers.smtp}", "MAIL_FROM": f"IT help <{name}@{'bot.test' if lmtp else DOMAIN}>"}
    return {**out, **({"LMTP_LISTEN": f"127.0.0.1:{servers.bot_lmtp}"} if lmtp else {"IMAP_URL": f"imap://{name}:{PASSWORD}@127.0.0.1:{servers.imap}/INBOX"})}


def words_of(mail: EmailMessage) -> str:
    """What the plain part says."""
    body = mail.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""


@dataclass
class MailRequester:
    """Somebody with a mail program. Answers go where it would send them: to Reply-To, under the mail that is answered."""

    servers: MailServers
    desk: str
    name: str
    subject: str = "A question"
    written: list[EmailMessage] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Theirs."""
        return f"{self.name}@{DOMAIN}"

    def mails(self) -> list[EmailMessage]:
        """What they got, oldest first."""
        return [cast(EmailMessage, message_from_bytes(raw, policy=default)) for raw in self.servers.mails(self.name)]

    async def seen(self) -> list[str]:
        return [words_of(mail) for mail in self.mails()]

    async def says(self, text: str) -> None:
        """Under the newest mail of the desk, if there is one, else a mail of its own."""
        there = self.mails()
        await (self.answers(there[-1], text) if there else self.begins(text))

    async def begins(self, text: str, subject: str = "", files: Mapping[str, bytes] | None = None) -> EmailMessage:
        """A mail that answers none."""
        return await self.sends(self.letter(text, subject or self.subject, self.desk, files))

    async def answers(self, mail: EmailMessage, text: str, *, to: str = "", files: Mapping[str, bytes] | None = None) -> EmailMessage:
        """A mail that quotes the one it answers, as programs do. to: another address than the program would take."""
        quoted = "\n".join(f"> {line}" for line in words_of(mail).split("\n"))
        letter = self.letter(f"{text}\n\nOn Monday the desk wrote:\n{quoted}\n", f"Re: {mail['Subject']}", to or mail["Reply-To"] or mail["From"], files)
        letter["In-Reply-To"] = mail["Message-ID"]
        letter["References"] = f"{mail['References'] or ''} {mail['Message-ID']}".strip()
        return await self.sends(letter)

    def letter(self, text: str, subject: str, to: str, files: Mapping[str, bytes] | None = None) -> EmailMessage:
        """What they write, not sent yet."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"], letter["Message-ID"] = f"{self.name.title()} <{self.address}>", to, subject, make_msgid(domain=DOMAIN)
        letter.set_content(text)
        for name, content in (files or {}).items():
            letter.add_attachment(content, maintype="text", subtype="plain", filename=name)
        return letter

    async def sends(self, letter: EmailMessage, sender: str = "") -> EmailMessage:
        """Handed over to Exim. sender: of the envelope, where it is not theirs."""
        to = re.sub(r".*<|>.*", "", str(letter["To"]))
        await asyncio.to_thread(self.servers.send, letter, sender or self.address, to)
        self.written.append(letter)
        return letter

    async def presses(self, label: str) -> None:
        """The number that stands before it in the newest mail that offers it."""

        def offered() -> tuple[EmailMessage, str] | None:
            for mail in reversed(self.mails()):
                found = re.search(rf"^(\d+)\. {re.escape(label)}$", words_of(mail), re.M)
                if found:
                    return mail, found[1]
            return None

        mail, number = await eventually(offered, f"a choice {label!r}")
        await self.answers(mail, number)

    async def attaches(self, name: str, content: bytes) -> None:
        await self.answers(self.mails()[-1], "", files={name: content})

    async def got(self, name: str) -> bytes | None:
        found = [part for mail in self.mails() for part in mail.iter_attachments() if part.get_filename() == name]
        return cast(bytes, found[-1].get_payload(decode=True)) if found else None

    async def got_mail(self, text: str) -> EmailMessage:
        """The newest mail that says so, when it is there."""
        return await eventually(lambda: next((mail for mail in reversed(self.mails()) if text in words_of(mail)), None), f"a mail with {text!r}")


@dataclass
class MailDoor(WebDoor):
    """The product with a mailbox; its team signs in on the web."""

    servers: MailServers = field(default_factory=shared)
    desk: str = ""

    async def newcomer(self) -> Requester:
        return cast(Requester, self.somebody())

    def somebody(self, begins: str = "ana") -> MailRequester:
        """A new one. begins: of their name, which says how their server treats them (tests/servers/mail.py)."""
        return MailRequester(self.servers, self.desk, f"{begins}-{secrets.token_hex(4)}")


@contextlib.asynccontextmanager
async def email(folder: Path, more: str = "", *, servers: MailServers | None = None, lmtp: bool = False, desk: str = "") -> AsyncIterator[MailDoor]:
    """The product with a mailbox of its own. more: as for `product`. lmtp: mail is brought to it. desk: its address, of an earlier time."""
    servers = servers or servers_or_skip()
    name = desk.partition("@")[0] or f"desk-{secrets.token_hex(4)}"
    async with product(folder, env_for(servers, name, lmtp=lmtp), {}, more=more + TABLE) as (app, base):
        yield MailDoor(app, base, servers=servers, desk=f"{name}@{'bot.test' if lmtp else DOMAIN}")
