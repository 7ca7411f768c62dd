"""What a card offers besides a ticket's course, and what it says of tags, urgency, watchers and bonds."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.messages import Choice
from bot.domain.practices import OURS
from bot.domain.tickets import Ticket
from bot.engine.tongue import N_, Tongue
from bot.engine.turn import Turn
from bot.ports import TicketQuery

SHOWN = 100  # other tickets
BEGINNING = 60  # characters of another ticket's question
PRIORITIES = {"low": N_("Low"), "normal": N_("Normal"), "high": N_("High"), "urgent": N_("Urgent")}


def choices(t: Tongue, ticket: Ticket) -> Sequence[Choice]:
    """The rarer things, behind "More…"."""
    n = ticket.id
    if ticket.status == "closed":
        return ()
    offered = [(t.say("Tags"), "tag"), (t.say("Watch"), "watch"), (t.say("Add a watcher"), "watcher"), (t.say("Link to a ticket"), "relate")]
    if ticket.related:
        offered.append((t.say("Remove a link"), "unrelate"))
    if ticket.is_open:
        offered = [(t.say("Assign"), "assign"), (t.say("Priority"), "priority"), (t.say("Kind"), "kind"), *offered]
        offered += [(t.say("Merge"), "merge"), (t.say("Split"), "divide"), (t.say("Log a call"), "called")]
        offered.append((t.say("Not a duplicate"), "unmark") if ticket.parent_as == "duplicate" else (t.say("Duplicate of"), "duplicate"))
    return tuple(Choice(label, f"{verb}:{n}", more=True) for label, verb in offered)


async def rows(turn: Turn, t: Tongue, ticket: Ticket) -> tuple[tuple[str, str], ...]:
    """Label and value of each thing that is known; an ordinary ticket has none and costs no question."""
    found: list[tuple[str, str]] = []
    if ticket.priority != "normal" or ticket.impact:
        found.append((t.say("Priority"), t.say(PRIORITIES.get(ticket.priority, ticket.priority))))
    if ticket.tags:
        found.append((t.say("Tags"), ", ".join(ticket.tags)))
    if ticket.watchers:
        found.append((t.say("Watched by"), ", ".join([await turn.name_of(watcher) for watcher in ticket.watchers])))
    if ticket.parent and ticket.parent_as in ("merged", "duplicate"):
        found.append((t.say("Goes on as") if ticket.parent_as == "merged" else t.say("Duplicate of"), ticket.parent))
    return (*found, *await _bonds(turn, t, ticket))


async def _bonds(turn: Turn, t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """The tickets that it shows, by what they are to it."""
    labels = {"merged": t.say("Merged"), "duplicate": t.say("Duplicates"), "problem": t.say("Problems"), "change": t.say("Changes"), "": t.say("Linked")}
    lines: dict[str, list[str]] = {}
    if not ticket.related:
        return []
    others: dict[str, Ticket] = {other.id: other for other in await turn.tx.tickets(TicketQuery(numbers=ticket.related, limit=SHOWN))}
    for other in (others[number] for number in ticket.related if number in others and number != ticket.parent):
        kind: str = other.parent_as if other.parent == ticket.id and other.parent_as in ("merged", "duplicate") else ""
        kind = kind or (other.kind if other.kind in OURS else "")
        whose = f" ({await turn.name_of(other.requester)})" if kind == "merged" and other.requester != ticket.requester else ""
        lines.setdefault(kind, []).append(f"{other.id}{whose} {_begin(other.question)}")
    return [(labels[kind], "\n".join(lines[kind])) for kind in labels if kind in lines]


def _begin(question: str) -> str:
    words = " ".join(question.split())
    return f"{words[:BEGINNING]}{'…' if len(words) > BEGINNING else ''}"
