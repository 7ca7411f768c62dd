"""Matrix as a channel: listens by long sync, sends, edits, reacts. Contract: bot/ports, adapters/README.md."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from adapters.matrix import addresses, inbound, outbound
from adapters.matrix.addresses import Address
from adapters.matrix.config import MatrixConfig
from adapters.matrix.diagnosis import diagnose
from adapters.matrix.intake import KINDS, Figures, Intake
from adapters.matrix.rooms import Rooms
from adapters.matrix.transport import Api, Refused, told
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId, PersonId
from bot.domain.messages import Attachment, Capabilities, Outbound, Pace, Reaction
from bot.domain.people import Person
from bot.engine.tongue import tongue
from bot.errors import DeliveryError, DeliveryRefused, RateLimited, StoreError, ThreadGone, Unauthorized
from bot.ports import Clock, Enquiries, Notebook, Receive

log = logging.getLogger(__name__)

SINCE = f"{addresses.NAME}:since"  # the note that holds how far we have heard
WAIT_S = 20  # seconds that the homeserver holds a sync open; a connection that died unnoticed makes people wait as long, and CALL_S more
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0  # after a fault, doubled each time
RECALLED = 100  # events of a room among which a message is looked for that may have arrived
SIGNS = {"seen": "👀", "thanks": "🙏", "ticket": "📝", "solved": "✅"}
FILTER = json.dumps(
    {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "timeline": {"limit": 50, "types": list(KINDS)},
            "state": {"types": ["m.room.member", "m.room.encryption"], "lazy_load_members": True},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
        },
    },
    separators=(",", ":"),
)


class MatrixChannel:
    """One account. Safe to use for sending in a process that does not listen."""

    name = addresses.NAME
    can = Capabilities(buttons=False, edits=True, threads=True, pace=Pace(per_place_s=0.2, burst=5, total_per_s=20.0))
    is_called, seats = False, 1

    def __init__(self, config: MatrixConfig, *, desk: Desk, notebook: Notebook, clock: Clock) -> None:
        self._config, self._notebook, self._clock = config, notebook, clock
        self._tongue = tongue(desk.languages[0])
        self._api = Api(config)
        self._rooms = Rooms(config, self._api, notebook)
        self._figures = Figures()
        self._ready = self._speaks = False
        self._most_upload = -1  # bytes; not asked yet
        self.fetch_any: Callable[[Attachment, int], Awaitable[bytes]] = self.fetch

    # ------------------------------------------------------------------------------------------------------- listening
    async def connect(self) -> None:
        """See Connects."""
        await self._insist(self._who_am_i)
        self._speaks = True

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """See Channel.listen."""
        try:
            await self._insist(self._who_am_i)
            await self._rooms.load()
            for problem in await self._insist(self._rooms.resolve_helps):
                log.warning("a help room cannot be joined: invite the bot to it, or take it out of [channels.matrix]", extra={"problem": problem})
            intake = Intake(self._api, self._rooms, self._config.user, receive, enquiries, self._tongue, self._figures)
            try:
                intake.go_on()
                await self._follow(intake)
            finally:
                await intake.close()
        finally:
            self._ready = False

    async def _follow(self, intake: Intake) -> None:
        """Until cancelled. How far we have heard is noted when all of it is committed, so that a crash repeats and loses nothing."""
        since, pause, wait_s = (await self._notebook.noted(SINCE)).get(SINCE, ""), FIRST_PAUSE_S, 0
        while True:
            try:
                query = {"filter": FILTER, "timeout": str(wait_s * 1000), "set_presence": "online", **({"since": since} if since else {})}
                batch = await self._api.call("GET", ["sync"], query=query, timeout_s=wait_s + 20.0)
                self._ready = True
                await intake.take(batch, since)
                if (following := told(batch, "next_batch")) != since:
                    since = following
                    await self._notebook.note(SINCE, since)
                pause, wait_s = FIRST_PAUSE_S, WAIT_S
            except Refused as refused:
                if not since:
                    raise
                log.error("the homeserver does not know how far we have heard: what came while we were away may be lost", extra={"problem": refused.detail})
                since = ""
            except (DeliveryError, StoreError) as problem:
                self._ready = isinstance(problem, StoreError)
                log.log(logging.ERROR if isinstance(problem, Unauthorized) else logging.INFO, "listening interrupted: %s", _told(problem))
                await asyncio.sleep(max(pause, problem.retry_after_s if isinstance(problem, RateLimited) else 0.0))
                pause, wait_s = min(pause * 2, LONGEST_PAUSE_S), 0

    async def _insist(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """Ask until the network lets us. What is refused for good is raised."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                return await ask()
            except (Unauthorized, DeliveryRefused):
                raise
            except DeliveryError as problem:
                log.warning("Matrix cannot be reached, trying again: %s", problem)
                await asyncio.sleep(max(pause, problem.retry_after_s if isinstance(problem, RateLimited) else 0.0))
                pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _who_am_i(self) -> None:
        """Whose the token is. Raises Unauthorized when it is somebody else's than MATRIX_USER."""
        mine = str((await self._api.call("GET", ["account", "whoami"])).get("user_id") or "")
        if mine != self._config.user:
            raise Unauthorized(f"MATRIX_TOKEN is of {mine}, and MATRIX_USER says {self._config.user}: set the one to fit the other")

    async def close(self) -> None:
        """Let the connections go; when neither listening nor sending goes on."""
        await self._api.close()

    def is_ready(self) -> bool:
        """See Channel.is_ready."""
        return self._ready or self._speaks

    def numbers(self) -> dict[str, float]:
        """See Counts."""
        figures = self._figures
        return {
            "matrix_unreadable_total": figures.unreadable,
            "matrix_invitations_declined_total": figures.declined,
            "matrix_gaps_total": figures.gaps,
        }

    async def diagnose(self) -> list[tuple[bool, str]]:
        """What `firstline doctor` says about this channel."""
        return await diagnose(self._api, self._config)

    # --------------------------------------------------------------------------------------------------------- sending
    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """See Channel.fit."""
        return outbound.fit(message)

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """See Channel.thread_of: its messages name the card's event."""
        return ConversationId(card)

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None, key: str = "") -> MessageId:
        """See Recalls.send. The homeserver takes the same key for the same message, so that a retry is one event."""
        address = _known(message.only_for if message.only_for and not message.ask else to)
        room = await self._room(address)
        root = _known(thread).event if thread else address.event
        answers = outbound.answered(addresses.parse(message.reply_to or ""), room)
        if message.attachments:
            content = await self._file(message.attachments[0], key, root, answers)
        else:
            content = outbound.content(message, key, root, answers)
        try:
            sent = await self._put(room, "m.room.message", key or secrets.token_hex(16), content)
        except DeliveryRefused as refused:
            if address.user and refused.reason == "forbidden":  # we are not there any more
                await self._rooms.forget(room)
                raise DeliveryRefused("blocked", refused.detail) from None
            raise
        return addresses.message_id(room, sent)

    async def answer(self, to: str, message: Outbound) -> None:
        """See Answers.answer: in the person's own room."""
        if message.parts:
            for piece in outbound.fit(message):
                await self.send(message.only_for or to, piece)

    async def recall(self, to: str, thread: MessageId | None, key: str) -> MessageId | None:
        """See Recalls.recall."""
        room = await self._room(_known(to))
        page = await self._api.call("GET", ["rooms", room, "messages"], query={"dir": "b", "limit": str(RECALLED)})
        for event in page.get("chunk") or []:
            if event.get("sender") == self._config.user and (event.get("content") or {}).get(outbound.KEY) == key:
                return addresses.message_id(room, told(event, "event_id"))
        return None

    async def edit(self, message: MessageId, new: Outbound) -> None:
        """See Edits.edit. Of a text that needs several pieces the first is shown, as when it was sent."""
        address = _event(message)
        try:
            now = await self._api.call("GET", ["rooms", address.room, "event", address.event])
        except Refused as refused:
            raise ThreadGone("the message is not there") if refused.reason == "gone" else refused from None
        if "redacted_because" in (now.get("unsigned") or {}):
            raise ThreadGone("the message was deleted")
        await self._put(address.room, "m.room.message", secrets.token_hex(16), outbound.edited(outbound.fit(new)[0], address.event))

    async def react(self, reaction: Reaction) -> None:
        """See Reacts.react."""
        address = _event(reaction.message)
        try:
            content = outbound.reaction(address.event, SIGNS[reaction.sign])
            await self._put(address.room, "m.reaction", f"{address.event}-{reaction.sign}", content)
        except Refused as refused:
            if refused.errcode != "M_DUPLICATE_ANNOTATION":
                raise

    async def _put(self, room: str, kind: str, transaction: str, content: dict[str, Any]) -> str:
        return told(await self._api.call("PUT", ["rooms", room, "send", kind, transaction], content), "event_id")

    async def _room(self, address: Address) -> str:
        return address.room or await self._rooms.open(address.user)

    async def _file(self, file: Attachment, key: str, root: str, answers: str) -> dict[str, Any]:
        """The event of a file that the homeserver keeps, now or already."""
        own = file.source.removeprefix(f"{addresses.NAME}:")
        if inbound.MXC.fullmatch(own):
            return outbound.file(file, own, file.size, key, root, answers)
        if self._most_upload < 0:
            self._most_upload = await self._api.most_upload()
        limit = self._most_upload or 50_000_000
        if file.size > limit:
            raise DeliveryRefused("too_large", f"{file.size} bytes")
        content = await self.fetch_any(file, limit)
        return outbound.file(file, await self._api.upload(file.name, file.mime, content), len(content), key, root, answers)

    # --------------------------------------------------------------------------------------------------- files and people
    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See Fetches.fetch."""
        mxc = attachment.source.removeprefix(f"{addresses.NAME}:")
        if not inbound.MXC.fullmatch(mxc):
            raise DeliveryRefused("gone", "not a file of Matrix")
        if attachment.size > limit:
            raise DeliveryRefused("too_large", f"{attachment.size} bytes")
        return await self._api.download(mxc, limit)

    async def profile(self, person: PersonId) -> Person:
        """See Profiles.profile."""
        user = _known(person).user
        found = await self._api.call("GET", ["profile", user])
        return inbound.person(user, str(found.get("displayname") or ""))


def _known(identifier: str) -> Address:
    """What an identifier names that must be ours."""
    address = addresses.parse(identifier)
    if address is None:
        raise DeliveryRefused("invalid", "not an address of Matrix")
    return address


def _event(identifier: str) -> Address:
    address = _known(identifier)
    if not address.event:
        raise DeliveryRefused("invalid", "not a message of Matrix")
    return address


def _told(problem: Exception) -> str:
    return type(problem).__name__ if isinstance(problem, StoreError) else str(problem)
