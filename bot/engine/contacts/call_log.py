"""An agent logs a call: a ticket of what somebody rang about, or a call about a ticket that there is; each is one line of the contact log."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain import tickets
from bot.domain.contacts import Contact, ContactOutcome
from bot.domain.events import CallLogged
from bot.domain.ids import ConversationId
from bot.domain.messages import Choice, Form, Part, Say, Small, Submitted, Title, Words
from bot.domain.people import Person
from bot.domain.tickets import Ticket
from bot.engine import interview
from bot.engine.act import Act, Asking, Given
from bot.engine.contacts import call_form, telephone
from bot.engine.contacts.call_form import ON_TICKET, Asked, Call
from bot.engine.faq.knowledge import entry_tag
from bot.engine.requests import selfservice
from bot.engine.tickets import cards, desk
from bot.engine.tickets.moving import move
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn, conversation_of
from bot.errors import MoveRefused
from bot.ports import TicketQuery

TOLD = "told"  # the caller was told what that entry says, and it solved it
SUGGESTED = 3  # entries that whoever has logged a call is shown
BECAME: dict[call_form.Outcome, ContactOutcome] = {
    "ticket": "handed_over",
    "solved": "solved",
    "spoke": "replied",
    "no_answer": "no_answer",
    "voicemail": "voicemail",
}


# ------------------------------------------------------------------------------------------------- somebody rang, or was rung
async def begin(turn: Turn, line: str = "") -> None:
    """Where there are no forms: its questions, in private."""
    alone = conversation_of(turn.person.id)
    await interview.begin(turn, call_form.form(await _asked(turn), line), alone, conversation=alone)


async def submitted(turn: Turn, what: Submitted) -> None:
    """The form. What does not hold is asked again."""
    asked = await _asked(turn)
    given = call_form.form(replace(asked, given=what.values))
    wrong = call_form.asked_again(asked.t, turn.desk, given, what.values)
    if wrong is not None:
        problems = tuple(Say(one.problem) for one in wrong.fields if one.problem)
        await interview.begin_again(turn, replace(wrong, about=(*wrong.about, *problems)), what)
        return
    await log(turn, call_form.call_of(what.values, turn.desk, "ticket"))


async def typed(turn: Turn, line: call_form.Line) -> None:
    """All in one line, of which the words are there."""
    number = line.values.get("number", "")
    if number and telephone.kept(number, turn.desk.country) is None:
        raise MoveRefused("no_telephone", what=number[:40])
    await log(turn, call_form.call_of(line.values, turn.desk, "ticket"))


async def log(turn: Turn, call: Call) -> None:
    """A ticket of it, for the first tier or solved; whoever logged it is told the number, and what the FAQ has for it."""
    caller = await _caller(turn, call)
    before = await turn.tx.tickets(TicketQuery(requester=caller.id, statuses=("open", "pending"), limit=5))
    here = ConversationId(caller.id)
    ticket = await selfservice.open_request(turn, call.words, requester=caller.id, conversation=here, kind="call", language=call.language)
    turn.about = ticket.id
    await _write(turn, ticket, call)
    if call.outcome == "solved":
        ticket = await _solved(turn, ticket, call)
    else:
        ticket = await desk.hand_over(turn, ticket, "call")
    t = await turn.tongue_for(turn.person.id)
    found = _suggested(turn, t, ticket, call) if call.outcome != "solved" else []
    hint = [Title(t.say("The FAQ may have it. Was one of these the answer?"))] if found else []
    await turn.answer(*_logged(turn, t, ticket, call, caller), *_others(t, before), *hint, choices=found)


def _suggested(turn: Turn, t: Tongue, ticket: Ticket, call: Call) -> list[Choice]:
    """What tier 1 would have shown."""
    verdict = call_form.verdict(turn.knowledge, call.words, ticket.language)
    shown = verdict.matches[:SUGGESTED] if verdict.decision != "hand_over" else ()
    entries = [entry for match in shown if (entry := turn.knowledge.answering(match.entry_id)) is not None]
    return [Choice(entry.text_for(t.language, turn.desk.languages).question, f"{TOLD}:{ticket.id}:{entry_tag(entry.id)}") for entry in entries]


async def _caller(turn: Turn, call: Call) -> Person:
    """Known by the number; a name that was told now is theirs from now on."""
    sign = hashlib.sha256(f"{turn.event.channel}:{turn.event.key}".encode()).hexdigest()[:10]  # the same when the turn is tried again
    who = telephone.person_of(call.number, sign)
    known = await turn.tx.person(who)
    t = turn.team_tongue
    name = call.name or (known.name if known else "") or telephone.shown(who) or t.say("Number withheld")
    person = Person(who, name, known.language if known else None)
    await turn.tx.remember(person)
    return person


async def _solved(turn: Turn, ticket: Ticket, call: Call) -> Ticket:
    """The agent who spoke took it and solved it."""
    moved, handed = tickets.hand_over(ticket, turn.desk.first_tier.level, "call", turn.person.id, turn.now)
    moved = await move(turn, moved, handed)
    taken, claimed = tickets.claim(moved, turn.person.id, turn.now)
    taken = await move(turn, taken, claimed)
    with turn.unanswered():
        await desk.resolve(turn, taken, _how(turn, call), call.entry)
    return taken


def _how(turn: Turn, call: Call) -> str:
    return call.solution or ("" if call.entry else turn.team_tongue.say("Solved in the call."))


def _logged(turn: Turn, t: Tongue, ticket: Ticket, call: Call, caller: Person) -> list[Part]:
    if call.outcome == "solved":
        told = t.say("{number} is logged as solved: a call with {name}.", number=ticket.id, name=caller.name)
    else:
        team = turn.desk.first_tier.name
        told = t.say("{number} is logged and waits for {team}: a call with {name}.", number=ticket.id, team=team, name=caller.name)
    number = telephone.shown(caller.id)
    if turn.reaches(ticket.conversation) or call.outcome == "solved":
        return [Say(told)]
    if not number:
        return [Say(told), Small(t.say("Nothing can be written to them, and their number was withheld."))]
    return [Say(told), Small(t.say("Nothing can be written to them. Call back: {number}", number=number))]


def _others(t: Tongue, before: Sequence[Ticket]) -> list[Part]:
    """What the caller has open already: it may have been about that."""
    numbers = ", ".join(ticket.id for ticket in before)
    return [Small(t.say("They have open already: {numbers}. If it was about one of those, merge them.", numbers=numbers))] if before else []


# ------------------------------------------------------------------------------------------------------------ about a ticket
async def on_ticket(turn: Turn, ticket: Ticket, given: Given) -> None:
    """A call about this ticket: its talk has it, and who was reached has been answered by a person."""
    call = call_form.call_of({"words": given.words, **given.values}, turn.desk, "spoke")
    if not call.words:
        raise MoveRefused("no_words", number=ticket.id)
    answered, fact = tickets.reply(ticket, turn.person.id, turn.now)  # first, for what is refused must leave no line behind
    if call.outcome == "solved" and not ticket.is_open:
        raise MoveRefused(ticket.status, number=ticket.id)
    said = await turn.write_down(ticket, "out", "call", call.words, delivery="kept")
    await _write(turn, ticket, call)
    t = turn.team_tongue
    label = f"{await cards.label(turn, t, said)} · {t.say('{count} min', count=call.minutes)} · {_outcome(t, call)}"
    await turn.tell_team(ticket, turn.desk.tier(ticket.tier), [Words(call.words, label)])
    if call.outcome in ("spoke", "solved"):
        ticket = await move(turn, answered, fact)
        await cards.show(turn, ticket)
    if call.outcome == "solved":
        await desk.resolve(turn, ticket, _how(turn, call), call.entry)
    else:
        await desk.await_answer(turn, ticket)
    await turn.answer()


def _outcome(t: Tongue, call: Call) -> str:
    return {
        "ticket": "",
        "spoke": t.say("we spoke"),
        "solved": t.say("solved in the call"),
        "no_answer": t.say("nobody answered"),
        "voicemail": t.say("left a message on voicemail"),
    }[call.outcome]


async def _ticket_form(asking: Asking) -> Form | None:
    if asking.ticket.status == "closed":
        raise MoveRefused("closed", number=asking.ticket.id)
    return call_form.ticket_form(Asked(asking.desk, asking.knowledge, asking.t, asking.given), asking.ticket)


async def told(turn: Turn, ticket: Ticket, given: Given) -> None:
    """The caller was told what this entry says."""
    entry = turn.knowledge.by_tag(given.extra)
    if entry is None or entry.retired:
        raise MoveRefused("no_longer", number=ticket.id)
    await desk.resolve(turn, ticket, "", entry.id)


# --------------------------------------------------------------------------------------------------------------- written down
async def _write(turn: Turn, ticket: Ticket, call: Call) -> None:
    """The line in the contact log, and what happened to the ticket."""
    seconds = call.minutes * 60
    outcome = BECAME[call.outcome]
    began = turn.now - timedelta(seconds=seconds)
    line = Contact(began, ticket.requester, telephone.CHANNEL, call.direction, "call", outcome, turn.person.id, ticket.id, call.words, seconds)
    await turn.tx.add_contact(line)
    await turn.record(CallLogged(ticket=ticket.id, by=turn.person.id, at=turn.now, direction=call.direction, seconds=seconds, outcome=outcome))


async def _asked(turn: Turn) -> Asked:
    return Asked(turn.desk, turn.knowledge, await turn.tongue_for(turn.person.id))


ACTS: dict[str, Act] = {ON_TICKET: Act(on_ticket, _ticket_form, needs_words=True), TOLD: Act(told)}
