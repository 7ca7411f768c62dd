"""An agent logs a telephone call: one form, reached by one key."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.effects import answer_within
from adapters.web.inbound import TEAM, inbound, submitted
from adapters.web.page import Page
from adapters.web.sessions import agent
from adapters.web.site import Site
from adapters.web.work import FIELD, with_every_entry
from bot.domain.messages import Form, Refusal
from bot.engine.contacts.call_form import VERB

PATH = "/agent/call"


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [site.page(PATH, call, role="agent"), site.page(PATH, log, ["POST"], role="agent")]


async def call(page: Page) -> Response:
    """The form; what a telephone system puts into the address (?number=+34600111222) stands in it."""
    number = " ".join(page.request.query_params.get("number", "").replace("\0", "").split())[:40]
    needed = await page.site.enquiries.form(f"{VERB}:{number}" if number else VERB, page.agent.person) if page.site.enquiries else None
    if isinstance(needed, Form):
        return await _asks(page, needed)
    return page.kept(403, needed.text if isinstance(needed, Refusal) else page.t.say("The desk is not ready yet. Please try again in a moment."))


async def log(page: Page) -> Response:
    """A ticket of it, whose page comes next. What does not hold stays as it was typed."""
    values = {name.removeprefix(FIELD): value.strip() for name, value in page.form.items() if name.startswith(FIELD)}
    enquiries = page.site.enquiries
    refused = await enquiries.form(VERB, page.agent.person) if enquiries else None
    if isinstance(refused, Refusal):
        return page.kept(403, refused.text)
    wrong = await enquiries.asked_again(VERB, page.agent.person, values) if enquiries else None
    if wrong is not None:
        return await _asks(page, wrong, 422)
    with page.site.effects.expect(page.agent.person) as (handle, answer):
        person = agent(page.agent, page.language)
        await page.deliver(inbound(person, f"{TEAM}/call", page.once, page.site.clock.now(), submitted(VERB, values, TEAM, handle)))
        answered = await answer_within(answer)
    page.tell(answered, "say", "small")
    return page.redirect(f"/agent/tickets/{answered.about}" if answered and answered.about else "/agent")


async def _asks(page: Page, form: Form, status: int = 200) -> Response:
    shown = await with_every_entry(page, form)
    return page.html("act.html", status, form=shown, address=PATH, back="/agent", extra="", drafts={}, problem="", lost_files=False)
