"""Writes down each question to the knowledge base, and what presses and resolutions say about its best entry, in the transaction of the press."""

from __future__ import annotations

from collections.abc import Callable, Collection

from bot.domain import outcomes
from bot.domain.outcomes import RETURNS_WITHIN, Outcome
from bot.domain.tickets import Ticket
from bot.engine.turn import Turn
from kb.decision import Verdict


async def asked(turn: Turn, ticket: Ticket, verdict: Verdict) -> None:
    """A question and its best entry, before anybody has judged it."""
    best = verdict.matches[0] if verdict.matches else None
    entry, score, known = (best.entry_id, best.score, best.known) if best else ("", 0.0, False)
    await turn.tx.add_outcome(Outcome(ticket.id, turn.now, ticket.language, entry, score, known, verdict.decision, turn.knowledge.scale))


async def came_back(turn: Turn, ticket: Ticket, entries: Collection[str]) -> None:
    """They ask about these entries, or are refused by them: what they called solved with one of them a short time ago was not."""
    for earlier in await turn.tx.solved_lately(ticket.requester, turn.now - RETURNS_WITHIN):
        if earlier.ticket != ticket.id and earlier.entry in entries:
            await _save(turn, earlier, outcomes.returned(earlier, turn.now))


async def chosen(turn: Turn, ticket: Ticket, entry: str) -> None:
    """The requester picked it from the list."""
    await _each(turn, ticket.id, lambda o: outcomes.chosen(o, entry))


async def solved(turn: Turn, ticket: Ticket, entry: str) -> None:
    """The requester says that it solved it."""
    await _each(turn, ticket.id, lambda o: outcomes.solved_by(o, entry, "press", turn.now))


async def refused(turn: Turn, ticket: Ticket, reason: str = "") -> None:
    """The requester says that what was offered is not it, or afterwards why."""
    await _each(turn, ticket.id, lambda o: outcomes.refused(o, reason, turn.now))


async def reopened(turn: Turn, ticket: Ticket) -> None:
    """The requester says after all that it was not solved."""
    await _each(turn, ticket.id, lambda o: outcomes.returned(o, turn.now))


async def resolved(turn: Turn, ticket: Ticket, entry: str) -> None:
    """An agent resolved it with this entry."""
    await _each(turn, ticket.id, lambda o: outcomes.solved_by(o, entry, "agent", turn.now))


async def not_for_faq(turn: Turn, ticket: str) -> None:
    """An admin marked the ticket's question as one that no entry answers."""
    await _each(turn, ticket, lambda o: outcomes.outside(o, turn.now))


async def for_faq_again(turn: Turn, ticket: str) -> None:
    """An admin took that mark back."""
    await _each(turn, ticket, lambda o: outcomes.withdrawn(o, turn.now))


async def _each(turn: Turn, ticket: str, judge: Callable[[Outcome], Outcome]) -> None:
    """Every question of the ticket: further words may have made another entry the best, and one solution judges them all."""
    for outcome in await turn.tx.outcomes_of(ticket):
        await _save(turn, outcome, judge(outcome))


async def _save(turn: Turn, before: Outcome, after: Outcome) -> None:
    if after != before:
        await turn.tx.judge(after)
        if after.judged_at != before.judged_at and turn.crew.judged not in turn.after_commit:
            turn.after_commit.append(turn.crew.judged)
