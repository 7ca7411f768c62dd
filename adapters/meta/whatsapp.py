"""WhatsApp as a channel, by the Cloud API: called at a webhook, sends by HTTP. Contract: bot/ports, adapters/README.md.

Free text is taken for 24 hours after somebody's last message. Later they are told by an approved template that there is news, what was to be said is
refused for the time being, and goes out when they write: bot.engine.people.unopened.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.meta import addresses, whatsapp_outbound
from adapters.meta.addresses import WHATSAPP, Address
from adapters.meta.config import GRAPH_URL, WhatsAppConfig
from adapters.meta.errands import Errands
from adapters.meta.graph import Graph
from adapters.meta.intake import Intake
from adapters.meta.refusals import WindowClosed
from adapters.meta.remembered import ASKED, HELD, KNOCKED, NOW, NUMBER, WAITING, Remembered, Windows
from adapters.meta.sorts import type_of
from adapters.meta.webhook import Webhook
from adapters.meta.whatsapp_inbound import LANGUAGES
from adapters.meta.whatsapp_reader import TEMPLATE, WhatsAppReader
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId
from bot.domain.messages import Attachment, Capabilities, Outbound, Pace, Reaction
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, Unauthorized
from bot.ports import Clock, Enquiries, Notebook, Receive

log = logging.getLogger(__name__)

PAIR_S, BURST, TOTAL_PER_S = 6.0, 30, 60.0  # one message in six seconds to the same person, after a burst of 45; 80 a second in all: we stay below
MOST_CALLBACK = 512  # characters of what comes back with what became of a message


class WhatsAppChannel:
    """One number. Safe to use for sending in a process that does not listen."""

    name = WHATSAPP
    can = Capabilities(most_choices=whatsapp_outbound.MOST_ROWS, pace=Pace(per_place_s=PAIR_S, burst=BURST, total_per_s=TOTAL_PER_S))
    is_called, seats = True, 1

    def __init__(self, config: WhatsAppConfig, *, desk: Desk, notebook: Notebook, clock: Clock, secret: bytes) -> None:
        self._config, self._desk, self._secret = config, desk, secret
        self._graph = Graph(config.app.api_url or GRAPH_URL, config.token, "WHATSAPP_TOKEN")
        self._remembered = Remembered(WHATSAPP, notebook)
        self._windows = Windows(self._remembered, clock)
        self._webhook = Webhook(WHATSAPP, config.app)
        self._reader = WhatsAppReader(config.phone_id, self._remembered, self._known_by_number, self._came_too_late, clock)
        self._errands = Errands()
        self._knocking = asyncio.Lock()
        self._ready = False
        self._told = self._untold = 0  # people who were told that there is news; times that Meta refused to
        self.fetch_any: Callable[[Attachment, int], Awaitable[bytes]] = self.fetch

    # ------------------------------------------------------------------------------------------------------- listening
    async def connect(self) -> None:
        """See Connects."""
        self._ready = True

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """See Channel.listen."""
        intake = Intake(WHATSAPP, self._reader, receive, self._remembered, self._windows, self._show_read)
        self._webhook.take = intake.take
        self._ready = True
        try:
            await self._try_token()
            await asyncio.Event().wait()
        finally:
            self._webhook.take, self._ready = None, False

    async def _try_token(self) -> None:
        try:
            await self._graph.get(self._config.phone_id, fields="id")
        except Unauthorized:
            raise
        except DeliveryError as problem:
            log.warning("WhatsApp cannot be asked yet", extra={"problem": str(problem)})

    def is_ready(self) -> bool:
        """See Channel.is_ready."""
        return self._ready

    def routes(self) -> Sequence[object]:
        """See HasRoutes."""
        return self._webhook.routes()

    async def close(self) -> None:
        """See Closes."""
        await self._errands.close()
        await self._graph.close()

    def numbers(self) -> dict[str, float]:
        """See Counts."""
        return {
            "whatsapp_forged_total": self._webhook.forged,
            "whatsapp_not_understood_total": self._reader.not_understood,
            "whatsapp_templates_total": self._told,
            "whatsapp_templates_refused_total": self._untold + self._reader.untold,
        }

    async def diagnose(self) -> list[tuple[bool, str]]:
        """See Diagnoses."""
        try:
            found = await self._graph.get(self._config.phone_id, fields="verified_name,quality_rating")
        except DeliveryError as problem:
            return [(False, str(problem))]
        quality = str(found.get("quality_rating") or "")
        lines = [(True, f"the token is good for the number of {found.get('verified_name') or self._config.phone_id}")]
        if quality == "RED":
            lines.append((False, "many people block or report this number (quality RED): Meta will let it write to fewer"))
        if not self._config.template:
            cure = 'have one approved and write its name below [channels.whatsapp], template = "ticket_update"'
            lines.append((False, f"without a template nobody hears of news 24 hours after their last message: {cure}"))
        return lines

    def _known_by_number(self, number: str) -> str:
        """The name of whom an old payload knows by the number alone; it cannot be guessed back."""
        return f"{addresses.NUMBERED}.{hmac.new(self._secret, f'whatsapp:{number}'.encode(), hashlib.sha256).hexdigest()[:40]}"

    def _show_read(self, user: str, message: str) -> None:
        """They see that it was read; nothing depends on that."""
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": message}
        self._errands.run(lambda: self._graph.post(self._messages, body))

    @property
    def _messages(self) -> str:
        return f"{self._config.phone_id}/messages"

    # --------------------------------------------------------------------------------------------------------- sending
    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """See Channel.fit."""
        return whatsapp_outbound.pieces(message)

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """See Channel.thread_of: there are no threads."""
        return None

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """See Channel.send."""
        return await self.post(to, message, "", "")

    async def post(self, to: str, message: Outbound, key: str, ticket: str) -> MessageId:
        """See Posts.post."""
        user = _known(message.only_for or to).user
        noted = await self._remembered.of(user)
        if not await self._windows.is_open(user):
            await self._knock(user, ticket)
        piece = await self._piece(message)
        if answered := addresses.parse(WHATSAPP, message.reply_to or ""):
            piece |= {"context": {"message_id": answered.message}} if answered.message else {}
        if key:  # it comes back when this does not arrive
            piece["biz_opaque_callback_data"] = f"{ticket} {key}"[:MOST_CALLBACK]
        try:
            sent = await self._call(user, noted, piece)
        except WindowClosed:
            await self._windows.shut(user)
            await self._knock(user, ticket)
            raise DeliveryError("they wrote this moment") from None
        if message.ask:
            await self._remembered.put(user, ASKED, sent)
        return addresses.message_id(WHATSAPP, user, sent)

    async def _piece(self, message: Outbound) -> dict[str, Any]:
        if not message.attachments:
            if not message.parts and not message.choices:
                raise DeliveryRefused("invalid", "nothing in it")
            return whatsapp_outbound.content(message)
        file = message.attachments[0]
        kind, mime = whatsapp_outbound.sort_of(file), type_of(file)
        if not kind:
            raise DeliveryRefused("unsupported", mime)
        if file.size > whatsapp_outbound.LARGEST[kind]:
            raise DeliveryRefused("too_large", f"{file.size} bytes")
        content = await self.fetch_any(file, whatsapp_outbound.LARGEST["document"])
        kind = whatsapp_outbound.sort_of(replace(file, size=len(content)))
        fields = {"messaging_product": "whatsapp", "type": mime}
        media = (await self._graph.upload(f"{self._config.phone_id}/media", fields, "file", file.name, mime, content)).get("id")
        return whatsapp_outbound.file_content(file, kind, str(media or ""), message)

    async def _call(self, user: str, noted: Mapping[str, str], piece: Mapping[str, Any]) -> str:
        """Meta's id of the message. Raises WindowClosed, and as `send`."""
        whom = {"to": noted[NUMBER]} if noted.get(NUMBER) else {"recipient": noted.get(NOW) or user}
        answer = await self._graph.post(self._messages, {"messaging_product": "whatsapp", "recipient_type": "individual", **whom, **piece})
        messages = answer.get("messages")
        sent = messages[0].get("id") if isinstance(messages, list) and messages and isinstance(messages[0], dict) else None
        if not isinstance(sent, str) or not sent:
            raise DeliveryUnknown("the answer names no message")
        return sent

    # -------------------------------------------------------------------------------------- more than 24 hours afterwards
    async def _knock(self, user: str, about: str) -> None:
        """Tell them, once, that there is news (on that ticket, or ""); then refuse. Returns when they have written meanwhile.

        What waits is noted first: whoever hears them write sees it, however close the two come.
        """
        async with self._knocking:
            noted = await self._remembered.of(user)
            told = noted.get(HELD) == KNOCKED
            if not noted.get(HELD):
                await self._remembered.put(user, HELD, WAITING)
            if self._config.template and not told:
                told = await self._tell(user, about, noted)
        if await self._windows.is_open(user):
            await self._remembered.put(user, HELD, "")
            return
        raise DeliveryRefused("waits" if told else "shut")

    async def _tell(self, user: str, about: str, noted: Mapping[str, str]) -> bool:
        """Send the template; False when Meta refuses it."""
        try:
            note = whatsapp_outbound.template(self._config.template, self._language(user), about or self._desk.name)
            await self._call(user, noted, {**note, "biz_opaque_callback_data": TEMPLATE})
        except (DeliveryRefused, WindowClosed) as refused:
            self._untold += 1
            log.error("Meta refuses the template: look at it in WhatsApp Manager", extra={"template": self._config.template, "problem": str(refused)})
            return False
        self._told += 1
        await self._remembered.put(user, HELD, KNOCKED)
        return True

    async def _came_too_late(self, user: str, about: str) -> str:
        """Meta had taken a message and says later that their 24 hours were over: as if it had said so at once."""
        await self._windows.shut(user)
        await self._remembered.put(user, HELD, (await self._remembered.of(user)).get(HELD) or WAITING)
        self._errands.run(lambda: self._knock(user, about))
        return "waits" if self._config.template else "shut"

    def _language(self, user: str) -> str:
        """Of the template: what is spoken where their id was given out, if it is approved in that, else the first."""
        spoken = LANGUAGES.get(user.partition(".")[0].upper(), "")
        return next((code for code in self._config.languages if code.partition("_")[0] == spoken), self._config.languages[0])

    # ------------------------------------------------------------------------------------------------- signs and files
    async def react(self, reaction: Reaction) -> None:
        """See Reacts.react."""
        address = _known(reaction.message)
        if not address.message:
            raise DeliveryRefused("gone", "its id was too long to keep")
        noted = await self._remembered.of(address.user)
        sign = {"message_id": address.message, "emoji": whatsapp_outbound.SIGNS[reaction.sign]}
        try:
            await self._call(address.user, noted, {"type": "reaction", "reaction": sign})
        except WindowClosed:
            raise DeliveryRefused("gone", "a sign so late is none") from None

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See Fetches.fetch."""
        channel, _, media = attachment.source.partition(":")
        if channel != WHATSAPP or not media:
            raise DeliveryRefused("gone", "not a file of WhatsApp")
        if attachment.size > limit:
            raise DeliveryRefused("too_large", f"{attachment.size} bytes")
        try:
            found = await self._graph.get(media, phone_number_id=self._config.phone_id)
        except DeliveryRefused as refused:
            raise DeliveryRefused("gone", refused.detail) from None
        return await self._graph.download(str(found.get("url") or ""), limit, with_token=True)


def _known(identifier: str) -> Address:
    """What an identifier says that must be ours."""
    address = addresses.parse(WHATSAPP, identifier)
    if address is None:
        raise DeliveryRefused("invalid", "not an address of WhatsApp")
    return address
