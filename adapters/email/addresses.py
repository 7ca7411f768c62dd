"""Addresses and Message-IDs that only we can have given out, and our identifiers, there and back. Pure.

email:ana@example.com                      a person, and their private conversation: notices, codes, and the answers to them
email:ana@example.com/3f9c0a11d2b4e5f6     one mail thread with that person
email:ana@example.com/<thread>/<m@host>    a message in either, with its Message-ID
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from bot.domain.ids import ConversationId, MessageId, PersonId

NAME = "email"
LONGEST = 240  # characters of an identifier; a store keeps 255
MAC = 12  # hex digits: 48 bits, far more than can be tried by mail
_THREAD = re.compile(r"[0-9a-f]{16}")
_THREAD_ADDRESS = re.compile(rf"[^@\s]+\+t([0-9a-f]{{16}})-([0-9a-f]{{{MAC}}})@[^@\s]+")
_AGENT_ADDRESS = re.compile(rf"[^@\s]+\+a([a-z0-9]+-[0-9]+)-([0-9a-f]{{{MAC}}})@[^@\s]+")
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_OWN_ID = re.compile(rf"t([0-9a-f]{{16}})\.([0-9a-f]{{16}})\.([0-9a-f]{{{MAC}}})@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Place:
    """What an identifier of ours says. thread: never "", the private conversation has one, too. message: with its angle brackets, or ""."""

    address: str
    thread: str
    message: str = ""


def person_id(address: str) -> PersonId:
    """A person, by their address: case is no difference."""
    return PersonId(f"{NAME}:{address.strip().lower()}")


def private_thread(address: str) -> str:
    """The thread of a person's private conversation: what answers a notice or a code comes back there."""
    return _digest(f"private|{address.strip().lower()}")


def conversation_id(address: str, thread: str) -> ConversationId:
    """One mail thread with a person; their private conversation bears their own id."""
    person = person_id(address)
    return ConversationId(person if thread in ("", private_thread(address)) else f"{person}/{thread}")


def message_id(address: str, thread: str, header: str) -> MessageId:
    """One message; header: its Message-ID, of which a hash stands for what no store could keep."""
    whole = MessageId(f"{person_id(address)}/{thread}/<{_bare(header)}>")
    return whole if len(whole) <= LONGEST else MessageId(f"{person_id(address)}/{thread}/<{_digest(header)}@long>")


def place_of(identifier: str) -> Place | None:
    """What is in any of our identifiers; None when it is another channel's, or made up."""
    channel, _, rest = identifier.partition(":")
    at = rest.find("@")
    if channel != NAME or at < 1:
        return None
    domain, _, behind = rest[at:].partition("/")  # a local part may hold a slash, a domain cannot
    thread, _, header = behind.partition("/")
    address = rest[:at] + domain
    if len(domain) < 2 or (behind and not _THREAD.fullmatch(thread)):
        return None
    return Place(address, thread or private_thread(address), header)


def on_the_wire(address: str) -> str:
    """The address as every server reads it alike, and as it can stand in a header: ASCII alone; "" when it is none."""
    local, _, domain = address.rpartition("@")
    try:
        spelt = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return ""
    return spelt if _PLAIN.fullmatch(spelt) and ".." not in spelt else ""


class Signer:
    """Gives out addresses and Message-IDs, and knows its own again. address: ours, as people write to it."""

    def __init__(self, secret: bytes, address: str) -> None:
        self._secret = secret
        self.address = address.strip().lower()
        self._local, _, self.domain = self.address.rpartition("@")

    def thread_for(self, header: str, sender: str) -> str:
        """The name of the thread that a mail of this Message-ID begins. The sender counts, so that nobody gets into another's thread by copying its id."""
        return _digest(f"{sender.strip().lower()}|{_bare(header)}")

    def reply_address(self, thread: str) -> str:
        """Where answers to a mail of this thread go."""
        return f"{self._local}+t{thread}-{self._mac('thread', thread)}@{self.domain}"

    def thread_of_address(self, address: str) -> str | None:
        """The thread, if we gave out this address. Ours may have been another then: what it is signed with is what counts."""
        found = _THREAD_ADDRESS.fullmatch(address.strip().lower())
        return found[1] if found and self._is_ours(found[2], "thread", found[1]) else None

    def message_id(self, thread: str, key: str) -> str:
        """The Message-ID of what we send: the same key gives the same one, so that what is sent twice is seen once."""
        named = f"{thread}.{_digest(key)}"
        return f"<t{named}.{self._mac('message', named)}@{self.domain}>"

    def thread_of_message_id(self, header: str) -> str | None:
        """The thread, if a Message-ID (of In-Reply-To or References, with or without its brackets) is one that we gave."""
        found = _OWN_ID.fullmatch(_bare(header).lower())
        return found[1] if found and self._is_ours(found[3], "message", f"{found[1]}.{found[2]}") else None

    def agent_address(self, ticket: str, person: str) -> str:
        """Where the answer of this agent alone goes to reach the requester of the ticket."""
        return f"{self._local}+a{ticket.lower()}-{self._mac('agent', f'{ticket.lower()}|{person.lower()}')}@{self.domain}"

    def agent_of_address(self, address: str, sender: str) -> tuple[str, PersonId] | None:
        """The ticket and the agent, if we gave this address to this very sender; None for everybody else, whoever sent it on to them."""
        found, person = _AGENT_ADDRESS.fullmatch(address.strip().lower()), person_id(sender)
        if found is None or not self._is_ours(found[2], "agent", f"{found[1]}|{person}"):
            return None
        return found[1].upper(), person

    def name_of(self, what: str) -> str:
        """A name for it that nobody can guess, always the same."""
        return hmac.new(self._secret, f"firstline|mail|name|{what}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:40]

    def is_ours(self, address: str) -> bool:
        """Our own address, whatever is behind its plus sign."""
        local, _, domain = address.strip().lower().rpartition("@")
        return domain == self.domain and (local == self._local or local.startswith(f"{self._local}+"))

    def _mac(self, purpose: str, text: str) -> str:
        return hmac.new(self._secret, f"firstline|mail|{purpose}|{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:MAC]

    def _is_ours(self, given: str, purpose: str, text: str) -> bool:
        return hmac.compare_digest(given.encode(), self._mac(purpose, text).encode())


def _bare(header: str) -> str:
    """A Message-ID without white space and brackets."""
    return "".join(header.split()).removeprefix("<").removesuffix(">")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
