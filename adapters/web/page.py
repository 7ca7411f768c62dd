"""One request: who asks, in which language, what they posted, how it is answered."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from adapters.http import asks_this_computer
from adapters.web.effects import Answered
from adapters.web.flash import pack, unpack
from adapters.web.inbound import clean, clean_name, is_once
from adapters.web.rendering import OWN_NAMES, kept_fields, voice
from adapters.web.sessions import SESSION_LIFE, SignedIn, Visitor
from adapters.web.widget_identity import VOUCHED
from bot.domain.messages import MAX_WORDS, Inbound
from bot.domain.people import Person
from bot.domain.waiting import is_zone
from bot.engine.tongue import Tongue
from bot.errors import StoreError

if TYPE_CHECKING:
    from adapters.web.site import Site

VISITOR, SIGNED, LANGUAGE, NAME, FLASH, ZONE = "firstline", "firstline_in", "firstline_lang", "firstline_name", "firstline_flash", "firstline_zone"
YEAR = 365 * 24 * 3600
MAX_FILES = 10
FORM_PART = 4 * MAX_WORDS + 65536  # bytes of one field: as many of the widest characters as we keep, and room to refuse the rest politely


class Forbidden(Exception):
    """The person may not see this page; the text says what to do."""


class Missing(Exception):
    """There is no such thing, or it is not theirs: the two look the same."""


class TooLong(Exception):
    """A field holds more than is kept."""


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
    ended: str = ""  # why whoever signed in here is no longer: a sentence
    form: dict[str, str] = field(default_factory=dict)
    uploads: FormData = field(default_factory=FormData)
    _said: list[tuple[str, str]] = field(default_factory=list)
    framed: ClassVar[bool] = False  # on another site: there is no other page to go to

    @property
    def own_name(self) -> str:
        """What the visitor wants to be called; "" when they did not say."""
        return clean_name(self.form.get("name") or unquoted(self.request.cookies.get(NAME, "")))

    @property
    def is_looked_at(self) -> bool:
        """Does somebody read what is on it?"""
        return True

    @property
    def person(self) -> Person:
        """The visitor as a requester; whoever proved a mail address is called by it."""
        if self.signed and self.signed.mail:
            return Person(self.visitor.person, known_as(self.signed.mail, self.own_name or self.signed.name), self.language, self.zone)
        return Person(self.visitor.person, self.own_name or self.t.say("Visitor {sign}", sign=self.visitor.id[:4]), self.language, self.zone)

    @property
    def peer(self) -> str:
        """Who asks, as the network says; where a proxy stands before us, the proxy."""
        return self.request.client.host if self.request.client else ""

    @property
    def zone(self) -> str | None:
        """Where their clock runs, as their browser says by a cookie; None when it says nothing we know."""
        named = unquoted(self.request.cookies.get(ZONE, ""))
        return named if is_zone(named) else None

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
        """The posted fields, cleaned. Raises StaleForm for a form of another session, TooLong."""
        self.uploads = await self.request.form(max_files=MAX_FILES, max_fields=60, max_part_size=FORM_PART)
        self.form = _texts(self.uploads)
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
            csrf=site.sessions.csrf(self.visitor, self.signed), flash=self._flash(), languages={c: OWN_NAMES.get(c, c) for c in site.desk.languages},
            my_name=self.own_name, reads_answers=site.is_read_by(self.signed), takes_requesters=site.takes_requesters,
            has_computers=site.takes_inventories(), **values,
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
        if self.visitor.fresh:
            self._set(response, VISITOR, self.site.sessions.cookie(self.visitor), YEAR)
        if self._said:
            self._set(response, FLASH, pack(self._said, self._sign_flash), 60)
        elif self.request.cookies.get(FLASH) and not self._is_refresh and response.status_code == HTTPStatus.OK:
            response.delete_cookie(FLASH)
        return response

    def keep(self, response: Response, cookie: str, value: str) -> Response:
        """A cookie of this browser: the language, the name, or the session of who signed in. An empty value takes it away."""
        if not value:
            response.delete_cookie(cookie)
            return response
        age = int(SESSION_LIFE.total_seconds()) if cookie == SIGNED else YEAR
        return self._set(response, cookie, quote(value) if cookie == NAME else value, age)

    def keep_for(self, response: Response, cookie: str, value: str, age: int, path: str) -> Response:
        """A cookie for the addresses below a path, for so many seconds."""
        return self._set(response, cookie, value, age, path)

    def _flash(self) -> list[tuple[str, str]]:
        waiting = [] if self._is_refresh else unpack(self.request.cookies.get(FLASH, ""), self._sign_flash)
        return [*waiting, *self._said]

    def _sign_flash(self, packed: str) -> str:
        return self.site.sessions.sign("flash", self.visitor.id + packed)

    @property
    def _is_refresh(self) -> bool:
        return self.request.headers.get("x-refresh") == "1"

    def _set(self, response: Response, cookie: str, value: str, age: int, path: str = "/") -> Response:
        """Over https alone, unless the page was asked for on this computer without it."""
        request = self.request
        secure = request.url.scheme == "https" or self.site.desk.url.startswith("https:") or not asks_this_computer(request)
        response.set_cookie(cookie, value, max_age=age, httponly=True, samesite="lax", secure=secure, path=path)
        return response


def known_as(mail: str, name: str) -> str:
    """How agents read somebody whose mail address is proved: no name that was typed begins so, and the address comes first, so that none hides it."""
    return f"{VOUCHED} {mail} ({name})" if name and name != mail else f"{VOUCHED} {mail}"


def _texts(posted: FormData) -> dict[str, str]:
    """The posted texts by name, cleaned; of what was ticked several times a line each."""
    found: dict[str, str] = {}
    for name, value in posted.multi_items():
        if isinstance(value, str):
            several = name.startswith("field-") and found.get(name)
            found[name] = f"{found[name]}\n{clean(value)}" if several else clean(value)
    return found


def is_same_origin(request: Request) -> bool:
    """Does a form, or a script that listens, come from one of our own pages, as far as the browser says? Links from elsewhere are welcome."""
    origin = request.headers.get("origin")
    if request.method == "POST":
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = origin or request.headers.get("referer")
    if not origin:
        return True
    try:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    except ValueError:
        return False


def unquoted(value: str) -> str:
    """A cookie's text as it was before it was quoted."""
    return unquote(value) if re.match(r"[A-Za-z0-9_.~%/-]*\Z", value) else ""
