"""What a ticket is, after ITIL: a question, an incident, a request, a problem or a change; and the problem that incidents come from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from bot.domain.desks import Desk
from bot.domain.events import KindChanged, ProblemLinked, ProblemUnlinked
from bot.domain.ids import ConversationId, PersonId
from bot.domain.tickets import INSIDE, Ticket
from bot.errors import MoveRefused

Practice = Literal["question", "incident", "request", "problem", "change"]
PRACTICES: tuple[Practice, ...] = get_args(Practice)
"""Every desk knows these. The kinds of its own forms are kinds beside them: one ticket has one kind, whichever it is."""
OURS: frozenset[str] = frozenset({"problem", "change"})
"""What a team works on for itself: many incidents, or none, stand behind it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is known of one, beside its ticket. workaround: what helps until it is solved, as requesters read it; "" when nothing is known to.

    written: how often the workaround was written. by: who did it last. ended_by: who resolved the problem.
    """

    workaround: str = ""
    written: int = 0
    by: str = ""
    ended_by: str = ""


def kinds_of(desk: Desk) -> tuple[str, ...]:
    """Every kind that a ticket may be given: the five, then those of the desk's forms."""
    return tuple(dict.fromkeys((*PRACTICES, *(form.kind for form in desk.forms))))


def inside(number: str) -> ConversationId:
    """Where a ticket is at home that an agent made for the teams: nothing is said there, because nobody waits."""
    return ConversationId(f"{INSIDE}:{number}")


def reclassify(ticket: Ticket, kind: str, known: Collection[str], by: PersonId, now: datetime) -> tuple[Ticket, KindChanged]:
    """Somebody says what it is. known: the kinds that it may be given."""
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)
    if kind not in known:
        raise MoveRefused("no_kind", kinds=", ".join(known))
    if kind == ticket.kind:
        raise MoveRefused("same_kind", number=ticket.id)
    return replace(ticket, kind=kind), KindChanged(ticket=ticket.id, by=by, at=now, kind=kind, was=ticket.kind)


def is_caused(ticket: Ticket) -> bool:
    """Does it come from a problem that is known?"""
    return ticket.parent_as == "problem" and ticket.parent != ""


def cause(ticket: Ticket, problem: Ticket, by: PersonId, now: datetime) -> tuple[Ticket, ProblemLinked]:
    """It comes from that problem, and is resolved with it."""
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)
    if problem.kind != "problem":
        raise MoveRefused("no_problem", number=problem.id)
    if not problem.is_open:
        raise MoveRefused("over" if problem.status == "closed" else problem.status, number=problem.id)
    if ticket.kind in OURS or ticket.id == problem.id:
        raise MoveRefused("not_caused", number=ticket.id)
    if ticket.parent == problem.id:
        raise MoveRefused("same_already", other=problem.id)
    if ticket.parent and not is_caused(ticket):
        raise MoveRefused("part_of_another", number=ticket.id)
    return replace(ticket, parent=problem.id, parent_as="problem"), ProblemLinked(ticket=ticket.id, by=by, at=now, problem=problem.id)


def uncause(ticket: Ticket, by: PersonId, now: datetime) -> tuple[Ticket, ProblemUnlinked]:
    """It does not come from that problem after all."""
    if not is_caused(ticket):
        raise MoveRefused("not_caused", number=ticket.id)
    return replace(ticket, parent="", parent_as=""), ProblemUnlinked(ticket=ticket.id, by=by, at=now, problem=ticket.parent)


def alone_again(ticket: Ticket) -> Ticket:
    """Reopened by itself it is not solved with its problem again; it stays linked to it."""
    if not is_caused(ticket):
        return ticket
    related = ticket.related if ticket.parent in ticket.related else (*ticket.related, ticket.parent)
    return replace(ticket, parent="", parent_as="", related=related)
