"""What the bot says by letter: one automatic letter to a reader for each event, whatever was said on the way. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.messages import Outbound
from bot.ports import Channel, Parcel, Posts


class Letters:
    """Those of one turn, held back until it ends."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], Parcel] = {}

    def hold(self, parcel: Parcel) -> str | None:
        """It goes out with the turn; gives the key under which, the first one's. None when it must go by itself: it is about another ticket or message."""
        name = (parcel.lane, parcel.to)
        before = self._held.setdefault(name, parcel)
        if before is not parcel:
            joined = _joined(before, parcel)
            if joined is None:
                return None
            self._held[name] = joined
        return self._held[name].key

    def take(self) -> list[Parcel]:
        """All that were held, in order; none are any more."""
        held, self._held = list(self._held.values()), {}
        return held


def voiced(body: Outbound, channel: Channel | None, *, answers: bool, chosen: bool) -> Outbound:
    """Where letters are sent: is it an answer to what its reader has just done, or to what they have chosen? Elsewhere nobody asks."""
    if not isinstance(channel, Posts):
        return replace(body, voice="") if body.voice else body
    if not answers or body.voice:
        return body
    return replace(body, voice="choice" if chosen else "answer")


def is_held(parcel: Parcel, channel: Channel | None, now: datetime) -> bool:
    """Is it an automatic letter of now?"""
    if channel is None or not channel.can.letters or parcel.edits or parcel.thread or parcel.due > now:
        return False
    return isinstance(parcel.body, Outbound) and parcel.body.voice not in ("person", "work", "bulk") and not parcel.body.card


def _joined(one: Parcel, more: Parcel) -> Parcel | None:
    if not isinstance(one.body, Outbound) or not isinstance(more.body, Outbound) or one.body.voice != more.body.voice:
        return None
    if (one.ticket and more.ticket and one.ticket != more.ticket) or (one.message and more.message and one.message != more.message):
        return None
    body = replace(
        one.body,
        parts=(*one.body.parts, *more.body.parts),
        choices=(*one.body.choices, *more.body.choices),
        attachments=(*one.body.attachments, *more.body.attachments),
        ask=more.body.ask or one.body.ask,
        awaits=one.body.awaits or more.body.awaits,
        only_for=one.body.only_for or more.body.only_for,
        reply_to=one.body.reply_to or more.body.reply_to,
    )
    return replace(one, body=body, ticket=one.ticket or more.ticket, message=one.message or more.message, fresh=one.fresh and more.fresh)
