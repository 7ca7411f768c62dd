"""Telegram as a door: polling with a team group of topics, and the webhook with a team group that has none."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import App
from tests.clouds.telegram import ANA, BEA, CAI, EVE, EXPERTS, PLAIN, TEAM, TelegramCloud
from tests.clouds.telegram_ledger import Entry
from tests.journeys.doors import Agent, Requester, eventually, product

ADMIN = 4001
SECRET = "journeys_secret-1"


def _with_labels(entry: Entry) -> str:
    return "\n".join([entry.text, *entry.buttons])


async def _answer_all(
    cloud: TelegramCloud, user: int, look: Callable[[], list[Entry]], since: int, values: Mapping[str, str], files: Mapping[str, bytes] | None = None,
    **where: Any,
) -> None:  # fmt: skip
    """One question after the other, by its buttons or by a reply. look: the messages among which they come, the first `since` of them are older."""
    answered: set[tuple[int, str]] = set()
    for label, value in values.items():

        def asked(label: str = label) -> Entry | None:
            return next((e for e in look()[since:] if label in e.text and (e.force_reply or "Cancel" in e.buttons) and (e.id, label) not in answered), None)

        question = await eventually(asked, f"a question {label!r}")
        answered.add((question.id, label))
        ticked = [f"☐ {one}" for one in value.split(", ")]
        if value == "" or ticked[0] in question.buttons:
            for one in ticked if value else []:
                await eventually(lambda: one in question.buttons, one)  # noqa: B023
                cloud.click(user, question, one)
                await eventually(lambda: one not in question.buttons, f"{one} is ticked")  # noqa: B023
            cloud.click(user, question, next(b for b in ("Done", "Skip", "Keep it") if b in question.buttons))
        elif value in question.buttons:
            cloud.click(user, question, value)
        elif value == "file":
            for name, content in (files or {}).items():
                cloud.attach(user, name, content, reply_to=question, **where)
        else:
            cloud.say(user, value, reply_to=question, **where)


def _file(cloud: TelegramCloud, entries: list[Entry], name: str) -> bytes | None:
    files = [e.wire["document"]["file_id"] for e in entries if (e.wire.get("document") or {}).get("file_name") == name]
    return cloud.ledger.files[files[-1]][1] if files else None


@dataclass
class TelegramRequester:
    """Somebody in the private chat with the bot."""

    cloud: TelegramCloud
    user: int

    async def says(self, text: str) -> None:
        self.cloud.say(self.user, text)

    def _messages(self) -> list[Entry]:
        return self.cloud.ledger.shown(self.user, by_bot=True)

    async def presses(self, label: str) -> None:
        entry = await eventually(lambda: next((e for e in reversed(self._messages()) if label in e.buttons), None), f"a button {label!r}")
        self.cloud.click(self.user, entry, label)

    async def edits(self, old: str, new: str) -> None:
        self.cloud.edit(next(e for e in self.cloud.ledger.shown(self.user) if e.text == old), new)

    async def attaches(self, name: str, content: bytes) -> None:
        self.cloud.attach(self.user, name, content)

    async def fills_form(self, kind: str, values: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> None:
        """`/new`, and what is asked then."""
        since = len(self._messages())
        self.cloud.say(self.user, "/new")
        await _answer_all(self.cloud, self.user, self._messages, since, {"What is it about?": kind, **values}, files)

    async def seen(self) -> list[str]:
        return [e.text for e in self._messages()]

    async def got(self, name: str) -> bytes | None:
        return _file(self.cloud, self._messages(), name)


@dataclass
class TelegramAgent:
    """Somebody in a team's group."""

    cloud: TelegramCloud
    user: int
    team: int
    name: str

    def _card(self, number: str) -> Entry | None:
        """The message whose title has the number: others may list it among several."""
        entries = self.cloud.ledger.shown(self.team, by_bot=True)
        return next((e for e in entries if re.search(rf"\b{number}\b", e.text.partition("\n")[0])), None)

    async def card(self, number: str) -> str | None:
        found = self._card(number)
        return _with_labels(found) if found else None

    def _thread(self, number: str) -> list[Entry]:
        """The topic; in a group without topics the replies to the card, and the replies to these."""
        card = self._card(number)
        if card is None:
            return []
        entries = self.cloud.ledger.shown(self.team, topic=card.topic)
        if card.topic:
            return [e for e in entries if e is not card]
        family = [card.id]
        for entry in entries:
            if entry.reply_to in family:
                family.append(entry.id)
        return [e for e in entries if e.id in family[1:]]

    async def thread(self, number: str) -> list[str]:
        return [e.text for e in self._thread(number)]

    async def presses(self, number: str, label: str, words: str = "") -> None:
        card, before = await self._card_with(number, label), len(self._thread(number))
        self.cloud.click(self.user, card, label)
        if words:
            prompt = await eventually(lambda: next((e for e in self._thread(number)[before:] if e.force_reply), None), f"a prompt for {label!r}")
            self.cloud.say(self.user, words, chat=self.team, topic=card.topic, reply_to=prompt)

    async def fills(self, number: str, label: str, values: Mapping[str, str]) -> None:
        card, since = await self._card_with(number, label), len(self._thread(number))
        self.cloud.click(self.user, card, label)
        await _answer_all(self.cloud, self.user, lambda: self._thread(number), since, values, chat=self.team, topic=card.topic)

    async def _card_with(self, number: str, label: str) -> Entry:
        """The card, its rarer buttons shown where the one that is wanted is among them."""
        card = self._card(number)
        assert card is not None
        if label not in card.buttons and "More…" in card.buttons:
            self.cloud.click(self.user, card, "More…")
            await eventually(lambda: label in card.buttons, f"{label!r} behind More…")
        return card

    async def writes(self, number: str, text: str) -> None:
        card = self._card(number)
        assert card is not None
        self.cloud.say(self.user, text, chat=self.team, topic=card.topic, reply_to=None if card.topic else card)

    async def attaches(self, number: str, name: str, content: bytes) -> None:
        card = self._card(number)
        assert card is not None
        self.cloud.attach(self.user, name, content, chat=self.team, topic=card.topic, reply_to=None if card.topic else card)

    async def got(self, number: str, name: str) -> bytes | None:
        return _file(self.cloud, [e for e in self._thread(number) if e.by_bot], name)

    async def told_alone(self) -> list[str]:
        return self.cloud.ledger.answers(self.user)


    async def resolves_with(self, number: str, words: str, entry: str, question: str) -> None:
        """First in words; then the card has a button for it, and the choice stands in its thread."""
        await self.presses(number, "Resolve", words)

        async def resolved() -> bool:
            return "Link to an entry" in (await self.card(number) or "")

        await eventually(resolved, "the card of a resolved ticket")
        await self.presses(number, "Link to an entry")
        choice = await eventually(lambda: next((e for e in reversed(self._thread(number)) if question in e.buttons), None), question)
        self.cloud.click(self.user, choice, question)


@dataclass
class TelegramDoor:
    """One bot and the product behind it."""

    cloud: TelegramCloud
    app: App
    team: int
    longest: int = 4096
    _users: itertools.count[int] = field(default_factory=lambda: itertools.count(5001))
    _looked: int = 0

    async def newcomer(self) -> Requester:
        user = next(self._users)
        self.cloud.ledger.add_user(user, f"Noor {user}")
        return TelegramRequester(self.cloud, user)

    async def ann(self) -> Agent:
        return TelegramAgent(self.cloud, ANA, self.team, "Ana")

    async def ben(self) -> Agent:
        return TelegramAgent(self.cloud, BEA, self.team, "Bea")

    async def cleo(self) -> Agent:
        return TelegramAgent(self.cloud, CAI, EXPERTS, "Cai")

    async def stranger_takes(self, number: str) -> str:
        stranger = TelegramAgent(self.cloud, EVE, self.team, "Eve")
        await stranger.presses(number, "Take it")
        return (await eventually(stranger.told_alone, "the stranger is told"))[-1]

    async def admin_changes(self, question: str, answer: str) -> None:
        """`/faq`, the entry, its edit button, then step by step: question, phrasings, answer; what is there is kept by a button."""
        cloud, ledger = self.cloud, self.cloud.ledger
        cloud.say(ADMIN, "/faq")
        for label in (question, "Edit (en)"):
            entry = await eventually(lambda: next((e for e in reversed(ledger.shown(ADMIN, by_bot=True)) if label in e.buttons), None), label)  # noqa: B023
            cloud.click(ADMIN, entry, label)
        since = len(ledger.shown(ADMIN, by_bot=True))
        asked = {"Question": "", "Other ways to ask it, one a line": "", "Answer": answer}
        await _answer_all(cloud, ADMIN, lambda: ledger.shown(ADMIN, by_bot=True), since - 1, asked)
        preview = await eventually(lambda: next((e for e in ledger.shown(ADMIN, by_bot=True) if "Publish" in e.buttons), None), "a preview")
        cloud.click(ADMIN, preview, "Publish")
        await eventually(lambda: any("Published" in e.text for e in ledger.shown(ADMIN, by_bot=True)), "it is published")

    async def admin_approves(self, text: str) -> None:
        """`/faq`, the proposals, and the one press."""
        cloud, ledger = self.cloud, self.cloud.ledger
        cloud.say(ADMIN, "/faq")
        for label in ("Proposals (1)", "Approve"):
            entry = await eventually(lambda: next((e for e in reversed(ledger.shown(ADMIN, by_bot=True)) if label in e.buttons), None), label)  # noqa: B023
            if label == "Approve":
                assert text in entry.text
            cloud.click(ADMIN, entry, label)

    def refused(self) -> list[tuple[str, str]]:
        since, self._looked = self._looked, len(self.cloud.refusals)
        return [one for one in self.cloud.refusals[since:] if "not modified" not in one[1]]


@contextlib.asynccontextmanager
async def telegram(folder: Path, *, webhook: bool, more: str = "", serving: str = "", top: str = "") -> AsyncIterator[TelegramDoor]:
    """The product behind a bot. more: as for `product`. serving: keys of tier 2, top: of tier 3."""
    async with TelegramCloud() as cloud:
        cloud.ledger.add_user(ADMIN, "Ada Min")
        team = PLAIN if webhook else TEAM
        env = {"TELEGRAM_BOT_TOKEN": cloud.token, "TELEGRAM_API_URL": cloud.base_url, "TELEGRAM_WEBHOOK_SECRET": SECRET if webhook else ""}
        desk = {"admins": f'"telegram:{ADMIN}"', "tier2": f"telegram_chat = {team}\n{serving}", "tier3": f"telegram_chat = {EXPERTS}\n{top}"}
        async with product(folder, env, desk, hook="TELEGRAM_WEBHOOK_URL" if webhook else "", more=more) as (app, _):
            yield TelegramDoor(cloud, app, team)
