"""Matrix's variables and its table, checked at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.errors import ConfigError
from bot.toml_table import Table

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SERVER = r"[A-Za-z0-9.\-]{1,230}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?"
USER = re.compile(rf"@[\x21-\x39\x3b-\x7e]{{1,200}}:(?:{SERVER})")  # Matrix specification, appendices: old names have more signs than new ones may
ROOM = re.compile(rf"(?:![^\s:]{{1,200}}|#[^\s:]{{1,200}}:(?:{SERVER})|![^\s:]{{1,200}}:(?:{SERVER}))")
TITLE = "[channels.matrix]"


@dataclass(frozen=True, slots=True)
class MatrixConfig:
    """How to reach the homeserver, and as whom. The token does not show in repr.

    help_rooms: ids or addresses of rooms in which every top-level message is a question. servers: those whose people may invite us; none: all.
    """

    homeserver: str
    user: str
    token: str = field(repr=False)
    help_rooms: tuple[str, ...] = ()
    servers: frozenset[str] = frozenset()

    @classmethod
    def read(cls, env: Mapping[str, str], values: Mapping[str, object]) -> MatrixConfig | None:
        """The configuration, or None when MATRIX_TOKEN is not set. Raises ConfigError with one line for each fault."""
        token = env.get("MATRIX_TOKEN", "").strip()
        if not token:
            return None
        server, user = env.get("MATRIX_HOMESERVER", "").strip().rstrip("/"), env.get("MATRIX_USER", "").strip()
        table = Table(TITLE, values, [])
        rooms, servers = table.texts("help_rooms"), table.texts("servers")
        table.done()
        faults = [*_server_faults(server), *_user_faults(user), *_token_faults(token), *table.faults, *_room_faults(rooms), *_servers_faults(servers)]
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(server, user, token, tuple(dict.fromkeys(rooms)), frozenset(name.lower() for name in servers))

    def may_invite(self, user: str) -> bool:
        """Do we accept invitations of that person?"""
        return not self.servers or user.partition(":")[2].lower() in self.servers


def _server_faults(url: str) -> list[str]:
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        return []
    return ["MATRIX_HOMESERVER is not an https address: set it to the homeserver's base address, as https://matrix.example.org"]


def _user_faults(user: str) -> list[str]:
    return [] if USER.fullmatch(user) else ["MATRIX_USER is no Matrix name: set it to the bot's own, as @support:example.org"]


def _token_faults(token: str) -> list[str]:
    return [] if re.fullmatch(r"[\x21-\x7e]{8,2000}", token) else ["MATRIX_TOKEN is no access token: copy the access_token of a login whole"]


def _room_faults(rooms: list[str]) -> list[str]:
    return [
        f'{TITLE} help_rooms: "{room[:60]}" is no room; write its id, as "!abc:example.org", or its address, as "#help:example.org"'
        for room in rooms
        if not ROOM.fullmatch(room)
    ]


def _servers_faults(servers: list[str]) -> list[str]:
    return [
        f'{TITLE} servers: "{name[:60]}" is no server; write what stands behind the colon of people\'s names, as "example.org"'
        for name in servers
        if not re.fullmatch(SERVER, name)
    ]
