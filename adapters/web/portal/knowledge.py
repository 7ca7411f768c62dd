"""The knowledge base to be read: a list with a search, a page for each entry, and the map for search engines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.page import Forbidden, Missing, Page
from adapters.web.portal import shown
from adapters.web.portal.catalogue import Catalogue, Listed, Reader, readable
from adapters.web.portal.pace import Allowance
from adapters.web.portal.shown import AREA, Shown
from adapters.web.site import Handler, Site
from bot.engine.tongue import tongue
from bot.ports import Suggests

ROWS = 50  # of one page
TOPICS = 12  # seen at once
RELATED = 5
MEANT = 5  # entries that are found by what the words mean
MOST_WORDS = 200  # characters of a search
SEARCHES, WITHIN = 60, timedelta(minutes=1)  # by meaning, from one network address: beyond that words alone are compared


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    shelf, paced = Catalogue(site.shelf, site.desk.languages), Allowance(SEARCHES, WITHIN, site.clock.now)

    async def listed(page: Page) -> Response:
        return await _list(page, shelf, paced)

    async def read(page: Page) -> Response:
        return await _read(page, shelf)

    async def sitemap(page: Page) -> Response:
        if site.config.reading != "public":
            raise Missing
        return Response(await shelf.mapped(home(page), _today(page)), media_type="application/xml")

    return [
        site.page(AREA, _admitted(begin), entrance=True),
        site.page(f"{AREA}/sitemap.xml", sitemap, entrance=True),
        site.page(f"{AREA}/{{lang}}", _admitted(listed), entrance=True),
        site.page(f"{AREA}/{{lang}}/{{entry}}", _admitted(read), entrance=True),
    ]


def _admitted(handler: Handler) -> Handler:
    """The page, for whoever may read; others are sent to sign in."""

    async def serve(page: Page) -> Response:
        reading = page.site.config.reading
        if reading == "off":
            raise Missing
        if reading == "signed-in" and page.signed is None:
            if page.site.takes_requesters:
                return page.site.to_sign_in(page)
            raise Forbidden(page.t.say("Please come in through the sign-in link that you were given."))
        return await handler(page)

    return serve


# ------------------------------------------------------------------------------------------------------------------ pages
async def begin(page: Page) -> Response:
    """In the reader's language."""
    query = page.request.url.query
    return page.redirect(f"{AREA}/{page.language}" + (f"?{query}" if query else ""))


async def _list(page: Page, shelf: Catalogue, paced: Allowance) -> Response:
    language = _speak(page)
    every = await shelf.listed(_reader(page), language, _today(page))
    asked = page.request.query_params
    words, topic = asked.get("q", "").replace("\0", "")[:MOST_WORDS].strip(), asked.get("topic", "")[:100]
    popular = [] if words or topic else await _popular(page, every)
    if words:
        found: Sequence[Shown] = await _found(page, every, words, paced)
    elif topic:
        found = every.by_topic.get(topic, ())
    else:
        first = {one.entry.id for one in popular}
        found = [one for one in every.rows if one.entry.id not in first]
    number = asked.get("page", "")
    pages = max(1, -(-len(found) // ROWS))
    at = min(max(int(number) if number.isdecimal() and len(number) < 6 else 1, 1), pages)
    kept = "".join(f"{name}={quote(value)}&" for name, value in (("q", words), ("topic", topic)) if value)
    topics, rarer = shown.topics(every.topics, TOPICS, topic)
    return page.html(
        "portal_kb.html", rows=found[(at - 1) * ROWS : at * ROWS], popular=popular if at == 1 else [], topics=topics, rarer=rarer, topic=topic,
        words=words, whole=len(found), at=at, pages=pages, more=f"{AREA}/{language}?{kept}page=", here=f"{AREA}/{language}", home=home(page),
        others=page.site.desk.languages,
    )  # fmt: skip


async def _read(page: Page, shelf: Catalogue) -> Response:
    """One entry. In a language in which it is not written the reader is led to one in which it is."""
    language, site = _speak(page), page.site
    entry, day = await shelf.entry(page.request.path_params["entry"]), _today(page)
    if entry is None or not readable(_reader(page), day)(entry):
        raise Missing
    found = shown.of(entry, language, site.desk.languages)
    if found is None:
        other = next((one for one in site.desk.languages if any(text.lang == one for text in entry.texts)), None)
        if other is None:
            raise Missing
        return page.redirect(shown.address(entry.id, other))
    every = await shelf.listed(_reader(page), language, day)
    near = {one.entry.id: one for tag in entry.tags for one in every.by_topic.get(tag, ())[: RELATED + 1] if one.entry.id != entry.id}
    url = home(page) + found.address
    return page.html(
        "portal_entry.html", one=found, related=list(near.values())[:RELATED], home=home(page), url=url, structured=shown.structured(found, url),
        address=shown.address, listing=f"{AREA}/{language}", indexed=site.config.reading == "public" and entry.is_open_to_all(day),
    )  # fmt: skip


def home(page: Page) -> str:
    """Where our pages are, as everybody may know: as the desk is configured, else as it was asked for."""
    return page.site.desk.url.rstrip("/") or str(page.request.base_url).rstrip("/")


def _speak(page: Page) -> str:
    """The page in the language of its address. Raises Missing for one that the desk does not speak."""
    language: str = page.request.path_params["lang"]
    if language not in page.site.desk.languages:
        raise Missing
    page.language, page.t = language, tongue(language)
    return language


def _today(page: Page) -> date:
    return page.site.clock.now().astimezone(ZoneInfo(page.site.desk.timezone)).date()


def _reader(page: Page) -> Reader:
    if page.signed is None:
        return "anybody"
    return "agent" if page.signed.is_agent else "known"


async def _popular(page: Page, every: Listed) -> list[Shown]:
    """What helped most lately, the most helpful first."""
    choices = await page.site.enquiries.popular(page.language) if page.site.enquiries else ()
    tags = [choice.action.partition(":")[2] for choice in choices]
    return [every.by_tag[tag] for tag in tags if tag in every.by_tag]


async def _found(page: Page, every: Listed, words: str, paced: Allowance) -> list[Shown]:
    """First what the words mean, then whatever holds them."""
    asks = page.site.enquiries
    meant: Sequence[str] = ()
    if isinstance(asks, Suggests) and paced.take(page.peer):
        meant = await asks.suggested(words, page.language, MEANT)
    first = [every.by_id[id_] for id_ in meant if id_ in every.by_id]
    by_words = await asyncio.to_thread(shown.found_by_words, every.rows, words)
    return list({one.entry.id: one for one in (*first, *by_words)}.values())
