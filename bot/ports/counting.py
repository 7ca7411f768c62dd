"""What the core asks of its memory to count: facts about tickets written and summed, and what they are derived from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.domain.ticket_facts import History, Story

Source = Literal["tickets", "acts", "stretches", "questions"]
"""Rows of TicketFacts, TicketAct, OpenStretch or Outcome."""

Value = str | int
Row = tuple[Any, ...]


FIELD, TAG = "field:", "tag"
"""What tickets are also told apart by: "field:serial", the value of a custom field in small letters, and "tag", once for each tag; None: it has none."""


def label_of(field: str) -> str:
    """How labels of tickets begin that hold the values of that field; "" of a field that is a column."""
    return "tag:" if field == TAG else f"{field.casefold()}=" if field.startswith(FIELD) else ""


@dataclass(frozen=True, slots=True)
class By:
    """A field that rows are told apart by.

    step: a whole number in groups of so many (7 days are a week), each named by its number // step. "span": seconds, in groups as fine as SPANS, each
    named by the least of it.
    """

    field: str
    step: int | Literal["span"] = 1


SPANS = ((4 * 3600, 60), (48 * 3600, 600), (0, 3600))
"""Seconds below which lengths of time are told apart by so many; 0: all others. Finer is not told to people, and few groups are soon summed."""


def span_group(seconds: int) -> int:
    """The least of the group that a length of time is in."""
    step = next(step for below, step in SPANS if not below or seconds < below)
    return seconds // step * step


@dataclass(frozen=True, slots=True)
class Where:
    """What must hold of a row. given: its value is not None (False: it is); of None nothing else holds.

    among: it is one of these. but: it is none of these. least, below: it is at least that, and less than that.
    """

    field: str
    among: tuple[Value, ...] | None = None
    but: tuple[Value, ...] | None = None
    least: int | datetime | None = None
    below: int | datetime | None = None
    given: bool | None = None


@dataclass(frozen=True, slots=True)
class Counting:
    """How many rows there are of each kind. by: what tells the kinds apart; where: all must hold; sums: fields added up, None adding nothing."""

    of: Source = "tickets"
    by: tuple[By, ...] = ()
    where: tuple[Where, ...] = ()
    sums: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event about a ticket, as far as it must be known to derive that one's facts anew."""

    id: int
    ticket: str
    at: datetime
    name: str


class CountingReader(Protocol):
    """Questions, inside a unit of work and outside."""

    async def counted(self, what: Counting) -> list[Row]:
        """A row for each kind there is: the values of `by`, how many, the `sums`; in the order of the values, None first. Without `by` a single row.

        Raises KeyError for a field that the source does not have.
        """
        ...

    async def counted_apart(self, what: Counting, fields: Sequence[By]) -> list[list[Row]]:
        """For each of the fields, which are columns, what `counted` gives with it behind `by`, of the rows in which it is not None: looked at once for all."""
        ...

    async def events_after(self, event: int, limit: int = 500) -> list[NewEvent]:
        """The events that follow an id, those about no ticket, too; in the order of their ids. Ids may be committed in another order."""
        ...

    async def histories(self, numbers: Sequence[str]) -> list[History]:
        """Of those of the tickets that there are, at most 50, in any order."""
        ...

    async def tickets_before(self, numbers: Sequence[str]) -> list[str]:
        """Tickets of the same requesters that tier 1 ended at most 72 h before one of these (at most 50) was opened."""
        ...


class CountingRows(CountingReader, Protocol):
    """Its part of a unit of work."""

    async def save_stories(self, stories: Sequence[Story]) -> None:
        """What is counted of these tickets, in place of what was. At most 50."""
        ...
