"""Slack's people. What nobody acknowledged Slack delivers again as the real one does: at once, after a minute, after five."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections import Counter

from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import Message, person
from tests.faults.people import Side, patiently
from tests.journeys.doors import eventually

RETRIES_S = (0.0, 60.0, 300.0)
PLACES = {2: "C0TIER2", 3: "C0TIER3"}
AGENT = "U0ANN"
POOL = 6  # agents who fill in forms: two modals on one screen would lie upon each other
OPENS_S = 4.0  # a modal opens within three seconds, or not at all


class SlackSide(Side):
    """A workspace."""

    name = "slack"

    def __init__(self, cloud: SlackCloud) -> None:
        super().__init__()
        self.cloud = cloud
        pool = [f"U0AGENT{n}" for n in range(POOL)]
        cloud.world.users |= {agent: person(agent, f"Agent{agent}") for agent in pool}
        cloud.world.channels[PLACES[2]]["members"] += pool
        self._pool = itertools.cycle(pool)

    def comes(self, tag: str) -> None:
        self.cloud.world.users[_user(tag)] = person(_user(tag), f"Pat{tag}")
        self.cloud.world.direct(_user(tag))

    def say(self, tag: str, text: str) -> None:
        self.begin(self._say(_user(tag), text))

    async def _say(self, user: str, text: str, channel: str = "", thread: str = "") -> None:
        await self.cloud.people.say(user, text, channel, thread)

    def press(self, tag: str, label: str) -> None:
        self.begin(self._press(_user(tag), next(m for m in reversed(self._private(tag)) if label in m.labels), label))

    async def _press(self, user: str, message: Message, label: str) -> None:
        async def pressed() -> bool:
            # A button that is gone was pressed with success, although nobody said so in time.
            return label not in message.labels or (await self.cloud.people.click(user, message, label)).acked

        await patiently(pressed, label)

    def heard(self, tag: str) -> list[str]:
        return [m.shown for m in self._private(tag)]

    def sources(self, tag: str) -> list[str]:
        place = self.cloud.world.direct(_user(tag))
        return [f"slack:{place}/{m.ts}" for m in self.cloud.world.in_channel(place) if not m.from_bot]

    def _private(self, tag: str) -> list[Message]:
        return [m for m in self.cloud.world.in_channel(self.cloud.world.direct(_user(tag))) if m.from_bot]

    # ---- agents
    def card(self, tag: str, level: int = 2) -> str:
        found = self._card(tag, level)
        return "\n".join([found.shown, *found.labels]) if found else ""

    def _card(self, tag: str, level: int = 2) -> Message | None:
        roots = [m for m in self.cloud.world.in_channel(PLACES[level]) if m.from_bot and not m.thread]
        return next((m for m in roots if re.search(rf"\bPat{tag}\b", m.shown)), None)

    def thread(self, tag: str) -> list[str]:
        return [m.shown for m in self._thread(tag)]

    def _thread(self, tag: str) -> list[Message]:
        card = self._card(tag)
        return [m for m in self.cloud.world.in_channel(PLACES[2], card.ts) if m.from_bot] if card else []

    def take(self, tag: str, label: str, words: str = "") -> None:
        self.begin(self._take(tag, label, words))

    async def _take(self, tag: str, label: str, words: str) -> None:
        card = self._card(tag)
        assert card is not None
        if not words:
            await self._press(AGENT, card, label)
            return
        agent = next(self._pool)
        await patiently(lambda: self._opens(agent, card, label), f"a modal for {label!r}")
        await patiently(lambda: self._submitted(agent, words), f"the modal for {label!r} is taken")

    async def _opens(self, agent: str, card: Message, label: str) -> bool:
        if label not in card.labels:
            return False
        self.cloud.world.stacks.pop(agent, None)
        await self.cloud.people.click(agent, card, label)
        with contextlib.suppress(AssertionError):
            await eventually(lambda: self.cloud.people.top(agent), "a modal", OPENS_S)
            return True
        return False

    async def _submitted(self, agent: str, words: str) -> bool:
        return (await self.cloud.people.submit(agent, words)).acked

    def write(self, tag: str, text: str) -> None:
        card = self._card(tag)
        assert card is not None
        self.begin(self._say(AGENT, text, PLACES[2], card.ts))

    # ---- the ledger
    def twice(self, tag: str) -> list[str]:
        """By the token that each of our messages carries."""
        shown = [*self._private(tag), *self._thread(tag)]
        shown += [m for level in PLACES if (m := self._card(tag, level)) is not None]
        shown += [m for place in PLACES.values() for m in self.cloud.world.in_channel(place) if m.from_bot and not m.thread and f"Pat{tag}" in m.shown]
        tokens = Counter(token for m in {id(m): m for m in shown}.values() if (token := _token(m)))
        return [token for token, count in tokens.items() for _ in range(count - 1)]


def _token(message: Message) -> str:
    return str(((message.wire.get("metadata") or {}).get("event_payload") or {}).get("token") or "")


def _user(tag: str) -> str:
    return f"U0{tag}"
