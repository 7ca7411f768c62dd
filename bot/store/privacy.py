"""What may be done with one person's data as a whole: seen, erased, held, and erased again after a backup has come back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import bindparam, delete

from bot.domain.ids import PersonId
from bot.domain.people import BOT
from bot.errors import FileInUse, Held
from bot.ports.store import What
from bot.store import assets, old_tickets
from bot.store.address import Address, parse
from bot.store.doing import Doing, leave
from bot.store.erase_ledger import Ledger, note_seen
from bot.store.erasing import Erased, erase
from bot.store.holds import HOLD
from bot.store.offline import alone
from bot.store.person import Theirs, addresses_of, find, holds_on
from bot.store.person_counts import counted
from bot.store.session import Session, Statement, replacing
from bot.store.snapshot import snapshot
from bot.store.sql import open_store
from bot.store.tables import notes

SOMEBODY = Doing(PersonId("operator:"))
_NOTE = Statement(replacing(notes))
_RELEASE = Statement(delete(notes).where(notes.c.key == bindparam("of_key", type_=notes.c.key.type)))


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody, as they are found. held: the reasons for which they must not be erased. counts: as Kept.counts."""

    theirs: Theirs
    held: list[str]
    counts: dict[str, int]


async def look(url: str, person: str) -> Found:
    """What is kept of somebody; only read, also beside a desk at work."""
    async with snapshot(url) as session:
        theirs = await find(session, person)
        return Found(theirs, await holds_on(session, theirs.addresses), await counted(session, theirs))


async def refuse_held(url: str, person: str) -> None:
    """Raises Held when there is a hold on them."""
    found = await look(url, person)
    if found.held:
        raise refusal(person, found.held)


def refusal(person: str, reasons: Sequence[str]) -> Held:
    """What is said to whoever tries."""
    return Held(f"{person} is held: {'; '.join(reasons)}; nothing was erased (`firstline privacy release` ends the hold)")


async def erase_person(url: str, ledger: Path, person: str, doing: Doing = SOMEBODY, of: str = "") -> Erased:
    """Erase somebody on all their joined addresses. of: as of Ledger. Raises Held, ConfigError and FileInUse while the desk is at work, StoreError."""
    book, now = Ledger(ledger, of), datetime.now(UTC)

    async def unit(session: Session) -> Erased:
        theirs = await find(session, person)
        if reasons := await holds_on(session, theirs.addresses):
            raise refusal(person, reasons)
        done = await erase(session, theirs, now)
        await note_seen(session, book.add(done.stand_ins, now.isoformat()))  # in the file before it is committed: else a restore would not know
        await doing.record(session, doing.erased(theirs, next(iter(done.stand_ins.values())), now))
        return done

    return await alone(url, unit, leave_no_trace=True)


async def waiting(url: str, ledger: Path, of: str = "") -> bool:
    """Does this database lack an erasure that the ledger has? of: as of Ledger."""
    book = Ledger(ledger, of)
    if not book.lines:
        return False
    async with snapshot(url) as session:
        return bool(await book.missing(session))


async def reapply(url: str, ledger: Path, secret: bytes = b"", of: str = "") -> tuple[list[str], list[str]]:
    """Erase again whoever a backup has brought back: the stand-ins of those erased, and the reasons of those held, who stay. of: as of Ledger."""
    book, now, doing = Ledger(ledger, of), datetime.now(UTC), Doing(BOT.id, secret=secret)

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
            await doing.record(session, doing.erased(theirs, line.stand_in, now, again=True))
            again += [one for one in done.stand_ins.values() if one not in again]
        await note_seen(session, [line for line in missing if line.who not in stays])
        return again, sorted(set(kept))

    return await alone(url, unit, leave_no_trace=True)


async def over(url: str, keep: Mapping[What, timedelta | None]) -> dict[What, int]:
    """How many tickets would lose what a round takes from them now, and how many computers would go; only read."""
    counts: dict[What, int] = {}
    async with snapshot(url) as session:
        for what, span in keep.items():
            after: int | None
            counts[what] = await assets.old(session, datetime.now(UTC) - span) if what == "assets" and span is not None else 0
            after = None if what == "assets" else 0
            while span is not None and after is not None:
                found, after = await old_tickets.due(session, what, datetime.now(UTC) - span, after)
                counts[what] += len(found)
    return counts


async def hold(url: str, person: str, doing: Doing) -> Sequence[str]:
    """From now on nothing of theirs is erased or forgotten, because of doing.why; on which addresses."""
    return await alone(url, lambda session: holding(session, person, doing, datetime.now(UTC)))


async def release(url: str, person: str, doing: Doing = SOMEBODY) -> Sequence[str]:
    """The hold is over; on which addresses it was."""
    return await alone(url, lambda session: releasing(session, person, doing, datetime.now(UTC)))


async def holding(session: Session, person: str, doing: Doing, now: datetime) -> Sequence[str]:
    """As `hold`, within a transaction."""
    theirs = await find(session, person)
    value = json.dumps({"reason": doing.why, "at": now.isoformat()}, ensure_ascii=False)
    for one in theirs.addresses:
        await session.do(_NOTE, key=f"{HOLD}{one}", value=value)
    await doing.record(session, doing.held(theirs, now))
    return theirs.addresses


async def releasing(session: Session, person: str, doing: Doing, now: datetime) -> Sequence[str]:
    """As `release`, within a transaction."""
    theirs = await find(session, person)
    released = [one for one in theirs.addresses if await session.do(_RELEASE, of_key=f"{HOLD}{one}")]
    if released:
        await doing.record(session, doing.released(theirs, now))
    return released


async def gave_out(url: str, person: str, doing: Doing) -> None:
    """Write down that their data was given out; beside an SQLite file that another process has, for that to take in."""
    now, where = datetime.now(UTC), parse(url)
    theirs = (await look(url, person)).theirs

    async def unit(session: Session) -> None:
        await doing.record(session, doing.gave_out(theirs, now))

    if isinstance(where, Address):
        try:
            await alone(url, unit)
        except FileInUse:
            leave(where.file, doing, doing.gave_out(theirs, now))
        return
    store = await open_store(url)
    try:
        await store.within(unit)
    finally:
        await store.close()
