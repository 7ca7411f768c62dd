"""What became of tickets among each other, and of what is kept with them, as sentences of a ticket's history."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.desks import Desk
from bot.engine.practices.problem_notes import kind_name
from bot.engine.tongue import N_, Tongue
from bot.ports import Recorded

Sentence = Callable[[Recorded, str, Desk, Tongue], str]
PRIORITIES = {"low": N_("Low"), "normal": N_("Normal"), "high": N_("High"), "urgent": N_("Urgent")}


def _of(sentence: str, detail: str) -> Sentence:
    """The other ticket is what that detail says."""
    return lambda event, who, desk, t: t.say(sentence, who=who, ticket=str(event.details.get(detail) or ""))


def _simple(sentence: str) -> Sentence:
    return lambda event, who, desk, t: t.say(sentence, who=who)


def _tagged(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    added, removed = (event.details.get(name) for name in ("added", "removed"))
    tags = [f"+{tag}" for tag in added] if isinstance(added, list | tuple) else []
    tags += [f"-{tag}" for tag in removed] if isinstance(removed, list | tuple) else []
    return t.say("{who} changed its tags: {tags}", who=who, tags=" ".join(tags))


def _rated(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    level = str(event.details.get("priority", ""))
    return t.say("{who} set the priority to {priority}", who=who, priority=t.say(PRIORITIES.get(level, level)))


def _is_kind(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    return t.say("{who} said what it is: {kind}", who=who, kind=kind_name(desk, t, str(event.details.get("kind", ""))))


def _workaround(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    is_known = bool(event.details.get("is_known"))
    return t.say("{who} wrote down what helps meanwhile", who=who) if is_known else t.say("{who} took away what was to help meanwhile", who=who)


def _mirrored(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    tool = desk.mirror.name if desk.mirror else t.say("Another tool")
    return t.say("{tool} has it as {number}", tool=tool, number=str(event.details.get("external", "")))


BONDS: dict[str, Sentence] = {
    "TicketMerged": _of(N_("{who} merged it into {ticket}"), "into"),
    "TicketTakenIn": _of(N_("{who} merged {ticket} into it"), "merged"),
    "TicketMovedOut": _of(N_("{who} moved it to another department, where it is {ticket}"), "into"),
    "TicketMovedIn": _of(N_("It came from another department, where it was {ticket}"), "was"),
    "TicketSplit": _of(N_("{who} split {ticket} off from it"), "into"),
    "TicketsLinked": _of(N_("{who} linked it to {ticket}"), "other"),
    "TicketsUnlinked": _of(N_("{who} removed the link to {ticket}"), "other"),
    "MarkedDuplicate": _of(N_("{who} marked it as a duplicate of {ticket}"), "of"),
    "DuplicateUnmarked": _of(N_("{who} says that it is no duplicate of {ticket}"), "of"),
    "TicketTagged": _tagged,
    "PriorityChanged": _rated,
    "KindChanged": _is_kind,
    "ProblemLinked": _of(N_("{who} found that it comes from the problem {ticket}"), "problem"),
    "ProblemUnlinked": _of(N_("{who} says that it does not come from {ticket}"), "problem"),
    "WorkaroundWritten": _workaround,
    "TicketMirrored": _mirrored,
    "WatchBegun": _simple(N_("{who} lets somebody watch it")),
    "WatchEnded": _simple(N_("{who} ended a watch")),
    "TicketTransferred": _simple(N_("{who} gave it to another agent")),
}
"""By the event's name."""
