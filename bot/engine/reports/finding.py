"""A report by its name."""

from __future__ import annotations

from bot.engine.kept import Noted
from bot.engine.reports.registry import REPORTS
from bot.engine.reports.report import Report


async def report_named(notes: Noted, name: str, person: str) -> Report | None:
    """One of those that every desk has."""
    return REPORTS.get(name)
