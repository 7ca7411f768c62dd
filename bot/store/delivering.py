"""What was owed to one address and what became of it."""

from __future__ import annotations

from sqlalchemy import bindparam, desc, literal_column, select

from bot.ports.delivering import Dispatch
from bot.store import codec
from bot.store.session import Rows, Statement
from bot.store.tables import outbox

o = outbox.c
_OWED = Statement(
    select(o.key, o.body, o.state, o.due, o.sent_at, o.sent_as, o.attempts, o.error)
    .where(o.to == bindparam("address", type_=o.to.type), o.kind == literal_column("'message'"))
    .order_by(desc(o.id))
    .limit(bindparam("limit"))
)


class DeliveryReading(Rows):
    """See bot.ports.delivering."""

    async def owed_to(self, address: str, limit: int = 50) -> list[Dispatch]:
        """As DeliveryReader.owed_to."""
        rows = await self._session.all(_OWED, address=address, limit=limit)
        return [
            Dispatch(key, codec.decode_body("message", body), state, due, sent_at, sent_as or "", attempts, error)  # type: ignore[arg-type]  # of that kind
            for key, body, state, due, sent_at, sent_as, attempts, error in rows
        ]
