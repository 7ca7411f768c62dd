"""What admins may do with one person's data as a whole, while the desk is at work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.domain.ids import PersonId


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of somebody. sign: stands for them in the audit. counts: by kind, as `KINDS` names them. held: why nothing may go.

    on_platforms: messages of ours to and about them, by channel; replacing: how many of them are being replaced now.
    """

    person: PersonId
    sign: str
    name: str
    addresses: tuple[str, ...]
    counts: Mapping[str, int]
    held: tuple[str, ...] = ()
    on_platforms: Mapping[str, int] = field(default_factory=dict)
    replacing: int = 0

    @property
    def is_known(self) -> bool:
        """Is there anything of theirs at all?"""
        return bool(self.name) or any(self.counts.values())


KINDS = ("tickets", "open", "messages", "elsewhere", "files", "contacts", "assets", "events", "parcels", "phrasings")
"""open: tickets that are closed by erasing. elsewhere: messages of theirs in requests of others. events, parcels: what came in, went out and is not over."""


@dataclass(frozen=True, slots=True)
class Did:
    """What erasing did: rows by table. left: messages of ours that stand on platforms still, by channel. look_at: entries that are called what they asked."""

    changed: Mapping[str, int]
    removed: Mapping[str, int]
    stand_ins: tuple[str, ...]
    left: Mapping[str, int]
    look_at: tuple[str, ...] = ()
    is_compact: bool = True


@dataclass(frozen=True, slots=True)
class Who:
    """Who does it, where, and why: written down with it."""

    by: PersonId
    channel: str
    why: str = ""


class Privacy(Protocol):
    """One person's data. Each of these leaves an event. Raises StoreError as everything does."""

    async def kept(self, person: PersonId) -> Kept:
        """What is kept of them, over all addresses that were joined to this one by a proof. Leaves no event."""
        ...

    async def given_out(self, person: PersonId, who: Who, language: str) -> Path:
        """A ZIP of it all, for the caller to send and remove."""
        ...

    async def hold(self, person: PersonId, who: Who) -> None:
        """From now on nothing of theirs goes, because of `who.why`."""
        ...

    async def release(self, person: PersonId, who: Who) -> None:
        """The hold is over."""
        ...

    async def replace(self, person: PersonId) -> int:
        """Owe something in the place of each message of ours to and about them on platforms that can; how many."""
        ...

    async def erase(self, person: PersonId, who: Who) -> Did:
        """Make them nobody. Raises Held, and ConfigError when erasures cannot be written down."""
        ...
