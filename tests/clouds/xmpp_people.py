"""People of a real XMPP server, each at a client: what they do, and what they see."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from tests.servers.prosody import PASSWORD, somebody

CLIENT = "{jabber:client}"
_ids = itertools.count(1)


@dataclass
class Person:
    """Somebody at a client. got: every message that came, as a stanza; present: what they were told of the desk's presence."""

    user: str
    desk: str
    port: int
    got: list[Element] = field(default_factory=list)
    present: list[tuple[str, str]] = field(default_factory=list)
    _client: Any = None
    _sent: dict[str, str] = field(default_factory=dict)  # words -> id

    async def arrives(self) -> None:
        """Goes online."""
        client = slixmpp.ClientXMPP(f"{self.user}/phone", PASSWORD)
        client.enable_starttls = client.enable_direct_tls = False
        client.enable_plaintext = True
        client.plugin["feature_mechanisms"].unencrypted_plain = True
        for plugin in ("xep_0030", "xep_0191", "xep_0199"):
            client.register_plugin(plugin)
        client.remove_handler("IM")
        client.remove_handler("Presence")
        client.register_handler(Callback("all", MatchXPath(f"{CLIENT}message"), lambda stanza: self.got.append(stanza.xml)))
        client.register_handler(Callback("there", MatchXPath(f"{CLIENT}presence"), lambda stanza: self._sees(stanza.xml)))
        begun = asyncio.get_running_loop().create_future()
        client.add_event_handler("session_start", lambda _: begun.done() or begun.set_result(None))
        client.connect("127.0.0.1", self.port)
        async with asyncio.timeout(10):
            await begun
        client.send_presence()
        self._client = client

    def _sees(self, presence: Element) -> None:
        self.present.append((presence.get("from", ""), presence.get("type", "")))

    async def goes(self) -> None:
        """Goes offline."""
        if self._client is not None:
            await self._client.disconnect(wait=1)
            self._client = None

    def sends(self, *children: Element, to: str = "", kind: str = "chat", id: str = "") -> str:
        """A message stanza: its id."""
        given = id or f"client-{next(_ids)}"
        stanza = Element(f"{CLIENT}message", {"to": to or self.desk, "type": kind, "id": given})
        stanza.extend(children)
        self._client.send_xml(stanza)
        return given

    async def says(self, text: str, *more: Element, id: str = "") -> str:
        """Words."""
        self._sent[text] = self.sends(body(text), *more, id=id)
        return self._sent[text]

    async def edits(self, old: str, new: str) -> str:
        """Other words in the place of earlier ones (XEP-0308)."""
        return self.sends(body(new), Element("{urn:xmpp:message-correct:0}replace", {"id": self._sent.get(old, old)}))

    def asks(self, kind: str) -> None:
        """A presence stanza to the desk."""
        self._client.send_presence(pto=self.desk, ptype=kind)

    async def arrived(self, whom: str) -> None:
        """Returns when whom they wrote to has everything: an answer to a ping comes after it."""
        await self._client.plugin["xep_0199"].send_ping(slixmpp.JID(whom), timeout=10)

    async def subscription(self, whom: str) -> str:
        """What their roster says of somebody: "to" when they may see whether that one is there."""
        answer = await self._client.get_roster()
        return str((answer["roster"]["items"].get(slixmpp.JID(whom)) or {}).get("subscription", ""))

    async def blocks(self, whom: str) -> None:
        """Wants to hear nothing more of somebody."""
        await self._client.plugin["xep_0191"].block(slixmpp.JID(whom))

    async def forgives(self, whom: str) -> None:
        """Would hear them again: accounts are used by one test after the other."""
        await self._client.plugin["xep_0191"].unblock(slixmpp.JID(whom))

    def bots(self) -> list[Element]:
        """What the desk wrote, oldest first."""
        return [stanza for stanza in self.got if stanza.get("from", "").partition("/")[0] == self.desk and stanza.find(f"{CLIENT}body") is not None]

    async def seen(self) -> list[str]:
        """Its words."""
        return [words(stanza) for stanza in self.bots() if stanza.get("type") != "error"]

    def errors(self) -> list[str]:
        """The conditions with which their messages came back."""
        return [one[0].tag.partition("}")[2] for stanza in self.got if (one := stanza.find(f"{CLIENT}error")) is not None]

    def receipts(self) -> list[str]:
        """The ids of their messages that were said to have arrived."""
        return [one.get("id", "") for stanza in self.got if (one := stanza.find("{urn:xmpp:receipts}received")) is not None]


def body(text: str) -> Element:
    """The words of a stanza."""
    made = Element(f"{CLIENT}body")
    made.text = text
    return made


def words(stanza: Element) -> str:
    """What stands in its body."""
    found = stanza.find(f"{CLIENT}body")
    return (found.text or "") if found is not None else ""


def oob(url: str) -> Element:
    """The address of a file."""
    made = Element("{jabber:x:oob}x")
    SubElement(made, "{jabber:x:oob}url").text = url
    return made


async def newcomer(url: str, desk: str) -> Person:
    """Somebody who has just gone online."""
    person = Person(somebody(), desk, int(url.rpartition(":")[2]))
    await person.arrives()
    return person


@asynccontextmanager
async def people(url: str, desk: str, count: int = 1) -> AsyncIterator[list[Person]]:
    """So many newcomers."""
    made = [await newcomer(url, desk) for _ in range(count)]
    try:
        yield made
    finally:
        await asyncio.gather(*(one.goes() for one in made))
