"""The list of reports, and each of them: days to choose, tables with their definitions, files to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.web.page import Missing, Page
from adapters.web.reporting import paper
from adapters.web.reporting.files import FORMATS, as_file
from adapters.web.reporting.period import PRESETS, Period, asked_for, last_days
from adapters.web.site import Site
from bot.engine.reports.bookkeeping import mark_of
from bot.engine.reports.composed import COMPOSED, Composed, seen_by
from bot.engine.reports.finding import report_named
from bot.engine.reports.registry import REPORTS
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Sheet

HOME = "/admin/reports"
ON_PAGE = 200  # lines of a log that a page shows
IN_FILE = 50_000  # and a file holds
LONGEST = 80  # characters of what a log is narrowed to


@dataclass(frozen=True, slots=True)
class Shown:
    """A report as somebody asked for it. counted: until when all that happened is in it; None: it is counted for the first time now.

    only: what its lines are narrowed to, as Asking.only.
    """

    report: Report
    title: str
    period: Period
    by_name: bool
    sheets: Sequence[Sheet]
    counted: datetime | None
    only: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        """What brings it back."""
        named = {"names": "1"} if self.by_name else {}
        return {"from": str(self.period.first), "to": str(self.period.last)} | named | {f"only-{name}": value for name, value in self.only.items()}


def routes(site: Site) -> Sequence[Route]:
    """Their addresses."""
    return [
        site.page(HOME, reports, role="admin"),
        site.page("/admin/matching", matching, role="admin"),
        site.page(f"{HOME}/{{name}}.{{form}}", download, role="admin"),
        site.page(f"{HOME}/{{name}}", report, role="admin"),
    ]


async def reports(page: Page) -> Response:
    """Which there are."""
    page.tell(await page.site.effects.late(page.agent.person))
    own = await seen_by(page.site.reader, page.agent.person)
    return page.html(
        "reports.html", figures=[one for one in REPORTS.values() if not one.listed], logs=[one for one in REPORTS.values() if one.listed], own=own
    )  # fmt: skip


async def matching(page: Page) -> Response:
    """Where it was before."""
    query = page.request.url.query
    return RedirectResponse(f"{HOME}/matching" + (f"?{query}" if query else ""), 301)


async def report(page: Page) -> Response:
    """One, as a page."""
    shown = await made(page, await named(page), ON_PAGE)
    now = today(page)
    presets = [(days, urlencode(shown.query | days_of(last_days(days, now))), shown.period.is_last(days, now)) for days in PRESETS]
    files = [(form, f"{HOME}/{shown.report.name}.{form}?{urlencode(shown.query)}") for form in FORMATS if form != "pdf" or paper.is_installed()]
    own: Composed | None = await COMPOSED.get(page.site.reader, shown.report.name)
    return page.html("report.html", shown=shown, presets=presets, files=files, today=now, has_paper=paper.is_installed(), own=own)


async def download(page: Page) -> Response:
    """One, as a file."""
    form = page.request.path_params["form"]
    if form not in FORMATS or (form == "pdf" and not paper.is_installed()):
        raise Missing
    return await as_file(page, await made(page, await named(page), IN_FILE if form != "pdf" else ON_PAGE), form)


# ------------------------------------------------------------------------------------------------------------------ parts
async def named(page: Page) -> Report:
    """The one that the address names. Raises Missing."""
    found = await report_named(page.site.reader, page.request.path_params["name"], page.agent.person)
    if found is None:
        raise Missing
    return found


async def made(page: Page, wanted: Report, lines: int) -> Shown:
    """The report over the days that the address asks for. lines: of a log, at most."""
    query = page.request.query_params
    period, by_name = asked_for(query, today(page), wanted.days), wanted.named and query.get("names") == "1"
    given = {one.name: " ".join(query.get(f"only-{one.name}", "").replace("\0", "").split())[:LONGEST] for one in wanted.narrows}
    return await over(page, wanted, period, by_name=by_name, lines=lines, only={name: value for name, value in given.items() if value})


async def over(
    page: Page, wanted: Report, period: Period, *, by_name: bool = False, lines: int = ON_PAGE, only: Mapping[str, str] | None = None
) -> Shown:
    """The report over these days, in the reader's language. only: as Asking.only."""
    site, narrowed = page.site, only or {}
    asking = Asking(site.reader, site.desk, period.first, period.last, page.t, site.clock.now(), by_name, lines, narrowed)
    sheets = await wanted.sheets(asking)
    counted = (await mark_of(site.reader, site.desk.timezone)).at if wanted.counted else site.clock.now()
    return Shown(wanted, page.t.say(wanted.title), period, by_name, sheets, counted, narrowed)


def today(page: Page) -> date:
    """At the desk."""
    return page.site.clock.now().astimezone(ZoneInfo(page.site.desk.timezone)).date()


def days_of(period: Period) -> dict[str, str]:
    """As an address says it."""
    return {"from": str(period.first), "to": str(period.last)}
