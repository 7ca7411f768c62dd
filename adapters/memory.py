"""A channel that is a list: for tests, and to see what the core says without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Capabilities, Home, Inbound, Outbound, Reaction, Words
from bot.domain.people import Person
from bot.errors import DeliveryError, DeliveryRefused, StoreError, ThreadGone
from bot.ports import Enquiries, Receive

RETRY_S = 0.01  # until what could not be kept is handed over again


@dataclass(slots=True)
class Sent:
    """A message as it stands now. to: conversation or place. thread: the card in whose thread it is."""

    id: MessageId
    to: str
    body: Outbound
    thread: MessageId | None = None
    versions: list[Outbound] = field(default_factory=list)


class MemoryChannel:
    """Speaks to nobody; keeps everything. `faults` are raised by the next calls, in order."""

    def __init__(self, name: str = "memory", *, can: Capabilities | None = None) -> None:
        self.name = name
        self.can = can or Capabilities(edits=True, threads=True)
        self.coming: asyncio.Queue[Inbound] = asyncio.Queue()  # what people do, for whoever listens
        self.sent: list[Sent] = []
        self.deleted: set[MessageId] = set()
        self.answers: list[tuple[str, Outbound]] = []
        self.reactions: list[Reaction] = []
        self.homes: dict[PersonId, Home] = {}
        self.members: dict[PlaceId, set[PersonId]] = {}
        self.names: dict[PersonId, str] = {}
        self.mails: dict[PersonId, str] = {}
        self.files: dict[str, bytes] = {}
        self.faults: list[DeliveryError] = []
        self.longest = 0  # characters of one message; 0: no limit
        self.calls = 0

    # ---- Channel
    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """Hands over what is put into `coming`, in order; what could not be kept comes again."""
        while True:
            await _hand_over(receive, await self.coming.get())

    def is_ready(self) -> bool:
        """Always."""
        return True

    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """Everything fits, unless `longest` is set: then a single part of words is cut into pieces of that many characters."""
        if not self.longest or len(message.parts) != 1 or not isinstance(words := message.parts[0], Words) or len(words.text) <= self.longest:
            return (message,)
        texts = [words.text[at : at + self.longest] for at in range(0, len(words.text), self.longest)]
        pieces = [replace(message, parts=(replace(words, text=text),), choices=()) for text in texts]
        return (*pieces[:-1], replace(pieces[-1], choices=message.choices))

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """Kept under the next number."""
        self._call()
        if thread in self.deleted:
            raise ThreadGone("deleted by hand")
        sent = Sent(MessageId(f"{to.partition('/')[0]}/{len(self.sent) + len(self.deleted) + 1}"), to, message, thread, [message])
        self.sent.append(sent)
        return sent.id

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """As on Slack: the card's own id."""
        return ConversationId(card)

    # ---- powers
    async def edit(self, message: MessageId, new: Outbound) -> None:
        """In place; the former versions stay."""
        self._call()
        for sent in self.sent:
            if sent.id == message:
                sent.body = new
                sent.versions.append(new)
                return
        raise ThreadGone("no such message")

    async def answer(self, to: str, message: Outbound) -> None:
        """Kept apart: only its reader sees it."""
        self._call()
        self.answers.append((to, message))

    async def react(self, reaction: Reaction) -> None:
        """Kept once."""
        self._call()
        if reaction not in self.reactions:
            self.reactions.append(reaction)

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """A file put there before."""
        if attachment.source not in self.files:
            raise DeliveryRefused("gone")
        content = self.files[attachment.source]
        if len(content) > limit:
            raise DeliveryRefused("too_large")
        return content

    async def is_member(self, place: PlaceId, person: PersonId) -> bool:
        """Whoever was put there."""
        return person in self.members.get(place, set())

    async def mail_of(self, person: PersonId) -> str:
        """By the addresses given."""
        return self.mails.get(person, "")

    async def profile(self, person: PersonId) -> Person:
        """By the names given."""
        return Person(person, self.names.get(person, ""))

    async def publish(self, person: PersonId, home: Home) -> None:
        """The last one stands."""
        self._call()
        self.homes[person] = home

    def delete(self, message: MessageId) -> None:
        """Somebody deletes a message by hand, and with it what stands in its thread."""
        lost = {sent.id for sent in self.sent if message in (sent.id, sent.thread)}
        self.deleted |= lost
        self.sent = [sent for sent in self.sent if sent.id not in lost]

    def _call(self) -> None:
        self.calls += 1
        if self.faults:
            raise self.faults.pop(0)


async def _hand_over(receive: Receive, event: Inbound) -> None:
    while True:
        try:
            return await receive(event)
        except StoreError:
            await asyncio.sleep(RETRY_S)
