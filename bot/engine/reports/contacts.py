"""The contact log: a line for each message between a requester and the desk."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.ids import channel_of
from bot.domain.people import BOT
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_
from bot.ports import TicketQuery

PAGE = 100


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    t = asking.t
    rows: list[Sequence[Cell]] = []
    before, more = 0, True
    while more and not (asking.lines and len(rows) >= asking.lines):
        page = await asking.reader.contacts(asking.begin, asking.end, before, PAGE)
        rows += await _rows(asking, page)
        before, more = (page[-1].id if page else 0), len(page) == PAGE
    cut = asking.lines and (len(rows) > asking.lines or more)
    columns = [
        Column("at", t.say("When"), "moment"),
        Column("ticket", t.say("Ticket"), "text"),
        Column("who", t.say("Who"), "text"),
        Column("channel", t.say("Channel"), "text"),
        Column("direction", t.say("Direction"), "text"),
        Column("by", t.say("Written by"), "text"),
        Column("agent", t.say("Agent"), "text"),
        Column("reason", t.say("About"), "text"),
        Column("delivery", t.say("Delivery"), "text"),
    ]
    words = {
        "in": t.say("Incoming"),
        "out": t.say("Outgoing"),
        "requester": t.say("Requester"),
        "agent": t.say("Agent"),
        "bot": t.say("Bot"),
        "waiting": t.say("waiting"),
        "sent": t.say("sent"),
        "failed": t.say("failed"),
        "taken_back": t.say("taken back"),
        **{name: t.say(word) for name, word in tables.CHANNEL.names.items()},
    }
    note = t.say(
        "Every message between a requester and the desk in this time, newest first; notes among agents are none. About: the entry that solved the "
        "ticket, else its kind. Minutes of work are not measured."
    )
    note = f"{note} {t.say('Only the newest {count} are listed.', count=asking.lines)}" if cut else note
    return [Sheet("contacts", t.say("Contacts"), columns, rows[: asking.lines or None], note, empty=tables.nothing(t), words=words, listed=True)]


async def _rows(asking: Asking, page: Sequence[TicketMessage]) -> list[Sequence[Cell]]:
    numbers = tuple(dict.fromkeys(said.ticket for said in page))
    tickets = {ticket.id: ticket for ticket in await asking.reader.tickets(TicketQuery(numbers=numbers, limit=PAGE))} if numbers else {}
    people = sorted({*(ticket.requester for ticket in tickets.values()), *(said.author for said in page)})
    known = await asking.reader.people(people)
    names: dict[str, str] = {person: (known[person].name if person in known else "") or person for person in people}
    return [_row(asking, said, tickets.get(said.ticket), names) for said in page]


def _row(asking: Asking, said: TicketMessage, ticket: Ticket | None, names: dict[str, str]) -> list[Cell]:
    by = "requester" if said.direction == "in" else "bot" if said.kind == "bot" or said.author == BOT.id else "agent"
    who = names.get(ticket.requester, ticket.requester) if ticket else ""
    return [
        said.at.astimezone(asking.zone),
        said.ticket,
        names.get(said.author, said.author) if by == "requester" else who,
        channel_of(ticket.conversation) if ticket else "",
        said.direction,
        by,
        names.get(said.author, said.author) if by == "agent" else "",
        (ticket.entry or ticket.kind) if ticket else "",
        said.delivery,
    ]


CONTACTS = Report(
    "contacts", N_("Contact log"), N_("every message between requesters and the desk: who, where, when, by whom"), _sheets, counted=False, listed=True
)
