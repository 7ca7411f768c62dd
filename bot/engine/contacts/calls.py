"""A telephone call that is over, as the telephone tells it."""

from __future__ import annotations

from typing import Literal

from bot.domain.contacts import Contact
from bot.domain.ids import PersonId
from bot.domain.messages import Called
from bot.domain.people import BOT
from bot.engine.turn import Turn

BY_BOT = frozenset({"answered", "handed_over", "voicemail"})  # what it does itself where no agent is named


async def called(turn: Turn, what: Called) -> None:
    """A row in the contact log, with the ticket that is open there, if one is. Nothing is said to anybody."""
    ticket = await turn.tx.latest_ticket(turn.event.conversation)
    by: PersonId | Literal[""] = what.by or (BOT.id if what.outcome in BY_BOT else "")
    await turn.tx.add_contact(
        Contact(
            at=turn.event.at,
            person=turn.person.id,
            channel=turn.event.channel,
            direction=what.direction,
            outcome=what.outcome,
            by=by,
            ticket=ticket.id if ticket is not None and ticket.is_open else "",
            reason=what.about,
            duration_s=max(0, what.seconds),
        )
    )
