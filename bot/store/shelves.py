"""What the memory store holds, and what can be read from it: the Reader over dicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from bot.domain.assets import Asset, Audit, Sections
from bot.domain.contacts import Contact
from bot.domain.ids import ConversationId
from bot.domain.learning import Outside, Proposal
from bot.domain.messages import Attachment, Inbound, Outbound, Said, TimerFired
from bot.domain.outcomes import Outcome
from bot.domain.people import Person
from bot.domain.rates import Rate
from bot.domain.ticket_facts import Story
from bot.domain.tickets import Ticket, TicketMessage
from bot.ports.answering import AnsweredRequest
from bot.ports.curating import Draft
from bot.ports.delivering import Dispatch
from bot.ports.store import Link, Old, Parcel, Trace, Waiting
from bot.ports.world import AuditPage, AuditQuery, EntryVersion, Recorded, ScreenLine, TicketQuery
from bot.store.knowledge import searched
from bot.store.memory_assets import MemoryAssetReading
from bot.store.memory_contacts import MemoryContactReading
from bot.store.memory_counting import MemoryCountingReading
from bot.store.memory_drafts import MemoryDraftReading
from bot.store.memory_learning import MemoryLearningReading
from bot.store.memory_waits import MemoryWaits
from bot.store.screen import Heard, Shown, Written, last_edits, lines
from bot.store.searching import is_found, is_wanted, page_size, words_of
from bot.store.talk import is_for_requester
from kb.entries import Entry


@dataclass(frozen=True, slots=True)
class Kept:
    """An inbox row."""

    event: Inbound
    due: datetime
    state: str = "waiting"
    attempts: int = 0
    error: str = ""
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """An outbox row. heard: the newest inbox id when it was posted (a reply: sent)."""

    id: int
    parcel: Parcel
    heard: int
    sent_at: datetime | None = None


@dataclass(slots=True)
class Shelves:
    """Every dict of the store. The values in them are frozen, so a copy of the dicts is a snapshot."""

    inbox: dict[int, Kept] = field(default_factory=dict)
    keys: dict[tuple[str, str, str], int] = field(default_factory=dict)  # (channel, "key" or "also", value)
    outbox: dict[str, Owed] = field(default_factory=dict)  # by key, in the order of posting
    leases: dict[str, tuple[str, datetime, datetime]] = field(default_factory=dict)  # owner, since, until
    holders: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # owner, until
    rates: dict[str, Rate] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    messages: dict[int, Written] = field(default_factory=dict)
    events: dict[int, Recorded] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    versions: dict[str, tuple[EntryVersion, ...]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[Attachment, bytes]] = field(default_factory=dict)
    proposals: dict[int, Proposal] = field(default_factory=dict)
    drafts: dict[int, Draft] = field(default_factory=dict)
    answered: dict[str, AnsweredRequest] = field(default_factory=dict)
    outside: dict[int, Outside] = field(default_factory=dict)
    changes: dict[tuple[str, str], int] = field(default_factory=dict)  # (kind, id) -> the version of the knowledge that changed it last
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    stories: dict[str, Story] = field(default_factory=dict)  # by the ticket's number
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of a ticket, by its number
    contacts: dict[int, Contact] = field(default_factory=dict)  # those that are no messages
    assets: dict[int, tuple[Asset, Sections]] = field(default_factory=dict)
    audits: dict[int, Audit] = field(default_factory=dict)

    def copy(self) -> Shelves:
        """As it is now."""
        return Shelves(**{f.name: dict(getattr(self, f.name)) for f in fields(self)})

    def waiting(self, lane: str, now: datetime) -> list[Waiting]:
        """Due events of a lane in order; none beyond one that waits for another try."""
        due = []
        for id_, kept in self.inbox.items():
            if kept.state != "waiting" or kept.event.conversation != lane:
                continue
            if kept.due <= now:
                due.append(Waiting(id_, kept.event, kept.attempts))
            elif kept.attempts:
                break
        return due

    def owed(self, lane: str) -> list[Owed]:
        """The waiting parcels of a lane in order."""
        return [o for o in self.outbox.values() if o.parcel.lane == lane and o.parcel.state == "waiting"]

    def heads(self) -> dict[str, Parcel]:
        """The first waiting parcel of each lane."""
        heads: dict[str, Parcel] = {}
        for owed in self.outbox.values():
            if owed.parcel.state == "waiting":
                heads.setdefault(owed.parcel.lane, owed.parcel)
        return heads

    def is_leased(self, lane: str, now: datetime) -> bool:
        """Has somebody who is alive the sole right to send in it?"""
        return lane in self.leases and self.ends(lane, now) > now

    def ends(self, lane: str, now: datetime) -> datetime:
        """When the lease of a lane ends, or has ended: with its owner at the latest."""
        owner, _, until = self.leases[lane]
        return min(until, self.holders.get(f"process:{owner}", ("", now))[1])

    def is_on_its_way(self, parcel: Parcel) -> bool:
        """Was it handed to a sender that has not yet said what became of it?"""
        return parcel.state == "waiting" and parcel.lane in self.leases and self.leases[parcel.lane][1] >= parcel.due

    @property
    def newest_event(self) -> int:
        """The id of the newest inbox row."""
        return next(reversed(self.inbox), 0)

    @property
    def newest_parcel(self) -> int:
        """The id of the newest outbox row."""
        return next((owed.id for owed in reversed(self.outbox.values())), 0)

    def old(self, trace: Trace, before: datetime, kept: str) -> list[int]:
        """What may be forgotten: see Store.old."""
        under_way = [t for t in self.tickets.values() if t.status != "closed" or (t.changed_at or t.opened_at) >= before]
        busy = {t.conversation for t in under_way}
        if trace == "event":
            done = [(id_, k) for id_, k in self.inbox.items() if k.state == "done" and (k.done_at or k.event.at) < before]
            return [id_ for id_, k in done if k.event.conversation not in busy and id_ != self.newest_event]
        young = [o.parcel for o in self.outbox.values() if o.parcel.state in ("waiting", "failed") or o.parcel.due >= before]
        needed = {p.thread for p in young} | {p.edits for p in young}
        numbers = {t.id for t in under_way}
        return [
            o.id
            for o in self.outbox.values()
            if o.parcel.state in ("sent", "withdrawn") and (o.sent_at or o.parcel.due) < before and o.parcel.key not in needed
            and o.parcel.to not in busy and o.parcel.ticket not in numbers and not (kept and o.parcel.key.startswith(kept))
            and o.id != self.newest_parcel
        ]  # fmt: skip

    def tickets_for(self, query: TicketQuery) -> list[Ticket]:
        """Newest change first, or what is due soonest."""
        found = [t for t in self.tickets.values() if is_wanted(query, t) and (not query.search.strip() or is_found(query.search, t))]
        if query.label:
            found = [t for t in found if query.label in self.labels.get(t.id, ())]
        if query.due_before is not None:
            return sorted(found, key=lambda t: (t.due_at or query.due_before, t.id))[: page_size(query)]
        return sorted(found, key=lambda t: (t.changed_at or t.opened_at, t.id), reverse=True)[: page_size(query)]

    def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """The ticket's messages, oldest first."""
        return [w.message for w in self.messages.values() if w.message.ticket == number and (internal or is_for_requester(w.message))]

    def said(self, words: str, limit: int) -> list[str]:
        """See Reader.said."""
        wanted = words_of(words)
        newest = [w.message for w in reversed(self.messages.values()) if not w.message.deleted]
        found: list[str] = [said.ticket for said in newest if wanted and all(word in said.text.lower() for word in wanted)]
        return list(dict.fromkeys(found))[:limit]

    def screen(self, conversation: str, limit: int) -> list[ScreenLine]:
        """What a requester sees in a conversation."""
        said = [Heard(id_, k.event) for id_, k in self.inbox.items() if k.event.conversation == conversation and isinstance(k.event.what, Said)]
        theirs = {t.id for t in self.tickets.values() if t.conversation == conversation}
        written = [w for w in self.messages.values() if w.message.ticket in theirs and w.message.direction == "in" and w.message.kind != "note"]
        authors = {conversation, *(h.event.person.id for h in said), *(w.message.author for w in written)}
        return lines(said, written, self._shown(conversation), frozenset(authors), dict(self.tickets), limit)

    def _shown(self, conversation: str) -> list[Shown]:
        out = [o for o in self.outbox.values() if o.parcel.to == conversation and o.parcel.state in ("waiting", "sent")]
        last = last_edits((o.parcel.edits, o.parcel.key, o.parcel.body) for o in out if o.parcel.edits)
        shown = []
        for owed in out:
            body = last.get(owed.parcel.key, owed.parcel.body)
            if not owed.parcel.edits and isinstance(body, Outbound) and not self._is_held_back(owed.parcel):
                shown.append(Shown(owed.heard, owed.id, owed.parcel, owed.sent_at or owed.parcel.due, body))
        return shown

    def _is_held_back(self, parcel: Parcel) -> bool:
        written = self.messages.get(parcel.message)
        return parcel.state == "waiting" and written is not None and written.message.kind == "reply"


class MemoryReader(MemoryLearningReading, MemoryDraftReading, MemoryCountingReading, MemoryContactReading, MemoryAssetReading, MemoryWaits):
    """Reader and the sweep's questions over the committed shelves."""

    def __init__(self) -> None:
        self._shelves = Shelves()

    @property
    def shelf(self) -> Shelves:
        """The committed dicts."""
        return self._shelves

    async def ticket(self, number: str) -> Ticket | None:
        """The ticket, or None."""
        return self._shelves.tickets.get(number)

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """Newest change first."""
        return self._shelves.tickets_for(query)

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """The ticket's messages, oldest first; internal: notes and replies that are held back as well (for agents alone)."""
        return self._shelves.talk(number, internal)

    async def said(self, words: str, limit: int = 100) -> list[str]:
        """As the port says."""
        return self._shelves.said(words, limit)

    async def history(self, number: str) -> list[Recorded]:
        """What happened to it, oldest first."""
        return [e for e in self._shelves.events.values() if e.ticket == number]

    async def audit(self, query: AuditQuery) -> AuditPage:
        """Who did what, newest first."""
        newest = (event for event in reversed(list(self._shelves.events.values())) if not query.before or event.id < query.before)
        found = [event for event in newest if query.fits(event)]
        return AuditPage(tuple(found[: query.limit]), found[query.limit - 1].id if len(found) > query.limit else 0)

    async def owed_to(self, address: str, limit: int = 50) -> list[Dispatch]:
        """As DeliveryReader.owed_to."""
        newest = ((o.parcel, o.parcel.body, o.sent_at) for o in reversed(self._shelves.outbox.values()) if o.parcel.to == address)
        found = [
            Dispatch(p.key, body, p.state, p.due, sent_at, p.sent_as or "", p.attempts, p.error) for p, body, sent_at in newest if isinstance(body, Outbound)
        ]
        return found[:limit]

    async def screen(self, conversation: ConversationId, limit: int = 100) -> list[ScreenLine]:
        """What a requester sees in a conversation, oldest first. A reply that can still be taken back is not among it."""
        return self._shelves.screen(conversation, limit)

    async def people(self, ids: Sequence[str]) -> dict[str, Person]:
        """Known people by id; unknown ids are missing."""
        shelves = self._shelves
        return {i: replace(p, language=shelves.chosen.get(i) or p.language) for i in ids if (p := shelves.people.get(i)) is not None}

    async def entries(self, search: str = "", retired: bool = False) -> list[Entry]:
        """The knowledge base by id; retired: those as well; search in ids, questions and phrasings, case aside."""
        wanted = search.strip().casefold()
        return [e for _, e in sorted(self._shelves.entries.items()) if (retired or not e.retired) and wanted in searched(e)]

    async def entry_page(self, search: str = "", archived: bool | None = False, after: str = "", limit: int = 25) -> list[Entry]:
        """As the port says."""
        every = [e for e in await self.entries(search, retired=archived is not False) if e.id > after and (not archived or e.retired)]
        return every[:limit]

    async def entry(self, entry: str) -> Entry | None:
        """The published entry, or None; retired ones are given, too."""
        return self._shelves.entries.get(entry)

    async def entry_history(self, entry: str) -> list[EntryVersion]:
        """Every version kept of an entry, newest first."""
        return list(reversed(self._shelves.versions.get(entry, ())))

    async def asked(self, since: datetime, until: datetime, after: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        """Asked from `since` and before `until`, oldest first; after: the last of the page before."""
        place = (after.asked_at, after.id) if after else (since, 0)
        found = [o for o in self._shelves.outcomes.values() if (o.asked_at, o.id) > place and o.asked_at < until]
        return sorted(found, key=lambda o: (o.asked_at, o.id))[:limit]

    async def latest_asked(self, before: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        """The newest questions, newest first; before: the last of the page before."""
        found = sorted(self._shelves.outcomes.values(), key=lambda o: (o.asked_at, o.id), reverse=True)
        return [o for o in found if before is None or (o.asked_at, o.id) < (before.asked_at, before.id)][:limit]

    async def judged(self, since: datetime, after: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        """Those whose judgement was given or changed from `since` on, oldest judgement first; after: the last of the page before."""
        place = (after.judged_at or since, after.id) if after else (since, 0)
        found = [(o.judged_at, o.id, o) for o in self._shelves.outcomes.values() if o.judged_at is not None and (o.judged_at, o.id) > place]
        return [o for *_, o in sorted(found, key=lambda row: row[:2])][:limit]

    async def noted(self, prefix: str) -> dict[str, str]:
        """All notes whose key begins with prefix."""
        return {key: value for key, value in sorted(self._shelves.notes.items()) if key.startswith(prefix)}

    async def file(self, source: str) -> tuple[Attachment, bytes] | None:
        """The file, or None."""
        return self._shelves.files.get(source)

    async def lanes_with_work(self, now: datetime) -> tuple[list[ConversationId], list[str]]:
        """Inbox lanes with due events, outbox lanes with due parcels and no lease: the sweep."""
        shelves = self._shelves
        lanes = dict.fromkeys(k.event.conversation for k in shelves.inbox.values() if k.state == "waiting" and k.due <= now)
        out = [lane for lane, head in shelves.heads().items() if head.due <= now and not shelves.is_leased(lane, now)]
        return [lane for lane in lanes if shelves.waiting(lane, now)], out

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next thing becomes due; a leased lane counts from the end of its lease."""
        shelves = self._shelves
        found = [end for lane in shelves.leases if (end := shelves.ends(lane, now)) > now]
        found += [head.due for lane, head in shelves.heads().items() if not shelves.is_leased(lane, now)]
        blocked: set[str] = set()
        for kept in shelves.inbox.values():
            lane = kept.event.conversation
            if kept.state == "waiting" and lane not in blocked:
                found.append(kept.due)
                if kept.attempts and kept.due > now:
                    blocked.add(lane)
        return min(found, default=None)

    async def queue(self) -> dict[str, int]:
        """How many: inbox_waiting (without timers), inbox_parked, outbox_waiting, outbox_failed, timers."""
        inbox = [(k.state, isinstance(k.event.what, TimerFired)) for k in self._shelves.inbox.values()]
        outbox = [o.parcel.state for o in self._shelves.outbox.values()]
        return {
            "inbox_waiting": inbox.count(("waiting", False)),
            "inbox_parked": sum(state == "parked" for state, _ in inbox),
            "outbox_waiting": outbox.count("waiting"),
            "outbox_failed": outbox.count("failed"),
            "timers": inbox.count(("waiting", True)),
        }

    async def parked(self) -> list[Waiting]:
        """Dead letters."""
        return [Waiting(i, k.event, k.attempts) for i, k in self._shelves.inbox.items() if k.state == "parked"]

    async def old(self, trace: Trace, before: datetime, after: int = 0, kept: str = "") -> Old:
        """Everything that may be forgotten at once."""
        return Old(tuple(id_ for id_ in self._shelves.old(trace, before, kept) if id_ > after), None)

    async def known_conversations(self, since: datetime) -> Sequence[str]:
        """Conversations with a ticket that is open or changed since."""
        return list({t.conversation for t in self._shelves.tickets.values() if t.is_open or (t.changed_at or t.opened_at) >= since})
