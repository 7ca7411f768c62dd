"""The page that makes sign-in links for others."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import press
from adapters.web.inbound import clean_name
from adapters.web.page import Forbidden, Page
from adapters.web.sessions import ROLES
from adapters.web.site import Site
from bot.engine.people.listed import OFF


def routes(site: Site) -> Sequence[Route]:
    """Its address."""
    return [site.page("/admin/people", people, ["GET", "POST"], role="admin")]


async def people(page: Page) -> Response:
    """A link is shown once; nobody can read it again."""
    link = ""
    role = next((r for r in ROLES if r == page.form.get("role")), None)
    if page.request.method == "POST" and role is not None:
        if page.site.enquiries is None or not await page.site.enquiries.may("invite", page.agent.person):
            raise Forbidden(page.t.say("This page is for curators."))
        await press(page, f"invite:{role}")
        seat = clean_name(page.form.get("name", ""))
        link = f"{page.request.base_url}sign-in/{await page.site.sessions.make_link(role, f'named:{seat}' if seat else '')}"
    return page.html("people.html", link=link, role=role or "agent", off=sorted((await OFF.all(page.site.reader)).items()))
