"""Figures of tickets that a composed report can show: what each must be counted by, and what it makes of that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.engine.reports.counts import Counts, Kind
from bot.engine.reports.deflection import ENDS
from bot.engine.reports.sheets import Cell
from bot.engine.reports.sheets import Kind as Shown
from bot.engine.reports.tables import share
from bot.engine.tongue import N_
from bot.ports.counting import By, Counting, Row, Where

Cells = dict[Row, Cell]
SATISFIED = (4, 5)
ASKED = Where("self_service", among=ENDS)
SOLVED = Where("solved_day", given=True)
RATED = Where("rating", given=True)
PEOPLE = Where("tiers", least=1)


@dataclass(frozen=True, slots=True)
class Measure:
    """label: marked for the catalogues. kind: as Column's. reads: the figure of each group, by the fields of the groups; () for all together.

    also, where, sums: what is counted beside the groups, of which tickets, and what is added up. Measures alike in these cost one question together.
    """

    label: str
    kind: Shown
    reads: Callable[[Counts, Sequence[str]], Cells]
    also: tuple[By, ...] = ()
    where: tuple[Where, ...] = ()
    sums: tuple[str, ...] = ()

    def asks(self, where: Sequence[Where], by: Sequence[By]) -> Counting:
        """The question for it, of these tickets, by these groups."""
        return Counting("tickets", (*by, *self.also), (*where, *self.where), self.sums)


def _count(counts: Counts, fields: Sequence[str]) -> Cells:
    return {kind: count for kind, (count, *_) in counts.by(*fields).items()}


def _of_all(counts: Counts, fields: Sequence[str]) -> Cells:
    whole = counts.number()
    return {kind: share(count, whole) for kind, (count, *_) in counts.by(*fields).items()}


def _part(label: str, which: Callable[[Kind], bool], by: str, *where: Where) -> Measure:
    """The share for which it holds."""

    def reads(counts: Counts, fields: Sequence[str]) -> Cells:
        part = counts.by(*fields, which=which)
        return {kind: share(part.get(kind, (0,))[0], count) for kind, (count, *_) in counts.by(*fields).items()}

    return Measure(label, "share", reads, (By(by),), where)


def _middle(label: str, field: str, *, p90: bool = False) -> Measure:
    def reads(counts: Counts, fields: Sequence[str]) -> Cells:
        return {kind: found.p90 if p90 else found.median for kind, found in counts.spreads(field, *fields).items()}

    return Measure(label, "span", reads, (By(field, "span"),), (Where(field, given=True),))


def _mean(label: str, kind: Shown, field: str, *where: Where) -> Measure:
    def reads(counts: Counts, fields: Sequence[str]) -> Cells:
        return {group: total / count if count else None for group, (count, total) in counts.by(*fields).items()}

    return Measure(label, kind, reads, (), where, (field,))


MEASURES: dict[str, Measure] = {
    "count": Measure(N_("Tickets"), "count", _count),
    "share": Measure(N_("Share of all"), "share", _of_all),
    "reply_median": _middle(N_("First answer of a person, median"), "reply_s"),
    "reply_p90": _middle(N_("First answer of a person, 90th percentile"), "reply_s", p90=True),
    "reply_work_median": _middle(N_("First answer of a person, median in working time"), "reply_work_s"),
    "solved_median": _middle(N_("Time until solved, median"), "solved_s"),
    "solved_p90": _middle(N_("Time until solved, 90th percentile"), "solved_s", p90=True),
    "solved_work_median": _middle(N_("Time until solved, median in working time"), "solved_work_s"),
    "waiting_mean": _mean(N_("Waiting for the requester, on average"), "span", "waiting_s", SOLVED),
    "solved_share": _part(N_("Solved, share"), lambda kind: kind["solved_tier"] is not None, "solved_tier"),
    "faq_share": _part(N_("Solved by the FAQ, share"), lambda kind: kind["self_service"] == "confirmed", "self_service", ASKED),
    "reopened_share": _part(N_("Reopened, share of those solved"), lambda kind: bool(kind["reopened"]), "reopened", SOLVED),
    "escalated_share": _part(N_("Escalated, share of those that reached a person"), lambda kind: bool(kind["escalations"]), "escalations", PEOPLE),
    "csat": _part(N_("Satisfied, share of those rated"), lambda kind: kind["rating"] in SATISFIED, "rating", RATED),
    "response_rate": _part(N_("Rated, share of those solved by people"), lambda kind: kind["rating"] is not None, "rating", SOLVED, PEOPLE),
    "rating_mean": _mean(N_("Mean rating"), "score", "rating", RATED),
    "replies_mean": _mean(N_("Answers of people, on average"), "score", "replies", PEOPLE),
}
