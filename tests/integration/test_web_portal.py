"""The knowledge base to be read, answers while one types, and the cards of forms: who sees what, in which language, whatever was written."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import httpx
import pytest

from adapters.web.config import WebConfig
from adapters.web.inbound import clean
from bot.domain.custom_fields import CustomField, RequestForm
from bot.ports import TicketQuery
from tests.builders import FAQ, MONDAY, UNKNOWN, an_entry
from tests.hostile import TRICKS
from tests.portal_desk import Portal, a_portal
from tests.web_desk import BASE, Browser

DATA = r'<script type="application/ld\+json">(.*?)</script>'
LINKED = re.compile(r'href="(/kb/[^"?]+/[^"?]+)"')


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with a_portal() as made:
        yield made


async def typed(browser: Browser, words: str) -> httpx.Response:
    """What the page asks for while somebody types."""
    page = await browser.open("/")
    token = browser.form(page, "/say").fields["csrf"]
    return await browser.http.post("/suggest", data={"csrf": token, "text": words}, headers={"Origin": BASE})


async def read_by(browser: Browser, path: str) -> int:
    """The status, without following where it leads."""
    return (await browser.http.get(path)).status_code


# --------------------------------------------------------------------------------------------------------------- the list
async def test_every_public_entry_is_listed_and_has_a_page_of_its_own_in_each_language_it_is_written_in(portal: Portal) -> None:
    browser = portal.browser()
    listed = await browser.open("/kb")
    assert listed.url.path == "/kb/en"
    assert set(LINKED.findall(listed.text)) == {"/kb/en/password", "/kb/en/vpn", "/kb/en/printer"}

    page = await browser.open("/kb/es/password")
    assert "¿Cómo restablezco mi contraseña?" in page.text
    assert '<html lang="es">' in page.text
    assert f'<link rel="canonical" href="{BASE}/kb/es/password">' in page.text
    assert re.findall(r'rel="alternate" hreflang="(\w+)" href="([^"]+)"', page.text) == [
        ("en", f"{BASE}/kb/en/password"),
        ("es", f"{BASE}/kb/es/password"),
    ]


async def test_a_reader_of_another_language_is_led_to_one_in_which_it_is_written(portal: Portal) -> None:
    browser = portal.browser(language="de")
    assert (await browser.open("/kb")).url.path == "/kb/de"
    page = await browser.open("/kb/de/vpn")
    assert (page.status_code, page.url.path) == (200, "/kb/en/vpn")


async def test_whoever_chooses_another_language_reads_the_same_page_in_it(portal: Portal) -> None:
    browser = portal.browser()
    page = await browser.send(await browser.open("/kb/en/password"), "/language", lang="es")
    assert page.url.path == "/kb/es/password"
    assert "mermelada" in page.text


@pytest.mark.parametrize("path", ["/kb/en/nothing", "/kb/xx/password", "/kb/xx", "/kb/en/password/more", "/kb/en/..%2fadmin", "/kb/en/%00"])
async def test_what_is_not_there_is_a_page_that_says_so(portal: Portal, path: str) -> None:
    page = await portal.browser().open(path)
    assert page.status_code == 404
    assert "no such page" in page.text


async def test_what_is_retired_over_or_for_agents_alone_is_nobody_s_to_read() -> None:
    today = MONDAY.date()
    hidden = [
        an_entry("gone", "How do I fax?", retired=True),
        an_entry("over", "When is the party?", valid_until=today - timedelta(days=1)),
        an_entry("inside", "How do I open the vault?", "The code is zither.", audience="internal"),
    ]
    async with a_portal(entries=[*FAQ, *hidden]) as portal:
        browser = portal.browser()
        listed = await browser.open("/kb/en?q=how")
        for entry in hidden:
            assert (await browser.open(f"/kb/en/{entry.id}")).status_code == 404
            assert entry.texts[0].question not in listed.text
        assert "inside" not in (await browser.open("/kb/sitemap.xml")).text
        assert "vault" not in (await typed(browser, "How do I open the vault?")).text

        agent = portal.browser()
        link = (await portal.web.sign_in_link(BASE, "agent", "Ann")).removeprefix(BASE)
        await agent.send(await agent.open(link), "", name="Ann")
        page = await agent.open("/kb/en/inside")
        assert "zither" in page.text
        assert 'content="noindex"' in page.text
        assert "ld+json" not in page.text


async def test_what_is_for_those_who_ask_answers_while_one_types_and_has_no_page_for_all() -> None:
    entry = an_entry("cellar", "Where is the key of the cellar?", "Behind the zither.", audience="desk")
    async with a_portal(entries=[*FAQ, entry]) as portal:
        browser = portal.browser()
        offered = (await typed(browser, "Where is the key of the cellar?")).text
        assert "zither" in offered
        assert "/kb/en/cellar" not in offered
        assert (await browser.open("/kb/en/cellar")).status_code == 404
        known = await portal.signed_in()
        assert "/kb/en/cellar" in (await typed(known, "Where is the key of the cellar?")).text
        page = await known.open("/kb/en/cellar")
        assert "zither" in page.text
        assert "ld+json" not in page.text


async def test_what_was_published_or_archived_a_moment_ago_or_was_over_last_night_is_so_on_every_page() -> None:
    ending = an_entry("party", "When is the party?", valid_until=MONDAY.date())
    async with a_portal(entries=[*FAQ, ending]) as portal:
        browser = portal.browser()
        paths = ("/kb/en", "/kb/sitemap.xml")
        for path in paths:
            assert "/kb/en/party" in (await browser.open(path)).text
        for changed in (an_entry("fax", "How do I fax?"), replace(FAQ[0], retired=True)):
            await portal.publish(changed)
        portal.world.clock.advance(days=1)
        for path in paths:
            text = (await browser.open(path)).text
            assert [name for name in ("fax", "vpn", "password", "party") if f"/kb/en/{name}" in text] == ["fax", "vpn"]
        assert (await browser.open("/kb/en/party")).status_code == 404


async def test_what_helped_most_lately_comes_first(portal: Portal) -> None:
    portal.world.knowledge.popular = ("vpn",)
    listed = await portal.browser().open("/kb/en")
    assert LINKED.findall(listed.text)[0] == "/kb/en/vpn"
    assert "Helped most lately" in listed.text


async def test_a_search_finds_by_meaning_and_by_words_of_the_answer_and_says_when_there_is_nothing(portal: Portal) -> None:
    browser = portal.browser()
    assert LINKED.findall((await browser.open("/kb/en?q=forgot+my+pasword")).text)[0] == "/kb/en/password"
    assert LINKED.findall((await browser.open("/kb/en?q=ACCORDION")).text) == ["/kb/en/printer"]
    nothing = await browser.open("/kb/en?q=zzzzqqq")
    assert "Nothing was found" in nothing.text
    assert 'content="noindex, follow"' in nothing.text


async def test_topics_narrow_the_list_and_long_lists_have_pages() -> None:
    many = [an_entry(f"tool-{n:02}", f"How do I use tool number {n}?", tags=("tools", "odd" if n % 2 else "even")) for n in range(60)]
    async with a_portal(entries=many) as portal:
        browser = portal.browser()
        assert len(LINKED.findall((await browser.open("/kb/en?topic=odd")).text)) == 30
        first, second = await browser.open("/kb/en"), await browser.open("/kb/en?page=2")
        assert (len(LINKED.findall(first.text)), len(LINKED.findall(second.text))) == (50, 10)
        assert LINKED.findall((await browser.open("/kb/en?page=99999999999999")).text)  # no page at all is the first


# ------------------------------------------------------------------------------------------------------ for search engines
async def test_the_map_names_every_page_with_its_other_languages(portal: Portal) -> None:
    answer = await portal.browser().open("/kb/sitemap.xml")
    assert answer.headers["content-type"].startswith("application/xml")
    tree, names = ElementTree.fromstring(answer.text), {"m": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    pages = {str(url.findtext("m:loc", "", names)): {link.get("hreflang") for link in url.findall("x:link", names)} for url in tree.findall("m:url", names)}
    assert pages[f"{BASE}/kb/es/password"] == {"en", "es"}
    assert set(pages) >= {f"{BASE}/kb/{one}" for one in ("en", "es", "de")} | {f"{BASE}/kb/en/{e.id}" for e in FAQ}


async def test_whatever_an_entry_says_runs_nowhere_and_its_structured_data_is_json() -> None:
    odd = [an_entry(f"odd{n}", f"What is {trick} then?", f"It is {trick} indeed.", tags=(trick,)) for n, trick in enumerate(TRICKS)]
    async with a_portal(entries=odd) as portal:
        browser = portal.browser()
        for path in ("/kb/en", "/kb/en?page=2", "/kb/en?q=what"):
            harmless((await browser.open(path)).text)
        for entry in odd:
            shown = (await browser.open(f"/kb/en/{entry.id}")).text
            harmless(shown)
            [structured] = re.findall(DATA, shown, re.DOTALL)
            assert json.loads(structured)["mainEntity"][0]["name"] == entry.texts[0].question
            assert not {"<", "&"} & set(structured)
        ElementTree.fromstring((await browser.open("/kb/sitemap.xml")).text)


def harmless(page: str) -> None:
    """No markup but ours, and no link that does anything but lead somewhere."""
    markup = re.sub(DATA, "", page, flags=re.DOTALL)
    assert len(re.findall(r"<script", markup)) == 1  # the page's own
    assert not re.search(r"<(?:img|svg|iframe|!--)(?![^>]*icon\.svg)", markup)
    assert not re.search(r'href="\s*(?:javascript|data|tg|slack):', markup, re.I)


async def test_words_that_are_searched_for_are_shown_as_words(portal: Portal) -> None:
    browser = portal.browser()
    for hostile in TRICKS:
        page = await browser.http.get("/kb/en", params={"q": hostile, "topic": hostile, "page": hostile})
        assert page.status_code == 200
        harmless(page.text)


# -------------------------------------------------------------------------------------------------------- who may read it
@pytest.mark.parametrize(
    ("config", "status"),
    [
        (WebConfig(), 200),
        (WebConfig("open"), 200),
        (WebConfig("link"), 403),
        (WebConfig("mail"), 303),
        (WebConfig("link", knowledge="public"), 200),
        (WebConfig("mail", knowledge="public"), 200),
        (WebConfig("open", knowledge="signed-in"), 303),
        (WebConfig("open", knowledge="off"), 404),
        (WebConfig(knowledge="off"), 404),
    ],
)
async def test_whoever_may_ask_may_read_unless_the_desk_says_otherwise(config: WebConfig, status: int) -> None:
    async with a_portal(config, public=config.sign_in != "") as portal:
        browser = portal.browser()
        for path in ("/kb/en", "/kb/en/password", "/kb/en/nothing"):
            assert await read_by(browser, path) == (404 if status == 200 and path.endswith("nothing") else status)
        assert await read_by(browser, "/kb/sitemap.xml") == (200 if config.reading == "public" else 404)


async def test_who_signed_in_reads_what_is_for_those_who_signed_in() -> None:
    async with a_portal(WebConfig("mail"), public=True) as portal:
        browser = await portal.signed_in()
        assert "marmalade" in (await browser.open("/kb/en/password")).text
        assert "noindex" in (await browser.open("/kb/en/password")).text


async def test_what_is_for_those_who_ask_stands_on_no_page_that_is_open_to_all() -> None:
    door_code = an_entry("door", "How do I open the side door?", "The code is zither.", audience="desk")
    async with a_portal(WebConfig("mail", knowledge="public"), public=True, entries=[*FAQ, door_code]) as portal:
        stranger, known = portal.browser(), await portal.signed_in()
        assert (await stranger.open("/kb/en/door")).status_code == 404
        assert "side door" not in (await stranger.open("/kb/en")).text
        assert "door" not in (await stranger.open("/kb/sitemap.xml")).text
        page = await known.open("/kb/en/door")
        assert "zither" in page.text
        assert "noindex" in page.text


async def test_beyond_this_computer_nothing_is_shown_before_sign_in_is_set_up() -> None:
    async with a_portal(WebConfig(knowledge="public"), public=True) as portal:
        assert (await portal.browser().open("/kb/en")).status_code == 403


# ------------------------------------------------------------------------------------------------------------ while typing
async def test_an_answer_is_offered_while_one_types_and_nothing_is_asked_or_counted_by_it(portal: Portal) -> None:
    browser = portal.browser()
    offered = await typed(browser, "I forgot my password")
    assert "How do I reset my password?" in offered.text
    assert "marmalade" in offered.text  # it opens in its place
    assert await portal.world.store.tickets(TicketQuery()) == []
    assert await portal.world.store.asked(MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)) == []
    assert portal.world.intake.received == 0


async def test_it_is_offered_in_the_language_of_the_page_where_there_is_one(portal: Portal) -> None:
    offered = await typed(portal.browser(language="es"), "he olvidado mi contraseña")
    assert '<li lang="es">' in offered.text
    assert "mermelada" in offered.text


@pytest.mark.parametrize("words", [UNKNOWN, "vpn", "", "/human", "hello", "thank you", "\0\0\0\0\0\0\0", "🧐🧐🧐🧐🧐🧐🧐"])
async def test_nothing_is_offered_when_it_is_not_sure_enough(portal: Portal, words: str) -> None:
    offered = await typed(portal.browser(), words)
    assert (offered.status_code, offered.text.strip()) == (200, "")


async def test_no_more_than_three_are_offered() -> None:
    alike = [an_entry(f"p{n}", f"How do I reset the password of service {name}?") for n, name in enumerate(("mail", "payroll", "wiki", "cloud", "phone"))]
    async with a_portal(entries=alike) as portal:
        found = len(re.findall("<details", (await typed(portal.browser(), "reset the password of the service")).text))
        assert 1 < found <= 3


async def test_whoever_asks_too_often_is_answered_later_and_others_at_once(portal: Portal) -> None:
    browser = portal.browser()
    token = browser.form(await browser.open("/"), "/say").fields["csrf"]
    statuses = [(await browser.http.post("/suggest", data={"csrf": token, "text": "x"}, headers={"Origin": BASE})).status_code for _ in range(45)]
    assert statuses == [200] * 40 + [429] * 5
    assert (await typed(portal.browser(), "I forgot my password")).status_code == 200
    portal.world.clock.advance(minutes=1)
    assert (await typed(browser, "I forgot my password")).status_code == 200


async def test_another_site_can_neither_look_nor_make_somebody_look(portal: Portal) -> None:
    browser = portal.browser()
    token = browser.form(await browser.open("/"), "/say").fields["csrf"]
    for data, origin in (({"text": "I forgot my password"}, BASE), ({"text": "I forgot my password", "csrf": token}, "https://evil.example")):
        assert (await browser.http.post("/suggest", data=data, headers={"Origin": origin})).status_code == 403
    assert (await browser.open("/suggest")).status_code == 405


async def test_what_an_offered_answer_says_runs_nowhere() -> None:
    odd = [an_entry(f"odd{n}", f"Where is zither {n} {trick}?", f"There: {trick}") for n, trick in enumerate(TRICKS)]
    async with a_portal(entries=odd) as portal:
        for entry in odd:
            offered = (await typed(portal.browser(), entry.texts[0].question)).text
            assert "<details" in offered
            assert not re.search(r"<(?:script|img|svg|iframe|textarea)", offered)
            assert not re.search(r'href="\s*(?:javascript|data|tg|slack):', offered, re.I)


async def test_while_a_request_is_open_what_is_typed_belongs_to_it_and_nothing_is_offered(portal: Portal) -> None:
    browser = portal.browser()
    assert 'data-suggest="/suggest"' in (await browser.open("/")).text
    page = await browser.send(await browser.open("/"), "/say", text=UNKNOWN)
    assert "data-suggest" not in page.text


# ------------------------------------------------------------------------------------------------------------------- forms
DEVICE = CustomField("device", (("en", "Device"), ("es", "Equipo")), "choice", (("laptop", (("en", "Laptop"), ("es", "Portátil"))),), required=True)
PHOTO = CustomField("photo", (("en", "Photo"), ("es", "Foto")), "file")
BROKEN = RequestForm("incident", (("en", "Something is broken"), ("es", "Algo no funciona")), (("en", "What is broken?"),), ("device", "photo"), faq=False)
BUYING = RequestForm("purchase", (("en", "Buy <b>something</b>"), ("es", "Comprar algo")), (), ("device",))


async def test_each_form_of_the_desk_has_a_card_in_the_reader_s_language_and_its_questions_behind_it() -> None:
    async with a_portal(fields=(DEVICE, PHOTO), forms=(BROKEN, BUYING)) as portal:
        page = await portal.browser(language="es").open("/new")
        assert "Algo no funciona" in page.text
        assert "Comprar algo" in page.text
        browser = portal.browser()
        assert "Buy &lt;b&gt;something&lt;/b&gt;" in (await browser.open("/new")).text
        page = await browser.open("/new?kind=incident")
        assert all(f"{label}" in page.text for label in ("What is broken?", "Device", "Photo"))
        assert (await browser.open("/new?kind=nothing")).status_code == 404


async def test_what_does_not_hold_is_said_at_its_field_and_everything_else_is_kept() -> None:
    async with a_portal(fields=(DEVICE, PHOTO), forms=(BROKEN, BUYING)) as portal:
        browser = portal.browser()
        form = await browser.open("/new?kind=incident")
        for hostile in TRICKS:
            page = await browser.send(form, "/fill", words=hostile)
            assert page.status_code == 422
            assert 'aria-invalid="true"' in page.text
            assert 'role="alert"' in page.text
            harmless(page.text)
            assert Browser.form(page, "/fill").fields["field-words"] == clean(hostile)
        assert await portal.world.store.tickets(TicketQuery()) == []


async def test_a_form_takes_files_as_large_as_any_page_does() -> None:
    async with a_portal(fields=(DEVICE, PHOTO), forms=(BROKEN, BUYING)) as portal:
        browser = portal.browser()
        large = ("black.png", bytes(3 * 1024 * 1024), "image/png")
        form = await browser.open("/new?kind=incident")
        page = await browser.send(form, "/fill", words=UNKNOWN, files=[large], **{"field-device": "laptop"})
        assert page.url.path == "/"
        [ticket] = await portal.world.store.tickets(TicketQuery())
        assert (ticket.kind, ticket.question) == ("incident", UNKNOWN)
        page = await browser.send(await browser.open("/tickets/IT-1"), "/tickets/IT-1/add", words="", files=[("more.png", *large[1:])])
        assert "more.png" in page.text
        assert "black.png" in page.text
