"""What a Slack workspace holds while a test runs: people, channels, messages, views, and the ledger that tests read."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.clouds import slack_blocks

Json = dict[str, Any]

TEAM, APP, BOT_USER, BOT_ID = "T0TEAM", "A0APP", "U0BOT", "B0BOT"
BOT_TOKEN, APP_TOKEN, SIGNING_SECRET = "xoxb-test-bot", "xapp-test-app", "s" * 32
TRIGGER_S = 3.0  # a trigger_id opens one view, within three seconds
RESPONSE_URL_USES = 5
SCOPES = (
    "app_mentions:read channels:history channels:read chat:write commands files:read files:write groups:history groups:read "
    "im:history im:read im:write reactions:read reactions:write users:read"
)
PEOPLE = {
    "U0ALICE": "Alice Adams",
    "U0BOB": "Bob Brown",
    "U0ANN": "Ann Archer",
    "U0BEN": "Ben Burke",
    "U0CLEO": "Cleo Clark",
    "U0DEV": "Dev Das",
    "U0ADMIN": "Ada Min",
    "U0MALLORY": "Mallory",
    BOT_USER: "IT help",
}
CHANNELS = {
    "C0HELP": ["U0ALICE", "U0BOB", "U0ANN", BOT_USER],
    "C0GEN": ["U0ALICE", "U0BOB", "U0ANN", "U0MALLORY", BOT_USER],
    "C0TIER2": ["U0ANN", "U0BEN", BOT_USER],
    "C0TIER3": ["U0CLEO", "U0DEV", BOT_USER],
    "C0PRIV": ["U0ALICE"],
}


@dataclass(slots=True)
class Message:
    """One message as the ledger keeps it; `wire` is what the platform sends."""

    wire: Json
    only_for: str = ""
    deleted: bool = False
    edits: list[Json] = field(default_factory=list)  # each former state, oldest first
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def channel(self) -> str:
        return str(self.wire["channel"])

    @property
    def ts(self) -> str:
        return str(self.wire["ts"])

    @property
    def thread(self) -> str:
        return str(self.wire.get("thread_ts", ""))

    @property
    def from_bot(self) -> bool:
        return "bot_id" in self.wire

    @property
    def shown(self) -> str:
        return slack_blocks.shown(self.wire)

    @property
    def live(self) -> list[tuple[str, str]]:
        return slack_blocks.live(self.wire)

    @property
    def labels(self) -> list[str]:
        """What can be pressed: buttons, and what stands in menus."""
        pressable = slack_blocks.buttons(self.wire.get("blocks"))
        return [part["text"]["text"] for b in pressable for part in (b.get("options") or [b])]


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` calls of one method. after: the work is done first, then the answer is lost.

    slow: nothing goes wrong, it only takes hang_s, whether the caller is still there or not.
    """

    method: str
    times: int = 1
    error: str = ""
    status: int = 200
    retry_after: str | None = None
    hang_s: float = 0.0
    cut: bool = False
    body: str | None = None
    after: bool = False
    slow: bool = False


class World:
    """The state, and waiting for it to change."""

    def __init__(self) -> None:
        self.users: dict[str, Json] = {key: person(key, name) for key, name in PEOPLE.items()}
        self.channels: dict[str, Json] = {key: channel(key, members) for key, members in CHANNELS.items()}
        self.messages: list[Message] = []
        self.views: dict[str, Json] = {}  # open modals by view id
        self.stacks: dict[str, list[str]] = {}  # user -> view ids, lowest first
        self.homes: dict[str, Json] = {}
        self.files: dict[str, Json] = {}
        self.contents: dict[str, bytes] = {}
        self.triggers: dict[str, tuple[str, float]] = {}  # trigger -> user, monotonic time it was made; gone once used
        self.response_urls: dict[str, Json] = {}
        self.scopes = set(SCOPES.split())
        self.faults: list[Fault] = []
        self.calls: list[tuple[str, Json]] = []  # every Web API call, in order
        self.refused: list[tuple[str, str]] = []  # (method, error)
        self.changed = asyncio.Condition()
        self._ticks = 0

    def timestamp(self) -> str:
        """A new ts, never given twice, rising."""
        self._ticks += 1
        return f"{int(time.time())}.{self._ticks:06d}"

    async def touch(self) -> None:
        """Something changed: wake whoever waits."""
        async with self.changed:
            self.changed.notify_all()

    async def until(self, look: Callable[[], Any], what: str = "it", within_s: float = 10.0) -> Any:
        """The first true value of look(), asked again after each change. AssertionError when the time is up."""

        async def found() -> Any:
            async with self.changed:
                while not (value := look()):
                    await self.changed.wait()
                return value

        try:
            return await asyncio.wait_for(found(), within_s)
        except TimeoutError:
            said = [(m.channel, m.only_for, m.shown[:120]) for m in self.messages[-5:]]
            raise AssertionError(f"{what}: not within {within_s:g} s; last messages {said}, refused {self.refused[-3:]}") from None

    def direct(self, user: str) -> str:
        """The direct message channel of a person with the bot; made when it is not there."""
        key = "D0" + user[2:]
        if key not in self.channels:
            self.channels[key] = {**channel(key, [user, BOT_USER]), "is_im": True, "is_channel": False, "user": user, "created": int(time.time())}
        return key

    def find(self, channel_id: str, ts: str) -> Message | None:
        return next((m for m in self.messages if m.channel == channel_id and m.ts == ts and not m.deleted), None)

    def seen_by(self, user: str) -> list[Message]:
        """The bot's messages this person can see."""
        return [
            m
            for m in self.messages
            if m.from_bot and not m.deleted and m.only_for in ("", user) and user in self.channels[m.channel]["members"]
        ]

    def in_channel(self, channel_id: str, thread: str = "") -> list[Message]:
        """What everybody sees there, oldest first; with thread only that thread without its parent."""
        return [
            m for m in self.messages if m.channel == channel_id and not m.only_for and not m.deleted and (not thread or m.thread == thread)
        ]

    def trigger(self, user: str) -> str:
        key = f"{len(self.triggers)}.{uuid.uuid4().hex}"
        self.triggers[key] = (user, time.monotonic())
        return key

    def fault_for(self, method: str, after: bool) -> Fault | None:
        fault = next((f for f in self.faults if f.method in (method, "*") and f.after == after and f.times > 0), None)
        if fault:
            fault.times -= 1
        return fault


def person(key: str, name: str, **more: Any) -> Json:
    """A user object."""
    profile = {"display_name": name.split()[0], "real_name": name, "email": f"{name.split()[0].lower()}@example.com"}
    return {
        "id": key,
        "team_id": TEAM,
        "name": name.split()[0].lower(),
        "real_name": name,
        "deleted": False,
        "is_bot": key == BOT_USER,
        "locale": "en-US",
        "tz": "Europe/Madrid",
        "profile": profile,
        **more,
    }


def channel(key: str, members: list[str], **more: Any) -> Json:
    """A conversation object with its members."""
    return {
        "id": key,
        "name": key.lower(),
        "is_channel": True,
        "is_im": False,
        "is_private": False,
        "is_archived": False,
        "members": list(members),
        **more,
    }
