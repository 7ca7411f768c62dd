"""Assets, what their newest inventories said, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, and_, bindparam, delete, desc, func, literal_column, or_, select, update

from bot.domain.assets import Asset, Audit, Sections
from bot.domain.sought import asset_label
from bot.ports.assets import AssetQuery
from bot.store.column_types import Prose
from bot.store.holds import is_held
from bot.store.searching import SEARCHED_WORDS, like, words_of
from bot.store.session import Rows, Session, Statement, inserting
from bot.store.tables import asset_changes, assets, labels, tickets

a, h = assets.c, asset_changes.c
ASSET = tuple(a[field.name] for field in fields(Asset))
AUDIT = tuple(h[field.name] for field in fields(Audit))
_KEPT = tuple(field.name for field in fields(Asset) if field.name != "id")


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


_ONE = Statement(select(*ASSET).where(_is(a.id, "of")))
_SECTIONS = Statement(select(a.sections).where(_is(a.id, "of")))
_LIKE = Statement(
    select(*ASSET).where(
        or_(
            _is(a.device, "device"),
            (a.serial != literal_column("''")) & _is(a.serial, "serial"),
            (a.uuid != literal_column("''")) & _is(a.uuid, "uuid"),
        )
    )
)
_FOUND = [a.words.like(bindparam(f"word{n}", type_=Prose), escape="\\") for n in range(SEARCHED_WORDS)]
_AFTER = a.id > bindparam("after", type_=a.id.type)
_PAGE = Statement(select(*ASSET).where(_AFTER, *_FOUND).order_by(a.id).limit(bindparam("limit")))
_PAGE_OF = Statement(select(*ASSET).where(_AFTER, _is(a.person, "person"), *_FOUND).order_by(a.id).limit(bindparam("limit")))
_AUDITS = Statement(select(*AUDIT).where(_is(h.asset, "of")).order_by(desc(h.id)).limit(bindparam("limit")))
_ADD = Statement(inserting(assets))
_SAVE = Statement(update(assets).where(_is(a.id, "of")).values({name: bindparam(name, type_=a[name].type) for name in (*_KEPT, "sections", "words")}))
_GIVE = Statement(update(assets).where(_is(a.id, "of")).values(person=bindparam("whose", type_=a.person.type)))
_ERASE = Statement(update(assets).where(_is(a.person, "of")).values(person=literal_column("''")))
_ADD_AUDIT = Statement(inserting(asset_changes))
CALLED, CANDIDATES = 20, 500
_WHOLE = [a.words.like(bindparam(name, type_=Prose), escape="\\") for name in ("whole", "begins", "within", "ends")]
_CALLED = Statement(select(*ASSET).where(or_(_is(a.id, "sign"), _is(a.device, "device"), *_WHOLE)).order_by(a.id).limit(literal_column(str(CANDIDATES))))
_ABOUT = and_(labels.c.label >= literal_column("'asset:'"), labels.c.label < literal_column("'asset;'"))
_TICKETS = Statement(
    select(tickets.c.asset, func.count())
    .join_from(labels, tickets, labels.c.ticket == tickets.c.id)
    .where(
        _ABOUT,
        tickets.c.opened_at >= bindparam("begin", type_=tickets.c.opened_at.type),
        tickets.c.opened_at < bindparam("end", type_=tickets.c.opened_at.type),
    )
    .group_by(tickets.c.asset)
)
_OLD = Statement(select(a.id).where(a.seen_at < bindparam("before", type_=a.seen_at.type), ~is_held(a.person)).order_by(a.id).limit(bindparam("limit")))
_MANY_OLD = Statement(select(func.count()).select_from(assets).where(a.seen_at < bindparam("before", type_=a.seen_at.type), ~is_held(a.person)))
_OF_IT = Statement(select(labels.c.ticket).where(_is(labels.c.label, "label")))
_ABOUT_NONE = Statement(update(tickets).where(_is(tickets.c.id, "of_ticket"), _is(tickets.c.asset, "of")).values(asset=literal_column("0")))
_UNLABEL = Statement(delete(labels).where(_is(labels.c.label, "label")))
_DROP_AUDITS = Statement(delete(asset_changes).where(_is(h.asset, "of")))
_DROP = Statement(delete(assets).where(_is(a.id, "of")))


async def old(session: Session, before: datetime) -> int:
    """How many were not seen since then and may go."""
    row = await session.first(_MANY_OLD, before=before)
    return int(row[0]) if row else 0


def words(asset: Asset) -> str:
    """What it is found by."""
    return " ".join((asset.name, asset.serial, asset.model, asset.system, asset.tag)).casefold()


class AssetReading(Rows):
    """What can be asked."""

    async def assets(self, query: AssetQuery) -> list[Asset]:
        """In the order in which they were first seen."""
        wanted = words_of(query.search)
        values: dict[str, Any] = {f"word{n}": like(wanted[n]) if n < len(wanted) else "%" for n in range(SEARCHED_WORDS)}
        whose = {"person": query.person} if query.person else {}
        rows = await self._session.all(_PAGE_OF if query.person else _PAGE, after=query.after, limit=query.limit, **values, **whose)
        return [Asset(*row) for row in rows]

    async def asset(self, asset: int) -> Asset | None:
        """The asset, or None."""
        row = await self._session.first(_ONE, of=asset)
        return Asset(*row) if row else None

    async def assets_called(self, words: str) -> list[Asset]:
        """Those that answer to these words."""
        typed = words.strip()[:255]
        if not typed:
            return []
        digits = typed.removeprefix("#")
        sign = int(digits) if typed.startswith("#") and digits.isascii() and digits.isdigit() and len(digits) < 16 else 0
        word = like(typed.casefold())[1:-1]
        rows = await self._session.all(_CALLED, sign=sign, device=typed, whole=word, begins=f"{word} %", within=f"% {word} %", ends=f"% {word}")
        return [one for one in (Asset(*row) for row in rows) if one.answers_to(typed)][:CALLED]

    async def asset_tickets(self, begin: datetime, end: datetime) -> dict[int, int]:
        """How many tickets of that time are about each."""
        return {asset: count for asset, count in await self._session.all(_TICKETS, begin=begin, end=end) if asset}

    async def asset_sections(self, asset: int) -> Sections:
        """What its newest inventories said."""
        row = await self._session.first(_SECTIONS, of=asset)
        return row[0] if row else {}

    async def audits(self, asset: int, limit: int = 50) -> list[Audit]:
        """Inventories that said something new, newest first."""
        return [Audit(*row) for row in await self._session.all(_AUDITS, of=asset, limit=limit)]


class AssetRows(AssetReading):
    """Their part of a transaction."""

    async def assets_like(self, asset: Asset) -> Sequence[Asset]:
        """Those with its device, serial number or UUID."""
        return [Asset(*row) for row in await self._session.all(_LIKE, device=asset.device, serial=asset.serial, uuid=asset.uuid)]

    async def add_asset(self, asset: Asset, sections: Sections) -> int:
        """Store one (its id is ignored); gives the id."""
        return await self._session.add(_ADD, **_values(asset, sections))

    async def save_asset(self, asset: Asset, sections: Sections) -> None:
        """As it is now."""
        await self._session.do(_SAVE, of=asset.id, **_values(asset, sections))

    async def add_audit(self, audit: Audit) -> int:
        """Store one (its id is ignored); gives the id."""
        return await self._session.add(_ADD_AUDIT, asset=audit.asset, at=audit.at, agent=audit.agent, changes=audit.changes)

    async def give_asset(self, asset: int, person: str) -> bool:
        """Say whose it is."""
        return await self.asset(asset) is not None and (await self._session.do(_GIVE, of=asset, whose=person)) >= 0

    async def erase_assets(self, person: str) -> int:
        """This person's belong to nobody from now on."""
        return await self._session.do(_ERASE, of=person) if person else 0

    async def drop_asset(self, asset: int) -> bool:
        """It is known no longer. Ids may be given again: nothing is left that names it."""
        label = asset_label(asset)
        for (ticket,) in await self._session.all(_OF_IT, label=label):
            await self._session.do(_ABOUT_NONE, of_ticket=ticket, of=asset)
        await self._session.do(_UNLABEL, label=label)
        await self._session.do(_DROP_AUDITS, of=asset)
        return await self._session.do(_DROP, of=asset) > 0

    async def forget_assets(self, before: datetime, limit: int) -> int:
        """Drop those not seen since then."""
        old = await self._session.all(_OLD, before=before, limit=limit)
        for (asset,) in old:
            await self.drop_asset(asset)
        return len(old)


def _values(asset: Asset, sections: Sections) -> dict[str, Any]:
    return {**{name: getattr(asset, name) for name in _KEPT}, "sections": dict(sections), "words": words(asset)}
