"""Sends what the outbox holds: each lane in order, under its lease, paced; retries, or gives up aloud."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.ids import MessageId, PersonId, channel_of
from bot.domain.messages import Delivered, Home, Inbound, Outbound, Reaction, Say, TimerFired, Undelivered
from bot.domain.people import BOT
from bot.engine.pacing import Pacer
from bot.engine.tongue import tongue
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, StoreError, ThreadGone, Unauthorized
from bot.ports import Answers, Channel, Clock, Edits, Homes, Link, Parcel, Reacts, Recalls, Store, Transaction

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # twice what the longest call may take, so that nobody else sends what is being sent
CALL_LIMIT_S = 25.0  # seconds for one call to a platform
FILE_LIMIT_S = 290.0  # seconds for a call that carries a file: 50 MB on a slow line
ALOUD = "/aloud"  # ends the key of what is said in public instead
AT_ONCE = 20  # parcels of a lane under one lease
MAX_PAUSE_S = 15.0  # seconds a lane waits for its slot with the lease in hand; longer waits go back to the table
MAX_ATTEMPTS = 12  # with back-off up to 5 minutes: about 40 minutes of a platform that fails
MAX_BACK_OFF_S = 300.0


def back_off(attempts: int) -> timedelta:
    """1, 2, 4 … 300 seconds, spread by a quarter so that lanes do not come back together."""
    return timedelta(seconds=min(MAX_BACK_OFF_S, 2.0 ** min(attempts, 9)) * random.uniform(0.75, 1.25))


@dataclass(frozen=True, slots=True)
class Leased:
    """Parcels to send now, and what the messages they refer to are called on the platform. at: when the lease began."""

    parcels: list[Parcel]
    ids: dict[str, MessageId]
    at: datetime


class Delivery:
    """Carries parcels to the channels of this process."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: Clock,
        pacer: Pacer,
        owner: str,
        changed: Callable[[str], None],
        interrupted: Iterable[str] = (),
    ) -> None:
        """interrupted: keys of parcels that were being sent when our predecessor was killed: they may have arrived."""
        self._store, self._channels, self._clock, self._pacer, self._owner, self._changed = store, channels, clock, pacer, owner, changed
        self._recalls = {name: channel for name, channel in channels.items() if isinstance(channel, Recalls)}
        self._interrupted = set(interrupted)
        self._at_work: set[str] = set()
        self._again: set[str] = set()
        self.sent = 0
        self.failed = 0
        self.refused: dict[str, str] = {}  # channels that do not accept our token now, with the cure

    def begin(self, lane: str) -> bool:
        """This process sends in that lane from now on, until `deliver` or `end`; False when it does already, and will look again."""
        if lane in self._at_work:
            self._again.add(lane)
            return False
        self._at_work.add(lane)
        return True

    def end(self, lane: str) -> None:
        """What was begun came to nothing."""
        self._at_work.discard(lane)

    async def lease(self, tx: Transaction, lane: str, now: datetime) -> Leased:
        """The due parcels of a lane and the right to send them, inside a transaction of the caller's."""
        found = await tx.lease(lane, self._owner, now, now + LEASE, AT_ONCE)
        named = {key: await tx.parcel(key) for key in {k for p in found for k in (p.thread, p.edits) if k}}
        return Leased(found, {key: card.sent_as for key, card in named.items() if card and card.sent_as}, now)

    async def deliver(self, lane: str, leased: Leased | None = None) -> None:
        """Send what is due in a lane until nothing is. Called twice at once, the second call lets the first go on.

        leased: parcels that the caller has leased in a transaction of its own, after `begin`.
        """
        if leased is None and not self.begin(lane):
            return
        try:
            while True:
                self._again.discard(lane)
                if not await self._some(lane, leased) and lane not in self._again:
                    return
                leased = None
        except StoreError as fault:
            log.warning("lane waits for the database", extra={"lane": lane, "error": type(fault).__name__})
        finally:
            self._at_work.discard(lane)

    async def _some(self, lane: str, leased: Leased | None) -> bool:
        """The due parcels of the lane, one by one; True when there may be more."""
        waited = leased is None
        if leased is None:
            now = self._clock.now()
            leased = await self._store.run(lambda tx: self.lease(tx, lane, now))
        for n, parcel in enumerate(leased.parcels):
            last = n + 1 == len(leased.parcels)
            if self._clock.now() > leased.at + LEASE / 2 or not await self._one(parcel, leased.ids, last=last, waited=waited):
                await self._free(lane)
                return False
        return len(leased.parcels) >= AT_ONCE  # whatever was posted meanwhile has called `deliver`

    async def _one(self, parcel: Parcel, ids: dict[str, MessageId], *, last: bool, waited: bool) -> bool:
        """One parcel; True when it is done with, whatever came of it.

        ids: what the messages it refers to are called on the platform. waited: it was not owed a moment ago, so much may have happened.
        """
        channel = self._channels.get(channel_of(parcel.to))
        if channel is None or not channel.is_ready():
            pause = timedelta(seconds=5) if channel else timedelta(minutes=1)  # not connected now, or switched off
            await self._wait(parcel, "", counts=False, until=self._clock.now() + pause)
            return False
        try:
            at = self._pacer.reserve(parcel.to, self._clock.now(), edit=bool(parcel.edits), key=parcel.key)
            wait = (at - self._clock.now()).total_seconds()
            if wait > MAX_PAUSE_S:
                self._pacer.hold(parcel.key, at)
                await self._wait(parcel, "", counts=False, until=at)
                return False
            if wait > 0:
                await asyncio.sleep(wait)
            if parcel.fresh and (waited or wait > 0) and await self._is_stale(parcel):
                return await self._leave(parcel.lane, last)
            has_files = isinstance(parcel.body, Outbound) and bool(parcel.body.attachments)
            sent_as = await asyncio.wait_for(self._call(channel, parcel, ids), FILE_LIMIT_S if has_files else CALL_LIMIT_S)
        except StoreError:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever an adapter raises may cost its own message only, never the lane
            return await self._failed(parcel, fault) and await self._leave(parcel.lane, last)
        if sent_as is not None:
            ids[parcel.key] = sent_as
        await self._done(parcel, sent_as, last=last)
        return True

    async def _leave(self, lane: str, last: bool) -> bool:
        """A parcel that is done with without having been sent: the lane is given back with its last one. Always True."""
        if last:
            await self._free(lane)
        return True

    async def _is_stale(self, parcel: Parcel) -> bool:
        """An offer that had to wait: once a human has written, or the ticket has left tier 1, the bot is silent."""

        async def look(tx: Transaction) -> bool:
            ticket = await tx.ticket(parcel.ticket)
            if ticket is None or (ticket.is_open and not ticket.is_with_humans):
                return False
            await tx.not_sent(parcel.key, "withdrawn", self._clock.now(), "")
            return True

        return await self._store.run(look)

    async def _call(self, channel: Channel, parcel: Parcel, ids: Mapping[str, MessageId]) -> MessageId | None:
        body = parcel.body
        if isinstance(body, Home):
            if isinstance(channel, Homes):
                await channel.publish(PersonId(parcel.to), body)
        elif isinstance(body, Reaction):
            if isinstance(channel, Reacts):
                await channel.react(body)
        elif body.only_for and not body.ask and isinstance(channel, Answers):
            await channel.answer(parcel.to, body)
        elif parcel.edits:
            if parcel.edits not in ids and body.card:
                raise ThreadGone("it was never sent")
            if parcel.edits in ids and isinstance(channel, Edits):
                await channel.edit(ids[parcel.edits], body)
        else:
            if parcel.thread and parcel.thread not in ids:
                raise ThreadGone("its card was never sent")
            return await self._send(channel, parcel, body, ids.get(parcel.thread))
        return None

    async def _send(self, channel: Channel, parcel: Parcel, body: Outbound, thread: MessageId | None) -> MessageId:
        """Send it, unless it arrived before the crash and can be found."""
        knowing = self._recalls.get(channel.name)
        if knowing is None:
            return await channel.send(parcel.to, body, thread)
        if parcel.key in self._interrupted:
            found = await knowing.recall(parcel.to, thread, parcel.key)
            self._interrupted.discard(parcel.key)
            if found is not None:
                return found
        return await knowing.send(parcel.to, body, thread, parcel.key)

    # ---- afterwards
    async def _done(self, parcel: Parcel, sent_as: MessageId | None, *, last: bool) -> None:
        now = self._clock.now()
        channel = self._channels[channel_of(parcel.to)]

        async def mark(tx: Transaction) -> None:
            await tx.sent(parcel.key, sent_as, now)
            if (sent_as is not None and parcel.ticket) or (sent_as is not None and isinstance(parcel.body, Outbound) and parcel.body.ask):
                await self._link(tx, channel, parcel, sent_as)
            if parcel.message:
                await _mark_message(tx, parcel, now)
            if last:
                await tx.free(parcel.lane)

        await self._store.run(mark)
        self.sent += 1
        if self.refused:
            self.refused.pop(channel_of(parcel.to), None)
        self._changed(parcel.ticket or parcel.to)
        if parcel.ticket and parcel.ticket != parcel.to:
            self._changed(parcel.to)

    async def _link(self, tx: Transaction, channel: Channel, parcel: Parcel, sent_as: MessageId) -> None:
        """Whatever people do with this message is about its ticket."""
        asked = await tx.linked(f"parcel:{parcel.key}") if isinstance(parcel.body, Outbound) and parcel.body.ask else None
        is_card = isinstance(parcel.body, Outbound) and bool(parcel.body.card)
        await tx.link(sent_as, asked or Link(parcel.ticket, "card" if is_card else "message"))
        thread = channel.thread_of(sent_as) if is_card else None
        if thread is not None:
            await tx.link(thread, Link(parcel.ticket, "thread"))

    async def _failed(self, parcel: Parcel, fault: Exception) -> bool:
        """True when the lane may go on."""
        now = self._clock.now()
        known = {"ticket": parcel.ticket, "channel": channel_of(parcel.to), "attempts": parcel.attempts + 1, "error": type(fault).__name__}
        if isinstance(fault, RateLimited):
            until = now + timedelta(seconds=min(max(fault.retry_after_s, 0.5), 3600.0))
            key = self._pacer.stop(parcel.to, until)
            await self._wait(parcel, "", counts=False, until=until, note=(f"rate:{key}", until.isoformat()))
            log.info("asked to wait", extra=known)
            return False
        if isinstance(fault, ThreadGone) and parcel.ticket and parcel.attempts + 1 < MAX_ATTEMPTS and await self._make_again(parcel):
            log.info("thread is made again", extra=known)
            return False
        if isinstance(fault, DeliveryRefused | ThreadGone) or parcel.attempts + 1 >= MAX_ATTEMPTS:
            reason = fault.reason if isinstance(fault, DeliveryRefused) else "gone" if isinstance(fault, ThreadGone) else "unreachable"
            await self._give_up(parcel, reason)
            log.warning("not delivered", extra={**known, "reason": reason})
            return True
        counts = not isinstance(fault, Unauthorized)
        if not counts and self.refused.get(known_as := channel_of(parcel.to)) != str(fault):
            self.refused[known_as] = str(fault)
            log.error("a channel refuses our token", extra={"channel": known_as, "cure": str(fault)})
        if not isinstance(fault, DeliveryError | TimeoutError):
            log.error("a channel raised what it must not", extra=known, exc_info=fault)
        await self._wait(parcel, type(fault).__name__, counts=counts, until=now + (back_off(parcel.attempts) if counts else timedelta(seconds=30)))
        log.info("delivery is tried again" if not isinstance(fault, DeliveryUnknown) else "delivery unknown, tried again", extra=known)
        return False

    async def _wait(self, parcel: Parcel, error: str, *, counts: bool, until: datetime | None = None, note: tuple[str, str] | None = None) -> None:
        due = until or self._clock.now() + timedelta(seconds=2)

        async def put_off(tx: Transaction) -> None:
            await tx.not_sent(parcel.key, "waiting", due, error if counts else "")
            await tx.free(parcel.lane)
            if note:
                await tx.note(*note)

        await self._store.run(put_off)

    async def _give_up(self, parcel: Parcel, reason: str) -> None:
        now = self._clock.now()

        async def fail(tx: Transaction) -> None:
            await tx.not_sent(parcel.key, "failed", now, reason)
            if parcel.ticket:
                ticket = await tx.ticket(parcel.ticket)
                if ticket is not None:
                    what = Undelivered(parcel.key, parcel.ticket, reason)
                    await tx.keep(Inbound(f"undelivered:{parcel.key}:{now.isoformat()}", "desk", ticket.conversation, BOT, now, what), now)
            elif isinstance(parcel.body, Outbound) and parcel.body.only_for and reason in ("blocked", "forbidden") and not parcel.key.endswith(ALOUD):
                await self._ask_to_write_first(tx, parcel, parcel.body.only_for, now)

        await self._store.run(fail)
        self.failed += 1
        self._changed(parcel.ticket or parcel.to)

    async def _ask_to_write_first(self, tx: Transaction, parcel: Parcel, person: PersonId, now: datetime) -> None:
        """What only one person may see found no private way to them: said aloud is only that they should open one."""
        known = await tx.person(person)
        t = tongue(known.language or "en") if known else tongue("en")
        line = t.say("{name}, please write to me in private first: what you asked for is for your eyes only.", name=known.name if known else "")
        body = Outbound((Say(line.removeprefix(", ")),))
        await tx.post(Parcel(f"{parcel.key}{ALOUD}", parcel.lane, parcel.to, body, now))
        self._again.add(parcel.lane)

    async def _make_again(self, parcel: Parcel) -> bool:
        """The card's thread was deleted on the platform, or the card could never be sent: the card and all that was in its thread, once more.

        At once the first time; a card that is refused, or lost time and again, waits longer and longer. Found by words in its thread, it is
        drawn anew afterwards, because what is sent again is how it looked first; found by an edit, that edit is how it looks now.
        """
        card_key, now = parcel.thread or parcel.edits, self._clock.now()

        async def again(tx: Transaction) -> bool:
            card = await tx.parcel(card_key)
            if card is None or not isinstance(card.body, Outbound) or not card.body.card:
                return False
            due = now if card.state == "sent" and parcel.attempts == 0 else now + back_off(parcel.attempts)
            body = parcel.body if parcel.edits and isinstance(parcel.body, Outbound) else card.body
            await tx.repeat_thread(card_key, replace(body, card=card.body.card), due)
            await tx.not_sent(parcel.key, "withdrawn" if parcel.edits else "waiting", due, "ThreadGone")
            await tx.free(parcel.lane)
            ticket = await tx.ticket(parcel.ticket)
            if ticket is not None and not parcel.edits:
                redraw = TimerFired("card", parcel.ticket, now)
                await tx.keep(Inbound(f"redraw:{parcel.key}:{now.isoformat()}", "desk", ticket.conversation, BOT, now, redraw), now)
            return True

        done = await self._store.run(again)
        if done:
            self._again.add(parcel.lane)
        return done

    async def _free(self, lane: str) -> None:
        async def free(tx: Transaction) -> None:
            await tx.free(lane)

        await self._store.run(free)


async def _mark_message(tx: Transaction, parcel: Parcel, now: datetime) -> None:
    """The ticket's message is out; a team that could have taken it back is told so."""
    if not await tx.arrived(parcel.message) or not parcel.key.startswith("reply:"):
        return
    ticket = await tx.ticket(parcel.ticket)
    if ticket is not None and await tx.linked(f"hold:{parcel.ticket}:{parcel.message}"):
        what = Delivered(parcel.message, parcel.ticket)
        await tx.keep(Inbound(f"delivered:{parcel.key}", "desk", ticket.conversation, BOT, now, what), now)
