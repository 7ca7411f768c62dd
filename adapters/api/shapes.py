"""What the API shows: each value of the desk as JSON. Names are only ever added to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from bot.domain.ids import PersonId, channel_of
from bot.domain.listings import FACTS, Listed
from bot.domain.people import Person
from bot.domain.tickets import Status, Ticket, TicketMessage
from bot.ports import EntryVersion, Recorded
from bot.ports.curating import Draft
from kb.entries import Audience, Entry

State = Literal["published", "archived"]


class OfferOut(BaseModel):
    """An entry that tier 1 offered or looked at. score: 0..100. outcome: "" (shown, no reaction), listed, solved, refused, unlike (not shown)."""

    entry: str
    lang: str
    question: str
    score: float
    outcome: str
    reason: str


class TicketOut(BaseModel):
    """A ticket. tier 1 is the bot. version: grows with each change, and is the ETag. waits_since: since when the requester waits for a person.

    asset: the id of the computer it is about.
    """

    number: str
    status: Status
    tier: int
    assignee: str | None
    requester: str
    channel: str
    question: str
    language: str
    priority: str
    impact: str
    urgency: str
    kind: str
    tags: list[str]
    fields: dict[str, str]
    asset: int | None
    entry: str | None
    solution: str
    follows: str | None
    parent: str | None
    related: list[str]
    external: str | None
    external_url: str | None
    offers: list[OfferOut]
    rating: int | None
    comment: str
    opened_at: datetime
    changed_at: datetime
    waits_since: datetime | None
    due_at: datetime | None
    breached: bool
    resolved_at: datetime | None
    closed_at: datetime | None
    version: int


class MessageOut(BaseModel):
    """A message of a ticket's talk. kind: question, detail, bot, reply, note (for agents alone), system. delivery: waiting, sent, failed, taken_back."""

    id: int
    direction: Literal["in", "out"]
    kind: str
    author: str
    text: str
    at: datetime
    delivery: str
    files: list[str]


class EventOut(BaseModel):
    """What happened to a ticket."""

    id: int
    name: str
    by: str
    channel: str
    at: datetime
    details: dict[str, object]


class TicketDetail(BaseModel):
    """A ticket with its talk and its history, oldest first."""

    ticket: TicketOut
    messages: list[MessageOut]
    events: list[EventOut]


class TicketPage(BaseModel):
    """Tickets, the newest change first. next: the cursor of the page after this, or null."""

    tickets: list[TicketOut]
    next: str | None


class TextOut(BaseModel):
    """An entry in one language. answer: Markdown. phrasings: other ways to ask."""

    lang: str
    question: str
    answer: str
    phrasings: list[str]


class EntryOut(BaseModel):
    """An entry of the knowledge base as it is published. version: counts what was published, and is the ETag."""

    id: str
    state: State
    texts: list[TextOut]
    tags: list[str]
    audience: Audience
    valid_until: date | None
    review_on: date | None
    finds: list[str]
    avoids: list[str]


class EntryDetail(BaseModel):
    """An entry with who published it last."""

    entry: EntryOut
    version: int
    changed_by: str
    changed_at: datetime


class EntryPage(BaseModel):
    """Entries by their id. next: the cursor of the page after this, or null."""

    entries: list[EntryOut]
    next: str | None


class ListingOut(BaseModel):
    """What the company's directory said of somebody, and when. disabled: so is their account there."""

    name: str
    mail: str
    phone: str
    department: str
    title: str
    manager: str
    location: str
    login: str
    disabled: bool
    at: datetime


class PersonOut(BaseModel):
    """A person on one channel. addresses: theirs on every channel, this one first, as far as they proved it.

    directory: what the company's directory says of them; null where it names nobody, or there is none.
    """

    id: str
    channel: str
    name: str
    language: str | None
    timezone: str | None
    addresses: list[str]
    directory: ListingOut | None


class PeopleOut(BaseModel):
    """Those of the people asked for who are known."""

    people: list[PersonOut]


class KeyOut(BaseModel):
    """A key, as whoever holds it may see it."""

    name: str
    scopes: list[str]
    acts_as: str


def ticket_out(ticket: Ticket) -> TicketOut:
    """A ticket as the API shows it."""
    return TicketOut(
        number=ticket.id, status=ticket.status, tier=ticket.tier, assignee=ticket.assignee, requester=ticket.requester,
        channel=channel_of(ticket.requester), question=ticket.question, language=ticket.language,
        priority=ticket.priority, impact=ticket.impact, urgency=ticket.urgency, kind=ticket.kind, tags=list(ticket.tags), fields=dict(ticket.fields),
        asset=ticket.asset or None,
        entry=ticket.entry or None, solution=ticket.solution, follows=ticket.follows or None, parent=ticket.parent or None, related=list(ticket.related),
        external=ticket.external or None, external_url=ticket.external_url or None,
        offers=[OfferOut(entry=o.entry, lang=o.lang, question=o.question, score=o.score, outcome=o.outcome, reason=o.reason) for o in ticket.offers],
        rating=ticket.rating or None, comment=ticket.comment, opened_at=ticket.opened_at, changed_at=ticket.changed_at or ticket.opened_at,
        waits_since=ticket.waits_since, due_at=ticket.due_at, breached=ticket.breached,
        resolved_at=ticket.resolved_at, closed_at=ticket.closed_at, version=ticket.version,
    )  # fmt: skip


def message_out(message: TicketMessage) -> MessageOut:
    """A message as the API shows it."""
    return MessageOut(
        id=message.id, direction=message.direction, kind=message.kind, author=message.author, text=message.text, at=message.at,
        delivery=message.delivery, files=[a.name for a in message.attachments],
    )  # fmt: skip


def event_out(event: Recorded) -> EventOut:
    """An event as the API shows it."""
    return EventOut(id=event.id, name=event.name, by=event.by, channel=event.channel, at=event.at, details=event.details)


def entry_out(entry: Entry) -> EntryOut:
    """An entry as the API shows it."""
    return EntryOut(
        id=entry.id, state="archived" if entry.retired else "published", tags=list(entry.tags), audience=entry.audience,
        texts=_texts(entry),
        valid_until=entry.valid_until, review_on=entry.review_on, finds=list(entry.finds), avoids=list(entry.avoids),
    )  # fmt: skip


def entry_detail(version: EntryVersion) -> EntryDetail:
    """An entry as it was published last."""
    return EntryDetail(entry=entry_out(version.entry), version=version.version, changed_by=version.by, changed_at=version.at)


def person_out(person: Person, addresses: tuple[PersonId, ...], listed: Listed | None = None) -> PersonOut:
    """A person as the API shows them."""
    return PersonOut(
        id=person.id, channel=channel_of(person.id), name=person.name, language=person.language, timezone=person.timezone, addresses=list(addresses),
        directory=_listing_out(listed),
    )  # fmt: skip


def _listing_out(listed: Listed | None) -> ListingOut | None:
    if listed is None or listed.listing is None:
        return None
    facts = {name: getattr(listed.listing, name) for name in FACTS}
    return ListingOut(**facts, disabled=listed.listing.is_off, at=listed.at)


class DraftOut(BaseModel):
    """An entry as it shall be, until somebody publishes or discards it. entry: the id it has or will have."""

    id: int
    entry: str
    state: Literal["draft", "review", "published", "discarded"]
    origin: str
    begun_by: str
    begun_at: datetime
    changed_by: str
    changed_at: datetime
    reviewer: str | None
    remark: str
    ticket: str | None
    texts: list[TextOut]


class DraftsOut(BaseModel):
    """Drafts that may still be published, the newest first."""

    drafts: list[DraftOut]


def draft_out(draft: Draft) -> DraftOut:
    """A draft as the API shows it."""
    return DraftOut(
        id=draft.id, entry=draft.of, state=draft.state, origin=draft.origin, begun_by=draft.by, begun_at=draft.at, changed_by=draft.changed_by,
        changed_at=draft.changed_at, reviewer=draft.reviewer or None, remark=draft.remark, ticket=draft.ticket or None, texts=_texts(draft.entry),
    )  # fmt: skip


def _texts(entry: Entry) -> list[TextOut]:
    return [TextOut(lang=t.lang, question=t.question, answer=t.answer, phrasings=list(t.phrasings)) for t in entry.texts]


class ReportOut(BaseModel):
    """A report by its name, and what it tells."""

    name: str
    about: str


class ReportNames(BaseModel):
    """Every report there is."""

    reports: list[ReportOut]
