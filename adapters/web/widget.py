"""The chat as a widget on other sites: the script that a site loads, and the page in a frame of ours that holds the talk.

The frame is the chat of `/` with another door: who asks comes with each request as a badge (adapters/web/widget_identity.py), never by a cookie, and
nobody in a frame is signed in. Why: docs/widget.md.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.http import HEADERS
from adapters.web import requester, widget_identity
from adapters.web.live import stream
from adapters.web.page import Page, StaleForm, unquoted
from adapters.web.portal.pace import Allowance
from adapters.web.rendering import STATIC, preferred
from adapters.web.sessions import Visitor
from adapters.web.site import Handler, Site
from adapters.web.widget_config import WidgetConfig
from adapters.web.widget_identity import Badge, Claim
from bot.domain.messages import Outbound, Say
from bot.domain.people import Person
from bot.domain.waiting import is_zone
from bot.engine.tongue import tongue

log = logging.getLogger(__name__)

AREA = "/widget"
NOBODY = Badge("nobody", "")  # whoever has not said yet who they are: may look at the empty frame, and say it
BADGE, OPEN, ZONE = "x-widget", "x-widget-open", "x-widget-zone"  # headers of the frame's requests
OFF = 'console.warn("Firstline: the chat widget is off. Name this site in widget_sites below [channels.web] in firstline.toml.");\n'
A_MINUTE = timedelta(minutes=1)
MOST_OF_ONE, MOST_OF_NEWCOMERS = 30, 120  # forms in a minute: of one visitor, and of all who come for the first time; nobody who types reaches the first
SCRIPT_LIFE = "public, max-age=300"  # the address stays the same with every version


@dataclass
class Framed(Page):
    """A request of the frame."""

    badge: Badge = NOBODY
    framed: ClassVar[bool] = True
    OWN: ClassVar[dict[str, str]] = {"chat.html": "widget.html", "form.html": "widget_form.html"}

    @property
    def person(self) -> Person:
        """By the name on the badge."""
        return Person(self.visitor.person, self.badge.name, self.language, self.zone)

    @property
    def zone(self) -> str | None:
        """As the frame says."""
        named = unquoted(self.request.headers.get(ZONE, ""))
        return named if is_zone(named) else None

    @property
    def is_looked_at(self) -> bool:
        """Is the widget open?"""
        return self.request.headers.get(OPEN) == "1"

    def html(self, template: str, status: int = 200, /, **values: object) -> Response:
        """The frame's own form of a page."""
        return super().html(self.OWN.get(template, template), status, **values)

    def redirect(self, path: str) -> Response:
        """There is one page."""
        return RedirectResponse(AREA, 303)

    def finish(self, response: Response) -> Response:
        """No cookies."""
        return response

    def keep(self, response: Response, cookie: str, value: str) -> Response:
        """Nothing is kept in this browser but the badge."""
        return response

    def _flash(self) -> list[tuple[str, str]]:
        return list(self._said)

    async def carry(self) -> None:
        """What is to be said on the next page, kept until it is asked for."""
        if self._said:
            told = tuple(Say(text) for _, text in self._said)
            await self.site.effects.answer(Outbound(told, only_for=self.visitor.person, answer_to=f"{self.visitor.person}~later"))


def routes(site: Site, stopping: asyncio.Event, config: WidgetConfig | None) -> Sequence[BaseRoute]:
    """Its addresses; when it is off, the script alone, which says so."""
    if config is None:
        return [Route(f"{AREA}.js", partial(_script, OFF))]
    open_ = partial(_opened, site, config)
    pace = Pace(Allowance(MOST_OF_ONE, A_MINUTE, site.clock.now), Allowance(MOST_OF_NEWCOMERS, A_MINUTE, site.clock.now))
    frame = {name: value.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(config.sites)}") for name, value in HEADERS.items()}
    frame = {name: frame[name] for name in ("Content-Security-Policy",)} | {"Cross-Origin-Resource-Policy": "cross-origin"}

    async def show(page: Page) -> Response:
        shown = await requester.chat(page) if _badge(page) != NOBODY else page.html("widget.html", **_nothing())
        shown.headers.update(frame)
        return shown

    async def events(page: Page) -> Response:
        return stream(site.changes, lambda changed: requester.concerns(page, changed), stopping)

    def own(path: str, handler: Handler, *methods: str) -> Route:
        return site.page(f"{AREA}{path}", _known(handler, pace), methods or ("POST",), framed=open_)

    return [
        Route(f"{AREA}.js", partial(_script, _launcher(site))),
        site.page(AREA, show, framed=open_),
        site.page(f"{AREA}/hello", partial(_hello, config), ["POST"], framed=open_),
        own("/events", events, "GET"),
        own("/files/{line}/{index:int}", requester.line_file, "GET"),
        own("/say", requester.say),
        own("/press", requester.press),
        own("/fill", requester.fill),
        own("/human", requester.human),
        own("/new", requester.new),
    ]


# ------------------------------------------------------------------------------------------------------------- the script
async def _script(text: str, request: Request) -> Response:
    return Response(text, media_type="text/javascript", headers={"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": SCRIPT_LIFE})


def _launcher(site: Site) -> str:
    """The script with the few words that it shows, in each language of the desk."""
    words = {}
    for language in site.desk.languages:
        t = tongue(language)
        news = [t.many("{count} new message", "{count} new messages", count) for count in range(1, 11)]
        words[language] = {"open": t.say("Chat with {desk}", desk=site.desk.name), "close": t.say("Close the chat"), "news": news}
    return f"({(STATIC / 'widget.js').read_text(encoding='utf-8').rstrip().rstrip(';')})({json.dumps(words)});\n"


# -------------------------------------------------------------------------------------------------------------- the frame
def _opened(site: Site, config: WidgetConfig, request: Request) -> Page:
    given = request.query_params.get("lang", "")
    languages = site.desk.languages
    language = given if given in languages else preferred(request.headers.get("accept-language", ""), languages)
    badge = widget_identity.unpacked(request.headers.get(BADGE, ""), site.sessions.sign, config.secret.get_secret_value(), site.clock.now()) or NOBODY
    return Framed(site, request, Visitor(badge.id), language, tongue(language), badge=badge)


def _badge(page: Page) -> Badge:
    return page.badge if isinstance(page, Framed) else NOBODY


@dataclass(frozen=True)
class Pace:
    """How much may be sent in a while: a visitor costs nothing to be, so that newcomers have a limit together."""

    of_one: Allowance
    of_newcomers: Allowance

    def takes(self, page: Framed) -> bool:
        """One form more?"""
        is_known = page.badge.is_proved or (page.site.enquiries is not None and page.site.enquiries.is_known(page.visitor.conversation))
        return self.of_one.take(page.visitor.id) and (is_known or self.of_newcomers.take("all"))


def _known(handler: Handler, pace: Pace) -> Handler:
    """Only for those with a badge, and not too often; what they are to be told on the next page is carried there."""

    async def handle(page: Page) -> Response:
        if not isinstance(page, Framed) or page.badge == NOBODY:
            raise StaleForm
        if page.request.method == "POST" and not pace.takes(page):
            return page.kept(429, page.t.say("That was a lot at once. Nothing was sent; please send it again in a minute."))
        response = await handler(page)
        if isinstance(response, RedirectResponse):
            await page.carry()
        return response

    return handle


def _nothing() -> dict[str, object]:
    return {"lines": [], "popular": (), "tickets": [], "more": False, "draft": "", "problem": ""}


async def _hello(config: WidgetConfig, page: Page) -> Response:
    """Who looks at the page, as it says: believed when it is proved, else whoever has been in this browser, or somebody new. Never both."""
    site, secret = page.site, config.secret.get_secret_value()
    claim = Claim(_raw(page, "user"), page.form.get("name", ""), page.form.get("mail", ""), page.form.get("hash", ""))
    refused = bool(claim.hash) and not claim.is_proved(secret)
    if refused:
        log.warning("a widget's user is not proved: the hash does not fit", extra={"has_secret": bool(secret)})
    if claim.is_proved(secret):
        badge = widget_identity.proved(claim)
    else:
        team = tongue(site.desk.languages[0])
        before = widget_identity.unpacked(_raw(page, "badge"), site.sessions.sign, secret, site.clock.now())
        badge = widget_identity.unproved(claim, before, lambda known: team.say("Visitor {sign}", sign=known[:4]), team.say("unverified"))
    told = {"badge": widget_identity.packed(badge, site.sessions.sign, secret, site.clock.now()), "csrf": site.sessions.csrf(badge.visitor, None)}
    return JSONResponse({**told, "proved": badge.is_proved, "refused": refused, "sign": site.sessions.sign("widget-seen", badge.id)[:16]})


def _raw(page: Page, name: str) -> str:
    """As it was posted: what is signed must not be cleaned."""
    value = page.uploads.get(name)
    return value if isinstance(value, str) else ""
