"""Problems and changes: made from a ticket, linked to it; what helps meanwhile is offered, and the end of a problem is that of its incidents."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from bot.domain import bonds, practices, tickets
from bot.domain.events import WorkaroundWritten
from bot.domain.ids import PersonId, TicketId
from bot.domain.messages import Choice, Commanded, Form, FormField, Part, Say, Small, TimerFired, Title, Words
from bot.domain.practices import Practice, Problem, is_caused
from bot.domain.tickets import Ticket
from bot.engine import replies
from bot.engine.act import Act, Asking, Given
from bot.engine.incidents.incidents import next_page
from bot.engine.practices.problem_notes import KNOWN, OVER, PROBLEMS, begin
from bot.engine.requests import invitation
from bot.engine.tickets import cards, desk, kinship
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import TicketQuery

NEW = "new"
OFFERED = 20  # open problems that a form names
LONGEST = 300  # characters of what a problem or a change is, in one line
_NUMBER = re.compile(r"#?(?:[A-Za-z][A-Za-z0-9]*-)?[0-9]{1,11}", re.ASCII)


async def open_inside(turn: Turn, ticket: Ticket, words: str, kind: Practice) -> Ticket:
    """A ticket for the team that has this one, held by whoever makes it. Nobody but agents ever reads of it."""
    line = " ".join(words.split())
    if not line:
        raise MoveRefused("no_words", number=ticket.id)
    number = await turn.tx.next_number(turn.desk.prefix)
    me = turn.person.id
    fresh, opened = tickets.open_ticket(number, me, practices.inside(number), line[: tickets.MAX_QUESTION], turn.team_tongue.language, turn.now)
    fresh = replace(fresh, kind=kind, priority=ticket.priority, impact=ticket.impact, urgency=ticket.urgency)
    await turn.tx.add_ticket(fresh)
    await turn.record(opened)
    await turn.write_down(fresh, "in", "question", fresh.question)
    fresh, handed = tickets.hand_over(fresh, ticket.tier, kind, me, turn.now)
    fresh, claimed = tickets.claim(fresh, me, turn.now)
    fresh = await move(turn, fresh, handed, claimed)
    await cards.show(turn, fresh)
    return fresh


# ------------------------------------------------------------------------------------------------------ the problem behind it
async def _problem(turn: Turn, ticket: Ticket, given: Given) -> None:
    """Linked to a problem that is known by its number, or to a new one with these words as its name."""
    chosen, words = given.values.get("of", ""), given.words.strip() or given.extra
    named = chosen if chosen and chosen != NEW else words if _NUMBER.fullmatch(words) and chosen != NEW else ""
    if named:
        number = kinship.number_of(turn, named)
        problem = await turn.tx.ticket(number)
        if problem is None or not problem.is_with_humans:
            raise MoveRefused("no_such_ticket", other=number[:24])
    else:
        practices.cause(ticket, replace(ticket, id=TicketId(f"{ticket.id}+"), kind="problem"), turn.person.id, turn.now)  # may it be linked at all?
        problem = await open_inside(turn, ticket, words, "problem")
    caused, fact = practices.cause(ticket, problem, turn.person.id, turn.now)
    before = ticket.parent if is_caused(ticket) else ""
    caused = await move(turn, caused, fact)
    await desk.update_card(turn, caused)
    await _draw(turn, problem.id, before)
    await _offer_known(turn, caused, await PROBLEMS.get(turn.tx, problem.id) or Problem())
    t = await turn.tongue_for(turn.person.id)
    await _confirm(turn, t.say("{number} comes from the problem {problem} and is resolved with it.", number=caused.id, problem=problem.id))


async def _confirm(turn: Turn, sentence: str) -> None:
    """To whoever pressed or typed a command. Words that answered a question in the team's place need none: the card there shows what came of them."""
    what = turn.event.what
    if isinstance(what, Commanded) or bool(getattr(what, "answer_to", "")):
        await turn.answer(Say(sentence))


async def _draw(turn: Turn, *numbers: str) -> None:
    """The cards of these as they are now: other tickets came to them or left them."""
    for number in numbers:
        one = await turn.tx.ticket(number) if number else None
        if one is not None:
            await desk.update_card(turn, one)


async def _problem_form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    if asking.extra:
        return None
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)
    if ticket.kind in practices.OURS:
        raise MoveRefused("not_caused", number=ticket.id)
    known = await asking.lists.tickets(TicketQuery(kind="problem", statuses=("open", "pending"), limit=OFFERED))
    words = FormField("words", t.say("What is the problem, in one line?"), "line", hint=t.say("Agents alone read this."), max_length=LONGEST)
    fields: tuple[FormField, ...] = (words,)
    if known:
        options = ((NEW, t.say("A new problem")), *((one.id, f"{one.id} · {begin(one.question)}"[:70]) for one in known))
        which = FormField("of", t.say("Which problem does it come from?"), "choice", options=options)
        fields = (which, replace(words, when=("of", NEW)))
    about = (Say(t.say("It is resolved together with the problem, and its requester is told the solution.")),)
    return Form(f"problem:{ticket.id}", f"{t.say('Problem')} · {ticket.id}", t.say("Save"), t.say("Cancel"), fields, about)


async def _no_problem(turn: Turn, ticket: Ticket, given: Given) -> None:
    alone, fact = practices.uncause(ticket, turn.person.id, turn.now)
    alone = await move(turn, alone, fact)
    await desk.update_card(turn, alone)
    await _draw(turn, ticket.parent)
    await turn.answer()


# ------------------------------------------------------------------------------------------------------- what helps meanwhile
async def _workaround(turn: Turn, ticket: Ticket, given: Given) -> None:
    """What requesters may be told until it is solved; the agents of its open incidents are offered it as a draft."""
    _must_be_problem(ticket)
    words = given.words.strip()
    before = await PROBLEMS.get(turn.tx, ticket.id) or Problem()
    if words == before.workaround:
        await turn.answer()
        return
    now = replace(before, workaround=words, written=before.written + 1, by=turn.person.id)
    await PROBLEMS.put(turn.tx, ticket.id, now)
    ticket = await move(turn, ticket, WorkaroundWritten(ticket=ticket.id, by=turn.person.id, at=turn.now, is_known=bool(words)))
    await desk.update_card(turn, ticket)
    await turn.set_timer(f"{KNOWN}:{now.written}:0:", ticket, turn.now, turn.now)
    await turn.answer()


async def _workaround_form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    _must_be_problem(ticket)
    known = await PROBLEMS.get(asking.lists, ticket.id) or Problem()
    hint = t.say("The agents of its incidents are offered it as a reply, which they may change. Empty: nothing helps any more.")
    field = FormField("words", t.say("What helps until it is solved?"), "text", required=False, initial=known.workaround, hint=hint)
    return Form(f"workaround:{ticket.id}", f"{t.say('Workaround')} · {ticket.id}", t.say("Save"), t.say("Cancel"), (field,))


def _must_be_problem(ticket: Ticket) -> None:
    if ticket.kind != "problem":
        raise MoveRefused("no_problem", number=ticket.id)
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)


async def _offer_known(turn: Turn, ticket: Ticket, problem: Problem) -> None:
    """In the thread of an incident: what helps, as a draft for its agent."""
    if not problem.workaround:
        return
    t = turn.team_tongue
    parts: list[Part] = [Title(t.say("It comes from the problem {problem}, and this helps meanwhile", problem=ticket.parent)), Words(problem.workaround)]
    parts.append(Small(t.say("Not sent: look at it first.")))
    send = Choice(t.say("Send the workaround"), f"known:{ticket.id}", "primary")
    await turn.tell_team(ticket, turn.desk.tier(ticket.tier), parts, [send])


async def _known(turn: Turn, ticket: Ticket, given: Given) -> None:
    """It goes to the requester, as its agent left it."""
    words = given.words.strip()
    if not words:
        raise MoveRefused("no_words", number=ticket.id)
    await desk.reply(turn, ticket, words, given.attachments, source=given.source, place=given.place)
    await desk.update_card(turn, await turn.tx.ticket(ticket.id) or ticket)


async def _known_form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    problem = await PROBLEMS.get(asking.lists, ticket.parent) if is_caused(ticket) else None
    if problem is None or not problem.workaround:
        raise MoveRefused("no_workaround", number=ticket.id)
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)
    field = FormField("words", t.say("What shall the requester read?"), "text", initial=problem.workaround, hint=t.say("This goes to the requester."))
    return Form(f"known:{ticket.id}", f"{t.say('Workaround')} · {ticket.id}", t.say("Send"), t.say("Cancel"), (field,))


# -------------------------------------------------------------------------------------------------------------- the change
async def _change(turn: Turn, ticket: Ticket, given: Given) -> None:
    """A change for this problem or incident, which shows it."""
    if ticket.kind == "change":
        raise MoveRefused("no_longer", number=ticket.id)
    made = await open_inside(turn, ticket, given.words, "change")
    (one, first), (other, second) = bonds.relate(ticket, made, turn.person.id, turn.now)
    one, other = await move(turn, one, first), await move(turn, other, second)
    await desk.update_card(turn, one)
    await desk.update_card(turn, other)
    t = await turn.tongue_for(turn.person.id)
    await _confirm(turn, t.say("{change} is the change for {number}.", change=other.id, number=one.id))


async def _change_form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)
    field = FormField("words", t.say("What shall be changed, in one line?"), "line", hint=t.say("Agents alone read this."), max_length=LONGEST)
    return Form(f"change:{ticket.id}", f"{t.say('Plan a change')} · {ticket.id}", t.say("Save"), t.say("Cancel"), (field,))


# --------------------------------------------------------------------------------------------- its incidents, a few at a time
async def fired(turn: Turn, ticket: Ticket, timer: TimerFired) -> None:
    """The next ones: solved with the problem, or offered what helps."""
    name, _, rest = timer.timer.partition(":")
    known = await PROBLEMS.get(turn.tx, ticket.id)
    if known is None:
        return
    if name == OVER and ticket.resolved_at is not None:
        await next_page(turn, ticket, timer, partial(_solve, turn, problem=ticket, by=PersonId(known.ended_by)), is_caused)
    elif name == KNOWN and ticket.is_open and rest.partition(":")[0] == str(known.written):
        await next_page(turn, ticket, timer, partial(_tell_known, turn, problem=known), is_caused)


async def _solve(turn: Turn, part: Ticket, problem: Ticket, by: PersonId) -> bool:
    """One incident is solved with its problem. Its requester reads the solution once, and may reopen it; then it is a matter of its own."""
    done, fact = tickets.resolve(part, by, problem.solution, turn.now, problem.entry)
    done = await move(turn, done, fact)
    await desk.update_card(turn, done)
    name = await turn.name_of(by)
    (title, who, back), choices = replies.resolved(tongue(done.language), done, name, turn.desk.reopen_within)
    question, stars = await invitation.invitation(turn, done)
    told = [Words(problem.solution, name)] if problem.solution else []
    await turn.say(done.conversation, [title, who, *told, back, *question], [*stars, *choices], ticket=done, key=invitation.resolved_key(done))
    await desk.close_later(turn, done)
    return True


async def _tell_known(turn: Turn, part: Ticket, problem: Problem) -> bool:
    """Gone through once: nothing of the incident itself changes."""
    await _offer_known(turn, part, problem)
    await desk.update_card(turn, part)
    return False


ACTS: dict[str, Act] = {
    "problem": Act(_problem, _problem_form),
    "noproblem": Act(_no_problem),
    "workaround": Act(_workaround, _workaround_form),
    "known": Act(_known, _known_form),
    "change": Act(_change, _change_form),
}
