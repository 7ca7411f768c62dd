"""What the provider tells afterwards: that a message did not arrive, and that a call is over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.responses import Response

from adapters.hooks import again
from adapters.phone.calls import Call, Calls
from adapters.phone.line import Line
from adapters.phone.numbers import NAME, e164, is_sid, takes_texts, who
from adapters.phone.rest import reason_of
from adapters.phone.voice import Voice
from adapters.phone.webhook import Form
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, PlaceId
from bot.domain.messages import Called, Commanded, Inbound, Undelivered
from bot.errors import StoreError
from bot.ports import Clock, Receive

log = logging.getLogger(__name__)

LOST = ("undelivered", "failed")  # final; whatever else comes before or after them, in whichever order, says nothing
OVER = ("completed", "busy", "failed", "no-answer", "canceled")


class Afterwards:
    """The one address for both. receive: None until the channel listens."""

    def __init__(self, desk: Desk, voice: Voice, calls: Calls, telephone: Line, clock: Clock, receive: Callable[[], Receive | None]) -> None:
        self._desk, self._voice, self._calls, self._telephone, self._clock, self._receive = desk, voice, calls, telephone, clock, receive

    async def told(self, form: Form, query: Mapping[str, str]) -> Response:
        """Of a message, or of a call."""
        try:
            if form.get("MessageStatus"):
                await self._message(form, query.get("key", ""))
            elif form.get("CallStatus") in OVER and is_sid(form.get("CallSid", "")):
                await self._call_over(form)
        except StoreError as problem:
            log.warning("not kept, and told again if Twilio is set to", extra={"problem": type(problem).__name__})
            return again()
        return Response(status_code=204)

    async def _message(self, form: Form, key: str) -> None:
        number, sid, status = e164(form.get("To", "")), form.get("MessageSid", ""), form.get("MessageStatus", "")
        if status not in LOST or not number or not key or not is_sid(sid):
            return
        reason = reason_of(form.get("ErrorCode", ""))
        log.info("a text message did not arrive", extra={"sid": sid, "reason": reason})
        person = who(number, self._desk.languages)
        what = Undelivered(key, "", reason)
        await self._hear(Inbound(f"lost:{sid}", NAME, ConversationId(person.id), person, self._clock.now(), what))

    async def _call_over(self, form: Form) -> None:
        """For the contact log; and the number of the ticket comes as a text message to whoever can read one."""
        sid = form["CallSid"]
        call = await self._calls.get(sid) or Call(sid, e164(form.get("From", "")), self._desk.languages[0], "")
        seconds = form.get("CallDuration", "0")
        length = int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 7 else 0
        began = datetime.fromisoformat(call.began) if call.began else self._clock.now()
        await self._telephone.let_go(call.person)
        await self._hear(self._voice.event(call, "over", Called("in", length, call.outcome, PlaceId(call.person)), began))
        if call.with_people and call.ticket and takes_texts(call.number):
            await self._hear(self._voice.event(call, "receipt", Commanded("status", call.ticket, PlaceId(call.person), private=True)))
        await self._calls.end(sid)

    async def _hear(self, event: Inbound) -> None:
        receive = self._receive()
        if receive is None:
            raise StoreError("nobody listens yet")
        await receive(event)
