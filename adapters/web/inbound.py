"""Posted forms to Inbound: pure. Everything a browser sends is untrusted text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from bot.domain.ids import ConversationId, MessageId, PlaceId
from bot.domain.messages import Attachment, Commanded, Happening, Inbound, Pressed, Said, Submitted
from bot.domain.people import Person

CHANNEL = "web"
TEAM = PlaceId("web:team")
MAX_NAME = 80  # characters, bot.domain.people.Person
MAX_FILE_NAME = 120
MAX_ACTION = 160  # characters; ours are far shorter

_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters but tab and newline; halves of surrogate pairs
_DISGUISES = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")  # marks that turn the direction of a name or hide in it
_SEALS = re.compile("[\u2611\u2705\u2713\u2714]\ufe0f?")  # ticks: they stand before the names of those whom a site has vouched for
_COMMAND = re.compile(r"/(help|start|new|list|status|close|human|lang|privacy|ask|join|unjoin|channels|notify)(?:\s+(.*))?\Z", re.S | re.I)
_ONCE = re.compile(r"[0-9a-f]{16,64}\Z")


def clean(text: str) -> str:
    """The text with line ends as newlines, and U+FFFD in place of what no database or channel stores."""
    return _UNSTORABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean_name(text: str, limit: int = MAX_NAME) -> str:
    """One line without marks that disguise it or vouch for it, at most `limit` characters."""
    return _one_line(_SEALS.sub("", text), limit)


def _one_line(text: str, limit: int) -> str:
    return " ".join(_DISGUISES.sub("", clean(text)).split())[:limit].strip()


def is_once(token: str) -> bool:
    """Is it a once-token as our forms carry it?"""
    return _ONCE.match(token) is not None


def file_name(text: str) -> str:
    """The last part of a path, as a name that is safe to show and to save under."""
    return _one_line(re.split(r"[\\/]", text)[-1], MAX_FILE_NAME) or "file"


def inbound(person: Person, conversation: str, once: str, at: datetime, what: Happening) -> Inbound:
    """One event. The once-token of the form makes its key: sent twice, it is one event; two people's tokens never meet."""
    return Inbound(f"{person.id}/{once}", CHANNEL, ConversationId(conversation), person, at, what)


def said(text: str, conversation: str, once: str, attachments: tuple[Attachment, ...] = (), answer_to: str = "") -> Said | Commanded:
    """What a requester typed: a message to the bot, or a command ("/lang es")."""
    message = MessageId(f"{conversation}/{once}")
    command = _COMMAND.match(text.strip())
    if command and not attachments:
        argument = (command[2] or "").strip()
        return Commanded(command[1].lower(), argument, PlaceId(conversation), private=True, message=message, answer_to=answer_to)
    return Said(text, message, PlaceId(conversation), private=True, addressed=True, attachments=attachments)


def commanded(name: str, conversation: str, argument: str = "", answer_to: str = "") -> Commanded:
    """A command that one of our own buttons stands for."""
    return Commanded(name, argument, PlaceId(conversation), private=True, answer_to=answer_to)


def pressed(action: str, place: str, answer_to: str = "") -> Pressed:
    """A button. Its action names the ticket; the message that held it does not matter here."""
    return Pressed(action[:MAX_ACTION], PlaceId(place), answer_to=answer_to)


def submitted(action: str, values: Mapping[str, str], place: str, answer_to: str = "", attachments: tuple[Attachment, ...] = ()) -> Submitted:
    """A filled-in form."""
    return Submitted(action[:MAX_ACTION], dict(values), PlaceId(place), answer_to, attachments)
