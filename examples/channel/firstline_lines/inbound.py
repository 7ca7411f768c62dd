"""Lines to Inbound: pure."""

from __future__ import annotations

from datetime import datetime

from adapters.plain import cleaned
from adapters.typed_commands import typed
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Commanded, Inbound, Said
from bot.domain.people import Person

NAME = "lines"  # begins all of our ids


def inbound(person: PersonId, key: str, line: str, at: datetime) -> Inbound | None:
    """What somebody wrote; None for an empty line. key: of this line alone, also after a restart."""
    text = cleaned(line).strip()
    if not text:
        return None
    message, place = MessageId(f"{person}/{key}"), PlaceId(person)
    command = typed(text)
    what = Commanded(*command, place, private=True, message=message) if command else Said(text, message, place, private=True, addressed=True)
    return Inbound(message, NAME, ConversationId(person), Person(person, f"Guest {person[-4:]}"), at, what)
