"""Agents look at computers: which there are, whose they are, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from adapters.web import asset_files
from adapters.web.acting import submit
from adapters.web.names import shown_name
from adapters.web.page import Missing, Page
from adapters.web.queue import moment
from adapters.web.site import Site
from adapters.web.words import mark, status_for_agent
from bot.domain.assets import SECTIONS, Asset
from bot.domain.sought import asset_label
from bot.engine.asset_words import NAMES, part, told
from bot.engine.assets import DROP, GIVE
from bot.ports import TicketQuery
from bot.ports.assets import AssetQuery

HOME = "/agent/assets"
SHOWN = 50  # computers on a page
AUDITS = 20  # of one computer
CHANGES = 100  # of one inventory
ITEMS = 2_000  # of a section
TICKETS = 20  # about it, the newest change first


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page(HOME, assets, role="agent"),
        site.page(f"{HOME}/{{asset:int}}", asset, role="agent"),
        site.page(f"{HOME}.{{form}}", asset_files.download, role="agent"),
        site.page(f"{HOME}/{{asset:int}}/give", give, ["POST"], role="agent"),
        site.page(f"{HOME}/{{asset:int}}/delete", delete, ["POST"], role="admin"),
    ]


async def assets(page: Page) -> Response:
    """Those that are like what was looked for; chosen for somebody, each leads on with them."""
    given = page.request.query_params
    search, person, whose = (" ".join(given.get(name, "").replace("\0", "").split())[:255] for name in ("q", "of", "for"))
    found = await page.site.reader.assets(AssetQuery(search, person, _number(given.get("after", "")), SHOWN + 1))
    names = await page.site.reader.people(sorted({one.person for one in found if one.person} | {whose, person} - {""}))
    kept = {"q": search, "of": person, "for": whose, "after": str(found[SHOWN - 1].id) if len(found) > SHOWN else ""}
    older = f"{HOME}?{urlencode({name: value for name, value in kept.items() if value})}" if kept["after"] else ""
    rows = [(one, shown_name(names, one.person) if one.person else "") for one in found[:SHOWN]]
    return page.html(
        "assets.html", rows=rows, search=search, person=person, whose=whose, chosen=urlencode({"for": whose}) if whose else "", older=older,
        who=shown_name(names, whose or person) if whose or person else "", narrowed=urlencode({name: kept[name] for name in ("q", "of") if kept[name]}),
    )  # fmt: skip


async def asset(page: Page) -> Response:
    """All that is known of one."""
    found, reader = await _asked_for(page), page.site.reader
    page.tell(await page.site.effects.late(page.agent.person))
    whose = page.request.query_params.get("for", "").replace("\0", "")[:255]
    before = moment(page.request.query_params.get("before", ""))
    tickets = await reader.tickets(TicketQuery(label=asset_label(found.id), before=before, limit=TICKETS + 1))
    more = f"{HOME}/{found.id}?{urlencode({'before': (tickets[TICKETS - 1].changed_at or found.seen_at).isoformat()})}" if len(tickets) > TICKETS else ""
    names = await reader.people(sorted({found.person, whose, *(one.requester for one in tickets)} - {""}))
    sections = await reader.asset_sections(found.id)
    audits = [(audit, [told(page.t, change) for change in audit.changes[:CHANGES]]) for audit in await reader.audits(found.id, AUDITS)]
    parts = [(page.t.say(NAMES[name]), [part(page.t, name, item) for item in sections[name][:ITEMS]]) for name in SECTIONS if sections.get(name)]
    return page.html(
        "asset.html", asset=found, audits=audits, parts=parts, owner=shown_name(names, found.person) if found.person else "",
        whose=whose if whose in names and whose != found.person else "", who=shown_name(names, whose) if whose else "",
        tickets=[(one, mark(one), status_for_agent(one, page.t), shown_name(names, one.requester)) for one in tickets[:TICKETS]], more=more,
    )  # fmt: skip


async def delete(page: Page) -> Response:
    """It is known no longer, until its agent tells of it again."""
    found = await _asked_for(page)
    await submit(page, f"{DROP}:{found.id}", {})
    return page.redirect(HOME)


async def give(page: Page) -> Response:
    """Whose it is from now on."""
    found = await _asked_for(page)
    await submit(page, f"{GIVE}:{found.id}", {"person": page.form.get("person", "")})
    return page.redirect(f"{HOME}/{found.id}")


async def _asked_for(page: Page) -> Asset:
    number = page.request.path_params["asset"]
    found = await page.site.reader.asset(number) if number < 2**63 else None
    if found is None:
        raise Missing
    return found


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else 0
