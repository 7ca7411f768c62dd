"""How long people wait: read from an index of its own each, so that it costs the same at a hundred and at a million tickets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, bindparam, desc, func, literal_column, select, union_all

from bot.ports.waiting import MOST_AHEAD, MOST_ANSWERS, Span
from bot.store.session import Row, Rows, Statement
from bot.store.tables import tickets

t = tickets.c
SPANS = 12  # of one question; as many as engine and domain ever ask about


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


_WAITING = (
    select(literal_column("1").label("one"))
    .where(
        _is(t.tier, "tier"),
        t.status == literal_column("'open'"),
        t.claimed == literal_column("0"),
        t.tier_since < bindparam("since", type_=t.tier_since.type),
    )
    .order_by(t.tier_since)
    .limit(bindparam("limit"))
    .subquery("waiting")
)
_AHEAD = Statement(select(func.count()).select_from(_WAITING))


def _answered(n: int) -> Any:
    newest = (
        select(t.opened_at, t.human_at, t.tier_since)
        .where(
            _is(t.tier, "tier"),
            t.human_at.is_not(None),
            t.opened_at >= bindparam(f"begin_{n}", type_=t.opened_at.type),
            t.opened_at < bindparam(f"end_{n}", type_=t.opened_at.type),
        )
        .order_by(desc(t.opened_at))
        .limit(bindparam("limit"))
        .subquery("waiting")
    )
    return select(newest.c.opened_at, newest.c.human_at, newest.c.tier_since)


_ANSWERED = Statement(union_all(*[_answered(n) for n in range(SPANS)]))
"""All spans in one question: on a server each would cost a way there and back."""


class WaitReading(Rows):
    """What can be asked about waiting, by pages and inside a transaction."""

    async def ahead(self, tier: int, since: datetime, limit: int = MOST_AHEAD) -> int:
        """How many of a tier's queue came before that moment; counted up to `limit`."""
        row = await self._session.first(_AHEAD, tier=tier, since=since, limit=limit)
        return int(row[0]) if row else 0

    async def first_answers(self, tier: int, spans: Sequence[Span], limit: int = MOST_ANSWERS) -> list[timedelta]:
        """From opened to a person's first words, of a tier's tickets opened in any of the spans."""
        rows: list[Row] = []
        for n in range(0, len(spans), SPANS):
            some = [spans[n + k] if n + k < len(spans) else (spans[n][0], spans[n][0]) for k in range(SPANS)]
            bounds = {f"begin_{k}": begin for k, (begin, _) in enumerate(some)} | {f"end_{k}": end for k, (_, end) in enumerate(some)}
            rows += await self._session.all(_ANSWERED, tier=tier, limit=limit, **bounds)
        return [human_at - opened_at for opened_at, human_at, tier_since in rows if tier_since <= human_at]
