"""Agents say that they are away or here: typed, or by a button on any page. What they leave unanswered can be put back with one press."""

from __future__ import annotations

from bot.domain.events import ActDone
from bot.domain.ids import TicketId
from bot.domain.messages import Choice, Commanded, Part, Say, Small
from bot.domain.moments import NoMoment, leading_moment
from bot.domain.shifts import Status, until_shift
from bot.domain.tickets import Ticket
from bot.engine.service import nudges, queues
from bot.engine.service.availability import STATUSES, presence_of, told, zone_of
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import TicketQuery

VERBS = frozenset({"away", "here", "giveback"})
UNTIL = frozenset({"until", "till", "hasta", "até", "jusqu'à", "jusqu'au", "fino", "bis"})  # a time must follow
FOR = frozenset({"for", "por", "pour", "per", "für"})  # a time may follow: "for 2h", "for lunch"
HANDFUL = 3  # of what waits: whoever comes back is not buried under all of it
LONGEST = 120  # characters of a reason


async def pressed(turn: Turn, verb: str, words: str) -> None:
    """ "away:", "away:2h", "here:", "giveback:"."""
    if verb == "away":
        await away(turn, words)
    elif verb == "here":
        await here(turn)
    else:
        await give_back(turn)


async def commanded(turn: Turn, what: Commanded) -> None:
    """`away`, `away 2h`, `away until 14:00 at the dentist's`, `here`."""
    await pressed(turn, what.name, what.argument)


async def away(turn: Turn, words: str) -> None:
    """Nothing is given to them until then, or until they are here again."""
    person, zone = turn.person.id, await zone_of(turn, turn.person.id)
    status = _status(turn, words, zone)
    await STATUSES.put(turn.tx, person, status)
    await turn.record(ActDone(ticket=TicketId(""), by=person, at=turn.now, act="away"))
    t = await turn.tongue_for(person)
    now = await presence_of(turn.tx, turn.desk, person, turn.now)
    parts: list[Part] = [Say(told(t, now, zone)), Small(t.say("Until then nothing is given to you."))]
    choices = [Choice(t.say("I am here"), "here:")]
    left = len(await _unanswered(turn))
    if left:
        parts.append(Say(t.many("{count} of your tickets waits for words.", "{count} of your tickets wait for words.", left)))
        choices.insert(0, Choice(t.say("Put back into the queue"), "giveback:", "primary"))
    await turn.answer(*parts, choices=choices)


def _status(turn: Turn, words: str, zone: str) -> Status:
    """Until when and why. A time that is announced and not understood is refused: nobody shall be away for ever by a slip."""
    first, _, rest = words.strip().replace("’", "'").partition(" ")
    announced = first.lower() in UNTIL and bool(rest.strip())
    try:
        until, reason = leading_moment(rest if announced or first.lower() in FOR else words, turn.now, zone)
    except NoMoment as no:
        if announced or no.reason != "unclear":
            raise MoveRefused("no_moment") from no
        return Status(True, turn.now, None, words.strip()[:LONGEST])
    return Status(True, turn.now, until, reason.strip()[:LONGEST])


async def here(turn: Turn) -> None:
    """They are back; outside of their shift they count as here until it begins. Some of what waited for somebody is given now."""
    person, zone = turn.person.id, await zone_of(turn, turn.person.id)
    agent = turn.desk.agents.get(person)
    until = until_shift(agent.shift if agent else None, turn.now)
    if until is None:
        await STATUSES.drop(turn.tx, person)
    else:
        await STATUSES.put(turn.tx, person, Status(False, turn.now, until))
    await turn.record(ActDone(ticket=TicketId(""), by=person, at=turn.now, act="here"))
    t = await turn.tongue_for(person)
    now = await presence_of(turn.tx, turn.desk, person, turn.now)
    await turn.answer(Say(told(t, now, zone)), *await _share_what_waits(turn, t), choices=[Choice(t.say("I am away"), "away:")])


async def _share_what_waits(turn: Turn, t: Tongue) -> list[Part]:
    """Tickets that nobody could be given are looked at once more; how many wait in the queues of this agent."""
    waiting = 0
    for level in sorted(turn.roster.levels(turn.person.id)):
        tier = turn.desk.tier(level)
        if tier is None:
            continue
        await queues.know(turn, level, turn.person.id)
        found = await queues.waiting_in(turn, tier)
        waiting += len(found)
        for ticket in found[: tier.at_most or HANDFUL]:
            await queues.ask_for_turn(turn, ticket)
    return [Small(t.many("{count} ticket waits in the queue.", "{count} tickets wait in the queue.", waiting))] if waiting else []


async def give_back(turn: Turn) -> None:
    """Everything of theirs whose requester waits goes back to the queue."""
    left = await _unanswered(turn)
    for ticket in left:
        await nudges.pass_on(turn, ticket, "away")
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.many("{count} ticket is back in the queue.", "{count} tickets are back in the queue.", len(left))))


async def _unanswered(turn: Turn) -> list[Ticket]:
    found = await turn.tx.tickets(TicketQuery(assignee=turn.person.id, statuses=("open",), limit=100))
    return [ticket for ticket in found if ticket.waits_since is not None]
