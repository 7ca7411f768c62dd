"""The curators' page of what the FAQ can learn: proposed ways to ask, questions that nothing answered, and those that are not for it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import press, submit
from adapters.web.page import Missing, Page
from adapters.web.rendering import OWN_NAMES, same_site_path
from adapters.web.site import Site
from bot.domain.messages import Form
from bot.engine.faq import review
from bot.engine.faq.unanswered import unanswered
from kb.entries import Entry

HOME = "/admin/learning"
DECISIONS = frozenset({"yes", "no", "out", "outside", "inside"})
SAID = ("say", "small")  # what the core answers and is shown
SHOWN = 20  # of each list
TO_CHOOSE = 300  # entries offered while typing; the id of any other can be typed


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page(HOME, learning, role="admin"),
        site.page(HOME + "/link/{number}", link, ["GET", "POST"], role="admin"),
        site.page(HOME + "/{verb}/{what}", decide, ["POST"], role="admin"),
    ]


async def learning(page: Page) -> Response:
    """Everything that waits for a decision, and the marks that can be taken back."""
    reader, languages = page.site.reader, page.site.desk.languages
    page.tell(await page.site.effects.late(page.agent.person))
    wishes = []
    for proposal in reversed(await reader.proposals()):
        entry = await reader.entry(proposal.entry)
        if entry is not None and not entry.retired:
            wishes.append(review.wish(proposal, entry, languages))
    asked = await unanswered(reader)
    return page.html(
        "learning.html", wishes=wishes[:SHOWN], waiting=len(wishes), asked=asked[:SHOWN], unanswered=len(asked),
        marks=await reader.outside_questions(SHOWN), own_names=OWN_NAMES,
    )  # fmt: skip


async def decide(page: Page) -> Response:
    """Approve, reject, mark, unmark; or approve in other words."""
    verb, what = page.request.path_params["verb"], page.request.path_params["what"]
    if verb == "save":
        await submit(page, f"learn-save:{what}", {"question": page.form.get("question", "")}, *SAID)
    elif verb in DECISIONS:
        await press(page, f"learn-{verb}:{what}", *SAID)
    else:
        raise Missing
    return page.redirect(same_site_path(page.form.get("back", HOME)))


async def link(page: Page) -> Response:
    """Which entry answers a ticket's question: the likeliest to choose from, any other by its name."""
    ticket = await page.site.reader.ticket(page.request.path_params["number"])
    if ticket is None:
        raise Missing
    entries = await page.site.reader.entries()
    wanted = page.form.get("other", "").strip() or page.form.get("entry", "")
    if page.request.method == "POST" and wanted in {entry.id for entry in entries}:
        await press(page, f"link:{ticket.id}:{wanted}", *SAID)
        return page.redirect(HOME)
    problem = ""
    if page.request.method == "POST":
        problem = page.t.say("There is no such entry.") if wanted else page.t.say("Please choose an entry.")
    likely = await _likely(page, ticket.id)
    return page.html("link.html", 422 if problem else 200, ticket=ticket, likely=likely, others=_others(page, entries), problem=problem)


async def _likely(page: Page, number: str) -> Sequence[tuple[str, str]]:
    """Id and question, the likeliest first."""
    form = await page.site.enquiries.form(f"link:{number}", page.agent.person) if page.site.enquiries else None
    return form.fields[0].options if isinstance(form, Form) else ()


def _others(page: Page, entries: Sequence[Entry]) -> list[tuple[str, str]]:
    return [(entry.id, entry.text_for(page.language, page.site.desk.languages).question) for entry in entries[:TO_CHOOSE]]
