"""What time brings: reminders, escalation of what nobody takes, idle warnings and closes. A timer whose ticket has moved on is void."""

from __future__ import annotations

from bot.domain.calendars import add
from bot.domain.events import ReminderSent
from bot.domain.ids import TicketId
from bot.domain.incidents import is_part
from bot.domain.messages import TimerFired
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine import replies
from bot.engine.faq import comes_back
from bot.engine.incidents import incidents
from bot.engine.people import delivery_truth, notices
from bot.engine.practices import problems
from bot.engine.programs import mirror_acts
from bot.engine.reports import orders, weekly
from bot.engine.requests import privately, satisfaction
from bot.engine.service import nudges, routing, service_levels, unseen
from bot.engine.tickets import bonds, cards, companions, desk, scheduled
from bot.engine.tongue import tongue
from bot.engine.turn import Turn

OF_ANY = frozenset({"card", service_levels.WARNING, service_levels.BREACH, service_levels.RECKON})  # also of a ticket on its way to another department


async def fired(turn: Turn, timer: TimerFired) -> None:
    """One timer of one ticket."""
    if timer.timer == "digest":
        await notices.digest_due(turn)
        return
    if timer.timer == weekly.TIMER:
        await weekly.fired(turn, timer)
        return
    if timer.timer.startswith(orders.TIMER):
        await orders.fired(turn, timer)
        return
    if timer.timer == privately.TIMER:
        await privately.time_over(turn, timer.ticket)
        return
    ticket = await turn.tx.ticket(timer.ticket)
    if ticket is None or (ticket.parent_as == "moving" and timer.timer not in OF_ANY):
        return
    match timer.timer:
        case "remind" if _still_unclaimed(ticket, timer):
            await _remind(turn, ticket)
        case "unclaimed" if _still_unclaimed(ticket, timer):
            await _unclaimed(turn, ticket)
        case "route" | "next" if _still_unclaimed(ticket, timer):
            await routing.fired(turn, ticket, timer)
        case "unseen" if _still_unclaimed(ticket, timer):
            await unseen.fired(turn, ticket)
        case "nudge" | "let_lie":
            await nudges.fired(turn, ticket, timer)
        case "idle_warning" if _still_pending(ticket, timer):
            left = (turn.desk.idle or turn.now - turn.now) * 0.2
            await turn.say(ticket.conversation, replies.idle_warning(tongue(ticket.language), ticket, left), ticket=ticket)
            await turn.record(ReminderSent(ticket=ticket.id, by=BOT.id, at=turn.now, about="idle"))
        case "idle_close" if _still_pending(ticket, timer):
            await desk.close(turn, ticket, "idle", BOT.id)
        case "silent" if ticket.awaits_verdict and ticket.changed_at == timer.since:
            await desk.close(turn, ticket, "silent", BOT.id)
        case "rating" if ticket.resolved_at == timer.since:
            await satisfaction.remind(turn, ticket)
        case service_levels.WARNING | service_levels.BREACH:
            await service_levels.wake(turn, ticket, timer)
        case service_levels.RECKON:
            await service_levels.reckon(turn, ticket)
        case service_levels.DIGEST:
            await service_levels.digest(turn)
        case companions.ORIGINAL_OVER:
            await bonds.original_over(turn, ticket)
        case "reply_late" if await delivery_truth.is_late(turn, ticket):
            await cards.redraw(turn, ticket)
        case mirror_acts.TIMER:
            await mirror_acts.mirrored(turn, ticket)
        case "card":
            await cards.redraw(turn, ticket)
        case "assignee_left" if ticket.is_open and ticket.assignee is not None and ticket.changed_at == timer.since:
            await desk.put_back(turn, ticket)
        case "reopen_over" if ticket.status == "resolved" and ticket.resolved_at == timer.since:
            await desk.close(turn, ticket, "reopen_over", BOT.id)
        case timer_ if timer_.startswith(("similar", "incident_")):
            await incidents.fired(turn, ticket, timer)
        case timer_ if timer_.startswith("problem_"):
            await problems.fired(turn, ticket, timer)
        case timer_ if timer_.startswith(f"{comes_back.TIMER}:"):
            await comes_back.fired(turn, ticket, timer)
        case timer_ if timer_.startswith("later:"):
            await scheduled.fired(turn, ticket, timer)
        case _:
            pass  # the ticket has moved on


def _still_unclaimed(ticket: Ticket, timer: TimerFired) -> bool:
    """What belongs to an incident waits with it."""
    return not is_part(ticket) and ticket.status == "open" and ticket.assignee is None and ticket.tier_since == timer.since


def _still_pending(ticket: Ticket, timer: TimerFired) -> bool:
    return ticket.status == "pending" and ticket.changed_at == timer.since


async def _remind(turn: Turn, ticket: Ticket) -> None:
    tier = turn.desk.tier(ticket.tier)
    if tier is None or tier.claim_within is None:
        return
    t, above, hours = turn.team_tongue, turn.desk.above(ticket.tier), turn.desk.hours_of(tier.level)
    moves = add(hours, ticket.tier_since, tier.claim_within)
    if above is None and moves <= turn.now:
        return  # nothing ran here meanwhile: `_unclaimed`, due as well, says the same
    if above is None or moves <= turn.now:  # it stays; or nothing ran here meanwhile, and it climbs now
        said = replies.lies(t, ticket, turn.now - ticket.tier_since)
    else:
        left = t.span(moves - turn.now) if hours.is_always_open else ""
        said = replies.will_climb(t, ticket, above.name, left, t.when(moves, turn.desk.timezone))
    await turn.tell_team(ticket, tier, said)
    await turn.record(ReminderSent(ticket=TicketId(ticket.id), by=BOT.id, at=turn.now, about="unclaimed"))


async def _unclaimed(turn: Turn, ticket: Ticket) -> None:
    """To the next tier; at the top it stays, and the team is told once more."""
    if turn.desk.above(ticket.tier) is not None:
        await desk.escalate(turn, ticket, "", waited=True)
        return
    tier = turn.desk.tier(ticket.tier)
    await turn.tell_team(ticket, tier, replies.lies(turn.team_tongue, ticket, turn.now - ticket.tier_since))
    await turn.record(ReminderSent(ticket=ticket.id, by=BOT.id, at=turn.now, about="unclaimed"))
