"""Requesters sign in: by a link in a mail, or at a provider. Then they see every request of theirs, whichever door it came through, and nobody else's."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.domain.ids import PersonId, PlaceId
from bot.domain.messages import Submitted
from bot.domain.people import Person
from bot.engine.people.addresses import addresses_of
from bot.ports import TicketQuery
from tests.builders import ALICE, ANN, UNKNOWN
from tests.hostile import TRICKS
from tests.portal_desk import ALICE_MAIL, Portal, a_portal
from tests.web_desk import BASE, Browser, Document
from tests.world import text_of

EVE = Person(PersonId("email:eve@example.org"), "Eve", "en")


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with a_portal() as made:
        yield made


# ----------------------------------------------------------------------------------------------------------- all the way
async def test_who_signs_in_by_mail_sees_the_requests_of_their_mail_and_goes_on_with_them(portal: Portal) -> None:
    number = await portal.asks_by_mail(UNKNOWN)
    browser = portal.browser()
    page = await browser.open("/tickets")
    assert number not in page.text
    assert "Sign in to see those from mail and chat" in page.text

    answer = await portal.asks_for_link(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/sent")
    assert "a link is on its way" in (await browser.open("/sign-in/sent")).text
    page = await browser.open(portal.letters()[-1])
    assert "You sign in as alice@example.org" in Document(page.text).text
    page = await browser.send(page, "")
    assert page.url.path == "/tickets"
    assert number in page.text
    assert "Email" in page.text

    page = await browser.open(f"/tickets/{number}")
    assert UNKNOWN in page.text
    page = await browser.send(page, f"/tickets/{number}/add", words="It is the blue one")
    assert "It is the blue one" in page.text
    talk = await portal.world.store.talk(number, internal=False)
    assert talk[-1].text == "It is the blue one"
    await portal.world.presses("Take it", ANN)
    await portal.world.happens(Submitted(f"resolve:{number}", {"words": "A new chair"}, PlaceId("chat:team-2")), ANN)
    page = await browser.open(f"/tickets/{number}")
    page = await browser.send(page, f"/tickets/{number}/rate", rating="4")
    assert (await portal.world.ticket(number)).rating == 4
    await browser.send(await browser.open(f"/tickets/{number}"), f"/tickets/{number}/reopen")
    assert (await portal.world.ticket(number)).status == "open"


async def test_what_is_asked_after_signing_in_is_theirs_in_every_browser(portal: Portal) -> None:
    one = await portal.signed_in()
    await one.send(await one.open("/"), "/say", text=UNKNOWN)
    other = await portal.signed_in()
    assert "IT-1" in (await other.open("/tickets")).text
    assert UNKNOWN in (await other.open("/")).text
    [ticket] = await portal.world.store.tickets(TicketQuery())
    assert (await portal.world.store.people([ticket.requester]))[ticket.requester].name == "✓ alice@example.org"
    assert "alice" not in ticket.requester  # an id says nothing of whom it stands for


async def test_a_channel_that_was_joined_with_the_mail_address_is_theirs_too(portal: Portal) -> None:
    await portal.world.says(UNKNOWN, ALICE)
    await portal.world.commands("join", "alice@example.org", ALICE)
    [letter] = portal.mail.sent
    code = text_of(letter.body).split("Code: ")[1].split()[0]
    await portal.world.commands("join", code, ALICE)
    browser = await portal.signed_in()
    assert "IT-1" in (await browser.open("/tickets")).text
    assert set(await addresses_of(portal.world.store, ALICE.id)) >= {ALICE.id, ALICE_MAIL.id}


# --------------------------------------------------------------------------------------------------------------- whose is what
@pytest.mark.parametrize("typed", ["✓ alice@example.org", "alice@example.org", "✔\ufe0f alice@example.org", "☑ alice@example.org"])
async def test_agents_tell_who_proved_an_address_from_who_says_so(portal: Portal, typed: str) -> None:
    eve, alice = portal.browser(), await portal.signed_in()
    for browser in (eve, alice):
        await browser.send(await browser.open("/tickets"), "/name", name=typed)
        await browser.send(await browser.open("/"), "/say", text=UNKNOWN)
    names = [(await portal.world.store.people([t.requester]))[t.requester].name for t in await portal.world.store.tickets(TicketQuery())]
    assert sorted(names) == ["alice@example.org", "✓ alice@example.org"]


async def test_a_name_that_was_typed_does_not_hide_the_address_that_was_proved(portal: Portal) -> None:
    browser = await portal.signed_in()
    await browser.send(await browser.open("/tickets"), "/name", name="ceo@example.com " + "x" * 80)
    await browser.send(await browser.open("/"), "/say", text=UNKNOWN)
    [ticket] = await portal.world.store.tickets(TicketQuery())
    assert (await portal.world.store.people([ticket.requester]))[ticket.requester].name.startswith("✓ alice@example.org (ceo@")


async def test_anothers_request_looks_as_if_it_did_not_exist(portal: Portal) -> None:
    number = await portal.asks_by_mail(UNKNOWN, EVE)
    browser = await portal.signed_in()
    page = await browser.open("/tickets")
    token = browser.form(page, "/name").fields["csrf"]
    for path in ("/tickets/{}", "/tickets/{}/files/1/0"):
        theirs, none = [(await browser.open(path.format(one))) for one in (number, "IT-4711")]
        assert (theirs.status_code, theirs.text.replace(number, "")) == (404, none.text.replace("IT-4711", ""))
    for act in ("add", "cancel", "reopen", "rate"):
        given = {"csrf": token, "once": "0" * 32, "words": "mine", "rating": "1"}
        answers = [await browser.http.post(f"/tickets/{one}/{act}", data=given, headers={"Origin": BASE}) for one in (number, "IT-4711")]
        assert {answer.status_code for answer in answers} == {404}
    assert (await portal.world.ticket(number)).status == "open"


async def test_nobody_becomes_somebody_by_a_form_that_names_them(portal: Portal) -> None:
    number = await portal.asks_by_mail(UNKNOWN)
    browser = portal.browser()
    page = await browser.open("/")
    token = browser.form(page, "/say").fields["csrf"]
    sent = len(portal.mail.sent)
    claimed = {"field-address": "email:alice@example.org", "field-link": "https://evil.example", "mail": "alice@example.org", "verified": "true"}
    for n, action in enumerate(("sign_in_asked", "address_proved", "sign-in", "join-yes:1")):
        for path in ("/fill", "/press"):
            given = {**claimed, "csrf": token, "once": f"{path == '/fill':x}{n}" * 16, "action": action}
            assert (await browser.http.post(path, data=given, headers={"Origin": BASE})).status_code == 303
    assert number not in (await browser.open("/tickets")).text
    assert len(portal.mail.sent) == sent
    assert await addresses_of(portal.world.store, ALICE_MAIL.id) == (ALICE_MAIL.id,)


# ------------------------------------------------------------------------------------------------------------------ the link
async def test_opening_the_link_spends_nothing_and_the_button_works_once(portal: Portal) -> None:
    browser, scanner = portal.browser(), portal.browser()
    await portal.asks_for_link(browser)
    [link] = portal.letters()
    for _ in range(3):
        assert (await scanner.open(link)).status_code == 200
        assert (await scanner.http.head(link)).status_code == 200
    page = await browser.open(link)
    await browser.send(page, "", follow=False)
    assert "firstline_in" in browser.http.cookies
    late = await scanner.open(link)
    assert (late.status_code, "used already" in late.text) == (403, True)
    assert (await scanner.send(page_of(scanner, await scanner.open("/"), link), "", follow=False)).status_code == 403
    assert "firstline_in" not in scanner.http.cookies


def page_of(browser: Browser, front: httpx.Response, link: str) -> httpx.Response:
    """The page behind the link as this browser would have it: its form with a token of its own."""
    token = browser.form(front, "/say").fields["csrf"]
    form = f'<form method="post"><input type="hidden" name="csrf" value="{token}"></form>'
    return httpx.Response(200, text=form, request=httpx.Request("GET", BASE + link))


async def test_a_link_is_worth_nothing_after_a_quarter_of_an_hour(portal: Portal) -> None:
    browser = portal.browser()
    await portal.asks_for_link(browser)
    page = await browser.open(portal.letters()[-1])
    portal.world.clock.advance(minutes=15)
    assert (await browser.open(portal.letters()[-1])).status_code == 403
    assert (await browser.send(page, "", follow=False)).status_code == 403
    assert (await browser.open("/sign-in/mail/" + "A" * 43)).status_code == 403


async def test_a_link_is_kept_as_a_hash_alone_and_no_address_is_in_the_log(portal: Portal, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        browser = portal.browser()
        await portal.asks_for_link(browser)
        token = portal.letters()[-1].rpartition("/")[2]
        assert token not in json.dumps(await portal.world.store.noted(""))
        await browser.send(await browser.open(portal.letters()[-1]), "", follow=False)
        session = browser.http.cookies["firstline_in"]
        assert session not in json.dumps(await portal.world.store.noted(""))
    ours = "\n".join(f"{r.getMessage()} {r.__dict__}" for r in caplog.records if not r.name.startswith(("httpx", "httpcore")))
    assert not [secret for secret in ("alice@example.org", token, session) if secret in ours]
    assert "a requester signed in" in ours


async def test_nobody_is_led_to_another_site_afterwards(portal: Portal) -> None:
    for wanted in ("https://evil.example/", "//evil.example", "/\\evil.example", "/tickets\r\nX: y"):
        browser = portal.browser()
        page = await browser.open("/sign-in")
        form = browser.form(page, "/sign-in").fields
        await browser.http.post("/sign-in", data={**form, "mail": f"a{len(portal.mail.sent)}@example.org", "next": wanted}, headers={"Origin": BASE})
        link = portal.letters(portal.mail.sent[-1].to.removeprefix("email:"))[-1]
        answer = await browser.send(await browser.open(link), "", follow=False)
        assert answer.headers["location"] == "/"


# ------------------------------------------------------------------------------------------------------- who asks, and how often
async def test_an_address_that_is_known_and_one_that_is_not_are_answered_alike(portal: Portal) -> None:
    await portal.asks_by_mail(UNKNOWN)
    answers = []
    for address in ("alice@example.org", "nobody@example.org"):
        browser = portal.browser()
        answer = await portal.asks_for_link(browser, address)
        answers.append((answer.status_code, answer.headers["location"], (await browser.open("/sign-in/sent")).text))
    assert answers[0][:2] == answers[1][:2]
    assert Document(answers[0][2]).text == Document(answers[1][2]).text
    assert len(portal.letters("nobody@example.org")) == 1  # it is theirs to prove, too


async def test_an_address_gets_three_letters_in_a_quarter_of_an_hour_and_ten_a_day_and_nobody_is_told(portal: Portal) -> None:
    for _ in range(5):
        answer = await portal.asks_for_link(portal.browser())
        assert answer.headers["location"] == "/sign-in/sent"
    assert len(portal.letters()) == 3
    await portal.asks_for_link(portal.browser(), "bob@example.org")
    assert len(portal.letters("bob@example.org")) == 1
    for _ in range(20):
        portal.world.clock.advance(minutes=16)
        await portal.asks_for_link(portal.browser())
    assert len(portal.letters()) == 10
    portal.world.clock.advance(days=1)
    await portal.asks_for_link(portal.browser())
    assert len(portal.letters()) == 11


async def test_one_browser_asks_five_times_and_one_network_sixty(portal: Portal) -> None:
    browser = portal.browser()
    answers = [await portal.asks_for_link(browser, f"a{n}@example.org") for n in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert "a5@example.org" in answers[-1].text
    assert 'role="alert"' in answers[-1].text
    statuses = [(await portal.asks_for_link(portal.browser(), f"b{n}@example.org")).status_code for n in range(56)]
    assert statuses == [303] * 55 + [429]


NO_ADDRESSES = ("", "alice", "alice@", "@example.org", "a b@example.org", "alice@example.org, eve@example.org", "a@b@example.org", *TRICKS[:8])


@pytest.mark.parametrize("given", NO_ADDRESSES)
async def test_what_is_no_mail_address_is_said_at_its_field_and_kept(portal: Portal, given: str) -> None:
    browser = portal.browser()
    answer = await portal.asks_for_link(browser, given)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "That is no mail address" in answer.text
    assert Browser.form(answer, "/sign-in").fields["mail"] == given
    assert portal.mail.sent == []


async def test_a_letter_says_nobodys_words_and_leads_where_the_desk_is_not_where_somebody_asked(portal: Portal) -> None:
    browser = Browser(portal.app, base="http://localhost:8080")
    page = await browser.open("/sign-in")
    form = browser.form(page, "/sign-in").fields
    await browser.http.post("/sign-in", data={**form, "mail": "alice@example.org", "name": "Buy cheap <b>pills</b>"}, headers={"Origin": browser.base})
    [sent] = portal.mail.sent
    [choice] = sent.body.choices
    assert choice.link.startswith(f"{BASE}/sign-in/mail/")
    assert "pills" not in text_of(sent.body)
    assert "It works once, for 15 minutes" in text_of(sent.body)


async def test_a_letter_is_in_the_language_of_the_page(portal: Portal) -> None:
    await portal.asks_for_link(portal.browser(language="de"))
    [sent] = portal.mail.sent
    assert "15 Minuten" in text_of(sent.body)


# ---------------------------------------------------------------------------------------------------------------- the session
async def test_signing_in_makes_another_session_and_signing_out_ends_it_at_once_and_everywhere(portal: Portal) -> None:
    await portal.asks_by_mail(UNKNOWN)
    browser = portal.browser()
    before = (await browser.open("/")) and browser.visitor
    await portal.signed_in(browser=browser)
    first = browser.http.cookies["firstline_in"]
    await portal.signed_in(browser=browser)
    copied = browser.http.cookies["firstline_in"]
    assert copied != first
    thief = portal.browser()
    thief.http.cookies.set("firstline_in", first)
    assert "IT-1" not in (await thief.open("/tickets")).text
    thief.http.cookies.set("firstline_in", copied)
    assert "IT-1" in (await thief.open("/tickets")).text
    await browser.send(await browser.open("/tickets"), "/sign-out")
    for who in (browser, thief):
        assert "IT-1" not in (await who.open("/tickets")).text
    assert browser.visitor == before  # what was asked without signing in is still there


async def test_a_cookie_that_somebody_planted_is_not_who_signs_in(portal: Portal) -> None:
    await portal.asks_by_mail(UNKNOWN)
    eve, alice = portal.browser(), portal.browser()
    await eve.open("/")
    alice.http.cookies.set("firstline", eve.http.cookies["firstline"])
    await portal.signed_in(browser=alice)
    assert "IT-1" in (await alice.open("/tickets")).text
    assert "IT-1" not in (await eve.open("/tickets")).text


async def test_what_was_asked_before_signing_in_comes_along_if_they_like_and_stays_theirs_alone(portal: Portal) -> None:
    browser, thief = portal.browser(), portal.browser()
    await browser.send(await browser.open("/"), "/say", text=UNKNOWN)
    thief.http.cookies.set("firstline", browser.http.cookies["firstline"])
    await portal.asks_for_link(browser)
    page = await browser.open(portal.letters()[-1])
    assert "Bring along 1 request" in page.text
    page = await browser.send(page, "", along="yes")
    assert "IT-1" in page.text
    await browser.send(await browser.open("/tickets/IT-1"), "/tickets/IT-1/add", words="still blue")
    assert (await portal.world.store.talk("IT-1", internal=False))[-1].text == "still blue"
    phone = await portal.signed_in()
    assert "IT-1" in (await phone.open("/tickets")).text
    await browser.send(await browser.open("/tickets"), "/sign-out")
    for who in (browser, thief):
        assert "IT-1" not in (await who.open("/tickets")).text
        assert (await who.open("/tickets/IT-1")).status_code == 404


async def test_what_was_asked_in_a_browser_stays_there_unless_they_say_otherwise(portal: Portal) -> None:
    browser = portal.browser()
    await browser.send(await browser.open("/"), "/say", text=UNKNOWN)
    await portal.signed_in(browser=browser)
    assert "IT-1" not in (await browser.open("/tickets")).text
    await browser.send(await browser.open("/tickets"), "/sign-out")
    assert "IT-1" in (await browser.open("/tickets")).text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/sign-in/mail/x"])
async def test_another_site_signs_nobody_in_or_out(portal: Portal, path: str) -> None:
    browser = await portal.signed_in()
    answer = await browser.http.post(path, data={"mail": "alice@example.org"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert (await browser.http.post(path, data={"mail": "alice@example.org", "csrf": "x"}, headers={"Origin": BASE})).status_code == 403
    assert "alice@example.org" in (await browser.open("/tickets")).text


async def test_a_requester_who_signed_in_has_no_right_of_an_agent(portal: Portal) -> None:
    browser = await portal.signed_in()
    for path in ("/agent", "/admin", "/agent/tickets/IT-1"):
        assert (await browser.open(path)).status_code == 403
