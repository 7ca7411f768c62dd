"""Whether anybody vouches for who asked: what came in from an address that anybody can write is marked until its owner shows themselves."""

from __future__ import annotations

from bot.domain.ids import channel_of
from bot.domain.messages import Said
from bot.domain.tickets import Ticket
from bot.engine.contacts import telephone
from bot.engine.kept import Kept, Noted
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn

UNVERIFIED: Kept[bool] = Kept("unverified", bool)
"""By the ticket's number."""
UNANSWERED: Kept[bool] = Kept("no-mail-went", bool)
"""By the ticket's number: its requester had as many automatic letters as one address may have, and was sent no more."""


async def heard(turn: Turn, ticket: Ticket, said: Said, *, is_new: bool) -> None:
    """The ticket's requester wrote, so it seems. Once they have answered what only they could read, the mark goes."""
    if is_new and said.unverified:
        await UNVERIFIED.put(turn.tx, ticket.id, True)
    elif not is_new and _may_be_anybody(ticket) and not said.unverified and await UNVERIFIED.get(turn.tx, ticket.id):
        await UNVERIFIED.drop(turn.tx, ticket.id)


async def rows(notes: Noted, t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """For the card and the ticket's page: the address itself, since a name can be any, and whether it proves anything."""
    if channel_of(ticket.requester) == telephone.CHANNEL:
        if not await UNVERIFIED.get(notes, ticket.id):
            return []
        return [(t.say("Telephone"), t.say("{number}, not verified: the network doubts that it is theirs", number=telephone.shown(ticket.requester)))]
    if not _may_be_anybody(ticket):
        return []
    address = ticket.requester.partition(":")[2]
    is_verified = not await UNVERIFIED.get(notes, ticket.id)
    found = [(t.say("Mail address"), address if is_verified else t.say("{address}, not verified: anybody can write with it", address=address))]
    if await UNANSWERED.get(notes, ticket.id):
        found.append((t.say("Automatic mail"), t.say("not sent: this address has had as many as one may have in a day. What you write is sent.")))
    return found


def _may_be_anybody(ticket: Ticket) -> bool:
    """Is the requester known by a mail address?"""
    return "@" in ticket.requester
