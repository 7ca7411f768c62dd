"""PostgreSQL for tests."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped, unused-ignore]

from tests.servers.kinds import DatabaseKind

LOCALE = "C.UTF-8" if sys.platform == "linux" else "C"  # known without installing languages; letters have cases


class PostgreSQL(DatabaseKind):
    """The server, with its settings as shipped but for those below: what is committed is on the disk."""

    name = "PostgreSQL"
    variable = "TEST_POSTGRES_URL"
    usual = ("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql://postgres:postgres@127.0.0.1:5432/postgres")
    program = "postgres"
    account = "postgres"  # it refuses to run as root
    ends_on = signal.SIGINT

    @property
    def folders(self) -> list[str]:
        """Debian keeps its programs off the path."""
        found = Path("/usr/lib/postgresql").glob("*/bin")
        return sorted(map(str, found), key=lambda folder: [int(n) for n in re.findall(r"\d+", folder)], reverse=True)

    def layout(self, folder: Path) -> list[str]:
        """One superuser; nobody outside this machine can reach it."""
        initdb = str(Path(self.installed).with_name("initdb"))
        return [initdb, "-D", str(folder), "-U", "postgres", "-A", "trust", "-E", "UTF8", f"--locale={LOCALE}", "--no-sync", "--no-instructions"]

    def command(self, folder: Path, port: int) -> list[str]:
        """Room for a test's many workers, little memory, no socket in a shared folder."""
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200", "shared_buffers": "32MB", "timezone": "UTC"}
        return [self.installed, "-D", str(folder), "-p", str(port), *(word for key, value in settings.items() for word in ("-c", f"{key}={value}"))]

    def url(self, port: int) -> str:
        """As the superuser."""
        return f"postgresql://postgres@127.0.0.1:{port}/postgres"

    async def visit(self, url: str) -> None:
        """It must let us make databases."""
        async with _connected(url) as connection:
            if not await connection.fetchval("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"):
                raise PermissionError("its user may not create databases")

    async def run(self, url: str, *statements: str) -> None:
        """One after the other."""
        async with _connected(url) as connection:
            for statement in statements:
                await connection.execute(statement)

    async def create(self, url: str, name: str) -> None:
        """From template0: what somebody added to template1 stays out."""
        await self.run(url, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")

    async def copy(self, url: str, template: str, name: str) -> None:
        """The server copies the files."""
        await self.run(url, f"CREATE DATABASE {name} TEMPLATE {template}")

    async def drop(self, url: str, name: str) -> None:
        """FORCE: a test may have left connections."""
        await self.run(url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
