"""What a department wants to know of a ticket: filled in by agents, and asked for before the next tier gets it."""

from __future__ import annotations

from bot.domain import custom_fields
from bot.domain.custom_fields import contract, fields_for, missing_at, questions, required_at, said
from bot.domain.events import FieldsChanged
from bot.domain.messages import Attachment, Form, FormField
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Asking, Given
from bot.engine.tickets import computers, desk
from bot.engine.tickets.fields_given import given_in
from bot.engine.tickets.labels import label
from bot.engine.tickets.moving import move
from bot.engine.turn import Turn
from bot.errors import MoveRefused

MISSING = "missing"  # the field of the form to send back that names facts


# --------------------------------------------------------------------------------------------------------------- filling in
async def put(turn: Turn, ticket: Ticket, values: dict[str, str]) -> Ticket:
    """The ticket with these values, found by them from now on. Nothing is written down when nothing changes."""
    filled, changed = await computers.put(turn.tx, turn.desk, ticket, values)
    if not changed:
        return ticket
    filled = await move(turn, filled, FieldsChanged(ticket=ticket.id, by=turn.person.id, at=turn.now, changed=changed))
    await label(turn, filled)
    return filled


async def _fill_in(turn: Turn, ticket: Ticket, given: Given) -> None:
    t = await turn.tongue_for(turn.person.id)
    fields = questions(fields_for(turn.desk, ticket), t.language, dict(ticket.fields), required=False)
    values = {**dict(ticket.fields), **given.values}
    filled = await put(turn, ticket, given_in(fields, Given(values=values, attachments=given.attachments)))
    if given.attachments:
        await desk.note(turn, filled, t.say("Files for the ticket's fields."), given.attachments)
    await desk.update_card(turn, filled)
    await turn.answer()


async def _form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    if ticket.status == "closed":
        raise MoveRefused("over", number=ticket.id)
    fields = questions(fields_for(asking.desk, ticket), t.language, dict(ticket.fields), required=False)
    if not fields:
        raise MoveRefused("no_fields")
    return Form(f"fields:{ticket.id}", f"{t.say('Fields')} · {ticket.id}", t.say("Save"), t.say("Cancel"), fields)


# ---------------------------------------------------------------------------------------------------- what a tier requires
def required_above(asking: Asking) -> tuple[FormField, ...]:
    """What the next tier requires and nobody has filled in, to be asked before it gets the ticket."""
    above = asking.desk.above(asking.ticket.tier)
    lacking = contract(asking.desk, asking.ticket, above.level) if above else []
    return questions(lacking, asking.t.language, dict(asking.ticket.fields), required=True)


def may_be_missing(asking: Asking) -> tuple[FormField, ...]:
    """Which of the facts that this tier requires are missing or wrong: what nobody filled in is ticked."""
    ticket, language = asking.ticket, asking.t.language
    wanted = required_at(asking.desk, ticket, ticket.tier)
    if not wanted:
        return ()
    options = tuple((field.name, said(field.label, language)) for field in wanted)
    ticked = "\n".join(field.name for field in missing_at(asking.desk, ticket, ticket.tier))
    label = asking.t.say("What is missing or wrong?")
    return (FormField(MISSING, label, "choices", required=False, initial=ticked, options=options),)


async def take_required(turn: Turn, ticket: Ticket, given: Given) -> Ticket:
    """Before the next tier gets it: the facts of the form, and files with a note that goes along."""
    above = turn.desk.above(ticket.tier)
    lacking = contract(turn.desk, ticket, above.level) if above else []
    fields = questions(lacking, turn.team_tongue.language, dict(ticket.fields), required=True)
    if not fields:
        return ticket
    filled = await put(turn, ticket, given_in(fields, given))
    if given.attachments:
        await turn.write_down(filled, "out", "note", _file_names(given.attachments), attachments=given.attachments, delivery="kept")
    return filled


def _file_names(files: tuple[Attachment, ...]) -> str:
    return ", ".join(file.name for file in files)


def with_missing(turn: Turn, ticket: Ticket, given: Given) -> str:
    """The reason for sending it back, and by name what is missing."""
    names = given.values.get(MISSING, "").split("\n")
    lacking = [field for field in required_at(turn.desk, ticket, ticket.tier) if field.name in names]
    if not lacking:
        return given.words
    t = turn.team_tongue
    return f"{given.words}\n{t.say('Missing: {facts}', facts=custom_fields.names(lacking, t.language))}"


ACTS: dict[str, Act] = {"fields": Act(_fill_in, _form)}
