"""How a desk stands as a whole, for operators: what waits, for how long, and which processes are there. Two questions, however many processes ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, func, literal_column, select

from bot.store import inbox, outbox
from bot.store.session import Session, Statement
from bot.store.tables import holders, leases
from bot.store.tables import inbox as inbox_table
from bot.store.tables import outbox as outbox_table

i, o, h = inbox_table.c, outbox_table.c, holders.c
_NOW = bindparam("now", type_=i.due.type)
_IS_TIMER, _PROCESS, _ROLE = i.kind == literal_column("'timer'"), "process:", "role:"


def _count(*where: ColumnElement[bool]) -> Any:
    return select(func.count()).where(*where).scalar_subquery()


def _oldest(due: Column[Any], *where: ColumnElement[bool]) -> Any:
    """Of what is due alone, so that timers for the days to come are not looked through."""
    return select(due).where(due <= _NOW, *where).order_by(due).limit(1).scalar_subquery()


_LIVING = select(h.name).where(h.name == literal_column("'process:'").concat(leases.c.owner), h.until > _NOW).exists()
_WAITS = Statement(
    select(
        _count(inbox.IS_WAITING),
        _count(inbox.IS_WAITING, _IS_TIMER),
        _count(i.state == literal_column("'parked'")),
        _count(outbox.IS_WAITING),
        _count(o.state == literal_column("'failed'")),
        _oldest(i.due, inbox.IS_WAITING, ~_IS_TIMER),
        _oldest(i.due, inbox.IS_WAITING, _IS_TIMER),
        _oldest(o.due, outbox.IS_WAITING),
        select(func.count()).select_from(leases).where(~_LIVING).scalar_subquery(),
    )
)
_HOLDERS = Statement(select(h.name, h.owner).where(h.until > _NOW))


@dataclass(frozen=True, slots=True)
class Standing:
    """At one moment. waits: rows by the name of their queue; ages: how long the oldest that is due waits, by the same names; orphaned: lanes whose
    sender is dead and that nobody has taken over yet; processes: owners that are alive; roles: by name, the owners that have it, one for each seat."""

    waits: dict[str, int]
    ages: dict[str, timedelta]
    orphaned: int
    processes: frozenset[str]
    roles: dict[str, list[str]]


async def standing(session: Session, now: datetime) -> Standing:
    """Raises StoreError."""
    [row] = await session.all(_WAITS, now=now)
    waiting, timers, parked, unsent, failed, *dues, orphaned = row
    names = ("inbox", "timers", "outbox")
    waits = {"inbox_waiting": waiting - timers, "inbox_parked": parked, "outbox_waiting": unsent, "outbox_failed": failed, "timers": timers}
    ages = {name: now - due if due else timedelta(0) for name, due in zip(names, dues, strict=True)}
    held = await session.all(_HOLDERS, now=now)
    processes = frozenset(owner for name, owner in held if name.startswith(_PROCESS))
    return Standing(waits, ages, orphaned, processes, _by_role(held))


def _by_role(held: Sequence[tuple[Any, ...]]) -> dict[str, list[str]]:
    """A role's second seat is a row of its own: "role:slack:2"."""
    roles: dict[str, list[str]] = {}
    for name, owner in sorted(held):
        if name.startswith(_ROLE):
            roles.setdefault(name.removeprefix(_ROLE).partition(":")[0], []).append(owner)
    return roles
