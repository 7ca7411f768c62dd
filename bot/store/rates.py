"""What is used up of the limits of places and channels: rows that are locked while a slot is taken, and the clock that all share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, bindparam, literal_column, or_, select, type_coerce, update

from bot.domain.rates import Rate
from bot.store.column_types import Moment
from bot.store.session import Rows, Statement, replacing
from bot.store.tables import rates

r = rates.c
_CLOCKS = {
    "sqlite": "NULL",  # one process has the file: the caller's clock is the only one
    "postgresql": "CAST(EXTRACT(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
    "mysql": "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)",
}
_NEW = Rate()


def _reading(dialect: Dialect) -> Any:
    """Two names at most: a place and its channel."""
    clock = type_coerce(literal_column(_CLOCKS[dialect.name], BigInteger), Moment())
    return select(r.name, r.state, clock.label("now")).where(or_(_is("one"), _is("other")))


def _is(name: str) -> ColumnElement[bool]:
    return r.name == bindparam(name, type_=r.name.type)


_SEEN = Statement(_reading)
_HELD = Statement(lambda dialect: _reading(dialect).with_for_update(skip_locked=True))
_WAIT_FOR = Statement(replacing(rates, state=r.state))  # made when there is none, else locked as it is
_SAVE = Statement(update(rates).where(_is("of_name")).values(state=bindparam("now_used", type_=r.state.type)))


class RateRows(Rows):
    """Their part of a transaction."""

    async def hold_rates(self, names: Sequence[str], now: datetime, wait: bool) -> tuple[dict[str, Rate], datetime] | None:
        """What is used up under one or two names, theirs to nobody else until the commit, and the time by the clock of all.

        None, unless `wait`, when one is somebody else's at this moment or is not there yet. Who waits takes them in the order of their names, so that
        two never wait for each other.
        """
        if wait or not self._session.is_shared:
            for name in sorted(names):
                await self._session.do(_WAIT_FOR, name=name, state=_NEW)
        found, theirs = await self._read(_HELD, names, now)
        return (found, theirs) if len(found) == len(names) else None

    async def rate(self, name: str, now: datetime) -> tuple[Rate, datetime]:
        """As it stands, held by nobody, and the time."""
        found, theirs = await self._read(_SEEN, [name], now)
        return found.get(name, _NEW), theirs

    async def save_rate(self, name: str, rate: Rate) -> None:
        """What is used up from now on; it must be held."""
        await self._session.do(_SAVE, of_name=name, now_used=rate)

    async def _read(self, statement: Statement, names: Sequence[str], now: datetime) -> tuple[dict[str, Rate], datetime]:
        rows = await self._session.all(statement, one=names[0], other=names[-1])
        return {name: rate for name, rate, _ in rows}, max((theirs for *_, theirs in rows if theirs is not None), default=now)
