"""Prosody, a server of XMPP, for tests: one domain with people, components for desks, and a place for files.

One connection at a time may be a component, and one client a person's phone: each process of a run has some of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import signal
from pathlib import Path

from tests.servers.kinds import Kind

DOMAIN, UPLOAD = "example.org", "upload.example.org"
SECRET = "between component and server"
PASSWORD = "s3cret"
PROCESSES, DESKS, PEOPLE = 8, 4, 40  # of tests; for each of them components and accounts
CONFIG = """
data_path = "{folder}"
interfaces = {{ "127.0.0.1" }}
ports = {{ {port} }}
c2s_ports = {{ }}
s2s_ports = {{ }}
component_ports = {{ }}
https_ports = {{ }}
http_ports = {{ }}
http_external_url = "http://127.0.0.1:{port}/"
modules_enabled = {{ "net_multiplex", "roster", "saslauth", "disco", "ping", "offline", "presence", "message", "iq", "blocklist" }}
modules_disabled = {{ "s2s", "tls", "posix" }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
log = {{ info = "*console" }}
VirtualHost "{domain}"
{components}
Component "{upload}" "http_file_share"
  http_file_share_access = {{ {desks} }}
  http_file_share_size_limit = 200000
  http_host = "127.0.0.1"
"""


class Prosody(Kind):
    """The server. TEST_PROSODY=off leaves it out."""

    name = "Prosody"
    variable = "TEST_PROSODY"
    usual = ()
    program = "prosody"
    account = "prosody"  # it refuses to run as root
    ends_on = signal.SIGTERM
    is_private = True
    cure = "`prosody` is not installed: `apt-get install prosody`"

    def layout(self, folder: Path) -> list[str]:
        """Accounts are files."""
        accounts = folder / DOMAIN.replace(".", "%2e") / "accounts"
        accounts.mkdir(parents=True)
        accounts.parent.chmod(0o777)  # for whom it runs as
        for process, number in itertools.product(range(PROCESSES), range(PEOPLE)):
            (accounts / f"somebody%2d{process}%2d{number}.dat").write_text(f'return {{ ["password"] = "{PASSWORD}"; }};\n')
        return ["true"]

    def command(self, folder: Path, port: int) -> list[str]:
        """In the foreground."""
        names = [_desk(process, number) for process, number in itertools.product(range(PROCESSES), range(DESKS))]
        components = "\n".join(f'Component "{name}"\n  component_secret = "{SECRET}"' for name in names)
        desks = ", ".join(f'"{name}"' for name in names)
        (folder / "prosody.cfg.lua").write_text(CONFIG.format(folder=folder, port=port, domain=DOMAIN, upload=UPLOAD, components=components, desks=desks))
        return [self.installed, "--config", str(folder / "prosody.cfg.lua"), "-F"]

    def url(self, port: int) -> str:
        """One port for clients, components and files."""
        return f"xmpp://127.0.0.1:{port}"

    async def visit(self, url: str) -> None:
        """It begins a stream with a client."""
        host, _, port = url.removeprefix("xmpp://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{DOMAIN}' version='1.0'>".encode())
            async with asyncio.timeout(2):
                answer = await reader.readuntil(b">")
        finally:
            writer.close()
        if b"xml" not in answer and b"stream" not in answer:
            raise ConnectionError("what answers is no XMPP server")


def _process() -> int:
    """Which of the run's processes this is."""
    found = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    return int(found[1]) % PROCESSES if found else 0


def _desk(process: int, number: int) -> str:
    return f"desk-{process}-{number}.{DOMAIN}"


_desks = itertools.cycle(range(DESKS))
_people = itertools.cycle(range(PEOPLE))


def desk() -> str:
    """A component that nobody else is now."""
    return _desk(_process(), next(_desks))


def somebody() -> str:
    """The address of a person who was not used for a while."""
    return f"somebody-{_process()}-{next(_people)}@{DOMAIN}"
