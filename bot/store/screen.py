"""A conversation as its requester sees it, put together from what came in and what went out: pure, the same for every store.

Order is the inbox's: everything of ours stands behind the newest event there was when it was posted, so that clocks do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot.domain.messages import Attachment, Inbound, Outbound, Said, Words
from bot.domain.tickets import Ticket, TicketMessage, can_be_pressed
from bot.ports.store import Parcel
from bot.ports.world import ScreenLine

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Heard:
    """An event `Said` in the conversation. id: its inbox id."""

    id: int
    event: Inbound


@dataclass(frozen=True, slots=True)
class Written:
    """A message of a ticket's requester. heard: the newest inbox id when it was written down."""

    heard: int
    message: TicketMessage


@dataclass(frozen=True, slots=True)
class Shown:
    """A message parcel to the conversation, no edit. heard: as above. now: its body as last edited."""

    heard: int
    id: int
    parcel: Parcel
    at: datetime
    now: Outbound


def lines(
    heard: Sequence[Heard], written: Sequence[Written], shown: Sequence[Shown], authors: frozenset[str], tickets: Mapping[str, Ticket], limit: int
) -> list[ScreenLine]:
    """The newest `limit` lines, oldest first. authors: who the conversation is with; tickets: by number.

    Words of a ticket of which all else was forgotten (see Store.old) are not shown either: half a talk would be worse than none.
    """
    by_source = {w.message.source: w.message for w in written if w.message.source}
    covered = {h.event.what.message for h in heard if isinstance(h.event.what, Said)}
    found = [_heard_line(h, h.event.what, by_source.get(h.event.what.message)) for h in heard if isinstance(h.event.what, Said)]
    remembered = {s.parcel.ticket for s in shown} | {w.message.ticket for w in written if w.message.source in covered}
    found += [_written_line(w) for w in written if w.message.ticket in remembered and not (w.message.source and w.message.source in covered)]
    visible = [s for s in shown if s.now.only_for is None or s.now.only_for in authors]
    live = max((s for s in visible if s.now.choices), key=_place, default=None)
    found += [_shown_line(s, s is live and any(can_be_pressed(c.action, tickets.get(s.parcel.ticket)) for c in s.now.choices)) for s in visible]
    return sorted((line for line in found if line is not None), key=lambda line: line.id)[-limit:]


def last_edits(edits: Iterable[tuple[str, str, T]]) -> dict[str, T]:
    """What each message says now. edits: (key of what is edited, key of the edit, the new content), oldest first; an edit may edit an edit."""
    root: dict[str, str] = {}
    last: dict[str, T] = {}
    for edited, key, content in edits:
        root[key] = root.get(edited, edited)
        last[root[key]] = content
    return last


def _place(shown: Shown) -> str:
    return _id(shown.heard, 2, shown.id)


def _id(heard: int, rank: int, number: int) -> str:
    return f"{heard:010}-{rank}-{number:010}"


def _heard_line(heard: Heard, said: Said, message: TicketMessage | None) -> ScreenLine | None:
    if message is not None and message.deleted:
        return None
    text = message.text if message else said.text
    return ScreenLine(_id(heard.id, 0, heard.id), "requester", _words(text, said.attachments), heard.event.at, edited=bool(message and message.edited))


def _written_line(written: Written) -> ScreenLine | None:
    message = written.message
    if message.deleted:
        return None
    body = _words(message.text, message.attachments)
    return ScreenLine(_id(written.heard, 1, message.id), "requester", body, message.at, edited=bool(message.edited))


def _shown_line(shown: Shown, live: bool) -> ScreenLine:
    before = shown.parcel.body
    edited = isinstance(before, Outbound) and _people_words(before) != _people_words(shown.now)
    return ScreenLine(_place(shown), "desk", shown.now, shown.at, live, edited)


def _words(text: str, attachments: tuple[Attachment, ...]) -> Outbound:
    return Outbound((Words(text),) if text else (), attachments=attachments)


def _people_words(message: Outbound) -> list[str]:
    return [part.text for part in message.parts if isinstance(part, Words)]
