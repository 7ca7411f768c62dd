"""Gives tickets of a queue to agents, as the tier says: by turns, by load, by skill. Whoever is asked for is an agent now, and here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.domain.desks import Routing, Tier
from bot.domain.ids import PersonId, channel_of
from bot.domain.messages import Choice, Part, Say, Small, TimerFired, Title, Words
from bot.domain.routing import Candidate, assign, choose, wanted_of
from bot.domain.tickets import Ticket
from bot.engine import replies
from bot.engine.people import notices
from bot.engine.running.directory import Unmet
from bot.engine.service import availability, queues
from bot.engine.tickets import cards, desk
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn
from bot.ports import TicketQuery

SHOWN = 300  # characters of the question in a notice


async def may_be_given(turn: Turn, person: PersonId) -> str:
    """Why nothing can be given to this agent now, as a reason of MoveRefused (with their name as `agent`); "" when it can."""
    now = await availability.presence_of(turn.tx, turn.desk, person, turn.now)
    return "" if now.is_here else "is_away"


async def fired(turn: Turn, ticket: Ticket, timer: TimerFired) -> None:
    """Somebody's turn was asked for, or somebody who was away may be back. The caller knows that the ticket still waits."""
    tier = turn.desk.tier(ticket.tier)
    if tier is None:
        return
    following = timer.timer == "next"
    how: Routing = "round_robin" if tier.routing == "manual" and following else tier.routing
    silence = await queues.silence_of(turn.tx, ticket.id)
    chosen = await _whose_turn(turn, ticket, tier, how, silence.passed)
    if chosen is None:
        await _nobody(turn, ticket, tier, how, following, silence.passed)
    else:
        await give(turn, ticket, tier, chosen, "next" if following else how)


async def give(turn: Turn, ticket: Ticket, tier: Tier, to: PersonId, how: str) -> Ticket:
    """It is theirs: the card, its thread and they themselves say so; its requester hears so the first time, not of each who has it next."""
    await _meet(turn, to)
    given, fact = assign(ticket, to, how, turn.now)
    given = await move(turn, given, fact)
    await queues.know(turn, tier.level, to, given_at=turn.now)
    await cards.show(turn, given)
    told = replies.taken(tongue(given.language), given, await turn.name_of(to))
    await turn.say(given.conversation, told, ticket=given, key=f"given:{given.id}")
    t = turn.team_tongue
    await turn.tell_team(given, tier, [Say(t.say("{number} is given to {name}.", number=given.id, name=await turn.name_of(to)))])
    t = await turn.tongue_for(to)
    words = given.question[:SHOWN] + ("…" if len(given.question) > SHOWN else "")
    parts: list[Part] = [Title(t.say("{number} is yours", number=given.id)), Words(words, await turn.name_of(given.requester))]
    await notices.notify(turn, to, "assigned", parts, given, [Choice(t.say("Release"), f"release:{given.id}")])
    return given


async def _meet(turn: Turn, person: PersonId) -> None:
    """They are named on the card, perhaps before they ever wrote. Raises Unmet."""
    if await turn.tx.person(person) is None:
        known = turn.crew.directory.known(person)
        if known is None:
            raise Unmet(person)
        await turn.tx.remember(known)


async def _whose_turn(turn: Turn, ticket: Ticket, tier: Tier, how: Routing, passed: Collection[PersonId]) -> PersonId | None:
    """Chosen among those who are here; that they are still in the team is asked of the platform last. Raises Unchecked."""
    candidates = await _candidates(turn, tier, counts=how != "round_robin" or tier.at_most > 0)
    skills = frozenset(skill for candidate in candidates for skill in candidate.skills)
    wanted = wanted_of(ticket, skills, _tags(turn, ticket)) if how == "skill" else frozenset[str]()
    out = {*passed, ticket.requester}
    while (chosen := choose(how, candidates, wanted=wanted, but_not=out, at_most=tier.at_most)) is not None:
        if tier.level in turn.roster.levels(chosen):
            return chosen
        await queues.know_not(turn, tier.level, chosen)
        out.add(chosen)
    return None


async def _candidates(turn: Turn, tier: Tier, *, counts: bool) -> list[Candidate]:
    """Agents that the desk knows of. counts: their load matters."""
    known = await queues.known(turn.tx, tier.level)
    found = []
    for person in sorted({*known, *turn.desk.agents}):
        agent, before = turn.desk.agents.get(person), known.get(person)
        if channel_of(person) not in turn.crew.channels:
            continue
        found.append(
            Candidate(
                person,
                load=await _load(turn, person) if counts else 0,
                given_at=before.given_at if before else None,
                skills=agent.skills if agent else frozenset(),
                here=not await may_be_given(turn, person),
            )
        )
    return found


async def _load(turn: Turn, person: PersonId) -> int:
    """Open tickets they have; what waits for its requester is no work now."""
    return len(await turn.tx.tickets(TicketQuery(assignee=person, statuses=("open",), limit=100)))


def _tags(turn: Turn, ticket: Ticket) -> set[str]:
    """What the entries that tier 1 thought of are about."""
    entries = [turn.knowledge.entry(offer.entry) for offer in ticket.offers]
    return {tag for entry in entries if entry is not None for tag in entry.tags}


async def _nobody(turn: Turn, ticket: Ticket, tier: Tier, how: Routing, following: bool, passed: Collection[PersonId]) -> None:
    """It stays in the queue, which is said once; looked at again when the first of them is back. What all of them let lie goes to the next tier."""
    if following and passed and tier.claim_within is None and turn.desk.above(tier.level) is not None:
        await desk.escalate(turn, ticket, "", waited=True)
        return
    t = turn.team_tongue
    back = await _first_back(turn, tier, passed)
    line = t.say("Nobody in {team} can be given {number} now, so it waits in the queue.", team=tier.name, number=ticket.id)
    when = [Small(t.say("The next one is expected: {moment}", moment=t.when(back, turn.desk.timezone)))] if back else []
    await turn.tell_team(ticket, tier, [Say(line), *when], key=f"nobody:{ticket.id}:{ticket.tier_since.isoformat()}")
    if back is not None:
        await queues.ask_for_turn(turn, ticket, following=following, due=back)


async def _first_back(turn: Turn, tier: Tier, passed: Collection[PersonId]) -> datetime | None:
    known = await queues.known(turn.tx, tier.level)
    moments = []
    for person in {*known, *turn.desk.agents} - set(passed):
        now = await availability.presence_of(turn.tx, turn.desk, person, turn.now)
        if not now.is_here and now.until is not None:
            moments.append(now.until)
    return min(moments, default=None)
