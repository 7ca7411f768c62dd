"""What is remembered of tickets that moved between departments, and what their cards say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Choice
from bot.domain.tickets import Ticket
from bot.engine.kept import Kept, Noted
from bot.engine.tongue import Tongue

VERB = "move"
LATE = timedelta(minutes=1)  # after it has moved, words in private may have been on their way here; later ones are for this desk


@dataclass(frozen=True, slots=True)
class Out:
    """A ticket that was sent to another department. to: its key. move: the envelope's name. by: who moved it. into: its number there, "" until known, at."""

    to: str
    move: str
    by: PersonId
    into: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class In:
    """A ticket that came from another department. of: its key; name: what it is called; was: the number it had there."""

    of: str
    name: str
    was: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """Under which number an envelope was taken in."""

    number: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Of an envelope that came in several."""

    text: str


OUT: Kept[Out] = Kept("moved-out", Out)
IN: Kept[In] = Kept("moved-in", In)
ARRIVED: Kept[Arrived] = Kept("moved-as", Arrived)
PIECES: Kept[Piece] = Kept("moved-part", Piece)


def name_of(desk: Desk, key: str) -> str:
    """What the other department of that key is called."""
    return dict(desk.others).get(key, key.upper())


async def rows(notes: Noted, desk: Desk, t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """Label and value for a card; where there is one department it costs no question."""
    if not desk.key:
        return []
    found: list[tuple[str, str]] = []
    if ticket.parent_as == "moving":
        found.append((t.say("On its way to"), name_of(desk, ticket.parent)))
    elif ticket.parent_as == "moved" and (out := await OUT.get(notes, ticket.id)) is not None:
        found.append((t.say("Goes on as"), f"{ticket.parent} ({name_of(desk, out.to)})"))
    if (came := await IN.get(notes, ticket.id)) is not None:
        found.append((t.say("Moved here from"), f"{came.was} ({came.name})"))
    return found


def choices(desk: Desk, t: Tongue, ticket: Ticket) -> Sequence[Choice]:
    """Behind "More…", where there is another department."""
    return (Choice(t.say("Move to another department"), f"{VERB}:{ticket.id}", more=True),) if desk.key and desk.others else ()
