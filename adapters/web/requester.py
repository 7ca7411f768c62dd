"""The requester's pages: the chat, and the list of one's own requests."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.effects import PATIENCE_S, QUIET_S, settled
from adapters.web.inbound import clean_name, commanded, inbound, pressed, said, submitted
from adapters.web.live import stream
from adapters.web.page import LANGUAGE, NAME, SIGNED, Missing, Page
from adapters.web.rendering import same_site_path
from adapters.web.site import Site
from adapters.web.uploads import FileTooLarge, download, keep_files
from adapters.web.words import mark, status_for_requester
from bot.domain.messages import Attachment, Form, Happening, Outbound, Refusal
from bot.domain.tickets import Ticket
from bot.ports import TicketQuery

SCREEN = 200  # lines of the conversation on the page
OWN_TICKETS = 50


def routes(site: Site, stopping: asyncio.Event) -> Sequence[Route]:
    """Its addresses."""

    async def events(page: Page) -> Response:
        return stream(site.changes, lambda changed: _concerns(page, changed), stopping)

    return [
        site.page("/", chat),
        site.page("/events", events),
        site.page("/say", say, ["POST"]),
        site.page("/press", press, ["POST"]),
        site.page("/fill", fill, ["POST"]),
        site.page("/human", human, ["POST"]),
        site.page("/new", new, ["POST"]),
        site.page("/close", close, ["POST"]),
        site.page("/tickets", tickets),
        site.page("/tickets/{number}", ticket),
        site.page("/files/{line}/{index:int}", line_file),
        site.page("/tickets/{number}/files/{message:int}/{index:int}", ticket_file),
        site.page("/language", language, ["POST"], entrance=True),
        site.page("/name", name, ["POST"]),
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
    page.tell(site.effects.late(page.visitor.person))
    lines = await site.reader.screen(page.visitor.conversation, SCREEN)
    mine = await _own_tickets(page)
    return page.html("chat.html", status, lines=lines, tickets=_rows(page, mine[:5]), more=len(mine) > 5, draft=draft, problem=problem)


async def tickets(page: Page) -> Response:
    """All of one's own requests."""
    return page.html("tickets.html", tickets=_rows(page, await _own_tickets(page)))


async def ticket(page: Page) -> Response:
    """One of one's own requests; another's looks as if it did not exist."""
    found = await _own_ticket(page)
    talk = await page.site.reader.talk(found.id, internal=False)
    names = await page.site.reader.people(sorted({m.author for m in talk}))
    return page.html("ticket.html", ticket=found, talk=talk, names=names, status=status_for_requester(found, page.t), mark=mark(found))


async def line_file(page: Page) -> Response:
    """A file in one's own conversation."""
    for line in await page.site.reader.screen(page.visitor.conversation, SCREEN):
        if line.id == page.request.path_params["line"]:
            return await download(page, _nth(line.message.attachments, page.request.path_params["index"]))
    raise Missing


async def ticket_file(page: Page) -> Response:
    """A file in one of one's own requests."""
    found = await _own_ticket(page)
    for message in await page.site.reader.talk(found.id, internal=False):
        if message.id == page.request.path_params["message"]:
            return await download(page, _nth(message.attachments, page.request.path_params["index"]))
    raise Missing


def _nth(items: Sequence[Attachment], index: int) -> Attachment:
    if index >= len(items):
        raise Missing
    return items[index]


async def _own_tickets(page: Page) -> list[Ticket]:
    return await page.site.reader.tickets(TicketQuery(requester=page.visitor.person, limit=OWN_TICKETS))


async def _own_ticket(page: Page) -> Ticket:
    found = await page.site.reader.ticket(page.request.path_params["number"])
    if found is None or found.requester != page.visitor.person:
        raise Missing
    return found


def _rows(page: Page, mine: Sequence[Ticket]) -> list[tuple[Ticket, str, str]]:
    return [(t, status_for_requester(t, page.t), mark(t)) for t in mine]


async def _concerns(page: Page, changed: str) -> bool:
    if changed == page.visitor.conversation:
        return True
    if changed.startswith("web:"):
        return False
    found = await page.site.reader.ticket(changed)
    return found is not None and found.requester == page.visitor.person


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
    with page.site.effects.expect() as (handle, answer):
        await _do(page, said(text, page.visitor.conversation, page.once, files, handle), answer)
    return page.keep(page.redirect("/#end"), NAME, page.own_name)


async def press(page: Page) -> Response:
    """A button under a message of the desk. What needs words opens a form."""
    action = page.form.get("action", "")
    needed = await page.site.enquiries.form(action, page.visitor.person) if page.site.enquiries else None
    if isinstance(needed, Form):
        return page.html("form.html", form=needed)
    if isinstance(needed, Refusal):
        page.say(("warning", needed.text))
        return page.redirect("/#end")
    with page.site.effects.expect() as (handle, answer):
        await _do(page, pressed(action, page.visitor.conversation, answer_to=handle), answer)
    return page.redirect("/#end")


async def fill(page: Page) -> Response:
    """A form that a button opened."""
    values = {key.removeprefix("field-"): value for key, value in page.form.items() if key.startswith("field-")}
    with page.site.effects.expect() as (handle, answer):
        await _do(page, submitted(page.form.get("action", ""), values, page.visitor.conversation, handle), answer)
    return page.redirect("/#end")


async def human(page: Page) -> Response:
    """Talk to a person, now."""
    return await _command(page, "human")


async def new(page: Page) -> Response:
    """A new question, apart from the one that is open."""
    return await _command(page, "new")


async def close(page: Page) -> Response:
    """One of one's own requests is settled; the core checks whose it is."""
    return await _command(page, "close", page.form.get("number", "")[:24])


async def _command(page: Page, verb: str, argument: str = "") -> Response:
    with page.site.effects.expect() as (handle, answer):
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
    back = page.redirect(same_site_path(page.form.get("back", "/")))
    return page.keep(back, LANGUAGE, chosen) if chosen in page.site.desk.languages else back


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
    return page.keep(page.redirect("/" if role == "requester" else "/agent"), SIGNED, session)


async def sign_out(page: Page) -> Response:
    """Ends the session here and on the server."""
    if page.signed is not None:
        await page.site.sessions.sign_out(page.signed)
    return page.keep(page.redirect("/"), SIGNED, "")
