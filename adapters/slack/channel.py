"""Slack as a channel: hears what Slack delivers, and speaks."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.routing import Route

from adapters.slack import inbound, outbound, views
from adapters.slack.api import SlackApi
from adapters.slack.bolt import Bolt
from adapters.slack.config import SlackConfig
from adapters.slack.deliveries import Deliveries
from adapters.slack.doctor import findings
from adapters.slack.gaps import Alone, Gaps
from adapters.slack.history import History
from adapters.slack.people import People
from adapters.slack.places import Finder
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Capabilities, Home, Outbound, Pace, Reaction, Words
from bot.domain.people import Person
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, StoreError, ThreadGone, Unauthorized
from bot.ports import Clock, Enquiries, Notebook, Receive, Remembers

Json = dict[str, Any]

LOOK_S = 8.0  # for finding out whether a message arrived whose answer was lost
MAX_FILE = 50 * 2**20  # bytes of one file that we pass on
EMOJI = {"seen": "eyes", "thanks": "pray", "ticket": "ticket", "solved": "white_check_mark"}
SOCKET_LOOK_S, SOCKET_GAP_S = 1.0, 3.0  # how often the socket is looked at, and how long it may be closed: Slack keeps its events that long
NEW_ADDRESS_S = 20.0  # between two addresses for a socket: Slack gives few a minute
RETRY_S, SLOWEST_RETRY_S = 1.0, 60.0  # while Slack cannot be reached at the start
METADATA = "firstline_message"

log = logging.getLogger(__name__)


class SlackChannel:
    """One workspace. Implements Channel, Connects, HasRoutes, Recalls, Edits, Answers, Reacts, Fetches, Rosters, Profiles, Homes, Diagnoses and Counts."""

    name = "slack"
    # Slack: about one message a second and channel, short bursts allowed; docs.slack.dev/apis/web-api/rate-limits
    can = Capabilities(forms=True, edits=True, threads=True, pace=Pace(per_place_s=1.0, burst=3))

    def __init__(self, config: SlackConfig, *, desk: Desk, notebook: Notebook, clock: Clock) -> None:
        self._config, self._desk = config, desk
        self._api = SlackApi(config.api_url, config.bot_token)
        self._people = People(self._api)
        self._deliveries = Deliveries(self._api, self._people, desk, clock, self.answer, config.bot_token)
        self._bolt = Bolt(config, self._api, self._take)
        self._notebook, self._clock = notebook, clock
        history = History(self._api)
        self._gaps = Gaps(history, Finder(history, desk, notebook), notebook, clock)
        self._direct: dict[str, str] = {}  # user id -> their direct message channel with the bot
        self._listening = self._speaks = False
        self.workspace: str | None = None  # whose people it serves; "": those of all of an organisation; None: not known yet
        self.is_called, self.seats = not config.socket_mode, 2  # Slack shares events out among our sockets: the other one hears while one is renewed
        self.alone: Alone = _alone  # set by whoever runs several processes: one of them fills the gaps of all
        self.fetch_any: Callable[[Attachment, int], Awaitable[bytes]] = self.fetch

    # ---- hearing
    async def connect(self) -> None:
        """See Connects."""
        await self._introduced()
        self._speaks = True

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """See Channel."""
        try:
            who = await self._introduced()
            team = "" if who.get("enterprise_id") else str(who.get("team_id") or "")
            self._deliveries.open(receive, enquiries, str(who.get("user_id") or ""), team)
            if self._config.socket_mode:
                await self._persistently(self._bolt.connect)
            self._listening = True
            log.info("listening to Slack", extra={"socket": self._config.socket_mode, "bot": who.get("user_id"), "team": who.get("team_id")})
            remembers = enquiries if isinstance(enquiries, Remembers) else None
            team, bot_user = str(who.get("team_id") or ""), str(who.get("user_id") or "")
            filling = self._gaps.run(team, bot_user, remembers, self._deliveries.take_missed, self.alone)
            await asyncio.gather(filling, self._watch_socket())
        finally:
            self._listening = False
            await self._deliveries.close()
            await self._bolt.close()

    async def _take(self, body: Json, tries: int) -> Json:
        """See bolt.Take. What could not be kept may never come again: then it is read from the history."""
        kind = body.get("type")
        if kind == "app_rate_limited":
            self._gaps.limited(body.get("minute_rate_limited"))
            return {}
        try:
            answer = await self._deliveries.take(body)
        except StoreError:
            self._gaps.missed()
            raise
        if kind == "event_callback":
            self._gaps.heard(tries)
        return answer

    async def _watch_socket(self) -> None:
        """What happens while no socket is open is told to nobody. One that stays closed gets a new address."""
        closed_at = renewed_at = None
        while self._config.socket_mode:
            await asyncio.sleep(SOCKET_LOOK_S)
            now = self._clock.now()
            if self._bolt.is_connected():
                if closed_at is not None and (now - closed_at).total_seconds() >= SOCKET_GAP_S:
                    self._gaps.missed(closed_at)
                closed_at = renewed_at = None
                continue
            closed_at = closed_at or now
            if (now - (renewed_at or closed_at)).total_seconds() >= (NEW_ADDRESS_S if renewed_at else SOCKET_GAP_S):
                self._bolt.forget_address()
                renewed_at = now

    async def close(self) -> None:
        """Let the connections go; when neither listening nor sending goes on: a message that is cut off may have arrived."""
        await self._api.close()

    async def _introduced(self) -> Json:
        """Who we are. Raises Unauthorized; anything else is tried again until Slack answers."""
        who: Json = {}

        async def ask() -> None:
            who.update((await self._api.identity())[0])

        await self._persistently(ask)
        self.workspace = "" if who.get("enterprise_id") else str(who.get("team_id") or "") or None
        return who

    async def _persistently(self, step: Callable[[], Awaitable[None]]) -> None:
        wait_s = RETRY_S
        while True:
            try:
                return await step()
            except Unauthorized:
                raise
            except DeliveryError as error:
                log.warning("Slack cannot be reached; trying again", extra={"error": str(error), "wait_s": wait_s})
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, SLOWEST_RETRY_S)

    def is_ready(self) -> bool:
        """Able to speak; where it listens, listening, and with Socket Mode connected."""
        return self._speaks or (self._listening and (not self._config.socket_mode or self._bolt.is_connected()))

    def routes(self) -> Sequence[object]:
        """The endpoint for events, interactivity and commands; none with Socket Mode."""
        return [] if self._config.socket_mode else [Route("/slack/events", self._bolt.answer, methods=["POST"])]

    # ---- speaking
    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """See Channel."""
        return outbound.fit(message)

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """The thread under a card bears the card's own id."""
        return ConversationId(card)

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None, key: str = "") -> MessageId:
        """See Channel and Recalls."""
        if message.only_for is not None:
            return await self._tell(to, message)
        channel, root = _target(to, thread)
        if message.attachments:
            return await self._send_file(channel, root, message.attachments[0])
        return await self._post(channel, root, message, key)

    async def recall(self, to: str, thread: MessageId | None, key: str) -> MessageId | None:
        """See Recalls. Messages and cards are found; files bear no key."""
        channel, root = _target(to, thread)
        place = await self._opened(channel)
        ts = await self._api.posted(place, root, _token(key))
        return inbound.message_id(place, ts) if ts else None

    async def _post(self, channel: str, root: str | None, message: Outbound, key: str = "") -> MessageId:
        """Post once. When the answer is lost, Slack is asked whether the message is there, by the token in its metadata."""
        token = _token(key)
        metadata = {"event_type": METADATA, "event_payload": {"token": token}}
        try:
            answer = await self._api.call(
                "chat.postMessage",
                channel=channel,
                thread_ts=root,
                unfurl_links=False,
                unfurl_media=False,
                metadata=metadata,
                reply_broadcast=True if root and message.aloud else None,
                **outbound.payload(message),
            )
        except DeliveryUnknown as lost:
            return await self._found(channel, root, token, lost)
        return inbound.message_id(str(answer["channel"]), str(answer["ts"]))

    async def _found(self, channel: str, root: str | None, token: str, lost: DeliveryUnknown) -> MessageId:
        """The message whose answer was lost. DeliveryError: it is certainly not there; DeliveryUnknown: Slack does not say."""
        try:
            async with asyncio.timeout(LOOK_S):
                place = await self._opened(channel)
                ts = await self._api.posted(place, root, token)
        except (DeliveryError, TimeoutError):
            raise lost from None
        if ts is None:
            raise DeliveryError(f"{lost}; the message is not there")
        return inbound.message_id(place, ts)

    async def _send_file(self, channel: str, root: str | None, attachment: Attachment) -> MessageId:
        content = await self.fetch_any(attachment, MAX_FILE)
        if not content:  # Slack takes no empty files: its name is said instead
            return await self._post(channel, root, Outbound((Words(f"{attachment.name} (0 B)"),)))
        place = await self._opened(channel)
        sent = await self._api.upload(attachment.name, content, place, root)
        return inbound.message_id(place, str(sent.get("id") or ""))

    async def _opened(self, channel: str) -> str:
        """A person's id made the id of their direct messages; a channel's id as it is."""
        if channel[:1] not in "UW":
            return channel
        if channel not in self._direct:
            answer = await self._api.call("conversations.open", users=channel)
            self._direct[channel] = str(answer["channel"]["id"])
        return self._direct[channel]

    async def edit(self, message: MessageId, new: Outbound) -> None:
        """See Edits. A message that became too long for one shows its first part, numbered, with all its buttons."""
        channel, ts = _target(message, None)
        pieces = outbound.fit(new)
        first = pieces[0] if len(pieces) == 1 else Outbound(pieces[0].parts, new.choices, card=new.card)
        try:
            await self._api.call("chat.update", channel=channel, ts=ts, **outbound.payload(first))
        except DeliveryUnknown as lost:
            raise DeliveryError(str(lost)) from None  # the same edit twice does no harm

    async def take_away(self, message: MessageId) -> None:
        """See Deletes."""
        channel, ts = _target(message, None)
        try:
            await self._api.call("chat.delete", channel=channel, ts=ts)
        except ThreadGone:
            return  # somebody was faster
        except DeliveryUnknown as lost:
            raise DeliveryError(str(lost)) from None  # twice does no harm

    async def answer(self, to: str, message: Outbound) -> None:
        """See Answers."""
        if message.parts or message.choices:
            await self._tell(to, message)

    async def _tell(self, to: str, message: Outbound) -> MessageId:
        """Show a message to message.only_for alone, where they are; else where only they can see it. The id of the last piece."""
        sent = MessageId("")
        for piece in outbound.fit(message):
            sent = await self._tell_piece(to, piece)
        return sent

    async def _tell_piece(self, to: str, piece: Outbound) -> MessageId:
        assert piece.only_for is not None
        user = piece.only_for.removeprefix("slack:")
        channel, root = _target(to, None)
        url, _, thread = piece.answer_to.partition("#")
        if channel in (user, self._direct.get(user)) or f"slack:{channel}" == piece.only_for or (not url and inbound.is_direct(channel)):
            return await self._post(user, None, piece)
        if url and not await self._is_there(channel, user) and await self._responded(url, thread, piece):
            return MessageId("")
        try:
            if inbound.is_direct(channel):
                return await self._post(user, None, piece)
            answer = await self._api.call("chat.postEphemeral", channel=channel, user=user, thread_ts=thread or root, **outbound.payload(piece))
            return inbound.message_id(channel, str(answer.get("message_ts") or ""))
        except (DeliveryRefused, ThreadGone):
            if url and await self._responded(url, thread, piece):
                return MessageId("")
            return await self._post(user, None, piece)

    def _is_in(self, channel: str) -> bool:
        """Is the bot known to be in that channel? Elsewhere a press or command is answered through its response_url."""
        place = PlaceId(f"slack:{channel}")
        return channel in self._deliveries.places or place in self._desk.help_places or self._desk.tier_at(place) is not None

    async def _is_there(self, channel: str, user: str) -> bool:
        """Are both in that channel? A press may come from a message that was shared elsewhere, or from somebody who has left."""
        try:
            return self._is_in(channel) and (inbound.is_direct(channel) or await self._people.is_member(channel, user))
        except DeliveryError:
            return False  # the response_url works without knowing

    async def _responded(self, url: str, thread: str, piece: Outbound) -> bool:
        body = {
            "response_type": "ephemeral",
            "replace_original": False,
            **outbound.payload(piece),
            **({"thread_ts": thread} if thread else {}),
        }
        try:
            await self._api.respond(url, body)
        except DeliveryRefused:
            return False
        return True

    async def react(self, reaction: Reaction) -> None:
        """See Reacts."""
        channel, ts = _target(reaction.message, None)
        await self._api.call("reactions.add", channel=channel, timestamp=ts, name=EMOJI[reaction.sign])

    async def publish(self, person: PersonId, home: Home) -> None:
        """See Homes."""
        await self._api.call("views.publish", user_id=person.removeprefix("slack:"), view=views.home_tab(home))

    # ---- asking
    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See Fetches."""
        return await self._api.download(attachment.source.removeprefix("slack:"), limit)

    async def is_member(self, place: PlaceId, person: PersonId) -> bool:
        """See Rosters."""
        return await self._people.is_member(place.removeprefix("slack:"), person.removeprefix("slack:"))

    async def profile(self, person: PersonId) -> Person:
        """See Profiles."""
        return await self._people.profile(person.removeprefix("slack:"))

    async def mail_of(self, person: PersonId) -> str:
        """See KnowsMail."""
        return await self._people.mail_of(person.removeprefix("slack:"), self.workspace)

    def numbers(self) -> dict[str, float]:
        """See Counts."""
        since = self._gaps.reading_since
        return {
            "slack_gap_seconds": (self._clock.now() - since).total_seconds() if since else 0.0,
            "slack_gaps_filled_total": self._gaps.filled,
            "slack_history_messages_total": self._gaps.handed_in,
            "slack_history_scopes_missing": len(self._gaps.lacking),
        }

    async def diagnose(self) -> list[tuple[bool, str]]:
        """Token, scopes, socket and each place: (is it well, one line that says what to do)."""
        try:
            return [finding async for finding in findings(self._config, self._desk, self._api, self._notebook)]
        finally:
            await self._api.close()


async def _alone(_: str, work: Callable[[], Awaitable[None]]) -> None:
    await work()


def _token(key: str) -> str:
    """What a message bears in its metadata: the same for the same key."""
    return hashlib.sha256(key.encode()).hexdigest()[:32] if key else uuid.uuid4().hex


def _target(to: str, thread: MessageId | None) -> tuple[str, str | None]:
    """Channel and root ts of an id of ours; thread: the card whose thread it is."""
    channel, _, root = (thread or to).removeprefix("slack:").partition("/")
    return channel, root or None
