"""/api/v1: tickets to read, as JSON, described by /api/openapi.json. Loaded with the first request to it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from bot.domain.ids import channel_of
from bot.domain.tickets import Ticket, TicketMessage
from bot.errors import StoreError
from bot.ports import Reader, Recorded, TicketQuery

Status = Literal["open", "pending", "resolved", "closed"]
MAX_WORDS = 200  # characters of a search


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""


class OfferOut(BaseModel):
    """An entry that tier 1 offered or looked at. score: 0..100. outcome: "" (shown, no reaction), listed, solved, refused, unlike (not shown)."""

    entry: str
    lang: str
    question: str
    score: float
    outcome: str
    reason: str


class TicketOut(BaseModel):
    """A ticket. tier 1 is the bot."""

    number: str
    status: Status
    tier: int
    assignee: str | None
    requester: str
    channel: str
    question: str
    language: str
    priority: str
    kind: str
    entry: str | None
    solution: str
    follows: str | None
    offers: list[OfferOut]
    opened_at: datetime
    changed_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None


class MessageOut(BaseModel):
    """A message of a ticket's talk. kind note: for agents alone."""

    id: int
    direction: Literal["in", "out"]
    kind: str
    author: str
    text: str
    at: datetime
    delivery: str
    files: list[str]


class EventOut(BaseModel):
    """What happened to a ticket."""

    id: int
    name: str
    by: str
    channel: str
    at: datetime
    details: dict[str, object]


class TicketDetail(BaseModel):
    """A ticket with its talk and its history."""

    ticket: TicketOut
    messages: list[MessageOut]
    events: list[EventOut]


class TicketPage(BaseModel):
    """Tickets, the newest change first. next: the cursor of the page after this, or null."""

    tickets: list[TicketOut]
    next: str | None


class Filters(BaseModel):
    """Which tickets; what is left out does not narrow."""

    status: list[Status] = Field(default=[], max_length=4)
    tier: int = Field(default=0, ge=0, le=99)
    assignee: str = Field(default="", max_length=MAX_WORDS)
    requester: str = Field(default="", max_length=MAX_WORDS)
    q: str = Field(default="", max_length=MAX_WORDS, description="words in the question or the number")
    limit: int = Field(default=25, ge=1, le=100)
    cursor: str = Field(default="", max_length=100, description="`next` of the page before")


def build_api(reader: Reader, admit: Callable[[Request], Awaitable[bool]]) -> FastAPI:
    """The API. admit: may this request read tickets?"""
    app = FastAPI(title="Firstline", version="1", description=__doc__, docs_url=None, redoc_url=None, openapi_url=None)

    async def admitted(request: Request) -> None:
        if not await admit(request):
            raise HTTPException(HTTPStatus.FORBIDDEN, "open on this computer, and to agents who are signed in")

    refusals: dict[int | str, dict[str, object]] = {
        code: {"model": Problem, "content": {"application/problem+json": {}}} for code in (403, 404, 422, 503)
    }
    guard = [Depends(admitted)]

    @app.get("/v1/tickets", dependencies=guard, responses=refusals)
    async def tickets(filters: Annotated[Filters, Query()]) -> TicketPage:
        """Tickets, the newest change first."""
        query = TicketQuery(
            requester=storable(filters.requester), assignee=storable(filters.assignee), tier=filters.tier, statuses=tuple(filters.status),
            search=storable(filters.q).strip(), before=read_cursor(filters.cursor), limit=filters.limit,
        )  # fmt: skip
        shown, cursor = page_of(await reader.tickets(query), filters.limit)
        return TicketPage(tickets=[ticket_out(t) for t in shown], next=cursor)

    @app.get("/v1/tickets/{number}", dependencies=guard, responses=refusals)
    async def ticket(number: Annotated[str, Path(min_length=1, max_length=64)]) -> TicketDetail:
        """One ticket with its talk (notes, too) and its history."""
        found = await reader.ticket(storable(number))
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such ticket")
        messages = [message_out(m) for m in await reader.talk(found.id, internal=True)]
        return TicketDetail(ticket=ticket_out(found), messages=messages, events=[event_out(e) for e in await reader.history(found.id)])

    @app.get("/openapi.json", dependencies=guard, include_in_schema=False)
    async def description() -> JSONResponse:
        return JSONResponse({**app.openapi(), "servers": [{"url": "/api"}]})

    _tell_faults(app)
    return app


def _tell_faults(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, fault: RequestValidationError) -> JSONResponse:
        said = "; ".join(f"{'.'.join(str(step) for step in error['loc'][1:])}: {error['msg']}" for error in fault.errors()[:5])
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, said)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, fault: HTTPException) -> JSONResponse:
        return _problem(HTTPStatus(fault.status_code), fault.detail, dict(fault.headers or {}))

    @app.exception_handler(StoreError)
    async def away(request: Request, fault: StoreError) -> JSONResponse:
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "the database cannot be used now")


def _problem(status: HTTPStatus, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    told = Problem(title=status.phrase, status=status.value, detail=detail)
    return JSONResponse(told.model_dump(), status.value, headers, media_type="application/problem+json")


def storable(text: str) -> str:
    """The text without what no database stores: NUL and halves of surrogate pairs."""
    return "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff")


# ---------------------------------------------------------------------------------------------------------------- paging
def page_of(found: list[Ticket], limit: int) -> tuple[list[Ticket], str | None]:
    """The page to show and the cursor to the next one.

    A cursor is a time, and several tickets may have changed at the same time: those at the end of a full page go to the next page whole.
    """
    if len(found) < limit or not found:
        return found, None
    last = _changed(found[-1])
    kept = [t for t in found if _changed(t) > last]
    return (kept, _cursor(last + timedelta(microseconds=1))) if kept else (found, _cursor(last))


def read_cursor(text: str) -> datetime | None:
    """The time in a cursor. Raises HTTPException 422 for what was never one of ours."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(base64.urlsafe_b64decode(text.encode("ascii")).decode("ascii"))
        return found.astimezone(UTC)
    except (ValueError, binascii.Error, OverflowError):
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "cursor: not one that a page gave") from None


def _cursor(moment: datetime) -> str:
    return base64.urlsafe_b64encode(moment.isoformat().encode()).decode()


def _changed(ticket: Ticket) -> datetime:
    return ticket.changed_at or ticket.opened_at


# ----------------------------------------------------------------------------------------------------------------- values
def ticket_out(ticket: Ticket) -> TicketOut:
    """A ticket as the API shows it."""
    return TicketOut(
        number=ticket.id, status=ticket.status, tier=ticket.tier, assignee=ticket.assignee, requester=ticket.requester,
        channel=channel_of(ticket.requester), question=ticket.question, language=ticket.language, priority=ticket.priority, kind=ticket.kind,
        entry=ticket.entry or None, solution=ticket.solution, follows=ticket.follows or None,
        offers=[OfferOut(entry=o.entry, lang=o.lang, question=o.question, score=o.score, outcome=o.outcome, reason=o.reason) for o in ticket.offers],
        opened_at=ticket.opened_at, changed_at=_changed(ticket), resolved_at=ticket.resolved_at, closed_at=ticket.closed_at,
    )  # fmt: skip


def message_out(message: TicketMessage) -> MessageOut:
    """A message as the API shows it."""
    return MessageOut(
        id=message.id, direction=message.direction, kind=message.kind, author=message.author, text=message.text, at=message.at,
        delivery=message.delivery, files=[a.name for a in message.attachments],
    )  # fmt: skip


def event_out(event: Recorded) -> EventOut:
    """An event as the API shows it."""
    return EventOut(id=event.id, name=event.name, by=event.by, channel=event.channel, at=event.at, details=event.details)
