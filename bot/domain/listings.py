"""What the company's directory says of somebody: a listing. Whatever a directory sends is cleaned here before anything is made of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

FACTS = ("name", "mail", "phone", "department", "title", "manager", "location", "login")
"""What may be mapped, in the order in which pages show it."""
LONGEST = 120  # characters of one fact; what is longer is cut
STRANGER_AGAIN = timedelta(hours=1)  # whom the directory does not know is asked about again after so long, if `refresh` is longer

Why = Literal["", "unknown", "ambiguous"]


@dataclass(frozen=True, slots=True)
class Listing:
    """One person there. Every fact is one clean line, or "". is_off: the account is disabled. is_vip: as `[directory] vip` says."""

    name: str = ""
    mail: str = ""
    phone: str = ""
    department: str = ""
    title: str = ""
    manager: str = ""
    location: str = ""
    login: str = ""
    is_off: bool = False
    is_vip: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """What the directory said of somebody, and when. listing is None where it named nobody (why: "unknown") or several ("ambiguous")."""

    at: datetime
    listing: Listing | None = None
    why: Why = ""

    def is_fresh(self, now: datetime, refresh: timedelta) -> bool:
        """Need it not be asked again yet?"""
        return now - self.at < (refresh if self.listing else min(refresh, STRANGER_AGAIN))


@dataclass(frozen=True, slots=True)
class Sought:
    """By what somebody is looked for: addresses and numbers that are theirs beyond what they say. mails: plain addresses; phones: as E.164."""

    mails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.mails or self.phones)


def clean(value: object) -> str:
    """One line without control signs, signs that turn the direction of writing, or lone surrogates; at most LONGEST characters."""
    if not isinstance(value, str):
        return ""
    shown = (" " if one.isspace() else one for one in value[: 4 * LONGEST] if one.isspace() or unicodedata.category(one)[0] != "C")
    return " ".join("".join(shown).split())[:LONGEST].rstrip()


def first(values: Iterable[object]) -> str:
    """The first of them that says something."""
    return next((found for one in values if (found := clean(one))), "")


def judged(found: Iterable[Listing], now: datetime) -> Listed:
    """One is believed; two are nobody: which of them it is cannot be known."""
    apart = list(found)
    if len(apart) == 1:
        return Listed(now, apart[0])
    return Listed(now, None, "ambiguous" if apart else "unknown")
