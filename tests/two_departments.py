"""Three departments behind one bot over the shipped doubles: IT, People and Office, each with a store of its own, and the front that hands on to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from adapters.desks.channel import DesksChannel
from bot.domain.departments import Department
from bot.domain.desks import Desk, Tier
from bot.domain.ids import PersonId, PlaceId
from bot.domain.messages import Attachment, Capabilities, Inbound
from bot.domain.people import Person
from bot.engine import conversation
from bot.engine.departments.lookups import Answers, Lookups, Question
from bot.engine.departments.switchboard import Switchboard
from bot.engine.running.delivery import Delivery
from bot.engine.running.pacing import Pacer
from bot.engine.running.work import Handle, Workers
from bot.errors import StoreError
from bot.ports import Store
from bot.store.memory import MemoryStore
from tests.builders import TEAM_2, a_desk
from tests.world import Undying, World

HANA = Person(PersonId("chat:hana"), "Hana People", "en")
OTTO = Person(PersonId("chat:otto"), "Otto Office", "en")
TEAM_HR, TEAM_OPS = PlaceId("chat:team-hr"), PlaceId("chat:team-ops")
HELP_HR = PlaceId("chat:help-hr")
SHORT = timedelta(hours=1)


def the_departments(**more: Sequence[str]) -> list[Department]:
    """IT first. more: routes, by key."""
    desks = {
        "it": a_desk(name="IT"),
        "hr": Desk("People", "HR", tiers=(Tier(2, "People team", (TEAM_HR,), SHORT),), help_places=frozenset({HELP_HR}), take_back=timedelta(0)),
        "ops": Desk("Office", "OPS", tiers=(Tier(2, "Office team", (TEAM_OPS,), SHORT),), take_back=timedelta(0)),
    }
    names = [(key, desk.name) for key, desk in desks.items()]
    desks = {key: replace(desk, key=key, others=tuple(name for name in names if name[0] != key)) for key, desk in desks.items()}
    return [Department(key, desk, frozenset(more.get(key, ()))) for key, desk in desks.items()]


@dataclass
class Part(World):
    """One of several desks in a process: its channels and its hands are those that it is given."""

    def join(self, channels: Mapping[str, Any], handle: Handle = conversation.handle, key: str = "") -> None:
        """Speak on these channels. key: as of Delivery."""
        self.channels.clear()
        self.channels.update(channels)
        self.delivery = Delivery(self.store, self.channels, self.clock, Pacer({}), Undying(self.store, self.clock, "test"), lambda one: None, key)
        self.own = Workers(self.store, self.crew, self.bus, self.delivery, self.clock, lambda ids: None, handle)
        self.workers = self.own


@dataclass
class Departments(Part):
    """The front, on which people act and look as in a World. away: keys of those whose database cannot be reached now.

    stores: of departments whose own is not in memory.
    """

    departments: list[Department] = field(default_factory=the_departments)
    can: Capabilities | None = None
    stores: Mapping[str, Store] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = replace(self.desk, tiers=())
        super().__post_init__()
        if self.can is not None:
            self.chat.can = self.can
        self.chat.members |= {TEAM_HR: {HANA.id}, TEAM_OPS: {OTTO.id}}
        self.away: set[str] = set()
        self.lost: list[str] = []  # keys of departments that keep the next letter and die before they say so
        self.parts = {one.key: Part(one.desk, store=self.stores.get(one.key) or MemoryStore(), clock=self.clock) for one in self.departments}
        self.doors = {key: Box(self, key) for key in ("", *self.parts)}
        self.begin()
        for key, part in self.parts.items():
            part.join({"chat": self.chat, "desks": DesksChannel(self.doors, part.store)}, key=key)
            part.chat = self.chat

    def begin(self) -> None:
        """The front starts, over what its store holds."""
        self.join({"chat": self.chat, "desks": DesksChannel(self.doors, self.store)}, Switchboard(self.departments, Lookups(self.ask)).handle)
        self.workers = Together(self)  # type: ignore[assignment]  # the hands of all of them

    async def ask(self, question: Question, ident: str) -> Answers:
        """As Asks: who is away does not answer."""
        answers: dict[Question, Callable[[Part, str], Awaitable[bool]]] = {"knows": knows, "works": works, "busy": is_busy}
        yes = [key for key, part in self.parts.items() if key not in self.away and await answers[question](part, ident)]
        return Answers(frozenset(yes), frozenset(self.away))

    # ---- people look
    @property
    def it(self) -> Part:
        """The department."""
        return self.parts["it"]

    @property
    def hr(self) -> Part:
        """The department."""
        return self.parts["hr"]

    @property
    def ops(self) -> Part:
        """The department."""
        return self.parts["ops"]

    async def asked(self, key: str) -> list[str]:
        """The questions that a department has, by their numbers."""
        part = self.parts[key]
        found = [await part.store.ticket(f"{part.desk.prefix}-{n}") for n in range(1, 9)]
        return [one.question for one in found if one is not None]

    async def words(self, key: str, number: str) -> list[str]:
        """What was said in a ticket."""
        return [said.text for said in await self.parts[key].store.talk(number, internal=True)]


class Box:
    """As LetterBox."""

    def __init__(self, of: Departments, key: str) -> None:
        self._of, self._key = of, key

    async def receive(self, event: Inbound) -> None:
        """As LetterBox."""
        part = self._reached()
        await part.intake.receive(event)
        if self._key in self._of.lost:
            self._of.lost.remove(self._key)
            raise StoreError(f"{self._key} died before it could say so")

    async def keep_file(self, attachment: Attachment, content: bytes) -> None:
        """As LetterBox."""
        await self._reached().store.keep_file(attachment, content)

    def _reached(self) -> Part:
        if self._key in self._of.away:
            raise StoreError(f"{self._key} is away")
        return self._of.parts[self._key] if self._key else self._of


class Together:
    """All hands of a process: until nobody has anything to do."""

    def __init__(self, of: Departments) -> None:
        self._of = of

    async def drain(self, patience_s: float = 30.0) -> None:
        """As Workers.drain, of all whose database is there."""
        of = self._of
        while True:
            some = [of.own, *(part.own for key, part in of.parts.items() if key not in of.away)]
            before = sum(hands.handled for hands in some)
            for hands in some:
                await hands.drain(patience_s)
            if before == sum(hands.handled for hands in some):
                return


async def knows(part: Part, message: str) -> bool:
    """As the product asks."""
    return await part.store.run(lambda tx: tx.linked(message)) is not None


async def works(part: Part, person: str) -> bool:
    """As the product asks."""
    return bool(await part.enquiries.rank(PersonId(person)))


async def is_busy(part: Part, conversation_: str) -> bool:
    """As the product asks."""
    ticket = await part.store.run(lambda tx: tx.latest_ticket(conversation_))
    return ticket is not None and ticket.is_open


__all__ = ["HANA", "HELP_HR", "OTTO", "TEAM_2", "TEAM_HR", "TEAM_OPS", "Departments", "Part", "the_departments"]
