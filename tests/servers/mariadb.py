"""MariaDB for tests."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncmy  # type: ignore[import-untyped, unused-ignore]

from tests.servers.kinds import DatabaseKind

WORDS = "firstline"  # user and password of a private one


class MariaDB(DatabaseKind):
    """The server, with its settings as shipped but for those below: what is committed is on the disk."""

    name = "MariaDB"
    variable = "TEST_MARIADB_URL"
    usual = ("mysql://root@127.0.0.1:3306", "mysql://root:root@127.0.0.1:3306")
    program = "mariadbd"
    account = "mysql"  # it refuses to run as root
    ends_on = signal.SIGTERM

    def layout(self, folder: Path) -> list[str]:
        """Also the file that makes its one user, read at every start."""
        (folder.parent / "user.sql").write_text(
            f"CREATE OR REPLACE USER '{WORDS}'@'127.0.0.1' IDENTIFIED BY '{WORDS}';\n"  # a statement a line, or all but the first are passed over
            f"GRANT ALL ON *.* TO '{WORDS}'@'127.0.0.1' WITH GRANT OPTION;\n"
        )
        options = ["--no-defaults", f"--datadir={folder}", "--auth-root-authentication-method=normal", "--skip-test-db", "--innodb-log-file-size=16M"]
        return ["mariadb-install-db", *options, *([f"--user={self.account}"] if os.geteuid() == 0 else [])]

    def command(self, folder: Path, port: int) -> list[str]:
        """Room for a test's many workers, little memory and disk, no socket in a shared folder."""
        settings = {"datadir": folder, "port": port, "bind-address": "127.0.0.1", "socket": folder / "mariadb.sock", "pid-file": folder / "mariadb.pid",
                    "init-file": folder.parent / "user.sql", "max-connections": 200, "innodb-log-file-size": "16M", "innodb-buffer-pool-size": "64M",
                    "character-set-server": "utf8mb4", "default-time-zone": "+00:00"}  # fmt: skip
        return [self.installed, "--no-defaults", "--skip-name-resolve", *(f"--{key}={value}" for key, value in settings.items())]

    def url(self, port: int) -> str:
        """As its one user."""
        return f"mysql://{WORDS}:{WORDS}@127.0.0.1:{port}"

    async def visit(self, url: str) -> None:
        """It must let us make databases."""
        async with _connected(url) as run:
            if not any("ALL PRIVILEGES ON *.*" in row[0] or "CREATE" in row[0] for row in await run("SHOW GRANTS")):
                raise PermissionError("its user may not create databases")

    async def run(self, url: str, *statements: str) -> None:
        """One after the other."""
        async with _connected(url) as run:
            for statement in statements:
                await run(statement)

    async def create(self, url: str, name: str) -> None:
        """Its own default collation is that of the server, as an operator's would be."""
        await self.run(url, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")

    async def copy(self, url: str, template: str, name: str) -> None:
        """It has no templates: each table is made again, then filled."""
        async with _connected(url) as run:
            await run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
            await run(f"USE {name}")
            await run("SET foreign_key_checks = 0")
            for table, *_ in await run(f"SHOW FULL TABLES FROM {template} WHERE Table_type = 'BASE TABLE'"):
                await run((await run(f"SHOW CREATE TABLE {template}.`{table}`"))[0][1])
                await run(f"INSERT INTO `{table}` SELECT * FROM {template}.`{table}`")

    async def drop(self, url: str, name: str) -> None:
        """Connections that a test left, with a transaction open, would make it wait."""
        async with _connected(url) as run:
            for (thread,) in await run(f"SELECT id FROM information_schema.processlist WHERE db = '{name}'"):
                await run(f"KILL {thread}")
            await run(f"DROP DATABASE IF EXISTS {name}")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    where = urlsplit(url)
    connection = await asyncmy.connect(host=where.hostname, port=where.port or 3306, user=unquote(where.username or ""), password=unquote(where.password or ""),
                                       db=where.path.strip("/") or None, charset="utf8mb4", autocommit=True)  # fmt: skip

    async def run(sql: str) -> list[tuple[Any, ...]]:
        async with connection.cursor() as cursor:
            await cursor.execute(sql)
            return list(await cursor.fetchall())

    try:
        yield run
    finally:
        await connection.ensure_closed()
