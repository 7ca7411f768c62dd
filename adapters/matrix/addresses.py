"""Ids of the core for Matrix's people, rooms and events, and back.

A slash divides in our ids, and may stand in Matrix's: there it is written %2F.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.matrix.config import USER
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId

NAME = "matrix"
LONGEST = 240  # characters of an id that are kept, with room for the names of notes; Matrix allows 255 for each of its own, real ones have 60


@dataclass(frozen=True, slots=True)
class Address:
    """A person, a room, or an event in a room."""

    user: str = ""
    room: str = ""
    event: str = ""


def person_id(user: str) -> PersonId:
    """ "@ana:example.org" as the core knows her."""
    return PersonId(f"{NAME}:{_escaped(user)}")


def place_id(room: str) -> PlaceId:
    """A room."""
    return PlaceId(f"{NAME}:{_escaped(room)}")


def message_id(room: str, event: str) -> MessageId:
    """An event of a room."""
    return MessageId(f"{NAME}:{_escaped(room)}/{_escaped(event)}")


def thread_id(room: str, root: str) -> ConversationId:
    """The thread that begins with an event."""
    return ConversationId(message_id(room, root))


def parse(identifier: str) -> Address | None:
    """What an id of ours names; None for anything else."""
    channel, _, rest = identifier.partition(":")
    if channel != NAME or len(identifier) > LONGEST:
        return None
    first, slash, second = rest.partition("/")
    first, second = _unescaped(first), _unescaped(second)
    if USER.fullmatch(first) and not slash:
        return Address(user=first)
    if len(first) > 1 and first[0] == "!" and bool(slash) == (len(second) > 1 and second[0] == "$" and "/" not in rest.partition("/")[2]):
        return Address(room=first, event=second)
    return None


def _escaped(name: str) -> str:
    return name.replace("%", "%25").replace("/", "%2F")


def _unescaped(text: str) -> str:
    return text.replace("%2F", "/").replace("%25", "%")
