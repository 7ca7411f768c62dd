"""What the core asks of its memory about requests of programs: one that is sent again with its key is answered as before and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """A request that was begun. key: whose it is and what they called it. fingerprint: of what was asked, as hexadecimal digits.

    status: of the answer, 0 while there is none; body: the answer, as the API keeps it, until then a sign of what is made of it. at: when it was begun.
    """

    key: str
    fingerprint: str
    status: int
    body: str
    at: datetime


class AnsweredRows(Protocol):
    """Its part of a unit of work."""

    async def answered_request(self, key: str) -> AnsweredRequest | None:
        """By its key. Two units that read the same key may not know of each other: whoever goes on to write takes a lane of that name first."""
        ...

    async def keep_answered(self, request: AnsweredRequest) -> None:
        """Store it, in place of what was there under its key."""
        ...

    async def drop_answered(self, key: str) -> None:
        """It never was; no error when it is not there."""
        ...

    async def forget_answered(self, before: datetime, limit: int = 1000) -> int:
        """Remove those that were begun before that, the oldest first, at most `limit`; how many went."""
        ...
