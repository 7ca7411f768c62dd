"""One person in the databases of several departments: found by any of their addresses in all of them, and erased with one line in the ledger.

A database that is away now lacks the note that it was done there, so that whoever asks again, or the next start, finds what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import FileInUse, StoreError
from bot.store.doing import Doing
from bot.store.erase_ledger import Ledger, Line, note_seen
from bot.store.erasing import Erased, erase, stand_in_for
from bot.store.offline import alone
from bot.store.person import find, holds_on
from bot.store.privacy import look, reapply, refusal, waiting
from bot.store.session import Session


@dataclass(frozen=True, slots=True)
class Home:
    """A database that may hold something of theirs. doing: who erases there."""

    url: str
    doing: Doing


async def addresses_in(urls: Mapping[str, str], person: str) -> tuple[list[str], dict[str, str]]:
    """Every address of theirs that any database joins to another one; and those that are away, with what is wrong."""
    known, asked, away = [person], set[tuple[str, str]](), dict[str, str]()
    while todo := [(key, one) for key in urls if key not in away for one in known if (key, one) not in asked]:
        for key, one in todo:
            asked.add((key, one))
            try:
                found = (await look(urls[key], one)).theirs.addresses if key not in away else ()
            except StoreError as fault:
                away[key] = str(fault)
                continue
            known += [address for address in found if address not in known]
    return known, away


async def erase_everywhere(homes: Mapping[str, Home], ledger: Path, person: str) -> tuple[dict[str, Erased], dict[str, str]]:
    """What went in each database; and those in which nothing could be done, with why. Raises Held before anything is erased, ConfigError, FileInUse."""
    urls = {key: home.url for key, home in homes.items()}
    addresses, away = await addresses_in(urls, person)
    for key in urls:
        for address in addresses if key not in away else ():
            if reasons := (await look(urls[key], address)).held:
                raise refusal(person, reasons)
    if len(away) == len(homes):
        return {}, away
    for key in [one for one in urls if one not in away]:
        try:
            await alone(urls[key], _nothing)  # whoever works in one of them is told before anything is done
        except FileInUse:
            raise
        except StoreError as fault:
            away[key] = str(fault)
    book, now = Ledger(ledger), datetime.now(UTC)
    stand_ins = {one: stand_in_for(one) for one in addresses}
    book.add(stand_ins, now.isoformat())
    lines = [line for line in book.lines if line.who in {book.hash_of(one) for one in addresses}]
    done: dict[str, Erased] = {}
    for key, home in homes.items():
        try:
            if key not in away:
                done[key] = await _erase(home, stand_ins, lines, now)
                if await waiting(home.url, ledger, key):  # what was joined when somebody else was reached, and is told by the ledger alone
                    await reapply(home.url, ledger, home.doing.secret, key)
        except StoreError as fault:
            away[key] = str(fault)
    return done, away


async def _erase(home: Home, stand_ins: Mapping[str, str], lines: list[Line], now: datetime) -> Erased:
    """In one database, all of it or nothing."""

    async def unit(session: Session) -> Erased:
        whole, gone = Erased({}), set[str]()
        for address in stand_ins:
            if address in gone:
                continue
            theirs = await find(session, address)
            gone.update(theirs.addresses)
            if reasons := await holds_on(session, theirs.addresses):
                raise refusal(address, reasons)
            done = await erase(session, theirs, now, stand_ins)
            await home.doing.record(session, home.doing.erased(theirs, stand_ins[address], now))
            _add(whole, done)
        await note_seen(session, lines)
        return whole

    return await alone(home.url, unit, leave_no_trace=True)


async def _nothing(session: Session) -> None:
    """For whoever only wants to know that nobody works there."""


def _add(whole: Erased, done: Erased) -> None:
    for many, more in ((whole.changed, done.changed), (whole.removed, done.removed)):
        for table, count in more.items():
            many[table] = many.get(table, 0) + count
    whole.stand_ins.update(done.stand_ins)
    whole.posted.update(done.posted)
    whole.look_at.update(done.look_at)
