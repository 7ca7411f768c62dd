"""Too much, too odd, too often: nothing is cut silently, nothing takes long, and nobody else waits.

Times are processor time of this thread, so that a busy machine does not count.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from adapters.markdown import to_html
from adapters.memory import MemoryChannel
from adapters.slack import outbound as slack
from adapters.slack import text as slack_text
from adapters.telegram import outbound as telegram
from adapters.telegram.entities import cut_points, quieted
from bot.domain.ids import MessageId, PersonId, PlaceId
from bot.domain.messages import MAX_WORDS, Article, Commanded, Edited, Facts, Outbound, Pressed, Reachable, Say, Small, Submitted, Title, Words
from bot.domain.people import Person
from bot.engine.faq.knowledge import Knowledge
from kb.entries import MAX_ANSWER, Entry, Text
from tests.builders import ALICE, ANN, BOB, TEAM_2, UNKNOWN, a_message
from tests.clouds import slack_blocks
from tests.world import World, text_of

STALL_S = 0.25  # a loop that stands this long is noticed by everybody
SLOW_MACHINE = 4  # times slower than where these figures were taken; what goes back and forth is a hundred times slower
LONG = " ".join(f"w{n:05}" for n in range(5714))  # 39,997 characters, each word once


class FittedChannel(MemoryChannel):
    """A list that cuts messages as a real channel does."""

    def __init__(self, fit: Callable[[Outbound], Sequence[Outbound]]) -> None:
        super().__init__("chat")
        self._fit = fit

    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """As that channel."""
        return self._fit(message)


def a_world_that_fits(fit: Callable[[Outbound], Sequence[Outbound]]) -> World:
    world = World()
    chat = FittedChannel(fit)
    chat.members = world.chat.members
    world.chat = world.channels["chat"] = chat
    return world


@pytest.mark.parametrize("fit", [slack.fit, telegram.fit], ids=["slack", "telegram"])
async def test_forty_thousand_characters_are_kept_whole_and_relayed_in_numbered_parts_in_order(fit: Callable[[Outbound], Sequence[Outbound]]) -> None:
    """H1."""
    world = a_world_that_fits(fit)
    await world.says(UNKNOWN)
    await world.says(LONG)
    await world.writes(world.card(), LONG, ANN)

    talk = await world.store.talk("IT-1", internal=True)
    assert [m.text for m in talk if m.text == LONG] == [LONG, LONG]
    for where in (world.chat.sent[-1].to, TEAM_2):
        parts = [s for s in world.to(where) if re.search(r"w0\d{4}", text_of(s.body)) and not s.body.card]
        shown = [text_of(s.body) for s in parts]
        assert [line.rpartition("\n")[2] for line in shown] == [f"{n}/{len(shown)}" for n in range(1, len(shown) + 1)]
        assert re.findall(r"w\d{5}", " ".join(shown)) == LONG.split()


async def test_a_message_beyond_what_is_kept_is_cut_at_the_door_and_the_desk_goes_on(world: World) -> None:
    """H1."""
    await world.says(f"{UNKNOWN} " + "x" * 10 * MAX_WORDS)
    (message,) = await world.store.talk("IT-1", internal=False)
    assert len(message.text) == MAX_WORDS


ODD: dict[str, str] = {
    "empty": "",
    "blanks": " \n\t ",
    "an emoji": "🫠",
    "many emoji": "👩‍👩‍👧‍👦" * 500,
    "nothing visible": "\u200b\u200e\u2060",
    "zalgo": ("e" + "\u0301" * 40) * 1000,
    "growing when normalised": "\ufdfa" * 40_000,
    "right to left": "شاشتي سوداء " * 3000,
    "one endless word": "a" * 40_000,
    "brackets": "[" * 40_000,
    "stars": "**a" * 13_000,
    "at signs": "@" * 40_000,
    "lower than signs": "<" * 40_000,
    "addresses": "https://" * 5000,
    "dots after an address": "https://a" + "." * 40_000 + "<",
    "links that never end": "[x](https://" * 3300,
    "labels that never end": "[x" * 20_000,
    "a tag of digits": "#" * 20_000 + "1" * 20_000,
    "slashes": "/a" * 10_000 + "/" * 20_000,
    "tokens": "<https://a|" * 3000,
    "quotes": "> " * 20_000,
    "backticks": "`" * 40_000,
    "new lines": "\n" * 40_000,
    "ampersands": "&amp;" * 8000,
    "numbers": "IT-1 " * 8000,
    "nul and halves": "\0\ud83d" * 5000,
}


def seconds(work: Callable[[], Any]) -> float:
    """Processor time of this thread."""
    begun = time.thread_time()
    work()
    return time.thread_time() - begun


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
async def test_an_odd_message_is_answered_or_passed_on_without_a_stall(text: str) -> None:
    """H2, H3, H4: as a first question, and in an open ticket."""
    world = World()
    begun = time.thread_time()
    await world.says(text)
    await world.says(UNKNOWN, BOB)
    await world.says(text, BOB)
    assert time.thread_time() - begun < SLOW_MACHINE * STALL_S
    assert await world.store.parked() == []
    assert world.to(ALICE), "whoever writes is answered"


RENDERERS: dict[str, Callable[[str], object]] = {
    "slack": lambda text: [slack.payload(p) for p in slack.fit(Outbound((Words(text, text), Say(text), Facts(((text[:99], text),)), Small(text[:999]))))],
    "slack article": lambda text: [slack.payload(p) for p in slack.fit(Outbound((Article(text[:MAX_ANSWER]),)))],
    "slack inbound": slack_text.plain,
    "telegram": lambda text: [telegram.text_params(p) for p in telegram.fit(Outbound((Title(text[:300]), Words(text, text[:99]), Facts((("x", text),)))))],
    "telegram article": lambda text: [telegram.text_params(p) for p in telegram.fit(Outbound((Article(text[:MAX_ANSWER]),)))],
    "telegram plain": lambda text: (quieted(text), cut_points(text, 4000)),
    "web article": lambda text: to_html(text[:MAX_ANSWER]),
}
SOUND = {name: text.replace("\0", "").replace("\ud83d", "") for name, text in ODD.items()}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
@pytest.mark.parametrize("render", RENDERERS.values(), ids=RENDERERS)
def test_no_text_makes_a_renderer_think_for_long(render: Callable[[str], object], text: str) -> None:
    """H4, H5: no pattern of ours goes back and forth over what people wrote."""
    assert seconds(lambda: render(text)) < SLOW_MACHINE * STALL_S


def test_whatever_is_cut_is_still_accepted_by_slack() -> None:
    """H1."""
    for text in SOUND.values():
        for piece in slack.fit(Outbound((Words(text, "Ann"), Facts((("Subject", text),))))):
            assert slack_blocks.problems(slack.payload(piece)["blocks"]) == []


async def test_one_requesters_hundred_messages_are_one_request_and_the_bot_does_not_chatter(world: World) -> None:
    """H6."""
    await world.says(UNKNOWN)
    heard = len(world.to(ALICE))
    for n in range(100):
        await world.says(f"and another thing {n}")
    assert await world.store.ticket("IT-2") is None
    assert len(world.to(ALICE)) == heard
    assert len(world.thread(world.card())) == 100


async def test_events_of_every_kind_without_content_harm_nothing(world: World) -> None:
    """H2."""
    nobody, place = Person(PersonId("chat:nobody")), PlaceId("chat:x")
    for what in (
        a_message("", nobody),
        Edited(MessageId(""), ""),
        Pressed("", place),
        Submitted("", {}, place),
        Commanded("", "", place),
        Commanded("no such command", "\0", place),
        Reachable(False),
    ):
        await world.happens(what, nobody)
    assert await world.store.parked() == []
    await world.says("How do I reset my password?")
    world.heard("marmalade")


def test_fifty_thousand_entries_answer_four_thousand_words_within_a_blink() -> None:
    """H10."""
    dice = random.Random(7)
    words = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in ("an", "or", "il", "ust", "em") for c in ("ka", "do", "ri", "mento", "shel", "bur")]

    def sentence(length: int) -> str:
        return " ".join(dice.choice(words) for _ in range(length))

    knowledge = Knowledge((Entry(f"e{n}", (Text("en", f"{sentence(7)}?", sentence(12)),)) for n in range(50_000)), ("en", "es"))
    for length in (7, 400, 4000):
        question = sentence(length)
        assert seconds(lambda question=question: knowledge.ask(question, "en")) < SLOW_MACHINE * 0.1  # type: ignore[misc]
