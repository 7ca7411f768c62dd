"""Which tickets belong together, as it is read: what a merged one goes on as, what was said in all of them, who else asked."""

from __future__ import annotations

from typing import Protocol

from bot.domain.ids import ConversationId
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.turn import Turn, conversation_of
from bot.ports import Recorded, TicketQuery

MOST_STEPS = 20  # from a ticket to what it goes on as; a longer way was made by hand
PAGE = 100


class Tickets(Protocol):
    """Whoever can read one."""

    async def ticket(self, number: str) -> Ticket | None:
        """As Reader.ticket."""
        ...


class Family(Tickets, Protocol):
    """Whoever can read what was said in several: a transaction or a reader."""

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """As Reader.tickets."""
        ...

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """As Reader.talk."""
        ...


class Past(Family, Protocol):
    """Whoever can read what happened, too: a reader."""

    async def history(self, number: str) -> list[Recorded]:
        """As Reader.history."""
        ...


async def current(lists: Tickets, ticket: Ticket) -> Ticket:
    """The ticket itself, or the one it goes on as."""
    for _ in range(MOST_STEPS):
        into = await lists.ticket(ticket.parent) if ticket.parent_as == "merged" else None
        if into is None:
            break
        ticket = into
    return ticket


async def ancestors(lists: Tickets, ticket: Ticket) -> list[str]:
    """The tickets whose course it shares, the nearest first."""
    found: list[str] = []
    above: Ticket | None = ticket
    while above is not None and above.parent and above.parent not in found and len(found) < MOST_STEPS:
        found.append(above.parent)
        above = await lists.ticket(above.parent)
    return found


async def children(lists: Family, number: str) -> list[Ticket]:
    """All that share its course, newest change first."""
    found: list[Ticket] = []
    before = None
    while True:
        page = await lists.tickets(TicketQuery(parent=number, before=before, limit=PAGE))
        found += page
        if len(page) < PAGE:
            return found
        before = page[-1].changed_at


async def merged(lists: Family, ticket: Ticket) -> list[Ticket]:
    """Those that go on as this one. Whatever does is among those it shows, so most tickets cost no question."""
    if not ticket.related:
        return []
    found = await lists.tickets(TicketQuery(parent=ticket.id, statuses=("closed",), limit=PAGE))
    return [child for child in found if child.parent_as == "merged"]


async def whole_talk(lists: Family, ticket: Ticket, internal: bool = True) -> list[TicketMessage]:
    """What was said in it and in all that go on as it, oldest first: for agents alone, because others' words are among it."""
    talk = await lists.talk(ticket.id, internal)
    for one in await merged(lists, ticket):
        talk += await lists.talk(one.id, internal)
    return sorted(talk, key=lambda said: said.id)


async def whole_history(lists: Past, ticket: Ticket) -> list[Recorded]:
    """What happened to it and to all that go on as it, oldest first."""
    events = await lists.history(ticket.id)
    for one in await merged(lists, ticket):
        events += await lists.history(one.id)
    return sorted(events, key=lambda event: event.id)


async def also_asked(lists: Family, ticket: Ticket) -> list[Ticket]:
    """Merged tickets of other requesters: whoever asked must hear the answer, too. One of each person."""
    others = {one.requester: one for one in reversed(await merged(lists, ticket)) if one.requester != ticket.requester}
    return list(others.values())


def private(ticket: Ticket) -> ConversationId:
    """Where its requester can be told what was asked by somebody else in private."""
    return conversation_of(ticket.requester)


def number_of(turn: Turn, word: str) -> str:
    """ "41", "#41" and "it-41" as IT-41."""
    first = next(iter(word.split()), "").strip(",.;").lstrip("#")
    digits = first.rpartition("-")[2]
    is_bare = first.isascii() and first.isdigit() and len(first) < 12
    return f"{turn.desk.prefix}-{int(digits)}" if is_bare else first.upper()[:60]
