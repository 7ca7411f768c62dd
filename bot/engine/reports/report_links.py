"""Links that open one report without sign-in, for some days: who has one reads that report alone."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic import TypeAdapter, ValidationError

LONGEST = 2000  # characters of a token that is looked at


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens. order: the standing order that sent it, which ends it when it is deleted. first, last: days, both included."""

    order: str
    report: str
    first: date
    last: date
    until: datetime


_VALUES = TypeAdapter(Opened)


class ReportLinks:
    """sign: our signature of a text for this purpose alone, in hex."""

    def __init__(self, sign: Callable[[str], str]) -> None:
        self._sign = sign

    def token(self, opened: Opened) -> str:
        """Letters, digits, "-", "_" and one ".": fit for an address."""
        held = base64.urlsafe_b64encode(_VALUES.dump_json(opened)).decode().rstrip("=")
        return f"{held}.{self._sign(held)}"

    def read(self, token: str, now: datetime) -> Opened | None:
        """What it opens; None for one that we did not make, or whose time is over."""
        held, _, mac = token[:LONGEST].partition(".")
        if not hmac.compare_digest(mac.encode(), self._sign(held).encode()):
            return None
        try:
            opened = _VALUES.validate_json(base64.urlsafe_b64decode(held + "=" * (-len(held) % 4)))
        except (ValueError, ValidationError):
            return None
        return opened if now < opened.until.astimezone(UTC) else None
