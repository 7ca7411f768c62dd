"""Who talks with which department, and how what they say gets there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.departments import Department, unmarked
from bot.domain.messages import Bounced, Deleted, Edited, Inbound, Marked, Pressed, Said, Submitted
from bot.engine.departments.letters import letter
from bot.engine.kept import Kept
from bot.engine.turn import Turn
from bot.ports import Link

NEWLY = timedelta(minutes=5)  # so long it is not written down again that they talk


@dataclass(frozen=True, slots=True)
class Talk:
    """desk: the key. at: when something was said there last."""

    desk: str
    at: datetime


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
        await turn.tx.link(what.message, Link("", f"desk:{department.key}"))
    begins = f"{department.key}:{event.channel}:{event.key}:"
    await turn.owe(department.address, letter(event), lane=f"{department.address}:{event.conversation}", due=turn.now, begins=begins)


def origin(what: object) -> str:
    """The message that it is about or answers, or ""."""
    if isinstance(what, Edited | Deleted | Bounced):
        return what.message
    return getattr(what, "reply_to", None) or ("" if isinstance(what, Said | Marked) else getattr(what, "message", None) or "")
