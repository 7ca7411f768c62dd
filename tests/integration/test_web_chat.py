"""The requester's pages as a browser without JavaScript meets them, over a desk of dictionaries."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from adapters.web.config import WebConfig
from bot.domain.messages import (
    Article,
    Choice,
    Commanded,
    Form,
    FormField,
    Inbound,
    Outbound,
    Pressed,
    Refusal,
    Said,
    Say,
    Submitted,
    Words,
)
from bot.domain.tickets import TicketMessage
from tests.web_desk import BASE, START, Browser, Document, WebWorld, a_ticket, a_world


@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world()
    yield made
    await made.stop()


def answers_with(world: WebWorld, message: Outbound) -> None:
    """The desk answers everything with this message."""

    async def react(event: Inbound) -> None:
        world.desk.show(event.conversation, message)

    world.desk.reacts = react


async def test_a_question_is_answered_on_the_page_that_comes_back(world: WebWorld) -> None:
    answers_with(world, Outbound((Article("Restart the **router**."),), (Choice("Yes, solved", "solved:IT-1", "primary"),)))
    browser = world.browser()
    page = await browser.send(await browser.open("/"), "/say", text="The VPN is slow", name="Ana")
    assert page.status_code == 200
    assert "The VPN is slow" in Document(page.text).text
    assert "<strong>router</strong>" in page.text
    [event] = world.desk.received
    assert isinstance(event.what, Said)
    assert (event.person.id, event.person.name, event.conversation) == (browser.visitor, "Ana", browser.visitor)
    assert event.what.private
    assert event.what.addressed


async def test_a_press_reaches_the_desk_with_its_action(world: WebWorld) -> None:
    answers_with(world, Outbound((Say("Fine?"),), (Choice("Yes, solved", "solved:IT-1"), Choice("Not what I need", "not:IT-1"))))
    browser = world.browser()
    page = await browser.send(await browser.open("/"), "/say", text="hello")
    await browser.send(page, "/press", button="not:IT-1")
    what = world.desk.received[-1].what
    assert isinstance(what, Pressed)
    assert what.action == "not:IT-1"


async def test_buttons_of_an_older_message_are_gone(world: WebWorld) -> None:
    browser = world.browser()
    await browser.open("/")
    world.desk.show(browser.visitor, Outbound((Say("Did it help?"),), (Choice("Yes, solved", "solved:IT-1"),)))
    lines = world.desk.lines[browser.visitor]
    lines[0] = type(lines[0])(lines[0].id, lines[0].side, lines[0].message, lines[0].at, live=False)
    assert "solved:IT-1" not in (await browser.open("/")).text


async def test_a_form_sent_twice_is_one_event(world: WebWorld) -> None:
    answers_with(world, Outbound((Say("I see."),)))
    browser = world.browser()
    page = await browser.open("/")
    await browser.send(page, "/say", text="once")
    again = await browser.send(page, "/say", text="once")
    assert again.status_code == 200
    assert len(world.desk.received) == 1


async def test_talk_to_a_person_and_new_question_are_always_there(world: WebWorld) -> None:
    answers_with(world, Outbound((Say("A person comes."),)))
    browser = world.browser()
    page = await browser.send(await browser.open("/"), "/human")
    await browser.send(page, "/new")
    assert [e.what.name for e in world.desk.received if isinstance(e.what, Commanded)] == ["human", "new"]


async def test_what_the_desk_says_to_one_press_is_said_in_the_conversation(world: WebWorld) -> None:
    async def react(event: Inbound) -> None:
        assert isinstance(event.what, Commanded)
        said = Outbound((Say("Which <language>?"),), (Choice("Español", "lang:es"),), only_for=event.person.id, answer_to=event.what.answer_to)
        world.desk.show(event.conversation, said)
        await world.channel.answer(event.what.place, said)

    world.desk.reacts = react
    browser = world.browser()
    page = await browser.send(await browser.open("/"), "/say", text="/lang")
    assert Document(page.text).text.count("Which <language>?") == 1
    assert "lang:es" in page.text


async def test_a_press_that_only_stops_waiting_shows_nothing(world: WebWorld) -> None:
    async def react(event: Inbound) -> None:
        assert isinstance(event.what, Commanded)
        empty = Outbound((), only_for=event.person.id, answer_to=event.what.answer_to)
        world.desk.show(event.conversation, empty)
        await world.channel.answer(event.what.place, empty)

    world.desk.reacts = react
    browser = world.browser()
    page = await browser.send(await browser.open("/"), "/human")
    assert 'class="line desk"' not in page.text


async def test_one_waits_no_longer_than_a_moment_for_a_desk_that_says_nothing(world: WebWorld) -> None:
    browser = world.browser()
    page = await browser.open("/")
    began = time.monotonic()
    page = await browser.send(page, "/say", text="anybody there?")
    assert time.monotonic() - began < 2.5
    assert "anybody there?" in page.text


async def test_a_press_that_needs_words_opens_a_form_and_its_words_arrive(world: WebWorld) -> None:
    fields = (FormField("words", "What is missing?"), FormField("more", "More", "line", False))
    answers_with(world, Outbound((Say("Thank you."),)))
    world.desk.forms["why:IT-1"] = Form("why:IT-1", "Why?", "Tell us", "Never mind", fields)
    browser = world.browser()
    await browser.open("/")
    world.desk.show(browser.visitor, Outbound((Say("Did it help?"),), (Choice("No", "why:IT-1"),)))
    form = await browser.send(await browser.open("/"), "/press", button="why:IT-1")
    assert "What is missing?" in form.text
    await browser.send(form, "/fill", **{"field-words": "the port number"})
    what = world.desk.received[-1].what
    assert isinstance(what, Submitted)
    assert what.action == "why:IT-1"
    assert what.values == {"words": "the port number", "more": ""}


async def test_a_refused_press_says_why_and_stores_nothing(world: WebWorld) -> None:
    world.desk.forms["reply:IT-1"] = Refusal("Only agents can do this.")
    browser = world.browser()
    await browser.open("/")
    world.desk.show(browser.visitor, Outbound((Say("x"),), (Choice("Reply", "reply:IT-1"),)))
    page = await browser.send(await browser.open("/"), "/press", button="reply:IT-1")
    assert "Only agents can do this." in page.text
    assert world.desk.received == []


# ------------------------------------------------------------------------------------------------------- nothing is lost
async def test_when_nothing_can_be_stored_the_words_stay_and_the_second_try_is_the_same_event(world: WebWorld) -> None:
    answers_with(world, Outbound((Say("I see."),)))
    browser = world.browser()
    page = await browser.open("/")
    once = browser.form(page, "/say").fields["once"]
    world.desk.down = True
    kept = await browser.send(page, "/say", text="long & precious <words>")
    assert kept.status_code == 503
    form = browser.form(kept, "/say")
    assert form.fields["text"] == "long & precious <words>"
    assert form.fields["once"] == once
    world.desk.down = False
    done = await browser.send(kept, "/say")
    assert done.status_code == 200
    [event] = world.desk.received
    assert isinstance(event.what, Said)
    assert event.what.text == "long & precious <words>"


async def test_a_form_of_an_older_session_is_not_done_and_its_words_stay(world: WebWorld) -> None:
    browser = world.browser()
    page = await browser.open("/")
    browser.http.cookies.delete("firstline")
    kept = await browser.send(page, "/say", text="my words")
    assert kept.status_code == 403
    assert world.desk.received == []
    assert browser.form(kept, "/say").fields["text"] == "my words"
    assert (await browser.send(kept, "/say")).status_code == 200


async def test_more_than_we_keep_is_refused_aloud_and_not_cut(world: WebWorld) -> None:
    browser = world.browser()
    kept = await browser.send(await browser.open("/"), "/say", text="x" * 100_001)
    assert kept.status_code == 422
    assert len(browser.form(kept, "/say").fields["text"]) == 100_001
    assert world.desk.received == []


async def test_forty_thousand_characters_arrive_whole(world: WebWorld) -> None:
    answers_with(world, Outbound((Say("I see."),)))
    browser = world.browser()
    await browser.send(await browser.open("/"), "/say", text="ß" * 40_000)
    what = world.desk.received[0].what
    assert isinstance(what, Said)
    assert len(what.text) == 40_000


async def test_an_empty_message_is_no_event(world: WebWorld) -> None:
    browser = world.browser()
    page = await browser.send(await browser.open("/"), "/say", text="  \n ")
    assert page.status_code == 422
    assert "Please write something first." in page.text
    assert world.desk.received == []


# ---------------------------------------------------------------------------------------------------------------- files
async def test_a_file_is_kept_and_comes_back_to_its_owner_alone(world: WebWorld) -> None:
    answers_with(world, Outbound((Say("I see."),)))
    ana, ben = world.browser(), world.browser()
    page = await ana.send(await ana.open("/"), "/say", text="look", files=[("..\\evil <b>.html", b"<script>alert(1)</script>", "text/html")])
    await ben.open("/")
    address = re.search(r'href="(/files/[^"]+)"', page.text)
    assert address
    answer = await ana.open(address[1])
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await ben.open(address[1])).status_code == 404


async def test_a_file_alone_is_a_message(world: WebWorld) -> None:
    answers_with(world, Outbound((Say("I see."),)))
    browser = world.browser()
    await browser.send(await browser.open("/"), "/say", text="", files=[("shot.png", b"png", "image/png"), ("two.txt", b"2", "bogus type\n")])
    what = world.desk.received[0].what
    assert isinstance(what, Said)
    assert [(a.name, a.mime, a.size) for a in what.attachments] == [("shot.png", "image/png", 3), ("two.txt", "application/octet-stream", 1)]


async def test_a_file_over_twenty_megabytes_is_refused_aloud_and_the_words_stay(world: WebWorld) -> None:
    browser = world.browser()
    page = await browser.send(await browser.open("/"), "/say", text="see the film", files=[("film.mp4", b"\0" * (20 * 1024 * 1024 + 1), "video/mp4")])
    assert page.status_code == 413
    assert "film.mp4 has more than 20 MB" in page.text
    assert browser.form(page, "/say").fields["text"] == "see the film"
    assert world.desk.kept_files == {}
    assert world.desk.received == []


# --------------------------------------------------------------------------------------------------------------- privacy
async def test_another_persons_request_looks_as_if_it_did_not_exist(world: WebWorld) -> None:
    ana, ben = world.browser(), world.browser()
    await ana.open("/")
    await ben.open("/")
    world.desk.all_tickets["IT-1"] = a_ticket("IT-1", ana.visitor)
    assert (await ana.open("/tickets/IT-1")).status_code == 200
    foreign, missing = await ben.open("/tickets/IT-1"), await ben.open("/tickets/IT-999")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text.replace("IT-1", "") == missing.text.replace("IT-999", "")
    assert "IT-1" not in (await ben.open("/tickets")).text


async def test_a_requester_never_sees_a_note_or_what_was_written_for_technicians(world: WebWorld) -> None:
    ana = world.browser()
    await ana.open("/")
    ticket = a_ticket("IT-1", ana.visitor, status="resolved", solution="they had unplugged it")
    world.desk.all_tickets["IT-1"] = ticket
    world.desk.talks["IT-1"] = [
        TicketMessage(1, ticket.id, "out", "reply", ticket.requester, "Come at ten", START),
        TicketMessage(2, ticket.id, "out", "note", ticket.requester, "difficult person", START),
    ]
    page = await ana.open("/tickets/IT-1")
    assert "Come at ten" in page.text
    assert "difficult" not in page.text
    assert "unplugged" not in page.text


async def test_what_people_write_is_never_markup(world: WebWorld) -> None:
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{7*7}}</textarea>'
    answers_with(world, Outbound((Words(hostile, hostile),)))
    browser = world.browser()
    page = await browser.send(await browser.open("/"), "/say", text=hostile, name=hostile)
    world.desk.all_tickets["IT-1"] = a_ticket("IT-1", browser.visitor, question=hostile)
    for shown in (page, await browser.open("/tickets"), await browser.open("/tickets/IT-1")):
        assert "<script>alert" not in shown.text
        assert "<img src=x" not in shown.text
        assert "&lt;script&gt;" in shown.text


# --------------------------------------------------------------------------------------------------- forms of other sites
@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Referer": "https://evil.example/x"}])
async def test_a_form_from_another_site_does_nothing(world: WebWorld, headers: dict[str, str]) -> None:
    browser = world.browser()
    fields = browser.form(await browser.open("/"), "/human").fields
    answer = await browser.http.post("/human", data=fields, headers=headers)
    assert answer.status_code == 403
    assert world.desk.received == []


@pytest.mark.parametrize("path", ["/human", "/new", "/say", "/press", "/fill", "/language", "/name", "/sign-out", "/close"])
async def test_a_form_without_our_token_does_nothing(world: WebWorld, path: str) -> None:
    browser = world.browser()
    await browser.open("/")
    answer = await browser.http.post(path, data={"text": "x", "once": "0" * 16, "csrf": "ü"}, headers={"Origin": BASE})
    assert answer.status_code == 403
    assert world.desk.received == []


async def test_looking_changes_nothing(world: WebWorld) -> None:
    browser = world.browser()
    for path in ("/human", "/say", "/press", "/fill", "/sign-out", "/close"):
        assert (await browser.open(path)).status_code == 405
    assert world.desk.received == []


# --------------------------------------------------------------------------------------------------------- whoever one is
async def test_the_page_speaks_the_readers_language_until_another_is_picked(world: WebWorld) -> None:
    browser = world.browser(language="es-MX,es;q=0.9")
    page = await browser.open("/")
    assert '<html lang="es">' in page.text
    page = await browser.send(page, "/language", lang="de", back="/tickets")
    assert page.url.path == "/tickets"
    assert '<html lang="de">' in page.text
    page = await browser.send(page, "/language", lang="xx", back="//evil.example/")
    assert page.url.host == "127.0.0.1"
    assert '<html lang="de">' in page.text


async def test_the_desk_hears_which_language_the_page_has(world: WebWorld) -> None:
    answers_with(world, Outbound((Say("Hola"),)))
    browser = world.browser(language="fr")
    await browser.send(await browser.open("/"), "/say", text="bonjour")
    assert world.desk.received[0].person.language == "fr"


async def test_who_gives_no_name_is_a_visitor_with_a_sign(world: WebWorld) -> None:
    answers_with(world, Outbound((Say("I see."),)))
    browser = world.browser()
    await browser.send(await browser.open("/"), "/say", text="hello")
    assert world.desk.received[0].person.name == f"Visitor {browser.visitor[4:8]}"


async def test_a_cookie_is_out_of_reach_for_scripts_and_other_sites(world: WebWorld) -> None:
    cookie = (await world.browser().open("/")).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_a_visitor_who_makes_up_a_cookie_sees_nobody_elses_talk(world: WebWorld) -> None:
    ana, mallory = world.browser(), world.browser()
    await ana.open("/")
    world.desk.show(ana.visitor, Outbound((Say("for Ana's eyes"),)))
    mallory.http.cookies.set("firstline", f"{ana.visitor[4:]}.{'0' * 64}")
    assert "for Ana" not in (await mallory.open("/")).text


# ------------------------------------------------------------------------------------------------------- beyond loopback
@pytest.mark.parametrize("path", ["/", "/tickets", "/agent", "/admin"])
async def test_beyond_loopback_without_sign_in_pages_are_refused_with_the_setting_that_helps(path: str) -> None:
    world = await a_world(public=True)
    page = await world.browser().open(path)
    assert page.status_code == 403
    assert '[channels.web] sign_in = "link"' in Document(page.text).text
    assert (await world.browser().open("/healthz")).status_code == 200
    await world.stop()


async def test_a_foreign_name_that_points_at_this_computer_gets_no_page(world: WebWorld) -> None:
    rebound = Browser(world.app, base="http://evil.example:8080")
    assert (await rebound.open("/")).status_code == 403


async def test_with_sign_in_by_link_one_asks_after_coming_in_through_a_link() -> None:
    world = await a_world(WebConfig("link"), public=True)
    browser = Browser(world.app, base="https://help.example")
    assert (await browser.open("/")).status_code == 403
    link = await world.channel.sign_in_link("https://help.example", "requester", "ana")
    page: httpx.Response = await browser.open(link.removeprefix("https://help.example"))
    page = await browser.send(page, "", name="Ana")
    assert page.url.path == "/"
    assert page.status_code == 200
    assert (await browser.open("/agent")).status_code == 403
    await world.stop()
