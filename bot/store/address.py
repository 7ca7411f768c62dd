"""DATABASE_URL, read once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import ConfigError

SYNCHRONOUS = ("FULL", "NORMAL", "EXTRA")
DRIVERS = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg", "mysql": "mysql+asyncmy", "mariadb": "mysql+asyncmy"}
"""What we speak to each kind of server with, whatever driver the URL names."""


@dataclass(frozen=True, slots=True)
class Address:
    """An SQLite file. synchronous: FULL survives a power cut; NORMAL may lose the last moments then, but nothing to a kill."""

    file: Path
    synchronous: str = "FULL"

    def __str__(self) -> str:
        return str(self.file)


@dataclass(frozen=True, slots=True)
class Server:
    """A database of a PostgreSQL or MariaDB server."""

    url: URL

    @property
    def is_postgres(self) -> bool:
        """Else it is MariaDB."""
        return self.url.get_backend_name() == "postgresql"

    def __str__(self) -> str:
        """For people: without user and password."""
        return f"{self.url.get_backend_name()}://{self.url.host or 'localhost'}{f':{self.url.port}' if self.url.port else ''}/{self.url.database}"


def parse(url: str) -> Address | Server:
    """What a `sqlite:///…`, `postgresql://…` or `mysql://…` URL names. Raises ConfigError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError("DATABASE_URL is not a database address; write sqlite:///firstline.db or postgresql://user:password@host/database") from None
    scheme = parsed.drivername.partition("+")[0]
    if scheme in DRIVERS:
        return _server(parsed.set(drivername=DRIVERS[scheme]))
    if scheme != "sqlite":
        raise ConfigError(f"DATABASE_URL names {scheme}, which Firstline does not speak; write sqlite:///…, postgresql://… or mysql://… (MariaDB)")
    return _file(parsed)


def parse_file(url: str) -> Address:
    """As `parse`, where only a file will do. Raises ConfigError."""
    found = parse(url)
    if isinstance(found, Server):
        raise ConfigError(f"DATABASE_URL: {found} is no SQLite file")
    return found


def _server(url: URL) -> Server:
    if not url.database:
        raise ConfigError(f"DATABASE_URL names no database on {url.host or 'localhost'}; write {url.get_backend_name()}://user:password@host/firstline")
    return Server(url)


def _file(parsed: URL) -> Address:
    if not parsed.database or parsed.database == ":memory:":
        raise ConfigError("DATABASE_URL names no file, so nothing would survive a restart; write sqlite:///firstline.db")
    asked = parsed.query.get("synchronous", "FULL")
    synchronous = str(asked).upper()
    if synchronous not in SYNCHRONOUS:
        raise ConfigError(f"DATABASE_URL: synchronous={asked} is not one of {', '.join(SYNCHRONOUS)}")
    file = Path(parsed.database).resolve()
    if not file.parent.is_dir():
        raise ConfigError(f"DATABASE_URL: there is no folder {file.parent}; make it, or name another")
    return Address(file, synchronous)
