"""Messages as stanzas: pure. The text is plain, and says so: no client makes bold or quotes of the signs that people wrote."""

from __future__ import annotations

import re
import secrets
from xml.etree.ElementTree import Element, SubElement

from adapters import plain
from adapters.xmpp.inbound import OOB, RECEIPTS, REPLY, STREAM
from bot.domain.messages import Attachment, Outbound

MAX_TEXT = 8000  # characters of one message; servers take stanzas of 10,000 bytes at least and 250,000 usually, and people read so much
NO_XML = re.compile("[\ufffe\uffff]")  # with these no stanza is well-formed, and the server would close the stream


def fit(message: Outbound) -> list[Outbound]:
    """A message that fits stays as it is, its files apart; else in plain pieces."""
    return plain.kept_or_cut(message, MAX_TEXT)


def text_of(message: Outbound) -> str:
    """The words of a piece."""
    return NO_XML.sub("\ufffd", plain.cleaned(plain.text_of(message.parts)))


def named(file: Attachment) -> str:
    """Its name, on one line."""
    return " ".join(NO_XML.sub("", plain.cleaned(file.name)).split())[:200]


def new_id() -> str:
    """One that no stanza has."""
    return secrets.token_hex(12)


def message(to: str, desk: str, id: str, words: str, answers: str = "", link: str = "") -> Element:
    """A chat message. answers: the id of the one it visibly answers; link: the address of a file, which `words` are."""
    made = Element(f"{STREAM}message", {"to": to, "from": desk, "id": id, "type": "chat"})
    SubElement(made, f"{STREAM}body").text = words
    SubElement(made, "{urn:xmpp:styling:0}unstyled")
    SubElement(made, "{urn:xmpp:sid:0}origin-id", {"id": id})
    SubElement(made, "{http://jabber.org/protocol/chatstates}active")
    if answers:
        SubElement(made, f"{REPLY}reply", {"to": to, "id": answers})
    if link:
        SubElement(SubElement(made, OOB), "{jabber:x:oob}url").text = link
    return made


def receipt(to: str, desk: str, of: str) -> Element:
    """That a message arrived and is kept."""
    made = Element(f"{STREAM}message", {"to": to, "from": desk, "type": "chat"})
    SubElement(made, f"{RECEIPTS}received", {"id": of})
    return made


def bounced(stanza: Element, kind: str, condition: str) -> Element:
    """The answer to a stanza that was not taken."""
    known = {"id": stanza.get("id", "")} if stanza.get("id") else {}
    made = Element(stanza.tag, {"to": stanza.get("from", ""), "from": stanza.get("to", ""), "type": "error", **known})
    error = SubElement(made, f"{STREAM}error", {"type": kind})
    SubElement(error, f"{{urn:ietf:params:xml:ns:xmpp-stanzas}}{condition}")
    return made


def presence(to: str, desk: str, kind: str = "") -> Element:
    """That the desk is there, or what it answers to whoever wants to know."""
    return Element(f"{STREAM}presence", {"to": to, "from": desk, **({"type": kind} if kind else {})})
