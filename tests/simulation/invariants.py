"""What must hold whatever happens. Each is looked at where it can break, so that a run stops at the first wrong step and not at its consequences."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta

from bot.domain.messages import Inbound, Outbound, Said, TimerFired, Words
from bot.domain.tickets import TicketMessage
from bot.store.shelves import Owed, Shelves
from tests.promises import retold
from tests.simulation.cloud import Platform, Posted
from tests.simulation.crash import Disk, Done, Life
from tests.simulation.trace import Trace
from tests.stormy import Complaints
from tests.world import text_of

REQUESTERS = ("Alice", "Bob", "Carol")
EXPECTED = ("StaleTicket", "refuses our token")  # errors that the desk may log: two were at one ticket at once, a platform refuses our token


class Broken(AssertionError):
    """An invariant does not hold."""


class Invariants:
    """Watches every commit, every call and every acknowledgement; looks at everything at rest."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.disk: Disk
        self.platforms: dict[str, Platform] = {}
        self.broken: list[str] = []
        self.promised: list[Inbound] = []  # acknowledged: kept whatever happens
        self.delivered_count = 0
        self.timers = 0
        self._last: dict[str, int] = {}  # lane -> the newest event finished in it, timers aside
        self._finished: set[int] = set()
        self._called: dict[str, float] = {}  # lane -> when a platform was last called for it

    def breaks(self, what: str) -> None:
        """Remember it; the world stops at its next step."""
        if not self.broken:
            self.trace.note("BROKEN", what)
        self.broken.append(what)

    # ---- at every acknowledgement
    def delivered(self, event: Inbound, tries: int) -> None:
        """An event is handed to a process."""
        self.delivered_count += 1
        self.trace.step("deliver", f"{event.key} {event.what.kind} in {event.conversation}", f"try {tries}" if tries > 1 else "")

    def acknowledged(self, event: Inbound) -> None:
        """Acknowledged is committed."""
        if (event.channel, "key", event.key) not in self.disk.shelf.keys:
            self.breaks(f"{event.key} was acknowledged and is not in the store")
        self.promised.append(event)

    # ---- at every commit
    def committed(self, life: Life, done: Done, before: Shelves, after: Shelves, now: datetime) -> None:
        """What is handled is handled once and in order; what is marked as sent was sent."""
        tell = self.trace.note if done.lives else self.trace.step  # signs of life come every few seconds, whatever happens: they are no steps
        tell("commit", f"{self.disk.commits} by {life.name}: {_told(done)}")
        for event in done.finished:
            self._is_finished_once_and_in_order(event, after, now)
        for key in done.sent:
            self._was_sent(after.outbox[key])
        for event in done.parked:
            self.breaks(f"event {event} was parked")

    def _is_finished_once_and_in_order(self, event: int, after: Shelves, now: datetime) -> None:
        kept = after.inbox[event]
        if event in self._finished:
            self.breaks(f"event {event} ({kept.event.key}) was handled twice")
        self._finished.add(event)
        if kept.due > now:
            self.breaks(f"event {event} ({kept.event.key}) was handled before its time")
        if isinstance(kept.event.what, TimerFired):
            self.timers += 1
            self.trace.step("timer", kept.event.key)
        elif not kept.event.key.startswith("again:"):
            lane = kept.event.conversation
            if event < self._last.get(lane, 0):
                self.breaks(f"event {event} of {lane} was handled after {self._last[lane]}")
            self._last[lane] = event

    def _was_sent(self, owed: Owed) -> None:
        parcel, platform = owed.parcel, self.platforms.get(owed.parcel.to.partition(":")[0])
        if platform is None:
            return
        platform.marked(parcel.key)
        if isinstance(parcel.body, Outbound) and parcel.sent_as and not any(p.id == parcel.sent_as for p in platform.posted):
            self.breaks(f"{parcel.key} was marked as {parcel.sent_as}, which does not exist")
        is_message = isinstance(parcel.body, Outbound) and not parcel.edits and (not parcel.body.only_for or parcel.body.ask)
        if is_message and not any(p.key == parcel.key for p in platform.posted):
            self.breaks(f"{parcel.key} was marked as sent and never reached {platform.name}")

    # ---- at every call
    def calls(self, life: Life, key: str, what: str) -> None:
        """Whoever sends a parcel has the sole right to its lane, and sends what is due and still waits."""
        self.trace.step("call", f"{what} by {life.name}")
        owed = self.disk.shelf.outbox.get(key)
        if owed is None:
            self.breaks(f"{what}: nobody owes this")
            return
        self._called[owed.parcel.lane] = self.trace.time()
        owner = self.disk.shelf.leases.get(owed.parcel.lane, ("nobody",))[0]
        if owner != life.name:
            self.breaks(f"{what}: {life.name} calls in lane {owed.parcel.lane}, leased to {owner}")
        if owed.parcel.state != "waiting" and not (owed.parcel.edits and owed.parcel.state == "withdrawn"):  # a newer edit may follow one under way
            self.breaks(f"{what}: it is {owed.parcel.state}")
        ahead = next((o.parcel.key for o in self.disk.shelf.owed(owed.parcel.lane)), key)
        if ahead != key and not self._is_before(key, ahead):
            self.breaks(f"{what}: {ahead} waits before it")

    def _is_before(self, key: str, other: str) -> bool:
        outbox = self.disk.shelf.outbox
        return outbox[key].id <= outbox[other].id

    def killed(self, life: Life) -> None:
        """What it had sent and not marked may come once more where it cannot be found; it had one such message in a lane at most."""
        lanes: Counter[str] = Counter()
        for platform in self.platforms.values():
            for posted in platform.unmarked(life):
                owed = self.disk.shelf.outbox.get(posted.key)
                if owed is not None and owed.parcel.state == "waiting":
                    lanes[owed.parcel.lane] += 1
                    platform.excuse(posted)
        if [lane for lane, count in lanes.items() if count > 1]:
            self.breaks(f"killed with more than one unmarked message in a lane: {lanes}")

    # ---- at rest
    def hold(self) -> None:
        """What holds at any moment."""
        shelves = self.disk.shelf
        self._numbers_have_no_gaps_and_one_question_each(shelves)
        self._one_owner(shelves)
        self._nothing_comes_twice()
        self._promises_are_kept(shelves)

    def heard(self, complaints: Complaints) -> None:
        """Nothing fails but what may fail."""
        unexpected = [said for said in complaints.said if not any(known in said for known in EXPECTED)]
        if unexpected:
            self.breaks(f"logged as errors: {unexpected[:3]}")

    def hold_at_the_end(self) -> None:
        """What holds when the weather has cleared and all is done."""
        self.hold()
        shelves = self.disk.shelf
        self._everything_acknowledged_is_handled(shelves)
        self._what_was_said_is_written_once(shelves)
        self._every_parcel_came_to_an_end(shelves)
        self._every_reply_is_sent_or_failed_aloud(shelves)
        self._what_is_sent_keeps_its_order(shelves)
        self._what_a_requester_writes_keeps_its_order(shelves)

    def nothing_is_left_lying(self, now: datetime) -> None:
        """A minute and a half after the weather has cleared nothing waits that could have been done a minute ago."""
        shelves, before = self.disk.shelf, now - timedelta(minutes=1)
        for lane, head in shelves.heads().items():
            if head.due < before and self._called.get(lane, 0.0) < self.trace.time() - 60 and shelves.leases.get(lane, ("", before))[1] <= before:
                self.breaks(f"{head.key} in lane {lane} is due since {now - head.due}; lease {shelves.leases.get(lane)}")
        for id_, kept in shelves.inbox.items():
            if kept.state == "waiting" and kept.due < before and shelves.waiting(kept.event.conversation, before):
                self.breaks(f"event {id_} ({kept.event.key}) is due since {now - kept.due}")

    def _numbers_have_no_gaps_and_one_question_each(self, shelves: Shelves) -> None:
        if list(shelves.tickets) != [f"IT-{n}" for n in range(1, len(shelves.tickets) + 1)]:
            self.breaks(f"ticket numbers: {list(shelves.tickets)}")
        questions = [w.message.ticket for w in shelves.messages.values() if w.message.kind == "question"]
        if sorted(questions) != sorted(shelves.tickets):
            self.breaks(f"questions: {questions}")

    def _one_owner(self, shelves: Shelves) -> None:
        """The events of a ticket tell a story in which nobody takes what somebody has, and it ends as the ticket stands."""
        for ticket in shelves.tickets.values():
            story = [event for event in shelves.events.values() if event.ticket == ticket.id]
            try:
                told = retold(story)
            except AssertionError:
                self.breaks(f"{ticket.id} made a move that cannot be: {[(e.name, e.by) for e in story]}")
                continue
            if told != (ticket.status, ticket.tier, ticket.assignee):
                self.breaks(f"{ticket.id} is {ticket.status, ticket.tier, ticket.assignee}, its events say {told}")

    def _promises_are_kept(self, shelves: Shelves) -> None:
        for event in self.promised:
            if (event.channel, "key", event.key) not in shelves.keys:
                self.breaks(f"{event.key} was acknowledged and lost")

    def _nothing_comes_twice(self) -> None:
        """A message stands once where it belongs, and once more for each time that its sender could not know."""
        for platform in self.platforms.values():
            for key, count in Counter(p.key for p in platform.posted).items():
                if count > 1 + platform.excused[key]:
                    self.breaks(f"{key} stands {count} times on {platform.name}; {platform.excused[key]} of them excused")

    def _everything_acknowledged_is_handled(self, shelves: Shelves) -> None:
        for event in self.promised:
            id_ = shelves.keys.get((event.channel, "key", event.key))
            if id_ is not None and shelves.inbox[id_].state != "done":
                self.breaks(f"{event.key} was acknowledged and is {shelves.inbox[id_].state}")

    def _what_was_said_is_written_once(self, shelves: Shelves) -> None:
        sources = Counter(w.message.source for w in shelves.messages.values() if w.message.source)
        for event in {event.key: event for event in self.promised}.values():
            what = event.what
            if isinstance(what, Said) and what.private and re.search(r"w\d+w", what.text) and sources[what.message] != 1:
                self.breaks(f"{event.key} {what.text!r} is written down {sources[what.message]} times")

    def _every_parcel_came_to_an_end(self, shelves: Shelves) -> None:
        for owed in shelves.outbox.values():
            if owed.parcel.state == "waiting":
                self.breaks(f"{owed.parcel.key} in lane {owed.parcel.lane} still waits")

    def _every_reply_is_sent_or_failed_aloud(self, shelves: Shelves) -> None:
        replies: list[TicketMessage] = [w.message for w in shelves.messages.values() if w.message.kind == "reply"]
        for reply in replies:
            ticket = shelves.tickets[reply.ticket]
            platform = self.platforms[ticket.conversation.partition(":")[0]]
            copies = sum(reply.text in text_of(p.first) for p in platform.at(ticket.conversation))
            if reply.delivery not in ("sent", "failed", "taken_back"):
                self.breaks(f"reply {reply.id} of {ticket.id} is {reply.delivery!r}")
            if reply.delivery == "sent" and not copies:
                self.breaks(f"reply {reply.id} of {ticket.id} is said to be sent, and is not there")
            if reply.delivery == "taken_back" and copies:
                self.breaks(f"reply {reply.id} of {ticket.id} was taken back, and is there")
            if reply.delivery == "failed" and not any(e.name == "DeliveryFailed" and e.ticket == ticket.id for e in shelves.events.values()):
                self.breaks(f"reply {reply.id} of {ticket.id} failed, and nobody was told")

    def _what_is_sent_keeps_its_order(self, shelves: Shelves) -> None:
        """In each lane messages stand, when they came first, in the order in which they were owed."""
        for platform in self.platforms.values():
            firsts: dict[str, Posted] = {}
            for posted in platform.posted:
                firsts.setdefault(posted.key, posted)
            newest: dict[str, int] = {}
            for key in firsts:
                owed = shelves.outbox[key]
                if owed.id < newest.get(owed.parcel.lane, 0):
                    self.breaks(f"{key} came after what was owed later in {owed.parcel.lane}")
                newest[owed.parcel.lane] = owed.id

    def _what_a_requester_writes_keeps_its_order(self, shelves: Shelves) -> None:
        """In the thread of a card their words stand in the order in which they were received, however often a platform failed."""
        written = {w.message.source for w in shelves.messages.values()}
        kept: dict[str, int] = {}
        for id_, row in shelves.inbox.items():
            if isinstance(row.event.what, Said) and row.event.what.message in written:
                kept.update(dict.fromkeys(re.findall(r"w\d+w", row.event.what.text), id_))
        for platform in self.platforms.values():
            threads: dict[str, list[str]] = {}
            for posted in platform.posted:
                parcel = shelves.outbox[posted.key].parcel
                if parcel.thread:
                    threads.setdefault(parcel.thread, []).extend(_requesters_words(posted.first))
            for thread, tokens in threads.items():
                firsts = list(dict.fromkeys(t for t in tokens if t in kept))
                if firsts != sorted(firsts, key=lambda token: kept[token]):
                    self.breaks(f"{thread}: words stand in another order than they were written: {firsts}")


def _requesters_words(body: Outbound) -> list[str]:
    said = [part.text for part in body.parts if isinstance(part, Words) and part.author in REQUESTERS and "I meant" not in part.text]
    return [token for text in said for token in re.findall(r"w\d+w", text)]


def _told(done: Done) -> str:
    if done.lives:
        return "a sign of life"
    told = {"handled": done.finished, "sent": done.sent, "leased": done.leased, "freed": done.freed}
    return ", ".join(f"{what} {which}" for what, which in told.items() if which)
