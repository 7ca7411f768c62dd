"""Anything, in any order, by anybody, in bad weather: what a ticket desk promises holds after each step and at the end."""

from __future__ import annotations

import itertools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from adapters.memory import Sent
from bot.domain.ids import MessageId, PlaceId
from bot.domain.messages import Commanded, Deleted, Edited, Happening, Inbound, Outbound, Pressed, Submitted, Words
from bot.domain.people import Person
from bot.domain.tickets import Ticket, TicketMessage
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, Unauthorized
from bot.ports import Recorded
from bot.store.memory import MemoryStore
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, MALLORY, TEAM_2, TEAM_3, UNKNOWN, a_desk, a_message, an_event
from tests.stormy import Complaints, LoopClock, StormyChannel, TimelessLoop, Trouble
from tests.world import World, text_of

REQUESTERS = (ALICE, BOB)
AGENTS = {2: (ANN, BEN), 3: (CLEO,)}
TEAM = (ANN, BEN, CLEO)
PLACES = {2: TEAM_2, 3: TEAM_3}
EVERYBODY = (*REQUESTERS, *TEAM, MALLORY)
NAMES = {person.id: person.name for person in EVERYBODY}
WORDY = ("reply", "note", "escalate", "back", "resolve")
PHRASES = (UNKNOWN, "How do I reset my password?", "VPN from home", "printer", "the heron is back")
SMALL_TALK = ("hello", "thanks!", "yes", "no", "a human please", "")
FORGED = ("", ":", "take", "take:", "take:IT-99", "take:IT-1:x", "undo:IT-1:x", "undo:IT-1:99", "undo:IT-2:1", "why:IT-1:because", "entry:IT-1:-1", "entry:IT-1:7",
          "solved:it-1", "split:IT-1", "reopen:IT-1", "resolve:IT-1", "lang:xx", "lang:es", "menu:queue", "menu:list", "menu:menu:", "faq-retire:x", "faq-new",
          "faq-publish:x:en", "hold:IT-1", "resume:IT-1", "release:IT-1", "x" * 5000, "take:IT-1\n", "🎟️:IT-1")
WAITS = (timedelta(seconds=1), timedelta(seconds=11), timedelta(minutes=2), timedelta(minutes=31), timedelta(hours=1), timedelta(days=1), timedelta(days=5), timedelta(days=8))
TROUBLES = (
    Trouble(RateLimited(0)), Trouble(RateLimited(30)), Trouble(RateLimited(3600)), Trouble(DeliveryUnknown("timeout")), Trouble(DeliveryUnknown("cut off"), arrives=True),
    Trouble(DeliveryError("503")), Trouble(DeliveryRefused("blocked")), Trouble(DeliveryRefused("forbidden")), Trouble(DeliveryRefused("invalid")), Trouble(Unauthorized("revoked")),
)


@dataclass
class Told:
    """What a requester wrote. words: the token in it as it stands after corrections."""

    who: Person
    words: str
    deleted: bool = False


class Machine(RuleBasedStateMachine):
    """Two requesters, three agents on two tiers, a stranger; a platform that fails; and time."""

    # ------------------------------------------------------------------------------------------------------------ set up
    @initialize(hold=st.sampled_from((0, 10)), default=st.sampled_from(("reply", "note")))
    def opens(self, hold: int, default: str) -> None:
        self.loop = TimelessLoop()
        self.complaints = Complaints()
        self.complaints.attach()
        self.world = World(a_desk(take_back=timedelta(seconds=hold), thread_default=default), clock=LoopClock(self.loop))
        self.chat = StormyChannel(self._sees)
        self.chat.members = self.world.chat.members
        self.world.chat = self.world.channels["chat"] = self.chat
        self.told: dict[str, Told] = {}  # by the message's id, in the order of writing
        self.events: list[Inbound] = []
        self.secrets: set[str] = set()
        self.replies: dict[str, str] = {}  # the token of a reply that was accepted, to who wrote it
        self.unwanted: list[str] = []
        self.asleep = False
        self._count = itertools.count(1)

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        try:
            self._let_all_end()
            self._check_the_end()
        finally:
            self.complaints.detach()
            self.loop.close()

    # ------------------------------------------------------------------------------------------------------------- means
    def run(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(work)  # type: ignore[arg-type]

    @property
    def shelves(self) -> Any:
        assert isinstance(self.world.store, MemoryStore)
        return self.world.store._shelves

    def happens(self, what: Happening, who: Person, where: str = "") -> None:
        self.take_in(an_event(what, who, where))

    def take_in(self, event: Inbound) -> None:
        self.events.append(event)
        self.chat.calls_in_step = 0
        self.run(self.world.intake.receive(event))
        if not self.asleep:
            self.run(self.world.workers.drain())

    def token(self, kind: str) -> str:
        """A word that is nowhere else."""
        return f"{kind}{next(self._count)}{kind}"

    def some_ticket(self, pick: int) -> Ticket | None:
        tickets = list(self.shelves.tickets.values())
        return tickets[-1 - pick % len(tickets)] if tickets else None

    def cards(self) -> list[Sent]:
        return [s for s in self.chat.sent if s.body.card]

    def _sees(self, to: str, message: Outbound) -> None:
        """At the moment of sending: an offer for a ticket in which a human has written is no longer wanted."""
        for choice in message.choices:
            verb, _, rest = choice.action.partition(":")
            ticket = self.shelves.tickets.get(rest.partition(":")[0])
            if verb in ("solved", "entry") and ticket is not None and ticket.human_at is not None:
                self.unwanted.append(f"{ticket.id} was offered an entry after a human wrote")

    # ------------------------------------------------------------------------------------------------------ requesters
    @rule(who=st.sampled_from(REQUESTERS), phrase=st.sampled_from(PHRASES))
    def asks(self, who: Person, phrase: str) -> None:
        words = self.token("w")
        said = a_message(f"{phrase} {words}", who)
        self.told[said.message] = Told(who, words)
        self.happens(said, who)

    @rule(who=st.sampled_from(REQUESTERS), text=st.sampled_from(SMALL_TALK))
    def makes_small_talk(self, who: Person, text: str) -> None:
        self.happens(a_message(text, who), who)

    @precondition(lambda self: self.told)
    @rule(pick=st.integers(0, 3))
    def corrects(self, pick: int) -> None:
        message = list(self.told)[-1 - pick % len(self.told)]
        told = self.told[message]
        if not told.deleted:
            told.words = self.token("w")
            self.happens(Edited(MessageId(message), f"I meant {told.words}"), told.who)

    @precondition(lambda self: self.told)
    @rule(pick=st.integers(0, 3))
    def deletes(self, pick: int) -> None:
        message = list(self.told)[-1 - pick % len(self.told)]
        self.told[message].deleted = True
        self.happens(Deleted(MessageId(message)), self.told[message].who)

    @rule(who=st.sampled_from(EVERYBODY), name=st.sampled_from(("list", "status", "close", "human", "new", "lang", "help", "queue", "take", "release", "reopen")), pick=st.integers(0, 3))
    def commands(self, who: Person, name: str, pick: int) -> None:
        ticket = self.some_ticket(pick)
        argument = {"lang": "en", "list": "", "human": "", "queue": "", "help": "", "new": ""}.get(name, ticket.id if ticket else "IT-1")
        self.happens(Commanded(name, argument, PlaceId(who.id), private=True, answer_to=self.token("h")), who)

    # ---------------------------------------------------------------------------------------------- everybody presses
    @precondition(lambda self: self.chat.buttons)
    @rule(who=st.sampled_from(EVERYBODY), back=st.integers(0, 60))
    def presses(self, who: Person, back: int) -> None:
        choice, to, message = self.chat.buttons[-1 - back % len(self.chat.buttons)]
        place = PlaceId(to.partition("/")[0])
        self.happens(Pressed(choice.action, place, message, answer_to=self.token("h")), who, to)

    @precondition(lambda self: self.chat.buttons)
    @rule(back=st.integers(0, 8))
    def the_right_one_presses(self, back: int) -> None:
        choice, to, message = self.chat.buttons[-1 - back % len(self.chat.buttons)]
        who = next((p for p in REQUESTERS if p.id == to), ANN if to == TEAM_2 else CLEO)
        self.happens(Pressed(choice.action, PlaceId(to), message, answer_to=self.token("h")), who, to)

    @rule(who=st.sampled_from(EVERYBODY), action=st.sampled_from(FORGED))
    def forges(self, who: Person, action: str) -> None:
        self.happens(Pressed(action, PlaceId(who.id), answer_to=self.token("h")), who)

    # --------------------------------------------------------------------------------------------------------- agents
    @precondition(lambda self: self.shelves.tickets)
    @rule(who=st.sampled_from((*TEAM, MALLORY)), verb=st.sampled_from(WORDY), pick=st.integers(0, 3))
    def submits(self, who: Person, verb: str, pick: int) -> None:
        ticket = self.some_ticket(pick)
        assert ticket is not None
        words = self.words_for(verb, who)
        self.happens(Submitted(f"{verb}:{ticket.id}", {"words": words}, TEAM_2, answer_to=self.token("h")), who)

    @precondition(lambda self: self.cards())
    @rule(who=st.sampled_from((*TEAM, MALLORY)), pick=st.integers(0, 3), command=st.sampled_from(("", "", *WORDY)))
    def writes_in_a_thread(self, who: Person, pick: int, command: str) -> None:
        card = self.cards()[-1 - pick % len(self.cards())]
        verb = command or self.world.desk.thread_default
        if card.to not in (TEAM_2, TEAM_3):
            return
        words = self.words_for(verb, who)
        if command:
            self.happens(Commanded(command, words, PlaceId(card.to), message=MessageId(self.token("chat:c")), reply_to=card.id), who, str(card.id))
        else:
            self.happens(a_message(words, who, private=False, addressed=False, place=card.to, reply_to=card.id), who, str(card.id))

    @rule(who=st.sampled_from((*TEAM, MALLORY)), pick=st.integers(0, 3))
    def answers_a_prompt(self, who: Person, pick: int) -> None:
        prompts = [s for s in self.chat.sent if s.body.ask]
        if not prompts:
            return
        prompt = prompts[-1 - pick % len(prompts)]
        link = self.shelves.links.get(prompt.id)
        verb = link.role.partition(":")[2] if link else "note"
        said = a_message(self.words_for(verb, who), who, private=False, addressed=False, place=prompt.to, reply_to=prompt.id)
        self.happens(said, who, prompt.to)

    def words_for(self, verb: str, who: Person) -> str:
        """Words that may reach a requester, or must never."""
        words = self.token("r" if verb == "reply" and who is not MALLORY else "s")
        if words.startswith("s"):
            self.secrets.add(words)
        else:
            self.replies[words] = who.id
        return f"words {words}"

    # ---------------------------------------------------------------------------------------------- time and weather
    @rule(wait=st.sampled_from(WAITS))
    def time_passes(self, wait: timedelta) -> None:
        self.chat.calls_in_step = 0
        self.world.clock.advance(seconds=wait.total_seconds())
        if not self.asleep:
            self.run(self.world.workers.drain())

    @precondition(lambda self: self.events)
    @rule(back=st.integers(0, 20))
    def an_event_comes_twice(self, back: int) -> None:
        self.take_in(self.events[-1 - back % len(self.events)])
        self.events.pop()

    @rule(trouble=st.sampled_from(TROUBLES), calls=st.integers(0, 2))
    def trouble_ahead(self, trouble: Trouble, calls: int) -> None:
        self.chat.troubles += [trouble] * (calls + 1)

    @rule()
    def the_weather_clears(self) -> None:
        self.chat.troubles.clear()

    @precondition(lambda self: self.cards())
    @rule(pick=st.integers(0, 3))
    def a_thread_is_deleted_by_hand(self, pick: int) -> None:
        self.chat.delete_thread(self.cards()[-1 - pick % len(self.cards())].id)

    @rule()
    def the_workers_fall_asleep_or_wake(self) -> None:
        self.asleep = not self.asleep
        self.chat.calls_in_step = 0
        if not self.asleep:
            self.run(self.world.workers.drain())

    # ----------------------------------------------------------------------------------------------------- invariants
    @invariant()
    def promises_hold(self) -> None:
        """All of them, after each step."""
        for promise in self.promises():
            promise()

    def promises(self) -> tuple[Callable[[], None], ...]:
        return (
            self.no_complaint,
            self.numbers_have_no_gaps_and_one_question_each,
            self.an_assignee_is_an_agent_of_the_tier,
            self.the_events_tell_the_whole_story,
            self.no_secret_word_reaches_who_is_no_agent,
            self.what_is_sent_is_owed_and_sent_once,
            self.what_a_requester_writes_keeps_its_order_in_the_talk,
            self.what_a_requester_writes_keeps_its_order_in_the_threads,
        )

    def no_complaint(self) -> None:
        assert self.complaints.said == [], self.complaints.said
        assert self.unwanted == [], self.unwanted
        assert not self.shelves_parked()

    def shelves_parked(self) -> list[object]:
        return [kept for kept in self.shelves.inbox.values() if kept.state == "parked"]

    def numbers_have_no_gaps_and_one_question_each(self) -> None:
        tickets = self.shelves.tickets
        assert list(tickets) == [f"IT-{n}" for n in range(1, len(tickets) + 1)]
        questions = [w.message.ticket for w in self.shelves.messages.values() if w.message.kind == "question"]
        assert sorted(questions) == sorted(tickets)

    def an_assignee_is_an_agent_of_the_tier(self) -> None:
        for ticket in self.shelves.tickets.values():
            if ticket.assignee is not None:
                assert ticket.assignee in {agent.id for agent in AGENTS[ticket.tier]}, ticket

    def the_events_tell_the_whole_story(self) -> None:
        for ticket in self.shelves.tickets.values():
            story = [event for event in self.shelves.events.values() if event.ticket == ticket.id]
            assert retold(story) == (ticket.status, ticket.tier, ticket.assignee), (ticket, [e.name for e in story])

    def no_secret_word_reaches_who_is_no_agent(self) -> None:
        seen = [text_of(v) for s in self.chat.sent if s.to not in (TEAM_2, TEAM_3) for v in s.versions]
        seen += [text_of(body) for _, body in self.chat.answers if body.only_for not in {a.id for a in TEAM}]
        assert not self.secrets & set(re.findall(r"s\d+s", " ".join(seen)))

    def what_is_sent_is_owed_and_sent_once(self) -> None:
        here = [s.id for s in self.chat.sent if s.id not in self.chat.doubled]
        owed = [o.parcel.sent_as for o in self.shelves.outbox.values() if o.parcel.sent_as is not None and o.parcel.sent_as not in self.chat.gone]
        assert sorted(here) == sorted(owed)
        handles = [body.answer_to for _, body in self.chat.answers if body.answer_to]
        if not any(t.arrives for t in self.chat.troubles) and not self.chat.doubled:
            assert len(handles) <= len(set(handles)) + self.lost_answers()

    def lost_answers(self) -> int:
        """Answers that arrived although the platform said that it does not know."""
        return sum(o.parcel.attempts for o in self.shelves.outbox.values() if isinstance(o.parcel.body, Outbound) and o.parcel.body.answer_to)

    def what_a_requester_writes_keeps_its_order_in_the_talk(self) -> None:
        for who in REQUESTERS:
            written = [w.message.source for w in self.shelves.messages.values() if w.message.author == who.id and w.message.source in self.told]
            assert written == [source for source in self.told if source in set(written)]

    def what_a_requester_writes_keeps_its_order_in_the_threads(self) -> None:
        for card in self.cards():
            said = [m for s in self.chat.sent if s.thread == card.id and s.id not in self.chat.doubled for m in self.requesters_words(s.body)]
            firsts = list(dict.fromkeys(said))
            assert firsts == sorted(firsts, key=lambda token: int(token.strip("w"))), (card, firsts)

    def requesters_words(self, body: Outbound) -> list[str]:
        names = {person.name for person in REQUESTERS}
        return [token for part in body.parts if isinstance(part, Words) and part.author in names and "I meant" not in part.text
                for token in re.findall(r"w\d+w", part.text)]

    # -------------------------------------------------------------------------------------------------------- the end
    def _let_all_end(self) -> None:
        """The weather clears, the workers wake, and two hours pass."""
        self.chat.troubles.clear()
        self.asleep = False
        for _ in range(24):
            self.chat.calls_in_step = 0
            self.world.clock.advance(minutes=6)
            self.run(self.world.workers.drain())

    def _check_the_end(self) -> None:
        self.promises_hold()
        self._nothing_waits_for_ever()
        self._nothing_written_is_lost()
        self._every_reply_is_sent_taken_back_or_failed_aloud()
        self._nothing_is_open_without_its_card()

    def _nothing_waits_for_ever(self) -> None:
        queue = self.run(self.world.store.queue())
        assert (queue["inbox_waiting"], queue["outbox_waiting"]) == (0, 0), queue

    def _nothing_written_is_lost(self) -> None:
        sources = [w.message.source for w in self.shelves.messages.values()]
        for source, told in self.told.items():
            assert sources.count(source) == 1, told

    def _every_reply_is_sent_taken_back_or_failed_aloud(self) -> None:
        messages: list[TicketMessage] = [w.message for w in self.shelves.messages.values() if w.message.kind == "reply"]
        for reply in messages:
            ticket = self.shelves.tickets[reply.ticket]
            copies = [s for s in self.chat.sent if s.to == ticket.conversation and reply.text in text_of(s.versions[0])]
            assert reply.delivery in ("sent", "failed", "taken_back"), reply
            assert len([c for c in copies if c.id not in self.chat.doubled]) == (reply.delivery == "sent"), reply
            if reply.delivery == "failed":
                assert any(e.name == "DeliveryFailed" and e.ticket == ticket.id for e in self.shelves.events.values())
        assert {token for m in messages for token in re.findall(r"r\d+r", m.text)} <= set(self.replies)

    def _nothing_is_open_without_its_card(self) -> None:
        for ticket in self.shelves.tickets.values():
            if ticket.is_open and ticket.is_with_humans and not self._was_deleted_unnoticed(ticket):
                place = PLACES[ticket.tier]
                cards = [s for s in self.chat.sent if s.to == place and s.body.card.startswith(f"{ticket.id} ") and s.id not in self.chat.doubled]
                assert len(cards) == 1, (ticket, cards)
                labels = {c.label for c in cards[0].body.choices}
                assert ("Release" in labels) == (ticket.assignee is not None), (ticket, labels)
                assert ("Take it" in labels) == (ticket.assignee is None), (ticket, labels)


    def _was_deleted_unnoticed(self, ticket: Ticket) -> bool:
        """Somebody deleted the card, and nothing happened to the ticket since: no platform tells."""
        card = self.shelves.outbox.get(f"card:{ticket.id}:{PLACES[ticket.tier]}")
        return card is not None and card.parcel.sent_as in self.chat.unnoticed


def retold(story: list[Recorded]) -> tuple[str, int, str | None]:
    """Status, tier and assignee as the events alone tell them; a move that could not be is an AssertionError."""
    status, tier, assignee = "", 0, None
    for event in story:
        details = event.details
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
                assert assignee == event.by
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


TestTickets = Machine.TestCase
TestTickets.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, derandomize=True, print_blob=True, suppress_health_check=list(HealthCheck)
)
