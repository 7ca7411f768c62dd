"""What the core asks of a company's directory of people, and of a channel that knows somebody's mail address there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from bot.domain.ids import PersonId
from bot.domain.listings import Listing, Sought


class DirectorySource(Protocol):
    """A directory. Each question ends within a few seconds, whatever the other side does; what comes back is bounded and clean."""

    async def find(self, sought: Sought) -> Sequence[Listing]:
        """Whoever has one of these addresses or, when there are none, one of these numbers; more than one entry in the directory gives more than one.

        Raises DirectoryAway.
        """
        ...

    async def probe(self) -> None:
        """Does it answer, and does it let us in? Raises DirectoryAway."""
        ...

    async def close(self) -> None:
        """After the last question."""
        ...


@runtime_checkable
class KnowsMail(Protocol):
    """A channel whose platform has checked people's mail addresses."""

    async def mail_of(self, person: PersonId) -> str:
        """The address that the platform vouches for, or "". Raises DeliveryError."""
        ...
