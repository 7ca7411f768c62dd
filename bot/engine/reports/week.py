"""The figures of a week in a few lines, against the week before: what a digest and `report` in chat say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.messages import Facts, Part, Say, Small, Title
from bot.engine.reports.backlog import BACKLOG
from bot.engine.reports.csat import CSAT
from bot.engine.reports.deflection import DEFLECTION
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.response import RESPONSE
from bot.engine.reports.sheets import Cell, shown_span
from bot.engine.reports.volume import VOLUME
from bot.engine.tongue import Tongue

GAPS = 3  # shown


@dataclass(frozen=True, slots=True)
class Week:
    """tickets: opened. solved_by_faq, csat, response_rate: 0..1. first_reply_s: median. backlog: open at its end. None: of nothing."""

    tickets: int = 0
    solved_by_faq: float | None = None
    first_reply_s: int | None = None
    backlog: int = 0
    csat: float | None = None
    response_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Wanting:
    """What was asked and no entry answers: the typical question, without what belongs to one person, and how often in this week."""

    question: str
    times: int


async def read(asking: Asking) -> Week:
    """Of the days asked about."""
    volume, faq, reply, open_, csat = [await _total(report, asking) for report in (VOLUME, DEFLECTION, RESPONSE, BACKLOG, CSAT)]
    return Week(
        _count(volume.get("tickets")), _share(faq.get("deflection")), _count(reply["median_s"]) if reply.get("median_s") is not None else None,
        _count(open_.get("open")), _share(csat.get("csat")), _share(csat.get("response_rate")),
    )  # fmt: skip


async def _total(report: Report, asking: Asking) -> Mapping[str, Cell]:
    """What it says in short; nothing of nothing."""
    sheets = await report.sheets(asking)
    records = next(sheet.records() for sheet in sheets if sheet.key == "total")
    return records[0] if records else {}


def _count(cell: Cell) -> int:
    return round(cell) if isinstance(cell, int | float) else 0


def _share(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None


def parts(t: Tongue, title: str, this: Week, before: Week, wanting: Sequence[Wanting]) -> list[Part]:
    """As people read it: each figure, and in brackets that of the week before."""
    if this == before == Week():
        return [Title(title), Say(t.say("There was nothing in this week, nor in the week before."))]
    rows = (
        (t.say("Tickets opened"), _against(str(this.tickets), str(before.tickets))),
        (t.say("Solved by the FAQ, share"), _against(_percent(this.solved_by_faq), _percent(before.solved_by_faq))),
        (t.say("First answer of a person, median"), _against(_span(this.first_reply_s), _span(before.first_reply_s))),
        (t.say("Open at the end"), _against(str(this.backlog), str(before.backlog))),
        (t.say("Satisfied, share"), _against(_percent(this.csat), _percent(before.csat))),
        (t.say("Response rate"), _against(_percent(this.response_rate), _percent(before.response_rate))),
    )
    gaps: list[Part] = []
    if wanting:
        gaps = [Say(t.say("Asked most and not answered by the FAQ:")), Facts(tuple((f"{gap.times} ×", gap.question) for gap in wanting[:GAPS]))]
    return [Title(title), Facts(rows), *gaps, Small(t.say("In brackets the same days of the week before. What each figure means stands in the reports."))]


def _against(now: str, before: str) -> str:
    return f"{now} ({before})"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %"


def _span(seconds: int | None) -> str:
    return "–" if seconds is None else shown_span(seconds)
