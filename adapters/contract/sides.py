"""The two sides of a channel that is put to the test: what the core holds, and what people on the platform do and see.

How another package tests its channel with it: adapters/README.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Choice, Form, Home, Inbound, Outbound, Refusal
from bot.engine.filling import asked_again
from bot.engine.numbered import spelt
from bot.engine.tongue import tongue
from bot.errors import StoreError
from bot.ports import Channel

WAIT_S = 7.0  # what a platform that is spoken to too fast asks for
Verb = Literal["send", "edit", "answer", "react", "fetch", "is_member", "profile"]
Trouble = Literal["wait", "lost", "refused", "down", "nonsense"]
TROUBLES: tuple[Trouble, ...] = ("wait", "lost", "refused", "down", "nonsense")


@dataclass(slots=True)
class Core:
    """Receive and Enquiries as the adapter sees them. broken: how many events cannot be kept, for that fault, before all is well again."""

    received: list[Inbound] = field(default_factory=list)
    forms: dict[str, Form | Refusal] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    page: Home = field(default_factory=lambda: Home(()))
    broken: int = 0
    fault: Exception = field(default_factory=lambda: StoreError("the disk is full"))
    room: int = 1_000_000  # for so many events; who brings more waits for ever
    full: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, event: Inbound) -> None:
        """Keeps each key once, and each `also`."""
        if len(self.received) >= self.room:
            self.full.set()
            await asyncio.Event().wait()
        async with self.changed:
            if self.broken > 0:
                self.broken -= 1
                raise self.fault
            if not any(event.key == e.key or (event.also and event.also == e.also) for e in self.received):
                self.received.append(event)
            self.changed.notify_all()

    async def got(self, count: int, within_s: float = 8.0) -> list[Inbound]:
        """The events, when there are at least so many."""
        async with asyncio.timeout(within_s), self.changed:
            await self.changed.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def form(self, action: str, person: PersonId) -> Form | Refusal | None:
        return self.forms.get("ask" if action == "new" else action)

    async def asked_again(self, action: str, person: PersonId, values: Mapping[str, str], files: int = 0) -> Form | None:
        form = await self.form(action, person)
        return asked_again(tongue("en"), form, values, files) if isinstance(form, Form) else None

    async def home(self, person: PersonId) -> Home:
        return self.page

    async def popular(self, language: str) -> Sequence[Choice]:
        return ()

    def conversations(self, channel: str) -> list[ConversationId]:
        return [ConversationId(one) for one in sorted(self.known) if one.startswith(f"{channel}:")]

    def is_known(self, conversation: ConversationId) -> bool:
        return conversation in self.known

    async def choices(self, number: str, person: PersonId) -> Sequence[Choice]:
        """None: nothing is on its way here."""
        return ()


@dataclass
class Listener(Core):
    """Receive as the core keeps it, with every try. then: what happens once an event is kept."""

    tried: list[Inbound] = field(default_factory=list)
    then: Callable[[Inbound], Awaitable[None]] | None = None

    async def receive(self, event: Inbound) -> None:
        """As Core, and remembered."""
        self.tried.append(event)
        await super().receive(event)
        if self.then:
            await self.then(event)


class Side(Protocol):
    """A channel that listens, and its people: alice asks, ann is of the team, mallory is of no team. hall: a place they share."""

    core: Listener
    alice: PersonId
    ann: PersonId
    mallory: PersonId
    ann_is_called: str
    team: PlaceId
    hall: PlaceId

    @property
    def channel(self) -> Channel:
        """What is tested."""
        ...

    async def says(self, text: str) -> None:
        """Alice writes to the bot privately."""
        ...

    async def attaches(self, name: str, content: bytes) -> None:
        """Alice sends the bot a file."""
        ...

    async def posts(self, to: str, piece: Outbound, thread: MessageId | None = None) -> MessageId:
        """What the core does to send a piece."""
        ...

    async def texts(self, to: str, thread: MessageId | None = None) -> list[str]:
        """The bot's messages that everybody sees there (thread: of that card alone, without it), oldest first."""
        ...

    async def buttons(self, to: str) -> list[str]:
        """The labels that can be pressed there, top to bottom."""
        ...

    async def files(self, to: str) -> list[str]:
        """The names of the files there, top to bottom."""
        ...

    async def told(self, person: PersonId) -> str:
        """All that this person and nobody else was shown."""
        ...

    def forgets(self, attachment: Attachment) -> None:
        """The platform keeps that file no longer."""
        ...


class Busy(Side, Protocol):
    """A channel with places of many people, where messages can be pressed, deleted and reacted to, and where calls can fail."""

    async def asks(self, text: str) -> None:
        """Alice calls the bot in the hall."""
        ...

    async def writes(self, card: MessageId, text: str) -> None:
        """Ann writes in the card's thread, or to the card where there are no threads."""
        ...

    async def presses(self, card: MessageId, label: str) -> None:
        """Ann presses a button of the card."""
        ...

    def deletes(self, card: MessageId) -> None:
        """Somebody deletes a card by hand."""
        ...

    def signs(self, message: MessageId) -> int:
        """How many signs of the bot are on the message."""
        ...

    def fails(self, verb: Verb, trouble: Trouble) -> None:
        """The next call of that kind goes wrong. lost: it is done, and nobody hears of it."""
        ...


@dataclass(frozen=True, slots=True)
class Trial:
    """A channel to put to the test. channel: its class, which says what it can. open: its side, listening.

    busy: its side is a Busy one. far: it speaks over a network, so that its side can fail.
    """

    channel: type
    open: Callable[[], AbstractAsyncContextManager[Side]]
    busy: bool = False
    far: bool = True


def as_the_core_sends(piece: Outbound) -> Outbound:
    """A piece as it reaches a channel with Capabilities(buttons=False): its choices in words."""
    return spelt(tongue("en"), piece) if piece.choices else piece


async def elsewhere(attachment: Attachment, limit: int) -> bytes:
    """The files of all other channels: for Channel.fetch_any."""
    return attachment.name.encode()
