"""WhatsApp's bodies to events of people as we know them: by the first id that Meta gave us of them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from adapters.meta import addresses, whatsapp_inbound
from adapters.meta.addresses import WHATSAPP
from adapters.meta.events import Letter, Lost, Renamed
from adapters.meta.intake import Heard
from adapters.meta.remembered import HELD, KNOCKED, NOW, NUMBER, WAITING, WAS, Remembered
from bot.domain.ids import ConversationId
from bot.domain.messages import Inbound, Undelivered
from bot.domain.people import BOT
from bot.ports import Clock

log = logging.getLogger(__name__)

TEMPLATE = "template"  # what a template bears, as other messages bear their keys


class WhatsAppReader:
    """See intake.Reader. by_number: how we call whom a payload knows by the number alone. came_too_late: what is done when a message (about the ticket of
    that number, or "") had been taken, but their 24 hours were over; gives why it waits, as DeliveryRefused.reason."""

    def __init__(
        self, phone_id: str, remembered: Remembered, by_number: Callable[[str], str], came_too_late: Callable[[str, str], Awaitable[str]], clock: Clock
    ) -> None:
        self._phone_id, self._remembered, self._clock = phone_id, remembered, clock
        self._by_number, self._came_too_late = by_number, came_too_late
        self.not_understood = self.untold = 0  # untold: templates that never arrived

    async def read(self, body: Mapping[str, Any]) -> Sequence[Heard]:
        """See Reader.read."""
        try:
            renamed = whatsapp_inbound.renamings(body, self._phone_id)
            letters, lost = whatsapp_inbound.letters(body, self._phone_id), whatsapp_inbound.lost(body, self._phone_id)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
            self._give_up("a body", problem)
            return []
        for one in renamed:
            await self._rename(one)
        found = [await self._heard(letter) for letter in letters]
        found += [await self._lost(one) for one in lost]
        return [one for one in found if one is not None]

    async def _heard(self, letter: Letter) -> Heard | None:
        user, noted = await self._who(letter.user, letter.number)
        try:
            event = whatsapp_inbound.to_inbound(letter, user, self._clock.now())
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
            self._give_up("a message", problem)
            return None
        if event is None:
            return None
        return Heard(event, user, str(letter.wire["id"]), noted, whatsapp_inbound.is_only_opening(letter))

    async def _lost(self, lost: Lost) -> Heard | None:
        """It bears the key of what we sent, and the number of the ticket that it was about; a template that is lost is sent again with what comes next."""
        user, noted = await self._who(lost.user, lost.number) if lost.user or lost.number else ("", {})
        if lost.key == TEMPLATE:
            self.untold += 1
            if user and noted.get(HELD) == KNOCKED:
                await self._remembered.put(user, HELD, WAITING)
            return None
        ticket, _, key = lost.key.partition(" ")
        reason = await self._came_too_late(user, ticket) if lost.reason == "window" and user else lost.reason
        conversation = ConversationId(addresses.person_id(WHATSAPP, user or "nobody"))
        return Heard(Inbound(f"lost:{addresses.key(lost.message)}", WHATSAPP, conversation, BOT, self._clock.now(), Undelivered(key, "", reason)))

    async def _who(self, user: str, number: str) -> tuple[str, Mapping[str, str]]:
        """How we call them, and what is remembered of them."""
        if not user:
            known = self._by_number(number)
            noted = await self._remembered.of(known)
            if not noted.get(NUMBER):
                await self._remembered.put(known, NUMBER, number)
            return known, noted
        noted = await self._remembered.of(user)
        first = noted.get(WAS, "")
        return (first, await self._remembered.of(first)) if first else (user, noted)

    async def _rename(self, one: Renamed) -> None:
        """They go on as whom we know; from now on they are written to by the new id."""
        first = (await self._remembered.of(one.previous)).get(WAS) or one.previous
        await self._remembered.put(one.current, WAS, first)
        await self._remembered.put(first, NOW, one.current)

    def _give_up(self, what: str, problem: Exception) -> None:
        self.not_understood += 1
        log.warning("not understood", extra={"channel": WHATSAPP, "what": what, "problem": type(problem).__name__})
