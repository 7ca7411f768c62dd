"""Which department? A list of links for every address that each of them has by itself, and short addresses that lead to one."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.web.front.offices import Door, Offices
from adapters.web.page import Missing, Page
from adapters.web.portal.entrance import choose
from adapters.web.site import SIGN_IN, Handler, Site

AREAS = ("/kb", "/tickets", "/new", "/channels", "/agent", "/admin")  # what every department has by itself


def routes(site: Site, offices: Offices) -> Sequence[Route]:
    """Its addresses; the departments' own keys come last, so that one of them hides nothing."""
    all_of = [route for area in AREAS for route in _area(site, offices, area)]
    numbers = [site.page(f"{area}/tickets/{{number}}", _of_number(offices, f"{area}/tickets"), entrance=True) for area in ("/agent", "")]
    short = [route for door in offices.doors() for route in _short(site, door)]
    sign_in = _chooser(offices, SIGN_IN) if site.provider is None else choose  # at a provider readers of the reports sign in here, too
    return [site.page("/", _chooser(offices, ""), entrance=True), site.page(SIGN_IN, sign_in, entrance=True), *numbers, *all_of, *short]


def _area(site: Site, offices: Offices, area: str) -> Sequence[Route]:
    chooser = _chooser(offices, area)
    return [site.page(area, chooser, entrance=True), site.page(f"{area}/{{rest:path}}", chooser, entrance=True)]


def _chooser(offices: Offices, area: str) -> Handler:
    async def chooser(page: Page) -> Response:
        """The departments, one line each."""
        t = page.t
        wants = {"/kb": t.say("Answers"), "/tickets": t.say("My requests"), "/new": t.say("New request"), "/channels": t.say("My channels"),
                 "/agent": t.say("Tickets"), "/admin": t.say("FAQ")}.get(area, "")  # fmt: skip
        return page.html("front.html", doors=offices.doors(), area=area or "/", wants=wants, is_staff=area in ("/agent", "/admin"))

    return chooser


def _of_number(offices: Offices, area: str) -> Handler:
    async def lead(page: Page) -> Response:
        """To the department whose ticket it is."""
        number = page.request.path_params["number"]
        prefix = number.partition("-")[0].upper()
        for door in offices.doors():
            if door.prefix == prefix and number.replace("-", "").isalnum():
                return RedirectResponse(f"{door.url}{area}/{number}", 303)
        raise Missing

    return lead


def _short(site: Site, door: Door) -> Sequence[Route]:
    async def lead(page: Page) -> Response:
        """To its own pages."""
        return RedirectResponse(f"{door.url}/", 303)

    return [site.page(f"/{door.key}", lead, entrance=True), site.page(f"/{door.key}/", lead, entrance=True)]


async def away(page: Page, name: str) -> Response:
    """What stands where a department's pages are, while its database is away."""
    sentence = page.t.say("{desk} cannot be reached just now. Please try again in a few minutes.", desk=name)
    response = page.html("away.html", 503, sentence=sentence, name=name)
    response.headers["Retry-After"] = "60"
    return response
