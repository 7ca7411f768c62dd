"""The same ports over dicts, for tests: nothing survives the process."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, TypeVar

from bot.domain.events import Event
from bot.domain.ids import MessageId, PersonId, TicketId
from bot.domain.messages import Attachment, Inbound, Outbound
from bot.domain.outcomes import Outcome
from bot.domain.people import Person
from bot.domain.rates import Rate
from bot.domain.tickets import Ticket, TicketMessage
from bot.errors import StaleTicket, StoreError
from bot.ports.store import CLOSED, Body, Link, Parcel, Trace, Transaction, Unit, Waiting
from bot.ports.world import EntryVersion, Recorded, TicketQuery
from bot.store import codec
from bot.store.files import capped
from bot.store.knowledge import merged
from bot.store.learning import ENTRY
from bot.store.memory_answered import MemoryAnswered
from bot.store.memory_assets import MemoryAssets
from bot.store.memory_contacts import MemoryContacts
from bot.store.memory_counting import MemoryCounting
from bot.store.memory_drafts import MemoryDrafts
from bot.store.memory_learning import MemoryLearning
from bot.store.memory_waits import MemoryWaits
from bot.store.outcomes import JUDGED
from bot.store.screen import Written
from bot.store.shelves import Kept, MemoryReader, Owed, Shelves
from kb.entries import Entry

T = TypeVar("T")


class MemoryStore(MemoryReader):
    """Store, Notebook and Files. A unit works on a copy of the dicts; what it leaves takes their place."""

    def __init__(self) -> None:
        super().__init__()
        self._one_at_a_time = asyncio.Lock()
        self._running: asyncio.Task[object] | None = None
        self._closed = False

    async def run(self, unit: Unit[T]) -> T:
        """Run a unit of work and return when its effects are there for all."""
        if self._running is not None and self._running is asyncio.current_task():
            raise RuntimeError("a unit of work cannot wait for another one")
        async with self._one_at_a_time:
            if self._closed:
                raise StoreError("the store is closed")
            shelves = self._shelves.copy()
            self._running = asyncio.current_task()
            try:
                result = await unit(MemoryTransaction(shelves))
            finally:
                self._running = None
            self._shelves = shelves
            return result

    async def note(self, key: str, value: str) -> None:
        """Keep; an empty value removes it."""

        async def unit(tx: Transaction) -> None:
            await tx.note(key, value)

        await self.run(unit)

    async def keep_file(self, attachment: Attachment, content: bytes) -> None:
        """Keep under attachment.source. Raises DeliveryRefused("too_large")."""
        kept = capped(attachment, content)
        self._shelves.files[kept.source] = (kept, content)

    async def close(self) -> None:
        """Accept nothing more."""
        self._closed = True


class MemoryTransaction(MemoryLearning, MemoryDrafts, MemoryAnswered, MemoryContacts, MemoryAssets, MemoryCounting, MemoryWaits):
    """One unit of work over a copy of the dicts."""

    def __init__(self, shelves: Shelves) -> None:
        self._s = shelves

    @property
    def shelf(self) -> Shelves:
        """The dicts as this unit has them."""
        return self._s

    # ---- who does what
    async def take(self, lane: str, wait: bool = True) -> bool:
        """Have the lane to this unit: always so, one unit runs after the other."""
        return True

    async def hold(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Be the only one who holds that name, until then; False when somebody else does. Holding it already, it is held longer.

        Whatever is held for more than twice as long from now was written before the clock was put back: it ends when this does.
        """
        far = until + (until - now)
        self._s.holders.update({other: (by, until) for other, (by, ends) in self._s.holders.items() if ends > far})
        holder, ends = self._s.holders.get(name, (owner, until))
        if holder != owner and ends > now:
            return False
        self._s.holders[name] = (owner, until)
        return True

    async def let_go(self, name: str, owner: str) -> None:
        """Hold it no longer; nothing happens when it is somebody else's."""
        if self._s.holders.get(name, ("",))[0] == owner:
            del self._s.holders[name]

    # ---- rates
    async def hold_rates(self, names: Sequence[str], now: datetime, wait: bool) -> tuple[dict[str, Rate], datetime] | None:
        """What is used up under these names, and the time: the caller's."""
        return {name: self._s.rates.get(name, Rate()) for name in names}, now

    async def rate(self, name: str, now: datetime) -> tuple[Rate, datetime]:
        """As it stands, and the time."""
        return self._s.rates.get(name, Rate()), now

    async def save_rate(self, name: str, rate: Rate) -> None:
        """What is used up from now on."""
        self._s.rates[name] = rate

    # ---- forgetting
    async def forget(self, trace: Trace, ids: Sequence[int]) -> int:
        """Remove those of them that are over; how many went."""
        if trace == "event":
            gone = [id_ for id_ in ids if id_ in self._s.inbox and self._s.inbox[id_].state == "done"]
            for id_ in gone:
                del self._s.inbox[id_]
            self._s.keys = {key: id_ for key, id_ in self._s.keys.items() if id_ in self._s.inbox}
            return len(gone)
        keys = [key for key, owed in self._s.outbox.items() if owed.id in ids and owed.parcel.state in ("sent", "withdrawn")]
        for key in keys:
            del self._s.outbox[key]
        return len(keys)

    async def forget_ended(self, before: datetime) -> int:
        """Remove holders and leases that ended before that, but no lease of a lane that owes something; how many went."""
        ended = [name for name, (_, until) in self._s.holders.items() if until < before]
        over = [lane for lane, (*_, until) in self._s.leases.items() if until < before and not self._s.owed(lane)]
        for name in ended:
            del self._s.holders[name]
        for lane in over:
            del self._s.leases[lane]
        return len(ended) + len(over)

    # ---- inbox
    async def keep(self, event: Inbound, due: datetime) -> bool:
        """Store an event (or a timer, due later). False when its key, or its `also` key, is there already."""
        event = codec.cleaned(event)
        keys = [(event.channel, "key", event.key)] + ([(event.channel, "also", event.also)] if event.also else [])
        if any(key in self._s.keys for key in keys):
            return False
        id_ = self._s.newest_event + 1
        self._s.keys.update(dict.fromkeys(keys, id_))
        self._s.inbox[id_] = Kept(event, due)
        return True

    async def waiting(self, lane: str, now: datetime, limit: int = 20) -> list[Waiting]:
        """Due events of a lane in the order in which they were kept; none beyond one that waits for another try."""
        return self._s.waiting(lane, now)[:limit]

    async def finish(self, event: int, now: datetime) -> None:
        """The event is handled."""
        self._s.inbox[event] = replace(self._s.inbox[event], state="done", done_at=now)

    async def retry_later(self, event: int, due: datetime, error: str) -> None:
        """Its handler failed: once more at `due`. Without an error it is given a new start: its failures, and being parked, are forgotten."""
        kept = self._s.inbox[event]
        self._s.inbox[event] = replace(kept, state="waiting", due=due, attempts=kept.attempts + 1 if error else 0, error=error)

    async def park(self, event: int, error: str) -> None:
        """Given up: a dead letter. The lane goes on without it."""
        kept = self._s.inbox[event]
        self._s.inbox[event] = replace(kept, state="parked", attempts=kept.attempts + 1, error=error)

    # ---- outbox
    async def post(self, parcel: Parcel) -> None:
        """Owe it. A waiting edit of the same message is replaced by a newer one; a parcel posted twice is posted once."""
        if parcel.key in self._s.outbox:
            return
        if parcel.edits:
            for owed in list(self._s.outbox.values()):
                if owed.parcel.edits == parcel.edits and owed.parcel.state == "waiting":
                    self._change(owed, state="withdrawn")
        fresh = replace(parcel, body=codec.cleaned(parcel.body), state="waiting", sent_as=None, attempts=0, error="", begun=False)
        self._s.outbox[parcel.key] = Owed(self._s.newest_parcel + 1, fresh, self._s.newest_event)

    async def lease(self, lane: str, owner: str, now: datetime, until: datetime, limit: int = 20) -> list[Parcel]:
        """The due parcels of a lane in order, and the sole right to send them until `until`; none beyond one that is not due yet."""
        due = []
        for owed in self._s.owed(lane):
            if owed.parcel.due > now:
                break
            due.append(owed.parcel)
        if not due or (self._s.is_leased(lane, now) and self._s.leases[lane][0] != owner):
            return []
        before = self._s.leases.get(lane)
        self._s.leases[lane] = (owner, now, until)
        if before is not None and due[0].due <= before[1]:  # begun, and nobody said what became of it
            await self.unsure(due[0].key)
            due[0] = replace(due[0], begun=True)
        return due[:limit]

    async def unsure(self, key: str) -> None:
        """It may have arrived: mark it as begun."""
        if (owed := self._s.outbox.get(key)) is not None:
            self._change(owed, begun=True)

    async def free(self, lane: str, owner: str) -> None:
        """Give the lane back; nothing happens when it is somebody else's by now."""
        if self._s.leases.get(lane, ("",))[0] == owner:
            del self._s.leases[lane]

    async def sent(self, key: str, sent_as: MessageId | None, now: datetime) -> None:
        """The platform has it."""
        owed = self._s.outbox[key]
        self._s.outbox[key] = replace(
            owed,
            parcel=replace(owed.parcel, state="sent", sent_as=sent_as, error=""),
            heard=self._s.newest_event if owed.parcel.message else owed.heard,
            sent_at=now,
        )

    async def not_sent(self, key: str, state: Literal["waiting", "failed", "withdrawn"], due: datetime, error: str) -> None:
        """It did not go out. What is marked as sent stays so: a sender whose lease has ended is too late to say otherwise."""
        owed = self._s.outbox[key]
        if owed.parcel.state != "sent":
            self._change(owed, state=state, due=due, error=error, attempts=owed.parcel.attempts + (1 if error else 0))

    async def parcel(self, key: str) -> Parcel | None:
        """A parcel as it stands."""
        owed = self._s.outbox.get(key)
        return owed.parcel if owed else None

    async def newest_body(self, key: str) -> Body | None:
        """What a parcel shows now."""
        edits = (o.parcel.body for o in reversed(self._s.outbox.values()) if key and o.parcel.edits == key and o.parcel.state != "withdrawn")
        own = self._s.outbox.get(key)
        return next(edits, own.parcel.body if own else None)

    async def rewrite(self, key: str, body: Body) -> bool:
        """Change what a waiting parcel says; False when it no longer waits or is on its way."""
        owed = self._s.outbox.get(key)
        if owed is None or owed.parcel.state != "waiting" or self._s.is_on_its_way(owed.parcel):
            return False
        self._change(owed, body=codec.cleaned(body))
        return True

    async def withdraw(self, key: str) -> bool:
        """Take back every waiting parcel of that key and "key/…".

        False, and nothing is taken back, when none was waiting, or one was sent, is on its way or may have arrived: half a reply would be worse than
        the whole, and what somebody may have read is not taken back.
        """
        family = [o for o in self._s.outbox.values() if o.parcel.key == key or o.parcel.key.startswith(f"{key}/")]
        states = {"sent" if self._s.is_on_its_way(o.parcel) or (o.parcel.state == "waiting" and o.parcel.begun) else o.parcel.state for o in family}
        if "waiting" not in states or "sent" in states:
            return False
        for owed in family:
            if owed.parcel.state == "waiting":
                self._change(owed, state="withdrawn")
        return True

    async def repeat_thread(self, card: str, body: Outbound, now: datetime) -> None:
        """The card's thread is gone: the card (with this body) and all that was sent in its thread wait once more, in the old order."""
        if card in self._s.outbox:
            self._again(self._s.outbox[card], now, body=codec.cleaned(body))
        for owed in list(self._s.outbox.values()):
            said = owed.parcel.body
            in_thread = owed.parcel.thread == card and owed.parcel.state == "sent"
            if not in_thread or not isinstance(said, Outbound) or (said.only_for and not said.ask):
                continue
            self._again(owed, now)
            for edit in [o for o in self._s.outbox.values() if o.parcel.edits == owed.parcel.key and o.parcel.state == "sent"]:
                self._again(edit, now)

    async def came_back(self, key: str, error: str) -> None:
        """The platform had taken it and says now that it will not arrive: failed, as if it had been refused at once."""
        owed = self._s.outbox.get(key)
        if owed is not None and owed.parcel.state == "sent":
            self._change(owed, state="failed", error=error[:200])

    async def owe_again(self, place: str, now: datetime) -> list[str]:
        """The place takes messages again: what it refused, or what waits there for another try, is due now; changes of messages are withdrawn instead."""
        refused = [o for o in self._s.outbox.values() if o.parcel.to == place and o.parcel.state == "failed" and o.parcel.error in CLOSED]
        trying = [o for o in self._s.outbox.values() if o.parcel.to == place and o.parcel.state == "waiting" and o.parcel.attempts]
        for owed in (*refused, *trying):
            if owed.parcel.edits and owed.parcel.state == "failed":
                self._change(owed, state="withdrawn")
            else:
                self._again(owed, now)
        return sorted({owed.parcel.ticket for owed in refused if owed.parcel.ticket})

    def _again(self, owed: Owed, now: datetime, **changes: Any) -> None:
        self._change(owed, state="waiting", due=now, sent_as=None, attempts=0, error="", **changes)

    def _change(self, owed: Owed, **changes: Any) -> None:
        self._s.outbox[owed.parcel.key] = replace(owed, parcel=replace(owed.parcel, **changes))

    # ---- tickets
    async def label(self, number: str, labels: Collection[str]) -> None:
        """The ticket is found by these labels and by none that it had before."""
        self._s.labels[number] = tuple(sorted(labels))

    async def next_number(self, prefix: str) -> TicketId:
        """The next number of a prefix: never reused, without gaps among committed tickets."""
        self._s.counters[prefix] = self._s.counters.get(prefix, 0) + 1
        return TicketId(f"{prefix}-{self._s.counters[prefix]}")

    async def add_ticket(self, ticket: Ticket) -> None:
        """Store a new ticket."""
        assert ticket.id not in self._s.tickets, "numbers are never reused"
        self._s.tickets[ticket.id] = codec.cleaned(replace(ticket, changed_at=ticket.changed_at or ticket.opened_at))

    async def save_ticket(self, ticket: Ticket) -> Ticket:
        """Store it if it is still at `ticket.version`; gives it with the new version. Raises StaleTicket."""
        stored = self._s.tickets.get(ticket.id)
        if stored is None or stored.version != ticket.version:
            raise StaleTicket(ticket.id)
        saved = replace(ticket, version=ticket.version + 1)
        self._s.tickets[ticket.id] = codec.cleaned(replace(saved, changed_at=saved.changed_at or saved.opened_at))
        return saved

    async def ticket(self, number: str) -> Ticket | None:
        """The ticket, or None."""
        return self._s.tickets.get(number)

    async def latest_ticket(self, conversation: str) -> Ticket | None:
        """The newest ticket of a conversation."""
        return next((t for t in reversed(self._s.tickets.values()) if t.conversation == conversation), None)

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """Newest change first."""
        return self._s.tickets_for(query)

    async def add_message(self, message: TicketMessage) -> int:
        """Store a message (its id is ignored); gives the id."""
        id_ = len(self._s.messages) + 1
        self._s.messages[id_] = Written(self._s.newest_event, codec.cleaned(replace(message, id=id_)))
        return id_

    async def save_message(self, message: TicketMessage) -> None:
        """Store what changed in it."""
        self._s.messages[message.id] = replace(self._s.messages[message.id], message=codec.cleaned(message))

    async def arrived(self, message: int) -> bool:
        """The message is out. False when it was no longer waiting."""
        written = self._s.messages.get(message)
        if written is None or written.message.delivery != "waiting":
            return False
        self._s.messages[message] = replace(written, message=replace(written.message, delivery="sent"))
        return True

    async def message(self, message: int) -> TicketMessage | None:
        """By its id."""
        written = self._s.messages.get(message)
        return written.message if written else None

    async def message_from(self, source: str) -> TicketMessage | None:
        """By its id on the platform; the newest when several tickets have it."""
        return next((w.message for w in reversed(self._s.messages.values()) if source and w.message.source == source), None)

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """As Reader.talk, inside this unit."""
        return self._s.talk(number, internal)

    async def said(self, words: str, limit: int = 100) -> list[str]:
        """As Reader.said."""
        return self._s.said(words, limit)

    async def record(self, event: Event, channel: str) -> int:
        """Write down what happened; gives its id."""
        id_ = len(self._s.events) + 1
        details = codec.decode(dict[str, object], codec.encode(dict[str, object], event.details()))
        self._s.events[id_] = Recorded(id_, event.ticket, event.name, event.by, channel, event.at, details)
        return id_

    async def link(self, platform_id: str, link: Link) -> None:
        """Remember what a message or thread belongs to; a later link wins."""
        self._s.links[platform_id] = link

    async def linked(self, platform_id: str) -> Link | None:
        """What it belongs to."""
        return self._s.links.get(platform_id)

    # ---- outcomes
    async def add_outcome(self, outcome: Outcome) -> int:
        """Store a question that was asked (its id is ignored); gives the id."""
        id_ = len(self._s.outcomes) + 1
        self._s.outcomes[id_] = codec.cleaned(replace(outcome, id=id_))
        return id_

    async def judge(self, outcome: Outcome) -> None:
        """Store what was picked and how it was judged; all else stays as it was."""
        kept: dict[str, Any] = {name: getattr(outcome, name) for name in JUDGED}
        self._s.outcomes[outcome.id] = replace(self._s.outcomes[outcome.id], **kept)

    async def outcomes_of(self, ticket: str) -> list[Outcome]:
        """Every question of a ticket, in the order of asking."""
        return [o for o in self._s.outcomes.values() if o.ticket == ticket]

    async def solved_lately(self, requester: str, since: datetime) -> list[Outcome]:
        """This requester's questions whose best entry they said solved it, since then."""
        theirs = {t.id for t in self._s.tickets.values() if t.requester == requester and t.status in ("resolved", "closed")}
        by_press = [o for o in self._s.outcomes.values() if o.ticket in theirs and o.judgement == "right" and o.source == "press"]
        return [o for o in by_press if o.judged_at is not None and o.judged_at >= since]

    # ---- people, knowledge, notes
    async def person(self, person: PersonId) -> Person | None:
        """As last remembered; language is the one they chose (`/lang`) or last wrote in."""
        known = self._s.people.get(person)
        return replace(known, language=self._s.chosen.get(person) or known.language) if known else None

    async def remember(self, person: Person, chosen_language: str | None = None) -> None:
        """Keep what is not empty. chosen_language: from now on this one, whatever they write in ("" = by what they write again)."""
        self._s.people[person.id] = merged(self._s.people.get(person.id), codec.cleaned(person))
        if chosen_language is not None:
            self._s.chosen[person.id] = chosen_language

    async def chosen_language(self, person: PersonId) -> str:
        """The language chosen by `/lang`, or ""."""
        return self._s.chosen.get(person, "")

    async def entry(self, entry: str) -> Entry | None:
        """The published entry, or None; retired ones are given, too."""
        return self._s.entries.get(entry)

    async def entry_history(self, entry: str) -> list[EntryVersion]:
        """Every version kept of an entry, newest first."""
        return list(reversed(self._s.versions.get(entry, ())))

    async def save_entry(self, entry: Entry, by: PersonId, now: datetime) -> None:
        """Publish it as it is now, and keep it as a version."""
        kept = codec.cleaned(entry)
        versions = self._s.versions.get(entry.id, ())
        self._s.entries[entry.id] = kept
        self._s.versions[entry.id] = (*versions, EntryVersion(kept, len(versions) + 1, by, now))
        self.note_change(ENTRY, entry.id)

    async def note(self, key: str, value: str) -> None:
        """A durable note; an empty value removes it."""
        if value:
            self._s.notes[key] = codec.clean(value)
        else:
            self._s.notes.pop(key, None)

    async def noted(self, prefix: str) -> dict[str, str]:
        """All notes whose key begins with prefix."""
        return {key: value for key, value in sorted(self._s.notes.items()) if key.startswith(prefix)}
