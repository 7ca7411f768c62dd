"""Whom an event is for: by what was pressed, where it was written, the number in it, what it answers, whom they talk with; else they are asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

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
from bot.engine.departments import awaiting, choosing, passing
from bot.engine.departments.lookups import Answers, Lookups, Question, Unanswered
from bot.engine.departments.talks import OF_DESK, TALK, came_back, forward, origin, talks_with
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
            await self._fired(turn, what)
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
        else:
            await self._find(turn)

    async def _fired(self, turn: Turn, what: TimerFired) -> None:
        if what.timer == awaiting.TIMER:
            await awaiting.again(turn, self._department)
        else:
            await choosing.overdue(turn, self.departments, what)

    async def _find(self, turn: Turn) -> None:
        """Whose it is must be found out, of departments or of whoever wrote it."""
        try:
            found = await self._department(turn, turn.event)
        except Unanswered as unanswered:
            await awaiting.keep(turn, unanswered.silent)
            return
        if found is not None and await awaiting.is_behind(turn, found):
            await awaiting.keep(turn, frozenset({found.key}))
        elif found is not None:
            await choosing.hand_over(turn, found, turn.event)
        elif isinstance(turn.event.what, ASKED_ABOUT) or await choosing.waiting(turn):
            await choosing.hold(turn, self.departments)
        else:
            await forward(turn, self.departments[0], turn.event)

    async def _gone(self, turn: Turn, what: Undelivered) -> None:
        """A department is there no more: what was for it is asked about anew."""
        event = await came_back(turn, what)
        if event is not None and isinstance(event.what, ASKED_ABOUT):
            await turn.tx.keep(replace(event, key=f"again:{what.outbox}"[:255], also=""), turn.now)

    async def _department(self, turn: Turn, event: Inbound) -> Department | None:
        """Whose it is; None: nobody knows. Raises Unanswered."""
        what = event.what
        if len(self.departments) == 1:
            return self.departments[0]
        keys = _shown(what) or self._placed({getattr(what, "place", ""), event.conversation, event.person.id})
        if not keys and (message := origin(what)):
            keys = await self._knowing(turn, message)
        keys = keys or self._placed({getattr(what, "via", "")}) or self._numbered(what)
        if not keys and _is_of_agents(event):
            keys = self._working(turn, event)
        if not keys:
            keys = await talks_with(turn, TALK) or await self._busy(turn)
        return self._named(keys)

    async def _knowing(self, turn: Turn, message: str) -> str:
        """Whose message it is: what came here, or was sent from here, needs no question."""
        link = await turn.tx.linked(message)
        if link is not None:
            return link.role.removeprefix(OF_DESK) if link.role.startswith(OF_DESK) else ""
        found = self._look("knows", message, turn)
        if found.silent and not found.yes:
            raise Unanswered(found.silent)
        return found.only

    def _working(self, turn: Turn, event: Inbound) -> str:
        """Where they are an agent. A home page is shown at once, of whoever is there."""
        found = self._look("works", event.person.id, turn)
        if found.silent and not found.yes and isinstance(event.what, ASKED_ABOUT):
            raise Unanswered(found.silent)
        return found.only

    async def _busy(self, turn: Turn) -> str:
        """With whom they have an open request; unless they talked last with one that does not answer, who may have one, too."""
        found = self._look("busy", turn.event.conversation, turn)
        return "" if await talks_with(turn, timedelta.max) in found.silent else found.only

    def _look(self, question: Question, ident: str, turn: Turn) -> Answers:
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
        return found.pop() if len(found) == 1 else ""


def _is_of_agents(event: Inbound) -> bool:
    """Is it mostly for where they work?"""
    what = event.what
    is_marked = isinstance(what, Marked) and what.author.id != event.person.id
    return is_marked or isinstance(what, HomeOpened) or (isinstance(what, Commanded) and what.name in OF_AGENTS)


def _shown(what: object) -> str:
    """By the key that a button or form of a department bears."""
    return split(what.action)[0] if isinstance(what, Pressed | Submitted) else ""
