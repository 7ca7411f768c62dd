"""What the core asks of its memory. All writes happen in a `Transaction`; what it holds commits together or not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from bot.domain.events import Event
from bot.domain.ids import ConversationId, MessageId, PersonId, TicketId
from bot.domain.messages import Home, Inbound, Outbound, Reaction
from bot.domain.outcomes import Outcome
from bot.domain.people import Person
from bot.domain.rates import Rate
from bot.domain.tickets import Ticket, TicketMessage
from bot.ports.answering import AnsweredRows
from bot.ports.assets import AssetWriter
from bot.ports.contacts import ContactWriter
from bot.ports.counting import CountingRows
from bot.ports.curating import DraftRows
from bot.ports.learning import LearningRows
from bot.ports.waiting import Waits
from bot.ports.world import EntryVersion, Reader, TicketQuery
from kb.entries import Entry

T = TypeVar("T")
Body = Outbound | Reaction | Home
ParcelState = Literal["waiting", "sent", "failed", "withdrawn"]
CLOSED = ("forbidden", "gone", "blocked", "not_started", "waits", "shut")
"""Why a place refuses whatever is sent there (see DeliveryRefused), until somebody lets the bot in."""
Trace = Literal["event", "parcel"]
What = Literal["words", "files", "assets"]
"""Of closed tickets."""
"""What came in, what went out."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that waits in the inbox. attempts: how often its handler has failed."""

    id: int
    event: Inbound
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something to be sent. What one lane holds is sent in the order of its posting.

    key: unique; a parcel posted twice is posted once. lane: for a requester the conversation, for a team "<place>#<ticket>".
    to: ConversationId or PlaceId. ticket: its number or "". message: the id of the TicketMessage it carries, or 0.
    thread: the key of the card in whose thread it goes. edits: the key of the parcel it replaces in place.
    due: not before. fresh: drop it when a human has answered the ticket meanwhile.
    begun: somebody began to send it and did not say what became of it: it may have arrived.
    """

    key: str
    lane: str
    to: str
    body: Body
    due: datetime
    ticket: str = ""
    message: int = 0
    thread: str = ""
    edits: str = ""
    fresh: bool = False
    state: ParcelState = "waiting"
    sent_as: MessageId | None = None
    attempts: int = 0
    error: str = ""
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Which ticket a message or thread of a platform belongs to.

    role: "card", "thread", "message" (anything sent or heard), or "ask:<action>" (a question whose answer is awaited in a reply to it).
    """

    ticket: str
    role: str


@dataclass(frozen=True, slots=True)
class Old:
    """Events or parcels that may be forgotten. after: the id to go on behind; None when nothing older than asked for follows."""

    ids: tuple[int, ...]
    after: int | None


class Transaction(LearningRows, DraftRows, CountingRows, ContactWriter, AssetWriter, AnsweredRows, Waits, Protocol):
    """One unit of work. Everything read is as of this unit; nothing here touches a network."""

    # ---- who does what
    async def take(self, lane: str, wait: bool = True) -> bool:
        """Have the lane to this unit until it is committed: what others keep in it or take from it comes before or after, never between.

        False when somebody else has it and `wait` is false.
        """
        ...

    async def hold(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Be the only one who holds that name, until then; False when somebody else does. Holding it already, it is held longer.

        All hold for alike long. What is held for more than twice as long was written before the clock was put back: it ends when this does.
        """
        ...

    async def let_go(self, name: str, owner: str) -> None:
        """Hold it no longer; nothing happens when it is somebody else's."""
        ...

    # ---- inbox
    async def keep(self, event: Inbound, due: datetime) -> bool:
        """Store an event (or a timer, due later). False when its key, or its `also` key, is there already."""
        ...

    async def waiting(self, lane: str, now: datetime, limit: int = 20) -> list[Waiting]:
        """Due events of a lane in the order in which they were kept; none beyond one that waits for another try."""
        ...

    async def finish(self, event: int, now: datetime) -> None:
        """The event is handled."""
        ...

    async def retry_later(self, event: int, due: datetime, error: str) -> None:
        """Its handler failed: once more at `due`. error: the exception's type, never people's words."""
        ...

    async def park(self, event: int, error: str) -> None:
        """Given up: a dead letter. The lane goes on without it."""
        ...

    # ---- outbox
    async def post(self, parcel: Parcel) -> None:
        """Owe it. A waiting edit of the same message is replaced by a newer one."""
        ...

    async def lease(self, lane: str, owner: str, now: datetime, until: datetime, limit: int = 20) -> list[Parcel]:
        """The due parcels of a lane in order, and the sole right to send them until `until`.

        Empty when nothing is due, or somebody else has it and is alive (holds "process:<owner>"). Taken from one who is not, or from an earlier try
        of ours that never came to its end, the first parcel is marked as begun.
        """
        ...

    async def sent(self, key: str, sent_as: MessageId | None, now: datetime) -> None:
        """The platform has it."""
        ...

    async def not_sent(self, key: str, state: Literal["waiting", "failed", "withdrawn"], due: datetime, error: str) -> None:
        """It did not go out: waiting = once more at `due` (counts as an attempt unless error is ""), failed = never, withdrawn = no longer wanted."""
        ...

    async def unsure(self, key: str) -> None:
        """It may have arrived: mark it as begun."""
        ...

    async def free(self, lane: str, owner: str) -> None:
        """Give the lane back; nothing happens when it is somebody else's by now."""
        ...

    async def parcel(self, key: str) -> Parcel | None:
        """A parcel as it stands."""
        ...

    async def newest_body(self, key: str) -> Body | None:
        """What a parcel shows now: the body of its newest edit that is not withdrawn, else its own."""
        ...

    async def rewrite(self, key: str, body: Body) -> bool:
        """Change what a waiting parcel says; False when it is no longer waiting."""
        ...

    async def withdraw(self, key: str) -> bool:
        """Take back every waiting parcel whose key is `key` or begins with `key` + "/"; False when none was waiting, or one was sent or may have arrived."""
        ...

    async def repeat_thread(self, card: str, body: Outbound, now: datetime) -> None:
        """The card's thread is gone: owe the card (with this body) and all that was sent in its thread once more, in the old order."""
        ...

    async def came_back(self, key: str, error: str) -> None:
        """The platform had taken it and says now that it will not arrive: failed, as if it had been refused at once."""
        ...

    async def owe_again(self, place: str, now: datetime) -> list[str]:
        """The place takes messages again: what it refused, or what waits there for another try, is due now; changes of messages are withdrawn instead.

        The numbers of the tickets they are about: their cards may show what is no longer so.
        """
        ...

    # ---- forgetting
    async def forget(self, trace: Trace, ids: Sequence[int]) -> int:
        """Remove those of them that are (still) over: handled events, sent or withdrawn parcels; how many went."""
        ...

    async def forget_ended(self, before: datetime) -> int:
        """Remove holders and leases that ended before that, but no lease of a lane that owes something; how many went."""
        ...

    # ---- rates
    async def hold_rates(self, names: Sequence[str], now: datetime, wait: bool) -> tuple[dict[str, Rate], datetime] | None:
        """What is used up under these names, theirs to nobody else until this unit is committed; what nobody saved is a new Rate.

        With it the time by the one clock of all who share this memory (`now`, the caller's, where that is the same). wait: False gives None when
        one is somebody else's at this moment or was never held; True waits, so the unit must hold nothing that others wait for.
        """
        ...

    async def rate(self, name: str, now: datetime) -> tuple[Rate, datetime]:
        """As it stands, held by nobody; and the time, as `hold_rates`."""
        ...

    async def save_rate(self, name: str, rate: Rate) -> None:
        """What is used up from now on; it must be held."""
        ...

    # ---- tickets
    async def next_number(self, prefix: str) -> TicketId:
        """The next number of a prefix: never that of another ticket; what a failed unit gave back is given again, so that no gap stays."""
        ...

    async def add_ticket(self, ticket: Ticket) -> None:
        """Store a new ticket."""
        ...

    async def save_ticket(self, ticket: Ticket) -> Ticket:
        """Store it if it is still at `ticket.version`; gives it with the new version. Raises StaleTicket."""
        ...

    async def label(self, number: str, labels: Collection[str]) -> None:
        """The ticket is found by these labels ("tag:vpn", "field:serial=123", "asset:12") and by none that it had before.

        Called with what its tags, fields and asset say whenever those were saved: a ticket that has none of them has no labels.
        """
        ...

    async def ticket(self, number: str) -> Ticket | None:
        """The ticket, or None."""
        ...

    async def latest_ticket(self, conversation: str) -> Ticket | None:
        """The newest ticket of a conversation."""
        ...

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """As Reader.tickets, inside this unit."""
        ...

    async def add_message(self, message: TicketMessage) -> int:
        """Store a message (its id is ignored); gives the id."""
        ...

    async def save_message(self, message: TicketMessage) -> None:
        """Store what changed in it."""
        ...

    async def arrived(self, message: int) -> bool:
        """The message is out: its delivery becomes "sent". False when it was no longer waiting."""
        ...

    async def message(self, message: int) -> TicketMessage | None:
        """By its id."""
        ...

    async def message_from(self, source: str) -> TicketMessage | None:
        """By its id on the platform."""
        ...

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """As Reader.talk, inside this unit."""
        ...

    async def said(self, words: str, limit: int = 100) -> list[str]:
        """As Reader.said, inside this unit."""
        ...

    async def record(self, event: Event, channel: str) -> int:
        """Write down what happened; gives its id."""
        ...

    async def link(self, platform_id: str, link: Link) -> None:
        """Remember what a message or thread belongs to; a later link wins."""
        ...

    async def linked(self, platform_id: str) -> Link | None:
        """What it belongs to."""
        ...

    # ---- outcomes
    async def add_outcome(self, outcome: Outcome) -> int:
        """Store a question that was asked (its id is ignored); gives the id."""
        ...

    async def judge(self, outcome: Outcome) -> None:
        """Store picked, judgement, instead, source and judged_at of the one with its id; all else stays as it was."""
        ...

    async def outcomes_of(self, ticket: str) -> list[Outcome]:
        """Every question of a ticket, in the order of asking."""
        ...

    async def solved_lately(self, requester: str, since: datetime) -> list[Outcome]:
        """Of this requester's tickets that are over: outcomes that a press judged right since then; any order."""
        ...

    # ---- people, knowledge, notes
    async def person(self, person: PersonId) -> Person | None:
        """As last remembered; language is the one they chose (`/lang`) or last wrote in."""
        ...

    async def remember(self, person: Person, chosen_language: str | None = None) -> None:
        """Keep what is not empty. chosen_language: from now on this one, whatever they write in ("" = by what they write again)."""
        ...

    async def chosen_language(self, person: PersonId) -> str:
        """The language chosen by `/lang`, or ""."""
        ...

    async def entry(self, entry: str) -> Entry | None:
        """The published entry, or None; retired ones are given, too."""
        ...

    async def entry_history(self, entry: str) -> list[EntryVersion]:
        """Every version kept of an entry, newest first."""
        ...

    async def save_entry(self, entry: Entry, by: PersonId, now: datetime) -> None:
        """Publish it as it is now, and keep it as a version."""
        ...

    async def note(self, key: str, value: str) -> None:
        """A durable note; an empty value removes it."""
        ...

    async def noted(self, prefix: str) -> dict[str, str]:
        """All notes whose key begins with prefix."""
        ...


Unit = Callable[[Transaction], Awaitable[T]]


class Store(Reader, Protocol):
    """The memory of one or more desks."""

    async def run(self, unit: Unit[T]) -> T:
        """Run a unit of work and return when it is committed. What arrives together may share one commit.

        When the unit raises, its own effects are gone, those of others are not, and the exception is passed on. A unit may be run again
        after a failed commit, so it must have no effects but the transaction's. Raises StoreError when nothing could be written.
        """
        ...

    async def lanes_with_work(self, now: datetime) -> tuple[list[ConversationId], list[str]]:
        """Inbox lanes with due events, outbox lanes with due parcels and no lease: the sweep."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next thing becomes due."""
        ...

    async def queue(self) -> dict[str, int]:
        """How many: inbox_waiting, inbox_parked, outbox_waiting, outbox_failed, timers."""
        ...

    async def parked(self) -> list[Waiting]:
        """Dead letters."""
        ...

    async def old(self, trace: Trace, before: datetime, after: int = 0, kept: str = "") -> Old:
        """A page of what may be forgotten, of the ids that follow `after`: over before that moment, and nothing needs it.

        Needed is what belongs to a conversation or a ticket that is not closed, or was changed since; what a parcel that is not over, or younger,
        names as its thread or edits; the newest of all; and every key that begins with `kept`.
        """
        ...

    async def known_conversations(self, since: datetime) -> Sequence[str]:
        """Conversations with a ticket that is open or changed since."""
        ...
