"""Signing in at a provider: there with a question that only this browser can ask, and back with a proof of who somebody is."""

from __future__ import annotations

import base64
import hmac
import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.web.inbound import clean_name
from adapters.web.page import SIGNED, Missing, Page
from adapters.web.portal.entrance import begin_session, is_for_staff, prove, shown
from adapters.web.provider import Provider, SignInFailed
from adapters.web.rendering import same_site_path
from adapters.web.sessions import PROVED_LIFE
from adapters.web.site import Site
from bot.domain.ids import PersonId
from bot.domain.people import known_by_mail
from bot.engine.people.accounts import mail_address
from bot.errors import DeliveryError, MoveRefused

log = logging.getLogger(__name__)

AREA = "/oidc"
BEGUN = "firstline_begun"  # the cookie that says what this browser began
LIFE = timedelta(minutes=10)  # for signing in there
SLACK_USER, SLACK_TEAM = "https://slack.com/user_id", "https://slack.com/team_id"


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that was begun. next: where to go afterwards, on this site. until: seconds since 1970."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: int


class Refused(Exception):
    """Nobody was signed in; status, and the sentence that says why and what to do."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page(f"{AREA}/start", start, entrance=True),
        site.page(f"{AREA}/callback", callback, entrance=True),
    ]


async def start(page: Page) -> Response:
    """To the provider. What was begun is in a cookie that we signed: it costs us nothing, and helps nobody in another browser."""
    site, provider = page.site, _provider(page)
    wanted = same_site_path(page.request.query_params.get("next", "/agent"))
    if page.request.headers.get("host", "").lower() != urlsplit(_home(page)).netloc.lower():
        return RedirectResponse(f"{_home(page)}{AREA}/start?next={quote(wanted, safe='/')}")  # they come back there, so that is where the cookie must be
    until = int((site.clock.now() + LIFE).timestamp())
    begun = Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), wanted, until)
    try:
        address = await provider.address(begun.state, begun.nonce, begun.verifier, _back(page))
    except SignInFailed as failed:
        return _failed(page, provider, failed, wanted)
    away = RedirectResponse(address)
    return page.keep_for(away, BEGUN, _packed(site, begun), int(LIFE.total_seconds()), AREA)


async def callback(page: Page) -> Response:
    """Back from the provider. Whatever came of it, what was begun is over."""
    provider = _provider(page)
    begun = _unpacked(page.site, page.request.cookies.get(BEGUN, ""))
    wanted = begun.next if begun else "/agent"
    try:
        response = await _finished(page, provider, begun)
    except Refused as refused:
        response = shown(page, wanted, refused.status, refused.sentence)
    except SignInFailed as failed:
        response = _failed(page, provider, failed, wanted)
    response.delete_cookie(BEGUN, path=AREA)
    return response


async def _finished(page: Page, provider: Provider, begun: Begun | None) -> Response:
    asked = page.request.query_params
    state, code = asked.get("state", ""), asked.get("code", "")
    if begun is None or not hmac.compare_digest(state.encode(), begun.state.encode()):
        raise Refused(403, _over(page))
    if asked.get("iss", provider.config.issuer) != provider.config.issuer:
        raise SignInFailed("bad_proof", "sent back by another provider")
    if not code:
        raise Refused(403, page.t.say("You did not sign in at {provider}, so nothing was changed.", provider=provider.config.name))
    claims = await provider.claims(code, begun.nonce, begun.verifier, _back(page))
    if not await page.site.sessions.spend(begun.state, LIFE):
        raise Refused(403, _over(page))
    name = clean_name(str(claims.get("name") or claims.get("email") or ""))
    if not is_for_staff(begun.next) and page.site.takes_requesters:
        mail = _requester(page, provider, claims)
        await prove(page, mail, name or mail)
        session = await begin_session(page, mail, name or mail, PROVED_LIFE)
        return page.keep(page.redirect(begun.next), SIGNED, session)
    person = _person(page, provider, claims)
    name = name or person.partition(":")[2]
    await _admit(page, person, name)
    if page.signed is not None:
        await page.site.sessions.sign_out(page.signed)  # a session is for one sign-in
    session = await page.site.sessions.prove(person, name)
    log.info("signed in", extra={"person": person})
    return page.keep(page.redirect(begun.next), SIGNED, session)


def _person(page: Page, provider: Provider, claims: Mapping[str, Any]) -> PersonId:
    """Who that is here. Raises Refused."""
    if provider.config.slack:
        workspace, user, team = page.site.slack_workspace(), claims.get(SLACK_USER), claims.get(SLACK_TEAM)
        if workspace is None or not isinstance(user, str) or not user or (workspace and team != workspace):
            raise Refused(403, page.t.say("That is another Slack workspace than the one this desk works in. Please sign in to that one."))
        return PersonId(f"slack:{user}")
    return known_by_mail(_verified_mail(page, provider, claims))


def _requester(page: Page, provider: Provider, claims: Mapping[str, Any]) -> str:
    """The mail address that a requester is known by, with Slack in the desk's own workspace alone. Raises Refused."""
    if provider.config.slack:
        _person(page, provider, claims)
    try:
        mail = mail_address(_verified_mail(page, provider, claims))
    except MoveRefused:
        raise Refused(403, _no_mail(page, provider)) from None
    if not page.site.config.takes_mail(mail):
        raise Refused(403, page.t.say("This desk is for people with another mail address. Ask whoever looks after it."))
    return mail


def _verified_mail(page: Page, provider: Provider, claims: Mapping[str, Any]) -> str:
    """Raises Refused."""
    mail, verified = claims.get("email"), claims.get("email_verified")
    if not isinstance(mail, str) or "@" not in mail or not (verified is True or verified == "true"):
        raise Refused(403, _no_mail(page, provider))
    return mail


def _no_mail(page: Page, provider: Provider) -> str:
    name = provider.config.name
    return page.t.say("{provider} does not say that your mail address is verified, so nobody knows who you are.", provider=name)


async def _admit(page: Page, person: PersonId, name: str) -> None:
    """Raises Refused: not on a team, or nobody can say."""
    try:
        rank = await page.site.enquiries.rank(person) if page.site.enquiries else ""
    except DeliveryError:
        sentence = page.t.say("Nobody says at the moment whether you are on a team of this desk. Please try again in a minute.")
        raise Refused(503, sentence) from None
    if not rank:
        log.info("not signed in: no role", extra={"person": person})
        raise Refused(403, page.t.say("You are known as {name} there, but you are on no team of this desk. Ask one of its admins.", name=name))


def _over(page: Page) -> str:
    return page.t.say("This sign-in took too long, was used already, or was begun in another browser. Please sign in again.")


def _provider(page: Page) -> Provider:
    if page.site.provider is None:
        raise Missing
    return page.site.provider


def _home(page: Page) -> str:
    """Where our pages are, as people open them."""
    return page.site.desk.url or str(page.request.base_url).rstrip("/")


def _back(page: Page) -> str:
    return f"{_home(page)}{AREA}/callback"


def _failed(page: Page, provider: Provider, failed: SignInFailed, wanted: str) -> Response:
    log.warning("sign-in failed", extra={"why": failed.why, "detail": failed.detail})
    name = provider.config.name
    if failed.why == "unreachable":
        said = page.t.say("{provider} does not answer as it should at the moment. Please try again shortly, or ask for a sign-in link.", provider=name)
    else:
        said = page.t.say(
            "What {provider} sent back proves nothing, so nobody was signed in. Please try again; if it stays so, tell whoever looks after this desk.",
            provider=name,
        )
    return shown(page, wanted, 503 if failed.why == "unreachable" else 403, said)


def _packed(site: Site, begun: Begun) -> str:
    text = base64.urlsafe_b64encode(json.dumps(asdict(begun)).encode()).decode()
    return f"{text}.{site.sessions.sign('oidc', text)}"


def _unpacked(site: Site, cookie: str) -> Begun | None:
    """What this browser began, unless it is of nobody's or too old."""
    text, _, mac = cookie.partition(".")
    if not text or not hmac.compare_digest(mac.encode(), site.sessions.sign("oidc", text).encode()):
        return None
    begun = Begun(**json.loads(base64.urlsafe_b64decode(text)))
    return begun if begun.until > site.clock.now().timestamp() else None
