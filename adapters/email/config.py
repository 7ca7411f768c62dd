"""Mail's variables and its table, checked at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from adapters.email.ration import Most
from bot.errors import ConfigError
from bot.toml_table import Table

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SMTP_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
IMAP_PORTS = {"imap": 143, "imap+starttls": 143, "imaps": 993}
OAUTH = ("MAIL_OAUTH_CLIENT_ID", "MAIL_OAUTH_REFRESH_TOKEN", "MAIL_OAUTH_TOKEN_URL")  # a public client has no secret
MOST_AN_HOUR, MOST_A_DAY = 3, 3  # answers of ours to one address: two machines that answer each other are silent after that, and nobody is flooded in our name
UNASKED = ("drop", "file")
_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*/=?^_`{|}~+-]{1,30}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")

Safety = Literal["open", "starttls", "tls"]


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect. safety: "starttls" and "tls" never go on without. user "": no login."""

    host: str
    port: int
    safety: Safety
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OAuth:
    """What a provider gave us so that we may ask for tokens (XOAUTH2) instead of sending a password."""

    client: str
    token_url: str
    secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class EmailConfig:
    """How mail goes out and comes in. address: ours, lower-cased; name: shown before it, or "".

    imap, lmtp: where mail comes in; with neither this desk sends notices and hears nothing. lmtp: (host, port) to listen at.
    authserv_id: how our own mail server names itself in Authentication-Results, "" trusts none. voicemail_from: addresses whose mails are
    recorded calls. own_lists: List-Ids of mailing lists by which people write to the desk. most_automatic: answers of the bot to one address.
    unasked: what becomes of a program's mail that answers nothing of ours: "drop", or "file", a request for people of which its sender hears nothing.
    """

    smtp: Server
    address: str
    name: str = ""
    imap: Server | None = None
    folder: str = "INBOX"
    lmtp: tuple[str, int] | None = None
    oauth: OAuth | None = None
    authserv_id: str = ""
    voicemail_from: tuple[str, ...] = ()
    own_lists: tuple[str, ...] = ()
    most_automatic: Most = field(default_factory=lambda: Most(MOST_AN_HOUR, MOST_A_DAY))
    unasked: str = "file"

    @property
    def hears(self) -> bool:
        """Does mail come in at all?"""
        return self.imap is not None or self.lmtp is not None

    @classmethod
    def read(cls, env: Mapping[str, str], table: Mapping[str, object]) -> EmailConfig | None:
        """The configuration, or None when neither SMTP_URL nor MAIL_FROM is set. Raises ConfigError with one line for each fault."""
        given = {name: env.get(name, "").strip() for name in ("SMTP_URL", "IMAP_URL", "MAIL_FROM", "LMTP_LISTEN")}
        if not given["SMTP_URL"] and not given["MAIL_FROM"]:
            return None
        faults: list[str] = []
        smtp = _server("SMTP_URL", given["SMTP_URL"], SMTP_PORTS, "smtps://user:password@mail.example.com", faults)
        imap = _server("IMAP_URL", given["IMAP_URL"], IMAP_PORTS, "imaps://user:password@mail.example.com/INBOX", faults) if given["IMAP_URL"] else None
        name, address = _sender(given["MAIL_FROM"], faults)
        lmtp = _listen(given["LMTP_LISTEN"], faults)
        oauth = _oauth(env, [one for one in (smtp, imap) if one], faults)
        own = Table("[channels.email]", table, faults)
        authserv_id, voicemail_from = own.text("authserv_id"), own.texts("voicemail_from")
        most = Most(_most(own, "most_automatic_per_hour", MOST_AN_HOUR), _most(own, "most_automatic_per_day", MOST_A_DAY))
        lists = tuple(one.lower().strip("<>") for one in own.texts("own_lists"))
        unasked = own.text("unasked", "file")
        if unasked not in UNASKED:
            own.fault("unasked", f"{unasked!r} is not known; write one of {', '.join(UNASKED)}")
        own.done()
        strange = [one for one in voicemail_from if "@" not in one]
        faults += [f"[channels.email] voicemail_from: {one[:60]!r} is no mail address; write it as calls@example.com" for one in strange]
        for which, server in (("SMTP_URL", smtp), ("IMAP_URL", imap)):
            faults += _login_faults(which, server, oauth) if server else []
        if faults or smtp is None:
            raise ConfigError("\n".join(faults))
        folder = unquote(urlsplit(given["IMAP_URL"]).path.strip("/")) or "INBOX"
        senders = tuple(one.lower() for one in voicemail_from)
        return cls(smtp, address, name, imap, folder, lmtp, oauth, authserv_id.lower(), senders, lists, most, unasked)


def _server(which: str, url: str, ports: Mapping[str, int], example: str, faults: list[str]) -> Server | None:
    if not url:
        faults.append(f"{which} is not set although MAIL_FROM is: set it to the server that takes our mail, as {example}")
        return None
    parts, port = _parts(url)
    if parts is None or parts.scheme not in ports or not parts.hostname or not _HOST.fullmatch(parts.hostname):
        faults.append(f"{which} is no address of a mail server: write it as {example} ({', '.join(f'{one}://' for one in ports)}; signs in a password as %40)")
        return None
    scheme = parts.scheme
    safety: Safety = "starttls" if scheme.endswith("starttls") else "tls" if scheme.endswith("s") else "open"
    return Server(parts.hostname, port or ports[scheme], safety, unquote(parts.username or ""), unquote(parts.password or ""))


def _parts(url: str) -> tuple[SplitResult | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        return None, None


def _login_faults(which: str, server: Server, oauth: OAuth | None) -> list[str]:
    faults = []
    if server.user and server.safety == "open" and server.host not in LOOPBACK:
        kind = which.partition("_")[0].lower()
        faults.append(f"{which}: the password would travel in the clear; write {kind}s:// or {kind}+starttls:// instead of {kind}://")
    if server.user and not server.password and oauth is None:
        faults.append(f"{which}: there is a user but no password; write {which.partition('_')[0].lower()}s://user:password@{server.host}")
    if which == "IMAP_URL" and not server.user:
        faults.append("IMAP_URL: there is no user, so no mailbox; write imaps://user:password@mail.example.com/INBOX")
    if oauth is not None and not server.user and server.safety != "open":
        faults.append(f"{which}: MAIL_OAUTH_CLIENT_ID is set, and a token belongs to a user; write the mailbox's address as user, its @ as %40")
    return faults


def _sender(given: str, faults: list[str]) -> tuple[str, str]:
    name, address = parseaddr(given)
    if not _ADDRESS.fullmatch(address) or ".." in address or any(ord(c) < 32 for c in given):
        said = "is not set" if not given else "names no mail address of ours"
        faults.append(f'MAIL_FROM {said}: write it as "IT help <support@example.com>"; the part before the @ has at most 30 characters')
    return name.strip(), address.lower()


def _listen(given: str, faults: list[str]) -> tuple[str, int] | None:
    if not given:
        return None
    host, _, port = given.rpartition(":")
    host = host.strip("[]")
    if not _HOST.fullmatch(host) or not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        faults.append("LMTP_LISTEN is no address to listen at: write it as 127.0.0.1:8024")
        return None
    return host, int(port)


def _oauth(env: Mapping[str, str], servers: list[Server], faults: list[str]) -> OAuth | None:
    client, refresh, url = (env.get(name, "").strip() for name in OAUTH)
    if not (client or refresh or url):
        return None
    missing = [name for name, value in zip(OAUTH, (client, refresh, url), strict=True) if not value]
    if missing:
        faults.append(f"{' and '.join(missing)}: not set although other MAIL_OAUTH_ settings are; set all, or none")
    parts, _ = _parts(url)
    if url and (parts is None or not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK))):
        faults.append("MAIL_OAUTH_TOKEN_URL is no https address: set it to the provider's token endpoint")
    faults += [] if any(one.user for one in servers) else ["MAIL_OAUTH_CLIENT_ID is set, but neither SMTP_URL nor IMAP_URL names a user that a token is for"]
    return OAuth(client, url, env.get("MAIL_OAUTH_CLIENT_SECRET", "").strip(), refresh)


def _most(table: Table, key: str, usual: int) -> int:
    most = table.get(key, usual)
    if isinstance(most, int) and not isinstance(most, bool) and 1 <= most <= 1000:
        return most
    table.fault(key, f"{most!r} is no number of mails; write one from 1 to 1000, {usual} is usual")
    return usual
