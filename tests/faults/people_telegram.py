"""Telegram's people. What they do waits at the platform until it is fetched."""

from __future__ import annotations

import re
from collections import Counter

from tests.clouds.telegram import ANA, EXPERTS, TEAM, TelegramCloud
from tests.clouds.telegram_ledger import Entry
from tests.faults.people import PATIENCE_S, Side
from tests.journeys.doors import eventually

PLACES = {2: TEAM, 3: EXPERTS}
FIRST = 7000


class TelegramSide(Side):
    """A bot and its users."""

    name = "telegram"

    def __init__(self, cloud: TelegramCloud) -> None:
        super().__init__()
        self.cloud = cloud
        self._users: dict[str, int] = {}

    def user(self, tag: str) -> int:
        """The number of a requester."""
        return self._users[tag]

    def comes(self, tag: str) -> None:
        self._users[tag] = FIRST + len(self._users)
        self.cloud.ledger.add_user(self._users[tag], f"Pat{tag}")

    def say(self, tag: str, text: str) -> None:
        self.cloud.say(self._users[tag], text)

    def press(self, tag: str, label: str) -> None:
        entry = next(e for e in reversed(self._private(tag)) if label in e.buttons)
        self.cloud.click(self._users[tag], entry, label)

    def heard(self, tag: str) -> list[str]:
        return [e.text for e in self._private(tag)]

    def sources(self, tag: str) -> list[str]:
        user = self._users[tag]
        return [f"telegram:{user}/{e.id}" for e in self.cloud.ledger.shown(user, by_bot=False)]

    def _private(self, tag: str) -> list[Entry]:
        return self.cloud.ledger.shown(self._users[tag], by_bot=True)

    # ---- agents
    def card(self, tag: str, level: int = 2) -> str:
        found = self._card(tag, level)
        return "\n".join([found.text, *found.buttons]) if found else ""

    def _card(self, tag: str, level: int = 2) -> Entry | None:
        entries = self.cloud.ledger.shown(PLACES[level], by_bot=True)
        return next((e for e in entries if re.search(rf"\bPat{tag}\b", e.text)), None)

    def thread(self, tag: str) -> list[str]:
        return [e.text for e in self._thread(tag)]

    def _thread(self, tag: str) -> list[Entry]:
        card = self._card(tag)
        return [e for e in self.cloud.ledger.shown(PLACES[2], topic=card.topic, by_bot=True) if e is not card] if card else []

    def take(self, tag: str, label: str, words: str = "") -> None:
        self.begin(self._take(tag, label, words))

    async def _take(self, tag: str, label: str, words: str) -> None:
        card = self._card(tag)
        assert card is not None
        self.cloud.click(ANA, card, label)
        if not words:
            return
        prompt = await eventually(lambda: next((e for e in self._thread(tag) if e.force_reply), None), f"a prompt for {label!r}", PATIENCE_S)
        self.cloud.say(ANA, words, chat=PLACES[2], topic=card.topic, reply_to=prompt)

    def write(self, tag: str, text: str) -> None:
        card = self._card(tag)
        assert card is not None
        self.cloud.say(ANA, text, chat=PLACES[2], topic=card.topic)

    # ---- the ledger
    def twice(self, tag: str) -> list[str]:
        """By their words: no message of a flow is the same as another of it."""
        cards = [e for place in PLACES.values() for e in self.cloud.ledger.shown(place, by_bot=True) if re.search(rf"\bPat{tag}\b", e.text)]
        counts = Counter((e.chat, e.topic, e.text) for e in {id(e): e for e in (*self._private(tag), *self._thread(tag), *cards)}.values())
        return [text[:60] for (_, _, text), count in counts.items() for _ in range(count - 1)]
