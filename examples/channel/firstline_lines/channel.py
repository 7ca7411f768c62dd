"""Lines over TCP as a channel: each connection is a person, who can come back as the same one."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import hmac
import logging
import secrets
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence

from bot.domain.ids import ConversationId, MessageId, PersonId
from bot.domain.messages import Capabilities, Inbound, Outbound
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, StoreError
from bot.ports import Clock, Enquiries, Receive
from firstline_lines import outbound
from firstline_lines.config import LinesConfig
from firstline_lines.inbound import NAME, inbound

log = logging.getLogger(__name__)

AGAIN_S = 0.2  # until what could not be kept is handed over again
LONGEST_LINE = 64 * 1024  # bytes
BACK = "iam "  # with what they were told at first, they are who they were


class LinesChannel:
    """A listening port. See bot.ports: Channel, Diagnoses. Nothing can be pressed here: the core spells choices as a numbered list, and takes the number."""

    name = NAME
    can = Capabilities(buttons=False)

    def __init__(self, config: LinesConfig, *, secret: bytes, clock: Clock) -> None:
        """secret: signs who somebody is, so that nobody else comes back as them."""
        self._config, self._secret, self._clock = config, secret, clock
        self._here: dict[str, StreamWriter] = {}
        self._ready = False

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """Until cancelled; who is connected then is disconnected."""

        async def serve(reader: StreamReader, writer: StreamWriter) -> None:
            try:
                await self._talk(reader, writer, receive)
            except (ConnectionError, ValueError):  # gone, or a line without end
                log.info("a connection ended")
            finally:
                writer.close()

        server = await asyncio.start_server(serve, self._config.host, self._config.port, limit=LONGEST_LINE)
        self._ready = True
        try:
            await server.serve_forever()
        finally:
            self._ready = False
            for writer in self._here.values():
                writer.close()

    def is_ready(self) -> bool:
        """Does the port listen?"""
        return self._ready

    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """See outbound.fit."""
        return outbound.fit(message)

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """To whoever is connected. Who is away may come back: that is no refusal, and the core tries again."""
        name, _, person = to.partition(":")
        if name != NAME or not person.isalnum():
            raise DeliveryRefused("gone", "no such person")
        writer = self._here.get(person)
        if writer is None or writer.is_closing():
            raise DeliveryError("not connected")
        try:
            writer.write(outbound.lines(message).encode())
            await writer.drain()
        except ConnectionError as fault:
            raise DeliveryUnknown("the connection broke") from fault
        return MessageId(f"{to}/{secrets.token_hex(8)}")

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """There are no threads."""
        return None

    async def diagnose(self) -> list[tuple[bool, str]]:
        """For `firstline doctor`: can the port be opened?"""
        where = f"{self._config.host}:{self._config.port}"
        try:
            server = await asyncio.start_server(lambda reader, writer: writer.close(), self._config.host, self._config.port)
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                return [(True, f"lines: something listens on {where} already: this desk, if it runs")]
            return [(False, f"lines: {where} cannot be opened ({fault.strerror}); set LINES_HOST and LINES_PORT to an address of this computer")]
        server.close()
        return [(True, f"lines: people can connect to {where}")]

    # ------------------------------------------------------------------------------------------------------ conversation
    async def _talk(self, reader: StreamReader, writer: StreamWriter, receive: Receive) -> None:
        """One connection from its first line to its last."""
        if len(self._here) >= self._config.most_people:
            writer.write(b"Too many people are here. Please try again in a few minutes.\n")
            return
        person, count, connection = secrets.token_hex(8), 0, secrets.token_hex(4)
        self._here[person] = writer
        writer.write(f"To come back as the same person, write first: {BACK}{person}.{self._sign(person)}\n".encode())
        try:
            while raw := await reader.readline():
                line, count = raw.decode("utf-8", "replace"), count + 1
                if count == 1 and line.startswith(BACK):
                    del self._here[person]
                    person = self._known(line.removeprefix(BACK).strip()) or person
                    self._here[person] = writer
                elif (event := inbound(PersonId(f"{NAME}:{person}"), f"{connection}-{count}", line, self._clock.now())) is not None:
                    await self._hand_over(event, receive)
        finally:
            if self._here.get(person) is writer:
                del self._here[person]

    async def _hand_over(self, event: Inbound, receive: Receive) -> None:
        """Nobody sends it again for us: what cannot be kept now is held until it can."""
        while True:
            try:
                return await receive(event)
            except StoreError:
                await asyncio.sleep(AGAIN_S)

    def _sign(self, person: str) -> str:
        return hmac.new(self._secret, f"{NAME}|{person}".encode(), hashlib.sha256).hexdigest()[:32]

    def _known(self, told: str) -> str:
        person, _, sign = told.partition(".")
        return person if hmac.compare_digest(sign.encode(), self._sign(person).encode()) else ""
