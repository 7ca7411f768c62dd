"""Of a ticket that has gone to another department: what comes for it here is passed on, its end here, and whom its requester talks with from now on."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import tickets
from bot.domain.departments import CHANNEL
from bot.domain.ids import TicketId
from bot.domain.messages import Deleted, Edited, FromDesk, Said, Say, Undelivered
from bot.domain.tickets import Ticket
from bot.engine.departments import arriving
from bot.engine.departments.moves import LATE, OUT, name_of
from bot.engine.departments.talks import TALK, TALKS, Talk, came_back, send
from bot.engine.tickets import cards, desk
from bot.engine.tickets.moving import move
from bot.engine.turn import Turn

MOST = 5  # departments through which words are passed on
PASSED = ">"


async def passed_on(turn: Turn) -> bool:
    """Was this for a ticket that is on its way to another department, or there? Then it follows, behind the ticket."""
    if not turn.desk.key or not isinstance(turn.event.what, Said | Edited | Deleted) or turn.event.key.count(PASSED) >= MOST:
        return False
    ticket = await _meant(turn)
    out = await OUT.get(turn.tx, ticket.id) if ticket is not None and ticket.parent_as in ("moving", "moved") else None
    if out is None:
        return False
    await send(turn, f"{CHANNEL}:{out.to}", replace(turn.event, key=f"{turn.event.key}{PASSED}{out.to}", also=""))
    return True


async def heard(turn: Turn, what: FromDesk) -> None:
    """Another department tells something."""
    if what.step == "taken":
        await _gone(turn, what)
    else:
        await arriving.came(turn, what)


async def not_taken(turn: Turn, what: Undelivered) -> None:
    """A letter could not be handed over, as its department is there no more: the ticket stays, and so do the words that were to follow it."""
    event = await came_back(turn, what)
    if event is None:
        return
    if not isinstance(event.what, FromDesk):
        await turn.tx.keep(replace(event, key=f"again:{what.outbox}"[:255], also=""), turn.now)
    elif event.what.step == "ticket":
        await _stays(turn, event.what.about, event.key)


async def rebind(turn: Turn, what: FromDesk) -> None:
    """Before all departments: whoever talked with the one that had the ticket talks with the one that has it now."""
    talk = await TALKS.get(turn.tx, turn.event.conversation)
    if what.step == "talks" and (talk is None or talk.desk == what.body or turn.now - talk.at > TALK):
        await TALKS.put(turn.tx, turn.event.conversation, Talk(what.of, turn.now))


async def _meant(turn: Turn) -> Ticket | None:
    """The ticket that it is about, if that may be elsewhere by now."""
    what = turn.event.what
    if isinstance(what, Edited | Deleted):
        said = await turn.tx.message_from(what.message)
        return await turn.tx.ticket(said.ticket) if said is not None and said.direction == "in" else None
    if not isinstance(what, Said) or turn.desk.tier_at(what.place) is not None:
        return None
    latest = await turn.tx.latest_ticket(turn.event.conversation)
    link = await turn.tx.linked(what.reply_to) if what.reply_to and not (latest is not None and latest.is_open and not latest.parent_as) else None
    named = await turn.tx.ticket(link.ticket) if link is not None and link.ticket else None
    if named is not None and named.conversation == turn.event.conversation:
        return named
    if latest is None or latest.parent_as != "moved" or not what.private:
        return latest
    out = await OUT.get(turn.tx, latest.id)
    return latest if out is not None and out.at is not None and turn.event.at <= out.at + LATE else None


async def _gone(turn: Turn, what: FromDesk) -> None:
    """It goes on there: here it is closed. An answer that comes twice changes nothing."""
    number = TicketId(what.body)
    ticket, out = await turn.tx.ticket(number), await OUT.get(turn.tx, number)
    if ticket is None or out is None or ticket.parent_as == "moved":
        return
    await OUT.put(turn.tx, number, replace(out, into=what.about, at=turn.now))
    if ticket.status == "closed":
        return
    gone, facts = tickets.moved_out(ticket, TicketId(what.about), what.of, out.by, turn.now)
    gone = await move(turn, gone, *facts)
    await cards.redraw(turn, gone)
    line = turn.team_tongue.say("{number} is now {other} with {desk}.", number=gone.id, other=what.about, desk=name_of(turn.desk, what.of))
    await turn.tell_team(gone, turn.desk.tier(gone.tier), [Say(line)])


async def _stays(turn: Turn, number: str, key: str) -> None:
    ticket, out = await turn.tx.ticket(number), await OUT.get(turn.tx, number)
    if ticket is None or out is None or ticket.parent_as != "moving" or not key.startswith(out.move):
        return
    stays = await turn.save(tickets.stays(ticket))
    await OUT.drop(turn.tx, number)
    await desk.enter_queue(turn, stays)
    line = turn.team_tongue.say("{number} could not be moved: {desk} is there no more. It stays here.", number=number, desk=name_of(turn.desk, out.to))
    await turn.tell_team(stays, turn.desk.tier(stays.tier), [Say(line)])
