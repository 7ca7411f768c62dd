"""What somebody looks for, read from one line: words|#41|tag:vpn|from:anna|kind:problem|field:serial=123|status:open. Anything else in it is words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import get_args

from bot.domain.tickets import Status, Ticket

LONGEST = 400  # characters of a line that are read
MOST = 8  # conditions of one kind that are read
STATUSES: tuple[Status, ...] = get_args(Status)
PRIORITIES = ("low", "normal", "high", "urgent")
STATES = ("mine", "unclaimed", "breached")

_TOKEN = re.compile(r'[^\s"]*"[^"]*"?|[^\s"]+')
_NUMBER = re.compile(r"#?(?:[A-Za-z][A-Za-z0-9]*-)?[0-9]{1,11}|#[0-9]{1,11}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sought:
    """All of it must hold; what is empty does not narrow.

    words: each stands in the question, or all in one message, or they are the number itself. number: "41" or "IT-41".
    sender, assignee: a name, an id, or "me". states: of STATES.
    fields: name and value.
    """

    words: str = ""
    number: str = ""
    sender: str = ""
    assignee: str = ""
    parent: str = ""
    priority: str = ""
    kind: str = ""
    tier: int = 0
    statuses: tuple[Status, ...] = ()
    tags: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    states: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Its tags and fields as the labels of tickets."""
        return (*(tag_label(tag) for tag in self.tags), *(field_label(name, value) for name, value in self.fields))


def tag_label(tag: str) -> str:
    """How a ticket with this tag is found."""
    return f"tag:{tag}"


def field_label(name: str, value: str) -> str:
    """How a ticket with this value of a field is found: whatever the case."""
    return f"field:{name.casefold()}={value.strip().casefold()}"


def asset_label(asset: int) -> str:
    """How a ticket about this computer is found."""
    return f"asset:{asset}"


def labels_of(ticket: Ticket) -> frozenset[str]:
    """By which labels it is found."""
    own = (asset_label(ticket.asset),) if ticket.asset else ()
    return frozenset((*own, *(tag_label(tag) for tag in ticket.tags), *(field_label(name, value) for name, value in ticket.fields if value.strip())))


def is_called(name: str, wanted: str) -> bool:
    """ "anna" and "@Anna Schmidt" are names of Anna Schmidt: each word begins a word of the name."""
    parts, words = name.casefold().split(), wanted.casefold().lstrip("@").split()
    return bool(words) and all(any(part.startswith(word) for part in parts) for word in words)


def parse(text: str) -> Sought:
    """What is meant. Never raises: what is no condition, or none that can be, is words."""
    sought, words = Sought(), list[str]()
    for token in _TOKEN.findall(text[:LONGEST]):
        key, colon, value = token.partition(":")
        narrower = _condition(sought, key.casefold(), value.replace('"', "").strip()) if colon else _numbered(sought, token)
        if narrower is None:
            words.append(token.replace('"', " "))
        else:
            sought = narrower
    return replace(sought, words=" ".join(" ".join(words).split()))


def _numbered(sought: Sought, token: str) -> Sought | None:
    """ "#41" and "IT-41" are numbers; a bare "41" may as well be a word of the question."""
    if sought.number or token.isdigit() or not _NUMBER.fullmatch(token):
        return None
    return replace(sought, number=token.lstrip("#").upper())


def _condition(sought: Sought, key: str, value: str) -> Sought | None:
    match key:
        case "tag" if value and len(sought.tags) < MOST:
            return replace(sought, tags=(*sought.tags, value.casefold()))
        case "from" if value:
            return replace(sought, sender=value)
        case "with" | "to" if value:
            return replace(sought, assignee=value)
        case "field" if "=" in value and len(sought.fields) < MOST:
            name, _, wanted = value.partition("=")
            return replace(sought, fields=(*sought.fields, (name.strip(), wanted.strip()))) if name.strip() and wanted.strip() else None
        case "status":
            found = tuple(status for status in STATUSES if status in value.casefold().split(","))
            return replace(sought, statuses=found) if found else None
        case "priority" if value.casefold() in PRIORITIES:
            return replace(sought, priority=value.casefold())
        case "kind" if value:
            return replace(sought, kind=value.casefold())
        case "tier" if value.isascii() and value.isdigit() and len(value) < 4:
            return replace(sought, tier=int(value))
        case "parent" if value:
            return replace(sought, parent=value.lstrip("#").upper())
        case "is" if value.casefold() in STATES:
            return replace(sought, states=(*sought.states, value.casefold()))
        case _:
            return None
