"""A report as a file that somebody keeps: for a program, a spreadsheet, or paper."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import Response

from adapters.web.page import Page
from adapters.web.reporting import paper
from adapters.web.uploads import as_download
from bot import report_formats

if TYPE_CHECKING:
    from adapters.web.reporting.pages import Shown
    from bot.engine.reports.sheets import Cell

FORMATS = ("csv", "xlsx", "pdf")
BOM = "\ufeff"  # by which spreadsheets know that a CSV file is UTF-8


async def as_file(page: Page, shown: Shown, form: str) -> Response:
    """To be saved. Whatever takes longer than a moment is done beside the event loop."""
    period = shown.period
    name = f"{page.site.desk.prefix.lower()}-{shown.report.name}-{period.first}-{period.last}.{form}"
    if form == "pdf":
        try:
            return as_download(name, await paper.printed(page, shown))
        except paper.NotPrinted as fault:
            return page.html("error.html", 503, status=503, sentence=str(fault))
    facts = _facts(page, shown)
    if form == "csv":
        text = await asyncio.to_thread(report_formats.as_csv, shown.sheets, facts)
        return as_download(name, f"{BOM}{text}".encode())
    return as_download(name, await asyncio.to_thread(report_formats.as_workbook, shown.sheets, facts))


def _facts(page: Page, shown: Shown) -> dict[str, Cell]:
    zone = page.site.desk.timezone
    return {
        "report": shown.report.name,
        "desk": page.site.desk.name,
        "from": shown.period.first,
        "to": shown.period.last,
        "timezone": zone,
        "counted_until": shown.counted.astimezone(ZoneInfo(zone)) if shown.counted else None,
    }
