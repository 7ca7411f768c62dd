"""Who has a draft open: two who write at once are told before either saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.web.page import Page
from bot.domain.ids import PersonId
from bot.engine.kept import Kept
from bot.ports.curating import Draft

WITHIN = timedelta(minutes=30)  # who has not looked for so long is taken to have left
AGAIN = timedelta(minutes=2)  # between two notes of the same person


@dataclass(frozen=True, slots=True)
class Openings:
    """at: when each person looked last."""

    at: Mapping[PersonId, datetime]


_OPENINGS: Kept[Openings] = Kept("editing", Openings)


async def others(page: Page, draft: Draft) -> list[tuple[PersonId, datetime]]:
    """Who else has it open, and since when they looked last; that this person has it open is noted. Raises StoreError."""
    me, now, notes = page.agent.person, page.site.clock.now(), page.site.notebook
    kept = await _OPENINGS.get(notes, str(draft.id))
    present = {person: at for person, at in (kept.at if kept else {}).items() if now - at < WITHIN}
    if me not in present or now - present[me] >= AGAIN:
        await _OPENINGS.put(notes, str(draft.id), Openings({**present, me: now}))
    return sorted(((person, at) for person, at in present.items() if person != me), key=lambda one: one[1])


async def left(page: Page, draft: Draft) -> None:
    """It is over: nobody writes it any more."""
    await _OPENINGS.drop(page.site.notebook, str(draft.id))
