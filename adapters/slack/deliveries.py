"""What Slack delivers, by HTTP or socket, to what the core takes in; and the forms it opens while a press is fresh."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from adapters.slack import inbound, text, views
from adapters.slack.api import SlackApi
from adapters.slack.inbound import Reading
from adapters.slack.people import People
from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Commanded, Form, Inbound, Outbound, Pressed, Quoted, Refusal, Said, Say, Submitted
from bot.engine.contacts import call_form
from bot.errors import DeliveryError, DeliveryRefused, StoreError, ThreadGone
from bot.ports import Clock, Enquiries, Receive

Json = dict[str, Any]
Value = TypeVar("Value")
Answer = Callable[[str, Outbound], Coroutine[Any, Any, None]]

ENTRY_SHORTCUT = "entry_from_message"  # any other message shortcut makes a ticket; any global one asks
TRIGGER_S = 2.5  # a trigger_id opens a form for three seconds; later calls would be refused
CALL_SHORTCUT = "log_call"
EARLIER_S = 1.5  # how long the earlier talk may take to fetch while Slack waits for an acknowledgement

log = logging.getLogger(__name__)


class Deliveries:
    """Takes in one delivery after the other; `bot_user` is set once Slack has told who we are."""

    def __init__(self, api: SlackApi, people: People, desk: Desk, clock: Clock, answer: Answer, secret: str) -> None:
        self._api, self._people, self._desk, self._clock, self._answer = api, people, desk, clock, answer
        self._seal = hashlib.sha256(b"modal:" + secret.encode()).digest()
        self._tasks: set[asyncio.Task[None]] = set()
        self._receive: Receive | None = None
        self._enquiries: Enquiries | None = None
        self.bot_user = ""
        self.team = ""  # "": any (an Enterprise Grid has many)
        self.places: set[str] = set()  # channels from which something came: the bot is in them

    def open(self, receive: Receive, enquiries: Enquiries, bot_user: str, team: str) -> None:
        """From now on deliveries are taken in."""
        self._receive, self._enquiries, self.bot_user, self.team = receive, enquiries, bot_user, team

    async def close(self) -> None:
        """Nothing more is taken in; what is being answered is ended."""
        self._receive = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def take(self, body: Json) -> Json:
        """Takes in the body of one delivery, as bolt.Take."""
        if self._receive is None or self._enquiries is None:
            raise DeliveryError("not connected yet")
        if "command" in body:
            return await self._command(body, self._receive, self._enquiries)
        if body.get("type") != "event_callback":
            return await self._interaction(body, self._receive, self._enquiries)
        if not self.team or body.get("team_id") in (None, "", self.team):
            await self._event(body, self._receive)
        return {}

    async def take_missed(self, message: Json) -> None:
        """A message that stands in the history, with its channel: as if it were delivered now. It may have been: its channel and ts are known then."""
        if self._receive is None:
            raise StoreError("not connected yet")
        key = f"history:{message.get('channel')}/{message.get('ts')}"
        await self._event({"type": "event_callback", "event_id": key, "event": message}, self._receive)

    def _reading(self) -> Reading:
        assert self._enquiries is not None
        return Reading(self.bot_user, self._desk, self._enquiries.is_known, self._clock.now(), self._people.known)

    def _read(self, reader: Callable[..., Value | None], *arguments: Any) -> Value | None:
        """What the reader makes of a payload. One that it cannot read is logged and let go: sent again it would fail again."""
        try:
            return reader(*arguments)
        except Exception as error:  # noqa: BLE001  the listening loop outlives any payload
            log.error("a payload could not be read", extra={"reader": reader.__name__, "error": type(error).__name__})
            return None

    # ---- events
    async def _event(self, payload: Json, receive: Receive) -> None:
        event = payload.get("event")
        event = event if isinstance(event, dict) else {}
        if event.get("type") in ("member_joined_channel", "member_left_channel"):
            self._people.forget_members(str(event.get("channel")))
        if mark := self._read(inbound.ticket_mark, payload, self._reading()):
            await self._marked(str(payload["event_id"]), str(event["user"]), *mark, receive=receive)
            return
        if book := self._read(inbound.of_book, payload, self._reading()):
            await receive(book)
            return
        if isinstance(event.get("text"), str):
            await self._people.get_to_know(user for user in text.mentioned(event["text"]) if user != self.bot_user)
        found = self._read(inbound.of_event, payload, self._reading())
        if found is None:
            return
        if isinstance(found.what, Said):
            self.places.add(found.what.place.removeprefix("slack:"))
            found = await self._with_earlier(found, found.what)
        await receive(found)

    async def _with_earlier(self, found: Inbound, said: Said) -> Inbound:
        """A mention in a running thread brings what was said there before, if Slack gives it in time."""
        called_in = said.addressed and not said.private and said.reply_to is not None
        if not called_in or self._reading().is_known(found.conversation):
            return found
        channel, _, ts = said.message.removeprefix("slack:").partition("/")
        root = str(said.reply_to).partition("/")[2]
        try:
            async with asyncio.timeout(EARLIER_S):
                earlier = await self._quoted(await self._api.thread(channel, root), ts)
        except (DeliveryError, TimeoutError) as error:
            log.warning("the earlier talk does not come along", extra={"conversation": found.conversation, "error": type(error).__name__})
            return found
        return replace(found, what=replace(said, earlier=earlier))

    async def _quoted(self, messages: list[Json], before: str) -> tuple[Quoted, ...]:
        authors = [str(m.get("user") or "") for m in messages]
        await self._people.get_to_know([*authors, *(user for m in messages for user in text.mentioned(str(m.get("text") or "")))])
        return self._read(inbound.quoted, messages, before, self._reading()) or ()

    async def _marked(self, key: str, by: str, channel: str, ts: str, receive: Receive) -> None:
        """A ticket emoji: the message and its thread are fetched first. When Slack cannot give them now, it is not acknowledged and comes again."""
        try:
            message, thread = await self._api.whole_thread(channel, ts)
        except (ThreadGone, DeliveryRefused) as error:
            log.warning("a marked message cannot be fetched", extra={"place": channel, "error": str(error)})
            return
        earlier = await self._quoted(thread, ts)
        await self._people.get_to_know([str(message.get("user") or ""), by])
        found = self._read(inbound.of_mark, key, by, channel, message, self._reading(), earlier)
        if found is not None:
            self.places.add(channel)
            await receive(found)

    # ---- commands
    async def _command(self, form: Json, receive: Receive, enquiries: Enquiries) -> Json:
        found = self._read(inbound.of_command, form, self._reading())
        if found is None:
            return {}
        what = found.what
        assert isinstance(what, Commanded)
        action = "new" if what.name == "new" and not what.argument else "faq-new" if what.name == "faq" and what.argument.lower() == "new" else ""
        if what.name == "call":
            action = call_form.opens(what.argument, self._desk.prefix)
        if action:
            origin = views.Origin(action, what.place, found.conversation, what.answer_to)
            await self._ask_form(enquiries, origin, found.person.id, str(form.get("trigger_id")), views_open="views.open")
            return {}
        await receive(found)
        return {}

    # ---- presses, shortcuts, modals
    async def _interaction(self, payload: Json, receive: Receive, enquiries: Enquiries) -> Json:
        kind = payload.get("type")
        if kind == "block_actions":
            await self._press(payload, receive, enquiries)
        elif kind == "view_submission":
            return await self._submission(payload, receive, enquiries)
        elif kind == "message_action" and payload.get("callback_id") != ENTRY_SHORTCUT:
            await self._message_shortcut(payload, receive)
        elif kind in ("shortcut", "message_action"):
            await self._form_shortcut(payload, enquiries)
        return {}

    async def _press(self, payload: Json, receive: Receive, enquiries: Enquiries) -> None:
        view = payload.get("view")
        chosen = payload.get("actions")
        action = chosen[0] if isinstance(chosen, list) and chosen and isinstance(chosen[0], dict) else {}
        if isinstance(view, dict) and views.is_deciding(view, action):
            await self._decided(view, inbound.at(payload, "user", "id"), enquiries)
            return
        found = self._read(inbound.of_press, payload, self._reading())
        if found is None:
            return
        pressed = found.what
        assert isinstance(pressed, Pressed)
        origin = views.Origin(pressed.action, pressed.place, found.conversation, pressed.answer_to)
        on_modal = isinstance(view, dict) and view.get("type") == "modal"
        method = "views.push" if on_modal else "views.open"
        if not await self._ask_form(enquiries, origin, found.person.id, str(payload.get("trigger_id")), method):
            await receive(found)

    async def _ask_form(self, enquiries: Enquiries, origin: views.Origin, person: PersonId, trigger: str, views_open: str) -> bool:
        """Open the form this needs, or say why not; False when it needs none. The press is acknowledged meanwhile."""
        since = time.monotonic()
        form = await enquiries.form(origin.action, person)
        if isinstance(form, Refusal):
            said = Outbound((Say(form.text),), only_for=person, answer_to=origin.answer_to)
            self._spawn(self._answer(origin.place, said))
        elif isinstance(form, Form):
            view = views.modal(form, replace(origin, action=form.action), person.removeprefix("slack:"), self._seal)
            if time.monotonic() - since < TRIGGER_S:
                self._spawn(self._show(views_open, trigger, view))
            else:
                log.warning("a form came too late to be opened", extra={"action": origin.action.partition(":")[0]})
        return form is not None

    async def _decided(self, view: Json, user: str, enquiries: Enquiries) -> None:
        """A choice in a form by which other fields are asked: the modal is shown anew with those, and with all that stands in it."""
        origin = views.origin_of(view, user, self._seal)
        form = await enquiries.form(origin.action, PersonId(f"slack:{user}")) if origin else None
        if origin is not None and isinstance(form, Form):
            shown = views.modal(views.refilled(form, views.values(view)), origin, user, self._seal)
            self._spawn(self._change(str(view.get("id")), str(view.get("hash") or ""), shown))

    async def _change(self, view_id: str, seen: str, view: Json) -> None:
        await self._api.call("views.update", view_id=view_id, **({"hash": seen} if seen else {}), view=view)

    async def _show(self, method: str, trigger: str, view: Json) -> None:
        await self._api.call(method, trigger_id=trigger, view=view)

    async def _submission(self, payload: Json, receive: Receive, enquiries: Enquiries) -> Json:
        """The right to send it is asked again, and whether all holds; if not, the modal stays open with the words in it."""
        view = payload.get("view")
        user = inbound.at(payload, "user", "id")
        if not isinstance(view, dict) or not user or view.get("callback_id") != views.FORM:
            return {}
        origin = views.origin_of(view, user, self._seal)
        allowed = await enquiries.form(origin.action if origin else inbound.EXPIRED, PersonId(f"slack:{user}"))
        if isinstance(allowed, Refusal):
            return views.errors(view, allowed.text)
        if origin is None:
            log.warning("a form was not opened for its sender", extra={"person": f"slack:{user}"})
        found = self._read(inbound.of_submission, payload, origin, self._reading())
        if found is not None and isinstance(found.what, Submitted) and origin is not None:
            wrong = await enquiries.asked_again(origin.action, found.person.id, found.what.values, len(found.what.attachments))
            if wrong is not None and {field.name for field in wrong.fields if field.problem} <= views.asked_in(view):
                return views.field_errors(wrong)
            if wrong is not None:
                return {"response_action": "update", "view": views.modal(wrong, origin, user, self._seal)}
        if found is not None:
            await receive(found)
        return {}

    async def _message_shortcut(self, payload: Json, receive: Receive) -> None:
        """ "Create ticket" on a message: its author asks. The thread comes along when the bot can see it."""
        message, channel = payload.get("message"), inbound.at(payload, "channel", "id")
        by, trigger = inbound.at(payload, "user", "id"), inbound.at(payload, "trigger_id")
        if not isinstance(message, dict) or not (channel and by and trigger):
            return
        earlier: tuple[Quoted, ...] = ()
        root, ts = str(message.get("thread_ts") or ""), str(message.get("ts") or "")
        if root and root != ts:
            try:
                async with asyncio.timeout(EARLIER_S):
                    earlier = await self._quoted(await self._api.thread(channel, root), ts)
            except (DeliveryError, TimeoutError) as error:
                log.info("the earlier talk does not come along", extra={"place": channel, "error": type(error).__name__})
        await self._people.get_to_know([str(message.get("user") or "")])
        found = self._read(inbound.of_mark, f"shortcut:{trigger}", by, channel, message, self._reading(), earlier)
        if found is not None:
            await receive(found)

    async def _form_shortcut(self, payload: Json, enquiries: Enquiries) -> None:
        """The global shortcut asks; "Make it an FAQ entry" opens the form of an entry with the message's words."""
        user = inbound.at(payload, "user", "id")
        if not user:
            return
        message = payload.get("message")
        words = self._reading().words(str(message.get("text") or "")) if isinstance(message, dict) else ""
        action = f"faq-new:{words}" if isinstance(message, dict) else "call" if payload.get("callback_id") == CALL_SHORTCUT else "ask"
        conversation = inbound.lane("D", user, "")
        origin = views.Origin(action, conversation, conversation, str(payload.get("response_url") or ""))
        await self._ask_form(enquiries, origin, PersonId(f"slack:{user}"), str(payload.get("trigger_id")), "views.open")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Work that goes on after the acknowledgement; it is owned here and its failure is logged."""

        async def run() -> None:
            try:
                await work
            except DeliveryError as error:
                log.warning("a form or refusal could not be shown", extra={"error": str(error)})

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
