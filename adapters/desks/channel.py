"""Departments as a channel, so that leases, order, retries and crash safety are those of every message. What is handed over twice is kept once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.departments import CHANNEL
from bot.domain.ids import ConversationId, MessageId
from bot.domain.messages import Attachment, Capabilities, Inbound, Outbound, Patience
from bot.engine.departments.letters import opened
from bot.errors import DeliveryError, DeliveryRefused, StoreError
from bot.ports import Enquiries, Files, Receive

DAYS = Patience(attempts=20_000, most_s=30.0)  # looked for every half minute for a week: a department's database comes back sooner, or somebody has noticed


class LetterBox(Protocol):
    """Of a department, or of what stands before all. Both raise StoreError when its database is away."""

    async def receive(self, event: Inbound) -> None:
        """As Receive."""
        ...

    async def keep_file(self, attachment: Attachment, content: bytes) -> None:
        """As Files."""
        ...


class DesksChannel:
    """See bot.ports: Channel. receivers: the doors of all by key; filled once all of them are built. files: our own, of which others may need one."""

    name = CHANNEL
    can = Capabilities(patience=DAYS)

    def __init__(self, receivers: Mapping[str, LetterBox], files: Files) -> None:
        self._receivers, self._files = receivers, files

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """What comes from the others comes to our door directly."""
        await asyncio.Event().wait()

    def is_ready(self) -> bool:
        """Always: each department tells by itself how it is."""
        return True

    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """As it is."""
        return [message]

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """Hand it over; returns when it is kept there. Its files first: whoever reads the letter has them."""
        door = self._receivers.get(to.partition(":")[2])
        if door is None:
            raise DeliveryRefused("removed")
        try:
            event = opened(message)
        except ValueError as fault:
            raise DeliveryRefused("invalid") from fault
        try:
            for attachment in message.attachments:
                if (found := await self._files.file(attachment.source)) is not None:
                    await door.keep_file(*found)
            await door.receive(event)
        except StoreError as fault:
            raise DeliveryError(f"the database of {to} is away") from fault
        return MessageId(f"{to}/{event.channel}/{event.key}"[:255])

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """There are no cards."""
        return None
