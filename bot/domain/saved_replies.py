"""Saved replies: texts with variables from a list of ours. What people write is never a format string."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

VARIABLES = ("requester", "number", "agent", "desk", "team")
LONGEST_NAME = 24  # characters: it stands in a button's action, which holds 48
LONGEST_TEXT = 3000  # characters, what a form's field holds

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VARIABLE = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}")


class UnknownVariable(Exception):
    """A text names a variable that there is not; `name` is it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class SavedReply:
    """One saved reply, in one or more languages: language to text. by, at: who changed it last, and when."""

    texts: dict[str, str] = field(default_factory=dict)
    by: str = ""
    at: datetime | None = None

    def in_language(self, wanted: Sequence[str]) -> tuple[str, str]:
        """The language and the text in the first of those wanted that there is, else in any; ("", "") when it is empty."""
        for language in (*wanted, *sorted(self.texts)):
            if language in self.texts:
                return language, self.texts[language]
        return "", ""


def is_name(text: str) -> bool:
    """Can it name a saved reply? Small letters, digits, single dashes between them."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None


def check(text: str) -> None:
    """Raises UnknownVariable for the first variable that there is not."""
    rendered(text, dict.fromkeys(VARIABLES, ""))


def rendered(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables' values, in one pass: what a value holds is never read again. {{ and }} stand for single braces.

    Raises UnknownVariable for a variable that is not one of VARIABLES; braces around anything but a name stay as they are.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0][0]
        if name not in VARIABLES:
            raise UnknownVariable(name)
        return values.get(name, "")

    return _VARIABLE.sub(value, text)
