"""What is owed: posted once, leased lane by lane, marked one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import and_, bindparam, case, delete, func, literal_column, not_, or_, select, update

from bot.domain.ids import MessageId
from bot.domain.messages import Outbound
from bot.ports.store import Body, Parcel
from bot.store import codec
from bot.store.session import Row, Rows, Statement, inserting_new
from bot.store.tables import inbox, leases, outbox

o = outbox.c
STORED = (o.key, o.lane, o.to, o.kind, o.body, o.due, o.ticket, o.message, o.thread, o.edits, o.fresh, o.state, o.sent_as, o.attempts, o.error)
IS_WAITING = o.state == literal_column("'waiting'")
HEARD = select(func.coalesce(func.max(inbox.c.id), 0)).scalar_subquery()
"""The newest inbox id now: where something of ours stands among the words of others."""

_THIS = o.key == bindparam("of_key", type_=o.key.type)
_MOMENT = o.due.type
_POST = Statement(inserting_new(outbox, state="waiting", sent_as=None, sent_at=None, attempts=0, error="", heard=HEARD))
_REPLACE_EDITS = Statement(
    update(outbox)
    .where(o.edits == bindparam("of_edits", type_=o.edits.type), o.edits != literal_column("''"), IS_WAITING, o.key != bindparam("but", type_=o.key.type))
    .values(state="withdrawn")
)
_LANE = Statement(select(*STORED).where(o.lane == bindparam("of_lane", type_=o.lane.type), IS_WAITING).order_by(o.id).limit(bindparam("limit")))
_TAKE = Statement(
    update(leases)
    .where(
        leases.c.lane == bindparam("of_lane", type_=o.lane.type),
        or_(leases.c.owner == bindparam("of_owner", type_=leases.c.owner.type), leases.c.until <= bindparam("now", type_=_MOMENT)),
    )
    .values(owner=bindparam("by", type_=leases.c.owner.type), since=bindparam("begins", type_=_MOMENT), until=bindparam("ends", type_=_MOMENT))
)
_TAKE_NEW = Statement(inserting_new(leases))
_FREE = Statement(delete(leases).where(leases.c.lane == bindparam("of_lane", type_=o.lane.type)))
_SENT = Statement(
    update(outbox)
    .where(_THIS)
    .values(
        state="sent",
        sent_as=bindparam("platform_id", type_=o.sent_as.type),
        sent_at=bindparam("now", type_=_MOMENT),
        error="",
        heard=case((o.message > 0, HEARD), else_=o.heard),  # a reply may have been held back: it is seen when it goes out
    )
)
_NOT_SENT = Statement(
    update(outbox)
    .where(_THIS, o.state != "sent")
    .values(
        state=bindparam("becomes", type_=o.state.type),
        due=bindparam("when", type_=_MOMENT),
        error=bindparam("why", type_=o.error.type),
        attempts=o.attempts + bindparam("tries", type_=o.attempts.type),
    )
)
_PARCEL = Statement(select(*STORED).where(_THIS))
_ON_ITS_WAY = select(leases.c.lane).where(leases.c.lane == o.lane, leases.c.since >= o.due).exists()
"""Handed to a sender that has not yet said what became of it: too late to change it or to take it back."""
_newest = outbox.alias("edit")
_NEWEST_EDIT = Statement(
    select(o.kind, o.body).where(
        o.id
        == select(func.max(_newest.c.id))
        .where(
            _newest.c.edits == bindparam("of_edits", type_=o.edits.type),
            _newest.c.edits != literal_column("''"),
            _newest.c.state != literal_column("'withdrawn'"),
        )
        .scalar_subquery()
    )
)
_REWRITE = Statement(update(outbox).where(_THIS, IS_WAITING, not_(_ON_ITS_WAY)).values(kind=bindparam("sort", type_=o.kind.type), body=bindparam("new_body")))
_FAMILY = or_(_THIS, and_(o.key >= bindparam("first", type_=o.key.type), o.key < bindparam("end", type_=o.key.type)))
_STATES = Statement(select(o.state, _ON_ITS_WAY).where(_FAMILY))
_WITHDRAW = Statement(update(outbox).where(_FAMILY, IS_WAITING).values(state="withdrawn"))
_IN_THREAD = Statement(
    select(o.key, o.kind, o.body, o.edits).where(o.thread == bindparam("card", type_=o.key.type), o.thread != literal_column("''"), o.state == "sent")
)
_EDITS_OF = Statement(
    select(o.key).where(o.edits == bindparam("of_edits", type_=o.key.type), o.edits != literal_column("''"), o.state == "sent")
)
_AGAIN = Statement(
    update(outbox).where(_THIS).values(state="waiting", due=bindparam("when", type_=_MOMENT), sent_as=None, sent_at=None, attempts=0, error="")
)
_NEW_BODY = Statement(update(outbox).where(_THIS).values(kind=bindparam("sort", type_=o.kind.type), body=bindparam("new_body")))


def parcel_of(row: Row) -> Parcel:
    """A row of STORED as a parcel."""
    key, lane, to, kind, body, due, ticket, message, thread, edits, fresh, state, sent_as, attempts, error = row
    return Parcel(key, lane, to, codec.decode_body(kind, body), due, ticket, message, thread, edits, fresh, state, sent_as, attempts, error)


class OutboxRows(Rows):
    """The outbox part of a transaction."""

    async def post(self, parcel: Parcel) -> None:
        """Owe it. A waiting edit of the same message is replaced by a newer one; a parcel posted twice is posted once."""
        posted = await self._session.do(
            _POST,
            key=parcel.key,
            lane=parcel.lane,
            to=parcel.to,
            kind=codec.kind_of(parcel.body),
            body=codec.encode_body(parcel.body),
            due=parcel.due,
            ticket=parcel.ticket,
            message=parcel.message,
            thread=parcel.thread,
            edits=parcel.edits,
            fresh=parcel.fresh,
        )
        if posted and parcel.edits:
            await self._session.do(_REPLACE_EDITS, of_edits=parcel.edits, but=parcel.key)

    async def lease(self, lane: str, owner: str, now: datetime, until: datetime, limit: int = 20) -> list[Parcel]:
        """The due parcels of a lane in order, and the sole right to send them until `until`; none beyond one that is not due yet."""
        due = []
        for row in await self._session.all(_LANE, of_lane=lane, limit=limit):
            if row[5] > now:
                break
            due.append(row)
        if not due:
            return []
        taken = await self._session.do(_TAKE_NEW, lane=lane, owner=owner, since=now, until=until)
        if not taken and not await self._session.do(_TAKE, of_lane=lane, of_owner=owner, now=now, by=owner, begins=now, ends=until):
            return []
        return [parcel_of(row) for row in due]

    async def free(self, lane: str) -> None:
        """Give the lane back."""
        await self._session.do(_FREE, of_lane=lane)

    async def sent(self, key: str, sent_as: MessageId | None, now: datetime) -> None:
        """The platform has it."""
        await self._session.do(_SENT, of_key=key, platform_id=sent_as, now=now)

    async def not_sent(self, key: str, state: Literal["waiting", "failed", "withdrawn"], due: datetime, error: str) -> None:
        """It did not go out. What is marked as sent stays so: a sender whose lease has ended is too late to say otherwise."""
        await self._session.do(_NOT_SENT, of_key=key, becomes=state, when=due, why=error[:200], tries=1 if error else 0)

    async def parcel(self, key: str) -> Parcel | None:
        """A parcel as it stands."""
        row = await self._session.first(_PARCEL, of_key=key)
        return parcel_of(row) if row else None

    async def newest_body(self, key: str) -> Body | None:
        """What a parcel shows now."""
        edit = await self._session.first(_NEWEST_EDIT, of_edits=key)
        if edit:
            return codec.decode_body(*edit)
        own = await self.parcel(key)
        return own.body if own else None

    async def rewrite(self, key: str, body: Body) -> bool:
        """Change what a waiting parcel says; False when it no longer waits or is on its way."""
        return await self._session.do(_REWRITE, of_key=key, sort=codec.kind_of(body), new_body=codec.encode_body(body)) > 0

    async def withdraw(self, key: str) -> bool:
        """Take back every waiting parcel of that key and "key/…".

        False, and nothing is taken back, when none was waiting, or one was sent or is on its way: half a reply would be worse than the whole.
        """
        family = {"of_key": key, "first": f"{key}/", "end": f"{key}0"}  # "0" follows "/"
        states = {"sent" if state == "waiting" and on_its_way else state for state, on_its_way in await self._session.all(_STATES, **family)}
        if "waiting" not in states or "sent" in states:
            return False
        return await self._session.do(_WITHDRAW, **family) > 0

    async def repeat_thread(self, card: str, body: Outbound, now: datetime) -> None:
        """The card's thread is gone: the card (with this body) and all that was sent in its thread wait once more, in the old order.

        The same rows wait again, so that their keys, and what points to them, stay as they are. What only one person saw is not repeated.
        """
        await self._session.do(_NEW_BODY, of_key=card, sort=codec.kind_of(body), new_body=codec.encode_body(body))
        await self._session.do(_AGAIN, of_key=card, when=now)
        for key, kind, text, _ in await self._session.all(_IN_THREAD, card=card):
            message = codec.decode_body(kind, text)
            if not isinstance(message, Outbound) or (message.only_for and not message.ask):
                continue
            await self._session.do(_AGAIN, of_key=key, when=now)
            for (edit,) in await self._session.all(_EDITS_OF, of_edits=key):
                await self._session.do(_AGAIN, of_key=edit, when=now)
