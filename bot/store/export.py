"""The export: every row that people or programs outside may rely on, as plain JSON values. Its keys are documented in docs/export.md."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, bindparam, func, select

from bot.domain.assets import Asset
from bot.domain.contacts import Contact
from bot.domain.ids import channel_of
from bot.domain.learning import Outside, Proposal
from bot.domain.messages import Attachment
from bot.domain.outcomes import Outcome
from bot.domain.people import BOT
from bot.domain.service_levels import Promised, Running
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.asset_lines import asset_line
from bot.ports.world import EntryVersion, Recorded
from bot.store.assets import ASSET, AssetReading
from bot.store.contacts import ContactReading
from bot.store.session import Session, Statement
from bot.store.snapshot import snapshot
from bot.store.tables import assets, entries, entry_versions, events, messages, outcomes, outside, proposals, tickets

Line = dict[str, object]
BATCH = 500  # rows in memory at a time, however many there are
MOST_AUDITS = 1_000  # of an asset: the newest


def ticket_line(ticket: Ticket, desk: str) -> Line:
    """A ticket as it stands. entry: what solved it, or null."""
    return {
        "type": "ticket",
        "number": ticket.id,
        "desk": desk,
        "status": ticket.status,
        "tier": ticket.tier,
        "assignee": ticket.assignee,
        "requester": ticket.requester,
        "channel": channel_of(ticket.conversation),
        "conversation": ticket.conversation,
        "language": ticket.language,
        "question": ticket.question,
        "priority": ticket.priority,
        "kind": ticket.kind,
        "offers": [asdict(offer) for offer in ticket.offers],
        "entry": ticket.entry or None,
        "solution": ticket.solution or None,
        "follows": ticket.follows or None,
        "impact": ticket.impact or None,
        "urgency": ticket.urgency or None,
        "tags": list(ticket.tags),
        "fields": dict(ticket.fields),
        "asset": ticket.asset or None,
        "watchers": list(ticket.watchers),
        "parent": ticket.parent or None,
        "parent_as": ticket.parent_as or None,
        "related": list(ticket.related),
        "external": ticket.external or None,
        "external_url": ticket.external_url or None,
        "rating": ticket.rating or None,
        "comment": ticket.comment or None,
        "promised": _promised(ticket.promised),
        "due_at": _moment(ticket.due_at),
        "breached": ticket.breached,
        "opened_at": _moment(ticket.opened_at),
        "tier_since": _moment(ticket.tier_since),
        "first_reply_at": _moment(ticket.human_at),
        "changed_at": _moment(ticket.changed_at),
        "resolved_at": _moment(ticket.resolved_at),
        "closed_at": _moment(ticket.closed_at),
    }


def _promised(promised: Promised | None) -> Line | None:
    if promised is None:
        return None
    return {"policy": promised.policy, "clocks": [_clock(clock) for clock in promised.clocks if clock.target_s]}


def _clock(clock: Running) -> Line:
    ran = [[_moment(since), _moment(until)] for since, until in clock.ran]
    return {**asdict(clock), "due": _moment(clock.due), "met_at": _moment(clock.met_at), "risk_at": _moment(clock.risk_at), "ran": ran}


def message_line(message: TicketMessage) -> Line:
    """A message of a ticket's talk. delivery: null for what came in."""
    return {
        "type": "message",
        "id": message.id,
        "ticket": message.ticket,
        "direction": message.direction,
        "kind": message.kind,
        "author": message.author,
        "text": message.text,
        "delivery": message.delivery or None,
        "at": _moment(message.at),
        "attachments": [_file(attachment) for attachment in message.attachments],
        "source": message.source or None,
        "edited_from": message.edited or None,
        "deleted": message.deleted,
    }


def event_line(event: Recorded) -> Line:
    """What happened. details: as bot/domain/events.py says, by name."""
    return event.line()


def entry_line(version: EntryVersion) -> Line:
    """An entry of the knowledge base as it is now, and who left it so."""
    entry = version.entry
    return {
        "type": "entry",
        "id": entry.id,
        "version": version.version,
        "changed_by": version.by,
        "changed_at": _moment(version.at),
        "retired": entry.retired,
        "audience": entry.audience,
        "valid_until": entry.valid_until.isoformat() if entry.valid_until else None,
        "review_on": entry.review_on.isoformat() if entry.review_on else None,
        "finds": list(entry.finds),
        "avoids": list(entry.avoids),
        "tags": list(entry.tags),
        "texts": [{"lang": t.lang, "question": t.question, "phrasings": list(t.phrasings), "answer": t.answer} for t in entry.texts],
    }


def outcome_line(outcome: Outcome) -> Line:
    """A question asked of the knowledge base, and whether its best entry was right. The words are the ticket's."""
    return {
        "type": "outcome",
        "id": outcome.id,
        "ticket": outcome.ticket,
        "asked_at": _moment(outcome.asked_at),
        "language": outcome.language,
        "entry": outcome.entry or None,
        "score": outcome.score,
        "known": outcome.known,
        "scale": outcome.scale or None,
        "decision": outcome.decision,
        "picked": outcome.picked or None,
        "judgement": outcome.judgement or None,
        "instead": outcome.instead or None,
        "source": outcome.source or None,
        "judged_at": _moment(outcome.judged_at),
    }


def proposal_line(proposal: Proposal) -> Line:
    """A question that was proposed as a way to ask an entry. text: cleaned, or as an admin changed it."""
    return {
        "type": "proposal",
        "id": proposal.id,
        "entry": proposal.entry,
        "language": proposal.lang,
        "text": proposal.text,
        "ticket": proposal.ticket,
        "proposed_by": proposal.by,
        "proposed_at": _moment(proposal.at),
        "state": proposal.state,
        "decided_by": proposal.decided_by,
        "decided_at": _moment(proposal.decided_at),
    }


def outside_line(mark: Outside) -> Line:
    """A question that is not for this FAQ."""
    return {
        "type": "outside",
        "id": mark.id,
        "text": mark.text,
        "language": mark.lang,
        "ticket": mark.ticket,
        "marked_by": mark.by,
        "marked_at": _moment(mark.at),
    }


def contact_line(contact: Contact) -> Line:
    """A message or a call between somebody and the desk, or talk that opened nothing."""
    return {
        "type": "contact",
        "at": _moment(contact.at),
        "person": contact.person,
        "channel": contact.channel,
        "direction": contact.direction,
        "medium": contact.medium,
        "outcome": contact.outcome or None,
        "by": contact.by or None,
        "by_bot": contact.by == BOT.id,
        "ticket": contact.ticket or None,
        "reason": contact.reason or None,
        "duration_s": contact.duration_s if contact.medium == "call" else None,
        "message": contact.message or None,
    }


async def lines(url: str, desk: str) -> AsyncIterator[Line]:
    """Tickets, messages, events, outcomes, proposals, marks, contacts and assets, each kind in the order in which they were handled, then entries by id.

    All as of one moment.

    url: a DATABASE_URL; it is only read, also beside the processes that use it. desk: its name. Raises ConfigError, StoreError.
    """
    async with snapshot(url) as session:
        async for line in _lines(session, desk):
            yield line


async def _lines(session: Session, desk: str) -> AsyncIterator[Line]:
    async for row in _rows(session, _TICKETS):
        yield ticket_line(Ticket(*row[1:]), desk)
    async for row in _rows(session, _MESSAGES):
        yield message_line(TicketMessage(*row[1:]))
    async for row in _rows(session, _EVENTS):
        yield event_line(Recorded(*row[1:]))
    async for row in _rows(session, _OUTCOMES):
        yield outcome_line(Outcome(*row[1:]))
    async for row in _rows(session, _PROPOSALS):
        yield proposal_line(Proposal(*row[1:]))
    async for row in _rows(session, _OUTSIDE):
        yield outside_line(Outside(*row[1:]))
    async for contact in ContactReading(session).every():
        yield contact_line(contact)
    reading = AssetReading(session)
    async for row in _rows(session, _ASSETS):
        asset = Asset(*row[1:])
        audits = await reading.audits(asset.id, MOST_AUDITS)
        yield asset_line(asset, await reading.asset_sections(asset.id), audits[::-1])
    async for row in _rows(session, _ENTRIES, first=""):
        yield entry_line(EntryVersion(*row[1:]))


def _after(order: Column[Any], columns: list[Column[Any]]) -> Statement:
    """The next rows after a place in the order: costs the same at the millionth as at the first."""
    return Statement(select(order, *columns).where(order > bindparam("after", type_=order.type)).order_by(order).limit(BATCH))


def _columns(table: Table, value: type) -> list[Column[Any]]:
    return [table.c[field.name] for field in fields(value)]


_TICKETS = _after(tickets.c.row, _columns(tickets, Ticket))
_MESSAGES = _after(messages.c.id, _columns(messages, TicketMessage))
_EVENTS = _after(events.c.id, _columns(events, Recorded))
_OUTCOMES = _after(outcomes.c.id, _columns(outcomes, Outcome))
_PROPOSALS = _after(proposals.c.id, _columns(proposals, Proposal))
_OUTSIDE = _after(outside.c.id, _columns(outside, Outside))
_ASSETS = _after(assets.c.id, list(ASSET))
_versions = entry_versions.alias("newest")
_ENTRIES = Statement(
    select(entries.c.id, entries.c.entry, entry_versions.c.version, entry_versions.c.by, entry_versions.c.at)
    .where(entries.c.id > bindparam("after", type_=entries.c.id.type), entry_versions.c.id == entries.c.id)
    .where(entry_versions.c.version == select(func.max(_versions.c.version)).where(_versions.c.id == entries.c.id).scalar_subquery())
    .order_by(entries.c.id)
    .limit(BATCH)
)


async def _rows(session: Session, statement: Statement, first: int | str = 0) -> AsyncIterator[tuple[Any, ...]]:
    after: Any = first
    while rows := await session.all(statement, after=after):
        for row in rows:
            yield row
        after = rows[-1][0]


def _file(attachment: Attachment) -> Line:
    """Name and size; its source is the channel's secret."""
    return {"name": attachment.name, "mime": attachment.mime, "size": attachment.size}


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
