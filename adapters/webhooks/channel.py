"""Webhooks as a channel, so that leases, retries and crash safety are those of every message. What is sent twice bears the same id."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp.resolver import ThreadedResolver

from adapters.webhooks.config import WebhooksConfig
from bot.domain.ids import ConversationId, MessageId
from bot.domain.messages import Capabilities, Outbound, Patience, Say
from bot.domain.webhooks import BEGINS, CHANNEL, Webhook, secret_of, signature
from bot.engine.programs.subscriptions import WEBHOOKS
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, NotAccepted, StoreError
from bot.ports import Clock, Enquiries, Notebook, Receive
from bot.web_page import NotPublic, PublicResolver, may_be_public

TIMEOUT_S = 10.0  # for the whole call
GONE = 410
A_DAY = Patience(attempts=36, most_s=3600.0)  # 1, 2, 4 … 2048 seconds, then an hour between tries: a little more than a day
NAMED = "Firstline-Webhooks/1"
PRIVATE = "a private address"


class WebhookChannel:
    """What is written down, told to programs. See bot.ports: Channel, Connects, Closes."""

    name = CHANNEL
    can = Capabilities(patience=A_DAY)
    is_called, seats = True, 1

    def __init__(self, config: WebhooksConfig, notebook: Notebook, clock: Clock, secret: bytes) -> None:
        """secret: of which the secrets of webhooks are made."""
        self._config, self._notebook, self._clock, self._secret = config, notebook, clock, secret
        self._session: aiohttp.ClientSession | None = None

    # -------------------------------------------------------------------------------------------------------- Channel
    async def connect(self) -> None:
        """See Connects. Each address is called when there is something to say."""

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """Nobody speaks to us here."""
        await asyncio.Event().wait()

    def is_ready(self) -> bool:
        """Always: whether an address answers is known when it is called."""
        return True

    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """As it is."""
        return [message]

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """Call the address. message: the id and the body, a part each."""
        ident, body = (part.text for part in message.parts if isinstance(part, Say))
        webhook = await self._webhook(to)
        self._check(webhook.url)
        status, _ = await self._call(webhook.url, secret_of(self._secret, webhook.name, webhook.seed), ident, body.encode())
        if status == GONE:
            raise DeliveryRefused("gone", "HTTP 410")
        if not 200 <= status < 300:
            raise NotAccepted(f"HTTP {status}")
        return MessageId(f"{to}/{status}/{ident}")

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """There are no cards."""
        return None

    async def close(self) -> None:
        """See Closes."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    # ------------------------------------------------------------------------------------------------------- one call
    async def _webhook(self, to: str) -> Webhook:
        try:
            webhook = await WEBHOOKS.get(self._notebook, to.removeprefix(BEGINS))
        except StoreError as fault:
            raise DeliveryError(str(fault)) from fault
        if webhook is None:
            raise DeliveryRefused("removed")
        if not webhook.is_on:
            raise DeliveryRefused("off")
        return webhook

    def _check(self, url: str) -> None:
        """Names are judged when they are resolved; an address is resolved already, and http is for this computer alone."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if self._config.allow_private and (parts.scheme == "https" or is_this_computer(host)):
            return
        if parts.scheme != "https" or not may_be_public(host):
            raise NotAccepted(PRIVATE)

    async def _call(self, url: str, secret: str, ident: str, body: bytes, *, hears: int = 0) -> tuple[int, bytes]:
        """The status, and of the answer's body at most so many bytes as are heard."""
        at = self._clock.now()
        headers = {
            "content-type": "application/json",
            "user-agent": NAMED,
            "webhook-id": ident,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature(secret, ident, at, body),
            **self.more_headers(ident),
        }
        try:
            async with asyncio.timeout(TIMEOUT_S), self._line().post(url, data=body, headers=headers, allow_redirects=False) as answer:
                return answer.status, await _read(answer, hears)
        except aiohttp.ClientConnectorError as fault:
            raise NotAccepted(PRIVATE if isinstance(fault.os_error, NotPublic) else "no connection") from fault
        except TimeoutError as fault:
            raise DeliveryUnknown(f"no answer within {TIMEOUT_S:g} s") from fault
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise DeliveryUnknown(type(fault).__name__) from fault

    def more_headers(self, ident: str) -> dict[str, str]:
        """What else stands above the body."""
        return {}

    def _line(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = ThreadedResolver() if self._config.allow_private else PublicResolver()
            connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """The beginning of what was answered: an endless one is left."""
    found = b""
    while len(found) < most and (part := await answer.content.read(most - len(found))):
        found += part
    return found


def is_this_computer(host: str) -> bool:
    """Does that name or address stand for the computer we run on?"""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
