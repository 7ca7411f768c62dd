"""The side of each of our channels (adapters/contract/sides.py): the people on its platform. For test_channels.py."""

from __future__ import annotations

import asyncio
import contextlib
import html
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from adapters.contract.sides import WAIT_S, Listener, Side, Trouble, Verb, elsewhere
from adapters.email.channel import EmailChannel
from adapters.matrix.channel import MatrixChannel
from adapters.memory import MemoryChannel
from adapters.meta.page import PageChannel
from adapters.meta.whatsapp import WhatsAppChannel
from adapters.phone.channel import PhoneChannel
from adapters.slack.channel import SlackChannel
from adapters.telegram import addresses
from adapters.telegram.channel import TelegramChannel
from adapters.web.channel import WebChannel
from adapters.xmpp.channel import XmppChannel
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Facts, Inbound, Outbound, Pressed, Said
from bot.domain.people import Person
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited
from tests.builders import MONDAY
from tests.clouds.slack_app import SlackApp
from tests.clouds.slack_world import Message
from tests.clouds.telegram import ANA, EVE, HELP, LEA, PLAIN, TEAM, TelegramCloud
from tests.clouds.telegram_ear import listening
from tests.clouds.telegram_ledger import Entry
from tests.contract import mail_side, meta_side, open_networks, phone_side
from tests.journeys.doors_web import LINE, LINK
from tests.web_desk import Browser, Document, WebWorld, a_world

CLASSES: dict[str, type] = {
    "memory": MemoryChannel,
    "slack": SlackChannel,
    "telegram": TelegramChannel,
    "telegram without topics": TelegramChannel,
    "web": WebChannel,
    "phone": PhoneChannel,
    "email": EmailChannel,
    "matrix": MatrixChannel,
    "xmpp": XmppChannel,
    "whatsapp": WhatsAppChannel,
    "messenger": PageChannel,
}
QUIET = {"web", "phone", "email", "matrix", "xmpp", "whatsapp", "messenger"}  # without a place of many people where messages can be pressed


# ----------------------------------------------------------------------------------------------------------------- memory
FAULTS: dict[Trouble, DeliveryError] = {
    "wait": RateLimited(WAIT_S),
    "lost": DeliveryUnknown("no answer"),
    "refused": DeliveryRefused("blocked"),
    "down": DeliveryError("no connection"),
    "nonsense": DeliveryUnknown("no clear answer"),
}


@dataclass
class MemorySide:
    """People who write into a list."""

    channel: MemoryChannel
    core: Listener
    alice = PersonId("memory:alice")
    ann = PersonId("memory:ann")
    mallory = PersonId("memory:mallory")
    ann_is_called = "Ann"
    team = PlaceId("memory:team")
    hall = PlaceId("memory:hall")
    _count: int = 0

    def _happens(self, what: Said | Pressed, person: PersonId, conversation: str) -> None:
        self._count += 1
        event = Inbound(f"e{self._count}", "memory", ConversationId(conversation), Person(person), MONDAY, what)
        self.channel.coming.put_nowait(event)

    async def says(self, text: str, attachments: tuple[Attachment, ...] = ()) -> None:
        said = Said(text, MessageId(f"{self.alice}/{text}"), PlaceId(self.alice), private=True, addressed=True, attachments=attachments)
        self._happens(said, self.alice, self.alice)

    async def asks(self, text: str) -> None:
        self._happens(Said(text, MessageId(f"{self.hall}/1"), self.hall, addressed=True), self.alice, f"{self.hall}/1")

    async def attaches(self, name: str, content: bytes) -> None:
        self.channel.files[f"memory:{name}"] = content
        await self.says("", (Attachment(f"memory:{name}", name, size=len(content)),))

    async def writes(self, card: MessageId, text: str) -> None:
        self._happens(Said(text, MessageId(f"{card}/1"), self.team, reply_to=card), self.ann, str(self.channel.thread_of(card)))

    async def presses(self, card: MessageId, label: str) -> None:
        body = next(sent.body for sent in self.channel.sent if sent.id == card)
        action = next(choice.action for choice in body.choices if choice.label == label)
        self._happens(Pressed(action, self.team, card, "press-1"), self.ann, card)

    async def posts(self, to: str, piece: Outbound, thread: MessageId | None = None) -> MessageId:
        return await self.channel.send(to, piece, thread)

    def _there(self, to: str, thread: MessageId | None = None) -> list[Outbound]:
        return [sent.body for sent in self.channel.sent if sent.to == to and (thread is None or sent.thread == thread)]

    async def texts(self, to: str, thread: MessageId | None = None) -> list[str]:
        return [_read(body) for body in self._there(to, thread)]

    async def buttons(self, to: str) -> list[str]:
        return [choice.label for body in self._there(to) for choice in body.choices]

    async def files(self, to: str) -> list[str]:
        return [file.name for body in self._there(to) for file in body.attachments]

    async def told(self, person: PersonId) -> str:
        return "\n".join(_read(message) for _, message in self.channel.answers if message.only_for == person)

    def deletes(self, card: MessageId) -> None:
        self.channel.delete(card)

    def signs(self, message: MessageId) -> int:
        return sum(reaction.message == message for reaction in self.channel.reactions)

    def forgets(self, attachment: Attachment) -> None:
        del self.channel.files[attachment.source]

    def fails(self, verb: Verb, trouble: Trouble) -> None:
        self.channel.faults.append(FAULTS[trouble])


def _read(message: Outbound) -> str:
    rows = ["\n".join(f"{k}: {v}" for k, v in part.rows) if isinstance(part, Facts) else part.text for part in message.parts]
    return "\n".join(rows)


@contextlib.asynccontextmanager
async def _memory() -> AsyncIterator[MemorySide]:
    side = MemorySide(MemoryChannel(), Listener())
    side.channel.members[side.team] = {side.ann}
    side.channel.names[side.ann] = side.ann_is_called
    task = asyncio.create_task(side.channel.listen(side.core.receive, side.core))
    try:
        yield side
    finally:
        task.cancel()
        await asyncio.wait([task])


# ------------------------------------------------------------------------------------------------------------------ slack
SLACK_METHODS: dict[Verb, str] = {
    "send": "chat.postMessage", "edit": "chat.update", "answer": "chat.postEphemeral", "react": "reactions.add", "fetch": "files.info",
    "is_member": "conversations.members", "profile": "users.info",
}  # fmt: skip


@dataclass
class SlackSide:
    """People of a workspace."""

    app: SlackApp
    channel: SlackChannel
    core: Listener
    alice = PersonId("slack:U0ALICE")
    ann = PersonId("slack:U0ANN")
    mallory = PersonId("slack:U0MALLORY")
    ann_is_called = "Ann"
    team = PlaceId("slack:C0TIER2")
    hall = PlaceId("slack:C0GEN")

    async def says(self, text: str) -> None:
        await self.app.cloud.people.say("U0ALICE", text)

    async def asks(self, text: str) -> None:
        await self.app.cloud.people.say("U0ALICE", f"<@U0BOT> {text}", channel="C0GEN")

    async def attaches(self, name: str, content: bytes) -> None:
        await self.app.cloud.people.say("U0ALICE", "", files={name: content})

    def _message(self, message: MessageId) -> Message:
        channel, _, ts = message.removeprefix("slack:").partition("/")
        found = self.app.cloud.world.find(channel, ts)
        assert found, message
        return found

    async def writes(self, card: MessageId, text: str) -> None:
        await self.app.cloud.people.say("U0ANN", text, channel="C0TIER2", thread_ts=self._message(card).ts)

    async def presses(self, card: MessageId, label: str) -> None:
        await self.app.cloud.people.click("U0ANN", self._message(card), label)

    async def posts(self, to: str, piece: Outbound, thread: MessageId | None = None) -> MessageId:
        return await self.channel.send(to, piece, thread)

    def _there(self, to: str, thread: MessageId | None = None) -> list[Message]:
        place = to.removeprefix("slack:")
        channel = self.app.cloud.world.direct(place) if place.startswith("U") else place
        return [m for m in self.app.cloud.world.in_channel(channel, thread.rpartition("/")[2] if thread else "") if m.from_bot]

    async def texts(self, to: str, thread: MessageId | None = None) -> list[str]:
        return [m.shown for m in self._there(to, thread)]

    async def buttons(self, to: str) -> list[str]:
        return [label for m in self._there(to) for label in m.labels]

    async def files(self, to: str) -> list[str]:
        return [file["name"] for m in self._there(to) for file in m.wire.get("files") or []]

    async def told(self, person: PersonId) -> str:
        user = person.removeprefix("slack:")
        alone = [m.shown for m in self.app.cloud.world.messages if m.only_for == user]
        return "\n".join([*alone, *await self.texts(person)])

    def deletes(self, card: MessageId) -> None:
        self._message(card).deleted = True

    def signs(self, message: MessageId) -> int:
        return sum(len(users) for users in self._message(message).reactions.values())

    def forgets(self, attachment: Attachment) -> None:
        del self.app.cloud.world.contents[attachment.source.removeprefix("slack:")]

    def fails(self, verb: Verb, trouble: Trouble) -> None:
        method, fault = SLACK_METHODS[verb], self.app.cloud.fault
        match trouble:
            case "wait":
                fault(method, status=429, error="ratelimited", retry_after=f"{WAIT_S:g}")
            case "lost":
                fault(method, cut=True, after=True)
            case "refused":
                fault(method, error="is_archived")
            case "down":
                fault(method, status=503, body="<html>")
            case "nonsense":
                fault(method, body="<html>")


@contextlib.asynccontextmanager
async def _slack() -> AsyncIterator[SlackSide]:
    app, core = SlackApp(), Listener()
    app.core = core
    async with app:
        app.channel.fetch_any = elsewhere
        yield SlackSide(app, app.channel, core)


# --------------------------------------------------------------------------------------------------------------- telegram
TELEGRAM_METHODS: dict[Verb, str] = {
    "send": "sendMessage", "edit": "editMessageText", "answer": "sendMessage", "react": "setMessageReaction", "fetch": "getFile",
    "is_member": "getChatMember", "profile": "getChat",
}  # fmt: skip


@dataclass
class TelegramSide:
    """People who write to a bot, and a team in a group with topics, or in one without."""

    cloud: TelegramCloud
    channel: TelegramChannel
    core: Listener
    group: int
    team: PlaceId
    alice = PersonId(f"telegram:{LEA}")
    ann = PersonId(f"telegram:{ANA}")
    mallory = PersonId(f"telegram:{EVE}")
    ann_is_called = "Ana Agent"
    hall = PlaceId(f"telegram:{HELP}")

    async def says(self, text: str) -> None:
        self.cloud.say(LEA, text)

    async def asks(self, text: str) -> None:
        self.cloud.say(LEA, f"@help_bot {text}", HELP)

    async def attaches(self, name: str, content: bytes) -> None:
        self.cloud.attach(LEA, name, content)

    def _entry(self, message: MessageId) -> Entry:
        address = addresses.parse(message)
        assert address is not None
        assert address.message is not None
        found = self.cloud.ledger.find(address.chat, address.message)
        assert found, message
        return found

    async def writes(self, card: MessageId, text: str) -> None:
        entry = self._entry(card)
        self.cloud.say(ANA, text, self.group, topic=entry.topic, reply_to=None if entry.topic else entry)

    async def presses(self, card: MessageId, label: str) -> None:
        self.cloud.click(ANA, self._entry(card), label)

    async def posts(self, to: str, piece: Outbound, thread: MessageId | None = None) -> MessageId:
        return await self.channel.send(to, piece, thread)

    def _there(self, to: str, thread: MessageId | None = None) -> list[Entry]:
        address = addresses.parse(to)
        assert address
        entries = self.cloud.ledger.shown(address.chat, by_bot=True)
        card = self._entry(thread) if thread else None
        if card is None:
            return entries
        return [e for e in entries if e is not card and (e.topic == card.topic if card.topic else e.reply_to == card.id)]

    async def texts(self, to: str, thread: MessageId | None = None) -> list[str]:
        return [e.text for e in self._there(to, thread)]

    async def buttons(self, to: str) -> list[str]:
        return [label for e in self._there(to) for label in e.buttons]

    async def files(self, to: str) -> list[str]:
        return [e.wire["document"]["file_name"] for e in self._there(to) if "document" in e.wire]

    async def told(self, person: PersonId) -> str:
        user = int(person.removeprefix("telegram:"))
        return "\n".join([*self.cloud.ledger.answers(user), *(e.text for e in self.cloud.ledger.shown(user, by_bot=True))])

    def deletes(self, card: MessageId) -> None:
        entry = self._entry(card)
        if entry.topic:
            self.cloud.ledger.delete_topic(entry.chat, entry.topic)
        entry.deleted = True

    def signs(self, message: MessageId) -> int:
        return sum(len(signs) for signs in self._entry(message).reactions.values())

    def forgets(self, attachment: Attachment) -> None:
        del self.cloud.ledger.files[next(key for key in self.cloud.ledger.files if key in attachment.source)]

    def fails(self, verb: Verb, trouble: Trouble) -> None:
        method = TELEGRAM_METHODS[verb]
        match trouble:
            case "wait":
                self.cloud.fail(method, retry_after=int(WAIT_S))
            case "lost":
                self.cloud.fail(method, cut=True, after=True)
            case "refused":
                self.cloud.fail(method, status=403, description="Forbidden: bot was blocked by the user")
            case "down":
                self.cloud.fail(method, status=502, body="<html>")
            case "nonsense":
                self.cloud.fail(method, body="<html>")


@contextlib.asynccontextmanager
async def _telegram(group: int) -> AsyncIterator[TelegramSide]:
    core = Listener()
    async with TelegramCloud() as cloud:
        cloud.ledger.started |= {LEA, ANA}
        async with listening(cloud, ear=core) as (channel, _):  # type: ignore[arg-type]
            channel.fetch_any = elsewhere
            yield TelegramSide(cloud, channel, core, group, PlaceId(f"telegram:{group}"))


# -------------------------------------------------------------------------------------------------------------------- web
BUTTON = re.compile(r'<button name="action" value="[^"]+"[^>]*>([^<]*)</button>')


@dataclass
class WebSide:
    """Somebody at the chat page, and an agent who signed in. Nothing is transmitted: what was posted stands on the page."""

    world: WebWorld
    channel: WebChannel
    core: Listener
    browser: Browser
    agent: Browser
    alice: PersonId
    ann: PersonId
    mallory: PersonId
    ann_is_called = "Ann"
    team = PlaceId("web:team")
    hall = PlaceId("web:team")

    async def _write(self, text: str, files: list[tuple[str, bytes, str]]) -> None:
        """Sends the form; as long as the page gives the words back, once more."""
        page = await self.browser.send(await self.browser.open("/"), "/say", text=text, files=files)
        while page.status_code == 503:
            page = await self.browser.send(page, "/say")

    async def says(self, text: str) -> None:
        await self._write(text, [])

    async def attaches(self, name: str, content: bytes) -> None:
        await self._write("", [(name, content, "text/plain")])

    async def posts(self, to: str, piece: Outbound, thread: MessageId | None = None) -> MessageId:
        self.world.desk.show(to, piece)
        return await self.channel.send(to, piece, thread)

    async def _there(self, to: str) -> list[str]:
        assert to == self.alice, "only a requester has a page of messages"
        return LINE.findall((await self.browser.open("/")).text)

    async def texts(self, to: str, thread: MessageId | None = None) -> list[str]:
        return [Document(line).text for line in await self._there(to)]

    async def buttons(self, to: str) -> list[str]:
        return [html.unescape(label) for line in await self._there(to) for label in BUTTON.findall(line)]

    async def files(self, to: str) -> list[str]:
        return [html.unescape(name) for line in await self._there(to) for _, name in LINK.findall(line)]

    async def told(self, person: PersonId) -> str:
        browser, address = (self.agent, "/agent") if person == self.ann else (self.browser, "/")
        return Document((await browser.open(address)).text).text

    def forgets(self, attachment: Attachment) -> None:
        del self.world.desk.kept_files[attachment.source]


@contextlib.asynccontextmanager
async def _web() -> AsyncIterator[WebSide]:
    world = await a_world()
    await world.stop()  # it listened for a desk of its own
    core = Listener(then=world.desk.receive)
    task = asyncio.create_task(world.channel.listen(core.receive, world.desk))
    browser, agent = world.browser(), await world.agent("Ann")
    await browser.open("/")
    ann = next(PersonId(key.removeprefix("web:name:")) for key in world.desk.notes if key.startswith("web:name:"))
    try:
        yield WebSide(world, world.channel, core, browser, agent, PersonId(browser.visitor), ann, PersonId("web:mallory"))
    finally:
        task.cancel()
        await asyncio.wait([task])


SIDES: dict[str, Callable[[], contextlib.AbstractAsyncContextManager[Side]]] = {
    "memory": _memory,
    "slack": _slack,
    "telegram": lambda: _telegram(TEAM),
    "telegram without topics": lambda: _telegram(PLAIN),
    "web": _web,
    "phone": lambda: phone_side.phone(Listener()),
    "email": lambda: mail_side.email(Listener()),
    "matrix": lambda: open_networks.matrix(Listener()),
    "xmpp": lambda: open_networks.xmpp(Listener()),
    "whatsapp": lambda: meta_side.meta("whatsapp", Listener()),
    "messenger": lambda: meta_side.meta("messenger", Listener()),
}
