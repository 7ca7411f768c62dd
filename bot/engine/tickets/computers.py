"""Which computer a ticket is about: said by whoever asks, or by an agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from bot.domain.assets import Asset
from bot.domain.custom_fields import fields_for, put_in
from bot.domain.desks import Desk
from bot.domain.events import FieldsChanged
from bot.domain.messages import Form, FormField
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Asking, Given
from bot.engine.kept import Noted
from bot.engine.people.addresses import addresses_of
from bot.engine.requests import own_computers
from bot.engine.tickets import desk
from bot.engine.tickets.labels import label
from bot.engine.tickets.moving import move
from bot.engine.turn import Turn
from bot.errors import MoveRefused

FIELD = "asset"  # of the form that an agent fills in
NONE = "-"  # typed for: none


class Calls(Noted, Protocol):
    """Whoever knows what computers are called: a transaction or a reader."""

    async def assets_called(self, words: str) -> list[Asset]:
        """As AssetReader.assets_called."""
        ...


# ------------------------------------------------------------------------------------------------------------- which it is
async def found(calls: Calls, ticket: Ticket, words: str) -> list[Asset]:
    """Those that may be meant. Where several are called so: the one that the ticket is about already, else the requester's own."""
    called = await calls.assets_called(words)
    if len(called) < 2:
        return called
    theirs = await addresses_of(calls, ticket.requester)
    return [one for one in called if one.id == ticket.asset] or [one for one in called if one.person in theirs] or called


async def put(calls: Calls, of: Desk, ticket: Ticket, values: Mapping[str, str]) -> tuple[Ticket, tuple[str, ...]]:
    """As custom_fields.put_in; a computer that is known by what a field says is the ticket's from now on, and stands there by its name."""
    kinds = {field.name for field in of.fields if field.kind == "asset"}
    known: dict[str, int] = {}
    named = dict(values)
    for name in kinds & set(values):
        here = await found(calls, ticket, values[name]) if values[name].strip() else []
        known[name] = here[0].id if len(here) == 1 else 0
        if known[name] and here[0].sign == values[name].strip():
            named[name] = here[0].called
    filled, changed = put_in(of, ticket, named)
    asset = next(filter(None, known.values()), 0 if kinds & set(changed) else ticket.asset)
    return replace(filled, asset=asset), changed or ((FIELD,) if asset != ticket.asset else ())


async def _set(turn: Turn, ticket: Ticket, given: Given) -> None:
    """An agent says which; "": none. Where the ticket has a field for it, that says the same."""
    if ticket.status == "closed":
        raise MoveRefused("over", number=ticket.id)
    words = (own_computers.meant(given.values)[FIELD] if FIELD in given.values else given.words).strip()
    meant = await _one(turn, ticket, words) if words and words != NONE else None
    field = next((one for one in fields_for(turn.desk, ticket) if one.kind == "asset"), None)
    filled, changed = put_in(turn.desk, ticket, {field.name: meant.called if meant else ""} if field else {})
    filled = replace(filled, asset=meant.id if meant else 0)
    if filled != ticket:
        fact = FieldsChanged(ticket=ticket.id, by=turn.person.id, at=turn.now, changed=changed or (FIELD,))
        filled = await move(turn, filled, fact)
        await label(turn, filled)
        await desk.update_card(turn, filled)
    await turn.answer()


async def _one(turn: Turn, ticket: Ticket, words: str) -> Asset:
    here = await found(turn.tx, ticket, words)
    if len(here) != 1:
        raise MoveRefused("many_computers" if here else "no_such_computer", name=words[:60])
    return here[0]


async def _form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    if asking.extra:
        return None
    hint = t.say("Its name, tag or serial number; nothing for none.")
    now = await asking.lists.asset(ticket.asset) if ticket.asset else None
    field = FormField(FIELD, t.say("Which computer is it about?"), "asset", required=False, initial=now.called if now else "", hint=hint)
    return Form(f"asset:{ticket.id}", f"{t.say('Computer')} · {ticket.id}", t.say("Save"), t.say("Cancel"), (field,))


ACTS: dict[str, Act] = {"asset": Act(_set, _form)}
