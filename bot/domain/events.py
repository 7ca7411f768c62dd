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
    """Tier 1 gave the ticket to the first human tier. why: no_match, refused, asked_for_person, marked, split, call, problem, change, moved."""

    tier: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClaimed(Event):
    """An agent took it from the queue."""

    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReleased(Event):
    """It is back in the queue. reason: "" when the assignee put it there, else why the desk did: left, silent, away."""

    tier: int
    reason: str = ""


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
    """An agent took a reply back before it went out. said_at: when it had been written."""

    said_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWritten(Event):
    """An agent wrote something for the team alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLogged(Event):
    """An agent wrote down a telephone call. direction: "in", or "out" when they rang; seconds: how long; outcome: as in the contact log."""

    direction: str
    seconds: int
    outcome: str


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
    """Nothing more may change. why: requester, agent, merged, moved, idle, silent (no reaction to an offer), reopen_over."""

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


# ------------------------------------------------------------------------------------------- incidents and careful replies
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDeclared(Event):
    """The ticket is an incident that others may share. title: as everybody reads it."""

    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentShown(Event):
    """The requester was shown an incident that may be theirs, too."""

    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentJoined(Event):
    """The ticket shares the course of an incident from now on: its requester said so, or an agent."""

    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLeft(Event):
    """It is a matter of its own."""

    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentUpdated(Event):
    """News went to all who share it. state: looking, known, watching."""

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyQuestioned(Event):
    """A reply was not sent before its author was asked. doubts: refused, secret, link, unknown_entry."""

    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyScheduled(Event):
    """A reply is to go out later. due: when."""

    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDropped(Event):
    """A reply that had not gone out will not. why: taken_back, closed."""

    why: str


# ------------------------------------------------------------------------------------------------ tickets among each other
@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMerged(Event):
    """It goes on as another ticket. into: that one's number."""

    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTakenIn(Event):
    """Another ticket goes on as this one. merged: that one's number."""

    merged: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSplit(Event):
    """Some of its words became a ticket of their own. into: that one's number; messages: how many."""

    into: str
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMovedOut(Event):
    """It goes on in another department. to: that one's key; into: the number that it has there."""

    to: str
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMovedIn(Event):
    """It began in another department. of: that one's key; was: the number that it had there."""

    of: str
    was: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketsLinked(Event):
    """Each of them shows the other. Recorded of both."""

    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketsUnlinked(Event):
    """They no longer show each other. Recorded of both."""

    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedDuplicate(Event):
    """It is the same matter as another ticket and is resolved with that one. of: that one's number."""

    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateUnmarked(Event):
    """It is a matter of its own after all. of: the number of the ticket it was taken for."""

    of: str


# ---------------------------------------------------------------------------------------------------- what is kept with it
@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTagged(Event):
    """Its tags changed."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChanged(Event):
    """It is more or less urgent than before. was: the priority before; impact, urgency: "" when not known."""

    priority: str
    was: str
    impact: str = ""
    urgency: str = ""


# ------------------------------------------------------------------------------------- kinds, problems, another tool's ticket
@dataclass(frozen=True, slots=True, kw_only=True)
class KindChanged(Event):
    """It is something else than was thought: its requester said so, or an agent. was: the kind before."""

    kind: str
    was: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemLinked(Event):
    """It comes from that problem, and is resolved with it."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemUnlinked(Event):
    """It does not come from that problem after all."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkaroundWritten(Event):
    """Somebody wrote down what helps until the problem is solved. is_known: False when it was taken away."""

    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMirrored(Event):
    """The tool that it is mirrored to has it. external: what it is called there."""

    external: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchBegun(Event):
    """Somebody is told of its course from now on."""

    watcher: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEnded(Event):
    """Somebody is told of it no more."""

    watcher: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTransferred(Event):
    """Another agent of the same tier has it. to: who; was: who had it before, or ""."""

    to: str
    was: str = ""
    tier: int = 0


# ------------------------------------------------------------------------------------------------------- whose turn it is
@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAssigned(Event):
    """The desk gave it to an agent. to: who. how: round_robin, load, skill, or next (after somebody else let it lie)."""

    to: str
    tier: int
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketKept(Event):
    """Its assignee says that they are at it, though the requester waits."""


# --------------------------------------------------------------------------------------------------------- the requester
@dataclass(frozen=True, slots=True, kw_only=True)
class RatingGiven(Event):
    """The requester said how satisfied they are, 1 to 5. was: what they had said before, 0 for nothing."""

    rating: int
    was: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentGiven(Event):
    """The requester put words to their rating."""

    rating: int


# --------------------------------------------------------------------------------------------------------- service levels
@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseAtRisk(Event):
    """Most of a promised time is used up, and the team was warned. goal: first_response, next_response, resolution; due: until when it can be kept."""

    goal: str
    due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseBroken(Event):
    """A promised time went by. due: when it ended."""

    goal: str
    due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMet(Event):
    """What was promised was done. late: after the time."""

    goal: str
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesMoved(Event):
    """The promised times were reckoned anew. policy: what holds now, "" for nothing; why: ticket (its priority or kind), desk (its hours or promises)."""

    policy: str
    why: str


# --------------------------------------------------------------------------------------------------------------- access
@dataclass(frozen=True, slots=True, kw_only=True)
class ActDone(Event):
    """Something was done that no other event tells. act: its name in the table of roles. ticket: "" when it is about none.

    about: what else a button or form named: a language, a role; never people's words.
    """

    act: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPublished(Event):
    """An admin published an entry in one language. ticket: whose question it was written for, or ""."""

    entry: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftBegun(Event):
    """Somebody began to write an entry, or to change one. draft: its id. origin: web, chat, ticket, gap, import, api. ticket: whose question, or ""."""

    entry: str
    draft: int
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSubmitted(Event):
    """The draft shall be reviewed. reviewer: who was asked, "" whoever comes first."""

    entry: str
    draft: int
    reviewer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSentBack(Event):
    """It is not ready to be published."""

    entry: str
    draft: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDiscarded(Event):
    """It becomes no entry."""

    entry: str
    draft: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCameBack(Event):
    """An entry was published that answers what was asked. way: told (the ticket was over), offered (it waits unclaimed), drafted (for its agent)."""

    entry: str
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRetired(Event):
    """An admin retired an entry (retired=True), or restored it. ticket: ""."""

    entry: str
    retired: bool


# -------------------------------------------------------------------------------------- one person's data as a whole
@dataclass(frozen=True, slots=True, kw_only=True)
class DataGivenOut(Event):
    """All that is kept of somebody was given out. of: a sign that stands for them, never an address; why: as it was said, without their identifiers."""

    of: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonHeld(Event):
    """Nothing of theirs may go from now on. of, why: as above."""

    of: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReleased(Event):
    """The hold is over. of, why: as above."""

    of: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Event):
    """They are nobody now. of, why: as above. became: their stand-in; again: after a backup had brought them back."""

    of: str
    became: str
    why: str = ""
    again: bool = False


# --------------------------------------------------------------------------------------------------------------- people
@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFollowed(Event):
    """It goes on where its requester can be reached. was, now: channels; reason: why delivery failed, or came_back, unjoined."""

    was: str
    now: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressJoined(Event):
    """Two addresses were proved to be one person. by: whose yes was the last; other: the other one. ticket: ""."""

    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLeft(Event):
    """An address is no longer joined. by: who took it out; address: which. ticket: ""."""

    address: str


# ------------------------------------------------------------------------------------------------------------ custom fields
@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsChanged(Event):
    """Custom fields were filled in, changed or emptied: their names; what they hold is on the ticket."""

    changed: tuple[str, ...] = ()
