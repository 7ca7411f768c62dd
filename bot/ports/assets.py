"""What the core asks of its memory about assets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.assets import Asset, Audit, Sections


@dataclass(frozen=True, slots=True)
class AssetQuery:
    """Which assets. Empty fields do not narrow. search: each of its words is in the name, serial number, model, system or tag. person: whose they are.

    after: the id behind which the page begins, 0 for the first.
    """

    search: str = ""
    person: str = ""
    after: int = 0
    limit: int = 50


class AssetReader(Protocol):
    """Questions that pages ask, and transactions."""

    async def assets(self, query: AssetQuery) -> list[Asset]:
        """In the order in which they were first seen."""
        ...

    async def asset(self, asset: int) -> Asset | None:
        """The asset, or None."""
        ...

    async def assets_called(self, words: str) -> list[Asset]:
        """Those that answer to these words (Asset.answers_to), at most 20, in the order in which they were first seen."""
        ...

    async def asset_tickets(self, begin: datetime, end: datetime) -> dict[int, int]:
        """How many tickets opened from then until before then are about each; those that are about none are not told."""
        ...

    async def asset_sections(self, asset: int) -> Sections:
        """What its newest inventories said; nothing of one that is not there."""
        ...

    async def audits(self, asset: int, limit: int = 50) -> list[Audit]:
        """Inventories that said something new, newest first."""
        ...


class AssetWriter(AssetReader, Protocol):
    """What a transaction does with them."""

    async def assets_like(self, asset: Asset) -> Sequence[Asset]:
        """Those with its device, serial number or UUID."""
        ...

    async def add_asset(self, asset: Asset, sections: Sections) -> int:
        """Store one (its id is ignored); gives the id."""
        ...

    async def save_asset(self, asset: Asset, sections: Sections) -> None:
        """As it is now."""
        ...

    async def add_audit(self, audit: Audit) -> int:
        """Store one (its id is ignored); gives the id."""
        ...

    async def give_asset(self, asset: int, person: str) -> bool:
        """Say whose it is; "": nobody's. False when there is none."""
        ...

    async def erase_assets(self, person: str) -> int:
        """This person's belong to nobody from now on; how many they were."""
        ...

    async def drop_asset(self, asset: int) -> bool:
        """It is known no longer, nor what changed in it; tickets are about none from now on. False when there is none."""
        ...

    async def forget_assets(self, before: datetime, limit: int) -> int:
        """Drop at most so many that were not seen since then; how many went. Those of somebody of whom nothing may go stay."""
        ...
