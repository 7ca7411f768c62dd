"""What all pages share. Every page goes through `Site.page`: it refuses beyond loopback without sign-in, knows the visitor, checks posted forms
against forgery, and turns a database that is away into a page that still holds what was typed.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.http import asks_this_computer
from adapters.web.config import WebConfig
from adapters.web.effects import Effects
from adapters.web.page import LANGUAGE, SIGNED, VISITOR, Forbidden, Missing, Page, StaleForm, TooLong, is_same_origin
from adapters.web.provider import Provider
from adapters.web.rendering import environment, preferred
from adapters.web.sessions import Role, Sessions, SignedIn
from bot.domain.desks import Desk
from bot.domain.messages import MAX_WORDS, Attachment
from bot.engine.curation.shelf import Shelf
from bot.engine.curation.workshop import Workshop
from bot.engine.faq.standing import Evidence
from bot.engine.tongue import tongue
from bot.errors import DeliveryError, StoreError
from bot.ports import Changes, Clock, Enquiries, Files, Notebook, Reader, Receive
from bot.ports.privacy import Privacy
from bot.ports.world import Preview

log = logging.getLogger(__name__)

SIGN_IN = "/sign-in"
UNSURE, ENDED = "unsure", "ended"  # why somebody who signed in is not admitted now

Handler = Callable[[Page], Awaitable[Response]]
FetchAny = Callable[[Attachment, int], Awaitable[bytes]]


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
    notebook: Notebook
    provider: Provider | None = None
    slack_workspace: Callable[[], str | None] = lambda: None  # whose people may sign in with Slack: as SlackChannel.workspace
    sends_mail: Callable[[], bool] = lambda: False  # is there a channel of mail?
    takes_inventories: Callable[[], bool] = lambda: False  # are there computers to look at?
    privacy: Privacy | None = None  # the app gives it
    secret: bytes = b""  # of which the secrets of webhooks are made
    staff_home: str = "/agent"  # where whoever signed in to work comes first
    receive: Receive | None = None
    enquiries: Enquiries | None = None

    workshop: Workshop | None = None

    def __post_init__(self) -> None:
        self.templates = environment()
        self.evidence = Evidence(self.reader)
        self.shelf = Shelf(self.reader)
        self.previews: Mapping[str, Preview] = {}  # by channel; the app knows what the others make of a message

    @property
    def bench(self) -> Workshop:
        """Where long work for curators is done. Raises StoreError before the app has given it."""
        if self.workshop is None:
            raise StoreError("there is no workshop yet")
        return self.workshop

    @property
    def mails_links(self) -> bool:
        """Can requesters sign in by a link in a mail? Where the pages are must be known for sure: who asks for the link must not be who says where it leads."""
        return self.config.sign_in != "link" and bool(self.desk.url) and self.sends_mail()

    @property
    def takes_requesters(self) -> bool:
        """Can somebody who asks sign in here, in any way but a link that was made for them?"""
        return self.mails_links or (self.provider is not None and self.config.sign_in != "link")

    def is_read_by(self, signed: SignedIn | None) -> bool:
        """Is the knowledge base open to them?"""
        return self.config.reading == "public" or (self.config.reading == "signed-in" and signed is not None)

    def sign_report(self, text: str) -> str:
        """Our signature of what a link to a report says."""
        return self.sessions.sign("report", text)

    # --------------------------------------------------------------------------------------------------------- routes
    def page(
        self, path: str, handler: Handler, methods: Sequence[str] = ("GET",), role: Role | None = None, entrance: bool = False,
        framed: Callable[[Request], Page] | None = None,
    ) -> Route:  # fmt: skip
        """A route whose handler gets a Page. role: who must be signed in. entrance: also for those who are to sign in here.
        framed: how a page is made that stands on other sites, where nobody signs in and no cookie counts."""

        async def serve(request: Request) -> Response:
            page = framed(request) if framed else await self._open(request)
            try:
                if framed is None:
                    self._admit_place(page)
                if not is_same_origin(request):
                    raise Forbidden(page.t.say("That form came from another site. Nothing was done."))
                if request.method == "POST":
                    await page.read_form()  # before the role is asked for: whose session ended while they wrote gets their words back
                if not entrance and framed is None:
                    if (elsewhere := self._sign_in_first(page, role)) is not None:
                        return page.finish(elsewhere)
                    self._admit_person(page, role)
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
        return self._error(self.blank(request), status)

    async def admits(self, request: Request) -> bool:
        """Does an agent ask?"""
        signed, _ = await self._signed_in(request)
        return signed is not None and signed.is_agent

    # ------------------------------------------------------------------------------------------------------ admission
    async def _open(self, request: Request) -> Page:
        page = self.blank(request)
        try:
            page.signed, page.ended = await self._signed_in(request)
            page.visitor = (page.signed.visitor if page.signed else None) or await self.sessions.here(request.cookies.get(VISITOR, ""))
        except StoreError:
            log.warning("session without database")
            page.ended = UNSURE if self.provider else ""
        return page

    async def _signed_in(self, request: Request) -> tuple[SignedIn | None, str]:
        """Who signed in, with the role that they have now; or why they are no longer, in a word that `_admit_person` makes a sentence of."""
        signed = await self.sessions.signed_in(request.cookies.get(SIGNED, ""))
        if signed is None or not signed.proved:
            return signed, ""
        if self.enquiries is None:
            return None, UNSURE
        try:
            rank = await self.enquiries.rank(signed.person)
        except DeliveryError:
            return None, UNSURE
        if rank:
            return replace(signed, role=rank), ""
        await self.sessions.sign_out(signed)
        log.info("a sign-in ended with its role", extra={"person": signed.person})
        return None, ENDED

    def _sign_in_first(self, page: Page, role: Role | None) -> Response | None:
        """To the page where one signs in, and back here afterwards."""
        if page.ended:
            return None
        if page.request.method != "GET":
            asks = role is None and self.config.sign_in == "mail" and page.signed is None and self.takes_requesters
            return page.kept(403, page.t.say("Please sign in first. What you wrote is kept here; send it again afterwards.")) if asks else None
        if role in ("agent", "admin"):
            helps = self.provider is not None and (page.signed is None or bool(page.signed.mail))
        else:
            helps = self.config.sign_in == "mail" and page.signed is None and self.takes_requesters
        return self.to_sign_in(page) if helps else None

    def to_sign_in(self, page: Page) -> Response:
        """To the page where one signs in, and back here afterwards."""
        path = page.request.url.path + (f"?{page.request.url.query}" if page.request.url.query else "")
        return page.redirect(f"{SIGN_IN}?next={quote(path, safe='/')}")

    def blank(self, request: Request) -> Page:
        """A page for whoever asks, in their language, before it is known who that is."""
        languages = self.desk.languages
        chosen = request.cookies.get(LANGUAGE, "")
        language = chosen if chosen in languages else preferred(request.headers.get("accept-language", ""), languages)
        return Page(self, request, self.sessions.visitor(request.cookies.get(VISITOR, "")), language, tongue(language))

    def _admit_place(self, page: Page) -> None:
        if not self.config.sign_in and (self.public or not asks_this_computer(page.request)):
            raise Forbidden(
                page.t.say(
                    "Pages are shown on this computer alone until sign-in is set up: put {setting} into firstline.toml.",
                    setting='[channels.web] sign_in = "link"',
                )
            )

    def _admit_person(self, page: Page, role: Role | None) -> None:
        signed = page.signed
        if page.ended == ENDED and role in ("agent", "admin"):
            raise Forbidden(page.t.say("Your sign-in has ended: you are on no team of this desk any more."))
        if page.ended == UNSURE and role in ("agent", "admin"):
            raise Forbidden(page.t.say("Nobody says at the moment whether you are on a team of this desk. Please try again in a minute."))
        if signed is None and (role is not None or self.config.must_sign_in):
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
