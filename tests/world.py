"""A whole desk over the shipped doubles: memory store, a channel that is a list, a clock that is set."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.bus.local import LocalBus
from adapters.memory import MemoryChannel, Sent
from bot.domain.desks import Desk
from bot.domain.messages import (
    Article,
    Choice,
    Commanded,
    Facts,
    Happening,
    Inbound,
    Outbound,
    Pressed,
    Say,
    Small,
    Submitted,
    Title,
    Words,
)
from bot.domain.people import Person
from bot.domain.tickets import Ticket
from bot.engine.enquiries import DeskEnquiries
from bot.engine.faq.askers import Askers
from bot.engine.faq.keeper import Keeper
from bot.engine.faq.knowledge import Knowledge
from bot.engine.reports.figures import Figures
from bot.engine.reports.orders import plan as plan_orders
from bot.engine.reports.report_links import ReportLinks
from bot.engine.reports.weekly import plan
from bot.engine.running.absences import Absences
from bot.engine.running.company import Company, Rules
from bot.engine.running.delivery import Delivery
from bot.engine.running.directory import Directory
from bot.engine.running.intake import Intake
from bot.engine.running.pacing import Pacer
from bot.engine.running.process import Process
from bot.engine.running.reckoning import Reckoning
from bot.engine.running.roster import Roster
from bot.engine.running.timetable import Timetable
from bot.engine.running.work import Workers
from bot.engine.turn import Crew
from bot.ports import Store
from bot.ports.listing import DirectorySource
from bot.store.memory import MemoryStore
from kb.entries import Entry
from tests.builders import ALICE, ANN, BEN, CLEO, FAQ, MONDAY, TEAM_2, TEAM_3, a_desk, a_message, an_event


@dataclass
class SetClock:
    """Time stands still until it is moved."""

    moment: datetime = MONDAY

    def now(self) -> datetime:
        """The moment set."""
        return self.moment

    def advance(self, **span: float) -> None:
        """Later by timedelta(**span)."""
        self.moment += timedelta(**span)


def signed(text: str) -> str:
    """As the web signs links to reports, with the key of its tests."""
    return hmac.new(b"k" * 32, f"firstline|report|{text}".encode(), hashlib.sha256).hexdigest()


def text_of(message: Outbound) -> str:
    """All that a message shows, a part a line."""
    lines: list[str] = []
    for part in message.parts:
        match part:
            case Facts(rows):
                lines += [f"{label}: {value}" for label, value in rows]
            case Words(text, author):
                lines.append(f"{author}> {text}")
            case Title(text) | Say(text) | Article(text) | Small(text):
                lines.append(text)
    return "\n".join(lines)


class Undying(Process):
    """A process that nobody gives up, however far the clock is set."""

    def is_alive(self, since: datetime | None = None) -> bool:
        """Always."""
        return True


@dataclass
class World:
    """One desk with Alice and her like, Ann and Ben at tier 2, Cleo at tier 3."""

    desk: Desk = field(default_factory=a_desk)
    entries: Iterable[Entry] = FAQ
    store: Store = field(default_factory=MemoryStore)
    clock: SetClock = field(default_factory=SetClock)
    source: DirectorySource | None = None
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        self.chat = MemoryChannel("chat")
        self.chat.members = {TEAM_2: {ANN.id, BEN.id}, TEAM_3: {CLEO.id}}
        self.channels = {"chat": self.chat}
        self.bus = LocalBus()
        self.knowledge = Knowledge(self.entries, self.desk.languages, today=lambda: self.clock.now().date())
        self.roster = Roster(self.desk, self.channels, self.clock)
        self.delivery = Delivery(self.store, self.channels, self.clock, Pacer({}), Undying(self.store, self.clock, "test"), lambda one: None)
        self.keeper = Keeper(self.store, self.knowledge, self.desk, self.clock)
        self.figures = Figures(self.store, self.desk, self.clock)
        self.company = Company(self.source, self.rules, self.channels, self.clock) if self.source else None
        self.crew = Crew(self.desk, self.channels, self.knowledge, self.roster, Directory(self.channels, self.company), self.keeper.judged)
        self.crew = replace(self.crew, figures=self.figures, links=ReportLinks(signed))
        self.workers = Workers(self.store, self.crew, self.bus, self.delivery, self.clock, lambda ids: None)
        self.intake = Intake(self.store, self.clock, self.bus.poke)
        self.reckoning = Reckoning(self.store, self.desk, self.intake.receive, self.clock)
        self.askers = Askers(self.store, self.knowledge, self.desk, self.intake.receive, self.clock)
        self.timetable = Timetable(self.store, self.desk, self.clock, [plan, plan_orders])
        self.absences = Absences(self.store, self.desk, self.channels, self.intake.receive, self.clock)
        self.enquiries = DeskEnquiries(self.desk, self.store, self.roster, self.knowledge, self.clock)

    # ---- people act
    async def happens(self, what: Happening, person: Person = ALICE, conversation: str = "", **more: Any) -> Inbound:
        """It comes in and everything that follows is done."""
        event = an_event(what, person, conversation, **more)
        await self.intake.receive(event)
        await self.workers.drain()
        return event

    async def says(self, text: str, person: Person = ALICE, **more: Any) -> Inbound:
        """A private message to the bot."""
        return await self.happens(a_message(text, person, **more), person)

    async def presses(self, label: str, person: Person = ALICE, on: Sent | None = None) -> None:
        """The newest button with this label (on a certain message)."""
        choice, sent = self.button(label, on)
        place = sent.to.partition("/")[0]
        await self.happens(Pressed(choice.action, place, sent.id, answer_to=f"press-{choice.action}"), person, sent.to)  # type: ignore[arg-type]

    async def commands(self, name: str, argument: str = "", person: Person = ALICE, **more: Any) -> None:
        """A command in private."""
        place = more.pop("place", person.id)
        await self.happens(Commanded(name, argument, place, private=True, answer_to="command", **more), person)

    async def submits(self, action: str, person: Person = ANN, **values: str) -> None:
        """A form that was filled in."""
        await self.happens(Submitted(action, values, TEAM_2, answer_to="form"), person, str(person.id))

    async def writes(self, card: Sent, text: str, person: Person = ANN, **more: Any) -> Inbound:
        """A plain message in a card's thread."""
        said = a_message(text, person, private=False, addressed=False, place=card.to, reply_to=card.id, **more)
        return await self.happens(said, person, str(card.id))

    async def passes(self, **span: float) -> None:
        """Time goes by and what became due is done."""
        self.clock.advance(**span)
        await self.workers.drain()

    # ---- people look
    def to(self, where: str | Person) -> list[Sent]:
        """What was sent there, oldest first."""
        place = where.id if isinstance(where, Person) else where
        return [s for s in self.chat.sent if s.to == place]

    def heard(self, text: str, person: Person = ALICE) -> Sent:
        """The newest message to this person that holds the text."""
        found = [s for s in self.to(person) if text in text_of(s.body)]
        assert found, f"{person.name} never heard {text!r}, but: {[text_of(s.body) for s in self.to(person)]}"
        return found[-1]

    def never_heard(self, text: str, person: Person = ALICE) -> None:
        """No message to this person ever held the text."""
        told = [text_of(version) for s in self.to(person) for version in s.versions]
        assert not [t for t in told if text in t], f"{person.name} heard {text!r}"

    def card(self, number: str = "IT-1", place: str = TEAM_2) -> Sent:
        """The ticket's card in a team's place."""
        found = [s for s in self.to(place) if s.body.card.startswith(number) or any(v.card.startswith(number) for v in s.versions)]
        assert found, f"no card of {number} in {place}"
        return found[-1]

    def thread(self, card: Sent) -> list[str]:
        """What stands in a card's thread."""
        return [text_of(s.body) for s in self.chat.sent if s.thread == card.id]

    def labels(self, sent: Sent) -> list[str]:
        """Its buttons."""
        return [c.label for c in sent.body.choices]

    def button(self, label: str, on: Sent | None = None) -> tuple[Choice, Sent]:
        """The newest button with that label."""
        for sent in reversed([on] if on else self.chat.sent):
            for choice in sent.body.choices:
                if choice.label == label:
                    return choice, sent
        raise AssertionError(f"no button {label!r}")

    def told_alone(self, person: Person) -> list[str]:
        """What only this person was shown."""
        return [text_of(body) for _, body in self.chat.answers if body.only_for == person.id and body.parts]

    async def ticket(self, number: str = "IT-1") -> Ticket:
        """As it is stored."""
        found = await self.store.ticket(number)
        assert found is not None, f"no ticket {number}"
        return found

    async def happened(self, number: str = "IT-1") -> list[str]:
        """The names of the events, in order."""
        return [event.name for event in await self.store.history(number)]
