"""The curators' reports: how the matching does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.page import Page
from adapters.web.site import Site
from bot.engine import matching_report, matching_sheets, standing

DAYS = 28  # without a choice: four whole weeks
LONGEST = 366  # days of one page


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [site.page("/admin/matching", matching, role="admin")]


async def matching(page: Page) -> Response:
    """What was answered alone, suggested and handed over, and whether it was right."""
    site = page.site
    today = site.clock.now().astimezone(ZoneInfo(site.desk.timezone)).date()
    until = min(_day(page, "to") or today, today)
    since = max(min(_day(page, "from") or until - timedelta(days=DAYS - 1), until), until - timedelta(days=LONGEST))
    found = await matching_report.read(site.reader, since, until, site.desk.timezone, page.language)
    stands, alarmed = await standing.read(site.reader, site.desk.wrong_at_most, site.clock.now())
    return page.html("matching.html", sheets=matching_sheets.sheets(found, stands, alarmed, page.t), since=since, until=until)


def _day(page: Page, name: str) -> date | None:
    """The day asked for; None when it is none that a calendar has, or too long ago for our arithmetic."""
    try:
        day = date.fromisoformat(page.request.query_params.get(name, "")[:10])
    except ValueError:
        return None
    return day if day.year >= 2000 else None
