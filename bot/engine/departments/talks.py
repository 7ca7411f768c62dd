"""Who talks with which department, and how what they say gets there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.departments import LETTER, Department, unmarked
from bot.domain.messages import Attachment, Bounced, Deleted, Edited, Inbound, Marked, Outbound, Pressed, Said, Submitted, Undelivered
from bot.engine.departments.letters import letter, opened
from bot.engine.kept import Kept
from bot.engine.turn import Turn
from bot.ports import Link

TALK = timedelta(minutes=30)  # of silence, after which words may be for somebody else
NEWLY = timedelta(minutes=5)  # so long it is not written down again that they talk


@dataclass(frozen=True, slots=True)
class Talk:
    """desk: the key. at: when something was said there last."""

    desk: str
    at: datetime


OF_DESK = "desk:"  # begins the role of a message that was handed to a department
PASSING = ("desk-of:", "desk-asked:")  # begin notes that say nothing any more when they have not changed for an hour
TALKS: Kept[Talk] = Kept("desk-of", Talk)


async def talks_with(turn: Turn, lately: timedelta) -> str:
    """The key of the department with which this conversation has gone on lately, or ""."""
    talk = await TALKS.get(turn.tx, turn.event.conversation)
    return talk.desk if talk is not None and turn.now - talk.at < lately else ""


async def talked(turn: Turn, department: Department) -> None:
    """They talk with it now."""
    talk = await TALKS.get(turn.tx, turn.event.conversation)
    if talk is None or talk.desk != department.key or turn.now - talk.at > NEWLY:
        await TALKS.put(turn.tx, turn.event.conversation, Talk(department.key, turn.now))


async def forward(turn: Turn, department: Department, event: Inbound) -> None:
    """Owe it to the department, in the order of its conversation."""
    what = event.what
    if isinstance(what, Pressed | Submitted):
        event = replace(event, what=unmarked(what))
    if isinstance(what, Said | Marked):
        await turn.tx.link(what.message, Link("", f"{OF_DESK}{department.key}"))
    await send(turn, department.address, event)


async def send(turn: Turn, address: str, event: Inbound, files: Sequence[Attachment] = ()) -> None:
    """Owe an event to whoever is at that address, after all that is owed there of its conversation. files: kept here, to be kept there, too."""
    begins = f"{LETTER}{address.partition(':')[2]}:{event.channel}:{event.key}:"
    await turn.owe(address, letter(event, files), lane=f"{address}:{event.conversation}", due=turn.now, begins=begins)


async def came_back(turn: Turn, what: Undelivered) -> Inbound | None:
    """The event of a letter that cannot be handed over, as its department is there no more. None: there is nothing to do; for whom is only away it is
    sent again.
    """
    parcel = await turn.tx.parcel(what.outbox)
    if parcel is None or not isinstance(parcel.body, Outbound) or what.reason == "invalid":
        return None
    event = opened(parcel.body)
    if what.reason != "removed":
        await send(turn, parcel.to, event, parcel.body.attachments)
        return None
    return event


def origin(what: object) -> str:
    """The message that it is about or answers, or ""."""
    if isinstance(what, Edited | Deleted | Bounced):
        return what.message
    return getattr(what, "reply_to", None) or ("" if isinstance(what, Said | Marked) else getattr(what, "message", None) or "")
