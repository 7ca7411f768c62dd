"""Who did what, when and on which channel: for leads and admins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.names import names_of, shown_name
from adapters.web.page import Forbidden, Page
from adapters.web.site import Site
from adapters.web.words import happened
from bot.ports import AuditQuery

PAGE = 50  # events on a page
HOME = "/admin/audit"


def routes(site: Site) -> Sequence[Route]:
    """Its address."""
    return [site.page(HOME, audit, role="agent")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, as it was typed. by: an id. since, until: days of the desk's time zone, the last one included."""

    by: str
    act: str
    ticket: str
    since: str
    until: str

    def address(self, **changed: str) -> str:
        """The address that asks for this, changed so."""
        fields = {"by": self.by, "act": self.act, "ticket": self.ticket, "since": self.since, "until": self.until} | changed
        given = {name: value for name, value in fields.items() if value}
        return f"{HOME}?{urlencode(given)}" if given else HOME


async def audit(page: Page) -> Response:
    """The newest events that fit."""
    site = page.site
    if site.enquiries is None or not await site.enquiries.may("see-audit", page.agent.person):
        raise Forbidden(page.t.say("This page is for leads and admins."))
    given = page.request.query_params
    asked = Asked(*(" ".join(given.get(name, "").replace("\0", "").split())[:200] for name in ("by", "act", "ticket", "since", "until")))
    since, until, before = _day(asked.since, site.desk.timezone), _day(asked.until, site.desk.timezone), given.get("before", "")
    query = AuditQuery(
        by=asked.by,
        act=asked.act,
        ticket=asked.ticket.upper() if asked.ticket else "",
        since=since,
        until=until + timedelta(days=1) if until else None,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else 0,
        limit=PAGE,
    )
    found = await site.reader.audit(query)
    names = await names_of(page, [], [event.by for event in found.events])
    rows = [(event, shown_name(names, event.by), happened(event, shown_name(names, event.by), site.desk, page.t)) for event in found.events]
    return page.html(
        "audit.html", asked=asked, rows=rows, older=asked.address(before=str(found.older)) if found.older else "", narrowed=asked.address() != HOME,
        people=sorted({event.by: who for event, who, _ in rows}.items(), key=lambda one: one[1]), acts=sorted({event.name for event in found.events}),
    )  # fmt: skip


def _day(text: str, timezone: str) -> datetime | None:
    """The beginning of a day as a date field has it; None when it is none."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
        return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
