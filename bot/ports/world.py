"""Channels, clock, bus, and the questions that pages ask. Another could write each implementation anew from these texts.

A channel (adapters/<name>/channel.py) is `Channel`; what only some can do is a protocol of its own, asked for first:
`if isinstance(channel, Edits)`. What each platform must make of it (ids, presses, cards, files): adapters/README.md.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import (
    Attachment,
    Capabilities,
    Choice,
    Form,
    Home,
    Inbound,
    Outbound,
    Reaction,
    Refusal,
)
from bot.domain.outcomes import Outcome
from bot.domain.people import Person
from bot.domain.tickets import Status, Ticket, TicketMessage
from bot.ports.assets import AssetReader
from bot.ports.contacts import ContactReader
from bot.ports.counting import CountingReader
from bot.ports.curating import DraftReader
from bot.ports.delivering import DeliveryReader
from bot.ports.learning import LearningReader
from bot.ports.waiting import Waits
from kb.entries import Entry

Receive = Callable[[Inbound], Awaitable[None]]
"""The one door in. Returns when the event is committed: only then may it be acknowledged. A repeat (same key) returns, too, without effect.
Raises StoreError when it could not be kept: do not acknowledge, so that the platform sends it again."""


class Enquiries(Protocol):
    """Quick questions an adapter may ask while a person waits (Slack's trigger_id lives 3 s). Read-only, local, a few milliseconds."""

    async def form(self, action: str, person: PersonId) -> Form | Refusal | None:
        """The form this press needs, why it is refused, or None when the press needs no words (then: send it as Pressed).

        action: a Choice.action, or "ask" (a new question), "new" (a request by one of the desk's forms; where it has
        none, the same as "ask"), "new:<kind>", "faq" (the list to edit), "faq-new", "faq-new:<words>" (an entry from a message),
        "faq-draft:<ticket>", "draft:<ticket>" (an entry of a solved one), "draft-save:<draft>:<language>", "draft-back:<draft>",
        "link:<ticket>", "learn-edit:<proposal>" (what admins do with a question).
        """
        ...

    async def asked_again(self, action: str, person: PersonId, values: Mapping[str, str], files: int = 0) -> Form | None:
        """The form of this action as it is now, with what was filled in and a problem at each field that does not hold; None: it may be sent.

        values: of every field that was asked, empty ones, too. files: how many come with it.
        """
        ...

    async def choices(self, number: str, person: PersonId) -> Sequence[Choice]:
        """The buttons of everything this person may do with that ticket as it stands, as on its card; none where there is no such ticket."""
        ...

    async def may(self, act: str, person: PersonId, number: str = "") -> bool:
        """Has this person, now, the right to that act (bot/domain/roles.py), towards the ticket or, without a number, towards the desk?"""
        ...

    async def rank(self, person: PersonId) -> Literal["admin", "agent", ""]:
        """What this person is to the whole desk now: an admin, an agent of some tier, or neither.

        Raises DeliveryError when their platform cannot say at the moment.
        """
        ...

    async def home(self, person: PersonId) -> Home:
        """The person's home page as it is now."""
        ...

    async def popular(self, language: str) -> Sequence[Choice]:
        """A few entries in that language that helped most lately, a button each; none while nothing is known to help."""
        ...

    async def conversation_about(self, number: str, person: PersonId) -> ConversationId | None:
        """Where that ticket is talked about, if this person is its requester; None for everybody else, and where there is no such ticket."""
        ...

    def is_known(self, conversation: ConversationId) -> bool:
        """Has the desk a conversation there? Cheap: an adapter may drop unaddressed talk elsewhere by it."""
        ...


@runtime_checkable
class Remembers(Protocol):
    """Enquiries that know where the desk talks: asked by a channel that reads from its platform's history what it has missed."""

    def conversations(self, channel: str) -> Sequence[ConversationId]:
        """All conversations of that channel for which `is_known` holds: those in which something happened of late come first."""
        ...


@runtime_checkable
class Suggests(Protocol):
    """Enquiries that know what would be answered: asked while somebody still types."""

    async def suggested(self, words: str, language: str, most: int = 3) -> Sequence[str]:
        """Ids of the entries that a requester would be shown for these words, the best first; none when a person would be asked at once.

        language: of the page, where the words tell none. Nothing is counted, and nobody is told.
        """
        ...


class Channel(Protocol):
    """A network we speak on."""

    name: str
    can: Capabilities

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        """Connect and hand every event to `receive`, until cancelled. Reconnects by itself; raises Unauthorized when the token is refused at start.

        A channel that is called by webhooks (HasRoutes) prepares itself here and then waits to be cancelled.
        """
        ...

    def is_ready(self) -> bool:
        """Connected, or able to be called."""
        ...

    def fit(self, message: Outbound) -> Sequence[Outbound]:
        """Pure: the same message in pieces of which each fits one call of `send`, in order, nothing lost; a piece is not cut again.

        Long texts in numbered parts, then one file a piece; where nothing limits a message it stays whole, files and all.
        Buttons are on one text piece: the last, or a card's first. The card flag is on the first piece alone.
        """
        ...

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """Send one piece that `fit` made. to: a ConversationId, or a PlaceId. thread: the card in whose thread it belongs.

        Raises DeliveryError and its subclasses, nothing else.
        """
        ...

    def thread_of(self, card: MessageId) -> ConversationId | None:
        """Pure: the conversation that words written in the thread of this card arrive in; None when the place has no threads
        (then people reply to the card, and Said.reply_to names it)."""
        ...


@runtime_checkable
class Connects(Protocol):
    """Can speak in a process that does not listen, because another one does.

    is_called: events come to whichever process serves its routes; else `seats` processes at a time ask the platform for them.
    """

    is_called: bool
    seats: int

    async def connect(self) -> None:
        """Returns when it can send. Raises Unauthorized when the token is refused; anything else is tried again."""
        ...


@runtime_checkable
class HasRoutes(Protocol):
    """A channel that is called over HTTP."""

    def routes(self) -> Sequence[object]:
        """Starlette routes for the web server."""
        ...


@runtime_checkable
class Recalls(Protocol):
    """Can find again what it sent, so that a crash between sending and noting it makes nobody read anything twice."""

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None, key: str = "") -> MessageId:
        """As Channel.send; the message bears the key where people do not see it."""
        ...

    async def recall(self, to: str, thread: MessageId | None, key: str) -> MessageId | None:
        """The recent message with that key in that place or thread; None when it is not there. Raises DeliveryError when nobody can say."""
        ...


@runtime_checkable
class Posts(Protocol):
    """Sends letters: each bears a name that follows from its key, so that what goes out twice is seen once, or what comes back (Undelivered) is known."""

    async def post(self, to: str, message: Outbound, key: str, ticket: str) -> MessageId:
        """As Channel.send. key: the same for the same message, however often it is tried. ticket: the number of the one it is about, or ""."""
        ...


@runtime_checkable
class Edits(Protocol):
    """Can change what it sent."""

    async def edit(self, message: MessageId, new: Outbound) -> None:
        """Replace the message in place (a card: also its thread's title). Equal content is no error. Raises as `send`; ThreadGone when it was deleted."""
        ...


@runtime_checkable
class Deletes(Protocol):
    """Can take away what it sent."""

    async def take_away(self, message: MessageId) -> None:
        """It is gone from the platform, also when it was before. Raises as `send`; DeliveryRefused where the platform does not let us (any more)."""
        ...


@runtime_checkable
class Answers(Protocol):
    """Can answer a press or a command so that only its author sees it."""

    async def answer(self, to: str, message: Outbound) -> None:
        """message.only_for sees it; message.answer_to is the handle of the press. message.parts empty: only stop the spinner.

        to: the place of the press. When the handle is too old, falls back to another way that only this person sees. Raises as `send`.
        """
        ...


@runtime_checkable
class Reacts(Protocol):
    """Can put a sign on a message."""

    async def react(self, reaction: Reaction) -> None:
        """Twice is no error. Raises as `send`."""
        ...


@runtime_checkable
class Fetches(Protocol):
    """Can fetch files that people sent on it."""

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """The file's bytes. Raises DeliveryRefused("too_large") over `limit` bytes, ("gone") when it is no more."""
        ...


@runtime_checkable
class Rosters(Protocol):
    """Knows who is in a place now."""

    async def is_member(self, place: PlaceId, person: PersonId) -> bool:
        """Asked of the platform; the caller caches for a minute. Raises DeliveryError when the platform cannot say."""
        ...


@runtime_checkable
class Profiles(Protocol):
    """Knows people's names and languages."""

    async def profile(self, person: PersonId) -> Person:
        """Raises DeliveryError when the platform cannot say."""
        ...


@runtime_checkable
class Invites(Protocol):
    """Has an address that brings a one-time token to us when its reader opens it."""

    def invitation(self, token: str) -> str:
        """The address; "" when this process does not know it. Opening it alone must do nothing but show what the token is for."""
        ...


@runtime_checkable
class Troubled(Protocol):
    """Can be ready to send, and yet have something that does not work."""

    def trouble(self) -> str:
        """What does not work now, with the setting and the cure, for operators; "" when all does."""
        ...


@runtime_checkable
class Homes(Protocol):
    """Has a home page for each person."""

    async def publish(self, person: PersonId, home: Home) -> None:
        """Show this page to the person. Raises as `send`."""
        ...


class Notebook(Protocol):
    """A channel's own small durable notes (a poll offset, a group's new id)."""

    async def note(self, key: str, value: str) -> None:
        """Keep; returns when committed. key: "<channel>:<name>"."""
        ...

    async def noted(self, prefix: str) -> dict[str, str]:
        """All notes whose key begins with prefix."""
        ...


class Files(Protocol):
    """Where a channel that has no store of its own (the web) keeps files that people sent."""

    async def keep_file(self, attachment: Attachment, content: bytes) -> None:
        """Keep under attachment.source; returns when committed."""
        ...

    async def file(self, source: str) -> tuple[Attachment, bytes] | None:
        """The file, or None."""
        ...


class Clock(Protocol):
    """Time is given."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


class Bus(Protocol):
    """Says "this lane has work". It carries no data and may lose or repeat: the sweep finds what it lost.

    Pokes of one lane that wait collapse to one. A lane that was given is not given again in this process until it is `done`, however often
    it is poked meanwhile; another process may be given it. The lanes of a process that dies before `done` are given to another.
    """

    def poke(self, lane: str) -> None:
        """There may be work in this lane (a conversation, or an outbox lane). At once, never raises; the lane is given after this call, also
        when its turn is under way."""
        ...

    def remind(self, lane: str) -> None:
        """The sweep found work in this lane. As `poke`, but passed over where the lane waits already or its turn is under way: the next sweep sees."""
        ...

    async def next(self) -> str:
        """A poked lane; waits. Only as many are given as can be worked at a time."""
        ...

    def done(self, lane: str) -> None:
        """The lane's turn is over, and what it did is committed. At once, never raises; no error when the lane was not given."""
        ...


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """Which tickets. Empty fields do not narrow. before: only tickets changed before (for the next page). limit: at most 100.

    numbers: of these alone; of more than a page holds, the first. label: one that Transaction.label gave it ("tag:vpn", "field:serial=123").
    parent: children of that ticket. priority, kind: of that one.
    due_before: with a promise that is broken by then, soonest first instead of newest change first. breached: with one that was broken.
    """

    numbers: tuple[str, ...] = ()
    requester: str = ""
    assignee: str = ""
    tier: int = 0
    statuses: tuple[Status, ...] = ()
    unclaimed: bool = False
    humans_only: bool = False
    label: str = ""
    parent: str = ""
    priority: str = ""
    kind: str = ""
    due_before: datetime | None = None
    breached: bool = False
    search: str = ""
    before: datetime | None = None
    limit: int = 25


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it was stored. details: what Event.details() gave."""

    id: int
    ticket: str
    name: str
    by: str
    channel: str
    at: datetime
    details: dict[str, object]

    def line(self) -> dict[str, object]:
        """As the export and webhooks show it: docs/export.md."""
        return {
            "type": "event",
            "id": self.id,
            "ticket": self.ticket,
            "name": self.name,
            "actor": self.by,
            "channel": self.channel,
            "at": self.at.isoformat(),
            "details": self.details,
        }


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which events. Empty fields do not narrow. by: who did it. act: an event's name, or an act's ("faq-new") as ActDone and MoveDenied name it.

    since, until: from that moment on, and before that one. before: only events with a smaller id (for the next page).
    """

    by: str = ""
    act: str = ""
    ticket: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int = 0
    limit: int = 50

    def fits(self, event: Recorded) -> bool:
        """Is it one of them, but for the page?"""
        acts = (event.name, event.details.get("act"), event.details.get("move"))
        return (
            (not self.by or event.by == self.by)
            and (not self.act or self.act in acts)
            and (not self.ticket or event.ticket == self.ticket)
            and (self.since is None or event.at >= self.since)
            and (self.until is None or event.at < self.until)
        )


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Events, newest first. older: AuditQuery.before of the next page, 0 when nothing older can be meant."""

    events: tuple[Recorded, ...]
    older: int = 0


@dataclass(frozen=True, slots=True)
class ScreenLine:
    """One line of a conversation as its requester sees it. id: grows in order. live: its choices can still be pressed."""

    id: str
    side: Literal["requester", "desk"]
    message: Outbound
    at: datetime
    live: bool = False
    edited: bool = False


@dataclass(frozen=True, slots=True)
class EntryVersion:
    """An entry as somebody left it."""

    entry: Entry
    version: int
    by: str
    at: datetime


class Reader(LearningReader, DraftReader, CountingReader, ContactReader, AssetReader, DeliveryReader, Waits, Protocol):
    """Read-only questions that pages and commands ask. Always the committed state."""

    async def ticket(self, number: str) -> Ticket | None:
        """The ticket, or None."""
        ...

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """Newest change first."""
        ...

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """The ticket's messages, oldest first; internal: notes as well (for agents alone)."""
        ...

    async def said(self, words: str, limit: int = 100) -> list[str]:
        """Numbers of tickets in which each of the words (five at most) was lately said in one message, notes as well: the newest message first.

        Case aside, as far as the database knows it. Only the newest messages of all are looked through, so that it costs the same however many there are.
        """
        ...

    async def history(self, number: str) -> list[Recorded]:
        """What happened to it, oldest first."""
        ...

    async def audit(self, query: AuditQuery) -> AuditPage:
        """Who did what, newest first. An act is looked for in the newest few thousand events that are otherwise meant, so a page may be short."""
        ...

    async def screen(self, conversation: ConversationId, limit: int = 100) -> list[ScreenLine]:
        """What a requester sees in a conversation, oldest first: their own words and what was sent to them."""
        ...

    async def people(self, ids: Sequence[str]) -> dict[str, Person]:
        """Known people by id; unknown ids are missing."""
        ...

    async def entries(self, search: str = "", retired: bool = False) -> list[Entry]:
        """The knowledge base; search in ids, questions and phrasings, case aside."""
        ...

    async def entry_page(self, search: str = "", archived: bool | None = False, after: str = "", limit: int = 25) -> list[Entry]:
        """As `entries`, those alone whose ids follow `after`, at most `limit`. archived: True for retired ones, False for the others, None for all."""
        ...

    async def entry(self, entry: str) -> Entry | None:
        """The published entry, or None; retired ones are given, too."""
        ...

    async def entry_history(self, entry: str) -> list[EntryVersion]:
        """Every version kept of an entry, newest first."""
        ...

    async def noted(self, prefix: str) -> dict[str, str]:
        """All notes whose key begins with prefix."""
        ...

    async def asked(self, since: datetime, until: datetime, after: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        """Outcomes of questions asked from `since` and before `until`, oldest first; after: the last of the page before."""
        ...

    async def latest_asked(self, before: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        """Outcomes of the newest questions, newest first; before: the last of the page before."""
        ...

    async def judged(self, since: datetime, after: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        """Outcomes whose judgement was given or changed from `since` on, oldest judgement first; after: the last of the page before."""
        ...


class Changes(Protocol):
    """Tells live pages what changed, after the commit."""

    def watch(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """While inside: the ids that changed (ticket numbers, conversation ids), each as it happens. A slow watcher misses repeats, never the last one."""
        ...


@runtime_checkable
class Admins(Protocol):
    """Has administrators of its own, beside those named in firstline.toml (the web: whoever signed in by an admin's link)."""

    async def is_admin(self, person: PersonId) -> bool:
        """May this person curate?"""
        ...


RunStyle = Literal["", "bold", "italic", "code", "quote"]


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a message as a platform will show it. link: where it leads, or ""."""

    text: str
    style: RunStyle = ""
    link: str = ""


Preview = Callable[[Outbound], Sequence[Sequence[Run]]]
"""What a platform will show of a message: the messages it takes for it, each in runs. Pure."""


@runtime_checkable
class Diagnoses(Protocol):
    """Can say what is wrong with its settings."""

    async def diagnose(self) -> list[tuple[bool, str]]:
        """Each thing tried (token, scopes, places): does it hold, and one line that says what is wrong and what to do."""
        ...


@runtime_checkable
class Counts(Protocol):
    """Has figures of its own to show to operators."""

    def numbers(self) -> dict[str, float]:
        """Counters (their names end in _total) and gauges for /metrics, by a name that begins with the channel's; nobody's words or ids."""
        ...


@runtime_checkable
class Closes(Protocol):
    """Holds connections that want an orderly end, after the last message is sent."""

    async def close(self) -> None:
        """Twice is no error."""
        ...
