"""Messenger and Instagram as channels: called at a webhook, send by the Send API. Contract: bot/ports, adapters/README.md.

What the bot says is taken for 24 hours after somebody's last message, what a person says for seven days. Later they must write first.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from adapters.meta import addresses, page_inbound, page_outbound
from adapters.meta.addresses import Address
from adapters.meta.config import PageConfig
from adapters.meta.errands import Errands
from adapters.meta.events import line
from adapters.meta.graph import Graph
from adapters.meta.intake import Heard, Intake
from adapters.meta.page_outbound import HUMAN, Platform
from adapters.meta.refusals import WindowClosed
from adapters.meta.remembered import ASKED, HELD, WAITING, Remembered, Windows
from adapters.meta.sorts import type_of
from adapters.meta.webhook import Webhook
from bot.domain.ids import ConversationId, MessageId, PersonId
from bot.domain.messages import Attachment, Outbound
from bot.domain.people import Person
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, Unauthorized
from bot.ports import Clock, Enquiries, Notebook, Receive

log = logging.getLogger(__name__)

MESSAGES = "me/messages"
WANTED = ("messages", "messaging_postbacks")  # what a page must have subscribed to


class PageChannel:
    """One page, or one Instagram account. Safe to use for sending in a process that does not listen."""

    is_called, seats = True, 1

    def __init__(self, platform: Platform, config: PageConfig, *, notebook: Notebook, clock: Clock) -> None:
        self.name, self.can = platform.name, platform.can
        self._platform, self._config, self._clock = platform, config, clock
        own_url = platform.urls[0] if config.token.startswith("IG") else platform.urls[1]
        self._graph = Graph(config.app.api_url or own_url, config.token, platform.token)
        self._remembered = Remembered(self.name, notebook)
        self._windows = Windows(self._remembered, clock)
        self._webhook = Webhook(self.name, config.app)
        self._errands = Errands()
        self._ready = False
        self._not_understood = 0
        self.fetch_any: Callable[[Attachment, int], Awaitable[bytes]] = self.fetch

    # ------------------------------------------------------------------------------------------------------- listening
    async def connect(self) -> None:
        """See Connects."""
        self._ready = True

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """See Channel.listen."""
        self._webhook.take = Intake(self.name, self, receive, self._remembered, self._windows, self._show_read).take
        self._ready = True
        try:
            await self._try_token()
            await asyncio.Event().wait()
        finally:
            self._webhook.take, self._ready = None, False

    async def _try_token(self) -> None:
        try:
            await self._graph.get("me", fields="id")
        except Unauthorized:
            raise
        except DeliveryError as problem:
            log.warning("the channel cannot be asked yet", extra={"channel": self.name, "problem": str(problem)})

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
        return {f"{self.name}_forged_total": self._webhook.forged, f"{self.name}_not_understood_total": self._not_understood}

    async def diagnose(self) -> list[tuple[bool, str]]:
        """See Diagnoses."""
        try:
            found = await self._graph.get("me", fields="id,name")
            subscribed = await self._graph.get("me/subscribed_apps")
        except DeliveryError as problem:
            return [(False, str(problem))]
        apps = subscribed.get("data")
        has = {name for app in (apps if isinstance(apps, list) else []) if isinstance(app, dict) for name in app.get("subscribed_fields") or ()}
        lines = [(True, f"the token is good for {line(found.get('name')) or found.get('id')}")]
        if missing := [name for name in WANTED if name not in has]:
            lines.append((False, f"Meta does not send {' and '.join(missing)}: subscribe the app to them where its webhooks are set up"))
        return lines

    async def read(self, body: Mapping[str, Any]) -> Sequence[Heard]:
        """See intake.Reader."""
        found = []
        for letter in page_inbound.letters(body, self.name, self._config.account):
            try:
                event = page_inbound.to_inbound(letter, self.name, self._clock.now())
            except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
                self._not_understood += 1
                log.warning("not understood", extra={"channel": self.name, "what": "a message", "problem": type(problem).__name__})
                continue
            if event is not None:
                found.append(Heard(event, letter.user, event.key, await self._remembered.of(letter.user)))
        return found

    def _show_read(self, user: str, message: str) -> None:
        """They see that it was read; nothing depends on that."""
        self._errands.run(lambda: self._graph.post(MESSAGES, {"recipient": {"id": user}, "sender_action": "mark_seen"}))

    # --------------------------------------------------------------------------------------------------------- sending
    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """See Channel.fit."""
        return page_outbound.pieces(message, self._platform)

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """See Channel.thread_of: there are no threads."""
        return None

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """See Channel.send."""
        user = self._known(message.only_for or to).user
        whom = {"recipient": {"id": user}, **await self._manner(user, message)}
        if answered := addresses.parse(self.name, message.reply_to or ""):
            whom |= {"reply_to": {"mid": answered.message}} if answered.message else {}
        try:
            sent = await (self._send_file(whom, message.attachments[0]) if message.attachments else self._send_text(whom, message))
        except WindowClosed:
            await self._windows.shut(user)
            await self._remembered.put(user, HELD, WAITING)
            raise DeliveryRefused("shut") from None
        if message.ask:
            await self._remembered.put(user, ASKED, sent)
        return addresses.message_id(self.name, user, sent)

    async def _manner(self, user: str, message: Outbound) -> dict[str, str]:
        """In whose name Meta is asked to carry it: the bot answers for a day, a person for a week. Raises DeliveryRefused("shut")."""
        if await self._windows.is_open(user):
            return {"messaging_type": "RESPONSE"}
        if page_outbound.is_by_a_person(message) and await self._windows.is_open(user, HUMAN):
            return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        await self._remembered.put(user, HELD, WAITING)
        if await self._windows.is_open(user):  # they wrote between the two
            await self._remembered.put(user, HELD, "")
            return {"messaging_type": "RESPONSE"}
        raise DeliveryRefused("shut")

    async def _send_text(self, whom: Mapping[str, Any], message: Outbound) -> str:
        if not message.parts and not message.choices:
            raise DeliveryRefused("invalid", "nothing in it")
        return _id_in(await self._graph.post(MESSAGES, {**whom, "message": page_outbound.content(message)}))

    async def _send_file(self, whom: Mapping[str, Any], file: Attachment) -> str:
        kind = page_outbound.sort_of(file, self._platform)
        if not kind:
            raise DeliveryRefused("unsupported", type_of(file))
        if file.size > self._platform.largest[kind]:
            raise DeliveryRefused("too_large", f"{file.size} bytes")
        content = await self.fetch_any(file, self._platform.largest[kind])
        described = {"attachment": {"type": kind, "payload": {}}}
        fields = {key: value if isinstance(value, str) else json.dumps(value) for key, value in {**whom, "message": described}.items()}
        return _id_in(await self._graph.upload(MESSAGES, fields, "filedata", file.name, type_of(file), content))

    # ------------------------------------------------------------------------------------------------- people and files
    async def profile(self, person: PersonId) -> Person:
        """See Profiles.profile."""
        found = await self._graph.get(self._known(person).user, fields=self._platform.fields)
        names = [line(found.get(name)) for name in self._platform.fields.split(",") if name != "username"]
        return Person(person, " ".join(filter(None, names))[:80] or line(found.get("username")))

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See Fetches.fetch."""
        channel, _, url = attachment.source.partition(":")
        if channel != self.name or not url:
            raise DeliveryRefused("gone", "not a file of this channel")
        if attachment.size > limit:
            raise DeliveryRefused("too_large", f"{attachment.size} bytes")
        return await self._graph.download(url, limit, with_token=False)

    def _known(self, identifier: str) -> Address:
        """What an identifier says that must be ours."""
        address = addresses.parse(self.name, identifier)
        if address is None:
            raise DeliveryRefused("invalid", "not an address of this channel")
        return address


def _id_in(answer: Mapping[str, Any]) -> str:
    sent = answer.get("message_id")
    if not isinstance(sent, str) or not sent:
        raise DeliveryUnknown("the answer names no message")
    return sent
