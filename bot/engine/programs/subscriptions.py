"""Whatever is written down is owed, in the same transaction, to the webhooks that want to hear of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zlib import crc32

from pydantic import TypeAdapter

from bot.domain.messages import Outbound, Say
from bot.domain.webhooks import CHANNEL, Webhook
from bot.engine.kept import Kept, Noted
from bot.ports import Parcel, Recorded, Transaction

WEBHOOKS: Kept[Webhook] = Kept(CHANNEL, Webhook)
LANES = 4  # of a webhook: a ticket's events are in one of them, so that what its receiver does not take holds up a part of the others alone
KNOWN = timedelta(seconds=5)  # how long what was read is believed; another process may have changed it
_PAYLOAD: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


class Subscriptions:
    """Who wants to hear of what, as far as this process knows; at most KNOWN behind the others."""

    def __init__(self) -> None:
        self._known: tuple[Webhook, ...] = ()
        self._until: datetime | None = None

    def forget(self) -> None:
        """Something changed here: it is read again."""
        self._until = None

    async def owe(self, tx: Transaction, event: Recorded, now: datetime) -> list[str]:
        """Owe an event to whoever wants it; the lanes."""
        hearing = [webhook for webhook in await self._current(tx, now) if webhook.hears(event.name)]
        return [await post(tx, webhook, str(event.id), body_of(webhook, event), now, event.ticket) for webhook in hearing]

    async def _current(self, notes: Noted, now: datetime) -> Iterable[Webhook]:
        if self._until is None or not self._until - KNOWN <= now < self._until:
            self._known, self._until = tuple((await WEBHOOKS.all(notes)).values()), now + KNOWN
        return self._known


def body_of(webhook: Webhook, event: Recorded) -> str:
    """What is sent: a payload by the rules of Standard Webhooks, whose data are as in the export."""
    data = {**event.line(), "details": webhook.details(event.name, event.details)}
    return _PAYLOAD.dump_json({"type": event.name, "timestamp": data["at"], "data": data}).decode()


async def post(tx: Transaction, webhook: Webhook, number: str, body: str, now: datetime, ticket: str = "") -> str:
    """Owe a body; the lane. number: tells it from all others that this webhook was ever sent, also when it is sent again."""
    lane = f"{webhook.address}:{crc32(ticket.encode()) % LANES}"
    message = Outbound((Say(f"evt_{number}"), Say(body)))
    await tx.post(Parcel(f"{webhook.address}:{number}", lane, webhook.address, message, now))
    return lane
