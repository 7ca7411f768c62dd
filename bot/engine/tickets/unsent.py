"""Replies that have not gone out: those that wait for their hour, and those about which their author is asked first. Their words are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.events import Event, ReplyDropped, TicketClosed
from bot.domain.ids import PersonId
from bot.domain.messages import Attachment, Outbound, Small
from bot.domain.tickets import Ticket
from bot.engine.kept import Kept, Noted, Notes
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn

SHOWN = 80  # characters of one on the card


@dataclass(frozen=True, slots=True)
class Unsent:
    """One of them. due: when it goes out; None: when somebody says so.

    doubts: why its author is asked, as bot.engine.tickets.checks gives them, or "fresh:<entry>" of what bot.engine.faq.comes_back put there.
    tier: where the ticket was. verb: what it was to be, "reply" or "later:<moment>", "news:<state>", "resolve",
    "edit:<message>". source, place: as bot.engine.act.Given.
    """

    words: str
    by: PersonId
    made_at: datetime
    tier: int
    due: datetime | None = None
    doubts: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    source: str = ""
    place: str = ""
    verb: str = "reply"


def _of(ticket: str) -> Kept[Unsent]:
    return Kept(f"unsent:{ticket}", Unsent)


async def all_of(notes: Noted, ticket: str) -> dict[str, Unsent]:
    """A ticket's, by their ids."""
    return await _of(ticket).all(notes)


async def one_of(notes: Noted, ticket: str, which: str) -> Unsent | None:
    """One of them; None when it is no more."""
    return await _of(ticket).get(notes, which) if which.isascii() and which.isdigit() and len(which) < 9 else None


async def keep(notes: Notes, ticket: str, unsent: Unsent) -> str:
    """Keep a new one; gives its id."""
    which = str(max((int(known) for known in await all_of(notes, ticket)), default=0) + 1)
    await _of(ticket).put(notes, which, unsent)
    return which


async def change(notes: Notes, ticket: str, which: str, unsent: Unsent) -> None:
    """Keep it so."""
    await _of(ticket).put(notes, which, unsent)


async def drop(notes: Notes, ticket: str, which: str) -> None:
    """Keep it no longer."""
    await _of(ticket).drop(notes, which)


async def rows(turn: Turn, t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """What the card says of them."""
    lines = []
    for one in (await all_of(turn.tx, ticket.id)).values():
        name = await turn.name_of(one.by)
        begin = " ".join(one.words.split())
        begin = begin if len(begin) <= SHOWN else f"{begin[:SHOWN]}…"
        if one.due is not None:
            lines.append((t.say("Later"), f"{t.when(one.due, turn.desk.timezone)} · {name}: {begin}"))
    return lines


def line_key(ticket: str, which: str) -> str:
    """The key of the line in the thread that asks about it or tells of it; each place adds its own name."""
    return f"unsent:{ticket}:{which}"


async def close_line(turn: Turn, ticket: Ticket, which: str, line: str) -> None:
    """The line in the thread now says what became of it, and has no buttons."""
    for tier in turn.desk.tiers:
        for place in tier.places:
            for key in (f"{line_key(ticket.id, which)}@{place}", f"{line_key(ticket.id, which)}:again@{place}"):
                if await turn.tx.parcel(key) is not None:
                    await turn.change(key, place, Outbound((Small(line),)), ticket.id, f"{place}#{ticket.id}")


async def follow(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """What is asked about a ticket that is closed is asked no more; what waits for its hour is dropped then, and the team told."""
    if isinstance(fact, TicketClosed):
        for which, waiting in (await all_of(turn.tx, ticket.id)).items():
            if waiting.due is None:
                await drop(turn.tx, ticket.id, which)
                await turn.record(ReplyDropped(ticket=ticket.id, by=fact.by, at=turn.now, why="closed"))
