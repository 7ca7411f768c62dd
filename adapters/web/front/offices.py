"""What these pages are given of the departments behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.engine.reports.over_all import Office


@dataclass(frozen=True, slots=True)
class Door:
    """Where a department's own pages are. url: without a slash at its end. prefix: of its ticket numbers."""

    key: str
    name: str
    url: str
    prefix: str


class Offices(Protocol):
    """All departments, those that work now, and those that do not."""

    def doors(self) -> Sequence[Door]:
        """Of all, in their order."""
        ...

    def offices(self) -> Sequence[Office]:
        """Those that can be asked now."""
        ...
