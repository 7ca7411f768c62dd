"""What the company's directory says of a requester, put into a ticket where it says nothing yet."""

from __future__ import annotations

from bot.domain import priorities
from bot.domain.custom_fields import CustomField, fields_for, put_in
from bot.domain.events import FieldsChanged
from bot.domain.fields import fault
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine.people.listed import look
from bot.engine.people.senders import UNVERIFIED
from bot.engine.tickets.labels import label
from bot.engine.tickets.moving import move
from bot.engine.turn import Turn

USUAL = "normal"  # the priority of a ticket of which nobody has said anything


async def fill_in(turn: Turn, ticket: Ticket) -> Ticket:
    """Before people get it: fields that the requester left open, and the priority of those whom the directory marks."""
    company = turn.crew.directory.company
    if company is None or await UNVERIFIED.get(turn.tx, ticket.id):
        return ticket
    listed = await look(turn, ticket.requester)
    listing = listed.listing if listed else None
    if listing is None:
        return ticket
    known = dict(ticket.fields)
    open_fields = {field.name: field for field in fields_for(turn.desk, ticket) if not known.get(field.name)}
    values = {name: _fitting(open_fields[name], getattr(listing, fact)) for name, fact in company.rules.fields.items() if name in open_fields}
    ticket, changed = put_in(turn.desk, ticket, {name: value for name, value in values.items() if value})
    if changed:
        ticket = await move(turn, ticket, FieldsChanged(ticket=ticket.id, by=BOT.id, at=turn.now, changed=changed))
        await label(turn, ticket)
    wanted = company.rules.vip_priority
    if wanted and listing.is_vip and ticket.priority == USUAL != wanted:
        ticket = await move(turn, *priorities.put(ticket, wanted, BOT.id, turn.now))
    return ticket


def _fitting(field: CustomField, value: str) -> str:
    """The value as the field takes it, "" when it does not; of a choice also by its words."""
    wanted = value.casefold()
    for option, words in field.options:
        if wanted in (option.casefold(), *(word.casefold() for _, word in words)):
            return option
    return "" if fault(field.asks("", required=False), value) else value
