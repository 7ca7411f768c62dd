"""The requester's side of an incident: it is shown to whoever seems to ask about it, and their words reach the team that works on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.events import IncidentShown
from bot.domain.ids import PersonId
from bot.domain.incidents import Incident, Shown, is_part
from bot.domain.messages import Attachment, Choice, Facts, Outbound, Part, Say, Small, Title, Words
from bot.domain.tickets import Ticket
from bot.engine import replies
from bot.engine.incidents.incident_notes import INCIDENTS, SHOWN, STATE, active
from bot.engine.tongue import Tongue, tongue
from bot.engine.turn import Turn


async def offer(turn: Turn, ticket: Ticket, question: str) -> bool:
    """Show the incident that this question seems to be about, if there is one they have not refused; was there? Raises Unread."""
    known = await active(turn.tx)
    if not known:
        return False
    before = await SHOWN.get(turn.tx, ticket.id) or Shown("")
    found = like(turn, question, {number: one for number, one in known.items() if number not in before.refused})
    if not found:
        return False
    await SHOWN.put(turn.tx, ticket.id, replace(before, parent=found))
    await turn.record(IncidentShown(ticket=ticket.id, by=turn.person.id, at=turn.now, parent=found))
    t = tongue(ticket.language)
    parts = [*told(turn, t, known[found]), Small(t.say("{number} · I am a bot. Is it the same for you?", number=ticket.id))]
    await turn.say(ticket.conversation, parts, _choices(t, ticket, found), ticket=ticket, fresh=True, key=_key(ticket, found))
    if turn.desk.idle:
        await turn.set_timer("incident_silent", ticket, turn.now + turn.desk.idle, turn.now)
    return True


def like(turn: Turn, question: str, known: dict[str, Incident]) -> str:
    """The number of the first incident of which one example asks for the same, or "". Raises Unread."""
    examples = [(number, way) for number, one in known.items() for way in one.examples]
    alike = turn.knowledge.alike(question, [way for _, way in examples]) if examples else []
    return next((number for (number, _), is_like in zip(examples, alike, strict=True) if is_like), "")


def told(turn: Turn, t: Tongue, incident: Incident) -> list[Part]:
    """An incident for whoever is not of the team."""
    rows = [(t.say("Status"), t.say(STATE[incident.state])), (t.say("Since"), t.when(incident.at, turn.desk.timezone))]
    parts: list[Part] = [Title(t.say("Several people report this"), "warning"), Words(incident.title), Facts(tuple(rows))]
    return [*parts, Words(incident.told)] if incident.told else parts


def _choices(t: Tongue, ticket: Ticket, parent: str) -> list[Choice]:
    return [
        Choice(t.say("Me too"), f"metoo:{ticket.id}:{parent}", "primary"),
        Choice(t.say("Mine is different"), f"different:{ticket.id}:{parent}"),
        Choice(t.say("Talk to a person"), f"human:{ticket.id}"),
    ]


def _key(ticket: Ticket, parent: str) -> str:
    return f"incident:{ticket.id}:{parent}"


async def take_buttons_away(turn: Turn, ticket: Ticket) -> None:
    """It was decided: what was shown stays to be read."""
    shown = await SHOWN.get(turn.tx, ticket.id)
    key = _key(ticket, shown.parent) if shown and shown.parent else ""
    body = await turn.tx.newest_body(key) if key else None
    if isinstance(body, Outbound) and body.choices:
        await turn.change(key, ticket.conversation, replace(body, choices=()), ticket.id)


# ------------------------------------------------------------------------------------------------------- a part's words
def is_quiet_part(ticket: Ticket | None) -> bool:
    """Does it wait with an incident, and no person has it for itself?"""
    return ticket is not None and ticket.is_open and is_part(ticket) and not ticket.is_with_humans


async def part_wrote(turn: Turn, ticket: Ticket, words: str, attachments: Sequence[Attachment] = (), *, source: str = "") -> None:
    """Words of somebody who waits with an incident: to the team that works on it, in the incident's thread."""
    await turn.write_down(ticket, "in", "detail", words, source=source, attachments=attachments)
    parent = await turn.tx.ticket(ticket.parent)
    if parent is None:
        return
    label = f"{await turn.name_of(turn.person.id)} · {ticket.id}"
    if words:
        await turn.write_down(parent, "in", "note", f"{ticket.id}: {words}", attachments=attachments, delivery="kept")  # a note: others share the parent
    parts: list[Part] = [Words(words, label)] if words else [Small(label)]
    await turn.tell_team(parent, turn.desk.tier(parent.tier), parts, attachments=attachments)
    t = tongue(ticket.language)
    here = [Choice(t.say("Mine is different"), f"different:{ticket.id}:{ticket.parent}")]
    said = t.say("The team that works on it can see that. You are told here as soon as something changes.")
    await turn.say(ticket.conversation, [Say(said)], here, ticket=ticket)


async def joined_words(turn: Turn, ticket: Ticket, parent: str) -> None:
    """What the requester reads once their request is part of it."""
    t = tongue(ticket.language)
    own = await INCIDENTS.get(turn.tx, parent)
    parts: list[Part] = [Say(t.say("{number} now belongs to what several people report.", number=ticket.id))]
    parts += [Words(own.title)] if own else []
    parts.append(Say(t.say("You are told here as soon as something changes.")))
    await turn.say(ticket.conversation, parts, ticket=ticket)


async def solved_words(turn: Turn, ticket: Ticket, incident: Incident, agent: str) -> None:
    """What everybody who shared it reads when it is solved, each in their own language."""
    t = tongue(ticket.language)
    parts, choices = replies.resolved(t, ticket, agent, turn.desk.reopen_within)
    more: list[Part] = [Words(incident.title)]
    if incident.told:
        more.append(Words(incident.told, await turn.name_of(PersonId(incident.told_by))))
    await turn.say(ticket.conversation, [parts[0], *more, *parts[1:]], choices, ticket=ticket)
