"""What goes from one desk to another: an event in an envelope of text, carried by the outbox like any message."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import TypeAdapter

from bot.domain.messages import Attachment, Inbound, Outbound, Say

_EVENT: TypeAdapter[Inbound] = TypeAdapter(Inbound)


def written(event: Inbound) -> str:
    """The event as text."""
    return _EVENT.dump_json(event).decode()


def read(text: str) -> Inbound:
    """The event that was written. Raises ValueError."""
    return _EVENT.validate_json(text)


def letter(event: Inbound, files: Sequence[Attachment] = ()) -> Outbound:
    """As it is sent to a department. files: of the sender's own pages, which the receiver keeps, too, before it reads the letter."""
    return Outbound((Say(written(event)),), attachments=tuple(files))


def opened(message: Outbound) -> Inbound:
    """What came in it. Raises ValueError."""
    part = message.parts[0] if message.parts else None
    if not isinstance(part, Say):
        raise ValueError("no letter")
    return read(part.text)
