"""The rehearsal of a draft: what would change for the questions of the past if it were published."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.page import Missing, Page
from adapters.web.progress import POLL_S, reloading
from adapters.web.rendering import OWN_NAMES
from adapters.web.site import Site
from bot.domain.personal import found_in
from bot.engine.curation.drafts_shown import title
from kb.phrasing import cleaned
from kb.rehearsal import KINDS, Rehearsal

SHOWN = 50  # questions of a kind; the command shows all


def routes(site: Site) -> Sequence[Route]:
    """Its address."""
    return [site.page("/admin/drafts/{draft:int}/rehearsal", rehearsal, ["GET", "POST"], role="admin")]


async def rehearsal(page: Page) -> Response:
    """Begun by whoever opens it first; until it is done the page shows how far it is. A POST rehearses anew."""
    draft = await page.site.reader.draft(page.request.path_params["draft"])
    if draft is None:
        raise Missing
    run = await page.site.bench.rehearsal(draft, again=page.request.method == "POST")
    if page.request.method == "POST":
        return page.redirect(f"/admin/drafts/{draft.id}/rehearsal")
    found = run.found
    shown = {kind: found.of(kind)[:SHOWN] for kind in KINDS} if found else {}
    words = await asyncio.to_thread(lambda: {one.question.text: _plain(one.question.text) for some in shown.values() for one in some})
    response = page.html(
        "rehearsal.html", draft=draft, title=title(draft.entry, page.language), run=run, found=found,
        kinds=KINDS, shown=shown, words=words, entries=await _titles(page, found) if found else {},
        own_names=OWN_NAMES, is_cautious=page.site.bench.is_cautious,
    )  # fmt: skip
    return reloading(response, POLL_S) if run.goes_on else response


def _plain(text: str) -> str:
    """The question without what belongs to one person; "" when something personal is left."""
    words = cleaned(text)
    return "" if found_in(words) else words


async def _titles(page: Page, found: Rehearsal) -> dict[str, str]:
    """What the entries it names are called."""
    names = {stand.entry for one in found.changes for stand in (one.before, one.after) if stand.entry} | {one.found for one in found.broken if one.found}
    titles = {}
    for name in sorted(names):
        entry = await page.site.reader.entry(name)
        if entry is not None and entry.texts:
            titles[name] = entry.text_for(page.language, page.site.desk.languages).question
    return titles
