"""Personal matter in a public place: its author is asked, alone, whether to go on in private, before anything of it is kept with a ticket or copied to a team.

While they have not decided, it waits; without a word of theirs it goes on in private, which is what is wrong least.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.ids import ConversationId, PersonId, PlaceId
from bot.domain.messages import Choice, Deleted, Edited, Inbound, Marked, Part, Said, Say, Small, TimerFired
from bot.domain.people import BOT, Person
from bot.domain.personal import found_in
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.kept import Kept
from bot.engine.people import unopened
from bot.engine.tongue import Tongue, tongue
from bot.engine.turn import Turn, conversation_of
from bot.errors import MoveRefused

VERBS = frozenset({"private", "public"})
TIMER = "private"
PATIENCE = timedelta(minutes=10)  # for an answer; then it goes on in private
MOST = 20  # messages that wait with the first; what is more is not looked at until the author has decided
LET_PASS = "public:"  # how the key of an event begins whose author has said that it may stay where it is


@dataclass(frozen=True, slots=True)
class Held:
    """What one person said in one public conversation and has not decided about. sign: of the first message."""

    person: PersonId
    channel: str
    conversation: ConversationId
    sign: str
    saids: tuple[Said, ...]


_HELD = Kept("held-back", Held)


def _digest(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]


# ---------------------------------------------------------------------------------------------------------------- holding
async def holds(turn: Turn, said: Said, *, concerns_us: bool) -> bool:
    """Does it wait for its author? concerns_us: something would be done with it."""
    if said.private or turn.event.key.startswith(LET_PASS):
        return False
    name = _digest(turn.event.conversation, turn.person.id)
    held = await _HELD.get(turn.tx, name)
    if held is not None:
        await _HELD.put(turn.tx, name, replace(held, saids=(*held.saids, said)[:MOST]))
        return True
    if not concerns_us or not found_in(said.text):
        return False
    await _hold(turn, name, turn.person, turn.event.conversation, said)
    return True


async def holds_marked(turn: Turn, marked: Marked) -> bool:
    """The same for what an agent wants to make a ticket of: its author decides, and the agent is told so."""
    if not found_in(marked.text) or marked.conversation == conversation_of(marked.author.id):
        return False
    said = Said(marked.text, marked.message, marked.place, addressed=True, attachments=marked.attachments, earlier=marked.earlier)
    await turn.tx.remember(marked.author)
    await _hold(turn, _digest(marked.conversation, marked.author.id), marked.author, marked.conversation, said)
    t = await turn.tongue_for(turn.person.id)
    if marked.author.id != turn.person.id:
        line = t.say("This looks personal, so {name} is asked first whether to go on in private.", name=await turn.name_of(marked.author.id))
        await turn.tell_alone(turn.event.conversation, turn.person.id, [Say(line)])
    return True


async def _hold(turn: Turn, name: str, author: Person, conversation: ConversationId, said: Said) -> None:
    sign = _digest(said.message)
    await _HELD.put(turn.tx, name, Held(author.id, turn.event.channel, conversation, sign, (said,)))
    t = await turn.tongue_for(author.id)
    parts: list[Part] = [
        Say(t.say("This looks personal, and others can read it here. Move this to a private ticket?")),
        Small(t.say("Nothing was passed on yet. Without an answer it goes on in private in {time}.", time=t.span(PATIENCE))),
    ]
    await turn.tell_alone(conversation, author.id, parts, _choices(t, f"{name}:{sign}"))
    over = TimerFired(TIMER, f"{name}:{sign}", turn.now)
    await turn.tx.keep(Inbound(f"timer:{TIMER}:{name}:{sign}", "desk", conversation, BOT, turn.now, over), turn.now + PATIENCE)


def _choices(t: Tongue, which: str) -> list[Choice]:
    return [Choice(t.say("Yes, in private"), f"private:{which}", "primary"), Choice(t.say("No, it may stay here"), f"public:{which}")]


# --------------------------------------------------------------------------------------------------------------- deciding
async def pressed(turn: Turn, verb: str, rest: str) -> None:
    """Its author decides; nobody else can. That somebody may press it at all was asked before."""
    held = await _held(turn, rest)
    if held is None:
        raise MoveRefused("no_longer")
    if held.person != turn.person.id:
        raise MoveRefused("not_requester")
    t = await turn.tongue_for(turn.person.id)
    await _let_go(turn, rest, held, in_private=verb == "private")
    await turn.answer(Say(t.say("All right, I write to you in private.") if verb == "private" else t.say("All right, it goes on here.")))


async def time_over(turn: Turn, which: str) -> None:
    """Nobody decided."""
    held = await _held(turn, which)
    if held is not None:
        await _let_go(turn, which, held, in_private=True)


async def _held(turn: Turn, which: str) -> Held | None:
    name, _, sign = which.partition(":")
    held = await _HELD.get(turn.tx, name)
    return held if held is not None and held.sign == sign else None


async def _let_go(turn: Turn, which: str, held: Held, *, in_private: bool) -> None:
    """What waited comes in once more, each message in its order, where it is to go on."""
    await _HELD.drop(turn.tx, which.partition(":")[0])
    author = await turn.tx.person(held.person) or Person(held.person)
    for n, said in enumerate(held.saids):
        if in_private:
            where = conversation_of(held.person)
            what = replace(said, private=True, addressed=True, place=PlaceId(held.person), reply_to=None)
        else:
            where, what = held.conversation, said
        key = f"{'moved:' if in_private else LET_PASS}{held.sign}:{n}"
        await turn.tx.keep(Inbound(key, held.channel, where, author, turn.now, what), turn.now)
    if in_private and held.saids:
        await unopened.met(turn, held.person, held.conversation)
        t = tongue(author.language) if author.language in turn.desk.languages else turn.team_tongue
        await turn.say(held.conversation, [Small(t.say("This goes on in private."))], reply_to=held.saids[0].message)


# ---------------------------------------------------------------------------------------------------- changed, taken away
async def keeps_back(turn: Turn, ticket: Ticket, said: TicketMessage, text: str) -> bool:
    """Words that are with a team already become personal in a shared place: the change is not passed on, and its author is told so, alone."""
    if said.direction != "in" or ticket.conversation == conversation_of(ticket.requester) or not set(found_in(text)) - set(found_in(said.text)):
        return False
    t = await turn.tongue_for(turn.person.id)
    line = t.say("This looks personal, and others can read it here, so the change was not passed on. You can write it to me in private.")
    await turn.tell_alone(ticket.conversation, turn.person.id, [Say(line)])
    return True


async def changes(turn: Turn, what: Edited | Deleted) -> bool:
    """Its author changes or deletes what still waits: it goes on as it is then, or not at all."""
    name = _digest(turn.event.conversation, turn.person.id)
    held = await _HELD.get(turn.tx, name)
    if held is None or what.message not in {said.message for said in held.saids}:
        return False
    if isinstance(what, Edited):
        saids = tuple(replace(said, text=what.text) if said.message == what.message else said for said in held.saids)
    else:
        saids = tuple(said for said in held.saids if said.message != what.message)
    if saids:
        await _HELD.put(turn.tx, name, replace(held, saids=saids))
    else:
        await _HELD.drop(turn.tx, name)
    return True
