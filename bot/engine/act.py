"""What an act is: something that can be done to a ticket by a button, a form or a command, the same on every channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.assets import Asset
from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Attachment, Form
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.faq.knowledge import Knowledge
from bot.engine.running.roster import Roster
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.ports import TicketQuery
from bot.ports.curating import DraftReader


@dataclass(frozen=True, slots=True)
class Given:
    """What came with it. words: typed, or the form's field "words". extra: what stood behind the number in the action. values: the whole form.

    source: the platform's id of the typed message. place: where it was typed (it is seen there already) or pressed; "" of a form.
    """

    words: str = ""
    extra: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    source: str = ""
    place: str = ""


class Lists(DraftReader, Protocol):
    """What a form is made from: a transaction or a reader."""

    async def ticket(self, number: str) -> Ticket | None:
        """As Reader.ticket."""
        ...

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """As Reader.tickets."""
        ...

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """As Reader.talk."""
        ...

    async def noted(self, prefix: str) -> dict[str, str]:
        """As Reader.noted."""
        ...

    async def asset(self, asset: int) -> Asset | None:
        """As AssetReader.asset."""
        ...


Names = Callable[[Sequence[PersonId]], Awaitable[Mapping[PersonId, str]]]
"""People's names by their ids; who is not known is missing."""


async def no_names(people: Sequence[PersonId]) -> Mapping[PersonId, str]:
    """Nobody is known."""
    return {}


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody is about to do it: what their form is made of. t: their language. extra: as Given.extra. names: of people whom it may name.

    given: what was filled in, when the form is built once more to see whether that holds; None: it is to be shown.
    """

    desk: Desk
    lists: Lists
    knowledge: Knowledge
    roster: Roster
    t: Tongue
    person: PersonId
    ticket: Ticket
    extra: str = ""
    names: Names = no_names
    given: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """run: does it; the right to it was checked. form: what it needs to be told first, None when nothing; where a channel has no forms its fields
    are asked one after the other. needs_words: without words or files nothing is done. asks_itself: pressed where there are no forms, it has a way
    of its own to ask.
    """

    run: Callable[[Turn, Ticket, Given], Awaitable[None]]
    form: Callable[[Asking], Awaitable[Form | None]] | None = None
    needs_words: bool = False
    asks_itself: bool = False
