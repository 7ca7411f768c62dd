"""The six conversations: each is brought to its middle, goes on under a fault, and has an end that both sides can see."""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod

from tests.builders import UNKNOWN
from tests.faults.people import Side
from tests.integration.processes import marker, question
from tests.journeys.doors import eventually

BEFORE_S = 90.0  # for the first half, when nothing is wrong: a team's place takes a message a second
SPEAKS_S = 0.5  # between two things that one person writes
ODD = re.compile(r"Traceback|Exception|\w+Error\b|\bNone\b|object at 0x|errno", re.IGNORECASE)  # what no sentence for people holds
SORRY = "went wrong"


class Flow(ABC):
    """One conversation of one requester. lines: of each side, what must arrive on the other in this order."""

    name: str

    def __init__(self, side: Side, tag: str) -> None:
        self.side, self.tag = side, tag
        side.comes(tag)
        side.tags.append(tag)

    async def prepare(self) -> None:  # noqa: B027 - some have their middle at the very beginning
        """To its middle, when nothing is wrong. AssertionError."""

    @abstractmethod
    async def act(self) -> None:
        """What people do then; they wait for nothing."""

    async def again(self) -> None:
        """After they were told no."""
        await self.act()

    @abstractmethod
    def missing(self) -> str:
        """What has not happened yet; "" at its good end."""

    # ---- what several do
    async def _handed_over(self) -> None:
        self.side.say(self.tag, f"{UNKNOWN} at {self.tag}")
        await eventually(lambda: "Take it" in self.side.card(self.tag), f"{self.name}: a card", BEFORE_S)
        await eventually(lambda: self._hears("passed it on"), f"{self.name}: the requester is told", BEFORE_S)

    def _hears(self, text: str) -> bool:
        return any(text in shown for shown in self.side.heard(self.tag))

    def wrong(self) -> list[str]:
        """What nobody should have seen."""
        heard = self.side.heard(self.tag)
        found = [f"odd words: {shown[:80]!r}" for shown in (*heard, *self.side.thread(self.tag)) if ODD.search(shown)]
        if sum(SORRY in shown for shown in heard) > 1:
            found.append("more than one apology")
        return found


class Answered(Flow):
    """A question that the FAQ knows."""

    name = "question answered"

    async def act(self) -> None:
        self.side.say(self.tag, question(0))

    def missing(self) -> str:
        return "" if self._hears(marker(0)) else "the answer"


class PassedOn(Flow):
    """An answer did not help: the ticket, its card."""

    name = "not solved: ticket and card"

    async def prepare(self) -> None:
        self.side.say(self.tag, question(1))
        await eventually(lambda: self._hears(marker(1)), f"{self.name}: the answer", BEFORE_S)

    async def act(self) -> None:
        self.side.press(self.tag, "Talk to a person")

    async def again(self) -> None:
        """It was passed on: who waits for the card is the team."""

    def missing(self) -> str:
        return "" if self._hears("passed it on") and "Take it" in self.side.card(self.tag) else "the word that it was passed on, or the card"


class Claimed(Flow):
    """An agent takes a ticket."""

    name = "claim"
    prepare = Flow._handed_over

    async def act(self) -> None:
        self.side.take(self.tag, "Take it")

    def missing(self) -> str:
        return "" if self._hears("has taken") and "Release" in self.side.card(self.tag) else "the agent's name on the card and at the requester"


class Replied(Flow):
    """Both sides write. In which order is looked at in the end: what Slack has to deliver again may come after what was said later."""

    name = "agent reply"
    prepare = Flow._handed_over

    async def act(self) -> None:
        for n in range(3):
            self.side.write(self.tag, f"try oil number {n}")
            self.side.say(self.tag, f"it squeaked {n} times")
            await asyncio.sleep(SPEAKS_S)

    def missing(self) -> str:
        replies, words = shown_lines(self.side, self.tag)
        if set(replies) == {f"try oil number {n}" for n in range(3)} and set(words) == {f"it squeaked {n} times" for n in range(3)}:
            return ""
        return f"all words: there are {replies} and {words}"


class Escalated(Flow):
    """An agent hands it up."""

    name = "escalate"
    prepare = Flow._handed_over

    async def act(self) -> None:
        self.side.take(self.tag, "Escalate", "oil does not help")

    def missing(self) -> str:
        return "" if "Take it" in self.side.card(self.tag, level=3) else "the card of the next tier"


class Resolved(Flow):
    """An agent resolves it, the requester is told."""

    name = "resolve and close notice"
    prepare = Flow._handed_over

    async def act(self) -> None:
        self.side.take(self.tag, "Resolve", "oiled the hinge twice")

    def missing(self) -> str:
        return "" if self._hears("is resolved") and "Take it" not in self.side.card(self.tag) else "the close notice, or the card as resolved"


FLOWS: tuple[type[Flow], ...] = (Answered, PassedOn, Claimed, Replied, Escalated, Resolved)


def shown_lines(side: Side, tag: str) -> tuple[list[str], list[str]]:
    """What the requester was shown of the agent's lines, and the team of the requester's."""
    return lines(side.heard(tag), r"try oil number \d"), lines(side.thread(tag), r"it squeaked \d times")


def lines(texts: list[str], pattern: str) -> list[str]:
    """What of these texts has that form, in order."""
    return [found for text in texts for found in re.findall(pattern, text)]
