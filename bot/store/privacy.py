"""What may be done with one person's data as a whole: seen, erased, held, and erased again after a backup has come back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import bindparam, delete

from bot.errors import ConfigError
from bot.ports.store import What
from bot.store import old_tickets
from bot.store.erase_ledger import Ledger, note_seen
from bot.store.erasing import Erased, erase
from bot.store.holds import HOLD
from bot.store.offline import alone
from bot.store.person import Theirs, addresses_of, find, holds_on
from bot.store.session import Session, Statement, replacing
from bot.store.snapshot import snapshot
from bot.store.tables import notes

_NOTE = Statement(replacing(notes))
_RELEASE = Statement(delete(notes).where(notes.c.key == bindparam("of_key", type_=notes.c.key.type)))


class Held(ConfigError):
    """Somebody said that this person's data must stay."""


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody, as they are found. held: the reasons for which they must not be erased."""

    theirs: Theirs
    held: list[str]


async def look(url: str, person: str) -> Found:
    """What is kept of somebody; only read, also beside a desk at work."""
    async with snapshot(url) as session:
        theirs = await find(session, person)
        return Found(theirs, await holds_on(session, theirs.addresses))


async def refuse_held(url: str, person: str) -> None:
    """Raises Held."""
    found = await look(url, person)
    if found.held:
        raise _held(person, found.held)


def _held(person: str, reasons: Sequence[str]) -> Held:
    return Held(f"{person} is held: {'; '.join(reasons)}; nothing was erased (`firstline privacy release` ends the hold)")


async def erase_person(url: str, ledger: Path, person: str) -> Erased:
    """Erase somebody on all their joined addresses. Raises Held, ConfigError and FileInUse while the desk is at work, StoreError."""
    book, now = Ledger(ledger), datetime.now(UTC)

    async def unit(session: Session) -> Erased:
        theirs = await find(session, person)
        if reasons := await holds_on(session, theirs.addresses):
            raise _held(person, reasons)
        done = await erase(session, theirs, now)
        await note_seen(session, book.add(done.stand_ins, now.isoformat()))  # in the file before it is committed: else a restore would not know
        return done

    return await alone(url, unit, leave_no_trace=True)


async def waiting(url: str, ledger: Path) -> bool:
    """Does this database lack an erasure that the ledger has?"""
    book = Ledger(ledger)
    if not book.lines:
        return False
    async with snapshot(url) as session:
        return bool(await book.missing(session))


async def reapply(url: str, ledger: Path) -> tuple[list[str], list[str]]:
    """Erase again whoever a backup has brought back: the stand-ins of those erased, and the reasons of those held, who stay."""
    book, now = Ledger(ledger), datetime.now(UTC)

    async def unit(session: Session) -> tuple[list[str], list[str]]:
        due, missing, again, kept = await book.due(session), await book.missing(session), list[str](), list[str]()
        stays: set[str] = set()
        for address, line in due.items():
            if reasons := await holds_on(session, (await addresses_of(session, address))[0]):
                kept += reasons
                stays.add(line.who)
                continue
            theirs = await find(session, address)
            known = {one: due[one].stand_in for one in theirs.addresses if one in due}
            done = await erase(session, theirs, now, known)
            again += [one for one in done.stand_ins.values() if one not in again]
        await note_seen(session, [line for line in missing if line.who not in stays])
        return again, sorted(set(kept))

    return await alone(url, unit, leave_no_trace=True)


async def over(url: str, keep: Mapping[What, timedelta | None]) -> dict[What, int]:
    """How many tickets would lose what a round takes from them now; only read."""
    counts: dict[What, int] = {}
    async with snapshot(url) as session:
        for what, span in keep.items():
            after: int | None = 0
            counts[what] = 0
            while span is not None and after is not None:
                found, after = await old_tickets.due(session, what, datetime.now(UTC) - span, after)
                counts[what] += len(found)
    return counts


async def hold(url: str, person: str, reason: str) -> Sequence[str]:
    """From now on nothing of theirs is erased or forgotten; on which addresses."""

    async def unit(session: Session) -> Sequence[str]:
        addresses, _ = await addresses_of(session, person)
        value = json.dumps({"reason": reason, "at": datetime.now(UTC).isoformat()}, ensure_ascii=False)
        for one in addresses:
            await session.do(_NOTE, key=f"{HOLD}{one}", value=value)
        return addresses

    return await alone(url, unit)


async def release(url: str, person: str) -> Sequence[str]:
    """The hold is over; on which addresses it was."""

    async def unit(session: Session) -> Sequence[str]:
        addresses, _ = await addresses_of(session, person)
        return [one for one in addresses if await session.do(_RELEASE, of_key=f"{HOLD}{one}")]

    return await alone(url, unit)
