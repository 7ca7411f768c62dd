"""The telephone as a channel: text messages both ways, and calls that are answered. Contract: bot/ports, adapters/README.md."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.responses import Response
from twilio.twiml.messaging_response import MessagingResponse  # type: ignore[import-untyped]

from adapters.hooks import again
from adapters.phone import inbound, outbound, voice
from adapters.phone.calls import Calls
from adapters.phone.config import PhoneConfig, public_base
from adapters.phone.diagnosis import diagnose
from adapters.phone.files import Lent
from adapters.phone.line import Line
from adapters.phone.missed import Alone, Missed
from adapters.phone.numbers import NAME, address_of, message_of, takes_texts, who
from adapters.phone.rest import Rest
from adapters.phone.sending import Sending
from adapters.phone.speech import is_for_eyes
from adapters.phone.status import Afterwards
from adapters.phone.voice import Ears, Voice
from adapters.phone.webhook import Form, Guard
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId, PersonId
from bot.domain.messages import Attachment, Capabilities, Outbound, Pace, Words
from bot.domain.people import Person
from bot.errors import DeliveryError, DeliveryRefused, StoreError, Unauthorized
from bot.ports import Clock, Enquiries, Notebook, Receive

log = logging.getLogger(__name__)

TEXTS, STATUS = "/phone/sms", "/phone/status"
NOTHING = str(MessagingResponse())  # every answer goes its own way
LATE_S = (1.0, 2.0, 4.0)  # a recording can be fetched a moment after its call


class PhoneChannel:
    """One number. Sends in any process; listens in the one that serves the web. See bot.ports: Channel, Connects, HasRoutes, Recalls, Fetches, Profiles."""

    name = NAME
    can = Capabilities(buttons=False, pace=Pace(per_place_s=1.0, burst=5, total_per_s=10.0))  # it queues what is more than the network takes
    is_called, seats = True, 1

    def __init__(self, config: PhoneConfig, *, desk: Desk, notebook: Notebook, clock: Clock) -> None:
        """Raises ConfigError when the desk has no public address."""
        base = public_base(desk.url)
        self._config, self._desk, self._clock, self._base = config, desk, clock, base
        self._rest, self._telephone, calls = Rest(config), Line(notebook), Calls(notebook)
        self._sending = Sending(config, self._rest, notebook, clock, base)
        self._guard = Guard(config, base)
        self.voice = Voice(config, desk, base, calls, self._telephone, clock)
        self._receive: Receive | None = None
        self._afterwards = Afterwards(desk, self.voice, calls, self._telephone, clock, lambda: self._receive)
        self.fetch_any: Callable[[Attachment, int], Awaitable[bytes]] = self.fetch
        self._lent = Lent(notebook, clock, base, lambda: self.fetch_any, self._text_again, desk)
        self._missed = Missed(self._rest, config.number, desk, notebook, clock)
        self.alone: Alone = _alone  # set by whoever runs several processes: one of them reads what was missed
        self._speaks = False

    # ------------------------------------------------------------------------------------------------------- listening
    async def connect(self) -> None:
        """See Connects."""
        await self._greet()
        self._speaks = True

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """See Channel.listen."""
        await self._greet()
        self._receive, self.voice.ears = receive, Ears(receive, enquiries)
        try:
            await self._missed.run(receive, self.alone)
        finally:
            self._receive = self.voice.ears = None

    async def _greet(self) -> None:
        """Raises Unauthorized. Whoever cannot be reached now may call us all the same."""
        try:
            await self._rest.get(".json", {})
        except Unauthorized:
            raise
        except DeliveryError as problem:
            log.warning("Twilio cannot be asked whether it knows us", extra={"problem": type(problem).__name__})

    def is_ready(self) -> bool:
        """See Channel.is_ready."""
        return self._speaks or self._receive is not None

    async def diagnose(self) -> list[tuple[bool, str]]:
        """See Diagnoses."""
        return await diagnose(self._rest, self._config, self._base)

    async def close(self) -> None:
        """Let the connections go."""
        await self._rest.close()

    def routes(self) -> Sequence[object]:
        """See HasRoutes."""
        route = self._guard.route
        return [
            route(TEXTS, self._text), route(STATUS, self._afterwards.told), route(voice.BEGIN, self.voice.begin), route(voice.HEARD, self.voice.heard),
            route(voice.WAIT, self.voice.wait), route(voice.RECORDED, self.voice.recorded), *self._lent.routes(),
        ]  # fmt: skip

    async def _text(self, form: Form, query: Mapping[str, str]) -> Response:
        """Somebody wrote: committed before it is acknowledged."""
        event = inbound.of_text(form, inbound.Reading(self._config.number, self._desk.languages, self._clock.now()))
        if event is not None:
            try:
                if self._receive is None:
                    raise StoreError("nobody listens yet")
                await self._receive(event)
            except StoreError as problem:
                log.warning("a message was not kept", extra={"sid": event.key, "problem": type(problem).__name__})
                return again()
        return Response(NOTHING, media_type="text/xml")

    # --------------------------------------------------------------------------------------------------------- sending
    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """See Channel.fit."""
        return outbound.fit(message)

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """There are no threads."""
        return None

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None, key: str = "") -> MessageId:
        """See Recalls.send. To whoever is on the telephone and waits for it it is said; what an agent writes is always to be read."""
        address = address_of(to)
        if address is None:
            raise DeliveryRefused("invalid", "not an address of the telephone")
        person = PersonId(to.partition("/")[0])
        try:
            spoken = "" if message.attachments or _is_a_reply(message) else await self._telephone.speak(to, message)
            if spoken and not (is_for_eyes(message) and takes_texts(address.number)):
                return message_of(person, spoken)
            if not address.number:
                raise DeliveryRefused("gone", "the caller hid their number, and has hung up")
            text = await self._lent.link(message.attachments[0], address.number) if message.attachments else outbound.body(message)
        except StoreError as fault:
            raise DeliveryError(str(fault)) from fault
        return message_of(person, await self._sending.send(address.number, text, key))

    async def recall(self, to: str, thread: MessageId | None, key: str) -> MessageId | None:
        """See Recalls.recall."""
        address = address_of(to)
        sid = await self._sending.recall(address.number, key) if address is not None and address.number else ""
        return message_of(PersonId(to.partition("/")[0]), sid) if sid else None

    async def _text_again(self, number: str, text: str) -> None:
        """What somebody asked for on a page: they wait for it, and nobody else sends it again."""
        await self._sending.send(number, text, "")

    # ----------------------------------------------------------------------------------------------------- files and people
    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See Fetches.fetch."""
        channel, _, path = attachment.source.partition(":")
        if channel != NAME or ".." in path or not path.startswith(("Messages/", "Recordings/")):
            raise DeliveryRefused("gone", "not a file of the telephone")
        if attachment.size > limit:
            raise DeliveryRefused("too_large", f"{attachment.size} bytes")
        if path.startswith("Messages/"):
            return await self._rest.download(path, limit)
        for pause in LATE_S:
            try:
                return await self._rest.download(f"{path}.mp3", limit)
            except DeliveryRefused as refused:
                if refused.reason != "gone":
                    raise
            await asyncio.sleep(pause)
        return await self._rest.download(f"{path}.mp3", limit)

    async def profile(self, person: PersonId) -> Person:
        """See Profiles.profile: what a number tells."""
        address = address_of(person)
        if address is None:
            raise DeliveryRefused("gone", "not a person of the telephone")
        known = who(address.number, self._desk.languages)
        return Person(person, known.name, known.language, known.timezone)


async def _alone(_: str, work: Callable[[], Awaitable[None]]) -> None:
    await work()


def _is_a_reply(message: Outbound) -> bool:
    return any(isinstance(part, Words) and part.author for part in message.parts)
