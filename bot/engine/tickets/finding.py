"""Finds tickets by one line, the same in chat and on the web: agents all of them, everybody else their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.domain.ids import PersonId
from bot.domain.sought import Sought, is_called, labels_of, parse
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.kept import Noted
from bot.engine.people.addresses import addresses_of, joined_with
from bot.ports import TicketQuery

__all__ = ["Finder", "Seeker", "Sought", "find", "parse"]

SHOWN = 25
OFFERED = 50  # tickets whose talk is looked at
PAGE = 100
LOOKED_THROUGH = 500  # tickets of which a name, or a second tag, is looked for one by one
Names = Callable[[Sequence[PersonId]], Awaitable[Mapping[PersonId, str]]]


class Finder(Protocol):
    """Whoever can list tickets: a transaction or a reader."""

    async def ticket(self, number: str) -> Ticket | None:
        """As Reader.ticket."""
        ...

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """As Reader.tickets."""
        ...

    async def said(self, words: str, limit: int = 100) -> list[str]:
        """As Reader.said."""
        ...

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """As Reader.talk."""
        ...


@dataclass(frozen=True, slots=True)
class Seeker:
    """Who looks. is_agent: may they see others' tickets? prefix: of the desk's numbers. names: people's names by their ids. notes: who is joined with whom."""

    person: PersonId
    is_agent: bool
    prefix: str
    names: Names
    notes: Noted


async def find(lists: Finder, sought: Sought, seeker: Seeker, *, before: datetime | None = None, limit: int = SHOWN) -> list[Ticket]:
    """Newest change first; words stand in the question or in one message of the talk. before: only tickets changed before, for the next page."""
    askers = await _askers(sought, seeker)
    if sought.number:
        named = await lists.tickets(TicketQuery(numbers=(_whole(sought.number, seeker.prefix),)))
        named = named or [ticket for ticket in await lists.tickets(TicketQuery(search=sought.number)) if ticket.external == sought.number]
        return await _fitting([ticket for ticket in named if ticket.requester in askers or not askers], sought, seeker)
    found: dict[str, Ticket] = {}
    for asker in askers or ("",):
        found |= {ticket.id: ticket for ticket in await _asked_by(lists, sought, seeker, asker, before, limit)}
        if sought.words:
            found |= {ticket.id: ticket for ticket in await _by_talk(lists, sought, seeker, asker, before)}
    return sorted(found.values(), key=lambda ticket: ticket.changed_at or ticket.opened_at, reverse=True)[:limit]


async def _askers(sought: Sought, seeker: Seeker) -> Sequence[PersonId]:
    """Whose tickets alone are looked through, by every address of theirs; empty: everybody's."""
    whose = _id(sought.sender, seeker) if seeker.is_agent else seeker.person
    return await addresses_of(seeker.notes, PersonId(whose)) if whose else ()


async def _asked_by(lists: Finder, sought: Sought, seeker: Seeker, asker: str, before: datetime | None, limit: int) -> list[Ticket]:
    found: list[Ticket] = []
    for _ in range(LOOKED_THROUGH // PAGE):
        page = await lists.tickets(_query(sought, seeker, asker, before))
        found += await _fitting(page, sought, seeker)
        if len(page) < PAGE or len(found) >= limit:
            break
        before = page[-1].changed_at
    return found


async def _by_talk(lists: Finder, sought: Sought, seeker: Seeker, asker: str, before: datetime | None) -> list[Ticket]:
    """Tickets in whose talk the words stand: of all that was said lately for agents, of their own newest tickets for everybody else."""
    if seeker.is_agent:
        numbers = tuple((await lists.said(sought.words))[:OFFERED])
        candidates = await lists.tickets(TicketQuery(numbers=numbers, limit=PAGE)) if numbers else []
    else:
        own = await lists.tickets(_query(replace(sought, words=""), seeker, asker, before))
        candidates = [ticket for ticket in own[:OFFERED] if _says(await lists.talk(ticket.id, internal=False), sought.words)]
    younger = [ticket for ticket in candidates if before is None or (ticket.changed_at or ticket.opened_at) < before]
    return await _fitting(younger, sought, seeker)


def _says(talk: Sequence[TicketMessage], words: str) -> bool:
    wanted = words.casefold().split()
    return any(all(word in said.text.casefold() for word in wanted) for said in talk if not said.deleted)


async def among(tickets: Sequence[Ticket], sought: Sought, seeker: Seeker) -> list[Ticket]:
    """Those of a list that is known already for which all of it holds."""
    words = sought.words.casefold().split()
    found = [ticket for ticket in tickets if all(word in f"{ticket.id} {ticket.question}".casefold() for word in words)]
    if sought.number:
        found = [ticket for ticket in found if ticket.id == _whole(sought.number, seeker.prefix)]
    return await _fitting(found, sought, seeker)


def _whole(number: str, prefix: str) -> str:
    """ "41" as IT-41."""
    digits = number.rpartition("-")[2]
    return number if "-" in number else f"{prefix}-{int(digits)}"


def _query(sought: Sought, seeker: Seeker, asker: str, before: datetime | None) -> TicketQuery:
    """What the store's indexes know of it."""
    return TicketQuery(
        requester=asker,
        assignee=seeker.person if "mine" in sought.states else _id(sought.assignee, seeker),
        tier=sought.tier,
        statuses=sought.statuses,
        unclaimed="unclaimed" in sought.states,
        label=next(iter(sought.labels), ""),
        parent=_whole(sought.parent, seeker.prefix) if sought.parent.rpartition("-")[2].isdecimal() else sought.parent,
        priority=sought.priority,
        kind=sought.kind,
        breached="breached" in sought.states,
        search=sought.words,
        before=before,
        limit=PAGE,
    )


def _id(name: str, seeker: Seeker) -> str:
    """The person's id, where it is known without looking at names; else ""."""
    if name.casefold() == "me":
        return seeker.person
    return name if ":" in name else ""


async def _fitting(tickets: Sequence[Ticket], sought: Sought, seeker: Seeker) -> list[Ticket]:
    """Those of them for which all the rest holds, too."""
    found = [ticket for ticket in tickets if _fits(ticket, sought, seeker)]
    if sought.sender and found:
        askers = await _meant(sought.sender, {ticket.requester for ticket in found}, seeker)
        found = [ticket for ticket in found if ticket.requester in askers]
    if sought.assignee and found and not _id(sought.assignee, seeker):
        names = await seeker.names(sorted({ticket.assignee for ticket in found if ticket.assignee}))
        found = [ticket for ticket in found if ticket.assignee and is_called(names.get(ticket.assignee, ""), sought.assignee)]
    return found


async def _meant(sender: str, askers: Collection[PersonId], seeker: Seeker) -> Collection[PersonId]:
    """Those of them who are meant: by their id, or by what any address of theirs is called."""
    if known := _id(sender, seeker):
        return await addresses_of(seeker.notes, PersonId(known))
    joined = await joined_with(seeker.notes, sorted(askers))
    names = await seeker.names(sorted({address for addresses in joined.values() for address in addresses}))
    return {asker for asker, addresses in joined.items() if any(is_called(names.get(address, ""), sender) for address in addresses)}


def _fits(ticket: Ticket, sought: Sought, seeker: Seeker) -> bool:
    """As far as the ticket itself tells; a number may have been given together with anything."""
    return (
        set(sought.labels) <= labels_of(ticket)
        and (not sought.statuses or ticket.status in sought.statuses)
        and (not sought.priority or ticket.priority == sought.priority)
        and (not sought.kind or ticket.kind == sought.kind)
        and (not sought.tier or ticket.tier == sought.tier)
        and ("mine" not in sought.states or ticket.assignee == seeker.person)
        and ("unclaimed" not in sought.states or ticket.assignee is None)
        and ("breached" not in sought.states or ticket.breached)
        and (not _id(sought.assignee, seeker) or ticket.assignee == _id(sought.assignee, seeker))
    )
