"""Whom an event is for: by what was pressed, where it was written, the number in it, what it answers, whom they talk with; else they are asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.domain.departments import Department, split
from bot.domain.messages import (
    AddressProved,
    Commanded,
    Delivered,
    FromDesk,
    HomeOpened,
    Inbound,
    LetIn,
    Marked,
    Moved,
    Pressed,
    Reachable,
    Said,
    SignInAsked,
    Submitted,
    TimerFired,
    Undelivered,
)
from bot.engine.departments import choosing, passing
from bot.engine.departments.lookups import Lookups, Question
from bot.engine.departments.talks import TALK, came_back, forward, origin, talks_with
from bot.engine.turn import Turn

OF_AGENTS = frozenset(
    {
        *("queue", "take", "release", "escalate", "resolve", "reply", "note", "back", "call", "report", "link", "unlink", "away", "here", "saved", "later"),
        *("tag", "asset", "priority", "assign", "watch", "merge", "split", "move", "duplicate", "unmark", "bulk", "banner", "kind", "problem", "change"),
        *("workaround", "reopen", "faq"),
    }
)  # commands that mostly agents use: they are for the department where they work
ASKED_ABOUT = Said | Commanded | Marked | Submitted  # for whom these are people are asked
TO_ALL = Reachable | LetIn | Moved | AddressProved | Undelivered  # of the last a channel that is told later does not know whose it was
OWN = TimerFired | Delivered | SignInAsked  # of the front desk itself


@dataclass(frozen=True, slots=True)
class Switchboard:
    """The departments in their order: the first has what nobody else is known to want."""

    departments: Sequence[Department]
    lookups: Lookups
    prefixes: dict[str, str] = field(init=False)  # of ticket numbers, to keys

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefixes", {one.desk.prefix: one.key for one in self.departments})

    async def handle(self, turn: Turn) -> None:
        """One event of a shared channel: handed to its department, or kept until it is known which that is."""
        event, what = turn.event, turn.event.what
        if isinstance(what, TimerFired):
            await choosing.overdue(turn, self.departments, what)
        elif isinstance(what, FromDesk):
            await passing.rebind(turn, what)
        elif isinstance(what, Undelivered) and event.channel == "desk":
            await self._gone(turn, what)
        elif isinstance(what, OWN):
            return
        elif isinstance(what, TO_ALL):
            for department in self.departments:
                await forward(turn, department, event)
        elif chosen := await choosing.chosen(turn, self.departments):
            await choosing.choose(turn, chosen)
        elif choosing.wants_another(what):
            await choosing.ask(turn, self.departments)
        elif (found := await self._department(turn)) is not None:
            await choosing.hand_over(turn, found, event)
        elif isinstance(what, ASKED_ABOUT) or await choosing.waiting(turn):
            await choosing.hold(turn, self.departments)
        else:
            await forward(turn, self.departments[0], event)

    async def _gone(self, turn: Turn, what: Undelivered) -> None:
        """A department is there no more: what was for it is asked about anew."""
        event = await came_back(turn, what)
        if event is not None and isinstance(event.what, ASKED_ABOUT):
            await turn.tx.keep(replace(event, key=f"again:{what.outbox}"[:255], also=""), turn.now)

    async def _department(self, turn: Turn) -> Department | None:
        """Whose it is; None: nobody knows."""
        event, what = turn.event, turn.event.what
        if len(self.departments) == 1:
            return self.departments[0]
        keys = _shown(what) or self._placed({getattr(what, "place", ""), event.conversation, event.person.id})
        if not keys and (message := origin(what)):
            link = await turn.tx.linked(message)
            keys = link.role.removeprefix("desk:") if link is not None and link.role.startswith("desk:") else _only(self._look("knows", message, turn))
        keys = keys or self._placed({getattr(what, "via", "")}) or self._numbered(what)
        if not keys and _is_of_agents(event):
            keys = _only(self._look("works", event.person.id, turn))
        if not keys:
            keys = await talks_with(turn, TALK) or _only(self._look("busy", event.conversation, turn))
        return self._named(keys)

    def _look(self, question: Question, ident: str, turn: Turn) -> frozenset[str]:
        return self.lookups.answer(question, ident, turn.now)

    def _named(self, key: str) -> Department | None:
        return next((one for one in self.departments if one.key == key), None)

    def _placed(self, places: set[str]) -> str:
        """By where it was written, or from, or to."""
        return next((one.key for one in self.departments if any(one.is_at(place) for place in places if place)), "")

    def _numbered(self, what: object) -> str:
        """By the number of a ticket, where all that are named are of one department."""
        words = what.argument if isinstance(what, Commanded) else what.text if isinstance(what, Said) else ""
        found = {self.prefixes[prefix] for prefix in re.findall(r"\b([A-Z][A-Z0-9]{0,9})-\d+\b", words.upper()) if prefix in self.prefixes}
        return _only(frozenset(found))


def _is_of_agents(event: Inbound) -> bool:
    """Is it mostly for where they work?"""
    what = event.what
    is_marked = isinstance(what, Marked) and what.author.id != event.person.id
    return is_marked or isinstance(what, HomeOpened) or (isinstance(what, Commanded) and what.name in OF_AGENTS)


def _shown(what: object) -> str:
    """By the key that a button or form of a department bears."""
    return split(what.action)[0] if isinstance(what, Pressed | Submitted) else ""


def _only(keys: frozenset[str]) -> str:
    return next(iter(keys)) if len(keys) == 1 else ""
