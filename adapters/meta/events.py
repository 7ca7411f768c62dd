"""What Meta's payloads become before anybody looks at notes: who did what, by the ids that Meta uses. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters import typed_commands
from adapters.plain import cleaned
from bot.domain.messages import Attachment

Json = Mapping[str, Any]
BARE = ("help", "list", "status", "new", "human", "lang")  # commands that say what they mean by themselves, as the help names them
MAX_NAME = 80  # characters of a person's
MAX_FILE_NAME = 120
ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "video/mp4": "mp4", "video/3gpp": "3gp", "audio/ogg": "ogg",
    "audio/mpeg": "mp3", "audio/aac": "aac", "audio/mp4": "m4a", "audio/amr": "amr", "application/pdf": "pdf", "text/plain": "txt",
}  # fmt: skip
_MIME = re.compile(r"[a-z]+/[A-Za-z0-9.+-]{1,80}")


@dataclass(frozen=True, slots=True)
class Letter:
    """Something that one person did. user: their id, "" in payloads of the time before there were any; number: by which they were known then, or ""."""

    user: str
    wire: Json
    name: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Renamed:
    """Meta calls the same person by another id from now on."""

    previous: str
    current: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A message of ours that Meta had taken never arrived. key: of what we sent; message: Meta's id of it."""

    user: str
    number: str
    message: str
    key: str
    reason: str


def dicts(value: object) -> Iterator[Json]:
    """The objects of a list; nothing for whatever else is there."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def inside(value: object, *path: str) -> Json:
    """The object at that path; an empty one where there is none."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """Words as every store can hold them; "" for what is none."""
    return cleaned(value) if isinstance(value, str) else ""


def line(value: object, most: int = MAX_NAME) -> str:
    """On one line, at most so long."""
    return " ".join(text(value).split())[:most].rstrip()


def commanded(words: str) -> tuple[str, str] | None:
    """The verb and the rest of a command: with a slash, or one of the words that nobody writes alone for anything else."""
    word = words.strip().lower()
    return (word, "") if word in BARE else typed_commands.typed(words)


def moment(value: object, per_second: int, now: datetime) -> datetime:
    """A time as Meta writes it; now, where it writes nonsense."""
    try:
        return datetime.fromtimestamp(int(str(value)) / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        return now


def place(latitude: object, longitude: object, *words: object) -> str:
    """A location in words, with a map."""
    try:
        there = f"https://www.openstreetmap.org/?mlat={float(str(latitude)):.5f}&mlon={float(str(longitude)):.5f}"
    except ValueError:
        there = ""
    return "📍 " + ", ".join(filter(None, (*(line(word, 200) for word in words), there)))


def attachment(source: str, kind: str, mime: object, name: object = "", size: object = 0) -> Attachment:
    """A file, with a name that has an ending and no path."""
    found = text(mime).partition(";")[0].strip().lower()
    sort = found if _MIME.fullmatch(found) else "application/octet-stream"
    shown = line(name, 500).replace("\\", "/").rpartition("/")[2][-MAX_FILE_NAME:]
    return Attachment(source, shown or f"{kind}.{ENDINGS.get(sort, 'bin')}", sort, size if type(size) is int and size > 0 else 0)
