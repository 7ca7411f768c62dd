"""A ticket on its way to another department: all that is known of it, as text in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from bot.domain.ids import ConversationId, channel_of
from bot.domain.messages import Attachment
from bot.domain.people import Person
from bot.domain.tickets import Ticket, TicketMessage

PIECE = 200_000  # characters: a row that every database takes
OWN_PAGES = frozenset({"web", "api"})  # channels of which each department has its own: what was sent there is copied along


@dataclass(frozen=True, slots=True)
class Envelope:
    """of, name: the key and the name of the department that sends it. talk: oldest first, with notes. people: all who are named in it.

    chosen: the language that the requester has chosen, or "". labels: name and words of the custom fields that it has.
    """

    of: str
    name: str
    ticket: Ticket
    talk: tuple[TicketMessage, ...]
    people: tuple[Person, ...]
    chosen: str = ""
    labels: tuple[tuple[str, str], ...] = ()


_ENVELOPE: TypeAdapter[Envelope] = TypeAdapter(Envelope)


def pieces(envelope: Envelope) -> Sequence[str]:
    """The text of it, in order."""
    text = _ENVELOPE.dump_json(envelope).decode()
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def whole(text: str) -> Envelope:
    """What was written. Raises ValueError."""
    return _ENVELOPE.validate_json(text)


def own_files(talk: Sequence[TicketMessage]) -> list[Attachment]:
    """Files that only the sender's own pages have."""
    return list(dict.fromkeys(file for said in talk for file in said.attachments if channel_of(ConversationId(file.source)) in OWN_PAGES))
