"""What a ticket is: said by its requester in plain words, or by an agent."""

from __future__ import annotations

from bot.domain import practices
from bot.domain.messages import Form, FormField, Say
from bot.domain.tickets import Ticket
from bot.engine import replies
from bot.engine.act import Act, Asking, Given
from bot.engine.practices.asking_kind import ANSWERS, VERB
from bot.engine.practices.problem_notes import kind_name
from bot.engine.tickets import desk, kinship
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused


async def put(turn: Turn, ticket: Ticket, kind: str) -> Ticket:
    """It is of that kind from now on. A problem that incidents come from stays one."""
    if ticket.kind == "problem" and any(practices.is_caused(one) for one in await kinship.children(turn.tx, ticket.id)):
        raise MoveRefused("has_incidents", number=ticket.id)
    changed, fact = practices.reclassify(ticket, kind, practices.kinds_of(turn.desk), turn.person.id, turn.now)
    changed = await move(turn, changed, fact)
    await desk.update_card(turn, changed)
    return changed


async def _run(turn: Turn, ticket: Ticket, given: Given) -> None:
    changed = await put(turn, ticket, (given.values.get("kind") or given.words or given.extra).strip().casefold())
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.say("{number} now is: {kind}", number=changed.id, kind=kind_name(turn.desk, t, changed.kind))))


async def _form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    if asking.extra:
        return None
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)
    known = practices.kinds_of(asking.desk)
    options = tuple((kind, kind_name(asking.desk, t, kind)) for kind in known)
    field = FormField("kind", t.say("What is it?"), "choice", initial=ticket.kind if ticket.kind in known else "", options=options)
    return Form(f"kind:{ticket.id}", f"{t.say('Kind')} · {ticket.id}", t.say("Save"), t.say("Cancel"), (field,))


async def _said(turn: Turn, ticket: Ticket, given: Given) -> None:
    """Its requester pressed one of the two buttons. What an agent has said meanwhile counts."""
    if given.extra not in ANSWERS or not ticket.is_open or ticket.kind != "question":
        raise MoveRefused("no_longer", number=ticket.id)
    changed = await put(turn, ticket, given.extra)
    await turn.answer(*replies.noted(tongue(changed.language)))


ACTS: dict[str, Act] = {"kind": Act(_run, _form), VERB: Act(_said)}
