"""Figures of tickets that a composed report can show: each for any grouping, summed by the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.engine.reports.deflection import ENDS
from bot.engine.reports.spread import spreads
from bot.engine.reports.tables import share
from bot.engine.sheets import Cell, Kind
from bot.engine.tongue import N_
from bot.ports import Reader
from bot.ports.counting import By, Counting, Row, Where

Cells = dict[Row, Cell]
Measured = Callable[[Reader, Sequence[Where], Sequence[By]], Awaitable[Cells]]
SATISFIED = (4, 5)


@dataclass(frozen=True, slots=True)
class Measure:
    """label: marked for the catalogues. kind: as Column's. of: by group; without groups under ()."""

    label: str
    kind: Kind
    of: Measured


async def _counts(reader: Reader, where: Sequence[Where], by: Sequence[By]) -> dict[Row, int]:
    return {tuple(kind): count for *kind, count in await reader.counted(Counting("tickets", tuple(by), tuple(where)))}


async def _count(reader: Reader, where: Sequence[Where], by: Sequence[By]) -> Cells:
    return dict(await _counts(reader, where, by))


async def _of_all(reader: Reader, where: Sequence[Where], by: Sequence[By]) -> Cells:
    found = await _counts(reader, where, by)
    whole = sum(found.values())
    return {kind: share(count, whole) for kind, count in found.items()}


def _part(of: Sequence[Where], those: Sequence[Where]) -> Measured:
    """Of the tickets for which `of` holds, the share for which `those` hold, too."""

    async def measured(reader: Reader, where: Sequence[Where], by: Sequence[By]) -> Cells:
        whole = await _counts(reader, (*where, *of), by)
        part = await _counts(reader, (*where, *of, *those), by)
        return {kind: share(part.get(kind, 0), count) for kind, count in whole.items()}

    return measured


def _middle(field: str, *, p90: bool = False) -> Measured:
    async def measured(reader: Reader, where: Sequence[Where], by: Sequence[By]) -> Cells:
        return {kind: found.p90 if p90 else found.median for kind, found in (await spreads(reader, field, where, by)).items()}

    return measured


def _mean(field: str, *of: Where) -> Measured:
    async def measured(reader: Reader, where: Sequence[Where], by: Sequence[By]) -> Cells:
        rows = await reader.counted(Counting("tickets", tuple(by), (*where, *of), (field,)))
        return {tuple(kind): total / count if count else None for *kind, count, total in rows}

    return measured


ASKED = Where("self_service", among=ENDS)
SOLVED = Where("solved_day", given=True)
RATED = Where("rating", given=True)
PEOPLE = Where("tiers", least=1)
MEASURES: dict[str, Measure] = {
    "count": Measure(N_("Tickets"), "count", _count),
    "share": Measure(N_("Share of all"), "share", _of_all),
    "reply_median": Measure(N_("First answer of a person, median"), "span", _middle("reply_s")),
    "reply_p90": Measure(N_("First answer of a person, 90th percentile"), "span", _middle("reply_s", p90=True)),
    "reply_work_median": Measure(N_("First answer of a person, median in working time"), "span", _middle("reply_work_s")),
    "solved_median": Measure(N_("Time until solved, median"), "span", _middle("solved_s")),
    "solved_p90": Measure(N_("Time until solved, 90th percentile"), "span", _middle("solved_s", p90=True)),
    "solved_work_median": Measure(N_("Time until solved, median in working time"), "span", _middle("solved_work_s")),
    "waiting_mean": Measure(N_("Waiting for the requester, on average"), "span", _mean("waiting_s", SOLVED)),
    "solved_share": Measure(N_("Solved, share"), "share", _part((), (SOLVED,))),
    "faq_share": Measure(N_("Solved by the FAQ, share"), "share", _part((ASKED,), (Where("self_service", among=("confirmed",)),))),
    "reopened_share": Measure(N_("Reopened, share of those solved"), "share", _part((SOLVED,), (Where("reopened", least=1),))),
    "escalated_share": Measure(N_("Escalated, share of those that reached a person"), "share", _part((PEOPLE,), (Where("escalations", least=1),))),
    "csat": Measure(N_("Satisfied, share of those rated"), "share", _part((RATED,), (Where("rating", among=SATISFIED),))),
    "response_rate": Measure(N_("Rated, share of those solved by people"), "share", _part((SOLVED, PEOPLE), (RATED,))),
    "rating_mean": Measure(N_("Mean rating"), "score", _mean("rating", RATED)),
    "replies_mean": Measure(N_("Answers of people, on average"), "score", _mean("replies", PEOPLE)),
}
