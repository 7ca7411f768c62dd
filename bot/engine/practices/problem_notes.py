"""What the desk keeps of problems beside their tickets, and what cards and pages say of problems, incidents and changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.desks import Desk
from bot.domain.events import Event, TicketClosed, TicketReopened, TicketResolved
from bot.domain.messages import Choice, Title
from bot.domain.practices import OURS, PRACTICES, Problem, alone_again, is_caused
from bot.domain.tickets import Ticket
from bot.engine.act import Lists
from bot.engine.kept import Kept, Noted
from bot.engine.tongue import N_, Tongue
from bot.engine.turn import Turn
from bot.ports import TicketQuery

PROBLEMS = Kept("problem", Problem)
OVER, KNOWN = "problem_over", "problem_known"  # timers: it was solved; what helps meanwhile was written down
COUNTED, NAMED = 100, 5  # incidents of a problem that are counted, and that are named
BEGINNING = 60  # characters of another ticket's question
NAMES = {
    "question": N_("Question"), "incident": N_("Incident"), "request": N_("Request"), "problem": N_("Problem"), "change": N_("Planned change"),
}  # fmt: skip
LINKED = {"problem": N_("Problems"), "change": N_("Changes"), "": N_("Linked")}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is known: its label, the tickets it names with the beginning of what they are about, and words besides."""

    label: str
    tickets: tuple[tuple[str, str], ...] = ()
    words: str = ""

    @property
    def text(self) -> str:
        """Without links: a ticket a line."""
        return "\n".join((*((self.words,) if self.words else ()), *(f"{number} {begins}".strip() for number, begins in self.tickets)))


def kind_name(desk: Desk, t: Tongue, kind: str) -> str:
    """As agents read it: of the five in their language, of a form what requesters read on it."""
    if kind in NAMES:
        return t.say(NAMES[kind])
    form = next((form for form in desk.forms if form.kind == kind), None)
    words = dict(form.label) if form else {}
    return words.get(t.language) or next(iter(words.values()), kind)


def kind_rows(desk: Desk, t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """For the card: what is no plain question. What a form asks for stands there by the form's name already."""
    if desk.fields and any(form.kind == ticket.kind for form in desk.forms):
        return []
    return [(t.say("Kind"), kind_name(desk, t, ticket.kind))] if ticket.kind in PRACTICES and ticket.kind != "question" else []


async def lines(lists: Lists, t: Tongue, ticket: Ticket) -> list[Line]:
    """Of the problem that it comes from, or of the incidents that come from it."""
    if is_caused(ticket):
        problem = await lists.ticket(ticket.parent)
        known = await PROBLEMS.get(lists, ticket.parent)
        found = [Line(t.say("Problem"), ((ticket.parent, begin(problem.question) if problem else ""),))]
        return [*found, Line(t.say("Workaround"), words=known.workaround)] if known and known.workaround and ticket.is_open else found
    if ticket.kind != "problem":
        return []
    known = await PROBLEMS.get(lists, ticket.id)
    return [*await _incidents(lists, t, ticket), *([Line(t.say("Workaround"), words=known.workaround)] if known and known.workaround else [])]


async def _incidents(lists: Lists, t: Tongue, ticket: Ticket) -> list[Line]:
    """How many there are, how many of them are open, and the newest by name."""
    every = [one for one in await lists.tickets(TicketQuery(parent=ticket.id, limit=COUNTED)) if is_caused(one)]
    if not every:
        return [Line(t.say("Incidents"), words=t.say("none yet"))]
    still = [one for one in every if one.is_open]
    counted = str(len(every)) if len(every) < COUNTED else t.say("{count} or more", count=COUNTED)
    words = t.say("{count}, of which {open} open", count=counted, open=len(still))
    return [Line(t.say("Incidents"), tuple((one.id, begin(one.question)) for one in (still or every)[:NAMED]), words)]


async def rows(lists: Lists, t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """The same as label and value."""
    return [(line.label, line.text) for line in await lines(lists, t, ticket)]


async def linked(lists: Lists, t: Tongue, ticket: Ticket) -> list[Line]:
    """The tickets that it shows, by what they are: problems, changes, all others."""
    numbers = tuple(number for number in ticket.related if number != ticket.parent)
    if not numbers:
        return []
    others: dict[str, Ticket] = {other.id: other for other in await lists.tickets(TicketQuery(numbers=numbers, limit=COUNTED))}
    found: dict[str, list[tuple[str, str]]] = {}
    for other in (others[number] for number in numbers if number in others):
        found.setdefault(other.kind if other.kind in OURS else "", []).append((other.id, begin(other.question)))
    return [Line(t.say(LINKED[kind]), tuple(found[kind])) for kind in LINKED if kind in found]


def begin(question: str) -> str:
    """The beginning of what it is about, on one line."""
    words = " ".join(question.split())
    return f"{words[:BEGINNING]}{'…' if len(words) > BEGINNING else ''}"


async def choices(notes: Noted, t: Tongue, ticket: Ticket) -> Sequence[Choice]:
    """What can be done with it as a problem, or as something that comes from one."""
    n = ticket.id
    if not ticket.is_open or not ticket.is_with_humans:
        return ()
    if ticket.kind == "problem":
        return (Choice(t.say("Workaround"), f"workaround:{n}"), Choice(t.say("Plan a change"), f"change:{n}", more=True))
    if ticket.kind == "change":
        return ()
    planning = [Choice(t.say("Plan a change"), f"change:{n}", more=True)] if ticket.kind == "incident" else []
    if not is_caused(ticket):
        return (*([] if ticket.parent else [Choice(t.say("The problem behind it"), f"problem:{n}", more=True)]), *planning)
    known = await PROBLEMS.get(notes, ticket.parent)
    helping = [Choice(t.say("Send the workaround"), f"known:{n}", more=ticket.human_at is not None)] if known and known.workaround else []
    return (*helping, Choice(t.say("Not this problem"), f"noproblem:{n}", more=True), *planning)


def alone(_: object, ticket: Ticket, fact: Event) -> Ticket:
    """Whoever reopens theirs says that it was not solved with the problem."""
    return alone_again(ticket) if isinstance(fact, TicketReopened) else ticket


async def follow(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """A problem is solved: so are its incidents, a few at a time. A change is done: the teams of what it is for are told."""
    is_over = isinstance(fact, TicketResolved) or (isinstance(fact, TicketClosed) and ticket.resolved_at is None)
    if not is_over:
        return
    if ticket.kind == "problem" and isinstance(fact, TicketResolved):
        known = await PROBLEMS.get(turn.tx, ticket.id) or Problem()
        await PROBLEMS.put(turn.tx, ticket.id, replace(known, ended_by=fact.by))
        await turn.set_timer(f"{OVER}:0:0:", ticket, turn.now, turn.now)
    elif ticket.kind == "problem" and ticket.parent_as == "merged":
        await _take_along(turn, ticket)
    elif ticket.kind == "change":
        await _tell_teams(turn, ticket, is_done=isinstance(fact, TicketResolved))


async def _take_along(turn: Turn, ticket: Ticket) -> None:
    """It goes on as another problem, and so do its incidents: what helped them is not forgotten."""
    known, other = await PROBLEMS.get(turn.tx, ticket.id), await PROBLEMS.get(turn.tx, ticket.parent) or Problem()
    if known is not None and known.workaround and not other.workaround:
        await PROBLEMS.put(turn.tx, ticket.parent, replace(other, workaround=known.workaround, written=other.written + 1, by=known.by))


async def _tell_teams(turn: Turn, ticket: Ticket, *, is_done: bool) -> None:
    """In the thread of each open ticket that the change is linked to."""
    if not ticket.related:
        return
    t, about = turn.team_tongue, begin(ticket.question)
    done = t.say("The change {number} is done: {about}", number=ticket.id, about=about)
    line = done if is_done else t.say("The change {number} was closed without being done: {about}", number=ticket.id, about=about)
    for other in await turn.tx.tickets(TicketQuery(numbers=ticket.related, statuses=("open", "pending"), limit=COUNTED)):
        await turn.tell_team(other, turn.desk.tier(other.tier), [Title(line, "resolved" if is_done else "warning")])
