"""Text messages through the provider: sent once, and found again when nobody knows whether they were."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from adapters.phone.config import PhoneConfig
from adapters.phone.notes import SENDING
from adapters.phone.rest import Rest
from bot.errors import DeliveryError, DeliveryUnknown, StoreError
from bot.ports import Clock, Notebook

CLOCKS = timedelta(seconds=10)  # by which the provider's clock may be behind ours
AS = "as "  # in such a note before the name of what was sent
PAGE = "100"  # messages to one number since we began to send one to it; more are not


class Sending:
    """Sends, and looks again."""

    def __init__(self, config: PhoneConfig, rest: Rest, notebook: Notebook, clock: Clock, base: str) -> None:
        self._config, self._rest, self._notebook, self._clock, self._base = config, rest, notebook, clock, base

    async def send(self, number: str, text: str, key: str) -> str:
        """The provider's name of the message. key: under which it can be found, "" when nobody will look. Raises DeliveryError and its subclasses."""
        fields = {"To": number, "From": self._config.number, "Body": text}
        if key:
            fields["StatusCallback"] = f"{self._base}/phone/status?key={quote(key, safe='')}"
            await self._note(key, f"{self._clock.now().isoformat()} {_print(text)}")
        try:
            sent = await self._rest.post("/Messages.json", fields)
        except DeliveryUnknown:
            raise
        except DeliveryError:
            await self._note(key, "")  # certainly not: there is nothing to look for
            raise
        sid = sent.get("sid")
        if not isinstance(sid, str):
            raise DeliveryUnknown("the answer names no message")
        await self._note(key, f"{AS}{sid}")
        return sid

    async def recall(self, number: str, key: str) -> str:
        """The name of the message with that key, if it was sent though nobody told us; "" when it was not. Raises as `send`."""
        note = f"{SENDING}{key}"
        try:
            kept = (await self._notebook.noted(note)).get(note, "")
        except StoreError as fault:
            raise DeliveryError(str(fault)) from fault
        if not kept or kept.startswith(AS):
            return kept.removeprefix(AS)
        since, _, mark = kept.partition(" ")
        earliest = datetime.fromisoformat(since) - CLOCKS
        query = {"To": number, "From": self._config.number, "DateSent>": earliest.astimezone(UTC).date().isoformat(), "PageSize": PAGE}
        listed = (await self._rest.get("/Messages.json", query)).get("messages")
        for one in listed if isinstance(listed, list) else []:
            if _print(str(one.get("body"))) == mark and _made(one.get("date_created")) >= earliest:
                return str(one.get("sid"))
        return ""

    async def _note(self, key: str, value: str) -> None:
        if not key:
            return
        try:
            await self._notebook.note(f"{SENDING}{key}", value)
        except StoreError as fault:
            raise DeliveryError(str(fault)) from fault


def _print(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _made(date: object) -> datetime:
    """As the provider writes it: RFC 2822."""
    try:
        made = parsedate_to_datetime(str(date))
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return made if made.tzinfo else made.replace(tzinfo=UTC)
