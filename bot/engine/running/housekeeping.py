"""What nobody needs any more is forgotten: events and messages of tickets long closed, and what dead processes have left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.engine.running import once
from bot.errors import StoreError
from bot.ports import Clock, Store, Transaction
from bot.ports.store import Old, Trace, What

log = logging.getLogger(__name__)

FIRST_S = 60.0  # seconds after the start, which has enough to do
EVERY_S = 3600.0  # seconds between two rounds; whatever is left over is an hour old by the second
SHORTEST_PAUSE_S = 0.002  # between two batches; else as long as the batch took, so that half of the time is everybody else's
KEPT = "card:"  # cards stay: what is written in the thread of a ticket that is long over still finds its way
MOST = 200  # contacts or computers of one batch
WHATS: tuple[What, ...] = ("words", "files")
ENDED = timedelta(hours=1)  # holders and leases of the dead; clocks of machines differ by less


@dataclass(frozen=True, slots=True)
class OldTickets:
    """What closed tickets lose. keep: "words" and "files", each with how long it is kept after the close, or None for ever; "assets": how long computers are
    that do not tell of themselves any more. forget: a page of what tickets lose.
    """

    keep: Mapping[What, timedelta | None]
    forget: Callable[[What, datetime, int], Awaitable[Old]]


class Housekeeping:
    """One process at a time does it. keep: how long what is over is kept; None: for ever. passing: prefixes of notes that nobody keeps for long.

    contacts: how long those that belong to no ticket are kept; None: for ever. tickets: how long words and files of closed tickets are, where that is said.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        keep: timedelta | None,
        passing: Iterable[str] = (),
        contacts: timedelta | None = None,
        tickets: OldTickets | None = None,
    ) -> None:
        self._store, self._clock, self._keep, self._contacts = store, clock, keep, contacts
        self._passing, self._tickets = tuple(passing), tickets
        self._seen: dict[str, str] = {}  # notes of the round before

    async def run(self) -> None:
        """Until cancelled: a round an hour."""
        await asyncio.sleep(FIRST_S)
        while True:
            try:
                await self.tidy()
            except StoreError as fault:
                log.warning("what is over is forgotten later", extra={"error": type(fault).__name__})
            await asyncio.sleep(EVERY_S)

    async def tidy(self) -> dict[str, int]:
        """One round; how many of each kind went. Raises StoreError: what went until then is gone, and the next round goes on."""
        now = self._clock.now()
        gone = {"events": 0, "messages": 0}
        if self._keep is not None:
            gone = {"events": await self._forget("event", self._keep), "messages": await self._forget("parcel", self._keep)}
        if self._contacts is not None:
            gone["contacts"] = await self._forget_some(lambda tx, before=now - self._contacts: tx.forget_contacts(before, MOST))  # type: ignore[misc]
        if self._tickets is not None and (unseen := self._tickets.keep.get("assets")) is not None:
            gone["assets"] = await self._forget_some(lambda tx, before=now - unseen: tx.forget_assets(before, MOST))  # type: ignore[misc]
        for what in WHATS:
            if self._tickets is not None and (kept := self._tickets.keep.get(what)) is not None:
                gone[what] = await self._forget_tickets(self._tickets, what, now - kept)
        gone["ended"] = await self._store.run(lambda tx: tx.forget_ended(now - ENDED))
        gone["notes"] = await self._forget_notes()
        gone["requests"] = await once.forget(self._store, now)
        if any(gone.values()):
            log.info("what was over is forgotten", extra=gone)
        return gone

    async def _forget(self, trace: Trace, keep: timedelta) -> int:
        before, gone, after = self._clock.now() - keep, 0, 0
        while True:
            began = asyncio.get_running_loop().time()
            page = await self._store.old(trace, before, after, KEPT)
            if page.ids:
                gone += await self._store.run(lambda tx, ids=page.ids: tx.forget(trace, ids))  # type: ignore[misc]
            if page.after is None:
                return gone
            after = page.after
            await asyncio.sleep(max(SHORTEST_PAUSE_S, asyncio.get_running_loop().time() - began))

    async def _forget_tickets(self, tickets: OldTickets, what: What, before: datetime) -> int:
        gone, after = 0, 0
        while True:
            began = asyncio.get_running_loop().time()
            page = await tickets.forget(what, before, after)
            gone += len(page.ids)
            if page.after is None:
                return gone
            after = page.after
            await asyncio.sleep(max(SHORTEST_PAUSE_S, asyncio.get_running_loop().time() - began))

    async def _forget_some(self, forget: Callable[[Transaction], Awaitable[int]]) -> int:
        gone, some = 0, MOST
        while some == MOST:
            began = asyncio.get_running_loop().time()
            some = await self._store.run(forget)
            gone += some
            await asyncio.sleep(max(SHORTEST_PAUSE_S, asyncio.get_running_loop().time() - began))
        return gone

    async def _forget_notes(self) -> int:
        """Those that were there a round ago, with the same words: whoever they were for has gone."""

        async def forget(tx: Transaction) -> tuple[dict[str, str], int]:
            found = {key: value for prefix in self._passing for key, value in (await tx.noted(prefix)).items()}
            left = [key for key, value in found.items() if self._seen.get(key) == value]
            for key in left:
                await tx.note(key, "")
            return {key: value for key, value in found.items() if key not in left}, len(left)

        self._seen, gone = await self._store.run(forget)
        return gone
