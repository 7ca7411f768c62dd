"""Incidents: an agent makes a ticket one, requesters join it, news and the end of it reach everybody who shares it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.domain import incidents as rules
from bot.domain import tickets
from bot.domain.ids import PersonId
from bot.domain.incidents import LONGEST_TITLE, STATES, Incident, State, is_part
from bot.domain.messages import Facts, Form, FormField, Part, Say, TimerFired, Title, Words
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Asking, Given
from bot.engine.incidents import incident_offers, suspicions
from bot.engine.incidents.incident_notes import INCIDENTS, SHOWN, STATE, active
from bot.engine.requests import selfservice
from bot.engine.tickets import cards, checks, desk
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import TicketQuery

AT_ONCE = 25  # of those who share an incident, in one transaction


# ------------------------------------------------------------------------------------------------------- declaring one
async def incident_form(asking: Asking) -> Form | None:
    """What everybody reads, and who else it is about."""
    ticket, t = asking.ticket, asking.t
    if not ticket.is_open:
        raise MoveRefused(ticket.status, number=ticket.id)
    fields = [
        FormField(
            "words", t.say("What is wrong, in one line?"), "line", hint=t.say("Everybody who reports it reads this, so name nobody."), max_length=LONGEST_TITLE
        )
    ]
    known = await active(asking.lists)
    alike = [one for one in await suspicions.similar(asking.lists, asking.knowledge, ticket) if one.id not in known][: suspicions.LISTED]
    if alike:
        options = tuple((one.id, f"{one.id} · {' '.join(one.question.split())}"[:70]) for one in alike)
        initial = "\n".join(one.id for one in alike)
        fields.append(FormField("with", t.say("These ask for the same"), "choices", required=False, options=options, initial=initial))
    return Form(f"incident:{ticket.id}", f"{t.say('Incident')} · {ticket.id}", t.say("Make it an incident"), t.say("Cancel"), tuple(fields))


async def make(turn: Turn, ticket: Ticket, given: Given) -> None:
    """The ticket is an incident from now on, held by whoever says so; the like requests belong to it."""
    if ticket.id in await active(turn.tx):
        raise MoveRefused("incident_already", number=ticket.id)
    own, fact = rules.declare(ticket, " ".join(given.words.split()), turn.person.id, turn.now)
    held = ticket if ticket.assignee else replace(ticket, assignee=turn.person.id, changed_at=turn.now)
    facts = [] if ticket.assignee else [tickets.claim(ticket, turn.person.id, turn.now)[1]]
    held = await move(turn, held, *facts, fact)
    await INCIDENTS.put(turn.tx, ticket.id, own)
    await cards.show(turn, held)
    await incident_offers.joined_words(turn, held, held.id)
    wanted = [number for number in given.values.get("with", "").split() if number != ticket.id]
    for number in wanted[: suspicions.LISTED]:
        part = await turn.tx.ticket(number)
        if part is not None and part.is_open and not part.parent and part.is_with_humans:
            await _join(turn, part, held)
    await suspicions.forget(turn, {ticket.id, *wanted})
    await cards.show(turn, held)
    await turn.answer()


async def _join(turn: Turn, ticket: Ticket, parent: Ticket) -> None:
    """A request becomes part of it; whoever has the incident has the part."""
    part, fact = rules.join(ticket, parent.id, turn.person.id, turn.now)
    if part.is_with_humans:
        part = replace(part, assignee=parent.assignee)
    part = await move(turn, part, fact)
    own = await INCIDENTS.get(turn.tx, parent.id)
    if own is not None:
        await INCIDENTS.put(turn.tx, parent.id, own.with_example(part.question))
    await incident_offers.joined_words(turn, part, parent.id)
    await desk.update_card(turn, part)


# ------------------------------------------------------------------------------------------------------- joining, leaving
async def join_form(asking: Asking) -> Form | None:
    """Which one? Those that seem alike first."""
    if asking.extra:
        return None
    known = await active(asking.lists)
    if not known:
        raise MoveRefused("no_incident")
    options = tuple((number, f"{number} · {one.title}"[:70]) for number, one in known.items())
    t = asking.t
    field = FormField("incident", t.say("Which incident?"), "choice", options=options)
    return Form(f"partof:{asking.ticket.id}", f"{t.say('Part of an incident')} · {asking.ticket.id}", t.say("Save"), t.say("Cancel"), (field,))


async def join(turn: Turn, ticket: Ticket, given: Given) -> None:
    """An agent says that a request is part of an incident; without one named, it is asked for in the thread."""
    known = await active(turn.tx)
    if not known:
        raise MoveRefused("no_incident")
    number = given.values.get("incident") or given.extra
    parent = await turn.tx.ticket(number) if number in known else None
    if parent is None:
        raise MoveRefused("no_longer")
    await _join(turn, ticket, parent)
    await cards.show(turn, parent)
    await turn.answer()


async def apart(turn: Turn, ticket: Ticket, given: Given) -> None:
    """An agent says that it is a matter of its own."""
    alone, fact = rules.leave(ticket, turn.person.id, turn.now)
    alone = await move(turn, alone, fact)
    await desk.update_card(turn, alone)
    await turn.answer()


async def me_too(turn: Turn, ticket: Ticket, given: Given) -> None:
    """The requester says that the incident is theirs, too: one press, nothing typed again."""
    parent = await turn.tx.ticket(given.extra)
    own = (await active(turn.tx)).get(given.extra)
    if ticket.parent == given.extra and is_part(ticket):
        await turn.answer()
        return
    if parent is None or own is None:
        await turn.say(ticket.conversation, [Say(tongue(ticket.language).say("That has been solved meanwhile; so here is the usual way."))], ticket=ticket)
        await different(turn, ticket, given)  # it is over by now: the request goes its own way
        return
    await incident_offers.take_buttons_away(turn, ticket)
    part, fact = rules.join(ticket, parent.id, turn.person.id, turn.now)
    part = await move(turn, part, fact)
    await INCIDENTS.put(turn.tx, parent.id, own.with_example(part.question))
    await incident_offers.joined_words(turn, part, parent.id)
    await cards.show(turn, parent)
    await turn.answer()


async def different(turn: Turn, ticket: Ticket, given: Given) -> None:
    """The requester says that theirs is another matter: it goes on as if there were no incident."""
    if not ticket.is_open or ticket.is_with_humans:
        raise MoveRefused("with_humans" if ticket.is_open else ticket.status, number=ticket.id)
    was_part = is_part(ticket)
    await incident_offers.take_buttons_away(turn, ticket)
    known = await SHOWN.get(turn.tx, ticket.id) or rules.Shown("")
    refused = tuple(dict.fromkeys((*known.refused, given.extra)))
    await SHOWN.put(turn.tx, ticket.id, replace(known, refused=refused))
    if was_part:
        parent = ticket.parent
        ticket, fact = rules.leave(ticket, turn.person.id, turn.now)
        ticket = await move(turn, ticket, fact)
        incident = await turn.tx.ticket(parent)
        if incident is not None and incident.is_open:
            await cards.show(turn, incident)
    await selfservice.help_with(turn, ticket, ticket.question)
    await turn.answer()


# ------------------------------------------------------------------------------------------------------------ news for all
async def update_form(asking: Asking) -> Form | None:
    """How it stands, and words with it."""
    if asking.ticket.id not in await active(asking.lists):
        raise MoveRefused("no_incident")
    t = asking.t
    options = tuple((state, t.say(STATE[state])) for state in STATES)
    known = await INCIDENTS.get(asking.lists, asking.ticket.id)
    fields = (
        FormField("state", t.say("How does it stand?"), "choice", options=options, initial=known.state if known else STATES[0]),
        FormField("words", t.say("What shall everybody read with it?"), "text", required=False, hint=t.say("It goes to all who report it, in your words.")),
    )
    return Form(f"news:{asking.ticket.id}", f"{t.say('Tell all')} · {asking.ticket.id}", t.say("Send"), t.say("Cancel"), fields)


async def update(turn: Turn, ticket: Ticket, given: Given) -> None:
    """News to everybody who shares it. Typed as a command the state may stand before the words: "news known a cable is cut"."""
    state, words = given.values.get("state", ""), given.words
    first, _, rest = words.partition(" ")
    if not state and first in STATES:
        state, words = first, rest.strip()
    known = (await active(turn.tx)).get(ticket.id)
    if known is None:
        raise MoveRefused("no_incident")
    state = state if state in STATES else known.state
    if not await checks.asks_first(turn, ticket, words, source=given.source, place=given.place, verb=f"news:{state}"):
        await tell_all(turn, ticket, state, words)


async def tell_all(turn: Turn, ticket: Ticket, state: str, words: str) -> None:
    """The same once nothing speaks against it. Everybody is told in their own channel and language, a few dozen at a time."""
    known = (await active(turn.tx)).get(ticket.id)
    if known is None:
        raise MoveRefused("no_incident")
    new, fact = rules.update(ticket, known, _state(state), words, turn.person.id, turn.now)
    await INCIDENTS.put(turn.tx, ticket.id, new)
    told = await move(turn, replace(ticket, changed_at=turn.now), fact)
    await _tell(turn, told, told, new)
    t, name = turn.team_tongue, await turn.name_of(turn.person.id)
    parts: list[Part] = [Say(t.say("{name} tells all: {state}", name=name, state=t.say(STATE[new.state]))), *([Words(words, name)] if words else [])]
    await turn.tell_team(told, turn.desk.tier(told.tier), parts)
    await cards.show(turn, await turn.tx.ticket(told.id) or told)
    await turn.set_timer(f"incident_told:{new.updates}:0:", told, turn.now, turn.now)
    await turn.answer()


def _state(word: str) -> State:
    return next((state for state in STATES if state == word), STATES[0])


async def _tell(turn: Turn, ticket: Ticket, parent: Ticket, incident: Incident) -> bool:
    """One requester; False when they were told already."""
    key = f"told:{parent.id}:{incident.updates}:{ticket.id}"
    if await turn.tx.parcel(key) is not None:
        return False
    author = PersonId(incident.told_by)
    answered, fact = tickets.reply(ticket, author, turn.now)
    answered = await move(turn, answered, fact)
    t = tongue(answered.language)
    status = t.say(STATE[incident.state])
    text = f"{status}\n{incident.told}" if incident.told else status
    said = await turn.write_down(answered, "out", "reply", text, author=author, delivery="waiting")
    parts: list[Part] = [Title(t.say("News about {number}", number=answered.id), "warning"), Words(incident.title)]
    parts.append(Facts(((t.say("Status"), status),)))
    if incident.told:
        parts.append(Words(incident.told, await turn.name_of(author)))
    await turn.say(answered.conversation, parts, ticket=answered, message=said.id, key=key)
    return True


# --------------------------------------------------------------------------------------------- everybody, a few at a time
async def fired(turn: Turn, ticket: Ticket, timer: TimerFired) -> None:
    """The next ones: told of news, resolved, or asked about."""
    name, _, rest = timer.timer.partition(":")
    own = await INCIDENTS.get(turn.tx, ticket.id)
    match name:
        case "similar":
            await suspicions.suspect(turn, ticket)
        case "incident_silent" if ticket.is_open and not ticket.is_with_humans and not ticket.parent and ticket.changed_at == timer.since:
            await desk.close(turn, ticket, "silent", BOT.id)
        case "incident_told" if own is not None and own.is_active and rest.partition(":")[0] == str(own.updates):
            await next_page(turn, ticket, timer, partial(_tell, turn, parent=ticket, incident=own))
        case "incident_over" if own is not None and not own.is_active:
            await next_page(turn, ticket, timer, partial(_solve, turn, parent=ticket, incident=own))
        case _:
            pass  # newer news, or open again


async def next_page(
    turn: Turn, parent: Ticket, timer: TimerFired, do: Callable[[Ticket], Awaitable[bool]], belongs: Callable[[Ticket], bool] = is_part
) -> None:
    """A page of those who share it, newest change first, from timer.since on. The next timer goes on behind it, and round after round until one finds
    nothing to do: whoever changes meanwhile comes to the front. do: gives False for those who are done. The timer's name: "<kind>:<news>:<step>:<did>".
    belongs: which of its children are meant.
    """
    kind, news, step, did = timer.timer.split(":")
    query = TicketQuery(parent=parent.id, statuses=("open", "pending"), before=timer.since + timedelta(microseconds=1), limit=AT_ONCE)
    page = await turn.tx.tickets(query)
    done = [await do(part) for part in page if belongs(part)]
    did = "did" if did or any(done) else ""
    if len(page) == AT_ONCE:
        behind = page[-1].changed_at or page[-1].opened_at
        if behind == timer.since and not any(done):
            behind -= timedelta(microseconds=1)  # more changed at one moment than a page holds, and these are done
        await turn.set_timer(f"{kind}:{news}:{int(step) + 1}:{did}", parent, turn.now, behind)
    elif did:
        await turn.set_timer(f"{kind}:{news}:{int(step) + 1}:", parent, turn.now, turn.now)


async def _solve(turn: Turn, part: Ticket, parent: Ticket, incident: Incident) -> bool:
    """One request is solved with the incident; its requester can reopen it without reopening the others."""
    by = PersonId(incident.ended_by)
    done, fact = tickets.resolve(part, by, parent.solution, turn.now)
    done = await move(turn, done, replace(fact, tier=parent.tier))  # the bot solved none of them
    await desk.update_card(turn, done)
    await incident_offers.solved_words(turn, done, incident, await turn.name_of(by))
    await desk.close_later(turn, done)
    return True


ACTS: dict[str, Act] = {
    "incident": Act(make, incident_form, needs_words=True),
    "partof": Act(join, join_form),
    "apart": Act(apart),
    "news": Act(update, update_form),
    "metoo": Act(me_too),
    "different": Act(different),
}
