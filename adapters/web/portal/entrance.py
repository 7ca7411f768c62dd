"""How requesters come in: they name their mail address, open the link that is sent there, and press the button of its page.

Opening alone does nothing, since mail programs look at links, too. Nobody learns here whether an address is known: the answer is the same, and is
given before anything is sent.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.inbound import inbound
from adapters.web.page import SIGNED, Missing, Page, known_as
from adapters.web.portal.pace import Allowance
from adapters.web.rendering import same_site_path
from adapters.web.sessions import MAIL_LIFE, SESSION_LIFE
from adapters.web.site import SIGN_IN, Site
from bot.domain.accounts import MOST_ADDRESSES
from bot.domain.ids import ConversationId, PersonId
from bot.domain.messages import AddressProved, SignInAsked
from bot.domain.people import Person, reads_mail_at
from bot.domain.tickets import Ticket
from bot.engine.people.accounts import mail_address
from bot.engine.people.addresses import account_of
from bot.errors import MoveRefused
from bot.ports import TicketQuery

log = logging.getLogger(__name__)

SENT, OPENED = f"{SIGN_IN}/sent", f"{SIGN_IN}/mail"
WITHIN = timedelta(minutes=15)
BY_VISITOR, BY_PEER = 5, 60  # links asked for in that time; behind one address a whole office may sit


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    visitors, peers = Allowance(BY_VISITOR, WITHIN, site.clock.now), Allowance(BY_PEER, WITHIN, site.clock.now)

    async def ask(page: Page) -> Response:
        return await _ask(page, lambda: visitors.take(page.visitor.id) and peers.take(page.peer))

    return [
        site.page(SIGN_IN, choose, entrance=True),
        site.page(SIGN_IN, ask, ["POST"], entrance=True),
        site.page(SENT, sent, entrance=True),
        site.page(f"{OPENED}/{{token}}", opened, ["GET", "POST"], entrance=True),
    ]


# ------------------------------------------------------------------------------------------------------------------- ask
async def choose(page: Page) -> Response:
    """Where one says how one wants to sign in."""
    if page.site.provider is None and not page.site.mails_links:
        raise Missing
    return shown(page, page.request.query_params.get("next", ""))


def shown(page: Page, wanted: str, status: int = 200, problem: str = "", wrong: str = "", given: str = "") -> Response:
    """The ways to sign in. wanted: where to go afterwards. problem: what went wrong; wrong: what is wrong with the address that was given."""
    site = page.site
    path = same_site_path(wanted) if wanted else ""
    mails = site.mails_links and not is_for_staff(path)
    return page.html(
        "enter.html", status, provider=site.provider.config.name if site.provider else "", mails=mails, wanted=path or "/tickets",
        next=quote(path or ("/agent" if not mails else "/tickets"), safe="/"), problem=problem, wrong=wrong, given=given,
        asks=site.takes_requesters and not is_for_staff(path),
    )  # fmt: skip


def is_for_staff(path: str) -> bool:
    """Does one go there to work?"""
    return re.match(r"/(?:agent|admin)(?:[/?]|\Z)", path) is not None


async def _ask(page: Page, may_ask: Callable[[], bool]) -> Response:
    """Whoever asks gets the same page, whatever becomes of it: who reads the address is told there, and nobody here."""
    site = page.site
    if not site.mails_links:
        raise Missing
    given, wanted = page.form.get("mail", ""), page.form.get("next", "")
    try:
        mail = mail_address(given)
    except MoveRefused:
        wrong = page.t.say("That is no mail address; it looks like name@example.org.")
        return shown(page, wanted, HTTPStatus.UNPROCESSABLE_ENTITY, wrong=wrong, given=given[:200])
    if not may_ask():
        wrong = page.t.say("That was asked for often just now. Please wait a quarter of an hour.")
        return shown(page, wanted, HTTPStatus.TOO_MANY_REQUESTS, wrong=wrong, given=given[:200])
    if site.config.takes_mail(mail):
        token = await site.sessions.make_mailed(mail, same_site_path(wanted or "/tickets"))
        link = f"{site.desk.url.rstrip('/')}{OPENED}/{token}"
        asked = SignInAsked(reads_mail_at(mail), link, int(MAIL_LIFE.total_seconds()))
        await page.deliver(inbound(page.person, page.visitor.conversation, page.once, site.clock.now(), asked))
    return page.redirect(SENT)


async def sent(page: Page) -> Response:
    """What to do now."""
    if not page.site.mails_links:
        raise Missing
    return page.html("portal_sent.html", span=page.t.span(MAIL_LIFE), domains=page.site.config.mail_domains)


# ------------------------------------------------------------------------------------------------------------------- open
async def opened(page: Page) -> Response:
    """The page behind a mailed link. Looking spends nothing; the button does."""
    token, site = page.request.path_params["token"], page.site
    if page.request.method != "POST":  # also what only asks for the head of a page looks
        found = await site.sessions.mailed(token)
        return page.html("portal_opened.html", mail=found.mail, count=len(await _of_this_browser(page, found.mail))) if found else _over(page)
    found = await site.sessions.mailed(token)
    if found is None or not site.config.takes_mail(found.mail):
        return _over(page)
    await prove(page, found.mail, found.mail)  # before the link is spent: when the desk cannot keep it now, the link works later
    if await site.sessions.spend_mailed(token) is None:
        return _over(page)
    if page.form.get("along") == "yes" and await _of_this_browser(page, found.mail):
        await _bring_along(page, found.mail)
    return page.keep(page.redirect(found.wanted), SIGNED, await begin_session(page, found.mail, found.mail))


async def _of_this_browser(page: Page, mail: str) -> Sequence[Ticket]:
    """What was asked in it without signing in, if it can still be joined with what is known of the address."""
    if page.signed is not None and page.signed.mail:
        return ()
    account = await account_of(page.site.reader, page.site.sessions.known_by(mail))
    if account is not None and len(account.addresses) >= MOST_ADDRESSES:
        return ()
    return await page.site.reader.tickets(TicketQuery(requester=page.visitor.person, limit=100))


async def _bring_along(page: Page, mail: str) -> None:
    """They are asked by whoever signs in from now on. The browser is somebody new afterwards, so that signing out leaves nothing open in it."""
    await _deliver(page, mail, mail, page.visitor.person)
    await page.site.sessions.retire(page.visitor)
    page.visitor = page.site.sessions.visitor("")


def _over(page: Page) -> Response:
    sentence = page.t.say("This sign-in link was used already, or is too old. Please ask for a new one.")
    return page.html("portal_over.html", HTTPStatus.FORBIDDEN, sentence=sentence, again=page.site.mails_links)


async def prove(page: Page, mail: str, name: str) -> None:
    """Somebody proved that address: it is one person with them from now on, on every channel where it is known. Twice is once."""
    await _deliver(page, mail, name, reads_mail_at(mail))


async def _deliver(page: Page, mail: str, name: str, proved: PersonId) -> None:
    site = page.site
    person = Person(site.sessions.known_by(mail), known_as(mail, page.own_name or name), page.language, page.zone)
    await page.deliver(inbound(person, ConversationId(person.id), f"proved/{secrets.token_hex(16)}", site.clock.now(), AddressProved(proved)))


async def begin_session(page: Page, mail: str, name: str, life: timedelta = SESSION_LIFE) -> str:
    """A new session's token for whoever proved that address; the one before it ends."""
    sessions = page.site.sessions
    if page.signed is not None:
        await sessions.sign_out(page.signed)
    log.info("a requester signed in", extra={"person": sessions.known_by(mail)})
    return await sessions.prove_mail(mail, name, life)
