"""What is asked of departments outside of any transaction, and kept for a moment: a database that is away holds up nothing but its own answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal, Protocol

Question = Literal["knows", "works", "busy"]
KEPT = timedelta(seconds=20)
MOST = 5_000  # answers


class Asks(Protocol):
    """Asks all departments at once, in a bounded time; one that does not answer counts as no."""

    async def __call__(self, question: Question, ident: str) -> frozenset[str]:
        """The keys of those that know this message ("knows"), in which this person is an agent or admin ("works"), or which have an open request in
        this conversation ("busy")."""
        ...


class Unasked(Exception):
    """The turn needs an answer first: `ask`, and try again."""

    def __init__(self, ask: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.ask = ask


class Lookups:
    """Answers that are fresh enough."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks
        self._known: dict[tuple[Question, str], tuple[datetime, frozenset[str]]] = {}

    def answer(self, question: Question, ident: str, now: datetime) -> frozenset[str]:
        """The keys. Raises Unasked."""
        known = self._known.get((question, ident))
        if known is None or now - known[0] > KEPT:
            raise Unasked(lambda: self._ask(question, ident, now))
        return known[1]

    async def _ask(self, question: Question, ident: str, now: datetime) -> None:
        while len(self._known) >= MOST:
            self._known.pop(next(iter(self._known)))
        self._known[question, ident] = (now, await self._asks(question, ident))
