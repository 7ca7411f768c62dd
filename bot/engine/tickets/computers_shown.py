"""The computer that a ticket is about, as people see it: what its last inventory told, and what changed since the ticket before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.asset_changes import net
from bot.domain.assets import Asset, Audit
from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Choice
from bot.domain.sought import asset_label
from bot.domain.tickets import Ticket
from bot.engine.act import Names
from bot.engine.asset_words import digest
from bot.engine.kept import Noted
from bot.engine.people.addresses import addresses_of
from bot.engine.requests import own_computers
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.ports import TicketQuery

LOOKED_AT = 20  # tickets among which the one before is looked for
LATELY = timedelta(days=30)  # what is told where there is no ticket before
PAGE = "asset-page"  # the action of a choice that is an address


class Computers(Noted, Protocol):
    """Whoever knows computers and tickets: a transaction or a reader."""

    async def asset(self, asset: int) -> Asset | None:
        """As AssetReader.asset."""
        ...

    async def audits(self, asset: int, limit: int = 50) -> list[Audit]:
        """As AssetReader.audits."""
        ...

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """As Reader.tickets."""
        ...


async def rows(reader: Computers, of: Desk, t: Tongue, ticket: Ticket, now: datetime, owner: str = "", *, own: bool = False) -> list[tuple[str, str]]:
    """The computer, its last inventory, and what changed since the ticket before. owner: whose it is, if that is to be said.

    own: of the tickets before only those of whoever asked count: others' are not theirs to know of.
    """
    asset = await reader.asset(ticket.asset) if ticket.asset else None
    if asset is None:
        return []
    what = " · ".join(filter(None, (own_computers.shown(asset), asset.system, owner)))
    last = await _before(reader, ticket, own=own)
    since = last.opened_at if last else now - LATELY
    label = t.say("Changed since {ticket}", ticket=last.id) if last else t.say("Changed in {days} days", days=LATELY.days)
    lines = digest(t, net(audit for audit in await reader.audits(asset.id) if audit.at > since))
    told = [(label, "\n".join(lines) or t.say("nothing"))] if lines or (last and asset.first_at <= since) else []
    return [(t.say("Computer"), what), (t.say("Last inventory"), t.when(asset.seen_at, of.timezone)), *told]


async def _before(reader: Computers, ticket: Ticket, *, own: bool) -> Ticket | None:
    """The last ticket before this one about the computer, else of whoever asked."""
    whose = ticket.requester if own else ""
    for query in (TicketQuery(label=asset_label(ticket.asset), requester=whose, limit=LOOKED_AT), TicketQuery(requester=ticket.requester, limit=LOOKED_AT)):
        earlier = [one for one in await reader.tickets(query) if one.opened_at < ticket.opened_at and one.id != ticket.id]
        if earlier:
            return max(earlier, key=lambda one: one.opened_at)
    return None


async def own_rows(reader: Computers, of: Desk, t: Tongue, ticket: Ticket, now: datetime) -> list[tuple[str, str]]:
    """The same for whoever asked: of a computer of theirs. Of another one they know what they typed, and nothing else."""
    asset = await reader.asset(ticket.asset) if ticket.asset else None
    is_theirs = asset is not None and asset.person in await addresses_of(reader, ticket.requester)
    return await rows(reader, of, t, ticket, now, own=True) if is_theirs else []


async def card_rows(turn: Turn, t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """The same on a card: an ordinary ticket is about none, and costs no question."""
    return await rows(turn.tx, turn.desk, t, ticket, turn.now, await owner(turn.tx, t, ticket, turn.names_of)) if ticket.asset else []


async def owner(reader: Computers, t: Tongue, ticket: Ticket, names: Names) -> str:
    """Whose computer it is, where that is somebody else than who asked."""
    asset = await reader.asset(ticket.asset) if ticket.asset else None
    if asset is None or not asset.person or asset.person in await addresses_of(reader, ticket.requester):
        return ""
    person = PersonId(asset.person)
    return t.say("of {name}", name=(await names([person])).get(person) or person)


def choices(of: Desk, t: Tongue, ticket: Ticket) -> list[Choice]:
    """Behind which an agent says which it is; and its page."""
    if ticket.status == "closed" or not (of.computers or ticket.asset):
        return []
    page = [Choice(t.say("Computer’s page"), PAGE, link=f"{of.url}/agent/assets/{ticket.asset}")] if ticket.asset and of.url else []
    return [*page, Choice(t.say("Computer"), f"asset:{ticket.id}", more=True)]
