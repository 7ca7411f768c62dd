"""A mailbox that is read over IMAP: whatever lies in its folder is handed over, and moved only when it is committed. One thread; imap_tools lives here.

\\Seen means nothing: people read shared mailboxes, too. What was handed over and not moved comes again, and is known again by its key.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import re
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import MailboxDeleteError, MailboxFolderCreateError, MailboxLoginError, UnexpectedCommandStatusError
from imap_tools.utils import check_command_status

from adapters.email.config import EmailConfig, Server
from adapters.email.letters import MAX_RAW, Envelope
from bot.errors import DeliveryError, StoreError

log = logging.getLogger(__name__)

Ingest = Callable[[bytes, Envelope], Awaitable[None]]
Token = Callable[[], Awaitable[str]]

PROCESSED = "Processed"
TOO_BIG = "Too big"  # mails of which only the beginning was read
IDLE_S = 9 * 60.0  # some servers end a connection after ten minutes; RFC 2177 allows 29
POLL_S = 5.0  # seconds between looks whether we are to stop
UNTOLD_S = 30.0  # between looks at a server that does not tell what comes
CALL_S = 60.0  # seconds for an answer of the server
BACK_S, MOST_BACK_S = 1.0, 120.0
AGAIN_S = 5.0  # until the database is asked again
TRIES = 3  # of handing over one mail; after that it waits in its folder for somebody to look, and for the next start
REFUSED = "IMAP_URL: {server} refuses the user or password; set those that the server knows"
AWAY = "IMAP_URL: the mailbox at {server} cannot be opened ({error}); what is written waits there"
HEAD_BYTES = 256 * 1024  # of a mail that is too big


class Mailbox:
    """The one of these settings."""

    def __init__(self, config: EmailConfig, ingest: Ingest, token: Token | None = None) -> None:
        assert config.imap is not None
        self._server: Server = config.imap
        self._folder, self._ingest, self._token = config.folder, ingest, token
        self._stop = threading.Event()
        self._box: BaseMailBox | None = None
        self._tried: dict[tuple[str, str], int] = {}  # (UIDVALIDITY, UID) of what could not be handed over -> how often
        self.is_up = False
        self.connects = 0
        self.trouble = ""  # why it is not read now, with the cure

    async def run(self) -> None:
        """Until cancelled; connects again by itself."""
        loop, back = asyncio.get_running_loop(), BACK_S
        thread = ThreadPoolExecutor(1, thread_name_prefix="mailbox")
        try:
            while True:
                connects = self.connects
                try:
                    token = await self._token() if self._token else ""
                    await loop.run_in_executor(thread, self._session, loop, token)
                except StoreError:
                    await asyncio.sleep(AGAIN_S)
                    continue
                except Exception as fault:  # noqa: BLE001 - whatever the server, the network or the library did: it is tried again
                    self._tell(fault, is_new=self.connects == connects)
                back = BACK_S if self.connects > connects else min(back * 2, MOST_BACK_S)
                await asyncio.sleep(back * random.uniform(0.75, 1.25))
        finally:
            self._end()
            thread.shutdown(wait=False)

    def _end(self) -> None:
        """The thread ends at once: whatever it waits for on the line is over."""
        self._stop.set()
        box = self._box
        if box is not None:
            with contextlib.suppress(Exception):
                box.client.sock.shutdown(socket.SHUT_RDWR)

    def _tell(self, fault: Exception, *, is_new: bool) -> None:
        """is_new: it could not be opened at all; a line that breaks is no trouble until it cannot be made again."""
        known = {"error": type(fault).__name__, "server": f"{self._server.host}:{self._server.port}"}
        if isinstance(fault, MailboxLoginError | DeliveryError):
            cure = str(fault) if isinstance(fault, DeliveryError) else REFUSED.format(server=known["server"])
            log.error("the mailbox does not let us in", extra={**known, "cure": cure})
        else:
            cure = AWAY.format(**known)
            log.warning("the mailbox is away", extra=known)
        self.trouble = cure if is_new else self.trouble

    # ------------------------------------------------------------------------------------------- in the mailbox's thread
    def _session(self, loop: asyncio.AbstractEventLoop, token: str) -> None:
        """One connection, until it breaks or we stop. Not as a context manager: leaving it asks a server that may be gone."""
        self._box = box = connect(self._server, token)
        try:
            folders = {name: _ensured(box, name) for name in (PROCESSED, TOO_BIG)}
            validity = _selected(box, self._folder)
            self.is_up, self.trouble = True, ""
            self.connects += 1
            looked_again = False
            while not self._stop.is_set():
                handed, news = self._hand_over(box, validity, folders, loop)
                if handed or (news and not looked_again):
                    looked_again = not handed
                else:
                    looked_again = False
                    self._wait(box)
        finally:
            self.is_up, self._box = False, None
            with contextlib.suppress(Exception):
                box.client.shutdown()

    def _hand_over(self, box: BaseMailBox, validity: str, folders: Mapping[str, str], loop: asyncio.AbstractEventLoop) -> tuple[bool, bool]:
        """Everything in the folder, oldest first: was there anything, and did the server tell of more meanwhile, which it will not tell again?

        UIDs are asked for anew each time, never remembered. What somebody has marked as deleted is theirs.
        """
        box.client.response("EXISTS")
        due = [uid for uid in sorted(box.uids("UNDELETED"), key=int) if self._tried.get((validity, uid), 0) < TRIES]
        for uid in due:
            if self._stop.is_set():
                break
            self._one(box, validity, uid, folders, loop)
        return bool(due), any(box.client.response("EXISTS")[1] or ())

    def _one(self, box: BaseMailBox, validity: str, uid: str, folders: Mapping[str, str], loop: asyncio.AbstractEventLoop) -> None:
        """Fetched without a mark that it was read, handed over, and only then moved."""
        size = _size(box, uid)
        is_big = size is not None and size > MAX_RAW
        raw = _fetched(box, uid, f"BODY.PEEK[]<0.{HEAD_BYTES}>" if is_big else "BODY.PEEK[]")
        if raw is None:
            return  # somebody took it away meanwhile
        try:
            self._handed(asyncio.run_coroutine_threadsafe(self._ingested(raw, Envelope(is_cut=is_big)), loop))
        except (StoreError, CancelledError):
            raise
        except Exception as fault:  # noqa: BLE001 - one mail may not keep the others from being read
            self._leave(validity, uid, fault)
            return
        try:
            _move(box, uid, folders[TOO_BIG if is_big else PROCESSED])
        except UnexpectedCommandStatusError as fault:  # refused; a line that broke is found out by whoever connects again
            self._leave(validity, uid, fault)

    def _leave(self, validity: str, uid: str, fault: Exception) -> None:
        tried = self._tried[(validity, uid)] = self._tried.get((validity, uid), 0) + 1
        log.error("a mail stays in the mailbox", extra={"uid": uid, "tried": tried, "error": type(fault).__name__})

    async def _ingested(self, raw: bytes, envelope: Envelope) -> None:
        await self._ingest(raw, envelope)

    def _handed(self, waiting: Future[None]) -> None:
        """Until it is committed, or we stop: the loop may never come to it then."""
        while True:
            try:
                return waiting.result(timeout=POLL_S)
            except TimeoutError:
                if self._stop.is_set() and not waiting.done():
                    waiting.cancel()
                    raise CancelledError from None
                if waiting.done():
                    raise

    def _wait(self, box: BaseMailBox) -> None:
        """Until something comes, at most IDLE_S; a server without IDLE is asked now and then."""
        if "IDLE" not in box.client.capabilities:
            self._stop.wait(UNTOLD_S)
            box.client.noop()
            return
        box.idle.start()  # type: ignore[no-untyped-call]
        waited = 0.0
        while waited < IDLE_S and not self._stop.is_set() and not box.idle.poll(timeout=POLL_S):
            waited += POLL_S
        box.idle.stop()  # type: ignore[no-untyped-call]


# ------------------------------------------------------------------------------------------------------------- the protocol
def connect(server: Server, token: str = "") -> BaseMailBox:
    """Logged in; no folder is chosen. token: for XOAUTH2 instead of the password. Raises whatever imap_tools, imaplib and sockets raise."""
    box = _opened(server)
    try:
        if token:
            box.xoauth2(server.user, token, initial_folder=None)
        elif server.user.isascii() and server.password.isascii():
            box.login(server.user, server.password, initial_folder=None)
        else:
            box.login_utf8(server.user, server.password, initial_folder=None)
        box.client.capabilities = tuple(box.client.capability()[1][0].decode().upper().split())  # more may be offered after the log-in
    except BaseException:
        with contextlib.suppress(Exception):
            box.client.shutdown()
        raise
    return box


def _opened(server: Server) -> BaseMailBox:
    match server.safety:
        case "tls":
            return MailBox(server.host, server.port, timeout=CALL_S, ssl_context=ssl.create_default_context())
        case "starttls":
            return MailBoxStartTls(server.host, server.port, timeout=CALL_S, ssl_context=ssl.create_default_context())
        case _:
            return MailBoxUnencrypted(server.host, server.port, timeout=CALL_S)


def _ensured(box: BaseMailBox, name: str) -> str:
    """The folder of that name, made if need be; below INBOX where a server wants all folders there."""
    known = {folder.name: folder.delim for folder in box.folder.list()}
    below = f"INBOX{next(iter(known.values()), '.') or '.'}{name}"
    for one in (name, below):
        if one in known:
            return one
    try:
        box.folder.create(name)
    except MailboxFolderCreateError:
        box.folder.create(below)
        return below
    return name


def _selected(box: BaseMailBox, folder: str) -> str:
    """Opens it; gives its UIDVALIDITY: what numbers mean is good for that alone."""
    box.folder.set(folder)
    said = box.client.response("UIDVALIDITY")[1]
    return said[0].decode() if said and said[0] else ""


def _size(box: BaseMailBox, uid: str) -> int | None:
    status, said = box.client.uid("fetch", uid, "(RFC822.SIZE)")
    found = re.search(rb"RFC822\.SIZE (\d{1,15})", said[0]) if status == "OK" and said and isinstance(said[0], bytes) else None
    return int(found[1]) if found else None


def _fetched(box: BaseMailBox, uid: str, what: str) -> bytes | None:
    status, said = box.client.uid("fetch", uid, f"({what})")
    if status != "OK":
        raise OSError("the server does not give a mail that it has")
    return next((item[1] for item in said if isinstance(item, tuple)), None)


def _move(box: BaseMailBox, uid: str, folder: str) -> None:
    """By the server at once; where it cannot, a copy, and this one mail is removed: never what others have marked as deleted."""
    if "MOVE" in box.client.capabilities:
        box.move(uid, folder)
        return
    box.copy(uid, folder)
    check_command_status(box.client.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)"), MailboxDeleteError)
    if "UIDPLUS" in box.client.capabilities:
        box.client.uid("EXPUNGE", uid)
