"""Every act leaves an event: who did it, on which channel, when. Most acts tell more in an event of their own; this is for the others, and for refusals."""

from __future__ import annotations

from bot.domain.events import ActDone
from bot.domain.ids import PersonId, TicketId
from bot.domain.messages import Commanded, Happening, Pressed, Submitted
from bot.domain.roles import MAY, READING
from bot.engine.acts import ACTS
from bot.engine.turn import Turn
from bot.errors import MoveRefused

DENIALS = frozenset({"not_agent", "not_lead", "not_requester", "not_watching", "not_admin", "elsewhere"})
"""Refusals for want of a right: written down also where they are about no ticket. The others say only how the ticket stands."""


def act_in(what: Happening) -> str:
    """The act that somebody wanted, by its name in the table of roles; for words and the like what they are: "said"."""
    match what:
        case Pressed(action=action) if action.startswith("menu:"):
            return f"/{action.removeprefix('menu:')}"
        case Pressed(action=action) | Submitted(action=action):
            return action.partition(":")[0][:48]
        case Commanded(name=name):
            return name if name in ACTS and f"/{name}" not in MAY else f"/{name}"
        case _:
            return what.kind


async def leave_trace(turn: Turn) -> None:
    """After an act that was done: what recorded nothing of its own, and did not only show or ask something, is recorded by its name.

    What a program did for somebody is, besides, recorded as done by the program.
    """
    act = act_in(turn.event.what)
    if act in MAY and act not in READING and not turn.recorded and not turn.is_asking:
        await turn.record(ActDone(ticket=TicketId(turn.about), by=turn.person.id, at=turn.now, act=act, about=_about(turn)))
    what = turn.event.what
    if isinstance(what, Submitted) and what.via:
        await turn.record(ActDone(ticket=TicketId(turn.about), by=PersonId(what.via), at=turn.now, act=act))


def _about(turn: Turn) -> str:
    """What a button or form named besides its act; of a ticket nothing, its number is told."""
    what = turn.event.what
    return what.action.partition(":")[2][:60] if isinstance(what, Pressed | Submitted) and not turn.about else ""


async def write_down(turn: Turn, refused: MoveRefused, number: str) -> None:
    """After an act that was refused. number: the ticket it was about, as far as somebody named one."""
    ticket = await turn.tx.ticket(number) if number else None
    if ticket is not None or refused.reason in DENIALS:
        await turn.deny(ticket.id if ticket else "", act_in(turn.event.what), refused.reason)
