"""Entries that were published and may answer what was asked before: noted with the publication, searched for afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.engine.kept import Kept
from bot.engine.turn import Turn
from kb.entries import Entry


@dataclass(frozen=True, slots=True)
class Published:
    """When an entry was."""

    at: datetime


FRESH: Kept[Published] = Kept("fresh-entry", Published)
"""By the entry's id, until whoever asked for it was looked for."""


LANE = "fresh-entries"  # whoever notes one, or has searched for it, has this lane


async def note(turn: Turn, entry: Entry) -> None:
    """Those who asked are to be told, if the desk wants that and the entry is for them."""
    if turn.desk.tell_when_answered and entry.answers(turn.knowledge.today):
        await turn.tx.take(LANE)
        await FRESH.put(turn.tx, entry.id, Published(turn.now))
