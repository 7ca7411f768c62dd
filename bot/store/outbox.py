"""What is owed: posted once, leased lane by lane, marked one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from sqlalchemy import and_, bindparam, case, delete, func, literal_column, not_, or_, select, update

from bot.domain.ids import MessageId
from bot.domain.messages import Outbound
from bot.ports.store import CLOSED, Body, Parcel
from bot.store import codec
from bot.store.session import Row, Rows, Statement, inserting_new
from bot.store.tables import holders, inbox, leases, outbox

o = outbox.c
STORED = (o.key, o.lane, o.to, o.kind, o.body, o.due, o.ticket, o.message, o.thread, o.edits, o.fresh, o.state, o.sent_as, o.attempts, o.error, o.begun)
IS_WAITING = o.state == literal_column("'waiting'")
HEARD = select(func.coalesce(func.max(inbox.c.id), 0)).scalar_subquery()
"""The newest inbox id now: where something of ours stands among the words of others."""

_THIS = o.key == bindparam("of_key", type_=o.key.type)
_MOMENT = o.due.type
_POST = Statement(inserting_new(outbox, state="waiting", sent_as=None, sent_at=None, attempts=0, error="", begun=False, heard=HEARD))
_REPLACE_EDITS = Statement(
    update(outbox)
    .where(o.edits == bindparam("of_edits", type_=o.edits.type), o.edits != literal_column("''"), IS_WAITING, o.key != bindparam("but", type_=o.key.type))
    .values(state="withdrawn")
)
_LANE = Statement(
    select(*STORED).where(o.lane == bindparam("of_lane", type_=o.lane.type), IS_WAITING).order_by(o.id).limit(bindparam("limit")).with_for_update()
)
_OWNED = Statement(select(leases.c.owner, leases.c.since, leases.c.until).where(leases.c.lane == bindparam("of_lane", type_=o.lane.type)).with_for_update())
_IS_ALIVE = Statement(
    select(holders.c.name).where(holders.c.name == bindparam("process", type_=holders.c.name.type), holders.c.until > bindparam("now", type_=_MOMENT))
)
_TAKE = Statement(
    update(leases)
    .where(leases.c.lane == bindparam("of_lane", type_=o.lane.type))
    .values(owner=bindparam("by", type_=leases.c.owner.type), since=bindparam("begins", type_=_MOMENT), until=bindparam("ends", type_=_MOMENT))
)
_BEGUN = Statement(update(outbox).where(_THIS).values(begun=True))
_TAKE_NEW = Statement(inserting_new(leases))
_FREE = Statement(
    delete(leases).where(leases.c.lane == bindparam("of_lane", type_=o.lane.type), leases.c.owner == bindparam("of_owner", type_=leases.c.owner.type))
)
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
_IS_CLOSED = or_(*(o.error == literal_column(f"'{why}'") for why in CLOSED))
_THERE = o.to.concat(literal_column("''")) == bindparam("place", type_=o.to.type)  # from the few that failed or wait, not from all that ever went there
_REFUSED = Statement(select(o.key, o.ticket, o.edits).where(o.state == literal_column("'failed'"), _IS_CLOSED, _THERE).order_by(o.id))
_TRIED = Statement(select(o.key).where(IS_WAITING, o.attempts > 0, _THERE))
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
_LOCKED = Statement(select(o.key).where(_FAMILY).with_for_update())
_STATES = Statement(select(o.state, or_(_ON_ITS_WAY, o.begun)).where(_FAMILY))
_WITHDRAW = Statement(update(outbox).where(_FAMILY, IS_WAITING).values(state="withdrawn"))
_IN_THREAD = Statement(
    select(o.key, o.kind, o.body, o.edits).where(o.thread == bindparam("card", type_=o.key.type), o.thread != literal_column("''"), o.state == "sent")
)
_EDITS_OF = Statement(select(o.key).where(o.edits == bindparam("of_edits", type_=o.key.type), o.edits != literal_column("''"), o.state == "sent"))
_AGAIN = Statement(
    update(outbox).where(_THIS).values(state="waiting", due=bindparam("when", type_=_MOMENT), sent_as=None, sent_at=None, attempts=0, error="", begun=False)
)
_CAME_BACK = Statement(
    update(outbox).where(_THIS, o.state == literal_column("'sent'")).values(state=literal_column("'failed'"), error=bindparam("why", type_=o.error.type))
)
_NEW_BODY = Statement(update(outbox).where(_THIS).values(kind=bindparam("sort", type_=o.kind.type), body=bindparam("new_body")))


def process(owner: str) -> str:
    """The name that a process holds as long as it is alive."""
    return f"process:{owner}"


def parcel_of(row: Row) -> Parcel:
    """A row of STORED as a parcel."""
    key, lane, to, kind, body, due, ticket, message, thread, edits, fresh, state, sent_as, attempts, error, begun = row
    return Parcel(key, lane, to, codec.decode_body(kind, body), due, ticket, message, thread, edits, fresh, state, sent_as, attempts, error, begun)


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
        parcels = [parcel_of(row) for row in due]
        if await self._session.do(_TAKE_NEW, lane=lane, owner=owner, since=now, until=until):
            return parcels
        return await self._taken_over(parcels, lane, owner, now, until)

    async def _taken_over(self, parcels: list[Parcel], lane: str, owner: str, now: datetime, until: datetime) -> list[Parcel]:
        """Somebody began to send here and did not say what became of it: nothing while they are alive; else the first of theirs may have arrived."""
        row = await self._session.first(_OWNED, of_lane=lane)
        if row is None:
            return []  # they have just given it back; whoever posts or sweeps next finds it free
        other, since, ends = row
        if other != owner and ends > now and await self._session.first(_IS_ALIVE, process=process(other), now=now):
            return []
        await self._session.do(_TAKE, of_lane=lane, by=owner, begins=now, ends=until)
        first = parcels[0]
        if first.due > since or first.begun:
            return parcels
        await self._session.do(_BEGUN, of_key=first.key)
        return [replace(first, begun=True), *parcels[1:]]

    async def free(self, lane: str, owner: str) -> None:
        """Give the lane back; nothing happens when it is somebody else's by now."""
        await self._session.do(_FREE, of_lane=lane, of_owner=owner)

    async def sent(self, key: str, sent_as: MessageId | None, now: datetime) -> None:
        """The platform has it."""
        await self._session.do(_SENT, of_key=key, platform_id=sent_as, now=now)

    async def not_sent(self, key: str, state: Literal["waiting", "failed", "withdrawn"], due: datetime, error: str) -> None:
        """It did not go out. What is marked as sent stays so: a sender whose lease has ended is too late to say otherwise."""
        await self._session.do(_NOT_SENT, of_key=key, becomes=state, when=due, why=error[:200], tries=1 if error else 0)

    async def unsure(self, key: str) -> None:
        """It may have arrived: whoever sends it next looks first."""
        await self._session.do(_BEGUN, of_key=key)

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
        await self._lock(key)
        return await self._session.do(_REWRITE, of_key=key, sort=codec.kind_of(body), new_body=codec.encode_body(body)) > 0

    async def withdraw(self, key: str) -> bool:
        """Take back every waiting parcel of that key and "key/…".

        False, and nothing is taken back, when none was waiting, or one was sent, is on its way or may have arrived: half a reply would be worse than
        the whole, and what somebody may have read is not taken back.
        """
        family = await self._lock(key)
        states = {"sent" if state == "waiting" and is_gone else state for state, is_gone in await self._session.all(_STATES, **family)}
        if "waiting" not in states or "sent" in states:
            return False
        return await self._session.do(_WITHDRAW, **family) > 0

    async def _lock(self, key: str) -> dict[str, str]:
        """Nobody else leases, changes or takes back the parcels of that key and "key/…" until the commit; gives what finds them."""
        family = {"of_key": key, "first": f"{key}/", "end": f"{key}0"}  # "0" follows "/"
        if self._session.is_shared:
            await self._session.all(_LOCKED, **family)
        return family

    async def came_back(self, key: str, error: str) -> None:
        """The platform had taken it and says now that it will not arrive: failed, as if it had been refused at once."""
        await self._session.do(_CAME_BACK, of_key=key, why=error[:200])

    async def owe_again(self, place: str, now: datetime) -> list[str]:
        """The place takes messages again: what it refused, or what waits there for another try, is due now; changes of messages are withdrawn instead."""
        refused = await self._session.all(_REFUSED, place=place)
        for key, _, edits in refused:
            if edits:
                await self.not_sent(key, "withdrawn", now, "")
        tried = [key for (key,) in await self._session.all(_TRIED, place=place)]
        for key in (*(key for key, _, edits in refused if not edits), *tried):
            await self._session.do(_AGAIN, of_key=key, when=now)
        return sorted({ticket for _, ticket, _ in refused if ticket})

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
