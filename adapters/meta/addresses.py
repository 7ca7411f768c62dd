"""Identifiers of Meta's channels, there and back. Pure.

whatsapp:ES.1234             a person, by the id that Meta gave them towards this business, and their private conversation
whatsapp:ES.1234/wamid.HB…   a message there
messenger:24567890123        a person by their id towards the page; instagram:… likewise
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from bot.domain.ids import MessageId, PersonId

WHATSAPP, MESSENGER, INSTAGRAM = "whatsapp", "messenger", "instagram"
LONGEST = 250  # characters of an identifier; a store keeps 255
LONGEST_KEY = 100  # of an event's: the keys of what answers it begin with it
NUMBERED = "n"  # begins the id of whom an old payload knows by the number alone: a keyed hash stands for it
_USER = {
    WHATSAPP: re.compile(r"[A-Za-z]{1,3}(?:\.ENT)?\.[A-Za-z0-9]{1,128}"),
    MESSENGER: re.compile(r"\d{5,32}"),
    INSTAGRAM: re.compile(r"\d{5,32}"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A person, and the message meant, or ""."""

    user: str
    message: str = ""


def is_user(channel: str, user: object) -> bool:
    """Has it the form of a person's id there?"""
    return isinstance(user, str) and _USER[channel].fullmatch(user) is not None


def person_id(channel: str, user: str) -> PersonId:
    """The person, and their private conversation."""
    return PersonId(f"{channel}:{user}")


def message_id(channel: str, user: str, message: str) -> MessageId:
    """One message; a hash stands for what no store could keep."""
    whole = f"{channel}:{user}/{message}"
    return MessageId(whole if len(whole) <= LONGEST else f"{channel}:{user}/~{_digest(message)}")


def key(message: str) -> str:
    """The key of the event that this message is."""
    return message if len(message) <= LONGEST_KEY else f"~{_digest(message)}"


def parse(channel: str, identifier: str) -> Address | None:
    """What an identifier of that channel says; None for another's, and for what is none. message: "" for one that only a hash stands for."""
    name, _, rest = identifier.partition(":")
    user, _, message = rest.partition("/")
    if name != channel or not is_user(channel, user):
        return None
    return Address(user, "" if message.startswith("~") else message)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]
