"""Who gets a report regularly, and the page that their link opens."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import submit
from adapters.web.page import Forbidden, Missing, Page
from adapters.web.reporting.pages import named, over
from adapters.web.reporting.period import Period
from adapters.web.site import Site
from bot.engine.reports import weekly
from bot.engine.reports.finding import report_named
from bot.engine.reports.orders import DAYS, ORDERS, VALID, Order
from bot.engine.reports.report_links import ReportLinks

HOME = "/admin/reports"
USUAL = {"cron": "0 9 * * MON", "days": "28", "valid": "7"}


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page(f"{HOME}/{{name}}/send", send, ["GET", "POST"], role="admin"),
        site.page(f"{HOME}/{{name}}/send/{{order}}/delete", delete, ["POST"], role="admin"),
        site.page("/report/{token}", opened, entrance=True),
    ]


async def send(page: Page) -> Response:
    """The orders of a report, and a form for another one."""
    report = await named(page)
    if report.listed:
        raise Missing
    if page.request.method == "POST":
        name = f"order{secrets.token_hex(4)}"
        await submit(page, f"order-save:{name}", {**page.form, "report": report.name})
        if await ORDERS.get(page.site.reader, name) is not None:
            return page.redirect(f"{HOME}/{report.name}/send")
    orders = await _orders_of(page, report.name)
    names = await page.site.reader.people(sorted({person for order in orders.values() for person in order.to}))
    return page.html(
        "report_send.html", 422 if page.request.method == "POST" else 200, title=page.t.say(report.title), name=report.name, orders=orders,
        names={person: known.name or person for person, known in names.items()}, values={**USUAL, "to": ", ".join(_usual(page)), **page.form},
        most_days=DAYS, most_valid=VALID,
    )  # fmt: skip


async def delete(page: Page) -> Response:
    """Nothing more is sent, and what was sent opens nothing."""
    report = await named(page)
    if page.request.path_params["order"] not in await _orders_of(page, report.name):
        raise Missing
    await submit(page, f"order-delete:{page.request.path_params['order']}", {})
    return page.redirect(f"{HOME}/{report.name}/send")


async def opened(page: Page) -> Response:
    """A report for whoever has its link, in their language, as it stands now. Nothing else can be reached from it."""
    link = ReportLinks(page.site.sign_report).read(page.request.path_params["token"], page.site.clock.now())
    order = await ORDERS.get(page.site.reader, link.order) if link else None
    report = await report_named(page.site.reader, link.report, order.owner) if link and order and order.report == link.report else None
    if link is None or report is None:
        raise Forbidden(page.t.say("This link opens nothing any more. Ask an admin of the desk for a newer one."))
    shown = await over(page, report, Period(link.first, link.last))
    response = page.html("report_opened.html", shown=shown, until=link.until)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


async def _orders_of(page: Page, report: str) -> dict[str, Order]:
    return {name: order for name, order in (await ORDERS.all(page.site.reader)).items() if order.report == report}


def _usual(page: Page) -> list[str]:
    """Whom the desk names as admin or lead, where it can write to them."""
    return [person for person in weekly.readers(page.site.desk) if not person.startswith("web:")]
