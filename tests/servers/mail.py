"""A mail system of our own on loopback: Exim takes and passes on, Dovecot keeps mailboxes, Sieve answers for who is out of office.

Anybody at example.test has a mailbox, with the password s3cret. Of some it can be said that they are away, that the server knows them no more, or that it
takes mail for them and sends it back. Mail for bot.test goes to whoever listens at `bot_lmtp`. What comes in with an envelope sender gets an
Authentication-Results header of mx.example.test: SPF passed for that sender.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pwd
import secrets
import shutil
import smtplib
import socket
import subprocess
import time
from collections.abc import Iterator
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from tests.servers.kinds import Absent, free_port
from tests.servers.private import RUN
from tests.servers.session import share

DOMAIN = "example.test"
PASSWORD = "s3cret"
PROGRAMS = {"exim4": "/usr/sbin/exim4", "dovecot": "/usr/sbin/dovecot", "Dovecot's Sieve (dovecot-sieve)": "/usr/bin/sievec"}
ACCOUNTS = ("mail", "Debian-exim", "dovecot", "dovenull")
START_S = 30.0

DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0 secs
first_valid_uid = 1
mail_home = {folder}/home/%n
mail_location = maildir:~/Maildir
recipient_delimiter = +
auth_username_format = %Ln
auth_mechanisms = plain login{mechanisms}
hostname = mx.example.test
submission_host = 127.0.0.1:{smtp}
postmaster_address = postmaster@example.test
{oauth}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/home/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
protocol lmtp {{
  mail_plugins = sieve
}}
plugin {{
  sieve = file:~/sieve;active=~/.dovecot.sieve
}}
namespace inbox {{
  inbox = yes
  mailbox Processed {{
    auto = create
  }}
}}
"""

EXIM = """
exim_path = {exim}
primary_hostname = mx.example.test
daemon_smtp_ports = {smtp}
local_interfaces = 127.0.0.1
spool_directory = {folder}/spool
log_file_path = {folder}/spool/%slog
pid_file_path = {folder}/spool/exim.pid
exim_user = Debian-exim
exim_group = Debian-exim
never_users =
retry_interval_max = 1s
acl_smtp_rcpt = known
acl_smtp_data = vouched
tls_advertise_hosts =
host_lookup =
rfc1413_hosts =
message_size_limit = 40M
qualify_domain = example.test
{more}
begin acl
known:
  deny local_parts = lsearch;{folder}/gone
       message = 550 5.1.1 No such mailbox
  accept
vouched:
  warn condition = ${{if def:sender_address}}
       add_header = :at_start:Authentication-Results: mx.example.test; spf=pass smtp.mailfrom=$sender_address
  accept
begin routers
bot:
  driver = manualroute
  domains = bot.test
  route_list = * 127.0.0.1 byname
  self = send
  transport = lmtp_bot
late:
  driver = redirect
  local_parts = lsearch;{folder}/late
  allow_fail
  data = :fail: 550 5.1.1 No such mailbox
local:
  driver = manualroute
  domains = example.test
  route_list = * 127.0.0.1 byname
  self = send
  transport = lmtp_dovecot
begin transports
lmtp_bot:
  driver = smtp
  protocol = lmtp
  hosts = 127.0.0.1
  port = {bot_lmtp}
  allow_localhost
  hosts_override
lmtp_dovecot:
  driver = smtp
  protocol = lmtp
  hosts = 127.0.0.1
  port = {lmtp}
  allow_localhost
  hosts_override
begin retry
* * F,1h,1s
begin authenticators
{authenticators}
"""
OAUTH = """
introspection_url = {provider}/introspect?token=
introspection_mode = get
username_attribute = email
username_format = %Ln
active_attribute = active
active_value = true
"""
AWAY = 'require ["vacation"];\nvacation :days 1 :subject "Out of office" "I am away until Monday.";\n'


class MailServers:
    """Both programs, each ended and started for itself."""

    def __init__(self, *, exim_more: str = "", authenticators: str = "", oauth: str = "") -> None:
        """exim_more, authenticators: further settings of Exim's. oauth: the address of a provider whose tokens open mailboxes.

        Raises Absent where they cannot run.
        """
        _must_be_there()
        self.smtp, self.imap, self.lmtp, self.bot_lmtp = free_port(), free_port(), free_port(), free_port()
        self._folders = {name: share() / f"{name}-{secrets.token_hex(4)}" for name in ("exim", "dovecot")}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        folder = self._folders["dovecot"]
        for made in (folder, folder / "run", folder / "state", folder / "home"):
            made.mkdir()
            made.chmod(0o755)
        (folder / "home").chmod(0o1777)
        mechanisms = " xoauth2 oauthbearer" if oauth else ""
        values = {"smtp": self.smtp, "imap": self.imap, "lmtp": self.lmtp, "bot_lmtp": self.bot_lmtp, "password": PASSWORD}
        (folder / "oauth.conf").write_text(OAUTH.format(provider=oauth))
        passdb = f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {folder}/oauth.conf\n}}" if oauth else ""
        (folder / "dovecot.conf").write_text(DOVECOT.format(folder=folder, oauth=passdb, mechanisms=mechanisms, **values))
        exim = self._folders["exim"]
        (exim / "spool").mkdir(parents=True)
        exim.chmod(0o755)
        for names in ("gone", "late"):
            (exim / names).touch()
        shutil.chown(exim / "spool", "Debian-exim", "Debian-exim")
        settings = EXIM.format(folder=exim, exim=PROGRAMS["exim4"], more=exim_more, authenticators=authenticators, **values)
        (exim / "exim.conf").write_text(settings)
        (exim / "exim.conf").chmod(0o644)

    def start(self, *names: str) -> None:
        """Both, or those named; returns when they answer."""
        commands = {
            "dovecot": ([PROGRAMS["dovecot"], "-F", "-c", str(self._folders["dovecot"] / "dovecot.conf")], self.imap),
            "exim": ([PROGRAMS["exim4"], "-C", str(self._folders["exim"] / "exim.conf"), "-bdf", "-q1s"], self.smtp),
        }
        for name in names or ("dovecot", "exim"):
            command, port = commands[name]
            folder = self._folders[name]
            with (folder / "log").open("ab") as log:
                shell = ["sh", "-c", RUN, str(folder / "pid"), *command]
                self._running[name] = subprocess.Popen(shell, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            _wait_for(port, folder / "log")

    def stop(self, *names: str) -> None:
        """Both, or those named."""
        for name in names or tuple(self._running):
            process = self._running.pop(name, None)
            if process is not None:
                process.terminate()
                process.wait(START_S)
                (self._folders[name] / "pid").unlink(missing_ok=True)

    def remove(self) -> None:
        """Ended, and what they kept is gone."""
        self.stop()
        for folder in self._folders.values():
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def log(self) -> str:
        """What both said lately, for whoever looks at a red test."""
        places = [self._folders["dovecot"] / "dovecot.log", self._folders["exim"] / "spool" / "mainlog", self._folders["exim"] / "log"]
        return "\n".join(place.read_text(errors="replace")[-2000:] for place in places if place.exists())

    def is_away(self, name: str) -> None:
        """That mailbox answers by a Sieve script from now on."""
        home = self._folders["dovecot"] / "home" / name
        home.mkdir(exist_ok=True)
        (home / ".dovecot.sieve").write_text(AWAY)
        for made in (home, home / ".dovecot.sieve"):
            shutil.chown(made, "mail", "mail")

    def is_gone(self, name: str) -> None:
        """The server knows that name no more, and says so at once."""
        self._list("gone", name)

    def sends_back(self, name: str) -> None:
        """The server takes what is for that name, and sends it back."""
        self._list("late", name)

    def _list(self, which: str, name: str) -> None:
        with (self._folders["exim"] / which).open("a") as file:
            file.write(f"{name}: yes\n")

    def mails(self, name: str) -> list[bytes]:
        """What lies in that mailbox's inbox, in the order of its arrival."""
        folder = self._folders["dovecot"] / "home" / name / "Maildir"
        found = [path for part in ("new", "cur") for path in (folder / part).glob("*")]
        return [path.read_bytes() for path in sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))]

    def queued(self) -> int:
        """Mails that wait at Exim."""
        listed = [PROGRAMS["exim4"], "-C", str(self._folders["exim"] / "exim.conf"), "-bpc"]
        return int(subprocess.run(listed, check=True, capture_output=True).stdout)

    def send(self, mail: EmailMessage | bytes, sender: str, *to: str) -> None:
        """Somebody hands a mail over to Exim. sender: of the envelope."""
        content = mail if isinstance(mail, bytes) else bytes(mail)
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=10) as server:
            server.sendmail(sender, list(to), content)


@cache
def shared() -> MailServers:
    """Those of this process: everybody takes names of their own. Raises Absent."""
    servers = MailServers()
    servers.start()
    atexit.register(servers.remove)
    return servers


@contextlib.contextmanager
def own_mail(**settings: str) -> Iterator[MailServers]:
    """Servers to do harm to. settings: as of MailServers. Raises Absent."""
    servers = MailServers(**settings)
    try:
        servers.start()
        yield servers
    finally:
        servers.remove()


def _must_be_there() -> None:
    missing = [name for name, path in PROGRAMS.items() if not Path(path).exists()]
    if missing:
        raise Absent(f"mail: {', '.join(missing)} not installed")
    if os.geteuid() != 0:
        raise Absent("mail: Exim and Dovecot change to accounts of their own, so that the tests must run as root")
    for name in ACCOUNTS:
        try:
            pwd.getpwnam(name)
        except KeyError:
            raise Absent(f"mail: there is no account `{name}` to run the servers as") from None


def _wait_for(port: int, log: Path) -> None:
    end = time.monotonic() + START_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.settimeout(1)
            if connection.recv(10):
                return
        if time.monotonic() > end:
            raise Absent(f"mail: nothing answers at {port}: {log.read_text(errors='replace')[-1000:]}")
        time.sleep(0.02)
