"""Several requests that ask for the same: their team is asked once whether they are one incident."""

from __future__ import annotations

from bot.domain import incidents as rules
from bot.domain.incidents import Suspicion
from bot.domain.messages import Choice, Small, Title
from bot.domain.tickets import Ticket
from bot.engine import replies
from bot.engine.act import Lists
from bot.engine.faq.knowledge import Knowledge
from bot.engine.incidents.incident_notes import FORGOTTEN, SUSPICIONS, active
from bot.engine.turn import Turn
from bot.ports import TicketQuery

LOOKED_AT = 100  # requests that a new one is compared with
LISTED = 20  # like requests offered for one incident


async def similar(lists: Lists, knowledge: Knowledge, ticket: Ticket) -> list[Ticket]:
    """Open requests with people that seem to ask for the same, newest change first; parts of something are left out. Raises Unread."""
    open_ones = await lists.tickets(TicketQuery(statuses=("open", "pending"), humans_only=True, limit=LOOKED_AT))
    others = [other for other in open_ones if other.id != ticket.id and not other.parent]
    alike = knowledge.alike(ticket.question, [other.question for other in others]) if others else []
    return [other for other, is_like in zip(others, alike, strict=True) if is_like]


async def suspect(turn: Turn, ticket: Ticket) -> None:
    """When this is the last of several like requests, the team is asked once whether they are one incident."""
    if not ticket.is_with_humans or ticket.parent:
        return
    alike = await similar(turn.tx, turn.knowledge, ticket)
    group = rules.suspected(ticket, alike, turn.desk.similar, turn.desk.similar_within)
    known = await active(turn.tx)
    if not group or any(one.id in known for one in group):
        return
    numbers = tuple(one.id for one in group)
    if await forget(turn, set(numbers), only_old=True):
        return
    await SUSPICIONS.put(turn.tx, group[0].id, Suspicion(numbers, turn.now))
    t, tier = turn.team_tongue, turn.desk.tier(ticket.tier)
    parts = (
        Title(t.many("{count} request is like another", "{count} requests are alike", len(group)), "warning"),
        replies.ticket_rows(t, group[:LISTED]),
        Small(t.say("If they are one incident, all of them can be answered at once, and whoever asks next is told of it.")),
    )
    for place in tier.places if tier else ():
        await turn.say(place, parts, [Choice(t.say("Make it an incident"), f"incident:{group[0].id}", "primary")], ticket=group[0])


async def forget(turn: Turn, numbers: set[str], *, only_old: bool = False) -> bool:
    """Drop suspicions of these, and what nobody acted upon for a day. only_old: those of these stay; True when there is one."""
    found = False
    for name, one in (await SUSPICIONS.all(turn.tx)).items():
        is_old = turn.now - one.at > FORGOTTEN
        if is_old or (not only_old and numbers & set(one.numbers)):
            await SUSPICIONS.drop(turn.tx, name)
        elif numbers & set(one.numbers):
            found = True
    return found
