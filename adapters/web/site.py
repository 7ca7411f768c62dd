"""One request on one page: who asks, in which language, what they posted, how it is answered.

Every page goes through `Site.page`: it refuses beyond loopback without sign-in, knows the visitor, checks posted forms against forgery, and
turns a database that is away into a page that still holds what was typed.
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from adapters.http import asks_this_computer
from adapters.web.config import WebConfig
from adapters.web.effects import Answered, Effects
from adapters.web.inbound import clean, clean_name, is_once
from adapters.web.pages import OWN_NAMES, environment, kept_fields, preferred, voice
from adapters.web.sessions import SESSION_LIFE, Role, Sessions, SignedIn, Visitor
from bot.domain.desks import Desk
from bot.domain.messages import MAX_WORDS, Attachment, Inbound
from bot.domain.people import Person
from bot.engine.tongue import Tongue, tongue
from bot.errors import StoreError
from bot.ports import Changes, Clock, Enquiries, Files, Reader, Receive

log = logging.getLogger(__name__)

VISITOR, SIGNED, LANGUAGE, NAME, FLASH = "firstline", "firstline_in", "firstline_lang", "firstline_name", "firstline_flash"
YEAR = 365 * 24 * 3600
FLASH_BYTES = 3000  # a browser keeps 4,096 bytes of a cookie
MAX_FILES = 10
FORM_PART = 4 * MAX_WORDS + 65536  # bytes of one field: as many of the widest characters as we keep, and room to refuse the rest politely

Handler = Callable[["Page"], Awaitable[Response]]
FetchAny = Callable[[Attachment, int], Awaitable[bytes]]


class Forbidden(Exception):
    """The person may not see this page; the text says what to do."""


class Missing(Exception):
    """There is no such thing, or it is not theirs: the two look the same."""


class TooLong(Exception):
    """A field holds more than is kept."""


@dataclass
class Site:
    """What all pages share. receive and enquiries are given when the channel starts to listen."""

    config: WebConfig
    desk: Desk
    reader: Reader
    files: Files
    changes: Changes
    clock: Clock
    sessions: Sessions
    public: bool
    effects: Effects
    fetch_any: FetchAny
    receive: Receive | None = None
    enquiries: Enquiries | None = None

    def __post_init__(self) -> None:
        self.templates = environment()

    # --------------------------------------------------------------------------------------------------------- routes
    def page(self, path: str, handler: Handler, methods: Sequence[str] = ("GET",), role: Role | None = None, entrance: bool = False) -> Route:
        """A route whose handler gets a Page. role: who must be signed in. entrance: also for those who are to sign in here."""

        async def serve(request: Request) -> Response:
            page = await self._open(request)
            try:
                await self._admit(page, role, entrance)
                if request.method == "POST":
                    await page.read_form()
                return page.finish(await handler(page))
            except Forbidden as refused:
                return page.finish(page.html("error.html", 403, status=403, sentence=str(refused)))
            except Missing:
                return page.finish(self._error(page, 404))
            except StaleForm:
                return page.finish(page.kept(403, page.t.say("This page was out of date. Nothing was sent; please send it again.")))
            except TooLong:
                sentence = page.t.say("That is more than {limit} characters. Nothing was sent; please shorten it, or add it as a file.", limit=MAX_WORDS)
                return page.finish(page.kept(422, sentence))
            except StoreError:
                log.warning("page without database", extra={"path": request.url.path})
                sentence = page.t.say("The help desk cannot store anything at the moment. Nothing was sent; please try again shortly.")
                return page.finish(page.kept(503, sentence))
            finally:
                await page.uploads.close()

        return Route(path, serve, methods=list(methods))

    async def error_page(self, request: Request, status: int) -> Response:
        """The page that says what went wrong, in the reader's language."""
        return self._error(self._blank(request), status)

    async def admits(self, request: Request) -> bool:
        """Does an agent ask?"""
        signed = await self.sessions.signed_in(request.cookies.get(SIGNED, ""))
        return signed is not None and signed.is_agent

    # ------------------------------------------------------------------------------------------------------ admission
    async def _open(self, request: Request) -> Page:
        page = self._blank(request)
        try:
            page.signed = await self.sessions.signed_in(request.cookies.get(SIGNED, ""))
        except StoreError:
            log.warning("session without database")
        return page

    def _blank(self, request: Request) -> Page:
        languages = self.desk.languages
        chosen = request.cookies.get(LANGUAGE, "")
        language = chosen if chosen in languages else preferred(request.headers.get("accept-language", ""), languages)
        return Page(self, request, self.sessions.visitor(request.cookies.get(VISITOR, "")), language, tongue(language))

    async def _admit(self, page: Page, role: Role | None, entrance: bool) -> None:
        if self.config.sign_in != "link" and (self.public or not asks_this_computer(page.request)):
            raise Forbidden(
                page.t.say("Pages are shown on this computer alone until sign-in is set up: put {setting} into firstline.toml.",
                           setting='[channels.web] sign_in = "link"')
            )
        if entrance:
            return
        signed = page.signed
        if signed is None and (role is not None or self.config.sign_in == "link"):
            if role == "requester" or role is None:
                raise Forbidden(page.t.say("Please come in through the sign-in link that you were given."))
            raise Forbidden(page.t.say("This page is for agents. Open the sign-in link that Firstline printed when it started, or ask a curator for one."))
        if role == "agent" and signed and not signed.is_agent:
            raise Forbidden(page.t.say("This page is for agents."))
        if role == "admin" and signed and signed.role != "admin":
            raise Forbidden(page.t.say("This page is for curators."))

    def _error(self, page: Page, status: int) -> Response:
        t = page.t
        sentence = {
            404: t.say("There is no such page, or it is not yours to see."),
            405: t.say("This address does not understand that."),
            413: t.say("That is too large. Files may have 20 MB each, 25 MB together."),
        }.get(status, t.say("Something went wrong on our side. Please try again.") if status >= 500 else t.say("That request could not be understood."))
        return page.html("error.html", status, status=status, sentence=sentence)


class StaleForm(Exception):
    """The form's token belongs to another session."""


@dataclass
class Page:
    """One request."""

    site: Site
    request: Request
    visitor: Visitor
    language: str
    t: Tongue
    signed: SignedIn | None = None
    form: dict[str, str] = field(default_factory=dict)
    uploads: FormData = field(default_factory=FormData)
    _said: list[tuple[str, str]] = field(default_factory=list)

    @property
    def own_name(self) -> str:
        """What the visitor wants to be called; "" when they did not say."""
        return clean_name(self.form.get("name") or unquoted(self.request.cookies.get(NAME, "")))

    @property
    def person(self) -> Person:
        """The visitor as a requester."""
        return Person(self.visitor.person, self.own_name or self.t.say("Visitor {sign}", sign=self.visitor.id[:4]), self.language)

    @property
    def once(self) -> str:
        """The form's once-token. Raises StaleForm when it brought none."""
        token = self.form.get("once", "")
        if not is_once(token):
            raise StaleForm
        return token

    @property
    def agent(self) -> SignedIn:
        """Who is signed in; for pages with a role alone."""
        if self.signed is None:
            raise Forbidden
        return self.signed

    # ----------------------------------------------------------------------------------------------------------- form
    async def read_form(self) -> None:
        """The posted fields, cleaned. Raises Forbidden for a form from another site, StaleForm for one of another session, TooLong."""
        if not is_same_origin(self.request):
            raise Forbidden(self.t.say("That form came from another site. Nothing was done."))
        self.uploads = await self.request.form(max_files=MAX_FILES, max_fields=60, max_part_size=FORM_PART)
        self.form = {name: clean(value) for name, value in self.uploads.items() if isinstance(value, str)}
        expected = self.site.sessions.csrf(self.visitor, self.signed)
        if not hmac.compare_digest(self.form.get("csrf", "").encode("utf-8", "replace"), expected.encode()):
            raise StaleForm
        if any(len(value) > MAX_WORDS for value in self.form.values()):
            raise TooLong

    async def deliver(self, event: Inbound) -> None:
        """Through the one door. Raises StoreError when it was not kept."""
        if self.site.receive is None:
            raise StoreError("the web channel does not listen yet")
        await self.site.receive(event)

    # --------------------------------------------------------------------------------------------------------- answer
    def html(self, template: str, status: int = 200, /, **values: object) -> Response:
        """A page of ours."""
        site = self.site
        rendered = site.templates.get_template(template).render(
            **voice(self.t, site.desk.timezone, site.clock.now()),
            page=self, desk=site.desk, lang=self.language, signed=self.signed, visitor=self.visitor, path=self.request.url.path,
            csrf=site.sessions.csrf(self.visitor, self.signed), flash=self._read_flash(), languages={c: OWN_NAMES.get(c, c) for c in site.desk.languages},
            my_name=self.own_name, **values,
        )  # fmt: skip
        self._said.clear()  # shown now
        return HTMLResponse(rendered, status)

    def kept(self, status: int, sentence: str) -> Response:
        """What was typed, in a form that sends it again to the same address."""
        if self.request.method != "POST":
            return self.html("error.html", status, status=status, sentence=sentence)
        lost = any(not isinstance(value, str) and value.filename for value in self.uploads.values())
        return self.html("kept.html", status, sentence=sentence, action=self.request.url.path, fields=kept_fields(self.form), lost_files=lost)

    def redirect(self, path: str) -> Response:
        """To a page of ours, after a form."""
        return RedirectResponse(path, HTTPStatus.SEE_OTHER)

    def say(self, *parts: tuple[str, str]) -> None:
        """Shown once on the next page: (kind, text) pairs. kind: say, title, words, small, article or warning."""
        self._said.extend(parts)

    def tell(self, answered: Answered | None, *kinds: str) -> None:
        """What the core answered, for this person alone, on the next page; None: it has not answered yet. kinds: only these (none given: all)."""
        if answered is None:
            self.say(("say", self.t.say("This takes longer than usual. It is kept, and shows here as soon as it is done.")))
        else:
            self.say(*(line for line in answered.lines if line[0] in kinds or not kinds))

    def finish(self, response: Response) -> Response:
        """Its cookies."""
        secure = self.request.url.scheme == "https"
        if self.visitor.fresh:
            self._set(response, VISITOR, self.site.sessions.cookie(self.visitor), YEAR, secure)
        if self._said:
            self._set(response, FLASH, self._write_flash(), 60, secure)
        elif self.request.cookies.get(FLASH) and not self._is_refresh and response.status_code == HTTPStatus.OK:
            response.delete_cookie(FLASH)
        return response

    def keep(self, response: Response, cookie: str, value: str) -> Response:
        """A cookie of this browser: the language, the name, or the session of who signed in. An empty value takes it away."""
        if not value:
            response.delete_cookie(cookie)
            return response
        age = int(SESSION_LIFE.total_seconds()) if cookie == SIGNED else YEAR
        return self._set(response, cookie, quote(value) if cookie == NAME else value, age, self.request.url.scheme == "https")

    @property
    def _is_refresh(self) -> bool:
        return self.request.headers.get("x-refresh") == "1"

    @staticmethod
    def _set(response: Response, cookie: str, value: str, age: int, secure: bool) -> Response:
        response.set_cookie(cookie, value, max_age=age, httponly=True, samesite="lax", secure=secure, path="/")
        return response

    def _write_flash(self) -> str:
        kept, size = [], 0
        for kind, text in self._said:
            size += len(text.encode()) + 20
            if size < FLASH_BYTES * 3 // 4:
                kept.append((kind, text))
        packed = base64.urlsafe_b64encode(json.dumps(kept, ensure_ascii=False).encode()).decode()
        return f"{packed}.{self.site.sessions.sign('flash', self.visitor.id + packed)}"

    def _read_flash(self) -> list[tuple[str, str]]:
        packed, _, mac = self.request.cookies.get(FLASH, "").partition(".")
        if not packed or self._is_refresh or not hmac.compare_digest(mac.encode(), self.site.sessions.sign("flash", self.visitor.id + packed).encode()):
            return list(self._said)
        return [*((kind, text) for kind, text in json.loads(base64.urlsafe_b64decode(packed))), *self._said]


def is_same_origin(request: Request) -> bool:
    """Does the form come from one of our own pages, as far as the browser says? (Its token is checked besides.)"""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin") or request.headers.get("referer")
    if not origin:
        return True
    try:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    except ValueError:
        return False


def unquoted(value: str) -> str:
    """A cookie's text as it was before it was quoted."""
    return unquote(value) if re.match(r"[A-Za-z0-9_.~%/-]*\Z", value) else ""
