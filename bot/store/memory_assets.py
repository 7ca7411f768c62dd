"""Assets over dicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.assets import Asset, Audit, Sections
from bot.domain.ids import PersonId
from bot.domain.sought import asset_label
from bot.ports.assets import AssetQuery
from bot.store import codec
from bot.store.assets import CALLED, words
from bot.store.holds import HOLD
from bot.store.searching import words_of

if TYPE_CHECKING:
    from bot.store.shelves import Shelves


class MemoryAssetReading:
    """What can be asked. `shelf`: the dicts, as committed or as this unit has them."""

    @property
    def shelf(self) -> Shelves:
        """Where to look."""
        raise NotImplementedError

    async def assets(self, query: AssetQuery) -> list[Asset]:
        """In the order in which they were first seen."""
        wanted = words_of(query.search)
        every = (one for id_, (one, _) in self.shelf.assets.items() if id_ > query.after and (not query.person or one.person == query.person))
        return [one for one in every if all(word in words(one) for word in wanted)][: query.limit]

    async def asset(self, asset: int) -> Asset | None:
        """The asset, or None."""
        found = self.shelf.assets.get(asset)
        return found[0] if found else None

    async def assets_called(self, words: str) -> list[Asset]:
        """Those that answer to these words."""
        return [one for one, _ in self.shelf.assets.values() if one.answers_to(words)][:CALLED]

    async def asset_tickets(self, begin: datetime, end: datetime) -> dict[int, int]:
        """How many tickets of that time are about each."""
        return dict(Counter(one.asset for one in self.shelf.tickets.values() if one.asset and begin <= one.opened_at < end))

    async def asset_sections(self, asset: int) -> Sections:
        """What its newest inventories said."""
        found = self.shelf.assets.get(asset)
        return found[1] if found else {}

    async def audits(self, asset: int, limit: int = 50) -> list[Audit]:
        """Inventories that said something new, newest first."""
        return [one for one in reversed(self.shelf.audits.values()) if one.asset == asset][:limit]


class MemoryAssets(MemoryAssetReading):
    """Their part of a transaction."""

    async def assets_like(self, asset: Asset) -> Sequence[Asset]:
        """Those with its device, serial number or UUID."""
        every = [one for one, _ in self.shelf.assets.values()]
        return [
            one for one in every
            if one.device == asset.device or (one.serial and one.serial == asset.serial) or (one.uuid and one.uuid == asset.uuid)
        ]  # fmt: skip

    async def add_asset(self, asset: Asset, sections: Sections) -> int:
        """Store one (its id is ignored); gives the id."""
        id_ = next(reversed(self.shelf.assets), 0) + 1
        await self.save_asset(replace(asset, id=id_), sections)
        return id_

    async def save_asset(self, asset: Asset, sections: Sections) -> None:
        """As it is now."""
        self.shelf.assets[asset.id] = (codec.cleaned(asset), {name: tuple(dict(item) for item in items) for name, items in sections.items()})

    async def add_audit(self, audit: Audit) -> int:
        """Store one (its id is ignored); gives the id."""
        id_ = next(reversed(self.shelf.audits), 0) + 1
        self.shelf.audits[id_] = codec.cleaned(replace(audit, id=id_))
        return id_

    async def give_asset(self, asset: int, person: str) -> bool:
        """Say whose it is."""
        found = self.shelf.assets.get(asset)
        if found:
            self.shelf.assets[asset] = (replace(found[0], person=PersonId(person)), found[1])
        return found is not None

    async def erase_assets(self, person: str) -> int:
        """This person's belong to nobody from now on."""
        theirs = [id_ for id_, (one, _) in self.shelf.assets.items() if person and one.person == person]
        for id_ in theirs:
            await self.give_asset(id_, "")
        return len(theirs)

    async def drop_asset(self, asset: int) -> bool:
        """It is known no longer."""
        for number, ticket in self.shelf.tickets.items():
            if ticket.asset == asset:
                self.shelf.tickets[number] = replace(ticket, asset=0)
                self.shelf.labels[number] = tuple(one for one in self.shelf.labels.get(number, ()) if one != asset_label(asset))
        for id_ in [id_ for id_, one in self.shelf.audits.items() if one.asset == asset]:
            del self.shelf.audits[id_]
        return self.shelf.assets.pop(asset, None) is not None

    async def forget_assets(self, before: datetime, limit: int) -> int:
        """Drop those not seen since then."""
        every = (one for one, _ in self.shelf.assets.values())
        old = [one.id for one in every if one.seen_at < before and f"{HOLD}{one.person}" not in self.shelf.notes][:limit]
        for asset in old:
            await self.drop_asset(asset)
        return len(old)
