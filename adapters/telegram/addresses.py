"""Our identifiers and Telegram's numbers, there and back. Forms: adapters/README.md.

telegram:1001                    a person, their private chat, the conversation in it
telegram:-100123                 a group
telegram:-100123/u1001           one requester's conversation in a group
telegram:-100123/t12             the conversation in a topic
telegram:-100123/57[/t12]        a message [in a topic]
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId

NAME = "telegram"
_FORM = re.compile(rf"{NAME}:(?P<chat>-?\d+)(?:/(?P<message>\d+))?(?:/t(?P<topic>\d+))?(?:/u(?P<user>\d+))?")


@dataclass(frozen=True, slots=True)
class Address:
    """The numbers in an identifier; None where it has none."""

    chat: int
    message: int | None = None
    topic: int | None = None
    user: int | None = None


def parse(identifier: str) -> Address | None:
    """The numbers of any of our identifiers; None when it is another channel's."""
    found = _FORM.fullmatch(identifier)
    if found is None:
        return None
    numbers = {key: int(value) if value else None for key, value in found.groupdict().items()}
    return Address(int(found["chat"]), numbers["message"], numbers["topic"], numbers["user"])


def person_id(user: int) -> PersonId:
    """A person."""
    return PersonId(f"{NAME}:{user}")


def place_id(chat: int) -> PlaceId:
    """A group, or the private chat with a person."""
    return PlaceId(f"{NAME}:{chat}")


def message_id(chat: int, message: int, topic: int | None = None) -> MessageId:
    """One message; in a forum its topic is part of its name."""
    return MessageId(f"{NAME}:{chat}/{message}" + (f"/t{topic}" if topic else ""))


def private_conversation(user: int) -> ConversationId:
    """The private chat with a person."""
    return ConversationId(f"{NAME}:{user}")


def topic_conversation(chat: int, topic: int) -> ConversationId:
    """What is said in a topic."""
    return ConversationId(f"{NAME}:{chat}/t{topic}")


def group_conversation(chat: int) -> ConversationId:
    """What is said in a team's group without topics."""
    return ConversationId(f"{NAME}:{chat}")


def requester_conversation(chat: int, user: int, topic: int | None = None) -> ConversationId:
    """One requester in a group (in a forum: in one of its topics)."""
    return ConversationId(f"{NAME}:{chat}" + (f"/t{topic}" if topic else "") + f"/u{user}")
