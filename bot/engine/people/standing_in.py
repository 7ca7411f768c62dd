"""An agent who writes from another address of theirs, as by mail, does what they may do where they work."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.ids import channel_of
from bot.domain.people import EMAIL, Person, known_by_mail
from bot.engine.people.addresses import addresses_of
from bot.engine.turn import Turn


async def as_agent(turn: Turn) -> None:
    """From now on this turn is of the address that works here: of those that are verified as the same person, or of who signs in with that mail address;
    of this one if none does. Raises Unchecked."""
    own = turn.person.id
    signs_in = (known_by_mail(own.partition(":")[2]),) if channel_of(own) == EMAIL else ()
    for address in (*await addresses_of(turn.tx, own), *signs_in):
        if turn.roster.levels(address):
            turn.event = replace(turn.event, person=await turn.tx.person(address) or Person(address))
            return
