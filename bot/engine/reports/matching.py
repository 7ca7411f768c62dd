"""How the matching does."""

from __future__ import annotations

from collections.abc import Sequence

from bot.engine.faq import standing
from bot.engine.reports import matching_report, matching_sheets
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Sheet
from bot.engine.tongue import N_


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    found = await matching_report.read(asking.reader, asking.first, asking.last, asking.desk.timezone, asking.t.language)
    stands, alarmed = await standing.read(asking.reader, asking.desk.wrong_at_most, asking.now)
    return matching_sheets.sheets(found, stands, alarmed, asking.t)


MATCHING = Report("matching", N_("Matching"), N_("what was answered alone, suggested and handed over, and whether it was right"), _sheets, counted=False)
