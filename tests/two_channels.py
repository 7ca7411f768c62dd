"""A desk with a second channel, "mobile", on which the same people may be, and addresses that take nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from adapters.memory import MemoryChannel, Sent
from bot.domain.ids import MessageId, PersonId, PlaceId, channel_of
from bot.domain.messages import Facts, Happening, Inbound, Outbound, Pressed
from bot.domain.people import Person
from bot.errors import DeliveryError, DeliveryRefused
from tests.builders import ALICE, an_event
from tests.world import World, text_of

MOBILE = Person(PersonId("mobile:alice"), "alice_m", "en")
STRANGER = Person(PersonId("mobile:eve"), "Eve", "en")


class Closable(MemoryChannel):
    """closed: conversations that refuse whatever is sent there, and why. failing: those that cannot be reached now."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.closed: dict[str, str] = {}
        self.failing: set[str] = set()

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """As always, where it is not closed."""
        if to in self.closed:
            raise DeliveryRefused(self.closed[to], to)
        if to in self.failing:
            raise DeliveryError("no answer")
        return await super().send(to, message, thread)

    def invitation(self, token: str) -> str:
        """As a platform with deep links."""
        return f"https://{self.name}.example/start?start=link_{token}"


@dataclass
class TwoChannels(World):
    """World, and a door of its own for whoever's address begins with "mobile:"."""

    first: Closable = field(default_factory=lambda: Closable("chat"))
    mobile: Closable = field(default_factory=lambda: Closable("mobile"))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.first.members = self.chat.members
        self.chat = self.first
        self.channels.update(chat=self.first, mobile=self.mobile)

    async def happens(self, what: Happening, person: Person = ALICE, conversation: str = "", **more: Any) -> Inbound:
        """It comes in on that person's channel, and everything that follows is done."""
        event = replace(an_event(what, person, conversation, **more), channel=channel_of(person.id))
        await self.intake.receive(event)
        await self.workers.drain()
        return event

    def to(self, where: str | Person) -> list[Sent]:
        """What was sent there, on whichever channel."""
        place = where.id if isinstance(where, Person) else where
        return [s for channel in (self.chat, self.mobile) for s in channel.sent if s.to == place]

    async def presses_own(self, label: str, person: Person) -> None:
        """The newest button with this label among what was sent to this person alone."""
        for sent in reversed(self.to(person)):
            for choice in sent.body.choices:
                if choice.label == label:
                    await self.happens(Pressed(choice.action, PlaceId(person.id), sent.id), person)
                    return
        raise AssertionError(f"{person.name} has no button {label!r}")

    def told_alone(self, person: Person) -> list[str]:
        """What only this person was shown, on whichever channel."""
        return [text_of(body) for channel in (self.chat, self.mobile) for _, body in channel.answers if body.only_for == person.id and body.parts]

    def code_of(self, person: Person) -> str:
        """The newest code that this person was given."""
        for sent in reversed(self.to(person)):
            for part in sent.body.parts:
                if isinstance(part, Facts):
                    for label, value in part.rows:
                        if label == "Code":
                            return value
        raise AssertionError(f"{person.name} has no code")

    async def joined(self, person: Person = ALICE, other: Person = MOBILE) -> None:
        """Both are proved to be one person, the long way."""
        await self.commands("join", "", person)
        await self.commands("join", self.code_of(person), other)
        await self.presses_own("Yes, that is me", other)
        await self.presses_own("Yes, that is me", person)
