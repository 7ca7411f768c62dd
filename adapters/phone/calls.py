"""How a call stands between two requests of the provider: kept as a note, because the next one may come to another process."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from adapters.phone.notes import CALLS
from adapters.phone.numbers import person_of
from bot.domain.ids import PersonId
from bot.domain.messages import CallEnd
from bot.ports import Notebook

Awaited = Literal["words", "number"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call. number: the caller's, "" when it is hidden. turn: of what was answered last; answer: with what, for a request that comes twice.

    said: (language, text) of what was said last, to be said again. choices: how many things can be chosen by a key, as the core counts them.
    keys: what others stand for now. misses: how often in a row nothing was understood. has_spoken: something was.
    ticket: the number of the one it is about, "" for none. with_people: people have that ticket. awaits: what the caller is asked for.
    is_doubtful: the network says that the number is not the caller's.
    """

    sid: str
    number: str
    language: str
    began: str
    turn: int = 0
    answer: str = ""
    said: tuple[tuple[str, str], ...] = ()
    choices: int = 0
    keys: dict[str, str] = field(default_factory=dict)
    misses: int = 0
    has_spoken: bool = False
    ticket: str = ""
    with_people: bool = False
    awaits: Awaited = "words"
    outcome: CallEnd = "abandoned"
    is_doubtful: bool = False
    called: str = ""

    @property
    def person(self) -> PersonId:
        """Who calls; their private conversation and its place bear the same id."""
        return person_of(self.number, self.sid)


_CALL = TypeAdapter(Call)


class Calls:
    """Those that are under way."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    async def get(self, sid: str) -> Call | None:
        """As it was left; None when it is over, or was never begun. Raises StoreError."""
        key = f"{CALLS}{sid}"
        kept = (await self._notebook.noted(key)).get(key)
        try:
            return _CALL.validate_json(kept) if kept else None
        except ValidationError:  # of another version
            return None

    async def keep(self, call: Call) -> None:
        """Raises StoreError."""
        await self._notebook.note(f"{CALLS}{call.sid}", _CALL.dump_json(call).decode())

    async def end(self, sid: str) -> None:
        """Raises StoreError."""
        await self._notebook.note(f"{CALLS}{sid}", "")


def turned(call: Call, answer: str) -> Call:
    """After one more turn."""
    return replace(call, turn=call.turn + 1, answer=answer)
