"""How urgent a ticket is, said by an agent: impact and urgency, or the priority itself."""

from __future__ import annotations

from bot.domain import priorities
from bot.domain.messages import Form, FormField, Say
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Asking, Given
from bot.engine.tickets import desk
from bot.engine.tickets.moving import move
from bot.engine.tongue import N_, Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused

NAMES = {"low": N_("Low"), "normal": N_("Normal"), "high": N_("High"), "urgent": N_("Urgent")}
IMPACTS = {"low": N_("One person, who can work on"), "normal": N_("One person who cannot work, or several"), "high": N_("A whole team or more")}
URGENCIES = {"low": N_("It can wait"), "normal": N_("As usual"), "high": N_("It hurts more every hour")}


def name_of(t: Tongue, priority: str) -> str:
    """As people read it."""
    return t.say(NAMES[priority]) if priority in NAMES else priority


async def _run(turn: Turn, ticket: Ticket, given: Given) -> None:
    """A form gives impact and urgency; typed is the priority, or both of them."""
    words = (given.words or given.extra).casefold().split()
    if "impact" in given.values:
        changed, fact = priorities.rate(ticket, given.values["impact"], given.values.get("urgency", ""), turn.person.id, turn.now)
    elif len(words) == 2:
        changed, fact = priorities.rate(ticket, words[0], words[1], turn.person.id, turn.now)
    elif len(words) == 1:
        changed, fact = priorities.put(ticket, words[0], turn.person.id, turn.now)
    else:
        raise MoveRefused("no_priority")
    changed = await move(turn, changed, fact)
    await desk.update_card(turn, changed)
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.say("{number} now has the priority {priority}.", number=changed.id, priority=name_of(t, changed.priority))))


async def _form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    if asking.extra:
        return None
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)
    fields = (
        FormField("impact", t.say("Impact"), "choice", initial=ticket.impact or "normal", options=_options(t, IMPACTS)),
        FormField("urgency", t.say("Urgency"), "choice", initial=ticket.urgency or "normal", options=_options(t, URGENCIES)),
    )
    about = (Say(t.say("Both together make the priority.")),)
    return Form(f"priority:{ticket.id}", f"{t.say('Priority')} · {ticket.id}", t.say("Save"), t.say("Cancel"), fields, about)


def _options(t: Tongue, named: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((level, t.say(sentence)) for level, sentence in named.items())


ACTS: dict[str, Act] = {"priority": Act(_run, _form)}
