"""What we posted to somebody, and about them, on platforms is replaced there before they are erased here: afterwards nobody knows any more where it stands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import literal_column, select

from bot.domain.ids import channel_of
from bot.domain.messages import Outbound, Say
from bot.ports.store import Parcel
from bot.store.erasing import GONE, RETRACTS
from bot.store.outbox import OutboxRows
from bot.store.person import find
from bot.store.session import Session, Statement
from bot.store.tables import outbox

o = outbox.c
_SENT = Statement(
    select(o.key, o.lane, o.to, o.ticket, o.body)
    .where(o.state == literal_column("'sent'"), o.kind == literal_column("'message'"), o.sent_as.is_not(None), o.edits == literal_column("''"))
    .order_by(o.id)
)


async def owe(session: Session, person: str, able: Collection[str], now: datetime) -> int:
    """Within a transaction: for each message of ours that stands in their talk or in their tickets' threads, owe one in its place; how many.

    able: the channels that can change what they sent.
    """
    theirs, many = await find(session, person), 0
    for key, lane, to, ticket, body in await session.all(_SENT):
        if channel_of(to) in able and (ticket in theirs.tickets or theirs.has_place(to) or theirs.has_place(lane)):
            card = GONE if '"card":"' in body and '"card":""' not in body else ""
            new = Parcel(f"{RETRACTS}{key}", lane, to, Outbound((Say(GONE),), card=card), now, ticket=ticket, edits=key)
            await OutboxRows(session).post(new)
            many += 1
    return many
