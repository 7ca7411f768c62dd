"""The agents' pages: the queues, and a ticket with everything that can be done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.effects import answer_within
from adapters.web.inbound import TEAM, inbound, pressed, submitted
from adapters.web.live import Gone, stream
from adapters.web.page import Missing, Page
from adapters.web.rendering import same_site_path
from adapters.web.sessions import agent
from adapters.web.site import Site
from adapters.web.uploads import FileTooLarge, download, keep_files
from adapters.web.words import delivery, happened, mark, priority, refusal, status_for_agent, tier_name
from bot.domain.desks import Desk
from bot.domain.messages import Happening
from bot.domain.people import BOT, Person
from bot.domain.tickets import Ticket
from bot.engine.reasoning import because
from bot.ports import TicketQuery

PAGE = 25  # tickets on a page
PRESSES = frozenset({"take", "release", "hold", "resume", "reopen", "close", "undo"})
SUBMISSIONS = frozenset({"reply", "note", "escalate", "back", "resolve"})


def routes(site: Site, stopping: asyncio.Event) -> Sequence[Route]:
    """Its addresses."""

    async def events(page: Page) -> Response:
        return stream(site.changes, lambda changed: _concerns(page, changed), stopping)

    return [
        site.page("/agent", queue, role="agent"),
        site.page("/agent/events", events, role="agent"),
        site.page("/agent/tickets/{number}", ticket, role="agent"),
        site.page("/agent/tickets/{number}/{move}", move, ["POST"], role="agent"),
        site.page("/agent/tickets/{number}/files/{message:int}/{index:int}", file, role="agent"),
    ]


# ---------------------------------------------------------------------------------------------------------------- reading
async def queue(page: Page) -> Response:
    """The tickets: unclaimed, mine, all open ones, resolved."""
    views = queues(page)
    view = page.request.query_params.get("view", "unclaimed")
    view = view if view in views else "unclaimed"
    search, before = page.request.query_params.get("q", "").replace("\0", "")[:200].strip(), moment(page.request.query_params.get("before", ""))
    query = replace(views[view], search=search, before=before, limit=PAGE)
    found = await page.site.reader.tickets(query)
    counts = {name: len(await page.site.reader.tickets(replace(views[name], limit=100))) for name in ("unclaimed", "mine")}
    names = await _names(page, found)
    older = found[-1].changed_at.isoformat() if len(found) == PAGE and found[-1].changed_at else ""
    page.tell(page.site.effects.late(page.agent.person))
    rows = [(t, status_for_agent(t, page.t), mark(t), tier_name(t.tier, page.site.desk, page.t)) for t in found]
    return page.html("queue.html", priority=partial(priority, t=page.t), view=view, rows=rows, names=names, counts=counts, search=search, older=older)


async def ticket(page: Page) -> Response:
    """One ticket."""
    return await _ticket(page)


async def _ticket(page: Page, status: int = 200, problem: str = "", drafts: dict[str, str] | None = None) -> Response:
    site, found = page.site, await _found(page)
    talk, history = await site.reader.talk(found.id, internal=True), await site.reader.history(found.id)
    names = await _names(page, [found], [m.author for m in talk] + [e.by for e in history])
    page.tell(site.effects.late(page.agent.person))
    return page.html(
        "work.html", status, ticket=found, talk=talk, names=names, status=status_for_agent(found, page.t), mark=mark(found), problem=problem,
        priority=priority(found.priority, page.t), tier=tier_name(found.tier, site.desk, page.t), drafts=drafts or {},
        moves=moves(found, page.agent.person, site.desk), deliveries={m.id: delivery(m.delivery, page.t) for m in talk},
        refusals=[refusal(o.reason, page.t) for o in found.offers],
        reasons=[because(page.t, o) for o in found.offers],
        history=[(e, happened(e, shown_name(names, e.by), site.desk, page.t)) for e in history],
    )  # fmt: skip


async def file(page: Page) -> Response:
    """A file of a ticket's talk, from whichever channel it came."""
    found, params = await _found(page), page.request.path_params
    for message in await page.site.reader.talk(found.id, internal=True):
        if message.id == params["message"] and params["index"] < len(message.attachments):
            return await download(page, message.attachments[params["index"]])
    raise Missing


def queues(page: Page) -> dict[str, TicketQuery]:
    """What each list holds."""
    return {
        "unclaimed": TicketQuery(unclaimed=True, humans_only=True, statuses=("open", "pending")),
        "mine": TicketQuery(assignee=page.agent.person, humans_only=True, statuses=("open", "pending")),
        "open": TicketQuery(statuses=("open", "pending")),
        "resolved": TicketQuery(statuses=("resolved", "closed")),
    }


def moves(ticket: Ticket, person: str, desk: Desk) -> frozenset[str]:
    """What can be done with a ticket as it stands. The core decides again when it is done."""
    if ticket.status == "closed" or not ticket.is_with_humans:
        return frozenset()
    if ticket.status == "resolved":
        return frozenset({"reopen", "reply", "note", "close"})
    able = {"reply", "note", "resolve", "resume" if ticket.status == "pending" else "hold"}
    if ticket.assignee is None:
        able.add("take")
    elif ticket.assignee == person:
        able.add("release")
    if desk.above(ticket.tier):
        able.add("escalate")
    if desk.below(ticket.tier):
        able.add("back")
    return frozenset(able)


def moment(text: str) -> datetime | None:
    """A time as a link carries it; None when it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def shown_name(names: dict[str, Person], person: str) -> str:
    """A name to show; without one the end of the id."""
    known = names.get(person)
    return known.name if known and known.name else BOT.name if person == BOT.id else person.partition(":")[2][:12]


async def _found(page: Page) -> Ticket:
    found = await page.site.reader.ticket(page.request.path_params["number"])
    if found is None:
        raise Missing
    return found


async def _names(page: Page, tickets: Sequence[Ticket], more: Sequence[str] = ()) -> dict[str, Person]:
    ids = {t.requester for t in tickets} | {t.assignee for t in tickets if t.assignee} | set(more)
    known = await page.site.reader.people(sorted(ids))
    return known | {page.agent.person: agent(page.agent, page.language)}


async def _concerns(page: Page, changed: str) -> bool:
    if not (await page.site.admits(page.request)):
        raise Gone
    return True


# ---------------------------------------------------------------------------------------------------------------- writing
async def move(page: Page) -> Response:
    """A move of a ticket: the core says whether it was made."""
    number, verb = page.request.path_params["number"], page.request.path_params["move"]
    target = f"{number}:{page.form['message']}" if verb == "undo" and page.form.get("message", "").isdigit() else number
    with page.site.effects.expect() as (handle, answer):
        if verb in PRESSES:
            what: Happening = pressed(f"{verb}:{target}", TEAM, handle)
        elif verb in SUBMISSIONS:
            words = page.form.get("words", "").strip()
            try:
                files = await keep_files(page)
            except FileTooLarge as large:
                problem = page.t.say("{name} has more than 20 MB. Nothing was sent; please send it without that file.", name=str(large))
                return await _ticket(page, 413, problem, {verb: words})
            if not words and not files:
                return await _ticket(page, 422, page.t.say("Please write something first."))
            values = {"words": words} | ({"entry": page.form["entry"].strip()} if page.form.get("entry", "").strip() else {})
            what = submitted(f"{verb}:{target}", values, TEAM, handle, files)
        else:
            raise Missing
        await page.deliver(inbound(agent(page.agent, page.language), f"{TEAM}/{number}", page.once, page.site.clock.now(), what))
        page.tell(await answer_within(answer), "say", "small")
    return page.redirect(same_site_path(page.form.get("back", f"/agent/tickets/{number}")))
