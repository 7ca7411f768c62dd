"""Reports by name, as `firstline report NAME --format json` gives them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from adapters.api.guard import addresses, needs
from adapters.api.problems import not_found, unsound
from adapters.api.shapes import ReportNames, ReportOut
from adapters.api.site import api_of
from bot.engine.reports.registry import REPORTS
from bot.engine.reports.report import Asking
from bot.engine.tongue import tongue

DAYS = 28  # when no first day is given: four whole weeks
LONGEST = 3660  # days of one report
FIRST = date(2000, 1, 1)
LAST = date(2999, 12, 31)
router = addresses("reports", "/v1/reports")


class Days(BaseModel):
    """From which day to which, both included, in the desk's time zone."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    since: date | None = Field(default=None, alias="from", ge=FIRST, le=LAST, description="without it four weeks before the last")
    until: date | None = Field(default=None, alias="to", ge=FIRST, le=LAST, description="without it today")


@router.get("")
@needs("reports:read")
async def names(request: Request) -> ReportNames:
    """The reports there are."""
    return ReportNames(reports=[ReportOut(name=one.name, about=tongue("en").say(one.about)) for one in REPORTS.values()])


@router.get("/{name}")
@needs("reports:read")
async def report(request: Request, name: Annotated[str, Path(max_length=60)], days: Annotated[Days, Query()]) -> dict[str, object]:
    """One report: each table under its key. Shares are 0..1; names are only ever added to."""
    api, wanted = api_of(request), REPORTS.get(name)
    if wanted is None:
        raise not_found("report")
    now = api.clock.now()
    last = days.until or now.astimezone(ZoneInfo(api.desk.timezone)).date()
    first = days.since or last - timedelta(days=DAYS - 1)
    if first > last:
        raise unsound("from: It is after to.", ("from", "It is after to."))
    if (last - first).days > LONGEST:
        raise unsound(f"from: A report covers at most {LONGEST} days.", ("from", f"A report covers at most {LONGEST} days."))
    sheets = await wanted.sheets(Asking(api.store, api.desk, first, last, tongue("en"), now))
    return {"report": name, "desk": api.desk.name, "from": first, "to": last} | {
        sheet.key: sheet.records()[0] if sheet.upright and sheet.rows else sheet.records() for sheet in sheets
    }
