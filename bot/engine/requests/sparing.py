"""Small talk in moderation: whoever writes a hundred greetings hears one back a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.engine.turn import Turn
from bot.ports import Link

APART = timedelta(minutes=1)  # of one kind, to one person


async def may_say(turn: Turn, what: str) -> bool:
    """Was nothing of that kind said to this person within APART? Then it counts as said now."""
    mark = f"spared:{what}:{turn.person.id}"
    last = await turn.tx.linked(mark)
    if last is not None and last.role and turn.now - datetime.fromisoformat(last.role) < APART:
        return False
    await turn.tx.link(mark, Link("", turn.now.isoformat()))
    return True
