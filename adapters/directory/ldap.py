"""A directory that speaks LDAP: OpenLDAP, Active Directory, 389 and their like. The only home of ldap3, which waits: each question has a thread."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

import ldap3  # type: ignore[import-untyped]
from ldap3.core.exceptions import (  # type: ignore[import-untyped]
    LDAPCertificateError,
    LDAPException,
    LDAPInvalidCredentialsResult,
    LDAPInvalidFilterError,
    LDAPOperationResult,
    LDAPSizeLimitExceededResult,
    LDAPStartTLSError,
)
from ldap3.operation.search import parse_filter  # type: ignore[import-untyped]
from ldap3.utils.conv import escape_filter_chars  # type: ignore[import-untyped]

from adapters.directory.config import DirectoryConfig
from adapters.directory.too_long import MOST_BYTES, TooLong
from bot.domain.listings import Listing, Sought, clean, first
from bot.errors import ConfigError, DirectoryAway

T = TypeVar("T")

WAIT_S = 3  # for a connection, and for each answer; whole seconds, as ldap3 wants them
MOST_ENTRIES = 2  # the second says that it is not clear who is meant
THREADS = 4
ACCOUNT_DISABLE = 0x2  # of userAccountControl in Active Directory
LOCKED_FOR_EVER = "000001010000Z"  # of pwdAccountLockedTime, draft-behera-ldap-password-policy
OFF_ATTRIBUTES = ("userAccountControl", "nsAccountLock", "pwdAccountLockedTime")


class LdapDirectory:
    """Asks one server. A connection is made for each question and closed after it: they are rare, and none goes stale."""

    def __init__(self, config: DirectoryConfig) -> None:
        """Raises ConfigError."""
        if config.narrowed:
            try:
                parse_filter(config.narrowed, None, auto_escape=False, auto_encode=True, validator=None, check_names=False)
            except LDAPInvalidFilterError as error:
                raise ConfigError('[directory] filter: it is no LDAP filter; write it in brackets, as "(objectClass=person)"') from error
        self._config = config
        self._threads = ThreadPoolExecutor(THREADS, "directory")

    async def find(self, sought: Sought) -> Sequence[Listing]:
        """See DirectorySource."""
        try:
            return await self._asked(lambda session: self._found(session, sought))
        except TooLong:
            return ()  # that is about one person: all others are asked about as before

    async def probe(self) -> None:
        """See DirectorySource."""
        await self._asked(lambda session: session.search(self._config.base, "(objectClass=*)", ldap3.BASE, ["objectClass"]))

    async def close(self) -> None:
        """See DirectorySource."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------------------------------------------------- in the thread
    async def _asked(self, question: Callable[[_Session], T]) -> T:
        """What the question gives. Whoever waits no longer cuts the connection, and with it the thread is free."""
        session = _Session(self._config)

        def whole() -> T:
            with _told(), session:
                return question(session)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, whole)
        except asyncio.CancelledError:
            session.cut()
            raise

    def _found(self, session: _Session, sought: Sought) -> list[Listing]:
        wanted = [name for names in self._config.mapped.values() for name in names]
        marks = [mark[0] for mark in (self._config.off, self._config.vip) if mark]
        entries = session.search(self._config.base, search_filter(self._config, sought), ldap3.SUBTREE, [*dict.fromkeys((*wanted, *OFF_ATTRIBUTES, *marks))])
        return [self._listing(session, entry, may_ask=len(entries) == 1) for entry in entries]

    def _listing(self, session: _Session, entry: _Entry, *, may_ask: bool) -> Listing:
        facts = {fact: first(value for name in names for value in entry.texts(name)) for fact, names in self._config.mapped.items()}
        if may_ask and "=" in facts["manager"]:
            facts["manager"] = self._name_of(session, next(value for name in self._config.mapped["manager"] for value in entry.whole(name) if clean(value)))
        elif "=" in facts["manager"]:
            facts["manager"] = ""
        if not any(facts.values()):
            facts["name"] = clean(entry.dn.partition(",")[0].partition("=")[2])
        return Listing(**facts, is_off=_is_off(entry, self._config.off), is_vip=entry.has(self._config.vip))

    def _name_of(self, session: _Session, dn: str) -> str:
        """Whom a distinguished name means; "" when nobody can say."""
        names = self._config.mapped["name"]
        try:
            found = session.search(dn, "(objectClass=*)", ldap3.BASE, list(names))
        except DirectoryAway:
            return ""
        return first(value for entry in found for name in names for value in entry.texts(name))


def search_filter(config: DirectoryConfig, sought: Sought) -> str:
    """Who has one of these addresses, else one of these numbers; what comes from people is escaped (RFC 4515)."""
    fact, values = ("mail", sought.mails) if sought.mails else ("phone", sought.phones)
    alike = "".join(f"({name}={escape_filter_chars(value)})" for name in config.mapped[fact] for value in values)
    return f"(&{config.narrowed}(|{alike}))"


class _Entry:
    """What an answer says of one entry, by lower-case names."""

    def __init__(self, dn: str, attributes: Mapping[str, Iterable[bytes]]) -> None:
        self.dn = dn
        self._values = {name.lower().partition(";")[0]: list(values) for name, values in attributes.items()}

    def whole(self, name: str) -> list[str]:
        """Every value as text; what is no UTF-8 is left out."""
        found = []
        for value in self._values.get(name.lower(), ()):
            with suppress(UnicodeDecodeError):
                found.append(value.decode("utf-8"))
        return found

    def texts(self, name: str) -> list[str]:
        """Likewise, clean."""
        return [clean(value) for value in self.whole(name)]

    def has(self, mark: tuple[str, str] | None) -> bool:
        """Does it bear that mark?"""
        return mark is not None and any(value.casefold() == mark[1].casefold() for value in self.whole(mark[0]))


def _is_off(entry: _Entry, mark: tuple[str, str] | None) -> bool:
    control = first(entry.texts("userAccountControl"))
    bits = int(control) if control.isascii() and control.isdecimal() else 0
    return (
        entry.has(mark)
        or bool(bits & ACCOUNT_DISABLE)
        or "true" in (value.casefold() for value in entry.texts("nsAccountLock"))
        or LOCKED_FOR_EVER in entry.texts("pwdAccountLockedTime")
    )


class _Session:
    """One connection, bound. Its methods wait, and raise DirectoryAway."""

    def __init__(self, config: DirectoryConfig) -> None:
        self._config = config
        self._connection: Any = None

    def __enter__(self) -> _Session:
        config, parts = self._config, urlsplit(self._config.url)
        server = ldap3.Server(
            parts.hostname, parts.port, use_ssl=parts.scheme == "ldaps", tls=_Tls(config.ca_file), get_info=ldap3.NONE, connect_timeout=WAIT_S
        )
        self._connection = ldap3.Connection(
            server, config.user or None, config.password.get_secret_value() or None, client_strategy=ldap3.SYNC, auto_referrals=False,
            receive_timeout=WAIT_S, raise_exceptions=True, read_only=True, check_names=False, return_empty_attributes=False,
        )  # fmt: skip
        try:
            with _told():
                self._connection.open(read_server_info=False)
                if config.starttls:
                    self._connection.start_tls(read_server_info=False)
                self._connection.socket = _Bounded(self._connection.socket)
                self._connection.bind(read_server_info=False)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def search(self, base: str, wanted: str, scope: Any, attributes: Sequence[str]) -> list[_Entry]:
        """The entries; referrals are left where they are."""
        with _told(), suppress(LDAPSizeLimitExceededResult):  # there are more: two are enough to know that
            self._connection.search(base, wanted, scope, attributes=list(attributes), size_limit=MOST_ENTRIES, time_limit=WAIT_S)
        if self._connection.result.get("description") == "referral":
            raise DirectoryAway(
                "it refers to another server, and referrals are not followed; set DIRECTORY_URL to that one, or [directory] base to what is here"
            )
        answers = [one for one in self._connection.response or () if one.get("type") == "searchResEntry"]
        return [_Entry(str(one["dn"]), one["raw_attributes"]) for one in answers]

    def cut(self) -> None:
        """Nobody waits any more: whatever is waited for in the thread fails now."""
        sock = getattr(self._connection, "socket", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        with suppress(LDAPException, OSError, AttributeError):
            self._connection.unbind()


class _Tls(ldap3.Tls):  # type: ignore[misc]
    """TLS as Python does it, name and chain checked in the handshake: ldap3's own check of names is by code that Python has given up."""

    def __init__(self, ca_file: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = ssl.create_default_context(cafile=ca_file or None)

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """The connection's socket, encrypted."""
        connection.socket = self._context.wrap_socket(connection.socket, server_hostname=connection.server.host)


class _Bounded:
    """A socket from which no more than MOST_BYTES come."""

    def __init__(self, sock: Any) -> None:
        self._socket, self._left = sock, MOST_BYTES

    def recv(self, size: int) -> bytes:
        """As a socket's. Raises OSError when it is too much."""
        data: bytes = self._socket.recv(size)
        self._left -= len(data)
        if self._left < 0:
            raise OSError("the answer is too long")  # ldap3 keeps the words and nothing else of it
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)


class _told:
    """Turns ldap3's errors into ours, each with its cure."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if "the answer is too long" in str(error):
            raise TooLong from error
        if isinstance(error, LDAPException | OSError):
            raise DirectoryAway(_cure(error)) from error
        if isinstance(error, Exception) and not isinstance(error, DirectoryAway):
            raise DirectoryAway(f"it does not speak LDAP as it should ({type(error).__name__}); see what answers at DIRECTORY_URL") from error


def _cure(error: BaseException) -> str:
    text = str(error).lower()
    if isinstance(error, LDAPInvalidCredentialsResult):
        return "it refuses the password; set DIRECTORY_USER and DIRECTORY_PASSWORD to those of an account that may read"
    if "certificate" in text or isinstance(error, LDAPCertificateError):
        return "its certificate is not for this name, or of an authority that is not known here; use its own name in DIRECTORY_URL, and [directory] ca_file"
    if isinstance(error, LDAPStartTLSError):
        return "it does not start TLS; use ldaps://, or take [directory] starttls out"
    if isinstance(error, LDAPOperationResult):
        return f"it refuses the question ({error.description}); check [directory] base and filter, and what DIRECTORY_USER may read"
    return "it does not answer; see whether DIRECTORY_URL can be reached from here"
