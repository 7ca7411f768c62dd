"""Who is here now, as it is kept and as the configuration says."""

from __future__ import annotations

from datetime import datetime

from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.shifts import Presence, Status, presence
from bot.engine.kept import Kept, Noted
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn

STATUSES: Kept[Status] = Kept("away", Status)
"""What agents said of themselves, by their ids."""


async def presence_of(notes: Noted, desk: Desk, person: PersonId, now: datetime) -> Presence:
    """Is this agent here? For whoever reads notes: a transaction, or a page's reader."""
    known = desk.agents.get(person)
    return presence(await STATUSES.get(notes, person), known.shift if known else None, now)


async def zone_of(turn: Turn, person: PersonId) -> str:
    """The time zone in which this agent means hours: their shift's, else their platform's, else the desk's."""
    agent, known = turn.desk.agents.get(person), await turn.tx.person(person)
    if agent is not None and agent.shift is not None:
        return agent.shift.timezone
    return (known.timezone if known else None) or turn.desk.timezone


def told(t: Tongue, now: Presence, timezone: str) -> str:
    """How somebody's presence is said to themselves."""
    until = t.when(now.until, timezone) if now.until else ""
    if now.is_here:
        return t.say("You are here until {moment}.", moment=until) if until else t.say("You are here.")
    if now.why == "shift":
        return t.say("You are off shift until {moment}.", moment=until) if until else t.say("You are off shift.")
    return t.say("You are away until {moment}.", moment=until) if until else t.say("You are away until you say that you are here.")
