"""Pages by key: a cursor says after what to go on, so that what comes in meanwhile neither repeats nor hides anything."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import Request, Response

from adapters.api.problems import Refused, unsound
from bot.domain.tickets import Ticket
from bot.ports import Reader, TicketQuery

MOST = 100  # of a page
LONGEST = 200  # characters of a cursor
TICK = timedelta(microseconds=1)
T = TypeVar("T")


async def ticket_page(reader: Reader, query: TicketQuery, cursor: str) -> tuple[list[Ticket], str | None]:
    """Those after the cursor, the newest change first, and the cursor to what follows. query.limit: at most so many. Raises Refused.

    Of what changed at one moment the store gives any part first. So the last moment of a page waits for the next one, where it is whole; where it is
    more than a page by itself, it is shown by itself.
    """
    moment, number = _place(cursor)
    if moment is not None and number:
        return await _of_moment(reader, query, moment, number)
    found = await reader.tickets(replace(query, before=moment, limit=min(query.limit + 1, MOST)))
    if len(found) <= query.limit and len(found) < MOST:
        return found, None
    last = changed(found[-1])
    page = [ticket for ticket in found if changed(ticket) > last]
    return (page, _cursor(last + TICK)) if page else await _of_moment(reader, query, last)


async def _of_moment(reader: Reader, query: TicketQuery, moment: datetime, number: str = "") -> tuple[list[Ticket], str]:
    """Those that changed at that moment, the highest number first, from the one after `number` on; and the cursor to the rest, or to what is older."""
    found = await reader.tickets(replace(query, before=moment + TICK, limit=MOST))
    left = [ticket for ticket in found if changed(ticket) == moment and (not number or ticket.id < number)]
    page = left[: query.limit]
    return page, _cursor(moment, page[-1].id) if len(left) > len(page) else _cursor(moment)


def changed(ticket: Ticket) -> datetime:
    """When it was changed last."""
    return ticket.changed_at or ticket.opened_at


def _cursor(moment: datetime, number: str = "") -> str:
    return written(f"{moment.isoformat()} {number}" if number else moment.isoformat())


def _place(cursor: str) -> tuple[datetime | None, str]:
    """The moment in a cursor, and the number at that moment after which to go on, or ""."""
    if not cursor:
        return None, ""
    moment, _, number = read(cursor).partition(" ")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), number
    except (ValueError, OverflowError):
        raise _foreign() from None


def written(place: str) -> str:
    """A place as a cursor: for us alone to read."""
    return base64.urlsafe_b64encode(place.encode()).decode()


def read(cursor: str) -> str:
    """The place in a cursor. Raises Refused for what was never one of ours."""
    try:
        return base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except (ValueError, binascii.Error):
        raise _foreign() from None


def _foreign() -> Refused:
    return unsound("cursor: It is none that a page gave.", ("cursor", "It is none that a page gave."))


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """The address of the next page in a header (RFC 8288), for whoever follows links."""
    if cursor is not None:
        given = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        response.headers["Link"] = f'<{request.url.path}?{urlencode([*given, ("cursor", cursor)])}>; rel="next"'


def storable(text: str) -> str:
    """The text without what no database stores: NUL and halves of surrogate pairs."""
    return "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff")
