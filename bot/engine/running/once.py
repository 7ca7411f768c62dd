"""A request that is sent again with its key changes nothing and is answered as before: for a day."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.ports import Clock, Store, Transaction
from bot.ports.answering import AnsweredRequest

KEPT = timedelta(hours=24)
UNDER_WAY = timedelta(seconds=20)  # nobody works longer on a request: whoever began it is dead, or has given up waiting
SWEPT = 1000  # rows of one unit


class Different(Exception):
    """That key was used for another request."""


class UnderWay(Exception):
    """The same request is being answered at this moment."""


@dataclass(frozen=True, slots=True)
class Begun:
    """This request is ours to answer. sign: of what we make of it, the same when it is sent again."""

    request: AnsweredRequest

    @property
    def sign(self) -> str:
        """See above."""
        return self.request.body


class Once:
    """Requests with a key of their own, of every process on this store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def begin(self, owner: str, key: str, fingerprint: str) -> Begun | AnsweredRequest:
        """Ours to answer, or what it was answered. owner: the lane in which one begins after the other. Raises Different, UnderWay, StoreError."""
        now = self._clock.now()

        async def unit(tx: Transaction) -> Begun | AnsweredRequest:
            await tx.take(owner)
            known = await tx.answered_request(key)
            if known is None or known.at <= now - KEPT:
                known = AnsweredRequest(key, fingerprint, 0, secrets.token_hex(16), now)
            elif known.fingerprint != fingerprint:
                raise Different
            elif known.status:
                return known
            elif known.at > now - UNDER_WAY:
                raise UnderWay
            begun = replace(known, at=now)
            await tx.keep_answered(begun)
            return Begun(begun)

        return await self._store.run(unit)

    async def answered(self, begun: Begun, status: int, body: str) -> None:
        """Whoever asks again is told this."""
        await self._store.run(lambda tx: tx.keep_answered(replace(begun.request, status=status, body=body)))

    async def given_up(self, begun: Begun, *, was_begun: bool) -> None:
        """It has no answer. was_begun: it may have had its effect, so that it goes on where it is sent again; else it never was."""
        if was_begun:
            await self._store.run(lambda tx: tx.keep_answered(replace(begun.request, at=begun.request.at - UNDER_WAY)))
        else:
            await self._store.run(lambda tx: tx.drop_answered(begun.request.key))


async def forget(store: Store, now: datetime) -> int:
    """What nobody asks for again is forgotten; how many went."""
    gone = 0
    while True:
        some = await store.run(lambda tx: tx.forget_answered(now - KEPT, SWEPT))
        gone += some
        if some < SWEPT:
            return gone
