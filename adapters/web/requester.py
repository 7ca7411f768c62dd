"""The requester's pages: the chat, and the list of one's own requests."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from adapters.web import own
from adapters.web.effects import PATIENCE_S, QUIET_S, settled
from adapters.web.inbound import clean_name, commanded, inbound, pressed, said, submitted
from adapters.web.live import stream
from adapters.web.page import LANGUAGE, NAME, SIGNED, Missing, Page
from adapters.web.portal.kinds import kinds
from adapters.web.portal.shown import in_language
from adapters.web.rendering import same_site_path
from adapters.web.site import Site
from adapters.web.uploads import FileTooLarge, download, keep_files, sent_files
from bot.domain.messages import Attachment, Form, Happening, Outbound, Refusal
from bot.domain.tickets import Ticket
from bot.engine.people.addresses import addresses_of
from bot.ports import Suggests, TicketQuery

SCREEN = 200  # lines of the conversation on the page
OWN_TICKETS = 50


def routes(site: Site, stopping: asyncio.Event) -> Sequence[Route]:
    """Its addresses."""

    async def events(page: Page) -> Response:
        return stream(site.changes, lambda changed: concerns(page, changed), stopping)

    return [
        site.page("/", chat),
        site.page("/events", events),
        site.page("/say", say, ["POST"]),
        site.page("/press", press, ["POST"]),
        site.page("/fill", fill, ["POST"]),
        site.page("/human", human, ["POST"]),
        site.page("/new", new_request),
        site.page("/new", new, ["POST"]),
        site.page("/close", close, ["POST"]),
        site.page("/tickets", tickets),
        site.page("/tickets/{number}", own.ticket),
        site.page("/tickets/{number}/add", own.add, ["POST"]),
        site.page("/tickets/{number}/cancel", own.cancel, ["POST"]),
        site.page("/tickets/{number}/reopen", own.reopen, ["POST"]),
        site.page("/tickets/{number}/rate", own.rate, ["POST"]),
        site.page("/files/{line}/{index:int}", line_file),
        site.page("/tickets/{number}/files/{message:int}/{index:int}", ticket_file),
        site.page("/name", name, ["POST"]),
        *entrance(site),
    ]


def entrance(site: Site) -> Sequence[Route]:
    """Addresses for whoever is to sign in, or out, and the language of the pages."""
    return [
        site.page("/language", language, ["POST"], entrance=True),
        site.page("/sign-in/{token}", sign_in, ["GET", "POST"], entrance=True),
        site.page("/agent/sign-in/{token}", sign_in, ["GET", "POST"], entrance=True),
        site.page("/sign-out", sign_out, ["POST"], entrance=True),
    ]


# ---------------------------------------------------------------------------------------------------------------- reading
async def chat(page: Page) -> Response:
    """The conversation."""
    return await _chat(page)


async def _chat(page: Page, status: int = 200, draft: str = "", problem: str = "") -> Response:
    site = page.site
    page.tell(await site.effects.late(page.visitor.person))
    lines = await site.reader.screen(page.visitor.conversation, SCREEN)
    mine = await _own_tickets(page)
    shown = await own.rows(page, mine[:5])
    for one, *_, new in shown:
        if new and page.is_looked_at:
            await own.saw(page, one)
    popular = await site.enquiries.popular(page.language) if site.enquiries and not lines else ()
    talks = any(one.conversation == page.visitor.conversation and one.is_open for one in mine)  # what is written then belongs to that
    return page.html(
        "chat.html", status, lines=lines, popular=popular, tickets=shown, more=len(mine) > 5, draft=draft, problem=problem,
        suggests=not talks and isinstance(site.enquiries, Suggests),
    )  # fmt: skip


async def tickets(page: Page) -> Response:
    """All of one's own requests."""
    return page.html("tickets.html", tickets=await own.rows(page, await _own_tickets(page)))


async def line_file(page: Page) -> Response:
    """A file in one's own conversation."""
    for line in await page.site.reader.screen(page.visitor.conversation, SCREEN):
        if line.id == page.request.path_params["line"]:
            return await download(page, _nth(line.message.attachments, page.request.path_params["index"]))
    raise Missing


async def ticket_file(page: Page) -> Response:
    """A file in one of one's own requests."""
    found = await own.own_ticket(page)
    for message in await page.site.reader.talk(found.id, internal=False):
        if message.id == page.request.path_params["message"]:
            return await download(page, _nth(message.attachments, page.request.path_params["index"]))
    raise Missing


def _nth(items: Sequence[Attachment], index: int) -> Attachment:
    if index >= len(items):
        raise Missing
    return items[index]


async def _own_tickets(page: Page) -> list[Ticket]:
    found: list[Ticket] = []
    for address in await addresses_of(page.site.reader, page.visitor.person):
        found += await page.site.reader.tickets(TicketQuery(requester=address, limit=OWN_TICKETS))
    asked = [one for one in found if not one.is_inside]
    return sorted(asked, key=lambda one: one.changed_at or one.opened_at, reverse=True)[:OWN_TICKETS]


async def concerns(page: Page, changed: str) -> bool:
    """Does it change what this visitor sees?"""
    if changed == page.visitor.conversation:
        return True
    if changed.startswith("web:"):
        return False
    found = await page.site.reader.ticket(changed)
    return found is not None and found.requester in await addresses_of(page.site.reader, page.visitor.person)


# ---------------------------------------------------------------------------------------------------------------- writing
async def say(page: Page) -> Response:
    """A message to the desk, with files."""
    text = page.form.get("text", "").strip()
    try:
        files = await keep_files(page)
    except FileTooLarge as large:
        problem = page.t.say("{name} has more than 20 MB. Nothing was sent; please send it without that file.", name=str(large))
        return await _chat(page, 413, draft=page.form.get("text", ""), problem=problem)
    if not text and not files:
        return await _chat(page, 422, problem=page.t.say("Please write something first."))
    with page.site.effects.expect(page.visitor.person) as (handle, answer):
        await _do(page, said(text, page.visitor.conversation, page.once, files, handle), answer)
    return page.keep(page.redirect("/#end"), NAME, page.own_name)


async def press(page: Page) -> Response:
    """A button under a message of the desk. What needs words opens a form."""
    action = page.form.get("action", "")
    if action.startswith("details:") and not page.framed:
        return page.redirect(same_site_path(f"/tickets/{quote(action.removeprefix('details:'))}"))
    needed = await page.site.enquiries.form(action, page.visitor.person) if page.site.enquiries else None
    if isinstance(needed, Form):
        return page.html("form.html", form=needed, lost_files=False)
    if isinstance(needed, Refusal):
        page.say(("warning", needed.text))
        return page.redirect("/#end")
    with page.site.effects.expect(page.visitor.person) as (handle, answer):
        await _do(page, pressed(action, page.visitor.conversation, answer_to=handle), answer)
    return page.redirect("/#end")


async def fill(page: Page) -> Response:
    """A form that a button opened. What does not hold is asked again, with everything else in it."""
    action = page.form.get("action", "")
    values = {key.removeprefix("field-"): value for key, value in page.form.items() if key.startswith("field-")}
    given = sent_files(page)
    refused = await page.site.enquiries.form(action, page.visitor.person) if page.site.enquiries else None
    if isinstance(refused, Refusal):
        return page.kept(409, refused.text)
    wrong = await page.site.enquiries.asked_again(action, page.visitor.person, values, given) if page.site.enquiries else None
    if wrong is not None:
        return page.html("form.html", 422, form=wrong, lost_files=bool(given))
    try:
        files = await keep_files(page)
    except FileTooLarge as large:
        return page.kept(413, page.t.say("{name} has more than 20 MB. Nothing was sent; please send it without that file.", name=str(large)))
    with page.site.effects.expect(page.visitor.person) as (handle, answer):
        await _do(page, submitted(action, values, page.visitor.conversation, handle, files), answer)
    return page.redirect("/#end")


async def human(page: Page) -> Response:
    """Talk to a person, now."""
    return await _command(page, "human")


async def new_request(page: Page) -> Response:
    """A request by one of the desk's forms; of the kind in the address, or of any."""
    kind = page.request.query_params.get("kind", "")[:40]
    if not kind and page.site.desk.forms:
        return page.html("portal_kinds.html", kinds=kinds(page.site.desk, page.language))
    asked = await page.site.enquiries.form(f"new:{kind}" if kind else "new", page.visitor.person) if page.site.enquiries else None
    if not isinstance(asked, Form):
        raise Missing
    return page.html("form.html", form=asked, lost_files=False)


async def new(page: Page) -> Response:
    """A new question, apart from the one that is open."""
    if page.site.desk.forms:
        return page.redirect("/new")
    return await _command(page, "new")


async def close(page: Page) -> Response:
    """One of one's own requests is settled; the core checks whose it is."""
    return await _command(page, "close", page.form.get("number", "")[:24])


async def _command(page: Page, verb: str, argument: str = "") -> Response:
    with page.site.effects.expect(page.visitor.person) as (handle, answer):
        await _do(page, commanded(verb, page.visitor.conversation, argument, handle), answer)
    return page.redirect("/#end")


async def _do(page: Page, what: Happening, answer: asyncio.Future[Outbound]) -> None:
    """Hand it to the desk and wait until the conversation shows what came of it; answers to this person alone are shown there, too."""
    conversation = page.visitor.conversation
    before = {line.id for line in await page.site.reader.screen(conversation, SCREEN)}
    event = inbound(page.person, conversation, page.once, page.site.clock.now(), what)

    async def look() -> str:
        sides = {line.side for line in await page.site.reader.screen(conversation, SCREEN) if line.id not in before}
        return "desk" if "desk" in sides else "own" if sides else ""

    patience = QUIET_S if page.site.effects.is_repeated(event.key) else PATIENCE_S
    await settled(lambda: page.deliver(event), page.site.changes, conversation, look, answer, patience)


# ---------------------------------------------------------------------------------------------------------------- oneself
async def language(page: Page) -> Response:
    """The language of the pages, until it is changed again."""
    chosen = page.form.get("lang", "")
    back = same_site_path(page.form.get("back", "/"))
    if chosen not in page.site.desk.languages:
        return page.redirect(back)
    return page.keep(page.redirect(in_language(back, chosen)), LANGUAGE, chosen)


async def name(page: Page) -> Response:
    """How one wants to be called; said to agents, never proven."""
    return page.keep(page.redirect("/tickets"), NAME, clean_name(page.form.get("name", "")))


async def sign_in(page: Page) -> Response:
    """The page behind a one-time link. Looking spends nothing (mail programs look, too); the button does."""
    token = page.request.path_params["token"]
    found = await page.site.sessions.link(token)
    if found is None:
        sentence = page.t.say("This sign-in link was used already, or is too old. Ask for a new one: Firstline prints one each time it starts.")
        return page.html("error.html", 403, status=403, sentence=sentence)
    role, known_as = found
    if page.request.method == "GET":
        return page.html("sign_in.html", role=role, name=known_as, problem="")
    chosen = clean_name(page.form.get("name", ""))
    if not chosen:
        return page.html("sign_in.html", 422, role=role, name="", problem=page.t.say("Please say who you are."))
    session = await page.site.sessions.sign_in(token, chosen)
    if session is None:
        return page.redirect(page.request.url.path)
    return page.keep(page.redirect("/" if role == "requester" else page.site.staff_home), SIGNED, session)


async def sign_out(page: Page) -> Response:
    """Ends the session here and on the server."""
    if page.signed is not None:
        await page.site.sessions.sign_out(page.signed)
    return page.keep(page.redirect("/"), SIGNED, "")
