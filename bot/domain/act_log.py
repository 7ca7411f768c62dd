"""What was done with a ticket, act by act, and what of it did not come to be after all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.ids import TicketId
from bot.domain.ticket_facts import TicketAct, What, day_of

SOLUTION = "resolution"  # the goal of a promise that reopening takes back


class ActLog:
    """Acts in their order, with the promised times that ended."""

    def __init__(self, ticket: TicketId, zone: ZoneInfo) -> None:
        self._ticket, self._zone = ticket, zone
        self._acts: list[tuple[datetime, TicketAct]] = []
        self._broken: dict[str, TicketAct] = {}  # by goal: promises that are broken and not fulfilled

    def add(self, what: What, at: datetime, tier: int, priority: str, *, by: str = "", to_tier: int = 0, about: str = "", late: bool = False) -> None:
        """It was done at that moment."""
        act = TicketAct(self._ticket, 0, what, day_of(at, self._zone), by, tier, to_tier, about, priority, int(late))
        self._acts.append((at, act))

    def broken(self, goal: str, at: datetime, tier: int, priority: str) -> None:
        """A promised time went by."""
        act = TicketAct(self._ticket, 0, "overdue", day_of(at, self._zone), tier=tier, about=goal, priority=priority, late=1)
        self._broken.setdefault(goal, act)

    def fulfilled(self, goal: str, at: datetime, tier: int, priority: str, *, late: bool) -> None:
        """What was promised was done."""
        self._broken.pop(goal, None)
        self.add("promise", at, tier, priority, about=goal, late=late)

    def take_back_reply(self, said_at: datetime | None) -> None:
        """The reply of that moment never went out: no answer, and no promise was kept by it."""
        self._acts = [(at, act) for at, act in self._acts if at != said_at or act.what not in ("replied", "promise") or act.about == SOLUTION]

    def take_back_solution(self) -> None:
        """It is open again: no solution was in time or late yet."""
        self._acts = [(at, act) for at, act in self._acts if act.about != SOLUTION]

    def count(self, what: What) -> int:
        """How many of that kind."""
        return sum(act.what == what for _, act in self._acts)

    def numbered(self, ended: datetime | None) -> tuple[TicketAct, ...]:
        """All of them. ended: when the ticket was over, None while it is open: what is broken and not done is overdue until then, and late from then on."""
        left = list(self._broken.values())
        if ended is not None:
            left = [replace(act, what="promise", day=day_of(ended, self._zone)) for act in left]
        return tuple(replace(act, n=n) for n, act in enumerate((*(act for _, act in self._acts), *left)))
