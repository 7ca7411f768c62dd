"""What was owed to one address and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.messages import Outbound


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A message that was owed. state: waiting, sent, failed, withdrawn. due: when it is tried next, or was tried last before it was given up.

    sent_as: what its channel called it, or "". error: why the last try failed, or "".
    """

    key: str
    body: Outbound
    state: str
    due: datetime
    sent_at: datetime | None
    sent_as: str
    attempts: int
    error: str


class DeliveryReader(Protocol):
    """Read-only, as bot.ports.Reader."""

    async def owed_to(self, address: str, limit: int = 50) -> list[Dispatch]:
        """The messages, newest first. What is over is forgotten in time, as everywhere."""
        ...
