"""Which ways in there are for requesters, by what the desk sets: mailed links, a provider, domains; and what a refused way says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from adapters.web.config import WebConfig
from bot.domain import accounts
from bot.domain.ids import PersonId
from bot.engine.people.addresses import account_of, addresses_of, keep_account
from bot.ports import Transaction
from tests.builders import MONDAY, UNKNOWN
from tests.clouds.oidc import OidcCloud, oidc_cloud
from tests.portal_desk import ALICE_MAIL, Portal, a_portal
from tests.web_desk import BASE, Browser


# ------------------------------------------------------------------------------------------------------------- ways in, by setting
@pytest.mark.parametrize(
    ("config", "has_mail", "url", "offered"),
    [
        (WebConfig(), True, BASE, True),
        (WebConfig("open"), True, BASE, True),
        (WebConfig("mail"), True, BASE, True),
        (WebConfig("link"), True, BASE, False),
        (WebConfig(), False, BASE, False),
        (WebConfig(), True, "", False),
    ],
)
async def test_the_mailed_link_is_offered_where_it_can_be_sent_and_the_desk_wants_it(config: WebConfig, has_mail: bool, url: str, offered: bool) -> None:
    async with a_portal(config, has_mail=has_mail, url=url) as portal:
        browser = portal.browser()
        page = await browser.open("/sign-in")
        assert (page.status_code == 200 and 'name="mail"' in page.text) == offered
        front = await browser.open("/")
        assert ('href="/sign-in?next=/' in front.text) == (offered and config.sign_in != "mail")


async def test_where_everybody_signs_in_by_mail_pages_lead_to_the_entrance_and_back() -> None:
    async with a_portal(WebConfig("mail"), public=True) as portal:
        browser = portal.browser()
        page = await browser.open("/tickets?x=1")
        assert page.url.path == "/sign-in"
        assert browser.form(page, "/sign-in").fields["next"] == "/tickets?x=1"
        assert (await browser.http.post("/say", data={"text": "hi"}, headers={"Origin": BASE})).status_code == 403
        await browser.send(page, "/sign-in", mail="alice@example.org", follow=False)
        answer = await browser.send(await browser.open(portal.letters()[-1]), "", follow=False)
        assert answer.headers["location"] == "/tickets?x=1"
        assert (await browser.open("/")).status_code == 200


async def test_who_was_signed_out_while_they_wrote_loses_no_word() -> None:
    async with a_portal(WebConfig("mail"), public=True) as portal:
        browser = await portal.signed_in()
        page = await browser.open("/")
        portal.world.clock.advance(days=31)
        for _ in range(2):  # of another session, and then of none
            page = await browser.send(page, "/say", text=UNKNOWN)
            assert page.status_code == 403
            assert browser.form(page, "/say").fields["text"] == UNKNOWN
        assert "Please sign in first" in page.text
        assert '<a class="button" href="/sign-in" target="_blank"' in page.text
        await portal.signed_in(browser=browser)
        page = await browser.send(page, "/say")
        page = await browser.send(page, "/say")
        assert "IT-1" in page.text


async def test_addresses_of_other_domains_are_answered_alike_and_get_no_link() -> None:
    async with a_portal(WebConfig("mail", mail_domains=("example.org",)), public=True) as portal:
        for address in ("eve@evil.example", "eve@notexample.org", "eve@sub.example.org"):
            answer = await portal.asks_for_link(portal.browser(), address)
            assert answer.headers["location"] == "/sign-in/sent"
        assert portal.mail.sent == []
        await portal.asks_for_link(portal.browser(), "Alice@Example.org")
        assert len(portal.letters()) == 1


# ----------------------------------------------------------------------------------------------------------------- by a provider
async def by_provider(portal: Portal, browser: Browser, wanted: str = "/tickets") -> httpx.Response:
    away = await browser.http.get("/oidc/start", params={"next": wanted})
    async with httpx.AsyncClient() as outside:
        back = await outside.get(away.headers["location"])
    return await browser.http.get(str(back.headers["location"]).removeprefix(BASE))


@pytest.fixture
async def cloud() -> AsyncIterator[OidcCloud]:
    async with oidc_cloud(now=MONDAY.timestamp) as made:
        yield made


async def test_a_provider_that_vouches_for_a_mail_address_signs_a_requester_in(cloud: OidcCloud) -> None:
    cloud.claims |= {"email": "Alice@example.org", "name": "Alice Archer"}
    async with a_portal(WebConfig("mail"), issuer=cloud.issuer, has_mail=False, public=True) as portal:
        number = await portal.asks_by_mail(UNKNOWN)
        browser = portal.browser()
        page = await browser.open("/tickets")
        assert "/oidc/start?next=/tickets" in page.text
        assert 'name="mail"' not in page.text
        answer = await by_provider(portal, browser)
        assert (answer.status_code, answer.headers["location"]) == (303, "/tickets")
        assert number in (await browser.open("/tickets")).text
        portal.world.clock.advance(hours=12)
        assert (await browser.open("/tickets")).url.path == "/sign-in"


@pytest.mark.parametrize("claims", [{"email": "alice@example.org", "email_verified": False}, {"email_verified": True}, {"email": "alice@example.org, x@y.org"}])
async def test_an_address_that_the_provider_does_not_vouch_for_is_nobody_s(cloud: OidcCloud, claims: dict[str, object]) -> None:
    cloud.claims.pop("email", None)
    cloud.claims |= claims
    async with a_portal(WebConfig("mail"), issuer=cloud.issuer, public=True) as portal:
        browser = portal.browser()
        answer = await by_provider(portal, browser)
        assert (answer.status_code, "does not say that your mail address is verified" in answer.text) == (403, True)
        assert "firstline_in" not in browser.http.cookies


async def test_a_provider_s_people_of_another_domain_do_not_get_in(cloud: OidcCloud) -> None:
    cloud.claims |= {"email": "eve@evil.example"}
    async with a_portal(WebConfig("mail", mail_domains=("example.org",)), issuer=cloud.issuer, public=True) as portal:
        answer = await by_provider(portal, portal.browser())
        assert (answer.status_code, "another mail address" in answer.text) == (403, True)


async def test_where_people_come_by_links_made_for_them_a_provider_signs_in_teams_alone(cloud: OidcCloud) -> None:
    cloud.claims |= {"email": "alice@example.org"}
    async with a_portal(WebConfig("link"), issuer=cloud.issuer, public=True) as portal:
        answer = await by_provider(portal, portal.browser())
        assert (answer.status_code, "you are on no team" in answer.text) == (403, True)


async def test_an_agent_who_signed_in_to_ask_is_led_to_sign_in_to_work(cloud: OidcCloud) -> None:
    cloud.claims |= {"email": "alice@example.org"}
    async with a_portal(WebConfig("mail"), issuer=cloud.issuer, public=True) as portal:
        browser = portal.browser()
        await by_provider(portal, browser)
        page = await browser.open("/agent")
        assert (page.url.path, "/oidc/start?next=/agent" in page.text) == ("/sign-in", True)


# ------------------------------------------------------------------------------------------------------------------ too many
async def test_who_has_as_many_addresses_as_an_account_holds_signs_in_all_the_same() -> None:
    async def full(tx: Transaction) -> None:
        account = accounts.account_for("full", ALICE_MAIL.id, MONDAY)
        for n in range(accounts.MOST_ADDRESSES - 1):
            account = accounts.join(account, accounts.account_for(f"a{n}", PersonId(f"chat:a{n}"), MONDAY), MONDAY)
        await keep_account(tx, account)

    async with a_portal() as portal:
        await portal.world.store.run(full)
        browser = await portal.signed_in()
        assert "alice@example.org" in (await browser.open("/tickets")).text
        kept = await account_of(portal.world.store, ALICE_MAIL.id)
        assert kept is not None
        assert len(kept.addresses) == accounts.MOST_ADDRESSES
        assert len(await addresses_of(portal.world.store, ALICE_MAIL.id)) == accounts.MOST_ADDRESSES
