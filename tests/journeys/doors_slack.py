"""Slack as a door, by HTTP and by socket."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import App
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Message, person
from tests.journeys.doors import Agent, Requester, eventually, product

Json = dict[str, Any]
TIER_2, TIER_3 = "C0TIER2", "C0TIER3"
ADMIN, STRANGER = "U0ADMIN", "U0MALLORY"


def _with_labels(message: Message) -> str:
    return "\n".join([message.shown, *message.labels])


@dataclass
class SlackRequester:
    """Somebody in their direct messages with the bot."""

    cloud: SlackCloud
    user: str

    async def says(self, text: str) -> None:
        await self.cloud.people.say(self.user, text)

    def _messages(self) -> list[Message]:
        return [m for m in self.cloud.world.seen_by(self.user) if m.channel == self.cloud.world.direct(self.user)]

    async def presses(self, label: str) -> None:
        message = await eventually(lambda: next((m for m in reversed(self._messages()) if label in m.labels), None), f"a button {label!r}")
        await self.cloud.people.click(self.user, message, label)

    async def edits(self, old: str, new: str) -> None:
        await self.cloud.people.edit(next(m for m in self.cloud.world.messages if m.wire.get("text") == old and m.wire.get("user") == self.user), new)

    async def attaches(self, name: str, content: bytes) -> None:
        await self.cloud.people.say(self.user, "", files={name: content})

    async def fills_form(self, kind: str, values: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> None:
        """`/support new`."""
        await self.cloud.people.command(self.user, "new")
        await eventually(lambda: self.cloud.people.top(self.user), "a modal for a new request")
        await _fill(self.cloud, self.user, {"What is it about?": kind, **values}, files)

    async def seen(self) -> list[str]:
        return [m.shown for m in self._messages()]

    async def got(self, name: str) -> bytes | None:
        return _file(self.cloud, self._messages(), name)


async def _fill(cloud: SlackCloud, user: str, values: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> None:
    """Whatever the modal asks, as it is called there; a choice that decides on other questions comes first. Then it is sent."""
    given: dict[str, str] = {}
    for label, value in values.items():

        def asked(label: str = label) -> Json | None:
            view = cloud.people.top(user) or {"blocks": []}
            return next((b for b in view["blocks"] if b["type"] == "input" and b["label"]["text"] == label), None)

        block = await eventually(asked, f"a question {label!r} in the modal")
        name = block["block_id"]
        given[name] = value.replace(", ", "\n") if block["element"]["type"] in ("checkboxes", "multi_static_select") else value
        if block.get("dispatch_action"):
            before = (cloud.people.top(user) or {}).get("hash")
            await cloud.people.decides(user, name, value, given)
            await eventually(lambda: (cloud.people.top(user) or {}).get("hash") != before, "the modal follows what was chosen")  # noqa: B023
    await cloud.people.submit(user, by_action={name: value for name, value in given.items() if value != "file"}, files=dict(files or {}))


def _file(cloud: SlackCloud, messages: list[Message], name: str) -> bytes | None:
    files = [f["id"] for m in messages for f in m.wire.get("files") or [] if f["name"] == name and m.from_bot]
    return cloud.world.contents[files[-1]] if files else None


@dataclass
class SlackAgent:
    """Somebody in a team's channel."""

    cloud: SlackCloud
    user: str
    team: str
    name: str

    def _card(self, number: str) -> Message | None:
        """The message whose title has the number: others may list it among several."""
        roots = [m for m in self.cloud.world.in_channel(self.team) if m.from_bot and not m.thread]
        return next((m for m in roots if re.search(rf"\b{number}\b", m.shown.partition("\n")[0])), None)

    async def card(self, number: str) -> str | None:
        found = self._card(number)
        return _with_labels(found) if found else None

    def _thread(self, number: str) -> list[Message]:
        card = self._card(number)
        return self.cloud.world.in_channel(self.team, card.ts) if card else []

    async def thread(self, number: str) -> list[str]:
        return [m.shown for m in self._thread(number)]

    async def presses(self, number: str, label: str, words: str = "") -> None:
        card = self._card(number)
        assert card is not None
        await self.cloud.people.click(self.user, card, label)
        if words:
            await eventually(lambda: self.cloud.people.top(self.user), f"a modal for {label!r}")
            await self.cloud.people.submit(self.user, words)

    async def fills(self, number: str, label: str, values: Mapping[str, str]) -> None:
        await self.presses(number, label)
        await eventually(lambda: self.cloud.people.top(self.user), f"a modal for {label!r}")
        await _fill(self.cloud, self.user, values)

    async def writes(self, number: str, text: str) -> None:
        await self._say(number, text)

    async def attaches(self, number: str, name: str, content: bytes) -> None:
        await self._say(number, "", {name: content})

    async def _say(self, number: str, text: str, files: dict[str, bytes] | None = None) -> None:
        card = self._card(number)
        assert card is not None
        await self.cloud.people.say(self.user, text, channel=self.team, thread_ts=card.ts, files=files)

    async def got(self, number: str, name: str) -> bytes | None:
        return _file(self.cloud, self._thread(number), name)

    async def told_alone(self) -> list[str]:
        return [m.shown for m in self.cloud.world.messages if m.only_for == self.user]


    async def resolves_with(self, number: str, words: str, entry: str, question: str) -> None:
        """The modal has a choice of entries."""
        await self.presses(number, "Resolve")
        await eventually(lambda: self.cloud.people.top(self.user), "a modal to resolve")
        assert question in str(self.cloud.people.top(self.user)), "the entry can be chosen"
        await self.cloud.people.submit(self.user, words, by_action={"entry": entry})


@dataclass
class SlackDoor:
    """One workspace and the product in it."""

    cloud: SlackCloud
    app: App
    longest: int = 12_000  # what people paste; Slack would take 40,000
    _count: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _looked: int = 0

    async def newcomer(self) -> Requester:
        user = f"U0NEW{next(self._count)}"
        self.cloud.world.users[user] = person(user, f"Noor {user}")
        return SlackRequester(self.cloud, user)

    async def ann(self) -> Agent:
        return SlackAgent(self.cloud, "U0ANN", TIER_2, "Ann")

    async def ben(self) -> Agent:
        return SlackAgent(self.cloud, "U0BEN", TIER_2, "Ben")

    async def cleo(self) -> Agent:
        return SlackAgent(self.cloud, "U0CLEO", TIER_3, "Cleo")

    async def stranger_takes(self, number: str) -> str:
        """Mallory is not in the channel, but knows what a press looks like."""
        stranger = SlackAgent(self.cloud, STRANGER, TIER_2, "Mallory")
        await stranger.presses(number, "Take it")
        return (await eventually(stranger.told_alone, "the stranger is told"))[-1]

    async def admin_changes(self, question: str, answer: str) -> None:
        """`/support faq`, the entry, its edit button, the modal."""
        people, world = self.cloud.people, self.cloud.world
        await people.command(ADMIN, "faq")
        for label in (question, "Edit (en)"):
            message = await eventually(lambda: next((m for m in reversed(world.seen_by(ADMIN)) if label in m.labels), None), label)  # noqa: B023
            await people.click(ADMIN, message, label)
        await eventually(lambda: people.top(ADMIN), "the entry's modal")
        await people.submit(ADMIN, "", by_action={"question": question, "answer": answer, "then": "publish"})
        await eventually(lambda: any("Published" in m.shown for m in world.seen_by(ADMIN)), "it is published")

    async def admin_approves(self, text: str) -> None:
        """On the App Home."""
        people, world = self.cloud.people, self.cloud.world
        await people.home(ADMIN)
        await eventually(lambda: text in str(world.homes.get(ADMIN)), f"{text!r} on the home page")
        await people.click_view(ADMIN, "Approve")
        await eventually(lambda: text not in str(world.homes.get(ADMIN)), "the home page shows what is left")

    def refused(self) -> list[tuple[str, str]]:
        since, self._looked = self._looked, len(self.cloud.world.refused)
        return self.cloud.world.refused[since:]


@contextlib.asynccontextmanager
async def slack(folder: Path, *, socket_mode: bool, more: str = "", serving: str = "", top: str = "") -> AsyncIterator[SlackDoor]:
    """The product in a workspace. more: as for `product`. serving: keys of tier 2, top: of tier 3."""
    async with SlackCloud() as cloud:
        env = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": cloud.api_url}
        env |= {"SLACK_APP_TOKEN": APP_TOKEN} if socket_mode else {"SLACK_SIGNING_SECRET": SIGNING_SECRET}
        desk = {"admins": f'"slack:{ADMIN}"', "tier2": f'slack_channel = "{TIER_2}"\n{serving}', "tier3": f'slack_channel = "{TIER_3}"\n{top}'}
        async with product(folder, env, desk, more=more) as (app, base):
            cloud.wire.request_url = "" if socket_mode else f"{base}/slack/events"
            yield SlackDoor(cloud, app)
