"""The real servers that tests use: PostgreSQL, MariaDB and NATS, found or started.

In this order: what TEST_POSTGRES_URL, TEST_MARIADB_URL or TEST_NATS_URL names ("off": leave it out); what answers at the usual port and lets us make
databases; a private one in a temporary folder, when its program is installed; else `Absent` says what to do, and the fixtures skip with that. (Of NATS a
private one comes before the usual port: streams have no databases to live in, and what runs there may be somebody's.)

    def test_…(postgres_url: str, mariadb_url: str, nats_url: str)         # each empty, and this test's own
    with databases_of(POSTGRES).fresh(prepare=migrate) as url: …           # the same as a function; prepare(url) fills a template once
    with own(POSTGRES) as server: server.kill(); server.start()            # a server that only this test has, to do harm to

All URLs are plain: postgresql://…, mysql://…, nats://….
"""

from __future__ import annotations

from tests.servers.databases import Databases
from tests.servers.kinds import Absent, DatabaseKind, Kind, at_once
from tests.servers.mariadb import MariaDB
from tests.servers.nats import Nats
from tests.servers.postgres import PostgreSQL
from tests.servers.private import Server
from tests.servers.session import broker, databases_of, found, leave, own, share

POSTGRES = PostgreSQL()
MARIADB = MariaDB()
NATS = Nats()

__all__ = [
    "MARIADB", "NATS", "POSTGRES", "Absent", "DatabaseKind", "Databases", "Kind", "Server",
    "at_once", "broker", "databases_of", "found", "leave", "own", "share",
]  # fmt: skip
