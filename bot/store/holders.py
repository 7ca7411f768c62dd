"""Who is alive, and who alone may do what: rows that end by themselves when nobody renews them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, bindparam, delete, or_, update

from bot.store.session import Rows, Statement, inserting_new
from bot.store.tables import holders

h = holders.c


def _is(column: Column[str], name: str) -> object:
    return column == bindparam(name, type_=column.type)


_TAKE_NEW = Statement(inserting_new(holders))
_CUT = Statement(update(holders).where(h.until > bindparam("far", type_=h.until.type)).values(until=bindparam("ends", type_=h.until.type)))
_TAKE = Statement(
    update(holders)
    .where(_is(h.name, "of_name"), or_(_is(h.owner, "of_owner"), h.until <= bindparam("now", type_=h.until.type)))  # type: ignore[arg-type]
    .values(owner=bindparam("by", type_=h.owner.type), until=bindparam("ends", type_=h.until.type))
)
_LET_GO = Statement(delete(holders).where(_is(h.name, "of_name"), _is(h.owner, "of_owner")))  # type: ignore[arg-type]


class HolderRows(Rows):
    """Their part of a transaction."""

    async def hold(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Be the only one who holds that name, until then; False when somebody else does. Holding it already, it is held longer.

        Whatever is held for more than twice as long from now was written before the clock was put back: it ends when this does, so that the dead do
        not hold for an hour what they had; the living renew what is theirs long before.
        """
        await self._session.do(_CUT, far=until + (until - now), ends=until)
        if await self._session.do(_TAKE, of_name=name, of_owner=owner, now=now, by=owner, ends=until):
            return True
        return await self._session.do(_TAKE_NEW, name=name, owner=owner, until=until) == 1

    async def let_go(self, name: str, owner: str) -> None:
        """Hold it no longer; nothing happens when it is somebody else's."""
        await self._session.do(_LET_GO, of_name=name, of_owner=owner)
