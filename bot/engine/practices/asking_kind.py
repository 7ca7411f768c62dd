"""Is something broken, or do you need something? Asked on the receipt, in plain words, where the desk wants to know."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.desks import Desk
from bot.domain.messages import Choice, Part, Say
from bot.domain.tickets import Ticket
from bot.engine.tongue import Tongue

VERB = "isa"
ANSWERS = ("incident", "request")


def choices(desk: Desk, t: Tongue, ticket: Ticket) -> list[Choice]:
    """Two buttons for the receipt; none where the desk does not ask, or a form has said what it is."""
    if not desk.ask_kind or ticket.kind != "question":
        return []
    return [Choice(t.say("Something is broken"), f"{VERB}:{ticket.id}:incident"), Choice(t.say("I need something"), f"{VERB}:{ticket.id}:request")]


def question(t: Tongue, offered: Sequence[Choice]) -> list[Part]:
    """What they answer, while they are there."""
    return [Say(t.say("Is something broken, or do you need something?"))] if any(_is_one(choice) for choice in offered) else []


def without(offered: Sequence[Choice]) -> tuple[Choice, ...]:
    """The other buttons: it is known by now."""
    return tuple(choice for choice in offered if not _is_one(choice))


def _is_one(choice: Choice) -> bool:
    return choice.action.startswith(f"{VERB}:")
