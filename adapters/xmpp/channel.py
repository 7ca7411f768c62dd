"""XMPP as a channel: a component of a server, whose desk people write to. Contract: bot/ports, adapters/README.md."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from adapters.xmpp import inbound, outbound
from adapters.xmpp.config import XmppConfig
from adapters.xmpp.connection import Connection
from adapters.xmpp.diagnosis import diagnose
from adapters.xmpp.files import put
from adapters.xmpp.inbound import NAME, Refusal
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId
from bot.domain.messages import Attachment, Capabilities, Inbound, Outbound, Pace, Reachable
from bot.domain.people import Person
from bot.engine.tongue import tongue
from bot.errors import DeliveryError, DeliveryRefused, StoreError, Unauthorized
from bot.ports import Clock, Enquiries, Notebook, Receive

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0  # after a fault, doubled each time
MOST_WAITING = 5000  # messages that are not kept yet; who writes then is told that there is no room
MOST_SENT = 2000  # of our last messages are known by id, so that a refusal that comes late finds whom it is about
MAX_FILE = 50_000_000  # bytes
AWAY = f"{NAME}:away:"  # begins the notes of people whose server does not take our words
REASONS = {
    "item-not-found": "gone", "gone": "gone", "remote-server-not-found": "gone", "jid-malformed": "invalid", "not-acceptable": "blocked",
    "service-unavailable": "blocked", "policy-violation": "forbidden", "not-allowed": "forbidden", "forbidden": "forbidden",
}  # fmt: skip


class XmppChannel:
    """One component. A server lets one process at a time be it: in another one nothing can be sent, and what is tried there waits for this one."""

    name = NAME
    can = Capabilities(buttons=False, pace=Pace(per_place_s=0.2, burst=10, total_per_s=50.0))
    is_called, seats = False, 1

    def __init__(self, config: XmppConfig, *, desk: Desk, notebook: Notebook, clock: Clock) -> None:
        self._config, self._notebook, self._clock = config, notebook, clock
        self._tongue = tongue(desk.languages[0])
        self._connection: Connection | None = None
        self._elsewhere = False
        self._waiting: asyncio.Queue[Element] = asyncio.Queue(MOST_WAITING)
        self._at_work: Element | None = None  # the message that is being kept
        self._sent: OrderedDict[str, str] = OrderedDict()  # id -> person
        self._pending: dict[str, Refusal | None] = {}  # ids that are on their way, with what was answered
        self._unreadable = self._turned_away = 0
        self.fetch_any: Callable[[Attachment, int], Awaitable[bytes]] = _nothing

    # ------------------------------------------------------------------------------------------------------- listening
    async def connect(self) -> None:
        """See Connects. The connection is of the process that listens."""
        self._elsewhere = True

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """See Channel.listen."""
        working = asyncio.create_task(self._work(receive))
        pause, has_been_in = FIRST_PAUSE_S, False
        try:
            while True:
                connection = Connection(self._config, self._heard, self._present)
                try:
                    await connection.open()
                    self._connection, pause, has_been_in = connection, FIRST_PAUSE_S, True
                    await connection.ended.wait()
                    log.warning("the connection to the XMPP server ended: %s", connection.why)
                except Unauthorized as problem:
                    if not has_been_in:
                        raise
                    log.error("%s", problem)
                except DeliveryError as problem:
                    log.warning("XMPP: %s; trying again", problem)
                except asyncio.CancelledError:
                    await self._give_back(connection, working)
                    raise
                finally:
                    self._connection = None
                    await connection.close()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
        finally:
            working.cancel()
            await asyncio.wait([working])

    async def _give_back(self, connection: Connection, working: asyncio.Task[None]) -> None:
        """We stop: what is not kept goes back to its authors, so that they do not take it for heard."""
        working.cancel()
        await asyncio.wait([working])
        left = [] if self._at_work is None else [self._at_work]
        while not self._waiting.empty():
            left.append(self._waiting.get_nowait())
        for stanza in left:
            if inbound.what_it_is(stanza) != "refusal":
                connection.write(outbound.bounced(stanza, "wait", "service-unavailable"))
        if left:
            with contextlib.suppress(DeliveryError):
                await connection.taken()

    async def _work(self, receive: Receive) -> None:
        """Messages one after the other, as they came; each until it is kept."""
        while True:
            self._at_work = stanza = await self._waiting.get()
            pause = FIRST_PAUSE_S
            while self._at_work is not None:
                try:
                    await self._take(stanza, receive)
                    self._at_work = None
                except StoreError:
                    log.warning("a message is not kept yet, trying again")
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, LONGEST_PAUSE_S)

    def _heard(self, stanza: Element) -> None:
        """Whatever is not for the desk is refused, so that its author knows."""
        what = inbound.what_it_is(stanza)
        if what == "refusal":
            self._refused(stanza)
        elif what and (stanza.get("to", "").partition("/")[0].lower() != self._config.desk or not self._is_welcome(stanza)):
            self._turned_away += 1
            self._write(outbound.bounced(stanza, "cancel", "item-not-found" if self._is_welcome(stanza) else "not-allowed"))
        elif what:
            try:
                self._waiting.put_nowait(stanza)
            except asyncio.QueueFull:
                self._turned_away += 1
                self._write(outbound.bounced(stanza, "wait", "resource-constraint"))

    def _is_welcome(self, stanza: Element) -> bool:
        servers = self._config.servers
        return not servers or inbound.bare(stanza.get("from", "")).partition("@")[2] in servers

    async def _take(self, stanza: Element, receive: Receive) -> None:
        user = inbound.bare(stanza.get("from", ""))
        if inbound.what_it_is(stanza) == "refusal":
            await self._lost(user, receive)
            return
        await self._found_again(user, receive)
        if inbound.what_it_is(stanza) == "unreadable":
            self._unreadable += 1
            words = self._tongue.say("I cannot read encrypted messages. Please switch encryption off in this chat, and write it once more.")
            self._write(outbound.message(user, self._config.desk, outbound.new_id(), words))
        elif (event := inbound.to_inbound(stanza, self._config.component, self._clock.now())) is not None:
            await receive(event)
        if inbound.wants_receipt(stanza) and inbound.what_it_is(stanza) == "words":
            self._write(outbound.receipt(stanza.get("from", ""), self._config.desk, stanza.get("id", "")))

    def _present(self, stanza: Element) -> None:
        """Whoever wants to see whether the desk is there may."""
        kind, who, asked = stanza.get("type", ""), stanza.get("from", ""), stanza.get("to", "").partition("/")[0].lower()
        if asked != self._config.desk or not inbound.bare(who):
            return
        if kind == "subscribe":
            self._write(outbound.presence(who.partition("/")[0], self._config.desk, "subscribed"))
        if kind in ("subscribe", "probe"):
            self._write(outbound.presence(who, self._config.desk))
        elif kind == "unsubscribe":
            self._write(outbound.presence(who.partition("/")[0], self._config.desk, "unsubscribed"))

    def _write(self, stanza: Element) -> None:
        if self._connection is not None:
            self._connection.write(stanza)

    def is_ready(self) -> bool:
        """See Channel.is_ready."""
        return self._connection is not None or self._elsewhere

    def numbers(self) -> dict[str, float]:
        """See Counts."""
        return {"xmpp_unreadable_total": self._unreadable, "xmpp_turned_away_total": self._turned_away}

    async def diagnose(self) -> list[tuple[bool, str]]:
        """What `firstline doctor` says about this channel."""
        return await diagnose(self._config, connected=self._connection is not None)

    # --------------------------------------------------------------------------------------------------------- sending
    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """See Channel.fit."""
        return outbound.fit(message)

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """See Channel.thread_of: there are none."""
        return None

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """See Channel.send. Returns when the server has taken it and did not refuse it at once."""
        user = inbound.user_of(to)
        if not user:
            raise DeliveryRefused("invalid", "not an address of XMPP")
        connection = self._connection
        if connection is None:
            raise DeliveryError("not connected to the XMPP server")
        id, link = outbound.new_id(), ""
        words = outbound.text_of(message)
        if message.attachments:
            link = await self._put(connection, message.attachments[0])
            name = outbound.named(message.attachments[0])
            words = link or self._tongue.say("I have a file for you that cannot be sent here: {name}. Please tell us where else we can send it.", name=name)
        answers = (message.reply_to or "").partition("/")[2] if (message.reply_to or "").startswith(f"{to}/") else ""
        self._pending[id] = None
        try:
            connection.write(outbound.message(user, self._config.desk, id, words, answers, link))
            self._remember(id, user)
            await connection.taken()
            refusal = self._pending[id]
        finally:
            del self._pending[id]
        if refusal is not None:
            raise _fault(refusal)
        return inbound.message_id(user, id)

    async def _put(self, connection: Connection, file: Attachment) -> str:
        """The address under which the person finds the file; "" when the server has no place for files."""
        if not self._config.upload:
            return ""
        if file.size > MAX_FILE:
            raise DeliveryRefused("too_large", f"{file.size} bytes")
        content = await self.fetch_any(file, MAX_FILE)
        there, found, headers = await connection.slot(file.name, len(content), file.mime)
        await put(there, content, file.mime, headers)
        return found

    # ----------------------------------------------------------------------------------------------- what was not taken
    def _refused(self, stanza: Element) -> None:
        """At once: whoever sends it learns it. Later, of words that are gone for good: nothing reaches that person now."""
        refusal = inbound.refusal(stanza)
        if refusal is None:
            return
        if refusal.id in self._pending:
            self._pending[refusal.id] = refusal
        elif self._sent.get(refusal.id) == refusal.by and refusal.kind == "cancel":
            log.info("a message was refused after it was sent", extra={"condition": refusal.condition})
            try:
                self._waiting.put_nowait(stanza)
            except asyncio.QueueFull:
                log.warning("a late refusal is passed over")

    def _remember(self, id: str, user: str) -> None:
        self._sent[id] = user
        if len(self._sent) > MOST_SENT:
            self._sent.popitem(last=False)

    async def _lost(self, user: str, receive: Receive) -> None:
        await self._happens(user, Reachable(False), receive)
        await self._notebook.note(AWAY + user, "yes")

    async def _found_again(self, user: str, receive: Receive) -> None:
        """Who writes can be reached."""
        if (await self._notebook.noted(AWAY + user)).get(AWAY + user):
            await self._happens(user, Reachable(True), receive)
            await self._notebook.note(AWAY + user, "")

    async def _happens(self, user: str, what: Reachable, receive: Receive) -> None:
        now, author = datetime.now(UTC), Person(inbound.person_id(user), user.partition("@")[0][: inbound.MAX_NAME])
        await receive(Inbound(f"reachable:{user}:{now.timestamp()}", NAME, ConversationId(author.id), author, now, what))


def _fault(refusal: Refusal) -> DeliveryError:
    """What to do about it: of "wait" the same may be tried again."""
    if refusal.kind == "wait":
        return DeliveryError(f"the person's server says {refusal.condition}")
    return DeliveryRefused(REASONS.get(refusal.condition, "forbidden" if refusal.kind == "auth" else "invalid"), refusal.condition)


async def _nothing(attachment: Attachment, limit: int) -> bytes:
    raise DeliveryRefused("gone", "its channel is switched off")
