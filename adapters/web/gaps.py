"""The curators' pages of what the FAQ lacks: what is asked and not answered, the like together, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import press, submit
from adapters.web.page import Missing, Page
from adapters.web.progress import POLL_S, reloading
from adapters.web.rendering import OWN_NAMES, same_site_path
from adapters.web.site import Site
from bot.engine.curation.gaps import Gap, Gaps

HOME = "/admin/gaps"
PRESSES = frozenset({"done", "outside", "again"})
SHOWN = 25  # gaps of a page
QUESTIONS = 60  # of a gap


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page(HOME, gaps, ["GET", "POST"], role="admin"),
        site.page(HOME + "/{number}", gap, role="admin"),
        site.page(HOME + "/{number}/write", write, ["POST"], role="admin"),
        site.page(HOME + "/{number}/{verb}", decide, ["POST"], role="admin"),
    ]


async def gaps(page: Page) -> Response:
    """What is open, what is asked again though it was done, and what was dealt with. A POST looks anew."""
    found, run = await page.site.bench.gaps(again=page.request.method == "POST")
    if page.request.method == "POST":
        return page.redirect(HOME)
    page.tell(await page.site.effects.late(page.agent.person))
    state = page.request.query_params.get("state", "")
    lists = {"": found.open, "again": found.again, "dealt": found.dealt} if found else {"": [], "again": [], "dealt": []}
    chosen = lists.get(state, lists[""])
    number = min(max(_number(page.request.query_params.get("page", "")), 1), max(-(-len(chosen) // SHOWN), 1))
    shown = chosen[(number - 1) * SHOWN : number * SHOWN]
    response = page.html(
        "gaps.html", gaps=shown, found=found, run=run, state=state if state in lists else "", counts={name: len(some) for name, some in lists.items()},
        number=number, pages=-(-len(chosen) // SHOWN), entries=await _titles(page, shown), own_names=OWN_NAMES,
    )  # fmt: skip
    return reloading(response, POLL_S) if run.goes_on else response


async def gap(page: Page) -> Response:
    """One gap: how it is asked, and what agents answered."""
    found = await _gap(page)
    return page.html(
        "gap.html", gap=found, asked=[one for one in found.asked if one.text][:QUESTIONS], entries=await _titles(page, [found]), own_names=OWN_NAMES,
        drafts=[draft for draft in await page.site.reader.drafts_from(found.typical.ticket) if draft.is_open],
    )  # fmt: skip


async def write(page: Page) -> Response:
    """A draft that begins with how it is asked and what agents answered; the one that was begun already, if there is one."""
    found = await _gap(page)
    number = found.typical.ticket
    if not (begun := await _draft(page, number)):
        await submit(page, f"gap-write:{number}", {"texts": json.dumps(texts(found, page.site.desk.languages))})
        begun = await _draft(page, number)
    return page.redirect(f"/admin/drafts/{begun}" if begun else f"{HOME}/{number}")


async def decide(page: Page) -> Response:
    """Done, not for the FAQ, or open again."""
    found, verb = await _gap(page), page.request.path_params["verb"]
    if verb not in PRESSES:
        raise Missing
    await press(page, f"gap-{verb}:{found.mark if verb == 'again' and found.mark else found.typical.ticket}")
    return page.redirect(same_site_path(page.form.get("back", HOME)))


def texts(found: Gap, languages: Sequence[str]) -> list[dict[str, object]]:
    """What an entry begins with: a text in each language in which agents answered, or else in the one that is asked most."""
    answers = {one.lang: one.text for one in reversed(found.answers)}  # that of the most typical question stays
    wanted = [lang for lang, _ in found.languages if lang in languages and found.ways(lang) and lang in answers]
    wanted = wanted or [lang for lang, _ in found.languages if lang in languages and found.ways(lang)][:1]
    return [{"lang": lang, "question": ways[0], "phrasings": ways[1:], "answer": answers.get(lang, "")} for lang in wanted for ways in (found.ways(lang),)]


async def _gap(page: Page) -> Gap:
    found: Gaps | None = (await page.site.bench.gaps())[0]
    known = found.with_ticket(page.request.path_params["number"]) if found else None
    if known is None:
        raise Missing
    return known


async def _draft(page: Page, number: str) -> int:
    """The open draft that was begun from this request, or 0."""
    return next((draft.id for draft in await page.site.reader.drafts_from(number) if draft.is_open), 0)


async def _titles(page: Page, some: Sequence[Gap]) -> dict[str, str]:
    """What the entries that would answer today are called."""
    found = {}
    for name in {one.entry for one in some if one.entry}:
        entry = await page.site.reader.entry(name)
        if entry is not None and entry.texts:
            found[name] = entry.text_for(page.language, page.site.desk.languages).question
    return found


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 1
