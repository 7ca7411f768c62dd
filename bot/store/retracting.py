"""What we posted to somebody, and about them, is taken away on platforms before they are erased here: afterwards nobody knows where it stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, literal, literal_column, or_, select

from bot.domain.ids import channel_of
from bot.domain.messages import Outbound, Say
from bot.ports.store import Parcel
from bot.store.erasing import OWN_PAGES, RETRACTS
from bot.store.outbox import OutboxRows
from bot.store.person import GONE, Theirs, find
from bot.store.session import Row, Session, Statement
from bot.store.sweeping import MOST_VALUES
from bot.store.tables import outbox
from bot.store.verbatim import begins

o = outbox.c
Ask = Callable[[Statement], Awaitable[list[Row]]]
_OURS = select(o.key, o.lane, o.to, o.ticket, o.body).where(
    o.state == literal_column("'sent'"), o.kind == literal_column("'message'"), o.sent_as.is_not(None), o.edits == literal_column("''")
)
_TAKEN = Statement(select(o.edits, o.state).where(begins(o.key, RETRACTS)))


@dataclass(frozen=True, slots=True)
class Standing:
    """Messages of ours on platforms. rows: (key, lane, to, ticket, body). waiting: how many are about to be taken away."""

    rows: list[Row]
    waiting: int


async def standing(ask: Ask, theirs: Theirs) -> Standing:
    """What stands in their talk or in their tickets' threads and was not taken away."""
    places = {*theirs.addresses, *theirs.conversations}
    some = or_(_among(o.to, places), _among(o.lane, places), _among(o.ticket, theirs.tickets))
    rows = await ask(Statement(_OURS.where(some).order_by(o.id)))
    taken = {str(edits): str(state) for edits, state in await ask(_TAKEN)}
    rows = [row for row in rows if not row[2].startswith(OWN_PAGES)]
    ours = [row for row in rows if row[3] in theirs.tickets or theirs.has_place(row[2]) or theirs.has_place(row[1])]
    left = [row for row in ours if taken.get(row[0]) != "sent"]
    return Standing(left, sum(taken.get(row[0]) == "waiting" for row in left))


def _among(column: Column[Any], values: Collection[str]) -> ColumnElement[bool]:
    if len(values) > MOST_VALUES:
        return literal_column("1 = 1")  # whoever asks looks at each
    return column.in_([literal(one, column.type) for one in sorted(values)])


async def owe(session: Session, person: str, able: Collection[str], now: datetime) -> int:
    """Within a transaction: for each message of ours that stands in their talk or in their tickets' threads, owe its end; how many.

    able: the channels that can change what they sent.
    """
    many = 0
    for key, lane, to, ticket, body in (await standing(session.all, await find(session, person))).rows:
        if channel_of(to) in able:
            is_card = '"card":"' in body and '"card":""' not in body  # whose thread would go with it
            new = Outbound((Say(GONE),), card=GONE) if is_card else Outbound((Say(GONE),), gone=True)
            await OutboxRows(session).post(Parcel(f"{RETRACTS}{key}", lane, to, new, now, ticket=ticket, edits=key))
            many += 1
    return many
