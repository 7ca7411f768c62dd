"""DATABASE_URL, read once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import ConfigError

SYNCHRONOUS = ("FULL", "NORMAL", "EXTRA")


@dataclass(frozen=True, slots=True)
class Address:
    """An SQLite file. synchronous: FULL survives a power cut; NORMAL may lose the last moments then, but nothing to a kill."""

    file: Path
    synchronous: str = "FULL"


def parse(url: str) -> Address:
    """The file a `sqlite:///…` URL names. Raises ConfigError."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError("DATABASE_URL is not a database address; write sqlite:///firstline.db") from None
    if parsed.get_backend_name() != "sqlite":
        raise ConfigError(f"DATABASE_URL names {parsed.get_backend_name()}, but this version keeps its data in SQLite: write sqlite:///firstline.db")
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
