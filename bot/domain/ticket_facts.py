"""How a ticket went, as plain columns: what reports count. Derived from its events alone (bot/domain/course.py), and can be made anew at any time.

Days are numbered from 0001-01-01, which was a Monday, in the desk's time zone: day // 7 is the week. Spans are whole seconds; "work" is business time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from bot.domain.ids import TicketId
from bot.domain.tickets import Status

VERSION = 1
"""Of what is derived here: raised with each change of a meaning, so that all is derived anew."""

SelfService = Literal["", "asked", "confirmed", "silent", "returned", "handed_over", "withdrawn"]
NEVER = 10_000_000
"""The day on which what is still open ends: later than any calendar's."""


class Happened(Protocol):
    """An event as it was stored."""

    @property
    def name(self) -> str:
        """Of its class in bot/domain/events.py."""
        ...

    @property
    def by(self) -> str:
        """Who did it."""
        ...

    @property
    def at(self) -> datetime:
        """When."""
        ...

    @property
    def details(self) -> Mapping[str, object]:
        """What Event.details() gave, as JSON has it."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """What never changes of a ticket, and its kind. channel: of the conversation it was opened in."""

    ticket: TicketId
    requester: str
    channel: str
    language: str
    kind: str
    priority: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Later:
    """A later ticket of the same requester. entries: the best entries for its questions. follows: the ticket it comes after, or ""."""

    opened_at: datetime
    entries: frozenset[str]
    follows: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """Everything a ticket's facts are derived from. events: oldest first. entries: the best entries for its questions. later: tickets after it."""

    opening: Opening
    events: Sequence[Happened]
    entries: frozenset[str] = frozenset()
    later: Sequence[Later] = ()


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """One ticket. What did not happen is None; texts that are not known are "".

    made_by: agent when an agent made it of a message. entry: what solved it, else the best that was offered. decision: what tier 1 did first.
    self_service: how tier 1 ended: asked (not yet), confirmed (the requester said so), silent (no reaction to an offer), returned (either, and asked
    again within 72 h), handed_over, withdrawn; "" where tier 1 was not asked.
    bot_s: opened to the bot's first answer. reply_s: opened to an agent's first answer, reply_tier: who gave it. claim_s: to the first claim.
    solved_*: the last time; first_*: the first. waiting_s: of the time until the last solution, waiting on the requester.
    status, tier: as its events leave it. closed: why. merged: it goes on as another ticket (0 or 1).
    reopened, replies, claims, escalations, send_backs: how often. back_and_forth: how often it came to a tier where it had been before. tiers: how many
    tiers of people had it. reopened_soon: 1 when it was reopened within seven days of a solution.
    """

    ticket: TicketId
    desk: str
    channel: str
    kind: str
    language: str
    priority: str
    requester: str
    made_by: Literal["requester", "agent"]
    opened_at: datetime
    opened_day: int
    opened_hour: int
    status: Status
    tier: int
    entry: str = ""
    decision: str = ""
    self_service: SelfService = ""
    handed_over: str = ""
    bot_s: int | None = None
    claim_s: int | None = None
    reply_s: int | None = None
    reply_work_s: int | None = None
    reply_tier: int | None = None
    first_day: int | None = None
    first_s: int | None = None
    first_work_s: int | None = None
    solved_day: int | None = None
    solved_s: int | None = None
    solved_work_s: int | None = None
    solved_tier: int | None = None
    solved_by: str = ""
    waiting_s: int = 0
    waiting_work_s: int = 0
    closed_day: int | None = None
    closed: str = ""
    merged: int = 0
    reopened: int = 0
    reopened_soon: int = 0
    replies: int = 0
    claims: int = 0
    escalations: int = 0
    send_backs: int = 0
    back_and_forth: int = 0
    tiers: int = 0
    rating: int | None = None
    rated_day: int | None = None


What = Literal["claimed", "replied", "solved", "ended", "reopened", "escalated", "sent_back", "promise", "overdue"]


@dataclass(frozen=True, slots=True)
class TicketAct:
    """Something of which one ticket may have several. by: the agent who did it, or "". tier: where; to_tier: where to, or 0.

    claimed: whose it is from then on (taken, given, transferred). escalated: about is "waited" when nobody had claimed it. ended: it is open no more
    (about: solved, or why it was closed).
    promise: a promised time ended (about: its goal, late: 1 when it was broken). overdue: broken, and still not done: day is when it was broken.
    priority: at that time.
    """

    ticket: TicketId
    n: int
    what: What
    day: int
    by: str = ""
    tier: int = 0
    to_tier: int = 0
    about: str = ""
    priority: str = ""
    late: int = 0


@dataclass(frozen=True, slots=True)
class OpenStretch:
    """From a day to the one on which it was open no more at midnight (NEVER: it is open): it is in the backlog of each day since <= day < until."""

    ticket: TicketId
    n: int
    opened_day: int
    since_day: int
    until_day: int
    tier: int
    priority: str


@dataclass(frozen=True, slots=True)
class Story:
    """All that is counted of one ticket."""

    facts: TicketFacts
    acts: tuple[TicketAct, ...] = ()
    stretches: tuple[OpenStretch, ...] = ()


def day_of(moment: datetime, zone: ZoneInfo) -> int:
    """The number of its day there."""
    return moment.astimezone(zone).toordinal() - 1


def number_of(day: date) -> int:
    """Of a day of the calendar."""
    return day.toordinal() - 1


def date_of(day: int) -> date:
    """The day with that number."""
    return date.fromordinal(day + 1)
