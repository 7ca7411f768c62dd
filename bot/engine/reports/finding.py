"""A report by its name: one that every desk has, or one that an admin composed."""

from __future__ import annotations

from bot.engine.kept import Noted
from bot.engine.reports.composed import COMPOSED, NAME, as_report
from bot.engine.reports.registry import REPORTS
from bot.engine.reports.report import Report


async def report_named(notes: Noted, name: str, person: str) -> Report | None:
    """None for one that there is not, or that is somebody else's own."""
    if not NAME.fullmatch(name):
        return REPORTS.get(name)
    composed = await COMPOSED.get(notes, name)
    return as_report(name, composed) if composed is not None and composed.is_seen_by(person) else None
