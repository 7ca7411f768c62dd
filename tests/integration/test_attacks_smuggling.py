"""What people write stays what they wrote, on every channel and in both directions: nothing in it is live, and nothing of it is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from adapters.slack import outbound as slack
from adapters.slack import text as slack_text
from adapters.telegram import outbound as telegram
from bot.domain.ids import ConversationId, PersonId
from bot.domain.messages import Deleted, Edited, Facts, Outbound, Said, Title, Words
from bot.domain.people import Person
from bot.domain.tickets import TicketMessage
from bot.engine.running.intake import clean
from tests.builders import ALICE, ANN, CLEO, TEAM_2, TEAM_3, UNKNOWN
from tests.clouds import slack_blocks
from tests.clouds.telegram_text import checked, live
from tests.hostile import TEXTS
from tests.web_desk import START, WebDesk, a_ticket, a_world
from tests.world import World

SHARES = 8  # of the texts, each a test of its own: a failure names its share at once


def share(number: int) -> Sequence[str]:
    return TEXTS[number::SHARES]


each_share = pytest.mark.parametrize("texts", [share(n) for n in range(SHARES)], ids=range(SHARES))


def test_there_are_enough_texts() -> None:
    assert len(TEXTS) >= 600


async def a_talk(text: str) -> World:
    """The text in every place where people's words go: question, name, further words, correction, reply, note, reasons, solution."""
    world = World()
    asker = replace(ALICE, name=text)
    agent, expert = replace(ANN, name=text), replace(CLEO, name=text)
    await world.says(f"{UNKNOWN}: {text}", asker)
    said = (await world.says(text, asker)).what
    assert isinstance(said, Said)
    await world.presses("Take it", agent)
    await world.writes(world.card(), text, agent)
    if any(choice.label == "Send anyway" for sent in world.chat.sent for choice in sent.body.choices):  # it looks like a secret
        await world.presses("Send anyway", agent)
    await world.submits("note:IT-1", agent, words=f"note {text}")
    await world.happens(Edited(said.message, f"better {text}"), asker)
    await world.submits("escalate:IT-1", agent, words=f"up {text}")
    await world.submits("back:IT-1", expert, words=f"down {text}")
    await world.happens(Deleted(said.message), asker)
    await world.commands("list", "", asker)
    await world.commands("status", "1", asker)
    await world.commands("queue", "", agent)
    await world.submits("resolve:IT-1", agent, words=f"solved {text}")
    return world


_SENT: dict[str, list[Outbound]] = {}  # what a talk made the desk send, so that each talk is led once for all channels


async def sent_with(text: str) -> list[Outbound]:
    """Every message, in each of its versions, that a talk with this text makes the desk send."""
    if text not in _SENT:
        remember(text, await a_talk(text))
    return _SENT[text]


def remember(text: str, world: World) -> None:
    _SENT[text] = list(dict.fromkeys([v for s in world.chat.sent for v in s.versions] + [body for _, body in world.chat.answers if body.parts]))


def without_space(text: str) -> str:
    return re.sub(r"\s+", "", text)


def words_in(message: Outbound) -> list[str]:
    return [part.text for part in message.parts if isinstance(part, Words)]


@each_share
async def test_the_desk_passes_words_on_as_they_are_and_obeys_none_of_them(texts: Sequence[str]) -> None:
    """C1, C3, C4, C8, B4, B11, B14."""
    for text in texts:
        world = await a_talk(text)
        remember(text, world)
        kept = clean(text)
        inside = {f"{verb} {kept}".strip() for verb in ("note", "up", "down", "solved")}
        to_alice = [w for s in world.to(ALICE) for w in words_in(s.body)]
        to_team = [w for s in world.chat.sent if s.to in (TEAM_2, TEAM_3) for w in words_in(s.body)]
        assert to_alice[0] == kept, "the reply, and nothing else that the team wrote, reaches the requester"
        assert inside.isdisjoint(to_alice)
        assert {kept, f"better {kept}", *inside} <= set(to_team)
        ticket = await world.ticket()
        assert (ticket.status, ticket.tier, ticket.question) == ("resolved", 2, clean(f"{UNKNOWN}: {text}"))
        assert await world.store.ticket("IT-2") is None
        moves = [name for name in await world.happened() if name.startswith("Ticket")]
        assert moves == ["TicketOpened", "TicketHandedOver", "TicketClaimed", "TicketEscalated", "TicketSentBack", "TicketResolved"]
        assert world.card().body.card.startswith("IT-1 · ")


@each_share
async def test_on_slack_nothing_is_live_and_nothing_is_lost(texts: Sequence[str]) -> None:
    """C1, C2, C3, C4, C7."""
    for text in texts:
        for message in await sent_with(text):
            payloads = [slack.payload(piece) for piece in slack.fit(message)]
            for payload in payloads:
                assert slack_blocks.problems(payload["blocks"]) == []
                assert {"link_names", "parse", "mrkdwn"}.isdisjoint(payload)
                for kind, target in slack_blocks.live(payload):
                    assert kind == "url", "a link shows where it leads"
                    assert target.startswith(("https://", "http://"))
                    assert target in text
            shown = "\n".join(slack_blocks.shown(payload) for payload in payloads)
            assert all(words in shown for words in words_in(message))


def test_what_is_typed_on_slack_arrives_as_it_was_typed() -> None:
    """C1: Slack sends & < > escaped; they are decoded once, and what they spell out is not read again."""
    for text in TEXTS:
        assert slack_text.plain(slack_text.escaped(text)) == clean(text).strip()


@each_share
async def test_on_telegram_nothing_is_live_and_nothing_is_lost(texts: Sequence[str]) -> None:
    """C3, C5, C6, C7."""
    for text in texts:
        for message in await sent_with(text):
            shown = ""
            for piece in telegram.fit(message):
                params = telegram.text_params(piece)
                entities = checked(params["text"], params.get("entities", []))
                assert "parse_mode" not in params
                assert params["link_preview_options"] == {"is_disabled": True}
                found = [f for f in live(params["text"], entities) if f["label"].lower() not in telegram.OUR_COMMANDS]
                assert {f["kind"] for f in found} <= {"url", "email"}
                assert all(f["label"] in params["text"] for f in found)
                shown += params["text"]
            assert all(without_space(words) in without_space(shown) for words in words_in(message))
            assert len(telegram.topic_name(message.card)) <= telegram.MAX_TOPIC


# ----------------------------------------------------------------------------------------------------------------- web
class Shape(HTMLParser):
    """The tags of a page with their attributes, and what is read on it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", ()))


def a_page_of(desk: WebDesk, texts: Sequence[str], visitor: str) -> None:
    """A screen, a ticket and its talk in which each text stands in every place."""
    conversation = ConversationId(visitor)
    desk.lines.pop(conversation, None)
    for text in texts:
        desk.show(conversation, Outbound((Title("IT-1"), Words(text, text), Facts(((text, text),)))))
        desk.show(conversation, Outbound((Words(text),)), "requester")
    ticket = a_ticket("IT-1", visitor, question=texts[0], status="resolved", solution=texts[0])
    desk.all_tickets["IT-1"] = ticket
    desk.known = {visitor: Person(PersonId(visitor), texts[0])}
    desk.talks["IT-1"] = [TicketMessage(n, ticket.id, "in", "detail", PersonId(visitor), text, START, edited=text) for n, text in enumerate(texts)]


async def test_on_the_web_a_page_of_hostile_texts_is_built_like_one_of_harmless_texts() -> None:
    """C1, C3, C4, C6, C7: every tag and attribute is ours, and every text is read as it was written."""
    world = await a_world()
    visitor, agent = world.browser(), await world.agent()
    await visitor.open("/")
    for n in range(0, len(TEXTS), 40):
        texts = TEXTS[n : n + 40]
        a_page_of(world.desk, ["harmless"] * len(texts), visitor.visitor)
        pages = [(visitor, "/"), (visitor, "/tickets"), (visitor, "/tickets/IT-1"), (agent, "/agent"), (agent, "/agent/tickets/IT-1")]
        harmless = [Shape((await who.open(path)).text) for who, path in pages]
        a_page_of(world.desk, texts, visitor.visitor)
        hostile = [Shape((await who.open(path)).text) for who, path in pages]
        for (_, path), plain, odd in zip(pages, harmless, hostile, strict=True):
            assert plain.tags == odd.tags, path
        for page, times in ((0, 2), (2, 1), (4, 2)):
            read = "\n".join(hostile[page].texts)
            for text in texts:
                assert read.count(text) >= times, (pages[page][1], text)
    await world.stop()
