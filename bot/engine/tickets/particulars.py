"""What is known of a ticket in its department's own fields, as people see it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.custom_fields import fields_for, form_of, missing_at, names, said
from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Choice
from bot.domain.tickets import Ticket
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn


async def rows(turn: Turn, t: Tongue, ticket: Ticket, here: bool) -> list[tuple[str, str]]:
    """As `lines`, with people by their names."""
    return lines(turn.desk, t, ticket, {person: await turn.name_of(PersonId(person)) for person in people_in(turn.desk, ticket)}, here)


def people_in(desk: Desk, ticket: Ticket) -> list[str]:
    """The ids of people in its fields."""
    known = dict(ticket.fields)
    return [value for field in desk.fields if field.kind == "person" and ":" in (value := known.get(field.name, ""))]


def lines(desk: Desk, t: Tongue, ticket: Ticket, people: Mapping[str, str], here: bool) -> list[tuple[str, str]]:
    """Label and value of each field that is filled in, and what its tier is still to be told. here: where the tier that has it looks."""
    known = dict(ticket.fields)
    form = form_of(desk, ticket.kind)
    kind = [(t.say("Request"), said(form.label, t.language))] if form else []
    told = here and ticket.asset  # the computer stands there with more than its name
    filled = [(field, value) for field in desk.fields if (value := known.get(field.name)) and not (told and field.kind == "asset")]
    found = [*kind, *((said(field.label, t.language), people.get(value) or field.reads(t.language, value)) for field, value in filled)]
    missing = missing_at(desk, ticket, ticket.tier) if here and ticket.is_open else []
    return [*found, (t.say("Missing"), names(missing, t.language))] if missing else found


def choices(desk: Desk, t: Tongue, ticket: Ticket) -> list[Choice]:
    """The button behind which they are filled in."""
    return [Choice(t.say("Fields"), f"fields:{ticket.id}", more=True)] if ticket.status != "closed" and fields_for(desk, ticket) else []
