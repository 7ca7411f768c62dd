"""The questions of the past: what was asked, how it was decided, and what became of it. Read page by page, so that nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.outcomes import Outcome
from bot.domain.tickets import Ticket
from bot.engine.faq.unanswered import is_question
from bot.ports import Reader, TicketQuery
from kb.rehearsal import Question
from kb.text import normalise

PAGE = 25  # outcomes, and as many tickets, read at a time: some milliseconds of the event loop, where a hundred were thirty
MOST_READ = 100_000  # outcomes of which anybody asks: what is older than so many says little of how people ask now
MOST = 10_000  # different questions of a rehearsal, the newest


@dataclass(frozen=True, slots=True)
class Logged:
    """A request as it was asked last. lang: as it was told. entry: what solved it, or "". solution: what an agent wrote. is_human: did people get it?"""

    ticket: str
    at: datetime
    lang: str
    text: str
    entry: str
    solution: str
    is_human: bool


async def logged(reader: Reader, since: datetime | None = None) -> AsyncIterator[list[Logged]]:
    """Requests in pages, the newest first, each once; what asks nothing is left out, and what lies behind MOST_READ. Raises StoreError."""
    seen: set[str] = set()
    page = await reader.latest_asked(limit=PAGE)
    for _ in range(MOST_READ // PAGE if page else 0):
        fresh: dict[str, Outcome] = {}
        for outcome in page:
            if outcome.ticket not in seen and (since is None or outcome.asked_at >= since):
                fresh.setdefault(outcome.ticket, outcome)
        seen.update(fresh)
        tickets = await reader.tickets(TicketQuery(numbers=tuple(fresh), limit=PAGE)) if fresh else []
        yield [_logged(fresh[ticket.id], ticket) for ticket in sorted(tickets, key=lambda one: fresh[one.id].asked_at, reverse=True) if is_question(ticket)]
        if len(page) < PAGE or (since is not None and page[-1].asked_at < since):
            return
        await asyncio.sleep(0)  # others have a turn
        page = await reader.latest_asked(before=page[-1], limit=PAGE)


async def different(reader: Reader, most: int = MOST, told: Callable[[int, int], None] | None = None) -> list[Question]:
    """The newest different questions, the newest first, each with how often it was asked and what solved it last. Raises StoreError."""
    found: dict[str, list[Logged]] = {}
    async for page in logged(reader):
        for one in page:
            key = normalise(one.text)
            if key and (key in found or len(found) < most):
                found.setdefault(key, []).append(one)
        if told is not None:
            told(len(found), most)
        if len(found) >= most:
            break
    return [_question(asked) for asked in found.values()]


def _question(asked: Iterable[Logged]) -> Question:
    all_ = list(asked)
    return Question(all_[0].text, all_[0].lang, len(all_), next((one.entry for one in all_ if one.entry), ""))


def _logged(outcome: Outcome, ticket: Ticket) -> Logged:
    return Logged(
        ticket.id, outcome.asked_at, outcome.language or ticket.language, ticket.question, outcome.solution or ticket.entry, ticket.solution, ticket.tier > 1
    )
