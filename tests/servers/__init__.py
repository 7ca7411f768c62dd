"""The real servers that tests use: PostgreSQL, MariaDB and NATS, found or started; Synapse and Prosody, always our own.

In this order: what TEST_POSTGRES_URL, TEST_MARIADB_URL or TEST_NATS_URL names ("off": leave it out); what answers at the usual port and lets us make
databases; a private one in a temporary folder, when its program is installed; else `Absent` says what to do, and the fixtures skip with that. (Of NATS a
private one comes before the usual port: streams have no databases to live in, and what runs there may be somebody's.)

    def test_…(postgres_url: str, mariadb_url: str, nats_url: str)         # each empty, and this test's own
    with databases_of(POSTGRES).fresh(prepare=migrate) as url: …           # the same as a function; prepare(url) fills a template once
    with own(POSTGRES) as server: server.kill(); server.start()            # a server that only this test has, to do harm to

All URLs are plain: postgresql://…, mysql://…, nats://….

Synapse (Matrix) is started by a Python that can import it, this one or TEST_SYNAPSE_PYTHON; Prosody (XMPP) by its program. `homeserver()` and
`xmpp_server()` are their URLs, one of each for a run; where there is none, the test is skipped.
"""

from __future__ import annotations

import pytest

from tests.servers.databases import Databases
from tests.servers.directory import Slapd
from tests.servers.kinds import Absent, DatabaseKind, Kind, at_once
from tests.servers.mariadb import MariaDB
from tests.servers.nats import Nats
from tests.servers.postgres import PostgreSQL
from tests.servers.private import Server
from tests.servers.prosody import Prosody
from tests.servers.session import broker, databases_of, found, leave, own, share
from tests.servers.synapse import Synapse

POSTGRES = PostgreSQL()
MARIADB = MariaDB()
NATS = Nats()
SYNAPSE = Synapse()
PROSODY = Prosody()
SLAPD = Slapd()

__all__ = [
    "MARIADB", "NATS", "POSTGRES", "PROSODY", "SLAPD", "SYNAPSE", "Absent", "DatabaseKind", "Databases", "Kind", "Server",
    "at_once", "broker", "databases_of", "found", "homeserver", "leave", "own", "share", "xmpp_server",
]  # fmt: skip


def homeserver() -> str:
    """The URL of the run's Synapse; the test is skipped where there is none."""
    return _or_skip(SYNAPSE)


def xmpp_server() -> str:
    """The URL of the run's Prosody; likewise."""
    return _or_skip(PROSODY)


def _or_skip(kind: Kind) -> str:
    try:
        return found(kind)
    except Absent as absent:
        pytest.skip(str(absent))
