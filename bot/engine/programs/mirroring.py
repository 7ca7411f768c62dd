"""Whatever changes a ticket is owed, in the same transaction, to the tool that it is mirrored to; and what that tool calls it is known here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from zlib import crc32

from pydantic import TypeAdapter

from bot.domain.messages import Outbound, Say
from bot.domain.mirror import ADDRESS, BEGINS, CHANGES, CREATED, TITLE, Mirror, Twin, key_of, note_key
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.kept import Noted
from bot.ports import Parcel, Recorded
from bot.ports.store import Transaction

if TYPE_CHECKING:
    from bot.engine.turn import Turn  # which calls this

LANES = 16  # a ticket's are in one of them: what the tool does not take holds up a part of the others alone, and an absent tool is asked for by few
COMMENTS = frozenset({"reply", "detail", "call"})
_PAYLOAD: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])
_TWIN: TypeAdapter[Twin] = TypeAdapter(Twin)


# ---------------------------------------------------------------------------------------------------------------- what is owed
async def owe(turn: Turn, event: Recorded) -> None:
    """Tell the tool of this event, or of its ticket as it is now, where it does not have it yet."""
    mirror = turn.desk.mirror
    if mirror is None or not event.ticket or event.name not in CHANGES:
        return
    ticket = await turn.tx.ticket(event.ticket)
    if ticket is None:
        return
    told = {"event": {"id": event.id, "name": event.name, "actor": event.by, "details": _details(mirror, event)}}
    if await _is_there(turn.tx, ticket):
        if CHANGES[event.name]:
            await _post(turn, mirror, ticket, str(event.id), CHANGES[event.name], told)
    elif ticket.is_open and mirror.wants(ticket):
        await _post(turn, mirror, ticket, CREATED, "ticket.created", told)


async def comment(turn: Turn, ticket: Ticket, said: TicketMessage) -> None:
    """Tell the tool what was said: of notes only where the desk wants that. A reply that may be taken back waits as long as that."""
    mirror = turn.desk.mirror
    if mirror is None or not mirror.words or said.kind not in (COMMENTS | {"note"} if mirror.notes else COMMENTS):
        return
    if said.kind == "call" and not mirror.notes and said.direction == "out":
        return  # what an agent wrote of a call is for the team
    ticket = await turn.tx.ticket(ticket.id) or ticket
    if not await _is_there(turn.tx, ticket):
        return
    words = {
        "id": said.id, "kind": said.kind, "public": said.kind != "note" and not (said.kind == "call" and said.direction == "out"), "author": said.author,
        "author_name": await turn.name_of(said.author) if mirror.names else None, "text": said.text, "files": [file.name for file in said.attachments],
    }  # fmt: skip
    delay = turn.desk.take_back if said.kind == "reply" and said.delivery == "waiting" else None
    await _post(turn, mirror, ticket, f"m{said.id}", "ticket.commented", {"comment": words}, turn.now + delay if delay else None)


async def take_back(turn: Turn, said: TicketMessage) -> None:
    """A reply never went out: nor does it to the tool."""
    if turn.desk.mirror is not None:
        await turn.tx.withdraw(key_of(said.ticket, f"m{said.id}"))


async def _is_there(tx: Transaction, ticket: Ticket) -> bool:
    """Was the tool told of it, whether it answered yet or not?"""
    return bool(ticket.external) or await tx.parcel(key_of(ticket.id, CREATED)) is not None


async def _post(turn: Turn, mirror: Mirror, ticket: Ticket, which: str, kind: str, data: Mapping[str, object], due: datetime | None = None) -> None:
    key, lane = key_of(ticket.id, which), f"{BEGINS}{crc32(ticket.id.encode()) % LANES}"
    body: dict[str, object] = {"type": kind, "timestamp": turn.now.isoformat(), "data": {"ticket": await _shown(turn, mirror, ticket), **data}}
    message = Outbound((Say(key.removeprefix(BEGINS)), Say(_PAYLOAD.dump_json(body).decode())))
    await turn.tx.post(Parcel(key, lane, ADDRESS, message, due or turn.now, ticket=ticket.id))
    if lane not in turn.lanes:
        turn.lanes.append(lane)


async def _shown(turn: Turn, mirror: Mirror, ticket: Ticket) -> dict[str, object]:
    """A ticket as the tool reads it: docs/mirror.md."""
    tier = turn.desk.tier(ticket.tier)
    told: dict[str, object] = {
        "number": ticket.id, "url": f"{turn.desk.url}/agent/tickets/{ticket.id}" if turn.desk.url else None, "kind": ticket.kind, "status": ticket.status,
        "tier": ticket.tier, "team": tier.name if tier else None, "priority": ticket.priority, "impact": ticket.impact or None,
        "urgency": ticket.urgency or None, "tags": list(ticket.tags), "language": ticket.language, "requester": ticket.requester,
        "assignee": ticket.assignee, "parent": ticket.parent or None, "parent_as": ticket.parent_as or None, "related": list(ticket.related),
        "opened_at": ticket.opened_at, "resolved_at": ticket.resolved_at, "closed_at": ticket.closed_at,
    }  # fmt: skip
    if mirror.words:
        title = " ".join(ticket.question.split())
        told |= {"title": title[:TITLE], "description": ticket.question, "fields": dict(ticket.fields), "solution": ticket.solution or None}
    if mirror.names:
        told |= {"requester_name": await turn.name_of(ticket.requester), "assignee_name": await turn.name_of(ticket.assignee) if ticket.assignee else None}
    return told


def _details(mirror: Mirror, event: Recorded) -> dict[str, object]:
    """Why something was passed on is for the team alone."""
    hidden = set() if mirror.notes else {"reason"}
    hidden |= set() if mirror.words else {"solution", "reason"}
    return {name: None if name in hidden else value for name, value in event.details.items()}


# ------------------------------------------------------------------------------------------------------------- what it answered
async def twin_of(notes: Noted, number: str) -> Twin | None:
    """What the tool answered of that ticket, as its channel kept it; None while it has not."""
    kept = (await notes.noted(note_key(number))).get(note_key(number), "")
    return _TWIN.validate_json(kept) if kept else None


def as_note(twin: Twin) -> str:
    """As it is kept."""
    return _TWIN.dump_json(twin).decode()


def type_of(message: Outbound) -> str:
    """What kind of telling it is, for lists; "" when its words were erased since."""
    said = [part.text for part in message.parts if isinstance(part, Say)]
    return str(json.loads(said[1])["type"]) if len(said) > 1 else ""
