"""What happened, in the past tense. Every figure is read from these; nothing is counted in mutable state."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from bot.domain.ids import PersonId, TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact about a ticket: who did it, and when."""

    ticket: TicketId
    by: PersonId
    at: datetime

    @property
    def name(self) -> str:
        """The name under which it is stored and exported: the class's."""
        return type(self).__name__

    def details(self) -> dict[str, object]:
        """What it says beyond ticket, actor and time."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("ticket", "by", "at")}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(Event):
    """A request was recorded and numbered. follows: the closed ticket it comes after, or ""."""

    follows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOffered(Event):
    """Tier 1 showed entries. decision: answer or suggest."""

    entries: tuple[str, ...]
    scores: tuple[float, ...]
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRefused(Event):
    """The requester said that the entry is not it. reason: "", wrong_topic, not_solved."""

    entry: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHandedOver(Event):
    """Tier 1 gave the ticket to the first human tier. why: no_match, refused, asked_for_person, marked."""

    tier: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClaimed(Event):
    """An agent took it from the queue."""

    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReleased(Event):
    """The assignee put it back into the queue."""

    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEscalated(Event):
    """It went to the next tier's queue. waited: by itself, because nobody claimed it."""

    from_tier: int
    to_tier: int
    reason: str
    waited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSentBack(Event):
    """It went to the tier below, with a reason."""

    from_tier: int
    to_tier: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySent(Event):
    """An agent wrote to the requester. first: the ticket's first human answer."""

    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTakenBack(Event):
    """An agent took a reply back before it went out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWritten(Event):
    """An agent wrote something for the team alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterWrote(Event):
    """The requester wrote on, in an open ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHeld(Event):
    """It waits on the requester."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResumed(Event):
    """It no longer waits on the requester."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResolved(Event):
    """It is solved. entry: the knowledge base entry that solved it, or ""; solution: the words of the agent, or ""."""

    tier: int
    entry: str = ""
    solution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReopened(Event):
    """It was not solved after all."""

    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClosed(Event):
    """Nothing more may change. why: requester, agent, idle, silent (no reaction to an offer), reopen_over."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderSent(Event):
    """The team was reminded. about: unclaimed, idle."""

    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveDenied(Event):
    """Somebody tried what they may not."""

    move: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed(Event):
    """A message of ours will not arrive."""

    reason: str


# ------------------------------------------------------------------------------------------------------------- learning
@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLinked(Event):
    """Somebody said which entry answers the question, after the fact."""

    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhrasingProposed(Event):
    """The question may become a way to ask this entry. proposal: its id."""

    entry: str
    proposal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalApproved(Event):
    """An admin published the question as a way to ask this entry. edited: in other words than it was asked."""

    entry: str
    proposal: int
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRejected(Event):
    """It did not become one. displaced: nobody judged it, newer ones took its place."""

    entry: str
    proposal: int
    displaced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPutOutside(Event):
    """An admin marked the question as not for this FAQ. outside: the mark's id."""

    outside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideTakenBack(Event):
    """The mark is gone."""

    outside: int
