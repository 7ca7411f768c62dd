"""Which computer a ticket is about: said by whoever asks, or by an agent; what its last inventory told, and what changed since the ticket before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.asset_changes import net
from bot.domain.assets import Asset, Audit
from bot.domain.custom_fields import fields_for, put_in
from bot.domain.desks import Desk
from bot.domain.events import FieldsChanged
from bot.domain.ids import PersonId
from bot.domain.messages import Choice, Form, FormField
from bot.domain.sought import asset_label
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Asking, Given, Names
from bot.engine.asset_words import digest
from bot.engine.kept import Noted
from bot.engine.people.addresses import addresses_of
from bot.engine.requests import own_computers
from bot.engine.tickets import desk, labels
from bot.engine.tickets.moving import move
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import TicketQuery

FIELD = "asset"  # of the form that an agent fills in
NONE = "-"  # typed for: none
LOOKED_AT = 20  # tickets among which the one before is looked for
LATELY = timedelta(days=30)  # what is told where there is no ticket before


class Calls(Noted, Protocol):
    """Whoever knows what computers are called: a transaction or a reader."""

    async def assets_called(self, words: str) -> list[Asset]:
        """As AssetReader.assets_called."""
        ...


class Computers(Noted, Protocol):
    """Whoever knows computers and tickets: a transaction or a reader."""

    async def asset(self, asset: int) -> Asset | None:
        """As AssetReader.asset."""
        ...

    async def audits(self, asset: int, limit: int = 50) -> list[Audit]:
        """As AssetReader.audits."""
        ...

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """As Reader.tickets."""
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
        await labels.label(turn, filled)
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


# ------------------------------------------------------------------------------------------------------------ what is told
async def rows(reader: Computers, of: Desk, t: Tongue, ticket: Ticket, now: datetime, owner: str = "", *, own: bool = False) -> list[tuple[str, str]]:
    """The computer, its last inventory, and what changed since the ticket before. owner: whose it is, if that is to be said.

    own: of the tickets before only those of whoever asked count: others' are not theirs to know of.
    """
    asset = await reader.asset(ticket.asset) if ticket.asset else None
    if asset is None:
        return []
    what = " · ".join(filter(None, (own_computers.shown(asset), asset.system, owner)))
    last = await _before(reader, ticket, own=own)
    since, label = (last.opened_at, t.say("Changed since {ticket}", ticket=last.id)) if last else (now - LATELY, t.say("Changed in {days} days", days=LATELY.days))
    lines = digest(t, net(audit for audit in await reader.audits(asset.id) if audit.at > since))
    told = [(label, "\n".join(lines) or t.say("nothing"))] if lines or (last and asset.first_at <= since) else []
    return [(t.say("Computer"), what), (t.say("Last inventory"), t.when(asset.seen_at, of.timezone)), *told]


async def _before(reader: Computers, ticket: Ticket, *, own: bool) -> Ticket | None:
    """The last ticket before this one about the computer, else of whoever asked."""
    whose = ticket.requester if own else ""
    for query in (TicketQuery(label=asset_label(ticket.asset), requester=whose, limit=LOOKED_AT), TicketQuery(requester=ticket.requester, limit=LOOKED_AT)):
        earlier = [one for one in await reader.tickets(query) if one.opened_at < ticket.opened_at and one.id != ticket.id]
        if earlier:
            return max(earlier, key=lambda one: one.opened_at)
    return None


async def own_rows(reader: Computers, of: Desk, t: Tongue, ticket: Ticket, now: datetime) -> list[tuple[str, str]]:
    """The same for whoever asked: of a computer of theirs. Of another one they know what they typed, and nothing else."""
    asset = await reader.asset(ticket.asset) if ticket.asset else None
    is_theirs = asset is not None and asset.person in await addresses_of(reader, ticket.requester)
    return await rows(reader, of, t, ticket, now, own=True) if is_theirs else []


async def card_rows(turn: Turn, t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """The same on a card: an ordinary ticket is about none, and costs no question."""
    return await rows(turn.tx, turn.desk, t, ticket, turn.now, await owner(turn.tx, t, ticket, turn.names_of)) if ticket.asset else []


async def owner(reader: Computers, t: Tongue, ticket: Ticket, names: Names) -> str:
    """Whose computer it is, where that is somebody else than who asked."""
    asset = await reader.asset(ticket.asset) if ticket.asset else None
    if asset is None or not asset.person or asset.person in await addresses_of(reader, ticket.requester):
        return ""
    person = PersonId(asset.person)
    return t.say("of {name}", name=(await names([person])).get(person) or person)


def choices(of: Desk, t: Tongue, ticket: Ticket) -> list[Choice]:
    """Behind which an agent says which it is; and its page."""
    if ticket.status == "closed" or not (of.computers or ticket.asset):
        return []
    page = [Choice(t.say("Computer’s page"), PAGE, link=f"{of.url}/agent/assets/{ticket.asset}")] if ticket.asset and of.url else []
    return [*page, Choice(t.say("Computer"), f"asset:{ticket.id}", more=True)]


PAGE = "asset-page"  # the action of a choice that is an address
ACTS: dict[str, Act] = {"asset": Act(_set, _form)}
