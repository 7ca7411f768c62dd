"""Stanzas as the core's events: pure. A stanza is what xml.etree makes of it.

A message's id is what its author's client gave it; some begin anew with each session, so that the words are part of an event's key.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from xml.etree.ElementTree import Element

from adapters.plain import cleaned
from adapters.typed_commands import typed
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Commanded, Deleted, Edited, Happening, Inbound, Said
from bot.domain.people import Person

NAME = "xmpp"
STREAM = "{jabber:component:accept}"
RECEIPTS, CORRECTION, RETRACTION, REPLY = "{urn:xmpp:receipts}", "{urn:xmpp:message-correct:0}", "{urn:xmpp:message-retract:1}", "{urn:xmpp:reply:0}"
STANZA_ID, DELAY, NICK, OOB = "{urn:xmpp:sid:0}stanza-id", "{urn:xmpp:delay}delay", "{http://jabber.org/protocol/nick}nick", "{jabber:x:oob}x"
ENCRYPTED = (
    "{eu.siacs.conversations.axolotl}encrypted", "{urn:xmpp:omemo:2}encrypted", "{urn:xmpp:openpgp:0}openpgp", "{jabber:x:encrypted}x",
    "{urn:xmpp:eme:0}encryption",
)  # fmt: skip
CONDITIONS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
USER = re.compile(r"[^\s\"&'/:<>@]{1,160}@[^\s\"&'/:<>@]{1,70}")  # who writes to a desk is a person, not a whole server
LONGEST = 240  # characters of an id that are kept
MAX_NAME = 80
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What we sent was not taken. id: of our stanza; kind: of the error: cancel, auth, modify, wait; condition: its name in RFC 6120."""

    id: str
    by: str
    kind: str
    condition: str


def bare(address: str) -> str:
    """The person of an address, without the client they use; "" for what is no person's."""
    found = address.partition("/")[0].lower()
    return found if USER.fullmatch(found) else ""


def person_id(user: str) -> PersonId:
    """ "ana@example.org" as the core knows her; her conversation and place are called so, too."""
    return PersonId(f"{NAME}:{user}")


def user_of(identifier: str) -> str:
    """The person of an id of ours; "" for anything else."""
    channel, _, rest = identifier.partition(":")
    return bare(rest) if channel == NAME and "/" not in rest else ""


def message_id(user: str, stanza: str) -> MessageId:
    """A message in the conversation with that person; an id that would be too long is told by its hash."""
    if not 0 < len(stanza) <= LONGEST - len(user) - 8 or not stanza.isprintable():
        stanza = hashlib.sha256(stanza.encode("utf-8", "replace")).hexdigest()[:32]
    return MessageId(f"{NAME}:{user}/{stanza}")


def what_it_is(stanza: Element) -> Literal["words", "unreadable", "refusal", ""]:
    """Words for us, words that are encrypted, the answer that ours were not taken; "" for anything else: chat states, receipts, crowds, copies."""
    kind = stanza.get("type", "normal")
    if kind == "error":
        return "refusal"
    if kind not in ("chat", "normal") or not bare(stanza.get("from", "")):
        return ""
    if any(stanza.find(one) is not None for one in ENCRYPTED):
        return "unreadable"
    return "words" if stanza.find(f"{STREAM}body") is not None or stanza.find(f"{RETRACTION}retract") is not None else ""


def to_inbound(stanza: Element, component: str, now: datetime) -> Inbound | None:
    """What somebody did; None for what is not ours. component: our own domain."""
    user = bare(stanza.get("from", ""))
    if what_it_is(stanza) != "words" or not user:
        return None
    author = Person(person_id(user), _name(stanza, user))
    happened = _happened(stanza, user, component)
    return Inbound(_key(stanza, user, component), NAME, ConversationId(author.id), author, _moment(stanza, now), happened) if happened is not None else None


def refusal(stanza: Element) -> Refusal | None:
    """Which of our stanzas was not taken, and why."""
    error = stanza.find(f"{STREAM}error")
    if stanza.get("type") != "error" or error is None:
        return None
    conditions = [one.tag.removeprefix(CONDITIONS) for one in error if one.tag.startswith(CONDITIONS) and one.tag != f"{CONDITIONS}text"]
    return Refusal(stanza.get("id", ""), bare(stanza.get("from", "")), error.get("type", "cancel"), conditions[0] if conditions else "undefined-condition")


def wants_receipt(stanza: Element) -> bool:
    """Does the author's client ask to be told that it arrived?"""
    return bool(stanza.get("id")) and stanza.find(f"{RECEIPTS}request") is not None


def _happened(stanza: Element, user: str, component: str) -> Happening | None:
    gone, new = stanza.find(f"{RETRACTION}retract"), stanza.find(f"{CORRECTION}replace")
    if gone is not None:
        return Deleted(message_id(user, gone.get("id", ""))) if gone.get("id") else None
    words = _words(stanza)
    if new is not None and new.get("id"):
        return Edited(message_id(user, new.get("id", "")), words)
    own, place, answers = message_id(user, _id(stanza, component)), PlaceId(person_id(user)), _reply_to(stanza, user)
    command = typed(words)
    if command is not None:
        return Commanded(*command, place, private=True, message=own, reply_to=answers)
    return Said(words, own, place, private=True, addressed=True, reply_to=answers)


def _words(stanza: Element) -> str:
    """What was written, without the quote that a reply may begin with for older clients; where it is the address of a file, that."""
    found = [body for body in stanza.findall(f"{STREAM}body") if body.text]
    words = found[0].text or "" if found else ""
    reply = stanza.find(f"{REPLY}reply")
    quoted = stanza.find("{urn:xmpp:fallback:0}fallback[@for='urn:xmpp:reply:0']/{urn:xmpp:fallback:0}body")
    if reply is not None and quoted is not None and (end := quoted.get("end", "")).isdigit() and quoted.get("start", "0") == "0":
        words = words[int(end) :]
    links = [url.text.strip() for one in stanza.findall(OOB) if (url := one.find("{jabber:x:oob}url")) is not None and url.text]
    return cleaned("\n".join([words.strip("\n"), *(link for link in links if link not in words)]).strip("\n"))


def _reply_to(stanza: Element, user: str) -> MessageId | None:
    answered = stanza.find(f"{REPLY}reply")
    return message_id(user, answered.get("id", "")) if answered is not None and answered.get("id") else None


def _id(stanza: Element, component: str) -> str:
    """As its author's client calls it; else as our server does; else by what it says."""
    if given := stanza.get("id"):
        return given
    ours = [one.get("id", "") for one in stanza.findall(STANZA_ID) if one.get("by") in (component, None)]
    return ours[0] if ours and ours[0] else hashlib.sha256(f"{_words(stanza)}\0{_attributes(stanza.find(DELAY)).get('stamp', '')}".encode()).hexdigest()[:32]


def _key(stanza: Element, user: str, component: str) -> str:
    words = hashlib.sha256(_words(stanza).encode("utf-8", "replace")).hexdigest()[:16]
    return f"{message_id(user, _id(stanza, component)).removeprefix(NAME + ':')}#{words}"[-255:]


def _name(stanza: Element, user: str) -> str:
    nick = stanza.find(NICK)
    told = " ".join(DIRECTIONS.sub("", cleaned((nick.text or "") if nick is not None else "")).split())[:MAX_NAME].rstrip()
    return told or user.partition("@")[0][:MAX_NAME]


def _moment(stanza: Element, now: datetime) -> datetime:
    """When it was written, of one that had to wait."""
    stamp = _attributes(stanza.find(DELAY)).get("stamp", "")
    try:
        told = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    except ValueError:
        return now
    return min(told.astimezone(UTC), now) if told.tzinfo else now


def _attributes(element: Element | None) -> Mapping[str, str]:
    return element.attrib if element is not None else {}
