"""What the company's directory says of a requester: looked at when people get their request, kept with its age, shown to agents alone."""

from __future__ import annotations

import logging

from bot.domain.ids import PersonId
from bot.domain.listings import Listed, Listing
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine.kept import Kept, Noted
from bot.engine.people.addresses import addresses_of
from bot.engine.people.senders import UNVERIFIED
from bot.engine.running.company import Unlisted, facts_of
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn

log = logging.getLogger(__name__)

LISTED: Kept[Listed] = Kept("directory", Listed)
"""By person: it is theirs, so it is given out and erased with them."""
OFF: Kept[str] = Kept("directory-off", str)
"""By person, the name in the directory: agents who work although their account there is disabled."""


async def look(turn: Turn, person: PersonId) -> Listed | None:
    """What is known of them; fresh, unless the directory is away or knows no better. Raises Unlisted when it must be asked first."""
    company = turn.crew.directory.company
    if company is None or person == BOT.id:
        return None
    found = company.found(person)
    if found is not None:
        await LISTED.put(turn.tx, person, found)
        turn.after_commit.append(lambda: company.stored(person))
        return found
    known = await LISTED.get(turn.tx, person)
    is_old = known is None or not known.is_fresh(turn.now, company.rules.refresh)
    if is_old and company.wants(person):
        raise Unlisted(person, facts_of(await addresses_of(turn.tx, person)))
    return known


async def renew(turn: Turn, ticket: Ticket) -> None:
    """Its requester shows themselves again: what is known of them may be old."""
    if turn.crew.directory.company is not None and not await UNVERIFIED.get(turn.tx, ticket.id):
        await look(turn, ticket.requester)


async def mind_agent(turn: Turn) -> None:
    """Somebody works here: whether their account in the directory is disabled is noted for admins. Nothing else follows from it."""
    listed = await look(turn, turn.person.id)
    listing = listed.listing if listed else None
    if listing is not None and listing.is_off:
        log.warning("somebody works here whose account in the directory is disabled", extra={"person": turn.person.id})
        await OFF.put(turn.tx, turn.person.id, listing.name or turn.person.name)
    elif listed is not None and await OFF.get(turn.tx, turn.person.id):
        await OFF.drop(turn.tx, turn.person.id)


# ---------------------------------------------------------------------------------------------------------------- shown
async def of_requester(notes: Noted, ticket: Ticket) -> Listed | None:
    """What agents may be shown on a ticket; nothing where nobody vouches for who asked."""
    return None if await UNVERIFIED.get(notes, ticket.id) else await LISTED.get(notes, ticket.requester)


async def rows(turn: Turn, t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """One short line for the card."""
    if turn.crew.directory.company is None:
        return []
    listed = await of_requester(turn.tx, ticket)
    line = short(t, listed.listing) if listed and listed.listing else ""
    return [(t.say("Directory"), line)] if line else []


def short(t: Tongue, listing: Listing) -> str:
    """Where somebody belongs: "Engineering · Madrid · manager Ana"."""
    return " · ".join(filter(None, (_where(t, listing), t.say("account disabled") if listing.is_off else "")))


def lines(t: Tongue, listing: Listing) -> list[str]:
    """Who that is there, and where they belong: a line each."""
    return [line for line in (" · ".join(filter(None, (listing.name, listing.title))), _where(t, listing)) if line]


def _where(t: Tongue, listing: Listing) -> str:
    manager = t.say("manager {name}", name=listing.manager) if listing.manager else ""
    return " · ".join(filter(None, (listing.department, listing.location, manager)))
