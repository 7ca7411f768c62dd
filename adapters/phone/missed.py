"""Text messages that were posted while nobody took them: the provider gives up soon, and keeps them. They are read there, through the same door."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from adapters.phone import inbound
from adapters.phone.notes import READ
from adapters.phone.rest import Rest
from bot.domain.desks import Desk
from bot.errors import DeliveryError, StoreError
from bot.ports import Clock, Notebook, Receive

log = logging.getLogger(__name__)

Alone = Callable[[str, Callable[[], Awaitable[None]]], Awaitable[None]]
"""Does the work under that name, until cancelled, whenever no other process does it."""
ROLE = "phone-missed"
EVERY_S = 300.0  # between two looks
OVERLAP = timedelta(minutes=5)  # looked at once more: their clock and ours differ, and what comes now may be listed late
MOST_BACK = timedelta(hours=24)  # who has waited longer has asked elsewhere; and what the inbox forgot could be handled twice
PAGE, PAGES = "200", 10  # messages of one page, and pages of one look


class Missed:
    """Looks at the start, and now and then: what has arrived is known by its name, and is not heard twice."""

    def __init__(self, rest: Rest, number: str, desk: Desk, notebook: Notebook, clock: Clock) -> None:
        self._rest, self._number, self._desk, self._notebook, self._clock = rest, number, desk, notebook, clock

    async def run(self, receive: Receive, alone: Alone) -> None:
        """Until cancelled."""

        async def looking() -> None:
            while True:
                try:
                    await self.look(receive)
                except (DeliveryError, StoreError) as problem:
                    log.warning("what was missed is read later", extra={"problem": type(problem).__name__})
                await asyncio.sleep(EVERY_S)

        await alone(ROLE, looking)

    async def look(self, receive: Receive) -> None:
        """Everything since the last look. Raises DeliveryError, StoreError: the next look begins there again."""
        now = self._clock.now()
        since = (await self._notebook.noted(READ)).get(READ, "")
        if since:  # before the very first start nobody wrote to us
            for message in await self._listed(max(datetime.fromisoformat(since) - OVERLAP, now - MOST_BACK)):
                event = inbound.of_text(await self._as_posted(message), inbound.Reading(self._number, self._desk.languages, now))
                if event is not None:
                    await receive(event)
        await self._notebook.note(READ, now.isoformat())

    async def _listed(self, since: datetime) -> list[dict[str, Any]]:
        """What came in since then, oldest first."""
        found: list[dict[str, Any]] = []
        query = {"To": self._number, "DateSent>": since.astimezone(UTC).date().isoformat(), "PageSize": PAGE}
        for page in range(PAGES):
            listed = (await self._rest.get("/Messages.json", {**query, "Page": str(page)})).get("messages")
            messages = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
            found += [one for one in messages if one.get("direction") == "inbound" and _sent(one) >= since]
            if len(messages) < int(PAGE):
                break
        return found[::-1]

    async def _as_posted(self, message: dict[str, Any]) -> dict[str, str]:
        """The fields with which it would have been posted."""
        sid = str(message.get("sid"))
        form = {"MessageSid": sid, "From": str(message.get("from")), "Body": str(message.get("body") or "")}
        if str(message.get("num_media") or "0") == "0":
            return form
        listed = (await self._rest.get(f"/Messages/{sid}/Media.json", {})).get("media_list")
        for n, media in enumerate(listed if isinstance(listed, list) else []):
            form[f"MediaUrl{n}"], form[f"MediaContentType{n}"] = f"/Messages/{sid}/Media/{media.get('sid')}", str(media.get("content_type"))
            form["NumMedia"] = str(n + 1)
        return form


def _sent(message: dict[str, Any]) -> datetime:
    """As the provider writes it: RFC 2822; what cannot be read is looked at."""
    try:
        sent = parsedate_to_datetime(str(message.get("date_created")))
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)
