"""What judged questions mean: their words are read from their tickets, once in a process, and kept as vectors as long as the outcome counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from bot.domain.outcomes import Outcome
from bot.ports import Reader
from kb.precedents import MOST, Floats

ASKING = frozenset({"question", "detail"})  # kinds of messages that the knowledge base is asked with


class Judged:
    """The vectors of judged questions, read as they come. What was erased meanwhile is not read any more."""

    def __init__(self, reader: Reader, meant: Callable[[str], Floats | None]) -> None:
        """meant: as Knowledge.meant."""
        self._reader, self._meant = reader, meant
        self._scale = ""
        self._known: dict[int, Floats] = {}

    async def vectors(self, outcomes: Sequence[Outcome], scale: str) -> Mapping[int, Floats]:
        """By the outcome's id, of the newest MOST that say something about scores on this scale. outcomes: oldest first. Raises StoreError."""
        wanted = [o for o in outcomes if o.is_evidence and not o.known and o.scale == scale][-MOST:]
        before = self._known if scale == self._scale else {}
        words = {o.id: text for o in wanted if o.id not in before and (text := await self._words(o))}
        read = await asyncio.to_thread(self._read, words)
        ids = {o.id for o in wanted}
        self._scale, self._known = scale, {id_: vector for id_, vector in (before | read).items() if id_ in ids}
        return self._known

    async def _words(self, outcome: Outcome) -> str:
        """What was asked; "" when it is not there any more."""
        talk = await self._reader.talk(outcome.ticket, internal=False)
        asked = [said.text for said in talk if said.direction == "in" and said.kind in ASKING and said.at <= outcome.asked_at and not said.deleted]
        return asked[-1] if asked else ""

    def _read(self, words: Mapping[int, str]) -> dict[int, Floats]:
        found = {id_: self._meant(text) for id_, text in words.items()}
        return {id_: vector for id_, vector in found.items() if vector is not None}
