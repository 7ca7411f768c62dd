"""What is asked of departments outside of any transaction, and kept for a moment: a database that is away holds up nothing but its own answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

Question = Literal["knows", "works", "busy"]
KEPT = timedelta(seconds=20)
BRIEFLY = timedelta(seconds=4)  # where somebody did not answer
MOST = 5_000  # answers


@dataclass(frozen=True, slots=True)
class Answers:
    """yes: the keys of the departments that say so. silent: of those that do not answer now, whose answer may be yes, too."""

    yes: frozenset[str]
    silent: frozenset[str] = frozenset()

    @property
    def only(self) -> str:
        """The one that says yes; "" of none, and of several."""
        return next(iter(self.yes)) if len(self.yes) == 1 else ""


class Asks(Protocol):
    """Asks all departments at once, in a bounded time."""

    async def __call__(self, question: Question, ident: str) -> Answers:
        """Who knows this message ("knows"), where this person is an agent or admin ("works"), or who has an open request in this conversation
        ("busy")."""
        ...


class Unasked(Exception):
    """The turn needs an answer first: `ask`, and try again."""

    def __init__(self, ask: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.ask = ask


class Unanswered(Exception):
    """Whose it is cannot be said before one of these departments answers. silent: their keys."""

    def __init__(self, silent: frozenset[str]) -> None:
        super().__init__()
        self.silent = silent


class Lookups:
    """Answers that are fresh enough."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks
        self._known: dict[tuple[Question, str], tuple[datetime, Answers]] = {}

    def answer(self, question: Question, ident: str, now: datetime) -> Answers:
        """What they say. Raises Unasked."""
        known = self._known.get((question, ident))
        if known is None or now - known[0] > (BRIEFLY if known[1].silent else KEPT):
            raise Unasked(lambda: self._ask(question, ident, now))
        return known[1]

    async def _ask(self, question: Question, ident: str, now: datetime) -> None:
        while len(self._known) >= MOST:
            self._known.pop(next(iter(self._known)))
        self._known[question, ident] = (now, await self._asks(question, ident))
