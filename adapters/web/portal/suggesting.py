"""Answers while somebody still types: nothing is asked by it, nothing is counted, and without JavaScript one simply asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.page import Page
from adapters.web.portal import shown
from adapters.web.portal.pace import Allowance
from adapters.web.portal.shown import Shown
from adapters.web.site import Site
from bot.ports import Suggests

MOST = 3  # more are no help to whoever is writing
MOST_WORDS = 300  # characters that are looked at
LEAST = 6  # characters, below which nothing can be told
WITHIN = timedelta(minutes=1)
BY_VISITOR, BY_PEER = 40, 400  # looks a minute: a fast writer needs twenty; behind one address a whole office may sit


def routes(site: Site) -> Sequence[Route]:
    """Its address."""
    visitors, peers = Allowance(BY_VISITOR, WITHIN, site.clock.now), Allowance(BY_PEER, WITHIN, site.clock.now)

    async def suggest(page: Page) -> Response:
        if not visitors.take(page.visitor.id) or not peers.take(page.peer):
            return Response(status_code=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(int(WITHIN.total_seconds()))})
        return page.html("portal_suggested.html", found=await _found(page))

    return [site.page("/suggest", suggest, ["POST"])]


async def _found(page: Page) -> list[tuple[Shown, bool]]:
    """Each with whether it has a page of its own for this reader."""
    words, site = page.form.get("text", "").strip()[:MOST_WORDS], page.site
    if len(words) < LEAST or words.startswith("/") or not isinstance(site.enquiries, Suggests):
        return []
    every, day = await site.shelf.every(), site.clock.now().astimezone(ZoneInfo(site.desk.timezone)).date()
    entries = [every[id_] for id_ in await site.enquiries.suggested(words, page.language, MOST) if id_ in every]
    languages = (page.language, *site.desk.languages)
    found = (next((one for lang in languages if (one := shown.of(entry, lang, languages))), None) for entry in entries if entry.answers(day))
    reads = site.is_read_by(page.signed)
    return [(one, reads and (page.signed is not None or one.entry.is_open_to_all(day))) for one in found if one is not None]
