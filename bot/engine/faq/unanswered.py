"""What was asked and not answered: requests that went to people and that no entry answers yet, those that say the same together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.desks import LANGUAGES
from bot.domain.tickets import Ticket
from bot.engine.requests.smalltalk import small_talk
from bot.engine.tongue import N_, tongue
from bot.ports import TicketQuery
from bot.ports.curating import Draft, DraftState
from kb.phrasing import READ, cleaned, pieces, shared
from kb.text import normalise

WITHOUT_WORDS = N_("(asked for a person without a question)")
ALIKE = 0.6  # share of letters from which two questions are shown as one; an admin sees both
LOOKED_AT = 60  # questions compared with each other, the newest: about 15 ms
PAGES = 3  # of a hundred tickets each, newest change first, until so many are found: 6 ms each on the event loop


class Lists(Protocol):
    """Whoever can look at tickets: a transaction or a reader."""

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """As Reader.tickets."""
        ...

    async def drafts(self, states: Sequence[DraftState] = ("draft", "review"), limit: int = 200) -> list[Draft]:
        """As DraftReader.drafts."""
        ...

    async def are_sorted(self, tickets: Sequence[str]) -> set[str]:
        """As LearningReader.are_sorted."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that nobody's entry answers, and the tickets it was asked in, newest first. text: cleaned, of the newest."""

    text: str
    tickets: tuple[Ticket, ...]

    @property
    def newest(self) -> Ticket:
        """Where it was asked last."""
        return self.tickets[0]


async def unanswered(lists: Lists) -> list[Asked]:
    """Newest first."""
    found: list[Ticket] = []
    known: set[str] = set()  # questions that are sorted already: who asked the same waits for nothing
    in_review = {str(draft.ticket) for draft in await lists.drafts(("review",))}  # an entry for it waits for its own look
    before: datetime | None = None
    for _ in range(PAGES):
        page = await lists.tickets(TicketQuery(humans_only=True, before=before, limit=100))
        open_ = [ticket for ticket in page if not ticket.entry]
        done = await lists.are_sorted([ticket.id for ticket in open_]) | in_review
        found += [ticket for ticket in open_ if ticket.id not in done]
        known |= {normalise(ticket.question[:READ]) for ticket in page if ticket.entry or ticket.id in done}
        if len(page) < 100 or len(found) >= LOOKED_AT:
            break
        before = page[-1].changed_at
    left = [ticket for ticket in found if normalise(ticket.question[:READ]) not in known]
    return alike(sorted(left, key=lambda ticket: ticket.opened_at, reverse=True)[:LOOKED_AT])


def alike(tickets: Iterable[Ticket]) -> list[Asked]:
    """Tickets in their order, those that ask nearly the same together; what asks nothing is left out."""
    groups: list[tuple[frozenset[str], str, list[Ticket]]] = []
    for ticket in tickets:
        text = question_of(ticket)
        if not text:
            continue
        letters = pieces(text)
        group = next((g for g in groups if shared(g[0], letters) >= ALIKE), None)
        if group is None:
            groups.append((letters, text, [ticket]))
        else:
            group[2].append(ticket)
    return [Asked(text, tuple(asked)) for _, text, asked in groups]


def question_of(ticket: Ticket) -> str:
    """What was asked, cleaned; "" when it asks nothing an entry could answer."""
    return cleaned(ticket.question) if is_question(ticket) else ""


def is_question(ticket: Ticket) -> bool:
    """Does it ask something, rather than greet, thank, or want a person without a word?"""
    return small_talk(ticket.question) is None and ticket.question not in _WITHOUT_WORDS


_WITHOUT_WORDS = frozenset(tongue(language).say(WITHOUT_WORDS) for language in LANGUAGES)
