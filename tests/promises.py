"""What a ticket desk promises whatever happens, as checks over a desk in bad weather; pytest rewrites nothing here, so each says what it saw."""

from __future__ import annotations

import itertools
import re
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from adapters.memory import Sent
from bot.domain.course import story
from bot.domain.messages import Happening, Inbound, Outbound, Words
from bot.domain.people import BOT, Person
from bot.domain.ticket_facts import NEVER
from bot.domain.tickets import Ticket, TicketMessage
from bot.ports import Recorded
from bot.store.memory import MemoryStore
from bot.store.shelves import Shelves
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, TEAM_2, TEAM_3, a_desk, an_event
from tests.stormy import MOST_CALLS, Complaints, LoopClock, StormyChannel, TimelessLoop
from tests.world import World, text_of

T = TypeVar("T")

REQUESTERS = (ALICE, BOB)
AGENTS = {2: (ANN, BEN), 3: (CLEO,)}
TEAM = (ANN, BEN, CLEO)
PLACES = {2: TEAM_2, 3: TEAM_3}


@dataclass
class Told:
    """What a requester wrote. words: the token in it, as it stands after corrections."""

    who: Person
    words: str
    lane: str
    deleted: bool = False


class StormyDesk:
    """A desk over the doubles, a channel that fails, and a memory of what was said to it."""

    def __init__(self, hold: timedelta, default: str) -> None:
        self.loop = TimelessLoop()
        self.complaints = Complaints()
        self.complaints.attach()
        self.world = World(a_desk(take_back=hold, thread_default=default), clock=LoopClock(self.loop))
        self.chat = StormyChannel(self._sees)
        self.chat.members = self.world.chat.members
        self.world.chat = self.world.channels["chat"] = self.chat
        self.told: dict[str, Told] = {}  # by the message's id, in the order of writing
        self.events: list[Inbound] = []
        self.secrets: set[str] = set()  # tokens that no requester may ever read
        self.unwanted: list[str] = []
        self.asleep = False
        self._count = itertools.count(1)

    def close(self) -> None:
        """Leave nothing behind."""
        self.complaints.detach()
        self.loop.close()

    # ---- means
    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Until it is done, however long that takes on the desk's clock."""
        return self.loop.run_until_complete(work)

    @property
    def shelves(self) -> Shelves:
        """All that is stored."""
        assert isinstance(self.world.store, MemoryStore)
        return self.world.store._shelves

    @property
    def cards(self) -> list[Sent]:
        """Every card that stands somewhere."""
        return [s for s in self.chat.sent if s.body.card]

    def token(self, kind: str) -> str:
        """A word that is nowhere else. kind: w of a requester, r of a reply, s of what is for the team alone, h a handle."""
        return f"{kind}{next(self._count)}{kind}"

    def happens(self, what: Happening, who: Person, where: str = "") -> None:
        """Something new."""
        event = an_event(what, who, where)
        self.events.append(event)
        self.take_in(event)

    def take_in(self, event: Inbound) -> None:
        """It is received, and worked on unless the workers sleep."""
        self.run(self.world.intake.receive(event))
        self.work()

    def work(self) -> None:
        """All that is due."""
        self.chat.calls_in_step = 0
        if not self.asleep:
            self.run(self.world.workers.drain())

    def end(self) -> None:
        """The weather clears, the workers wake, and two hours pass."""
        self.chat.troubles.clear()
        self.asleep = False
        for _ in range(24):
            self.world.clock.advance(minutes=6)
            self.look_for_the_absent()

    def look_for_the_absent(self) -> None:
        """What happens once a minute beside the work."""
        self.run(self.world.absences.look())
        self.work()

    def _sees(self, to: str, message: Outbound) -> None:
        """At the moment of sending: an offer for a ticket in which a human has written is no longer wanted."""
        for choice in message.choices:
            verb, _, rest = choice.action.partition(":")
            ticket = self.shelves.tickets.get(rest.partition(":")[0])
            if verb in ("solved", "entry") and ticket is not None and ticket.human_at is not None:
                self.unwanted.append(f"{ticket.id} was offered an entry after a human wrote")

    # ---- promises at any time
    def hold(self) -> None:
        """What holds after each step."""
        assert self.complaints.said == [], self.complaints.said
        assert self.unwanted == [], self.unwanted
        assert self.chat.calls_in_step <= MOST_CALLS, "a sender turns in circles"
        assert not [kept for kept in self.shelves.inbox.values() if kept.state == "parked"]
        self._numbers_have_no_gaps_and_one_question_each()
        self._an_assignee_is_an_agent_of_the_tier()
        self._the_events_tell_the_whole_story()
        self._no_secret_word_reaches_a_requester()
        self._what_is_sent_is_owed_and_sent_once()
        self._what_a_requester_writes_keeps_its_order()

    def _numbers_have_no_gaps_and_one_question_each(self) -> None:
        tickets = self.shelves.tickets
        assert list(tickets) == [f"IT-{n}" for n in range(1, len(tickets) + 1)], list(tickets)
        questions = [w.message.ticket for w in self.shelves.messages.values() if w.message.kind == "question"]
        assert sorted(questions) == sorted(tickets), questions

    def _an_assignee_is_an_agent_of_the_tier(self) -> None:
        for ticket in self.shelves.tickets.values():
            assert ticket.assignee is None or ticket.assignee in {agent.id for agent in AGENTS[ticket.tier]}, ticket

    def _the_events_tell_the_whole_story(self) -> None:
        for ticket in self.shelves.tickets.values():
            story = [event for event in self.shelves.events.values() if event.ticket == ticket.id]
            assert retold(story) == (ticket.status, ticket.tier, ticket.assignee), (ticket, [e.name for e in story])

    def _no_secret_word_reaches_a_requester(self) -> None:
        seen = [text_of(v) for s in self.chat.sent if s.to not in (TEAM_2, TEAM_3) for v in s.versions]
        seen += [text_of(body) for _, body in self.chat.answers if body.only_for not in {a.id for a in TEAM}]
        spilt = self.secrets & set(re.findall(r"s\d+s", " ".join(seen)))
        assert not spilt, spilt

    def _what_is_sent_is_owed_and_sent_once(self) -> None:
        here = sorted(s.id for s in self.chat.sent if s.id not in self.chat.doubled)
        owed = sorted(o.parcel.sent_as for o in self.shelves.outbox.values() if o.parcel.sent_as and o.parcel.sent_as not in self.chat.gone)
        assert here == owed, (here, owed)
        answers = [body.answer_to for _, body in self.chat.answers if body.answer_to]
        assert len(answers) <= len(set(answers)) + self.chat.doubled_answers, answers

    def _what_a_requester_writes_keeps_its_order(self) -> None:
        for lane in {told.lane for told in self.told.values()}:
            here = [source for source, told in self.told.items() if told.lane == lane]
            written = [w.message.source for w in self.shelves.messages.values() if w.message.source in here]
            assert written == [source for source in here if source in set(written)], written
        for card in self.cards:
            thread = [s for s in self.chat.sent if s.thread == card.id and s.id not in self.chat.doubled]
            firsts = list(dict.fromkeys(token for s in thread for token in _requesters_words(s.body)))
            assert firsts == sorted(firsts, key=lambda token: int(token.strip("w"))), (card.body.card, firsts)

    # ---- promises at the end
    def hold_at_the_end(self) -> None:
        """What holds once the weather has cleared and time has passed."""
        self.hold()
        queue = self.run(self.world.store.queue())
        assert (queue["inbox_waiting"], queue["outbox_waiting"]) == (0, 0), queue
        sources = [w.message.source for w in self.shelves.messages.values()]
        assert all(sources.count(source) == 1 for source in self.told), "every word written is kept once"
        self._every_reply_is_sent_taken_back_or_failed_aloud()
        self._nothing_is_open_without_its_card()
        self._what_reports_count_is_how_each_ticket_stands()

    def _what_reports_count_is_how_each_ticket_stands(self) -> None:
        """Counted from the events alone."""
        for history in self.run(self.world.store.histories(list(self.shelves.tickets))):
            ticket, told = self.shelves.tickets[history.opening.ticket], story(history, self.world.desk)
            facts = told.facts
            assert (facts.status, facts.tier, facts.priority, facts.rating or 0) == (ticket.status, ticket.tier, ticket.priority, ticket.rating), ticket
            assert (facts.replies > 0) == (ticket.human_at is not None), ticket
            if ticket.status == "resolved" and ticket.resolved_at:
                assert facts.solved_s == round((ticket.resolved_at - ticket.opened_at).total_seconds()), ticket
            ended = sum(act.what == "ended" for act in told.acts) - sum(act.what == "reopened" for act in told.acts)
            assert (ended == 0, [s.until_day == NEVER for s in told.stretches].count(True)) == (ticket.is_open, int(ticket.is_open)), ticket

    def _every_reply_is_sent_taken_back_or_failed_aloud(self) -> None:
        replies: list[TicketMessage] = [w.message for w in self.shelves.messages.values() if w.message.kind == "reply"]
        for reply in replies:
            ticket = self.shelves.tickets[reply.ticket]
            copies = [s for s in self.chat.sent if s.to == ticket.conversation and reply.text in text_of(s.versions[0]) and s.id not in self.chat.doubled]
            assert reply.delivery in ("sent", "failed", "taken_back"), reply
            assert len(copies) == (reply.delivery == "sent"), (reply, copies)
            if reply.delivery == "failed":
                assert any(e.name == "DeliveryFailed" and e.ticket == ticket.id for e in self.shelves.events.values()), reply

    def _nothing_is_open_without_its_card(self) -> None:
        """Its team sees it as it stands, with all that its requester wrote, unless the platform refused for good what was sent there."""
        for ticket in self.shelves.tickets.values():
            if not (ticket.is_open and ticket.is_with_humans):
                continue
            assert ticket.assignee is None or ticket.assignee in self.chat.members[PLACES[ticket.tier]], (ticket, "who left keeps nothing")
            if self._was_deleted_unnoticed(ticket) or self._was_refused(ticket):
                continue
            cards = [s for s in self.cards if s.to == PLACES[ticket.tier] and s.body.card.startswith(f"{ticket.id} ") and s.id not in self.chat.doubled]
            assert len(cards) == 1, (ticket, cards)
            labels = {c.label for c in cards[0].body.choices}
            assert ("Release" in labels, "Take it" in labels) == (ticket.assignee is not None, ticket.assignee is None), (ticket, labels)
            shown = "\n".join(text_of(s.body) for s in self.chat.sent if s.id == cards[0].id or s.thread == cards[0].id)
            for written in (w.message for w in self.shelves.messages.values() if w.message.ticket == ticket.id):
                told = self.told.get(written.source)
                assert told is None or told.deleted or told.words in shown, (ticket.id, told, shown)

    def _was_refused(self, ticket: Ticket) -> bool:
        lane = f"{PLACES[ticket.tier]}#{ticket.id}"
        return any(o.parcel.lane == lane and o.parcel.state == "failed" for o in self.shelves.outbox.values())

    def _was_deleted_unnoticed(self, ticket: Ticket) -> bool:
        """Somebody deleted the card, and nothing happened to the ticket since: no platform tells."""
        card = self.shelves.outbox.get(f"card:{ticket.id}:{PLACES[ticket.tier]}")
        return card is not None and card.parcel.sent_as in self.chat.unnoticed


def _requesters_words(body: Outbound) -> list[str]:
    names = {person.name for person in REQUESTERS}
    said = [part.text for part in body.parts if isinstance(part, Words) and part.author in names and "I meant" not in part.text]
    return [token for text in said for token in re.findall(r"w\d+w", text)]


def retold(story: list[Recorded]) -> tuple[str, int, str | None]:
    """Status, tier and assignee as the events alone tell them; a move that could not be is an AssertionError."""
    status, tier, assignee = "", 0, None
    for event in story:
        details: dict[str, Any] = event.details
        match event.name:
            case "TicketOpened":
                assert status == ""
                status, tier = "open", 1
            case "TicketHandedOver":
                assert (status, tier) == ("open", 1)
                tier = details["tier"]
            case "TicketClaimed":
                assert assignee is None
                assert status in ("open", "pending")
                assignee = event.by
            case "TicketReleased":
                assert event.by in (assignee, BOT.id)
                assert assignee is not None
                assignee = None
            case "TicketEscalated" | "TicketSentBack":
                assert (details["from_tier"], status in ("open", "pending")) == (tier, True)
                status, tier, assignee = "open", details["to_tier"], None
            case "RequesterWrote":
                assert status in ("open", "pending")
                status = "open"
            case "TicketHeld":
                assert status == "open"
                status = "pending"
            case "TicketResumed":
                assert status == "pending"
                status = "open"
            case "TicketResolved":
                assert status in ("open", "pending")
                status = "resolved"
            case "TicketReopened":
                assert status == "resolved"
                status, tier = "open", details["tier"]
            case "TicketClosed":
                assert status != "closed"
                status = "closed"
            case "ReplySent" | "EntryOffered":
                assert status != "closed"
    return status, tier, assignee
