"""Which agent is meant: picked from those we have heard of, or named."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.ids import PersonId
from bot.domain.messages import FormField
from bot.domain.sought import is_called
from bot.engine.act import Asking, Lists
from bot.engine.running.roster import Roster
from bot.engine.service import queues
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import TicketQuery

LOOKED_AT = 100  # a tier's newest tickets whose assignees are known to be its agents
OFFERED = 50


async def meant(turn: Turn, named: str, tier: int = 0) -> PersonId:
    """The agent with that id or name; of the tier, if one is given. Raises MoveRefused, Unchecked."""
    wanted = named.strip()
    if ":" in wanted and " " not in wanted:
        person = PersonId(wanted)
    else:
        tiers = [tier] if tier else [one.level for one in turn.desk.tiers]
        names = await turn.names_of(await _known(turn.tx, turn.roster, tiers))
        found = [person for person, name in names.items() if is_called(name, wanted)]
        if len(found) != 1:
            raise MoveRefused("which_agent" if found else "unknown_agent", name=wanted[:80])
        person = found[0]
    levels = turn.roster.levels(person)
    if not levels or (tier and tier not in levels):
        team = turn.desk.tier(tier)
        raise MoveRefused("not_of_team", name=await turn.name_of(person), team=team.name if team else turn.desk.name)
    return person


async def fields(asking: Asking, label: str, *, any_tier: bool = False) -> tuple[FormField, ...]:
    """Whoever it shall be; those of whom we have heard are named."""
    levels = [tier.level for tier in asking.desk.tiers] if any_tier else [asking.ticket.tier]
    others = [person for person in await _known(asking.lists, asking.roster, levels) if person != asking.ticket.assignee]
    names = [name for name in (await asking.names(others)).values() if name]
    told = [name for name in dict.fromkeys(names) if names.count(name) == 1][:OFFERED]
    return (FormField("agent", label, "person", suggestions=tuple(told)),)


async def _known(lists: Lists, roster: Roster, levels: Sequence[int]) -> list[PersonId]:
    """Everybody of whom we have heard that they work in one of these tiers; whether they still do is asked when one is chosen."""
    known: list[PersonId] = []
    for level in levels:
        newest = await lists.tickets(TicketQuery(tier=level, limit=LOOKED_AT))
        known += [*roster.heard_of(level), *await queues.known(lists, level), *(ticket.assignee for ticket in newest if ticket.assignee)]
    return list(dict.fromkeys(known))
