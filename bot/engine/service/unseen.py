"""A team that does not see its tickets, because its place is gone or shut: admins are told, and what nobody can take goes to the next team."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.desks import Tier
from bot.domain.messages import Inbound, Say, TimerFired, Title
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine.people import notices
from bot.engine.tickets import desk
from bot.engine.turn import Turn
from bot.ports import Link
from bot.ports.store import ParcelState

PATIENCE = timedelta(minutes=15)  # somebody may let the bot in again; the card is tried in the meantime
SOON = timedelta(minutes=5)


async def refused(turn: Turn, ticket: Ticket, place: str) -> None:
    """Its card cannot be shown in that place. Said to admins once a day and place."""
    tier = turn.desk.tier(ticket.tier)
    if tier is None or place not in tier.places:
        return
    if ticket.assignee is None and ticket.is_open:
        await turn.set_timer("unseen", ticket, turn.now + PATIENCE, ticket.tier_since)
    mark = f"unseen:{place}:{turn.now:%Y-%m-%d}"
    if await turn.tx.linked(mark) is None:
        await turn.tx.link(mark, Link(ticket.id, "refused"))
        await _tell_admins(turn, ticket, tier)


async def _tell_admins(turn: Turn, ticket: Ticket, tier: Tier) -> None:
    for admin in sorted(turn.desk.admins):
        t = await turn.tongue_for(admin)
        line = t.say("{number} could not be shown there. Let the bot in again, or give the team another place in firstline.toml.", number=ticket.id)
        await notices.notify(turn, admin, "other", [Title(t.say("The place of {team} cannot be reached", team=tier.name), "warning"), Say(line)], ticket)


async def fired(turn: Turn, ticket: Ticket) -> None:
    """Still in nobody's sight: up to the next team. At the top it waits until the place is there again. The caller knows that nobody has it."""
    tier, above = turn.desk.tier(ticket.tier), turn.desk.above(ticket.tier)
    if tier is None or above is None:
        return
    states = await _states(turn, ticket, tier)
    if "sent" in states:
        return
    if "waiting" in states:
        await _look_again(turn, ticket)
        return
    await desk.escalate(turn, ticket, turn.team_tongue.say("The place of {team} cannot be reached", team=tier.name))


async def _states(turn: Turn, ticket: Ticket, tier: Tier) -> set[ParcelState]:
    cards = [await turn.tx.parcel(turn.card_key(ticket.id, place)) for place in tier.places]
    return {card.state for card in cards if card is not None}


async def _look_again(turn: Turn, ticket: Ticket) -> None:
    """Its card is being tried just now."""
    what = TimerFired("unseen", ticket.id, ticket.tier_since)
    key = f"timer:unseen:{ticket.id}:{turn.now.isoformat()}"
    await turn.tx.keep(Inbound(key, "desk", ticket.conversation, BOT, turn.now, what), turn.now + SOON)
