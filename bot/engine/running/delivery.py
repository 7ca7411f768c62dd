"""Sends what the outbox holds: each lane in order, under its lease, paced; retries, or gives up aloud."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain import mirror
from bot.domain.departments import CHANNEL as DESKS
from bot.domain.departments import LETTER, marked
from bot.domain.ids import ConversationId, MessageId, PersonId, channel_of
from bot.domain.messages import Delivered, Home, Inbound, Outbound, Pace, Patience, Reaction, Say, TimerFired, Undelivered
from bot.domain.people import BOT
from bot.domain.rates import LATE, Slot, place_of
from bot.domain.webhooks import BEGINS
from bot.engine import replies
from bot.engine.running.one_by_one import OneByOne
from bot.engine.running.pacing import Pacing
from bot.engine.running.process import Process
from bot.engine.tongue import tongue
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, NotAccepted, RateLimited, StoreError, ThreadGone, Unauthorized
from bot.ports import Answers, Channel, Clock, Deletes, Edits, Homes, Link, Parcel, Posts, Reacts, Recalls, Store, Transaction

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # twice what the longest call may take, so that nobody else sends what is being sent
CALL_LIMIT_S = 25.0  # seconds for one call to a platform
FILE_LIMIT_S = 290.0  # seconds for a call that carries a file: 50 MB on a slow line
SHUT = ("blocked", "not_started", "forbidden")  # why nothing reaches somebody in private
OWN_CHANNELS = frozenset({DESKS, "web", "api", "webhook"})  # of each department: what is pressed there comes to it anyway
ALOUD = "/aloud"  # ends the key of what is said in public instead
AT_ONCE = 20  # parcels of a lane under one lease
USUAL = Patience()
HEARD = ("notice:", LETTER, BEGINS, mirror.BEGINS)  # begin the keys of parcels about no ticket of which the core wants to know that they were given up
ABSENT = timedelta(minutes=20)  # between looks at what is owed to a channel that this desk has not: thousands of such lanes cost next to nothing
MAX_RARE_BACK_OFF_S = 300.0  # where each try may be another copy, or makes a card anew


def back_off(attempts: int, most_s: float = USUAL.most_s) -> timedelta:
    """1, 2, 4 … most_s seconds, spread by a quarter so that lanes do not come back together."""
    return timedelta(seconds=min(most_s, 2.0 ** min(attempts, 12)) * random.uniform(0.75, 1.25))


@dataclass(frozen=True, slots=True)
class Leased:
    """Parcels to send now, and what the messages they refer to are called on the platform.

    at: when the lease began. slots: of parcels, by key, that have one already.
    """

    parcels: list[Parcel]
    ids: dict[str, MessageId]
    at: datetime
    slots: dict[str, Slot]


class Delivery:
    """Carries parcels to the channels of this process."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: Clock,
        pacer: Pacing,
        process: Process,
        changed: Callable[[str], None],
        department: str = "",
        name: str = "",
    ) -> None:
        """department: the key that whatever can be pressed bears, where several desks share the channels; name: what it is called."""
        self._department, self._name = department, name
        self._store, self._channels, self._clock, self._pacer, self._process, self._changed = store, channels, clock, pacer, process, changed
        self._recalls = {name: channel for name, channel in channels.items() if isinstance(channel, Recalls)}
        # What cannot be found again is sent one by one; a channel without any limit is none of a network, and loses nothing on the way.
        self._turns = {name: OneByOne() for name, channel in channels.items() if name not in self._recalls and channel.can.pace != Pace()}
        self._left: set[str] = set()
        self._at_work: set[str] = set()
        self._again: set[str] = set()
        self._arrived: dict[str, tuple[datetime, MessageId | None]] = {}  # key of a parcel -> when it went out and as what, until that is noted
        self.sent = 0
        self.failed = 0
        self.asked_to_wait = 0  # times that a platform said so
        self._stopped: dict[str, datetime] = {}  # place -> until when, as this process was asked
        self.refused: dict[str, str] = {}  # channels that do not accept our token now, with the cure

    def begin(self, lane: str) -> bool:
        """This process sends in that lane from now on, until `deliver` or `end`; False when it does already, and will look again."""
        if lane in self._at_work:
            self._again.add(lane)
            return False
        self._at_work.add(lane)
        return True

    def end(self, lane: str, *, unsure: bool = False) -> None:
        """What was begun came to nothing. unsure: nobody knows whether the transaction that leased the lane was committed."""
        self._at_work.discard(lane)
        if unsure:
            self._left.add(lane)

    def stopped(self, now: datetime) -> int:
        """How many places this process was asked to leave alone and still must."""
        self._stopped = {place: until for place, until in self._stopped.items() if until > now}
        return len(self._stopped)

    def left(self) -> list[str]:
        """Lanes whose lease may still be ours although nobody sends in them: the database was away when they should have been given back."""
        left, self._left = sorted(self._left), set()
        return left

    async def lease(self, tx: Transaction, lane: str, now: datetime) -> Leased:
        """The due parcels of a lane and the right to send them, inside a transaction of the caller's; none when the first must wait long for its slot."""
        found = await tx.lease(lane, self._process.owner, now, now + LEASE, AT_ONCE)
        slots = await self._ahead(tx, found[0]) if found else {}
        if any(not slot.taken for slot in slots.values()):
            await tx.not_sent(found[0].key, "waiting", slots[found[0].key].at, "")
            await tx.free(lane, self._process.owner)
            return Leased([], {}, now, {})
        named = {key: await tx.parcel(key) for key in {k for p in found for k in (p.thread, p.edits) if k}}
        return Leased(found, {key: card.sent_as for key, card in named.items() if card and card.sent_as}, now, slots)

    async def _ahead(self, tx: Transaction, parcel: Parcel) -> dict[str, Slot]:
        """The slot of the parcel that comes next, taken in a transaction that is committed anyway."""
        channel = self._channels.get(channel_of(parcel.to))
        if channel is None or not channel.is_ready():
            return {}
        slot = await self._pacer.ahead(tx, parcel.to, self._clock.now(), edit=bool(parcel.edits))
        return {parcel.key: slot} if slot else {}

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
            self._left.add(lane)
        finally:
            self._at_work.discard(lane)

    async def _some(self, lane: str, leased: Leased | None) -> bool:
        """The due parcels of the lane, one by one; True when there may be more."""
        waited = leased is None
        if leased is None:
            now = self._clock.now()
            if not self._is_still_ours(lane, now):
                return False
            leased = await self._store.run(lambda tx: self.lease(tx, lane, now))
        for n, parcel in enumerate(leased.parcels):
            following = leased.parcels[n + 1] if n + 1 < len(leased.parcels) else None
            if not self._is_still_ours(lane, leased.at):
                return False
            if self._clock.now() > leased.at + LEASE / 2:
                await self._free(lane)
                return False
            if not await self._one(parcel, leased, following, waited=waited):
                return False  # the lane was given back with it: once more would take it from whoever has it now
        return len(leased.parcels) >= AT_ONCE  # whatever was posted meanwhile has called `deliver`

    def _is_still_ours(self, lane: str, since: datetime) -> bool:
        """False when somebody else may have taken the lane over since then. If nobody has, the next sweep goes on with it."""
        if self._process.is_alive(since):
            return True
        self._left.add(lane)
        return False

    async def _one(self, parcel: Parcel, leased: Leased, following: Parcel | None, *, waited: bool) -> bool:
        """One parcel; True when it is done with, whatever came of it. waited: it was not owed a moment ago, so much may have happened."""
        channel = self._channels.get(channel_of(parcel.to))
        if channel is None or not channel.is_ready():
            pause = timedelta(seconds=5) if channel else ABSENT * random.uniform(0.75, 1.25)  # not connected now, or no channel of this desk
            await self._wait(parcel, "", counts=False, until=self._clock.now() + pause)
            return False
        wait = await self._wait_for_slot(parcel, leased)
        if wait is None:
            return False
        async with self._turn(channel, parcel) as queued:
            if queued and not await self._may_still_go(parcel, leased):
                return False
            return await self._now(channel, parcel, leased, following, waited=waited or wait > 0 or queued)

    @contextlib.asynccontextmanager
    async def _turn(self, channel: Channel, parcel: Parcel) -> AsyncIterator[bool]:
        """A new message waits for its turn where it could not be found again; gives whether it had to."""
        is_new = isinstance(parcel.body, Outbound) and not parcel.edits
        turns = self._turns.get(channel.name) if is_new else None
        if turns is None:
            yield False
            return
        async with turns.turn() as queued:
            yield queued

    async def _now(self, channel: Channel, parcel: Parcel, leased: Leased, following: Parcel | None, *, waited: bool) -> bool:
        """It is its turn; True when it is done with, whatever came of it."""
        try:
            if parcel.key in self._arrived:  # the database was away when that was to be noted
                sent_as = self._arrived[parcel.key][1]
            else:
                if parcel.fresh and waited and await self._is_stale(parcel):
                    return await self._leave(parcel.lane, following is None)
                has_files = isinstance(parcel.body, Outbound) and bool(parcel.body.attachments)
                sent_as = await asyncio.wait_for(self._call(channel, parcel, leased.ids), FILE_LIMIT_S if has_files else CALL_LIMIT_S)
        except StoreError:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever an adapter raises may cost its own message only, never the lane
            return await self._failed(parcel, fault) and await self._leave(parcel.lane, following is None)
        if sent_as is not None:
            leased.ids[parcel.key] = sent_as
        self._remember(parcel.key, sent_as)
        leased.slots.update(await self._done(parcel, sent_as, following))
        self._arrived.pop(parcel.key, None)
        return True

    def _remember(self, key: str, sent_as: MessageId | None) -> None:
        """Until it is noted that this went out; for no longer than others would leave it to us."""
        now = self._clock.now()
        self._arrived = {known: (at, name) for known, (at, name) in self._arrived.items() if now - at < LEASE}
        self._arrived.setdefault(key, (now, sent_as))

    async def _wait_for_slot(self, parcel: Parcel, leased: Leased) -> float | None:
        """Until the parcel may go out: the seconds that took. None when it must come back later, or is no longer ours to send."""
        slot = leased.slots.pop(parcel.key, None)
        if slot is None or slot.at < self._clock.now() - LATE:
            slot = await self._pacer.reserve(parcel.to, self._clock.now(), edit=bool(parcel.edits))
        if not slot.taken:
            await self._wait(parcel, "", counts=False, until=slot.at)
            return None
        wait = (slot.at - self._clock.now()).total_seconds()
        if wait <= 0:
            return 0.0
        await asyncio.sleep(wait)
        return wait if await self._may_still_go(parcel, leased) else None

    async def _may_still_go(self, parcel: Parcel, leased: Leased) -> bool:
        """After a wait: is it still ours to send, and does its place take messages? If not, it was put off or left to others."""
        now = self._clock.now()
        if not self._is_still_ours(parcel.lane, leased.at):
            return False
        if now > leased.at + LEASE / 2:
            await self._free(parcel.lane)
            return False
        until = await self._pacer.stopped(parcel.to, now)
        if until > self._clock.now():
            await self._wait(parcel, "", counts=False, until=until)
            return False
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
        body = marked(parcel.body, self._department, self._name) if channel_of(parcel.to) not in OWN_CHANNELS else parcel.body
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
            if parcel.edits in ids and not (body.gone and await _taken_away(channel, ids[parcel.edits])) and isinstance(channel, Edits):
                await channel.edit(ids[parcel.edits], body)
        else:
            if parcel.thread and parcel.thread not in ids:
                raise ThreadGone("its card was never sent")
            return await self._send(channel, parcel, body, ids.get(parcel.thread))
        return None

    async def _send(self, channel: Channel, parcel: Parcel, body: Outbound, thread: MessageId | None) -> MessageId:
        """Send it, unless it arrived before the crash and can be found."""
        if isinstance(channel, Posts):
            return await channel.post(parcel.to, body, parcel.key, parcel.ticket)
        knowing = self._recalls.get(channel.name)
        if knowing is None:
            return await channel.send(parcel.to, body, thread)
        if parcel.begun:
            found = await knowing.recall(parcel.to, thread, parcel.key)
            if found is not None:
                return found
        return await knowing.send(parcel.to, body, thread, parcel.key)

    # ---- afterwards
    async def _done(self, parcel: Parcel, sent_as: MessageId | None, following: Parcel | None) -> dict[str, Slot]:
        """It is marked as sent. Gives the slot of the one that follows, where it was taken in the same transaction."""
        now = self._clock.now()
        channel = self._channels[channel_of(parcel.to)]

        async def mark(tx: Transaction) -> dict[str, Slot]:
            await tx.sent(parcel.key, sent_as, now)
            if sent_as is not None and (parcel.ticket or _is_question(parcel)):
                await self._link(tx, channel, parcel, sent_as)
            if parcel.message:
                await _mark_message(tx, parcel, now)
            if mirror.is_creation(parcel.key):
                await _answered(tx, parcel, now)
            if following is not None:
                return await self._ahead(tx, following)
            await tx.free(parcel.lane, self._process.owner)
            return {}

        slots = await self._store.run(mark)
        self.sent += 1
        if self.refused:
            self.refused.pop(channel_of(parcel.to), None)
        self._changed(parcel.ticket or parcel.to)
        if parcel.ticket and parcel.ticket != parcel.to:
            self._changed(parcel.to)
        return slots

    async def _link(self, tx: Transaction, channel: Channel, parcel: Parcel, sent_as: MessageId) -> None:
        """Whatever people do with this message is about its ticket."""
        asked = await tx.linked(f"parcel:{parcel.key}") if _is_question(parcel) else None
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
            self.asked_to_wait += 1
            self._stopped[place_of(parcel.to)] = until
            await self._wait(parcel, "", counts=False, until=until, stop=True)
            log.info("asked to wait", extra=known)
            return False
        patience = self._channels[channel_of(parcel.to)].can.patience
        is_last = parcel.attempts + 1 >= patience.attempts
        if isinstance(fault, ThreadGone) and parcel.ticket and not is_last and await self._make_again(parcel):
            log.info("thread is made again", extra=known)
            return False
        if isinstance(fault, DeliveryRefused | ThreadGone) or is_last:
            reason = fault.reason if isinstance(fault, DeliveryRefused) else "gone" if isinstance(fault, ThreadGone) else _why(fault, "unreachable")
            await self._give_up(parcel, reason)
            log.warning("not delivered", extra={**known, "reason": reason})
            return True
        counts = not isinstance(fault, Unauthorized)
        if not counts and self.refused.get(known_as := channel_of(parcel.to)) != str(fault):
            self.refused[known_as] = str(fault)
            log.error("a channel refuses our token", extra={"channel": known_as, "cure": str(fault)})
        if not isinstance(fault, DeliveryError | TimeoutError):
            log.error("a channel raised what it must not", extra=known, exc_info=fault)
        unsure = isinstance(fault, DeliveryUnknown | TimeoutError)
        most_s = max(MAX_RARE_BACK_OFF_S, patience.most_s) if unsure and channel_of(parcel.to) not in self._recalls else patience.most_s
        until = now + (back_off(parcel.attempts, most_s) if counts else timedelta(seconds=30))
        await self._wait(parcel, _why(fault, type(fault).__name__), counts=counts, until=until, unsure=unsure)
        log.info("delivery is tried again" if not isinstance(fault, DeliveryUnknown) else "delivery unknown, tried again", extra=known)
        return False

    async def _wait(self, parcel: Parcel, error: str, *, counts: bool, until: datetime, stop: bool = False, unsure: bool = False) -> None:
        """The lane is given back until then. stop: the platform asked for that."""

        async def put_off(tx: Transaction) -> None:
            if stop:
                await self._pacer.stop(parcel.to, until, tx)
            await tx.not_sent(parcel.key, "waiting", until, error if counts else "")
            if unsure:
                await tx.unsure(parcel.key)
            await tx.free(parcel.lane, self._process.owner)

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
            elif parcel.key.startswith(HEARD):
                notice = Undelivered(parcel.key, "", reason)
                await tx.keep(Inbound(f"undelivered:{parcel.key}:{now.isoformat()}", "desk", ConversationId(parcel.to), BOT, now, notice), now)
            elif isinstance(parcel.body, Outbound) and parcel.body.only_for and reason in SHUT and not parcel.key.endswith(ALOUD):
                await self._ask_to_write_first(tx, parcel, parcel.body.only_for, now)

        await self._store.run(fail)
        self.failed += 1
        self._changed(parcel.ticket or parcel.to)

    async def _ask_to_write_first(self, tx: Transaction, parcel: Parcel, person: PersonId, now: datetime) -> None:
        """What only one person may see found no private way to them: said aloud is only that they should open one."""
        known = await tx.person(person)
        t = tongue(known.language or "en") if known else tongue("en")
        body = Outbound((Say(replies.write_first(t, known.name if known else "")),))
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
            due = now if card.state == "sent" and parcel.attempts == 0 else now + back_off(parcel.attempts, MAX_RARE_BACK_OFF_S)
            body = parcel.body if parcel.edits and isinstance(parcel.body, Outbound) else card.body
            await tx.repeat_thread(card_key, replace(body, card=card.body.card), due)
            await tx.not_sent(parcel.key, "withdrawn" if parcel.edits else "waiting", due, "ThreadGone")
            await tx.free(parcel.lane, self._process.owner)
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
            await tx.free(lane, self._process.owner)

        await self._store.run(free)


def _why(fault: Exception, otherwise: str) -> str:
    """What is noted of a try that failed: what was answered, where something was."""
    return fault.answer if isinstance(fault, NotAccepted) else otherwise


def _is_question(parcel: Parcel) -> bool:
    """Is a reply to it awaited?"""
    return isinstance(parcel.body, Outbound) and (bool(parcel.body.ask) or parcel.body.awaits)


async def _taken_away(channel: Channel, message: MessageId) -> bool:
    """False where the channel cannot, or the platform does not let it."""
    if not isinstance(channel, Deletes):
        return False
    try:
        await channel.take_away(message)
    except DeliveryRefused:
        return False
    return True


async def _answered(tx: Transaction, parcel: Parcel, now: datetime) -> None:
    """The tool that tickets are mirrored to has this one: its ticket learns what it is called there."""
    ticket = await tx.ticket(mirror.number_in(parcel.key))
    if ticket is not None:
        await tx.keep(Inbound(f"mirrored:{parcel.key}", "desk", ticket.conversation, BOT, now, TimerFired("mirrored", ticket.id, now)), now)


async def _mark_message(tx: Transaction, parcel: Parcel, now: datetime) -> None:
    """The ticket's message is out; a team that could have taken it back is told so."""
    if not await tx.arrived(parcel.message) or not parcel.key.startswith("reply:"):
        return
    ticket = await tx.ticket(parcel.ticket)
    if ticket is not None and await tx.linked(f"hold:{parcel.ticket}:{parcel.message}"):
        what = Delivered(parcel.message, parcel.ticket)
        await tx.keep(Inbound(f"delivered:{parcel.key}", "desk", ticket.conversation, BOT, now, what), now)
