"""What time brings: reminders, escalation of what nobody takes, idle warnings and closes. A timer whose ticket has moved on is void."""

from __future__ import annotations

from bot.domain.events import ReminderSent
from bot.domain.ids import TicketId
from bot.domain.messages import TimerFired
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine import cards, desk, replies
from bot.engine.tongue import tongue
from bot.engine.turn import Turn


async def fired(turn: Turn, timer: TimerFired) -> None:
    """One timer of one ticket."""
    ticket = await turn.tx.ticket(timer.ticket)
    if ticket is None:
        return
    match timer.timer:
        case "remind" if _still_unclaimed(ticket, timer):
            await _remind(turn, ticket)
        case "unclaimed" if _still_unclaimed(ticket, timer):
            await _unclaimed(turn, ticket)
        case "idle_warning" if _still_pending(ticket, timer):
            left = (turn.desk.idle or turn.now - turn.now) * 0.2
            await turn.say(ticket.conversation, replies.idle_warning(tongue(ticket.language), ticket, left), ticket=ticket)
            await turn.record(ReminderSent(ticket=ticket.id, by=BOT.id, at=turn.now, about="idle"))
        case "idle_close" if _still_pending(ticket, timer):
            await desk.close(turn, ticket, "idle", BOT.id)
        case "silent" if ticket.awaits_verdict and ticket.changed_at == timer.since:
            await desk.close(turn, ticket, "silent", BOT.id)
        case "card":
            await cards.redraw(turn, ticket)
        case "assignee_left" if ticket.is_open and ticket.assignee is not None and ticket.changed_at == timer.since:
            await desk.put_back(turn, ticket)
        case "reopen_over" if ticket.status == "resolved" and ticket.resolved_at == timer.since:
            await desk.close(turn, ticket, "reopen_over", BOT.id)
        case _:
            pass  # the ticket has moved on


def _still_unclaimed(ticket: Ticket, timer: TimerFired) -> bool:
    return ticket.status == "open" and ticket.assignee is None and ticket.tier_since == timer.since


def _still_pending(ticket: Ticket, timer: TimerFired) -> bool:
    return ticket.status == "pending" and ticket.changed_at == timer.since


async def _remind(turn: Turn, ticket: Ticket) -> None:
    tier = turn.desk.tier(ticket.tier)
    if tier is None or tier.claim_within is None:
        return
    above = turn.desk.above(ticket.tier)
    half = tier.claim_within / 2
    await turn.tell_team(ticket, tier, replies.reminder(turn.team_tongue, ticket, half, above.name if above else ""))
    await turn.record(ReminderSent(ticket=TicketId(ticket.id), by=BOT.id, at=turn.now, about="unclaimed"))


async def _unclaimed(turn: Turn, ticket: Ticket) -> None:
    """To the next tier; at the top it stays, and the team is told once more."""
    if turn.desk.above(ticket.tier) is not None:
        await desk.escalate(turn, ticket, "", waited=True)
        return
    tier = turn.desk.tier(ticket.tier)
    await turn.tell_team(ticket, tier, replies.reminder(turn.team_tongue, ticket, turn.now - ticket.tier_since, ""))
    await turn.record(ReminderSent(ticket=ticket.id, by=BOT.id, at=turn.now, about="unclaimed"))
