"""Reports over all departments, for admins of what stands before them: the list, and each of them as a page and as files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.front.offices import Offices
from adapters.web.page import Missing, Page
from adapters.web.reporting import paper
from adapters.web.reporting.files import FORMATS, as_file
from adapters.web.reporting.pages import HOME, IN_FILE, LONGEST, ON_PAGE, Shown, days_of, today
from adapters.web.reporting.period import PRESETS, asked_for, last_days
from adapters.web.site import Site
from bot.engine.reports.over_all import Wanted, naming, over_all
from bot.engine.reports.registry import REPORTS
from bot.engine.reports.report import Report


def routes(site: Site, offices: Offices) -> Sequence[Route]:
    """Their addresses."""

    def with_offices(handler: Callable[[Page, Offices], Awaitable[Response]]) -> Callable[[Page], Awaitable[Response]]:
        async def serve(page: Page) -> Response:
            return await handler(page, offices)

        return serve

    return [
        site.page(HOME, with_offices(reports), role="admin"),
        site.page(f"{HOME}/{{name}}.{{form}}", with_offices(download), role="admin"),
        site.page(f"{HOME}/{{name}}", with_offices(report), role="admin"),
    ]


async def reports(page: Page, offices: Offices) -> Response:
    """Which there are."""
    away = _away(offices, frozenset())
    return page.html("front_reports.html", reports=list(REPORTS.values()), away=away)


async def report(page: Page, offices: Offices) -> Response:
    """One, as a page."""
    shown, away = await _made(page, offices, ON_PAGE)  # who is away is told above the tables
    now = today(page)
    presets = [(days, urlencode(shown.query | days_of(last_days(days, now))), shown.period.is_last(days, now)) for days in PRESETS]
    files = [(form, f"{HOME}/{shown.report.name}.{form}?{urlencode(shown.query)}") for form in FORMATS if form != "pdf" or paper.is_installed()]
    return page.html("front_report.html", shown=shown, presets=presets, files=files, today=now, has_paper=paper.is_installed(), away=away, over_all=True)


async def download(page: Page, offices: Offices) -> Response:
    """One, as a file; who is away is named in it."""
    form = page.request.path_params["form"]
    if form not in FORMATS or (form == "pdf" and not paper.is_installed()):
        raise Missing
    shown, away = await _made(page, offices, IN_FILE if form != "pdf" else ON_PAGE)
    return await as_file(page, replace(shown, sheets=naming(page.t, shown.sheets, away)), form)


async def _made(page: Page, offices: Offices, lines: int) -> tuple[Shown, Sequence[str]]:
    """The report over the days that the address asks for, and the names of the departments that are not in it."""
    wanted, query = _named(page), page.request.query_params
    period, by_name = asked_for(query, today(page), wanted.days), wanted.named and query.get("names") == "1"
    given = {one.name: " ".join(query.get(f"only-{one.name}", "").replace("\0", "").split())[:LONGEST] for one in wanted.narrows}
    only = {name: value for name, value in given.items() if value}
    site = page.site
    merged = await over_all(Wanted(wanted, site.desk, period.first, period.last, page.t, site.clock.now(), by_name, lines, only), offices.offices())
    away = _away(offices, merged.away)
    return Shown(wanted, page.t.say(wanted.title), period, by_name, merged.sheets, merged.counted, only), away


def _named(page: Page) -> Report:
    found = REPORTS.get(page.request.path_params["name"])
    if found is None:
        raise Missing
    return found


def _away(offices: Offices, silent: frozenset[str]) -> Sequence[str]:
    there = {one.key for one in offices.offices()} - silent
    return [door.name for door in offices.doors() if door.key not in there]
