"""The first time somebody writes on a channel the bot's first answer says in a line that it is a bot, what is kept, and where there is more. Once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.desks import Desk, PrivacyNotice
from bot.domain.ids import channel_of
from bot.domain.messages import Commanded, Outbound, Part, Said, Small, Submitted
from bot.domain.tickets import Ticket
from bot.engine.contacts.telephone import CHANNEL
from bot.engine.kept import Kept
from bot.engine.tongue import Tongue, tongue

if TYPE_CHECKING:
    from bot.engine.turn import Turn  # which calls this

ON_ITS_PAGE = frozenset({"web", "api"})  # where the page, or the program, says it
TOLD: Kept[bool] = Kept("told-privacy", bool)
"""By the person's id, which is another one on each channel."""


async def with_notice(turn: Turn, to: str, body: Outbound, number: str) -> Outbound:
    """The answer with the line under it, if it is their first here. number: of the ticket it is about, or ""."""
    notice = turn.desk.privacy
    if notice is None or not _answers_them(turn, to, body) or await TOLD.get(turn.tx, turn.person.id):
        return body
    ticket = await turn.tx.ticket(number) if number else None
    t = tongue(ticket.language) if ticket else await turn.tongue_for(turn.person.id)
    await TOLD.put(turn.tx, turn.person.id, True)
    return replace(body, parts=(*body.parts, Small(line(t, notice, turn.desk.name, turn.event.channel))))


def line(t: Tongue, notice: PrivacyNotice, desk: str, channel: str) -> str:
    """As people read it there; on the telephone, where it may be read out and each sign counts, in short."""
    return " ".join(filter(None, (notice.words or _usual(t, desk, channel), notice.url)))


def notices(parts: Sequence[Part], desk: Desk, ticket: Ticket) -> list[Part]:
    """Of the parts of a message about the ticket: this line, if it is among them."""
    if desk.privacy is None:
        return []
    said = line(tongue(ticket.language), desk.privacy, desk.name, channel_of(ticket.conversation))
    return [part for part in parts if isinstance(part, Small) and part.text == said]


def _usual(t: Tongue, desk: str, channel: str) -> str:
    if channel == CHANNEL:
        return t.say("A bot answers; what you say is kept to help you. PRIVACY says more.")
    more = "/support privacy" if channel == "slack" else "/privacy"
    return t.say("A bot answers here. What you write is kept so that {desk} can help you; {command} says more.", desk=desk, command=more)


def _answers_them(turn: Turn, to: str, body: Outbound) -> bool:
    """Is it an answer to what somebody who wants help has just written?"""
    event = turn.event
    if event.channel in ON_ITS_PAGE or channel_of(to) != event.channel or to not in (event.conversation, turn.person.id) or not body.parts:
        return False
    is_theirs = isinstance(event.what, Said | Commanded | Submitted) and turn.desk.tier_at(getattr(event.what, "place", "")) is None
    return is_theirs and not body.card and body.voice not in ("person", "work", "bulk")
