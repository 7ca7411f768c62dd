"""Admins compose a report: figures, groups, filters, days."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import submit
from adapters.web.page import Missing, Page
from adapters.web.site import Site
from bot.engine import replies
from bot.engine.reports import composing
from bot.engine.reports.composed import COMPOSED, DAYS_OF, FILTERS, GROUPS, TITLE, Composed
from bot.engine.reports.fields import DAY, WEEK, fields_of
from bot.engine.reports.measures import MEASURES
from bot.errors import MoveRefused

HOME = "/admin/reports"
EMPTY = {"figures": "count", "by-1": DAY, "days": "28", "day": "opened_day"}
SPARE = 2  # empty filters that a form shows


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page(f"{HOME}/new", new, ["GET", "POST"], role="admin"),
        site.page(f"{HOME}/{{name}}/edit", edit, ["GET", "POST"], role="admin"),
        site.page(f"{HOME}/{{name}}/delete", delete, ["POST"], role="admin"),
    ]


async def new(page: Page) -> Response:
    """One that nobody has composed yet."""
    if page.request.method != "POST":
        return _form(page, EMPTY)
    return await _kept(page, f"own{secrets.token_hex(4)}")


async def edit(page: Page) -> Response:
    """As it is, to be changed."""
    name, found = await _own(page)
    return await _kept(page, name) if page.request.method == "POST" else _form(page, _values(found))


async def delete(page: Page) -> Response:
    """For good."""
    name, _ = await _own(page)
    await submit(page, f"report-delete:{name}", {})
    return page.redirect(HOME)


async def _own(page: Page) -> tuple[str, Composed]:
    name = page.request.path_params["name"]
    found = await COMPOSED.get(page.site.reader, name)
    if found is None or not found.is_seen_by(page.agent.person):
        raise Missing
    return name, found


async def _kept(page: Page, name: str) -> Response:
    """What was sent is kept; what cannot be is shown again with the reason."""
    values = {**page.form, "figures": page.form.get("field-figures", "")}
    try:
        composing.read(page.site.desk, page.t, values)
    except MoveRefused as refused:
        page.say(("warning", replies.refusal(page.t, refused, "")[0].text))
        return _form(page, values, 422)
    await submit(page, f"report-save:{name}", values)
    return page.redirect(f"{HOME}/{name}" if await COMPOSED.get(page.site.reader, name) else HOME)


def _values(found: Composed) -> dict[str, str]:
    """What the form holds."""
    return {
        "title": found.title,
        "figures": "\n".join(found.figures),
        "day": found.day,
        "days": str(found.days),
        "shared": "1" if found.shared else "",
        **{f"by-{n}": one for n, one in enumerate(found.by, 1)},
        **{f"filter-{n}": one for n, (one, _) in enumerate(found.filters, 1)},
        **{f"is-{n}": ", ".join(values) for n, (_, values) in enumerate(found.filters, 1)},
    }


def _form(page: Page, values: Mapping[str, str], status: int = 200) -> Response:
    t, known = page.t, fields_of(page.site.desk, page.t)
    used = max((n for n in range(1, FILTERS + 1) if values.get(f"filter-{n}")), default=0)
    return page.html(
        "report_edit.html", status, values=defaultdict(str, values), chosen=values.get("figures", "").split(),
        figures=[(name, t.say(one.label)) for name, one in MEASURES.items()],
        fields=known, groups=[("", "–"), (DAY, t.say("Day")), (WEEK, t.say("Week")), *((name, one.label) for name, one in known.items())],
        by=range(1, GROUPS + 1), filters=range(1, min(used + SPARE, FILTERS) + 1), days_of=[(name, t.say(label)) for name, label in DAYS_OF.items()],
        longest=TITLE, most=composing.LONGEST,
    )  # fmt: skip
