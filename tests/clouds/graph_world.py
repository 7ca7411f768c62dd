"""What Meta's side knows: chats, files, templates, and who has written when. For tests/clouds/graph.py."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
DAY, WEEK = timedelta(hours=24), timedelta(days=7)
PHONE, PAGE, ACCOUNT = "106540352242922", "682498302938465", "17841400000000001"
WEBSITES = {"whatsapp": PHONE, "messenger": PAGE, "instagram": ACCOUNT}
STYLES = re.compile(r"(?P<before>^|[\s>_~*])(?P<sign>[*_~`])(?P<inner>[^\s*_~`][^*\n]*?)(?P=sign)(?=[^A-Za-z\d]|$)", re.MULTILINE)


class Refused(Exception):
    """An error of the Graph API."""

    def __init__(self, code: int, message: str = "", subcode: int = 0, status: int = 400) -> None:
        super().__init__(f"{code}/{subcode}: {message}")
        self.code, self.subcode, self.message, self.status = code, subcode, message, status

    def wire(self) -> Json:
        """As it is answered."""
        error: Json = {"message": f"(#{self.code}) {self.message}", "type": "OAuthException", "code": self.code, "fbtrace_id": "AbCdEfGhIjK"}
        return {"error": {**error, **({"error_subcode": self.subcode} if self.subcode else {})}}


@dataclass
class Bubble:
    """One message in a chat, as a phone shows it. buttons: label and what a press sends. files: name and content."""

    id: str
    by_desk: bool
    text: str
    at: datetime
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    wire: Json = field(default_factory=dict)
    signs: list[str] = field(default_factory=list)
    read: bool = False
    answers: str = ""

    @property
    def shown(self) -> str:
        """On WhatsApp without the signs that it takes for markup."""
        if not self.id.startswith("wamid."):
            return self.text
        return STYLES.sub(lambda found: f"{found['before']}{found['inner']}", self.text).replace("\u200b", "")

    @property
    def labels(self) -> list[str]:
        """What can be pressed."""
        return [label for label, _ in self.buttons]


@dataclass
class Person:
    """Somebody with a phone. number: shown to the business or not. address: the id by which Meta calls them now, where they got another."""

    id: str
    name: str
    number: str = ""
    chat: list[Bubble] = field(default_factory=list)
    wrote_at: datetime | None = None
    address: str = ""


@dataclass
class World:
    """Everybody, by channel and id. late: what comes after 24 hours is taken, and refused afterwards. when_told: what happens as a template is shown."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    media: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    templates: dict[str, tuple[set[str], int]] = field(default_factory=lambda: {"ticket_update": ({"en", "es", "pt_BR"}, 1)})
    texts: dict[str, str] = field(default_factory=lambda: {"ticket_update": "There is news on your request {{1}}: reply to read it."})
    late: bool = False
    when_told: Callable[[], None] = lambda: None
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, channel: str, user: str, name: str, number: str = "") -> Person:
        """Somebody new."""
        self.people[channel, user] = Person(user, name, number)
        return self.people[channel, user]

    def person(self, channel: str, user: str) -> Person:
        """Who has that id, or that number."""
        for (where, known), person in self.people.items():
            if where == channel and user in (known, person.address, person.number) and user and not (person.address and user == known):
                return person
        raise Refused(100, "No matching user found", 2018001) if channel != "whatsapp" else Refused(131026, "Message undeliverable")

    def chat(self, channel: str, user: str) -> list[Bubble]:
        """What stands in that chat."""
        return self.people[channel, user].chat

    def is_open(self, person: Person, span: timedelta = DAY) -> bool:
        """Have they written within that time?"""
        return person.wrote_at is not None and self.now() - person.wrote_at <= span

    def find(self, person: Person, message: str) -> Bubble:
        """A message of that chat."""
        found = next((bubble for bubble in person.chat if bubble.id == message), None)
        if found is None:
            raise Refused(131009, "Parameter value is not valid: no such message")
        return found

    def new_id(self, channel: str) -> str:
        """As Meta makes them up."""
        number = next(self.numbers)
        if channel == "whatsapp":
            return f"wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJD{number:08d}/+A="
        return f"m_{number:08d}-{'x' * 90}" if channel == "messenger" else f"aWdfZAG1faXRlbTox{number:08d}{'Q' * 150}ZDZD"
