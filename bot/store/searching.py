"""What a TicketQuery means: pure, the same for every store."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.tickets import Ticket
from bot.ports.world import TicketQuery

SEARCHED_CHARACTERS = 1_000  # of a question; what it is about stands at its beginning
SEARCHED_WORDS = 5
MOST = 100  # tickets a page


def folded(text: str) -> str:
    """A text as it is searched: case aside, its beginning."""
    return text[:SEARCHED_CHARACTERS].casefold()


def words_of(search: str) -> list[str]:
    """The words to look for; each must be found."""
    return search.casefold().split()[:SEARCHED_WORDS]


def like(word: str) -> str:
    """A LIKE pattern (escape character "\\") that finds the word anywhere; % and _ in it are literal."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def numbers(search: str, prefixes: Iterable[str]) -> list[str]:
    """The ticket numbers that may be meant: "it-41", "#41" and "41" alike."""
    word = search.strip().lstrip("#")
    if word.isascii() and word.isdigit():
        return [f"{prefix}-{int(word)}" for prefix in prefixes]
    return list(dict.fromkeys((word, word.upper()))) if word and " " not in word else []


def called(search: str) -> list[str]:
    """What a ticket may be called in another tool: as it was written, without a sign before it."""
    word = search.strip()
    return list(dict.fromkeys((word, word.lstrip("#")))) if word.lstrip("#") else []


def page_size(query: TicketQuery) -> int:
    """How many tickets are given."""
    return max(1, min(query.limit, MOST))


def is_wanted(query: TicketQuery, ticket: Ticket) -> bool:
    """Do the fields of the query, search aside, let this ticket through?"""
    changed_at = ticket.changed_at or ticket.opened_at
    return (
        (not query.numbers or ticket.id in query.numbers[:MOST])
        and (not query.requester or ticket.requester == query.requester)
        and (not query.assignee or ticket.assignee == query.assignee)
        and (not query.tier or ticket.tier == query.tier)
        and (not query.statuses or ticket.status in query.statuses)
        and (not query.unclaimed or ticket.assignee is None)
        and (not query.humans_only or ticket.is_with_humans)
        and (not query.parent or ticket.parent == query.parent)
        and (not query.priority or ticket.priority == query.priority)
        and (not query.kind or ticket.kind == query.kind)
        and (query.due_before is None or (ticket.due_at is not None and ticket.due_at < query.due_before))
        and (not query.breached or ticket.breached)
        and (query.before is None or changed_at < query.before)
    )


def is_found(search: str, ticket: Ticket) -> bool:
    """Is it the number searched for, here or in the tool it is mirrored to, or are all the words in the question?"""
    prefix = ticket.id.rpartition("-")[0]
    text = folded(ticket.question)
    is_named = ticket.id in numbers(search, [prefix]) or ticket.external in called(search)
    return is_named or all(word in text for word in words_of(search))
