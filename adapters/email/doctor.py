"""What stands in the way of mail going out and coming in, each with its cure: for `firstline doctor`."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator

from adapters.email.config import EmailConfig, Server
from adapters.email.smtp import Smtp
from adapters.email.tokens import Tokens
from bot.errors import DeliveryError

Finding = tuple[bool, str]


async def findings(config: EmailConfig, smtp: Smtp, tokens: Tokens | None) -> AsyncIterator[Finding]:
    """(is it well, one line that says what it is and what to do)."""
    token = ""
    if tokens is not None:
        try:
            token = await tokens.access()
            yield True, "the provider gives us tokens (XOAUTH2)"
        except DeliveryError as error:
            yield False, str(error)
            return
    try:
        safety = await smtp.check()
        yield True, f"mail goes out by {config.smtp.host}:{config.smtp.port} {safety}, as {config.address}"
    except DeliveryError as error:
        yield False, f"{error}; check SMTP_URL and the network"
    finally:
        await smtp.close()
    if config.imap is not None:
        yield await asyncio.to_thread(_mailbox, config.imap, config.folder, token)
    if config.lmtp is not None:
        yield await _port(*config.lmtp)
    if not config.hears:
        yield True, "neither IMAP_URL nor LMTP_LISTEN is set: mail goes out, and none comes in"
    if config.hears and not config.authserv_id:
        yield True, "[channels.email] authserv_id is not set: no sender counts as verified until they answer a mail of ours"


def _mailbox(server: Server, folder: str, token: str) -> Finding:
    """Log in, and look whether the folder is there."""
    from imaplib import IMAP4

    from imap_tools.errors import MailboxLoginError

    from adapters.email.imap import connect

    where = f"{server.host}:{server.port}"
    try:
        box = connect(server, token)
    except (MailboxLoginError, IMAP4.error):
        return False, f"IMAP_URL: {where} refuses the user or password; set what the server knows"
    except Exception as error:  # noqa: BLE001 - imaplib, ssl and sockets each raise kinds of their own
        return False, f"IMAP_URL: {where} does not answer as it should ({type(error).__name__}); check host, port, and imaps:// or imap+starttls://"
    try:
        if not box.folder.exists(folder):
            return False, f"IMAP_URL: there is no folder {folder!r} at {where}; make it, or name one that is there after the host"
        return True, f"mail comes in by {where}, folder {folder}"
    finally:
        box.client.shutdown()


async def _port(host: str, port: int) -> Finding:
    """Can we listen there, or do we already?"""
    try:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return True, f"LMTP_LISTEN: somebody listens at {host}:{port}; if that is not firstline, name another port"
        why = os.strerror(error.errno or 0)
        return False, f"LMTP_LISTEN: nobody can listen at {host}:{port} ({why}); name an address of this computer and a port above 1024"
    server.close()
    return True, f"LMTP_LISTEN: {host}:{port} is free; let your mail server deliver there"
