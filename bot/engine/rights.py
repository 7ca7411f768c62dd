"""Asks the table of roles (bot/domain/roles.py): the one place where an act is allowed or refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.desks import Desk, Tier
from bot.domain.ids import PersonId
from bot.domain.people import BOT
from bot.domain.roles import AGENT, MAY, REQUESTER, WATCHER, Role
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.running.roster import Roster
from bot.engine.turn import Turn
from bot.errors import MoveRefused

CHEAPEST_FIRST: tuple[Role, ...] = ("requester", "author", "watcher", "agent", "lead", "admin")
"""In which order roles are looked for: those that the ticket itself tells come first, the platform is asked for the others alone."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who wants to do something. The roster must have been refreshed for them. addresses: verified ones of theirs, as far as they matter."""

    desk: Desk
    roster: Roster
    person: PersonId
    addresses: frozenset[PersonId] = frozenset()


def asker(turn: Turn) -> Asker:
    """Whoever caused this turn."""
    return Asker(turn.desk, turn.roster, turn.person.id, turn.addresses)


def permit(who: Asker, act: str, ticket: Ticket | None = None, said: TicketMessage | None = None) -> None:
    """Return when this person may do that, now, to this ticket. Raises MoveRefused with the reason they are told, Unchecked.

    said: the message of the ticket that it is about, if it is about one.
    """
    allowed = MAY.get(act)
    if allowed is None:
        raise MoveRefused("no_longer", number=ticket.id if ticket else "")
    if not any(has_role(who, role, ticket, said) for role in sorted(allowed, key=CHEAPEST_FIRST.index)):
        raise _refusal(who, allowed, ticket)


def unknown(who: Asker, act: str) -> MoveRefused:
    """Why not, when the ticket that was named does not exist: agents are told so, others no more than of a ticket that is not theirs."""
    return _refusal(who, MAY.get(act, AGENT), None) if not who.roster.levels(who.person) else MoveRefused("no_longer")


def may(who: Asker, act: str, ticket: Ticket | None = None) -> bool:
    """Would `permit` return? For what is shown to them. Raises Unchecked."""
    try:
        permit(who, act, ticket)
    except MoveRefused:
        return False
    return True


def permit_in(turn: Turn, act: str, tier: Tier | None, ticket: Ticket) -> None:
    """As `permit`, for what is done in the place of that tier, whichever has the ticket by now."""
    if tier is None or not may(asker(turn), act, replace(ticket, tier=tier.level)):
        raise MoveRefused("not_agent", number=ticket.id)


def has_role(who: Asker, role: Role, ticket: Ticket | None, said: TicketMessage | None = None) -> bool:
    """Does this person have that role towards the ticket (None: towards the desk) and the message?"""
    match role:
        case "requester":
            return ticket is None or ticket.requester == who.person or ticket.requester in who.addresses
        case "author":
            return said is not None and ticket is not None and said.ticket == ticket.id and said.author == who.person
        case "watcher":
            return ticket is not None and who.person in ticket.watchers
        case "admin":
            return who.roster.is_admin(who.person)
        case "agent":
            levels = who.roster.levels(who.person)
            return bool(levels) if ticket is None else ticket.tier in levels
        case "lead":
            levels = who.roster.levels(who.person)
            tiers = who.desk.tiers if ticket is None else [tier for tier in who.desk.tiers if tier.level == ticket.tier]
            return any(tier.level in levels and who.person in tier.leads for tier in tiers)


def _refusal(who: Asker, allowed: frozenset[Role], ticket: Ticket | None) -> MoveRefused:
    number = ticket.id if ticket else ""
    if allowed == REQUESTER:
        return MoveRefused("not_requester", number=number)
    if allowed == WATCHER:
        return MoveRefused("not_watching", number=number)
    if not allowed & AGENT:
        return MoveRefused("not_admin")
    if not who.roster.levels(who.person):
        return MoveRefused("not_agent", number=number)
    if "agent" not in allowed:
        return MoveRefused("not_lead", number=number)
    tier = who.desk.tier(ticket.tier) if ticket else None
    return MoveRefused("elsewhere", number=number, team=tier.name if tier else BOT.name)
