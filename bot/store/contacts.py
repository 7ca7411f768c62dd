"""What was said in a time, whatever ticket it belongs to: found by halving, so that no index has to be kept for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, desc, func, literal_column, select

from bot.domain.tickets import TicketMessage
from bot.ports.contacts import CONTACTS
from bot.store.session import Rows, Statement
from bot.store.tables import messages
from bot.store.talk import COLUMNS

m = messages.c
LOOKED_AT = 50  # messages together: a few that were moved to a newer ticket have an older time than their neighbours

_LAST = Statement(select(func.max(m.id)))
_some = select(m.at).where(m.id >= bindparam("lowest", type_=m.id.type)).order_by(m.id).limit(LOOKED_AT).subquery("some").c
_NEWEST_OF_SOME = Statement(select(func.max(_some.at, type_=m.at.type)))
_PAGE = Statement(
    select(*COLUMNS)
    .where(m.id >= bindparam("lowest", type_=m.id.type), m.id < bindparam("before", type_=m.id.type))
    .where(m.at >= bindparam("since", type_=m.at.type), m.at < bindparam("until", type_=m.at.type))
    .where(m.kind.in_([literal_column(f"'{kind}'") for kind in CONTACTS]))
    .order_by(desc(m.id))
    .limit(bindparam("limit"))
)


class ContactReading(Rows):
    """What can be asked."""

    async def contacts(self, since: datetime, until: datetime, before: int = 0, limit: int = 100) -> list[TicketMessage]:
        """What requesters and the desk said to each other, newest first."""
        last = (await self._session.first(_LAST) or (0,))[0] or 0
        lowest = max(0, await self._around(since, last) - LOOKED_AT)
        highest = min(before or last + 1, await self._around(until, last) + LOOKED_AT)
        rows = await self._session.all(_PAGE, lowest=lowest, before=highest, since=since, until=until, limit=limit)
        return [TicketMessage(*row) for row in rows]

    async def _around(self, moment: datetime, last: int) -> int:
        """An id from which on something is that new, and near the first of those."""
        low, high = 0, last + 1
        while low < high:
            middle = (low + high) // 2
            row = await self._session.first(_NEWEST_OF_SOME, lowest=middle)
            if row is None or row[0] is None or row[0] >= moment:
                high = middle
            else:
                low = middle + 1
        return low
