"""What the desk keeps of incidents beside their tickets, and what cards say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.events import Event, TicketClosed, TicketHandedOver, TicketReopened, TicketResolved
from bot.domain.incidents import Banner, Incident, Shown, Suspicion, alone_again, is_part
from bot.domain.messages import Choice
from bot.domain.practices import OURS
from bot.domain.tickets import Ticket
from bot.engine.act import Lists
from bot.engine.kept import Kept, Noted
from bot.engine.tongue import N_, Tongue
from bot.engine.turn import Turn
from bot.ports import TicketQuery

INCIDENTS = Kept("incident", Incident)
SHOWN = Kept("incident-shown", Shown)
SUSPICIONS = Kept("incident-suspected", Suspicion)
BANNER = Kept("banner", Banner)
NOW = "now"  # the name of the only banner

FORGOTTEN = timedelta(days=1)  # after which a suspicion is nobody's matter any more
COUNTED = 100  # those who share an incident are counted so far
STATE = {
    "looking": N_("We are looking into it"),
    "known": N_("We know the cause and work on it"),
    "watching": N_("It should work again; we keep an eye on it"),
    "resolved": N_("It is solved"),
}


async def active(notes: Noted) -> dict[str, Incident]:
    """The incidents that go on, by their tickets' numbers."""
    return {number: one for number, one in (await INCIDENTS.all(notes)).items() if one.is_active}


async def suspicions(notes: Noted, now: datetime) -> list[Suspicion]:
    """Like requests about which nobody has decided yet, newest first."""
    known = [one for one in (await SUSPICIONS.all(notes)).values() if now - one.at <= FORGOTTEN]
    return sorted(known, key=lambda one: one.at, reverse=True)


async def rows(lists: Lists, t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """What the card of an incident, or of a part of one, says of it."""
    if is_part(ticket):
        shared = await INCIDENTS.get(lists, ticket.parent)
        return [(t.say("Part of"), f"{ticket.parent} · {shared.title}" if shared else ticket.parent)]
    own = await INCIDENTS.get(lists, ticket.id)
    if own is None:
        return []
    parts = await lists.tickets(TicketQuery(parent=ticket.id, limit=COUNTED))
    many = sum(is_part(part) for part in parts) + 1
    people = t.many("{count} person", "{count} people", many) if many <= COUNTED else t.say("more than {count} people", count=COUNTED)
    return [(t.say("Incident"), f"{own.title} · {t.say(STATE[own.state])} · {people}")]


async def choices(notes: Noted, t: Tongue, ticket: Ticket) -> list[Choice]:
    """What can be done with it as an incident, or as a part of one."""
    if not ticket.is_open or not ticket.is_with_humans:
        return []
    if is_part(ticket):
        return [Choice(t.say("Not part of it"), f"apart:{ticket.id}", more=True)]
    known = await active(notes)
    if ticket.id in known:
        return [Choice(t.say("Tell all"), f"news:{ticket.id}")]
    joining = [Choice(t.say("Part of an incident"), f"partof:{ticket.id}", more=True)] if known and not ticket.parent else []
    if ticket.kind in OURS:
        return []
    return [*joining, *([] if ticket.parent and ticket.parent_as != "problem" else [Choice(t.say("Make it an incident"), f"incident:{ticket.id}", more=True)])]


def alone(_: object, ticket: Ticket, fact: Event) -> Ticket:
    """Whoever is handed over or reopened alone is no part of an incident any more."""
    return alone_again(ticket) if isinstance(fact, TicketHandedOver | TicketReopened) else ticket


async def follow(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """An incident's ticket is resolved, reopened or closed: so is the incident. A request that is handed over may be one of many."""
    match fact:
        case TicketHandedOver() if turn.desk.similar:
            await turn.set_timer("similar", ticket, turn.now, turn.now)
        case TicketResolved() | TicketReopened() | TicketClosed():
            if isinstance(fact, TicketClosed):
                await SHOWN.drop(turn.tx, ticket.id)
            if not is_part(ticket) and (own := await INCIDENTS.get(turn.tx, ticket.id)) is not None:
                await _course(turn, ticket, own, fact)
        case _:
            pass


async def _course(turn: Turn, ticket: Ticket, own: Incident, fact: Event) -> None:
    match fact:
        case TicketResolved():
            await INCIDENTS.put(turn.tx, ticket.id, replace(own, state="resolved", ended_by=fact.by))
            await turn.set_timer("incident_over:0:0:", ticket, turn.now, turn.now)
        case TicketReopened():
            await INCIDENTS.put(turn.tx, ticket.id, replace(own, state="looking"))
        case _:
            await INCIDENTS.drop(turn.tx, ticket.id)
            if ticket.parent_as == "merged" and await INCIDENTS.get(turn.tx, ticket.parent) is None:
                await INCIDENTS.put(turn.tx, ticket.parent, own)  # it goes on as another, and so do those who share it
