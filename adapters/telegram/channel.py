"""Telegram as a channel: listens by polling or webhook, sends, edits, answers presses. Contract: bot/ports, adapters/README.md."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from adapters.telegram import addresses, menu, outbound
from adapters.telegram.addresses import Address
from adapters.telegram.config import TelegramConfig
from adapters.telegram.content import parse_source
from adapters.telegram.diagnosis import diagnose
from adapters.telegram.inbound import KINDS, Reader, person
from adapters.telegram.intake import Intake
from adapters.telegram.lag import Lag
from adapters.telegram.places import Places
from adapters.telegram.polling import poll
from adapters.telegram.topics import Topics
from adapters.telegram.transport import Api, EntitiesRefused, Migrated, NotModified, TopicClosed
from adapters.telegram.webhook import route
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Capabilities, Outbound, Pace, Reaction
from bot.domain.people import Person
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, ThreadGone
from bot.ports import Clock, Enquiries, Notebook, Receive

log = logging.getLogger(__name__)

MAX_DOWNLOAD, MAX_UPLOAD = 20_000_000, 50_000_000  # bytes; Bot API, getFile and "Sending files"
SIGNS = {"seen": "👀", "thanks": "🤝", "ticket": "✍", "solved": "👍"}  # of those that bots may use
METHODS = {
    "photo": "sendPhoto",
    "document": "sendDocument",
    "voice": "sendVoice",
    "video": "sendVideo",
    "audio": "sendAudio",
    "animation": "sendAnimation",
    "video_note": "sendVideoNote",
}
MEMBERS = ("creator", "administrator", "member")
PAUSE_S = 2.0  # between tries to say hello to Telegram


class TelegramChannel:
    """One bot. Safe to use for sending in a process that does not listen."""

    name = addresses.NAME
    can = Capabilities(edits=True, threads=True, pace=Pace(per_place_s=1.0, burst=3, group_per_minute=18, total_per_s=28.0))

    def __init__(self, config: TelegramConfig, *, desk: Desk, notebook: Notebook, clock: Clock) -> None:
        self._config, self._desk, self._clock = config, desk, clock
        self._api = Api(config)
        self._places = Places(desk, notebook)
        self._topics = Topics(self._api)
        self._lag = Lag()
        self._intake: Intake | None = None
        self._ready = self._speaks = False
        self.is_called, self.seats = bool(config.webhook_url), 1  # Telegram answers one poller
        self._username = ""  # known once Telegram has said who we are
        self.fetch_any: Callable[[Attachment, int], Awaitable[bytes]] = self.fetch

    # ------------------------------------------------------------------------------------------------------- listening
    async def connect(self) -> None:
        """See Connects."""
        await self._places.load()
        self._username = str((await self._insist("getMe", {})).get("username") or "")
        self._speaks = True

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """See Channel.listen."""
        try:
            await self._places.load()
            me = await self._insist("getMe", {})
            self._username = str(me.get("username") or "")
            reader = Reader(self._config.bot_id, str(me.get("username") or ""), self._desk, self._places.homes, enquiries.is_known)
            self._intake = Intake(reader, receive, self._places, self._topics, self._clock, self._lag)
            menus = asyncio.create_task(self._show_menu())
            try:
                await (self._by_webhook() if self._config.webhook_url else self._by_polling(self._intake))
            finally:
                menus.cancel()
        finally:
            self._ready, self._intake = False, None

    def invitation(self, token: str) -> str:
        """See Invites: a deep link; the person sees no more than "Start"."""
        return f"https://t.me/{self._username}?start=link_{token}" if self._username else ""

    async def close(self) -> None:
        """Let the connections go; when neither listening nor sending goes on."""
        await self._api.close()

    def is_ready(self) -> bool:
        """See Channel.is_ready."""
        return self._ready or self._speaks

    def routes(self) -> Sequence[object]:
        """The webhook's route; none when polling."""
        return [route(self._config.webhook_secret, lambda: self._intake)] if self._config.webhook_url else []

    def numbers(self) -> dict[str, float]:
        """See Counts."""
        return {"telegram_lag_seconds": self._lag.latest.total_seconds()}

    async def diagnose(self) -> list[tuple[bool, str]]:
        """What `firstline doctor` says about this channel."""
        await self._places.load()
        return await diagnose(self._api, self._config, self._desk, self._places)

    async def _by_polling(self, intake: Intake) -> None:
        await self._insist("deleteWebhook", {"drop_pending_updates": False})
        await poll(self._api, intake, self._set_ready)

    async def _by_webhook(self) -> None:
        hook = {"url": self._config.webhook_url, "secret_token": self._config.webhook_secret, "allowed_updates": list(KINDS), "drop_pending_updates": False}
        await self._insist("setWebhook", hook)
        self._set_ready(True)
        await asyncio.Event().wait()

    def _set_ready(self, ready: bool) -> None:
        self._ready = ready

    async def _insist(self, method: str, params: dict[str, Any]) -> Any:
        """Call until the network lets us. What Telegram refuses for good is raised (Unauthorized among it)."""
        while True:
            try:
                return await self._api.call(method, params)
            except (RateLimited, DeliveryUnknown) as problem:
                pause = problem.retry_after_s if isinstance(problem, RateLimited) else PAUSE_S
            except DeliveryError as problem:
                if type(problem) is not DeliveryError:
                    raise
                pause = PAUSE_S
            log.warning("Telegram cannot be reached, trying again in %g s", pause)
            await asyncio.sleep(pause)

    async def _show_menu(self) -> None:
        """The command menus; a group that is not there yet must not keep the bot from working."""
        teams = [addresses.parse(place) for tier in self._desk.tiers for place in tier.places]
        for params in menu.calls(tuple(self._places.now(team.chat) for team in teams if team), several=bool(self._desk.others)):
            try:
                await self._insist("setMyCommands", params)
            except DeliveryError as problem:
                log.warning("command menu not set", extra={"chat": params["scope"].get("chat_id"), "problem": str(problem)})

    # --------------------------------------------------------------------------------------------------------- sending
    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """See Channel.fit."""
        return outbound.fit(message)

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """See Channel.thread_of."""
        address = addresses.parse(card)
        return addresses.topic_conversation(self._places.home(address.chat), address.topic) if address and address.topic else None

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """See Channel.send."""
        await self._places.load()
        if message.only_for and not message.ask:
            return await self._privately(message)
        address = _known(to)
        card = _known(thread) if thread else None
        if card and self._places.has_moved(card.chat):
            raise ThreadGone("the group has a new id, its messages have not")
        try:
            return await self._send(self._places.now(address.chat), address, message, card)
        except Migrated as moved:
            await self._places.follow(address.chat, moved.new)
            if card:
                raise ThreadGone("the group has a new id, its messages have not") from None
            return await self._send(moved.new, address, message, card)

    async def _send(self, chat: int, address: Address, message: Outbound, card: Address | None) -> MessageId:
        topic = card.topic if card else address.topic
        if message.card and not card:
            topic = await self._topics.begin(chat, message) or topic
        place: dict[str, Any] = {"chat_id": chat}
        if topic:
            place["message_thread_id"] = topic
            await self._topics.open(chat, topic)
        if card and not card.topic:
            place["reply_parameters"] = {"message_id": card.message}
        elif (answered := addresses.parse(message.reply_to or "")) and answered.message and answered.chat == chat:
            place["reply_parameters"] = {"message_id": answered.message, "allow_sending_without_reply": True}
        try:
            sent = await self._post(place, message)
        except TopicClosed:
            assert topic is not None
            self._topics.closed.add((chat, topic))
            await self._topics.open(chat, topic)
            sent = await self._post(place, message)
        return addresses.message_id(chat, int(sent["message_id"]), topic)

    async def _post(self, place: dict[str, Any], message: Outbound) -> Any:
        if message.attachments:
            return await self._post_file(place, message.attachments[0], message)
        params = outbound.text_params(message, await self._asked(place["chat_id"], message))
        try:
            return await self._api.call("sendMessage", {**place, **params})
        except EntitiesRefused:
            log.warning("entities refused, sent plain", extra={"chat": place["chat_id"]})
            return await self._api.call("sendMessage", {**place, **outbound.plain(params)})

    async def _post_file(self, place: dict[str, Any], file: Attachment, message: Outbound) -> Any:
        params = {**place, **({"reply_markup": {"inline_keyboard": outbound.keyboard(message.choices)}} if message.choices else {})}
        own = parse_source(file.source)
        if own and own[0] in METHODS:  # Telegram has it: no need to carry it, however large
            return await self._api.call(METHODS[own[0]], {**params, own[0]: own[1]})
        if file.size > MAX_UPLOAD:
            raise DeliveryRefused("too_large", f"{file.size} bytes")
        content = await self.fetch_any(file, MAX_UPLOAD)
        return await self._api.upload("sendDocument", "document", file.name, content, params)

    async def _asked(self, chat: int, message: Outbound) -> tuple[int, str] | None:
        """Id and name of who is to be mentioned, so that only their client opens the reply field."""
        asked = addresses.parse(message.only_for or "") if message.ask and chat < 0 else None
        if asked is None:
            return None
        try:
            member = await self._api.call("getChatMember", {"chat_id": chat, "user_id": asked.chat})
            return asked.chat, person(member["user"]).name or "👤"
        except DeliveryRefused:
            return asked.chat, "👤"

    # --------------------------------------------------------------------------------------------------------- editing
    async def edit(self, message: MessageId, new: Outbound) -> None:
        """See Edits.edit. Of a text that needs several pieces the first is shown, as when it was sent."""
        await self._places.load()
        address = _known(message)
        if self._places.has_moved(address.chat):
            raise ThreadGone("the group has a new id, its messages have not")
        piece = outbound.fit(new)[0]
        if address.topic and not outbound.is_closed(new):
            await self._topics.open(address.chat, address.topic)
        params = {"chat_id": address.chat, "message_id": address.message, **outbound.text_params(piece)}
        try:
            await self._edit_text(params)
        except Migrated as moved:
            await self._places.follow(address.chat, moved.new)
            raise ThreadGone("the group has a new id, its messages have not") from None
        if address.topic and new.card:
            await self._topics.follow(address.chat, address.topic, new)

    async def take_away(self, message: MessageId) -> None:
        """See Deletes. Telegram lets a bot take away what is younger than 48 hours."""
        await self._places.load()
        address = _known(message)
        try:
            await self._api.call("deleteMessage", {"chat_id": address.chat, "message_id": address.message})
        except ThreadGone:
            return  # somebody was faster
        except DeliveryUnknown as lost:
            raise DeliveryError(str(lost)) from None  # twice does no harm

    async def _edit_text(self, params: dict[str, Any]) -> None:
        try:
            await self._api.call("editMessageText", params)
        except EntitiesRefused:
            await self._edit_text(outbound.plain(params))
        except NotModified:
            return

    # ------------------------------------------------------------------------------------------------ for one person only
    async def answer(self, to: str, message: Outbound) -> None:
        """See Answers.answer."""
        await self._places.load()
        await self._privately(message)

    async def _privately(self, message: Outbound) -> MessageId:
        """As an alert on the press where that shows all, else in the private chat, else cut in the alert."""
        text, whole = outbound.answer_text(message)
        user = _known(message.only_for or "")
        nothing = addresses.message_id(user.chat, 0)
        if not message.answer_to:
            return await self._send_private(user, message)
        if whole and not message.choices:
            if await self._answer_press(message.answer_to, text) or not text:
                return nothing
            return await self._send_private(user, message)
        try:
            sent = await self._send_private(user, message)
        except DeliveryRefused:
            if await self._answer_press(message.answer_to, text):
                return nothing
            raise
        await self._answer_press(message.answer_to, "")
        return sent

    async def _answer_press(self, press: str, text: str) -> bool:
        """False when the press is too old, or was answered."""
        try:
            await self._api.call("answerCallbackQuery", {"callback_query_id": press, **({"text": text, "show_alert": True} if text else {})})
        except DeliveryRefused:
            return False
        return True

    async def _send_private(self, user: Address, message: Outbound) -> MessageId:
        sent = await self._post({"chat_id": user.chat}, message)
        return addresses.message_id(user.chat, int(sent["message_id"]))

    async def react(self, reaction: Reaction) -> None:
        """See Reacts.react."""
        address = _known(reaction.message)
        sign = [{"type": "emoji", "emoji": SIGNS[reaction.sign]}]
        await self._api.call("setMessageReaction", {"chat_id": address.chat, "message_id": address.message, "reaction": sign})

    # --------------------------------------------------------------------------------------------------- files and people
    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See Fetches.fetch."""
        own = parse_source(attachment.source)
        if own is None:
            raise DeliveryRefused("gone", "not a file of Telegram")
        if attachment.size > min(limit, MAX_DOWNLOAD):
            raise DeliveryRefused("too_large", f"{attachment.size} bytes")
        found = await self._api.call("getFile", {"file_id": own[1]})
        return await self._api.download(str(found.get("file_path") or ""), limit)

    async def is_member(self, place: PlaceId, person: PersonId) -> bool:
        """See Rosters.is_member."""
        await self._places.load()
        where, who = addresses.parse(place), addresses.parse(person)
        if where is None or who is None:
            return False
        question = {"chat_id": self._places.now(where.chat), "user_id": who.chat}
        try:
            member = await self._api.call("getChatMember", question)
        except Migrated as moved:
            await self._places.follow(where.chat, moved.new)
            member = await self._api.call("getChatMember", {**question, "chat_id": moved.new})
        except DeliveryRefused as refused:
            if "PARTICIPANT_ID_INVALID" in refused.detail.upper() or "user not found" in refused.detail.lower():
                return False
            raise
        return member["status"] in MEMBERS or (member["status"] == "restricted" and bool(member.get("is_member")))

    async def profile(self, person_id: PersonId) -> Person:
        """See Profiles.profile."""
        chat = await self._api.call("getChat", {"chat_id": _known(person_id).chat})
        return person({"id": chat["id"], "first_name": chat.get("first_name"), "last_name": chat.get("last_name")})


def _known(identifier: str) -> Address:
    """The numbers of an identifier that must be ours."""
    address = addresses.parse(identifier)
    if address is None:
        raise DeliveryRefused("invalid", "not an address of Telegram")
    return address
