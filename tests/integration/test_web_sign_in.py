"""Signing in at a provider: who is who, what does not hold signs nobody in, and a sign-in ends with the role."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from adapters.bus.pages import Broadcast
from adapters.http import build
from adapters.memory import MemoryChannel
from adapters.web.channel import WebChannel
from adapters.web.config import OidcConfig, WebConfig
from adapters.web.site import Site
from bot.domain.desks import Tier
from bot.domain.ids import PersonId, PlaceId
from bot.domain.messages import Inbound
from bot.domain.people import known_by_mail
from bot.errors import DeliveryError
from bot.store.memory import MemoryStore
from tests.builders import ALICE, FAQ, UNKNOWN, a_desk
from tests.clouds.oidc import CLIENT, SECRET, OidcCloud, oidc_cloud
from tests.web_desk import BASE, Browser
from tests.world import World

TEAM = PlaceId("slack:C0TIER2")
ANN, ADA = PersonId("slack:U0ANN"), PersonId("slack:U0ADA")
SLACK_ANN = {"sub": "U0ANN", "name": "Ann Agent", "https://slack.com/user_id": "U0ANN", "https://slack.com/team_id": "T0DESK"}


class Workspace(MemoryChannel):
    """Slack, which may be away."""

    away = False

    async def is_member(self, place: PlaceId, person: PersonId) -> bool:
        """Whoever was put there, if it can say."""
        if self.away:
            raise DeliveryError("away")
        return await super().is_member(place, person)


@dataclass
class Desk:
    """A desk whose agents are in Slack, or known by mail; the provider; and its pages."""

    world: World
    slack: Workspace
    cloud: OidcCloud
    site: Site
    app: object

    async def begin(self, browser: Browser, wanted: str = "/agent") -> str:
        """Where the provider sends the browser back to."""
        away = await browser.http.get("/oidc/start", params={"next": wanted})
        assert away.status_code == 307, away.text
        async with httpx.AsyncClient() as outside:
            back = await outside.get(away.headers["location"])
        assert back.headers["location"].startswith(f"{BASE}/oidc/callback?")
        return str(back.headers["location"])

    async def sign_in(self, browser: Browser | None = None, wanted: str = "/agent") -> tuple[Browser, httpx.Response]:
        """All the way; the answer to coming back."""
        browser = browser or Browser(self.app)
        return browser, await browser.http.get(await self.begin(browser, wanted))

    async def refused(self, said: str, status: int = 403) -> None:
        """Somebody signs in, and is told this."""
        browser, answer = await self.sign_in()
        assert (answer.status_code, said in answer.text) == (status, True), answer.text
        assert "firstline_in" not in browser.http.cookies
        assert (await browser.open("/agent/notices")).url.path == "/sign-in"


@asynccontextmanager
async def a_place(*, slack: bool, url: str = "", **claims: Any) -> AsyncIterator[Desk]:
    store, channel = MemoryStore(), Workspace("slack")
    channel.members = {TEAM: {ANN}}
    mail = frozenset({known_by_mail("ben@example.org")})
    tiers = (Tier(2, "Service desk", (TEAM,)), Tier(3, "Specialists", agents=mail))
    world = World(a_desk(tiers=tiers, admins=frozenset({ADA, known_by_mail("ana@example.org")}), url=url), entries=FAQ, store=store)
    world.channels["slack"] = channel
    async with oidc_cloud(now=lambda: world.clock.now().timestamp()) as cloud:
        cloud.claims |= claims
        config = OidcConfig(cloud.issuer, CLIENT, SecretStr(SECRET), slack)
        web = WebChannel(
            WebConfig(oidc=config), desk=world.desk, reader=store, files=store, notebook=store, changes=Broadcast(), clock=world.clock, secret=b"k" * 32,
            public=False,
        )  # fmt: skip
        web.know_workspace(lambda: "T0DESK")
        world.channels["web"] = web  # type: ignore[assignment]

        async def receive(event: Inbound) -> None:
            await world.intake.receive(event)
            await world.workers.drain()

        async def nothing() -> dict[str, Any]:
            return {}

        listening = asyncio.create_task(web.listen(receive, world.enquiries))
        await asyncio.sleep(0)
        yield Desk(world, channel, cloud, web._site, build({"web": web}, health=nothing, numbers=nothing))
        listening.cancel()
        await asyncio.wait([listening])


@pytest.fixture
async def slack() -> AsyncIterator[Desk]:
    async with a_place(slack=True, **SLACK_ANN) as desk:
        yield desk


@pytest.fixture
async def other() -> AsyncIterator[Desk]:
    async with a_place(slack=False, email="ana@example.org", name="Ana Admin") as desk:
        yield desk


# -------------------------------------------------------------------------------------------------------------- who is who
async def test_an_agent_of_slack_works_on_the_web_as_the_same_person(slack: Desk) -> None:
    await slack.world.says(UNKNOWN, ALICE)
    browser, answer = await slack.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/agent")
    page = await browser.open("/agent/tickets/IT-1")
    assert "Ann Agent" in page.text
    await browser.send(page, "/agent/tickets/IT-1/take")
    ticket = await slack.world.ticket("IT-1")
    assert ticket.assignee == ANN
    [claimed] = [event for event in await slack.world.store.history("IT-1") if event.name == "TicketClaimed"]
    assert (claimed.by, claimed.channel) == (ANN, "web")
    assert (await browser.open("/admin")).status_code == 403
    for path in ("/agent", "/agent?view=mine", "/agent/presence", "/agent/notices", "/agent/phrases", "/agent/tickets/IT-1"):
        assert (await browser.open(path)).status_code == 200, path


async def test_an_admin_named_in_the_settings_curates(slack: Desk) -> None:
    slack.cloud.claims |= {"https://slack.com/user_id": "U0ADA", "name": "Ada"}
    browser, _ = await slack.sign_in(wanted="/admin")
    assert (await browser.open("/admin")).status_code == 200


async def test_people_of_other_providers_are_known_by_their_verified_mail(other: Desk) -> None:
    browser, _ = await other.sign_in()
    assert (await browser.open("/admin")).status_code == 200
    other.cloud.claims |= {"email": "Ben@Example.org", "name": "Ben"}
    browser, _ = await other.sign_in()
    assert (await browser.open("/agent/notices")).status_code == 200
    assert (await browser.open("/admin")).status_code == 403


@pytest.mark.parametrize("verified", [False, None, "false", 1])
async def test_a_mail_address_that_is_not_verified_is_nobody_s(other: Desk, verified: object) -> None:
    other.cloud.claims["email_verified"] = verified
    await other.refused("does not say that your mail address is verified")


async def test_a_slack_user_id_is_believed_of_slack_alone(other: Desk) -> None:
    other.cloud.claims |= {**SLACK_ANN, "https://slack.com/user_id": "U0ADA", "email": "eve@example.org"}
    await other.refused("you are on no team of this desk")


async def test_somebody_of_another_workspace_is_nobody(slack: Desk) -> None:
    slack.cloud.claims["https://slack.com/team_id"] = "T0ELSE"
    await slack.refused("another Slack workspace")


async def test_who_is_on_no_team_is_told_so_by_name(slack: Desk) -> None:
    slack.cloud.claims |= {"https://slack.com/user_id": "U0BOB", "name": "Bob"}
    await slack.refused("You are known as Bob there, but you are on no team of this desk")


# ------------------------------------------------------------------------------------------------------- what does not hold
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"}, {"iss": None}, {"aud": "another-client"}, {"aud": None}, {"aud": [CLIENT, "another"], "azp": "another"},
        {"aud": [CLIENT, "another"]}, {"azp": "another"}, {"exp": 1}, {"exp": None}, {"exp": "soon"}, {"iat": 2**40}, {"iat": None}, {"nonce": "another"},
        {"nonce": None}, {"sub": None}, {"nbf": 2**40},
    ],
    ids=str,
)  # fmt: skip
async def test_a_proof_that_does_not_hold_signs_nobody_in(slack: Desk, changes: dict[str, Any]) -> None:
    slack.cloud.changes = changes
    await slack.refused("proves nothing, so nobody was signed in")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_a_method_that_anybody_can_sign_by_is_refused_even_if_the_provider_offers_it(slack: Desk, algorithm: str) -> None:
    slack.cloud.algorithm, slack.cloud.offered = algorithm, ["RS256", algorithm]
    await slack.refused("proves nothing")


async def test_a_key_that_the_provider_does_not_publish_is_refused(slack: Desk) -> None:
    slack.cloud.rotate()
    await slack.refused("proves nothing")


async def test_a_new_key_is_fetched_once_and_made_up_ones_do_not_make_us_ask_again_and_again(slack: Desk) -> None:
    await slack.sign_in()
    slack.cloud.rotate()
    slack.cloud.publish()
    slack.world.clock.advance(minutes=2)
    _, answer = await slack.sign_in()
    assert answer.headers["location"] == "/agent"
    assert slack.cloud.calls.count("keys") == 2
    slack.cloud.rotate()
    for _ in range(3):
        await slack.sign_in()
    assert slack.cloud.calls.count("keys") == 2


async def test_what_was_sent_back_is_used_once(slack: Desk) -> None:
    slack.cloud.reuses = True  # a provider that does not look
    browser = Browser(slack.app)
    back = await slack.begin(browser)
    begun = browser.http.cookies["firstline_begun"]
    assert (await browser.http.get(back)).status_code == 303
    again = Browser(slack.app)
    again.http.cookies.set("firstline_begun", begun)
    answer = await again.http.get(back)
    assert (answer.status_code, "was used already" in answer.text) == (403, True)


async def test_what_another_browser_began_signs_nobody_in(slack: Desk) -> None:
    victim = Browser(slack.app)
    answer = await victim.http.get(await slack.begin(Browser(slack.app)))
    assert (answer.status_code, "begun in another browser" in answer.text) == (403, True)
    await slack.begin(victim)
    answer = await victim.http.get(await slack.begin(Browser(slack.app)))
    assert (answer.status_code, "begun in another browser" in answer.text) == (403, True)
    assert "token" not in slack.cloud.calls  # the code was not even shown to the provider


async def test_a_sign_in_that_took_too_long_begins_anew(slack: Desk) -> None:
    browser = Browser(slack.app)
    back = await slack.begin(browser)
    slack.world.clock.advance(minutes=11)
    answer = await browser.http.get(back)
    assert (answer.status_code, "took too long" in answer.text) == (403, True)


async def test_a_cookie_that_we_did_not_sign_begins_nothing(slack: Desk) -> None:
    browser = Browser(slack.app)
    back = await slack.begin(browser)
    text, _, mac = browser.http.cookies["firstline_begun"].partition(".")
    browser.http.cookies.clear()
    browser.http.cookies.set("firstline_begun", f"{text}.{'0' * len(mac)}")
    assert (await browser.http.get(back)).status_code == 403


async def test_who_says_no_there_is_told_that_nothing_happened(slack: Desk) -> None:
    slack.cloud.denies = True
    await slack.refused("You did not sign in at Slack")


async def test_a_provider_that_sends_back_another_s_name_is_refused(slack: Desk) -> None:
    browser = Browser(slack.app)
    back = await slack.begin(browser)
    answer = await browser.http.get(back.replace("&iss=", "&iss=x"))
    assert answer.status_code == 403


@pytest.mark.parametrize("broken", ["discovery", "keys", "token"])
async def test_a_provider_that_does_not_answer_is_named_and_it_can_be_tried_again(slack: Desk, broken: str) -> None:
    slack.cloud.statuses = {broken: 503}
    browser = Browser(slack.app)
    answer = await browser.http.get("/oidc/start")
    if broken != "discovery":
        _, answer = await slack.sign_in(browser)
    assert (answer.status_code, "Slack does not answer as it should" in answer.text) == (503, True)
    slack.cloud.statuses = {}
    _, answer = await slack.sign_in(browser)
    assert answer.status_code == 303


async def test_the_log_says_why_and_holds_nothing_that_signs_anybody_in(slack: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    browser = Browser(slack.app)
    back = await slack.begin(browser)
    slack.cloud.changes = {"nonce": "another"}
    await browser.http.get(back)
    await slack.sign_in()
    ours = [record for record in caplog.records if record.name.startswith(("adapters", "bot"))]
    said = " ".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    assert "sign-in failed" in said
    for secret in (SECRET, *parse_qs(urlsplit(back).query)["state"], *parse_qs(urlsplit(back).query)["code"], "another", "Ann Agent"):
        assert secret not in said


# ------------------------------------------------------------------------------------------------------------- the session
async def test_a_sign_in_ends_within_a_minute_of_the_role(slack: Desk) -> None:
    browser, _ = await slack.sign_in()
    slack.slack.members = {TEAM: set()}
    slack.world.clock.advance(seconds=60)
    ended = await browser.open("/agent/notices")
    assert (ended.status_code, "you are on no team of this desk any more" in ended.text) == (403, True)
    slack.slack.members = {TEAM: {ANN}}
    slack.world.clock.advance(seconds=60)
    assert (await browser.open("/agent/notices")).url.path == "/sign-in"  # it ended; it does not come back


async def test_while_slack_cannot_say_nobody_is_let_in_and_nobody_is_signed_out(slack: Desk) -> None:
    browser, _ = await slack.sign_in()
    slack.world.clock.advance(seconds=60)
    slack.slack.away = True
    waits = await browser.open("/agent/notices")
    assert (waits.status_code, "try again in a minute" in waits.text) == (403, True)
    slack.slack.away = False
    assert (await browser.open("/agent/notices")).status_code == 200


async def test_an_admin_who_is_one_no_more_is_an_agent_at_once(slack: Desk) -> None:
    browser, _ = await slack.sign_in()
    assert (await browser.open("/admin")).status_code == 403
    slack.world.enquiries._desk = slack.world.roster._desk = replace(slack.world.desk, admins=frozenset({ANN}))
    assert (await browser.open("/admin")).status_code == 200


async def test_signing_in_again_makes_another_session_and_ends_the_first(slack: Desk) -> None:
    browser, _ = await slack.sign_in()
    first = browser.http.cookies["firstline_in"]
    await slack.sign_in(browser)
    assert browser.http.cookies["firstline_in"] != first
    thief = Browser(slack.app)
    thief.http.cookies.set("firstline_in", first)
    assert (await thief.open("/agent/notices")).url.path == "/sign-in"


async def test_signing_out_ends_it_and_so_does_half_a_day(slack: Desk) -> None:
    browser, _ = await slack.sign_in()
    kept = browser.http.cookies["firstline_in"]
    await browser.send(await browser.open("/agent/notices"), "/sign-out")
    browser.http.cookies.set("firstline_in", kept)
    assert (await browser.open("/agent/notices")).url.path == "/sign-in"
    browser, _ = await slack.sign_in()
    slack.world.clock.advance(hours=12, seconds=1)
    assert (await browser.open("/agent/notices")).url.path == "/sign-in"


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a b", "\\\\evil", "/\tx"])
async def test_nobody_is_sent_to_another_site_afterwards(slack: Desk, wanted: str) -> None:
    _, answer = await slack.sign_in(wanted=wanted)
    assert answer.headers["location"] == "/"
    page = await Browser(slack.app).http.get("/sign-in", params={"next": wanted})
    assert "evil" not in page.text


async def test_who_is_not_signed_in_signs_in_first_and_comes_back(slack: Desk) -> None:
    browser = Browser(slack.app)
    page = await browser.open("/agent?view=mine&q=tag:vpn")
    assert page.url.path == "/sign-in"
    assert "Sign in with Slack" in page.text
    _, answer = await slack.sign_in(browser, str(page.url.params["next"]))
    assert answer.headers["location"] == "/agent?view=mine&q=tag:vpn"


async def test_cookies_of_a_sign_in_are_out_of_reach_of_scripts_other_sites_and_open_lines() -> None:
    async with a_place(slack=True, url=BASE.replace("http:", "https:"), **SLACK_ANN) as desk:
        browser = Browser(desk.app, base=BASE.replace("http:", "https:"))
        away = await browser.http.get("/oidc/start")
        async with httpx.AsyncClient() as outside:
            back = (await outside.get(away.headers["location"])).headers["location"]
        answer = await browser.http.get(back)
        for response, name in ((away, "firstline_begun"), (answer, "firstline_in")):
            [cookie] = [one for one in response.headers.get_list("set-cookie") if one.startswith(f"{name}=") and "Max-Age=0" not in one]
            assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Secure")), cookie


async def test_beyond_this_computer_cookies_go_over_https_alone(slack: Desk) -> None:
    away = Browser(slack.app, base="http://help.example")
    response = await away.http.get("/sign-in")
    assert all("Secure" in one for one in response.headers.get_list("set-cookie"))


async def test_the_sign_in_page_can_be_framed_by_nobody_and_runs_no_foreign_script(slack: Desk) -> None:
    headers = (await Browser(slack.app).http.get("/sign-in")).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"


async def test_without_the_form_s_token_nothing_is_done_for_who_signed_in(slack: Desk) -> None:
    await slack.world.says(UNKNOWN, ALICE)
    browser, _ = await slack.sign_in()
    forged = await browser.http.post("/agent/tickets/IT-1/take", data={"once": "0" * 32}, headers={"Origin": BASE})
    assert forged.status_code == 403
    foreign = await browser.http.post("/agent/tickets/IT-1/take", data={}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert (await slack.world.ticket("IT-1")).assignee is None


async def test_the_doctor_says_whether_the_provider_answers(slack: Desk) -> None:
    assert slack.site.provider is not None
    assert (await slack.site.provider.diagnose())[0]
    slack.cloud.statuses = {"keys": 500}
    slack.world.clock.advance(minutes=2)
    ok, said = await slack.site.provider.diagnose()
    assert (ok, "OIDC_ISSUER" in said) == (False, True)
