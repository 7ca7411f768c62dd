"""Tickets: found, read, asked for, worked on."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Body, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from adapters.api.acts import on_it
from adapters.api.answers import said
from adapters.api.asked import ActIn, MessageIn, RequesterIn, TicketIn
from adapters.api.doing import Wish, acting, do, etag, filled_in, on_ticket
from adapters.api.guard import addresses, needs
from adapters.api.paging import LONGEST, MOST, link_next, storable, ticket_page
from adapters.api.problems import Refused, not_found
from adapters.api.shapes import MessageOut, TicketDetail, TicketOut, TicketPage, event_out, message_out, ticket_out
from adapters.api.site import Api, api_of
from bot.domain.api_keys import FOR
from bot.domain.ids import PersonId
from bot.domain.people import Person
from bot.domain.tickets import Ticket
from bot.ports import TicketQuery

MAX_WORDS = 200  # characters of a search
ANYWAY, DROP = "anyway:", "unsend:"  # how the actions of buttons begin that send what the desk asked about first, or let it go
router = addresses("tickets", "/v1/tickets")
Number = Annotated[str, Path(min_length=1, max_length=60, description="as IT-41")]


class Filters(BaseModel):
    """Which tickets; what is left out does not narrow."""

    model_config = ConfigDict(extra="forbid")

    status: list[Literal["open", "pending", "resolved", "closed"]] = Field(default=[], max_length=4)
    tier: int = Field(default=0, ge=0, le=99)
    assignee: str = Field(default="", max_length=MAX_WORDS)
    unclaimed: bool = False
    requester: str = Field(default="", max_length=MAX_WORDS)
    tag: str = Field(default="", max_length=40)
    priority: Literal["", "low", "normal", "high", "urgent"] = ""
    kind: str = Field(default="", max_length=40)
    q: str = Field(default="", max_length=MAX_WORDS, description="words in the question, or the number, here or in the tool it is mirrored to")
    limit: int = Field(default=25, ge=1, le=MOST)
    cursor: str = Field(default="", max_length=LONGEST, description="`next` of the page before")


@router.get("")
@needs("tickets:read", without_key=True)
async def find(request: Request, response: Response, filters: Annotated[Filters, Query()]) -> TicketPage:
    """Tickets, the newest change first."""
    query = TicketQuery(
        requester=storable(filters.requester), assignee=storable(filters.assignee), tier=filters.tier, statuses=tuple(filters.status),
        unclaimed=filters.unclaimed, label=f"tag:{storable(filters.tag).casefold()}" if filters.tag else "", priority=filters.priority,
        kind=storable(filters.kind), search=storable(filters.q).strip(), limit=filters.limit,
    )  # fmt: skip
    found, cursor = await ticket_page(api_of(request).store, query, filters.cursor)
    link_next(request, response, cursor)
    return TicketPage(tickets=[ticket_out(ticket) for ticket in found], next=cursor)


@router.get("/{number}")
@needs("tickets:read", without_key=True)
async def read(request: Request, response: Response, number: Number) -> TicketDetail:
    """One ticket with its talk (notes, too) and its history."""
    found = await _ticket(api_of(request), number)
    response.headers["ETag"] = etag(found.version)
    return await _detail(api_of(request), found)


@router.post("", status_code=HTTPStatus.CREATED)
@needs("tickets:write")
async def ask(request: Request, response: Response, given: TicketIn) -> TicketDetail:
    """A request for somebody: numbered, then answered from the knowledge base (a message of kind bot) or handed to the first team."""
    api, person = api_of(request), requester(given.requester)
    wish = Wish(person, "ask", {"question": given.question}, person.id)
    if given.kind is not None:
        wish = await filled_in(api, Wish(person, f"new:{given.kind}", {"words": given.question, **given.fields}, person.id))
    answer = await do(request, wish)
    made = await _ticket(api, answer.about)
    response.headers["Location"], response.headers["ETag"] = f"/api/v1/tickets/{made.id}", etag(made.version)
    return await _detail(api, made)


@router.post("/{number}/messages", status_code=HTTPStatus.CREATED)
@needs("messages:write")
async def write(request: Request, response: Response, number: Number, given: MessageIn) -> MessageOut:
    """A reply to the requester, or a note for the team."""
    api = api_of(request)
    found = await _ticket(api, number)
    wish = on_ticket(request, found, f"{given.kind}:{found.id}", {"words": given.text})
    answer = await do(request, wish)
    asked_first = next((choice.action for choice in answer.choices if choice.action.startswith(ANYWAY)), "")
    if asked_first:
        action = asked_first if given.sure else asked_first.replace(ANYWAY, DROP)
        await do(request, on_ticket(request, await _ticket(api, found.id), action), more="/then")
        if not given.sure:
            raise Refused(HTTPStatus.CONFLICT, "not_sure", f"{said(answer)} To send it all the same, say sure.")
    response.headers["ETag"] = etag((await _ticket(api, found.id)).version)
    talk = await api.store.talk(found.id, internal=True)
    return message_out(next(m for m in reversed(talk) if m.author == acting(request).person and m.kind == given.kind))


@router.post("/{number}/acts")
@needs("tickets:write")
async def act(request: Request, response: Response, number: Number, given: Annotated[ActIn, Body()]) -> TicketOut:
    """Something is done to a ticket; gives it as it is then. If-Match: only if it is still at the version of that ETag."""
    api = api_of(request)
    found = await _ticket(api, number)
    await do(request, await on_it(request, found, given))
    now = await _ticket(api, found.id)
    response.headers["ETag"] = etag(now.version)
    return ticket_out(now)


def requester(given: RequesterIn) -> Person:
    """Whom the desk hears."""
    return Person(PersonId(f"{FOR}{given.sign}"), given.name.strip() or given.sign, given.language, given.timezone)


async def _ticket(api: Api, number: str) -> Ticket:
    found = await api.store.ticket(storable(number))
    if found is None:
        raise not_found()
    return found


async def _detail(api: Api, ticket: Ticket) -> TicketDetail:
    talk, history = await api.store.talk(ticket.id, internal=True), await api.store.history(ticket.id)
    return TicketDetail(ticket=ticket_out(ticket), messages=[message_out(m) for m in talk], events=[event_out(e) for e in history])
