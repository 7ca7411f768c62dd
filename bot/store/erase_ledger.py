"""Who was erased, so that a backup from before brings nobody back: salted hashes in a file beside the database, and in the database's own notes.

The notes say which erasures this database has seen: somebody who was erased and writes again is somebody new. A database that was put back lacks the note.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import bindparam, select

from bot.errors import ConfigError
from bot.store.session import Session, Statement, replacing
from bot.store.tables import contacts, messages, notes, people, tickets
from bot.store.verbatim import begins

SEEN = "erased-here:"  # notes: by hash and moment
_SEEN = Statement(select(notes.c.key).where(begins(notes.c.key, SEEN)))
_NOTE = Statement(replacing(notes))
_WHO = tuple(Statement(select(one).distinct()) for one in (people.c.id, tickets.c.requester, contacts.c.person, messages.c.author))
_ACCOUNTS = Statement(select(notes.c.value).where(notes.c.key.like(bindparam("pattern", type_=notes.c.key.type))))


@dataclass(frozen=True, slots=True)
class Line:
    """One erasure of one address. who: its salted hash; stand_in: what it became; at: ISO time."""

    who: str
    stand_in: str
    at: str

    @property
    def seen(self) -> str:
        """The note of a database in which it was done."""
        return f"{SEEN}{self.who}:{self.at}"


class Ledger:
    """The file. of: the department whose database is looked at; erasures of one department alone are nothing to the others.

    Raises ConfigError when it cannot be read.
    """

    def __init__(self, file: Path, of: str = "") -> None:
        self._file, self._of = file, of
        try:
            rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line] if file.exists() else []
            self._salt = bytes.fromhex(rows[0]["salt"]) if rows else b""
            self._all = tuple((Line(row["who"], row["as"], row["at"]), row.get("of", "")) for row in rows[1:])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"PRIVACY_LEDGER: {file} cannot be read as a ledger of erasures; put it back from where it is kept") from error

    @property
    def lines(self) -> tuple[Line, ...]:
        """Those that are for this database."""
        return tuple(line for line, of in self._all if of in ("", self._of))

    def hash_of(self, address: str) -> str:
        """What stands for an address."""
        return blake2b(address.encode(), key=self._salt, digest_size=16).hexdigest()

    def add(self, stand_ins: dict[str, str], at: str) -> list[Line]:
        """Write them down; they are on the disk when this returns."""
        self._salt = self._salt or secrets.token_bytes(32)
        new = [Line(self.hash_of(address), stand_in, at) for address, stand_in in stand_ins.items()]
        whole = (*self._all, *((line, self._of) for line in new))
        rows = [{"who": line.who, "as": line.stand_in, "at": line.at, **({"of": of} if of else {})} for line, of in whole]
        text = "\n".join(json.dumps(row) for row in ({"salt": self._salt.hex()}, *rows)) + "\n"
        beside = self._file.with_name(self._file.name + ".new")
        try:
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as written:
                written.write(text)
                written.flush()
                os.fsync(written.fileno())
            beside.replace(self._file)
        except OSError as error:
            raise ConfigError(
                f"PRIVACY_LEDGER: {self._file} cannot be written ({error.strerror}); name a file in a folder that this user can write to"
            ) from error
        self._all = whole
        return new

    async def missing(self, session: Session) -> list[Line]:
        """Erasures that this database has not seen."""
        seen = {key for (key,) in await session.all(_SEEN)}
        return [line for line in self.lines if line.seen not in seen]

    async def due(self, session: Session) -> dict[str, Line]:
        """Addresses in this database that were erased, but not in it; with the newest erasure of each."""
        missing = {line.who: line for line in await self.missing(session)}
        if not missing:
            return {}
        known = {row[0] for question in _WHO for row in await session.all(question)}
        for (value,) in await session.all(_ACCOUNTS, pattern="account:%"):
            known.update(one["id"] for one in json.loads(value)["addresses"])
        return {address: missing[found] for address in sorted(known) if (found := self.hash_of(address)) in missing}


async def note_seen(session: Session, lines: list[Line]) -> None:
    """In this database they are done."""
    for line in lines:
        await session.do(_NOTE, key=line.seen, value="yes")
