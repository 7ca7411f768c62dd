"""One person's data, beside a desk at work: seen, given out, held, erased. What takes long is done in steps, so that nobody waits for it.

The rows that are theirs go in one transaction, with the ledger and the event; then what names them elsewhere is looked for, a span of rows at a time. What
is looked for is noted until that is done, so that whoever starts after a crash goes on with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, delete, select

from bot.domain.ids import PersonId, channel_of
from bot.ports import Clock
from bot.ports.privacy import Did, Kept, Who
from bot.store.doing import Doing
from bot.store.erase_ledger import Ledger, note_seen
from bot.store.erasing import FIRST, UNDER_WAY, Erasing, Mark, stand_ins_for
from bot.store.offline import alone
from bot.store.person import Theirs, find, holds_on
from bot.store.person_archive import write_archive
from bot.store.person_counts import counted
from bot.store.privacy import holding, refusal, releasing
from bot.store.retracting import standing
from bot.store.session import Session, Statement, replacing
from bot.store.snapshot import snapshot
from bot.store.sql import SqlStore
from bot.store.tables import notes, people
from bot.store.verbatim import begins

n = notes.c
_NOTE = Statement(replacing(notes))
_FORGET = Statement(delete(notes).where(n.key == bindparam("of_key", type_=n.key.type)))
_UNFINISHED = Statement(select(n.key, n.value).where(begins(n.key, UNDER_WAY)))
_NAME = Statement(select(people.c.name).where(people.c.id == bindparam("of", type_=people.c.id.type)))


class PersonDesk:
    """Privacy (bot/ports/privacy.py) over an open store. One ledger may serve several stores."""

    def __init__(self, store: SqlStore, url: str, ledger: Callable[[], Path], secret: bytes, clock: Clock, able: Collection[str], of: str = "") -> None:
        """ledger: raises ConfigError when nothing says where. secret: as Doing.secret. able: channels that can change what they sent. of: as of Ledger."""
        self._of = of
        self._store, self._url, self._ledger, self._secret, self._clock, self._able = store, url, ledger, secret, clock, able

    def _doing(self, who: Who) -> Doing:
        return Doing(who.by, who.why, who.channel, self._secret)

    async def kept(self, person: PersonId) -> Kept:
        """See Privacy."""
        session = self._store.reading
        theirs = await find(session, person)
        stand = await standing(session.at_length, theirs)  # type: ignore[attr-defined]
        return Kept(
            person,
            Doing(person, secret=self._secret).sign(theirs.addresses),
            await self._name(theirs),
            theirs.addresses,
            await counted(session, theirs),
            tuple(await holds_on(session, theirs.addresses)),
            Counter(channel_of(row[2]) for row in stand.rows),
            stand.waiting,
        )

    async def _name(self, theirs: Theirs) -> str:
        for one in theirs.addresses:
            row = await self._store.reading.first(_NAME, of=one)
            if row and row[0]:
                return str(row[0])
        return ""

    async def given_out(self, person: PersonId, who: Who, language: str) -> Path:
        """See Privacy. In a thread with a loop of its own: on a file every question would hold up the desk."""
        theirs, now = await find(self._store.reading, person), self._clock.now()
        doing = self._doing(who)
        await self._store.within(lambda session: doing.record(session, doing.gave_out(theirs, now)))
        handle, name = tempfile.mkstemp(prefix="firstline-", suffix=".zip")  # which only this user can read
        os.close(handle)
        await asyncio.to_thread(lambda: asyncio.run(write_archive(self._url, person, Path(name), language)))
        return Path(name)

    async def hold(self, person: PersonId, who: Who) -> None:
        """See Privacy."""
        await self._store.within(lambda session: holding(session, person, self._doing(who), self._clock.now()))

    async def release(self, person: PersonId, who: Who) -> None:
        """See Privacy."""
        await self._store.within(lambda session: releasing(session, person, self._doing(who), self._clock.now()))

    async def replace(self, person: PersonId) -> int:
        """See Privacy."""
        return await self._store.retract(person, self._able, self._clock.now())

    async def erase(self, person: PersonId, who: Who) -> Did:
        """See Privacy."""
        file, now, doing = self._ledger(), self._clock.now(), self._doing(who)
        found: dict[str, Erasing] = {}
        chosen: dict[str, str] = {}

        async def own(session: Session) -> None:
            theirs = await find(session, person)
            if reasons := await holds_on(session, theirs.addresses):
                raise refusal(person, reasons)
            chosen.update(stand_ins_for(theirs, chosen))  # the same when it is run again
            work = found["work"] = Erasing(theirs, {one: chosen[one] for one in theirs.addresses}, now)
            await work.own(session)
            became = chosen[theirs.addresses[0]]
            await session.do(_NOTE, key=f"{UNDER_WAY}{became}", value=_noted(work))
            await doing.record(session, doing.erased(theirs, became, now))
            lines = Ledger(file, self._of).add(work.done.stand_ins, now.isoformat())
            await note_seen(session, lines)

        await self._store.within(own)
        work = found["work"]
        mark: Mark | None = FIRST
        while mark is not None:
            mark = await self._store.within(partial(_look, work, mark))
            await asyncio.sleep(0)
        await self._store.within(lambda session: session.do(_FORGET, of_key=f"{UNDER_WAY}{next(iter(work.done.stand_ins.values()))}"))
        compact = await self._store.compact()
        done = work.done
        left = Counter(channel_of(PersonId(one)) for one in done.posted.values())
        return Did(done.changed, done.removed, tuple(done.stand_ins.values()), left, tuple(sorted(done.look_at)), compact)


async def _look(work: Erasing, mark: Mark, session: Session) -> Mark | None:
    return await work.look_through(session, mark)


# ------------------------------------------------------------------------------------------------ what a crash interrupted
_NOTED = ("accounts", "names", "tickets", "open", "conversations", "files", "phrasings")  # fields of Theirs


def _noted(work: Erasing) -> str:
    return json.dumps({"as": work.done.stand_ins, **{name: sorted(getattr(work.theirs, name)) for name in _NOTED}}, ensure_ascii=False)


async def is_unfinished(url: str) -> bool:
    """Was the looking through of an erasing interrupted?"""
    async with snapshot(url) as session:
        return bool(await session.all(_UNFINISHED))


async def finish(url: str) -> int:
    """Go on with them while the desk does not run; how many there were."""

    async def unit(session: Session) -> int:
        rows = await session.all(_UNFINISHED)
        for key, value in rows:
            kept = json.loads(value)
            fields: dict[str, Any] = {name: frozenset(kept[name]) for name in _NOTED}
            work = Erasing(Theirs(tuple(kept["as"]), **fields), kept["as"], datetime.now(UTC))
            mark: Mark | None = FIRST
            while mark is not None:
                mark = await work.look_through(session, mark)
            await session.do(_FORGET, of_key=key)
        return len(rows)

    return await alone(url, unit, leave_no_trace=True)
