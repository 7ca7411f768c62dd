"""Saved replies and the banner, where leads and admins write them: each form is the typed command it stands for."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.effects import answer_within
from adapters.web.inbound import TEAM, commanded, inbound
from adapters.web.page import Page
from adapters.web.sessions import agent
from adapters.web.site import Site
from bot.domain.saved_replies import LONGEST_NAME, LONGEST_TEXT, VARIABLES
from bot.engine.incidents import banners
from bot.engine.incidents.incident_notes import BANNER, NOW
from bot.engine.tickets.saved_replies import shelf

PATH = "/agent/phrases"


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page(PATH, phrases, role="agent"),
        site.page(PATH + "/{what}", write, ["POST"], role="agent"),
    ]


async def phrases(page: Page) -> Response:
    """All of them. Who may not write reads."""
    return await _phrases(page)


async def _phrases(page: Page, status: int = 200, typed: dict[str, str] | None = None) -> Response:
    """typed: what was written into the form and not taken."""
    site, enquiries = page.site, page.site.enquiries
    kept = await shelf(site.desk.prefix).all(site.reader)
    may_write = enquiries is not None and await enquiries.may("saved-write", page.agent.person)
    may_raise = enquiries is not None and await enquiries.may("/banner", page.agent.person)
    return page.html(
        "phrases.html", status, kept=kept, banner=await BANNER.get(site.reader, NOW), may_write=may_write, may_raise=may_raise, typed=typed or {},
        variables=", ".join(f"{{{name}}}" for name in VARIABLES), longest_name=LONGEST_NAME, longest_text=LONGEST_TEXT, longest_banner=banners.LONGEST,
    )  # fmt: skip


async def write(page: Page) -> Response:
    """One of the forms: the core says what came of it, and what it did not take stays as it was typed."""
    form, what = page.form, page.request.path_params["what"]
    name, language, text = form.get("name", "").strip(), form.get("lang", "").strip(), form.get("text", "").strip()
    command, argument = {
        "add": ("saved", f"add {'-'.join(name.lower().split())} {language}:{text}"),
        "drop": ("saved", f"drop {name} {language}"),
        "banner": ("banner", f"up {text}" if text else ""),
    }.get(what, ("banner", "off"))
    with page.site.effects.expect(page.agent.person) as (handle, answer):
        person = agent(page.agent, page.language)
        happening = commanded(command, TEAM, argument, handle)
        await page.deliver(inbound(person, f"{TEAM}/phrases", page.once, page.site.clock.now(), happening))
        answered = await answer_within(answer)
    page.tell(answered, "say", "small", "words")
    taken = answered is None or any(kind == "words" for kind, _ in answered.lines) or what not in ("add", "banner")
    return page.redirect(PATH) if taken else await _phrases(page, 422, {"what": what, "name": name, "lang": language, "text": text})
