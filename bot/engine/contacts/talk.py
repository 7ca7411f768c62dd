"""Talk that opens nothing: a greeting, thanks. No ticket holds it, so the contact log has a line of its own for it."""

from __future__ import annotations

from bot.domain.contacts import Contact
from bot.domain.people import BOT
from bot.engine.turn import Turn


async def small_talk(turn: Turn) -> None:
    """They wrote, and the bot was there."""
    about = Contact(turn.now, turn.person.id, turn.event.channel, "in", "message", "small_talk", BOT.id)
    await turn.tx.add_contact(about)
