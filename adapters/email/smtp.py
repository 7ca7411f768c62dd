"""One connection to the server that takes our mail; what it answers becomes our errors. The only file that knows aiosmtplib."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import Awaitable, Callable

import aiosmtplib
from aiosmtplib import SMTP

from adapters.email.config import EmailConfig, Server
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, NotAccepted, RateLimited, Unauthorized

CALL_S = 20.0  # seconds for one command; delivery gives a whole call 25
CONTENT_S = 240.0  # seconds for a mail with files on a slow line
IDLE_S = 50.0  # seconds after which the connection is made anew: servers close idle ones, some after a minute
LATER_S = 60.0  # seconds until a server that is busy is asked again
OUT_OF_ORDER = 503  # it lost the thread: nothing is wrong with the mail
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")

Token = Callable[[], Awaitable[str]]


class Smtp:
    """Sends mails one after the other; connects when there is something to send, and again when that is lost."""

    def __init__(self, config: EmailConfig, token: Token | None = None) -> None:
        self._server, self._name, self._token = config.smtp, config.address.rpartition("@")[2], token
        self._turn = asyncio.Lock()
        self._client: SMTP | None = None
        self._used_at = 0.0
        self.connects = 0
        self.is_up = False

    async def send(self, sender: str, recipient: str, mail: bytes) -> None:
        """One mail to one recipient. sender: of the envelope, "" is the null return path. Raises DeliveryError and its subclasses."""
        async with self._turn:
            try:
                await self._handed_over(sender, recipient, mail)
            except BaseException:
                self._drop()
                raise
            self._used_at = time.monotonic()

    async def check(self) -> str:
        """What the server says of itself once we are let in. Raises as `send`."""
        async with self._turn:
            client = await self._connected(anew=True)
            return "with TLS" if client.get_transport_info("sslcontext") is not None else "without TLS"

    async def close(self) -> None:
        """Says goodbye."""
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=2)

    async def _handed_over(self, sender: str, recipient: str, mail: bytes) -> None:
        for anew in (False, True):
            client = await self._connected(anew=anew)
            was_used = self._used_at > 0 and not anew
            try:
                await self._addressed(client, sender, recipient, len(mail))
                break
            except (aiosmtplib.SMTPServerDisconnected, OSError, RateLimited) as fault:
                if not was_used:  # else it had been closed while nobody looked
                    raise fault if isinstance(fault, DeliveryError) else DeliveryError(f"SMTP: {type(fault).__name__}") from fault
                self._drop()
        await self._content(client, mail)

    # ---- connecting
    async def _connected(self, *, anew: bool) -> SMTP:
        if self._client is not None and self._client.is_connected and not anew and time.monotonic() - self._used_at < IDLE_S:
            return self._client
        self._drop()
        client, server = _client(self._server, self._name), self._server
        try:
            await client.connect()
            if server.user:
                await self._log_in(client, server)
        except BaseException as fault:
            client.close()
            self.is_up = False
            raise _not_connected(server, fault) from fault
        self._client, self._used_at, self.is_up = client, 0.0, True
        self.connects += 1
        return client

    async def _log_in(self, client: SMTP, server: Server) -> None:
        if self._token is not None:
            await client.auth_xoauth2(server.user, await self._token())
        else:
            await client.login(server.user, server.password)

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    # ---- one mail
    async def _addressed(self, client: SMTP, sender: str, recipient: str, size: int) -> None:
        try:
            await client.mail(sender, options=[f"SIZE={size}"] if client.supports_extension("size") else [])
        except aiosmtplib.SMTPResponseException as answer:
            raise _of_sender(answer) from answer
        except (aiosmtplib.SMTPTimeoutError, UnicodeError) as fault:
            raise DeliveryError(f"SMTP: {type(fault).__name__}") from fault
        try:
            await client.rcpt(recipient)
        except aiosmtplib.SMTPResponseException as answer:
            raise _of_recipient(answer) from answer
        except UnicodeError as fault:
            raise DeliveryRefused("unsupported", "an address with other letters than ASCII") from fault
        except aiosmtplib.SMTPTimeoutError as fault:
            raise DeliveryError("SMTP: no answer to the recipient") from fault

    async def _content(self, client: SMTP, mail: bytes) -> None:
        try:
            await client.data(mail, timeout=CONTENT_S)
        except aiosmtplib.SMTPResponseException as answer:
            raise _of_content(answer) from answer
        except (aiosmtplib.SMTPException, OSError) as fault:
            raise DeliveryUnknown("SMTP: no answer to the content") from fault


def _client(server: Server, name: str) -> SMTP:
    return SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.safety == "tls",
        start_tls=server.safety == "starttls",
        local_hostname=name,
        timeout=CALL_S,
        tls_context=ssl.create_default_context() if server.safety != "open" else None,
    )


def _not_connected(server: Server, fault: BaseException) -> BaseException:
    """Why there is no connection: what only an operator can cure pauses the channel, its queue is kept."""
    where = f"{server.host}:{server.port}"
    if isinstance(fault, DeliveryError):
        return fault
    if isinstance(fault, aiosmtplib.SMTPAuthenticationError):
        if fault.code < 500:
            return NotAccepted(f"SMTP {fault.code}")
        return Unauthorized(f"SMTP_URL: {where} refuses the user or password ({fault.code}); set what the server knows")
    reason = fault.__cause__ if isinstance(fault.__cause__, ssl.SSLError) else fault
    if isinstance(reason, ssl.SSLError) or "certificate" in str(fault).lower():
        return Unauthorized(f"SMTP_URL: no safe connection with {where}: its certificate is not valid for that name, or it speaks no TLS at that port")
    if isinstance(fault, aiosmtplib.SMTPResponseException):
        return RateLimited(LATER_S) if fault.code == 421 else NotAccepted(f"SMTP {fault.code}")
    if isinstance(fault, aiosmtplib.SMTPConnectError | aiosmtplib.SMTPTimeoutError | aiosmtplib.SMTPServerDisconnected | OSError):
        return DeliveryError(f"SMTP_URL: {where} does not answer")
    if isinstance(fault, aiosmtplib.SMTPException):
        lacks = "STARTTLS" if "STARTTLS" in str(fault) else "a way to log in that we know"
        return Unauthorized(f"SMTP_URL: {where} does not offer {lacks}; nothing is sent without it")
    return fault


def _of_sender(answer: aiosmtplib.SMTPResponseException) -> DeliveryError:
    if answer.code == 421:
        return RateLimited(LATER_S)
    if answer.code < 500 or answer.code == OUT_OF_ORDER:
        return NotAccepted(f"SMTP {answer.code}")
    if answer.code == 552 or _enhanced(answer) in ("3.4", "2.3"):
        return DeliveryRefused("too_large", f"SMTP {answer.code}")
    return Unauthorized(f"MAIL_FROM: the server of SMTP_URL does not let us send from there ({answer.code}); use an address it allows, or log in as its owner")


def _of_recipient(answer: aiosmtplib.SMTPResponseException) -> DeliveryError:
    if answer.code == 421:
        return RateLimited(LATER_S)
    if answer.code < 500 or answer.code == OUT_OF_ORDER:
        return NotAccepted(f"SMTP {answer.code}")
    return DeliveryRefused("forbidden" if _enhanced(answer).startswith("7.") else "bounced", f"SMTP {answer.code}")


def _of_content(answer: aiosmtplib.SMTPResponseException) -> DeliveryError:
    if answer.code == 421:
        return RateLimited(LATER_S)
    if answer.code < 500 or answer.code == OUT_OF_ORDER:
        return NotAccepted(f"SMTP {answer.code}")
    if answer.code == 552 or _enhanced(answer) in ("3.4", "2.3"):
        return DeliveryRefused("too_large", f"SMTP {answer.code}")
    return DeliveryRefused("forbidden" if _enhanced(answer).startswith("7.") else "bounced", f"SMTP {answer.code}")


def _enhanced(answer: aiosmtplib.SMTPResponseException) -> str:
    """The last two digits of its status as RFC 3463 has them, or ""."""
    found = _ENHANCED.search(answer.message)
    return f"{found[2]}.{found[3]}" if found else ""
