"""XMPP's variables and its table, checked at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.errors import ConfigError
from bot.toml_table import Table

DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")
TITLE = "[channels.xmpp]"
DESK = "support"  # before the @ of the desk's own address
PORT = 5347  # that servers usually open for components


@dataclass(frozen=True, slots=True)
class XmppConfig:
    """Which component of which server we are. The secret does not show in repr.

    upload: the server's service for files, "" when there is none. servers: those whose people may write to us; none: all that the server lets through.
    """

    component: str
    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = PORT
    upload: str = ""
    servers: frozenset[str] = frozenset()

    @property
    def desk(self) -> str:
        """The address that people write to."""
        return f"{DESK}@{self.component}"

    @classmethod
    def read(cls, env: Mapping[str, str], values: Mapping[str, object]) -> XmppConfig | None:
        """The configuration, or None when XMPP_SECRET is not set. Raises ConfigError with one line for each fault."""
        secret = env.get("XMPP_SECRET", "").strip()
        if not secret:
            return None
        component, host = env.get("XMPP_COMPONENT", "").strip().lower(), env.get("XMPP_HOST", "").strip() or "127.0.0.1"
        port, table, faults = env.get("XMPP_PORT", "").strip() or str(PORT), Table(TITLE, values, []), []
        upload, servers = table.text("upload").lower(), table.texts("servers")
        table.done()
        if not DOMAIN.fullmatch(component):
            faults.append("XMPP_COMPONENT is no domain: set it to the component's name in the server's settings, as helpdesk.example.org")
        if not re.fullmatch(r"[A-Za-z0-9.:_-]{1,253}", host):
            faults.append("XMPP_HOST is no host name or address: set it to where the server takes components, or leave it empty for 127.0.0.1")
        if not (re.fullmatch(r"\d{1,5}", port) and 1 <= int(port) <= 65535):
            faults.append(f"XMPP_PORT is no port: set it to the server's port for components, or leave it empty for {PORT}")
        faults += table.faults
        faults += [f'{TITLE} {key}: "{name[:60]}" is no domain; write one as "example.org"' for key, name in
                   (("upload", upload), *(("servers", one) for one in servers)) if name and not DOMAIN.fullmatch(name)]  # fmt: skip
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(component, secret, host, int(port), upload, frozenset(one.lower() for one in servers))
