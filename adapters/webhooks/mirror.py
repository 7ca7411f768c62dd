"""The mirror as a channel: like a webhook's calls, but one address, and what it answers to a new ticket is kept."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from adapters.webhooks.channel import WebhookChannel
from adapters.webhooks.config import WebhooksConfig
from bot.domain.ids import MessageId
from bot.domain.messages import Capabilities, Outbound, Patience, Say
from bot.domain.mirror import BEGINS, CHANNEL, LONGEST_ID, LONGEST_URL, Mirror, Twin, is_creation, note_key, number_in
from bot.engine.programs.mirroring import as_note, twin_of
from bot.errors import DeliveryError, DeliveryRefused, NotAccepted, StoreError
from bot.ports import Clock, Notebook

HEARD = 65_536  # bytes of an answer
NEVER = (400, 413, 422)  # with which a tool says that it will not have that as it is, however often it is told
A_WEEK = Patience(attempts=175, most_s=3600.0)  # 1, 2, 4 … 2048 seconds, then an hour between tries
NO_ID = "an answer without an id"
NOT_CREATED = "not_created"


class MirrorChannel(WebhookChannel):
    """Tickets, told to another tool. See bot.ports: Channel, Connects, Closes."""

    name = CHANNEL
    can = Capabilities(patience=A_WEEK)

    def __init__(self, mirror: Mirror, secret: str, config: WebhooksConfig, notebook: Notebook, clock: Clock) -> None:
        """secret: as Standard Webhooks write it. config: whether the own network may be called."""
        super().__init__(config, notebook, clock, b"")
        self._mirror, self._key = mirror, secret

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """Call the tool. message: the id and the body, a part each. A change is told only of what the tool has."""
        ident, body = (part.text for part in message.parts if isinstance(part, Say))
        number = number_in(f"{BEGINS}{ident}")
        known = await self._known(number)
        is_new = is_creation(f"{BEGINS}{ident}")
        if known is None and not is_new:
            raise DeliveryRefused(NOT_CREATED)
        self._check(self._mirror.url)
        status, answer = await self._call(self._mirror.url, self._key, ident, _with_id(body, known).encode(), hears=HEARD if is_new else 0)
        if status in NEVER:
            raise DeliveryRefused(f"HTTP {status}")
        if not 200 <= status < 300:
            raise NotAccepted(f"HTTP {status}")
        if is_new and known is None:
            await self._keep(number, twin_in(answer))
        return MessageId(f"{to}/{status}/{ident}")

    def more_headers(self, ident: str) -> dict[str, str]:
        """Tools that know no Standard Webhooks mostly know this."""
        return {"idempotency-key": ident}

    async def _known(self, number: str) -> Twin | None:
        try:
            return await twin_of(self._notebook, number)
        except StoreError as fault:
            raise DeliveryError(str(fault)) from fault

    async def _keep(self, number: str, twin: Twin | None) -> None:
        """Before it counts as told: a crash in between tells it again, and what the tool answered first stays."""
        if twin is None:
            raise NotAccepted(NO_ID)
        try:
            await self._notebook.note(note_key(number), as_note(twin))
        except StoreError as fault:
            raise DeliveryError(str(fault)) from fault


def twin_in(answer: bytes) -> Twin | None:
    """What the tool calls the ticket: {"id": "…", "url": "…"}, the id a text or a whole number; None when it does not say."""
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    found = said.get("id") if isinstance(said, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    ident = str(found).strip() if isinstance(found, str) or abs(found) < 10**LONGEST_ID else ""
    if not 1 <= len(ident) <= LONGEST_ID or not ident.isprintable():
        return None
    url = said.get("url")
    return Twin(ident, url if isinstance(url, str) and _may_be_opened(url) else "")


def _may_be_opened(url: str) -> bool:
    """A link that agents follow: of the web, and as long as links are."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= LONGEST_URL and url.isprintable() and " " not in url


def _with_id(body: str, known: Twin | None) -> str:
    """With what the tool calls the ticket: known since it was made, so it is the same each time this is told."""
    if known is None:
        return body
    said = json.loads(body)
    said["data"]["ticket"]["external_id"] = known.id
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
