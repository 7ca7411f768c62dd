"""One connection to the server as its component (XEP-0114): the only file that knows slixmpp. It is made anew for each try."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

from slixmpp import JID
from slixmpp.componentxmpp import ComponentXMPP
from slixmpp.exceptions import IqError, IqTimeout, XMPPError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from adapters.xmpp.config import XmppConfig
from adapters.xmpp.inbound import STREAM
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, Unauthorized

OPEN_S, ANSWER_S, CLOSE_S = 10.0, 15.0, 2.0  # seconds to connect, for the server to answer, and to take leave
PING = "{urn:xmpp:ping}ping"

logging.getLogger("slixmpp").setLevel(logging.CRITICAL)  # below that the library logs what people write; what matters is said by us


class Contested(DeliveryError):
    """Somebody else connects as this component."""


class Connection:
    """From `open` until it is `ended`. heard: each message; present: each presence."""

    def __init__(self, config: XmppConfig, heard: Callable[[Element], None], present: Callable[[Element], None]) -> None:
        self._config = config
        self.ended = asyncio.Event()
        self._begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._why: DeliveryError = DeliveryError(f"XMPP_HOST ({config.host}:{config.port}) cannot be reached")
        self._xmpp = ComponentXMPP(config.component, config.secret, config.host, config.port)  # type: ignore[no-untyped-call]
        for plugin in ("xep_0030", "xep_0199", "xep_0363"):
            self._xmpp.register_plugin(plugin)
        for handler in ("Presence", "IM", "IMError"):
            self._xmpp.remove_handler(handler)
        self._xmpp.register_handler(Callback("heard", MatchXPath(f"{STREAM}message"), lambda stanza: heard(stanza.xml)))
        self._xmpp.register_handler(Callback("present", MatchXPath(f"{STREAM}presence"), lambda stanza: present(stanza.xml)))
        self._xmpp.add_event_handler("session_start", self._on_start)
        self._xmpp.add_event_handler("stream_error", self._on_error)
        self._xmpp.add_event_handler("disconnected", self._on_end)
        self._xmpp.add_event_handler("connection_failed", self._on_end)

    async def open(self) -> None:
        """Returns when the server has let us in. Raises Unauthorized when it does not, DeliveryError when nobody is there."""
        self._xmpp.connect()
        try:
            async with asyncio.timeout(OPEN_S):
                await self._begun
        except TimeoutError:
            raise self._why from None
        disco = self._xmpp.plugin["xep_0030"]
        for address, category, kind in ((self._config.component, "component", "generic"), (self._config.desk, "client", "bot")):
            disco.add_identity(category=category, itype=kind, name="Support", jid=JID(address))
            for feature in ("urn:xmpp:receipts", "urn:xmpp:message-correct:0", "urn:xmpp:ping", "jabber:x:oob", "urn:xmpp:reply:0"):
                disco.add_feature(feature, jid=JID(address))

    def write(self, stanza: Element) -> None:
        """Onto the stream, after what was written before."""
        self._xmpp.send_xml(stanza)

    async def taken(self) -> None:
        """Returns when the server has taken all that was written: it passes what we send to ourselves after that. Raises DeliveryUnknown if it does not."""
        ping = self._xmpp.make_iq_get(ito=self._config.desk, ifrom=self._config.desk)
        ping.append(Element(PING))
        await self._answer(ping.send(timeout=ANSWER_S))  # type: ignore[no-untyped-call]

    async def slot(self, name: str, size: int, mime: str) -> tuple[str, str, dict[str, str]]:
        """Where a file may be put, where it is then found, and what must be said at the door. Raises DeliveryRefused when the service takes none."""
        try:
            found = await self._answer(
                self._xmpp.plugin["xep_0363"].request_slot(JID(self._config.upload), name, size, mime, ifrom=JID(self._config.desk), timeout=ANSWER_S)
            )
        except IqError as error:
            too_large = error.condition == "not-acceptable"
            raise DeliveryRefused("too_large" if too_large else "unsupported", f"{self._config.upload}: {error.condition}") from None
        told = found["http_upload_slot"]
        return told["put"]["url"], told["get"]["url"], {header["name"]: header["value"] for header in told["put"]["headers"]}

    async def close(self) -> None:
        """Take leave."""
        if not self.ended.is_set() and self._begun.done() and not self._begun.cancelled() and self._begun.exception() is None:
            self._xmpp.disconnect(wait=CLOSE_S)
            try:
                async with asyncio.timeout(CLOSE_S * 2):
                    await self.ended.wait()
            except TimeoutError:
                self._xmpp.abort()
        self._xmpp.cancel_connection_attempt()
        if (sending := self._xmpp._run_out_filters) is not None:  # else it would wait, and keep all of this, for ever
            sending.cancel()

    async def _answer(self, asked: Any) -> Any:
        """What the server answers, unless the connection ends first."""
        answer, end = asyncio.ensure_future(asked), asyncio.ensure_future(self.ended.wait())
        try:
            await asyncio.wait({answer, end}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise DeliveryUnknown("the connection to the XMPP server ended")
            return answer.result()
        except IqTimeout:
            raise DeliveryUnknown("no answer from the XMPP server") from None
        except IqError:
            raise
        except XMPPError as error:
            raise DeliveryUnknown(f"the XMPP server answers {error.condition}") from None
        finally:
            answer.cancel()
            end.cancel()

    # ---- what the library tells
    def _on_start(self, _: object) -> None:
        if not self._begun.done():
            self._begun.set_result(None)

    def _on_error(self, error: Any) -> None:
        condition = str(error["condition"])
        if condition == "not-authorized":
            self._why = Unauthorized("the XMPP server refuses XMPP_SECRET: set it to the component_secret of that component in the server's settings")
        elif condition == "host-unknown":
            self._why = Unauthorized(f"the XMPP server has no component {self._config.component}: set XMPP_COMPONENT to its name in the server's settings")
        elif condition == "conflict":
            self._why = Contested(f"somebody else is connected as {self._config.component}: stop that process, or give this one a component of its own")
        else:
            self._why = DeliveryError(f"the XMPP server ended the stream: {condition}")

    def _on_end(self, _: object) -> None:
        self._xmpp.cancel_connection_attempt()
        if not self._begun.done():
            self._begun.set_exception(self._why)
        self.ended.set()

    @property
    def why(self) -> DeliveryError:
        """Why it ended, as the server said."""
        return self._why
