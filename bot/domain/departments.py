"""Several desks behind one bot: whose press something is, and what a desk is called there. Pure.

What a department shows on a shared channel bears its key, so that a press finds its way back to it whatever else was talked about meanwhile.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.domain.desks import Desk
from bot.domain.messages import Choice, Form, Home, HomeSection, Outbound, Pressed, Reaction, Submitted

CHANNEL = "desks"  # begins the addresses of departments: "desks:hr"
KEY = re.compile(r"[a-z][a-z0-9]{0,11}")  # of a department; 12 characters leave an action room in what platforms send back
SIGN = ">"
LETTER = "letter:"  # begins the keys of what goes from one desk to another: what cannot be handed over is not lost
FRONT = f"{CHANNEL}:"  # the address of what stands before all of them
CHOSEN = "chosen"  # the action of whoever chooses a department
Body = TypeVar("Body", bound=Outbound | Reaction | Home)


@dataclass(frozen=True, slots=True)
class Department:
    """key: of its table. routes: places, addresses and numbers besides its desk's own places at which whatever is written is for this desk."""

    key: str
    desk: Desk
    routes: frozenset[str] = frozenset()

    @property
    def address(self) -> str:
        """Where it is sent what is for it."""
        return f"{CHANNEL}:{self.key}"

    def is_at(self, place: str) -> bool:
        """Is what is written there for this desk?"""
        return place in self.routes or place in self.desk.help_places or self.desk.tier_at(place) is not None


def marked(body: Body, key: str, name: str = "") -> Body:
    """With the department's key at every action. name: the department's, for channels where a message says whose it is."""
    if not key or isinstance(body, Reaction):
        return body
    if isinstance(body, Home):
        return replace(body, sections=tuple(HomeSection(section.parts, _choices(section.choices, key)) for section in body.sections))
    return replace(body, choices=_choices(body.choices, key), sender=name)


def marked_form(form: Form, key: str) -> Form:
    """The same for a form."""
    return replace(form, action=f"{key}{SIGN}{form.action}")


def split(action: str) -> tuple[str, str]:
    """The department's key, "" when it bears none, and the action without it."""
    key, sign, rest = action.partition(SIGN)
    return (key, rest) if sign and KEY.fullmatch(key) else ("", action)


def unmarked(what: Pressed | Submitted) -> Pressed | Submitted:
    """As its department knows it."""
    return replace(what, action=split(what.action)[1])


def _choices(choices: tuple[Choice, ...], key: str) -> tuple[Choice, ...]:
    return tuple(choice if choice.link or not choice.action else replace(choice, action=f"{key}{SIGN}{choice.action}") for choice in choices)
