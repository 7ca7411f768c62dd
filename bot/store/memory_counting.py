"""Facts about tickets over dicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from bot.domain.ids import channel_of
from bot.domain.outcomes import RETURNS_WITHIN
from bot.domain.ticket_facts import History, Later, Opening, Story
from bot.ports.counting import By, Counting, NewEvent, Row, Source, Where, label_of, span_group
from bot.store.counting import TABLES, ordered

if TYPE_CHECKING:
    from bot.domain.tickets import Ticket
    from bot.store.shelves import Shelves


class MemoryCountingReading:
    """What can be asked. `shelf`: the dicts, as committed or as this unit has them."""

    @property
    def shelf(self) -> Shelves:
        """Where to look."""
        raise NotImplementedError

    async def counted(self, what: Counting) -> list[Row]:
        """A row for each kind."""
        for name in (*(by.field for by in what.by), *(where.field for where in what.where), *what.sums):
            if name not in TABLES[what.of].c and not (what.of == "tickets" and label_of(name) and name not in what.sums):
                raise KeyError(name)
        stories = self.shelf.stories.values()
        rows: list[Any] = list(self.shelf.outcomes.values()) if what.of == "questions" else [row for story in stories for row in _rows(story, what.of)]
        kinds: dict[Row, list[Any]] = defaultdict(list)
        if not what.by:
            kinds[()] = []
        for row in rows:
            if all(self._held(row, one) for one in what.where):
                for kind in product(*(self._values(row, one) for one in what.by)):
                    kinds[kind].append(row)
        sums = [(*kind, len(of), *(sum(getattr(row, name) or 0 for row in of) for name in what.sums)) for kind, of in kinds.items()]
        return ordered(sums, len(what.by))

    async def counted_apart(self, what: Counting, fields: Sequence[By]) -> list[list[Row]]:
        """For each of the fields."""
        given = [replace(what, by=(*what.by, one), where=(*what.where, Where(one.field, given=True))) for one in fields]
        return [await self.counted(one) for one in given]

    def _labels(self, row: Any, begins: str) -> list[str]:
        return [label.removeprefix(begins) for label in self.shelf.labels.get(row.ticket, ()) if label.startswith(begins)]

    def _values(self, row: Any, by: By) -> list[Any]:
        begins = label_of(by.field)
        return (self._labels(row, begins) or [None]) if begins else [_grouped(getattr(row, by.field), by)]

    def _held(self, row: Any, one: Where) -> bool:
        begins = label_of(one.field)
        if not begins:
            return _holds(getattr(row, one.field), one)
        found = self._labels(row, begins)
        return (
            (one.among is None or any(value in one.among for value in found))
            and (one.but is None or (bool(found) and not any(value in one.but for value in found)))
            and (one.given is None or bool(found) == one.given)
        )

    async def events_after(self, event: int, limit: int = 500) -> list[NewEvent]:
        """The events that follow an id."""
        return [NewEvent(e.id, e.ticket, e.at, e.name) for e in self.shelf.events.values() if e.id > event][:limit]

    async def histories(self, numbers: Sequence[str]) -> list[History]:
        """All that their facts are derived from."""
        return [self._history(found) for number in dict.fromkeys(numbers) if (found := self.shelf.tickets.get(number))]

    async def tickets_before(self, numbers: Sequence[str]) -> list[str]:
        """Those that a new one may say were no help."""
        new = [found for number in numbers if (found := self.shelf.tickets.get(number))]
        places = {number: place for place, number in enumerate(self.shelf.tickets)}
        return [t.id for t in self.shelf.tickets.values() if t.tier == 1 and any(_is_soon(t, after) and places[t.id] < places[after.id] for after in new)]

    def _history(self, ticket: Ticket) -> History:
        opening = Opening(ticket.id, ticket.requester, channel_of(ticket.conversation), ticket.language, ticket.kind, ticket.priority, ticket.opened_at)
        numbers = list(self.shelf.tickets)
        after = [self.shelf.tickets[number] for number in numbers[numbers.index(ticket.id) + 1 :]] if ticket.tier == 1 else []
        later = [Later(t.opened_at, self._best(t.id), t.follows) for t in after if _is_soon(ticket, t)]
        return History(opening, [e for e in self.shelf.events.values() if e.ticket == ticket.id], self._best(ticket.id), later)

    def _best(self, number: str) -> frozenset[str]:
        return frozenset(o.entry for o in self.shelf.outcomes.values() if o.ticket == number and o.entry)


class MemoryCounting(MemoryCountingReading):
    """Its part of a transaction."""

    async def save_stories(self, stories: Sequence[Story]) -> None:
        """In place of what was."""
        self.shelf.stories.update({story.facts.ticket: story for story in stories})


def _rows(story: Story, of: Source) -> Sequence[Any]:
    return (story.facts,) if of == "tickets" else story.acts if of == "acts" else story.stretches


def _is_soon(ticket: Ticket, after: Ticket) -> bool:
    return ticket.requester == after.requester and after.opened_at <= (ticket.changed_at or ticket.opened_at) + RETURNS_WITHIN


def _grouped(value: Any, by: By) -> Any:
    if value is None or by.step == 1:
        return value
    return span_group(value) if by.step == "span" else value // by.step


def _holds(value: Any, one: Where) -> bool:
    return (
        (one.among is None or (value is not None and value in one.among))
        and (one.but is None or (value is not None and value not in one.but))
        and (one.least is None or (value is not None and value >= one.least))
        and (one.below is None or (value is not None and value < one.below))
        and (one.given is None or (value is not None) == one.given)
    )
