"""A ticket and its moves: each gives the ticket as it is afterwards and the fact that happened, or raises MoveRefused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.domain.events import (
    EntryLinked,
    EntryOffered,
    EntryRefused,
    ReplySent,
    ReplyTakenBack,
    RequesterWrote,
    TicketClaimed,
    TicketClosed,
    TicketEscalated,
    TicketHandedOver,
    TicketHeld,
    TicketMovedOut,
    TicketOpened,
    TicketReleased,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketSentBack,
    TicketTransferred,
)
from bot.domain.ids import ConversationId, PersonId, TicketId
from bot.domain.messages import Attachment
from bot.domain.people import BOT
from bot.domain.service_levels import Promised
from bot.errors import AlreadyClaimed, MoveRefused

VERDICTS = frozenset({"solved", "not", "human", "entry"})  # presses about what tier 1 offered

MAX_QUESTION = 4000  # characters that further words may make of a question; all of them stand in the talk anyway

Status = Literal["open", "pending", "resolved", "closed"]
Bond = Literal["", "incident", "duplicate", "merged", "problem", "moving", "moved"]
INSIDE = "desk"  # begins the conversation of a ticket that an agent made for the teams alone


@dataclass(frozen=True, slots=True)
class Offer:
    """An entry that tier 1 showed for this ticket, or looked at. score: 0..100. phrasing: the nearest one. reason: why it was refused.

    why: what speaks for it, "kind: value" each, as kb.reasons tells it.

    outcome: "" (shown, no reaction), listed (its question was one of several to choose from), solved, refused, unlike (looked at and not
    shown: too unlike the question). internal: for agents alone; its outcome is "unlike" then.
    """

    entry: str
    lang: str
    question: str
    score: float
    phrasing: str = ""
    outcome: Literal["", "listed", "solved", "refused", "unlike"] = ""
    reason: str = ""
    why: tuple[str, ...] = ()
    internal: bool = False

    @property
    def is_unjudged(self) -> bool:
        """Does the requester still owe a verdict on it?"""
        return self.outcome in ("", "listed")


@dataclass(frozen=True, slots=True)
class TicketMessage:
    """A message of a ticket's talk. kind: question, detail (requester), bot, reply, note, system. source: its id on the platform, or "".

    delivery: for direction "out": waiting, sent, failed, taken_back. Notes are "kept": they go nowhere. edited: the former text, if any.
    """

    id: int
    ticket: TicketId
    direction: Literal["in", "out"]
    kind: str
    author: PersonId
    text: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()
    source: str = ""
    delivery: str = ""
    edited: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request of one requester, numbered when it is recorded.

    tier: 1 is the bot. tier_since: when it came into this tier's queue. human_at: an agent's first reply; from then on the bot is silent.
    follows: the number of the closed ticket it comes after, or "". version: grows with each save.

    impact, urgency: low, normal, high or "" (bot.domain.priorities makes the priority of both). tags: lower case, in the order given.
    fields: the custom fields that were filled in, name and value. watchers: who is told of it besides. parent: the ticket whose course it
    shares, parent_as: how; "moving": it is on its way to the department of that key, "moved": it goes on there under that number. related: numbers
    of tickets it is linked to. promised: the service level's clocks, or None. due_at: when the next of them is broken, None while none runs;
    breached: one was. waits_since: since when the requester waits for a person's words, None while they do not. rating: 1..5, 0 when not given;
    comment: the words with it. seen_at: until when the requester has seen what was said.
    asset: the id of the computer it is about, 0 when it is about none or about one that nobody knows. external, external_url: what it is called in
    the tool it is mirrored to, and where it is seen there; "" while it is in none.
    """

    id: TicketId
    requester: PersonId
    conversation: ConversationId
    question: str
    language: str
    opened_at: datetime
    tier_since: datetime
    status: Status = "open"
    tier: int = 1
    assignee: PersonId | None = None
    priority: str = "normal"
    kind: str = "question"
    offers: tuple[Offer, ...] = ()
    entry: str = ""
    solution: str = ""
    human_at: datetime | None = None
    changed_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    follows: str = ""
    impact: str = ""
    urgency: str = ""
    tags: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    watchers: tuple[PersonId, ...] = ()
    parent: str = ""
    parent_as: Bond = ""
    related: tuple[str, ...] = ()
    promised: Promised | None = None
    due_at: datetime | None = None
    breached: bool = False
    waits_since: datetime | None = None
    rating: int = 0
    comment: str = ""
    seen_at: datetime | None = None
    asset: int = 0
    external: str = ""
    external_url: str = ""
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Open or pending: somebody still owes something."""
        return self.status in ("open", "pending")

    @property
    def is_with_humans(self) -> bool:
        """Has it left tier 1?"""
        return self.tier > 1

    @property
    def is_inside(self) -> bool:
        """Did an agent make it for the teams? Then there is nobody to write to, and nobody waits for words."""
        return self.conversation.startswith(f"{INSIDE}:")

    @property
    def awaits_verdict(self) -> bool:
        """Did tier 1 offer something that the requester has not judged yet?"""
        return self.is_open and self.tier == 1 and any(o.is_unjudged for o in self.offers)

    @property
    def awaits_choice(self) -> bool:
        """Was a list the last that tier 1 showed? Then a yes says nothing yet."""
        return self.awaits_verdict and self.offers[-1].outcome == "listed"


def can_be_pressed(action: str, ticket: Ticket | None) -> bool:
    """Would a requester's button still do something? The core decides again when it is pressed."""
    if ticket is None:
        return True
    verb = action.partition(":")[0]
    if verb in VERDICTS:
        return ticket.awaits_verdict
    if verb in ("metoo", "different"):
        return ticket.is_open and ticket.tier == 1 and (verb == "different" or not ticket.parent)
    if verb == "isa":
        return ticket.is_open and ticket.kind == "question"
    if verb in ("helped", "unhelped"):
        return ticket.is_open and any(offer.is_unjudged for offer in ticket.offers)
    if verb in ("rate", "comment"):
        return ticket.resolved_at is not None
    return ticket.status == "resolved" if verb == "reopen" else ticket.status != "closed"


def open_ticket(
    number: TicketId,
    requester: PersonId,
    conversation: ConversationId,
    question: str,
    language: str,
    now: datetime,
    follows: str = "",
) -> tuple[Ticket, TicketOpened]:
    """A new ticket at tier 1, with the requester's own words."""
    ticket = Ticket(number, requester, conversation, question, language, opened_at=now, tier_since=now, changed_at=now, follows=follows)
    return ticket, TicketOpened(ticket=number, by=requester, at=now, follows=follows)


def add_words(ticket: Ticket, words: str, now: datetime) -> Ticket:
    """More words of the request while tier 1 has it: the question is all of them, as far as they fit."""
    _must_be_at_tier_one(ticket)
    whole = f"{ticket.question}\n{words}" if words and len(ticket.question) + len(words) < MAX_QUESTION else ticket.question
    return replace(ticket, question=whole, changed_at=now)


def offer(ticket: Ticket, offers: Sequence[Offer], decision: str, now: datetime) -> tuple[Ticket, EntryOffered]:
    """Tier 1 shows entries; an entry shown before is not listed twice. decision: answer, or suggest (to choose from)."""
    _must_be_at_tier_one(ticket)
    known = {o.entry for o in offers}
    shown = tuple(replace(o, outcome="listed" if decision == "suggest" else "") for o in offers)
    kept = tuple(o for o in ticket.offers if o.entry not in known)
    fact = EntryOffered(
        ticket=ticket.id, by=BOT.id, at=now, entries=tuple(o.entry for o in offers), scores=tuple(round(o.score, 1) for o in offers), decision=decision
    )
    return replace(ticket, offers=(*kept, *shown), changed_at=now), fact


def refuse_offers(ticket: Ticket, by: PersonId, now: datetime, reason: str = "") -> tuple[Ticket, list[EntryRefused]]:
    """The requester says that what was offered is not it."""
    facts = [EntryRefused(ticket=ticket.id, by=by, at=now, entry=o.entry, reason=reason) for o in ticket.offers if o.is_unjudged]
    offers = tuple(replace(o, outcome="refused", reason=reason) if o.is_unjudged else o for o in ticket.offers)
    return replace(ticket, offers=offers, changed_at=now), facts


def give_reason(ticket: Ticket, by: PersonId, now: datetime, reason: str) -> tuple[Ticket, list[EntryRefused]]:
    """The requester says afterwards why the refused offers did not help."""
    facts = [EntryRefused(ticket=ticket.id, by=by, at=now, entry=o.entry, reason=reason) for o in ticket.offers if o.outcome == "refused"]
    offers = tuple(replace(o, reason=reason) if o.outcome == "refused" else o for o in ticket.offers)
    return replace(ticket, offers=offers, changed_at=now), facts


def solve_by_entry(ticket: Ticket, entry: str, now: datetime) -> tuple[Ticket, TicketResolved]:
    """The requester confirms that an entry solved it: resolved at tier 1, with the entry as its documented solution."""
    _must_be_at_tier_one(ticket)
    offers = tuple(replace(o, outcome="solved") if o.entry == entry else o for o in ticket.offers)
    done = replace(ticket, status="resolved", entry=entry, offers=offers, resolved_at=now, changed_at=now)
    return done, TicketResolved(ticket=ticket.id, by=ticket.requester, at=now, tier=1, entry=entry)


def hand_over(ticket: Ticket, tier: int, why: str, by: PersonId, now: datetime) -> tuple[Ticket, TicketHandedOver]:
    """Tier 1 gives up: on to the first human tier."""
    _must_be_at_tier_one(ticket)
    moved = replace(ticket, status="open", tier=tier, tier_since=now, changed_at=now)
    return moved, TicketHandedOver(ticket=ticket.id, by=by, at=now, tier=tier, why=why)


def claim(ticket: Ticket, agent: PersonId, now: datetime) -> tuple[Ticket, TicketClaimed]:
    """An agent takes it. Raises AlreadyClaimed, also when it is the agent's own."""
    _must_be_open(ticket)
    if ticket.assignee is not None:
        raise AlreadyClaimed(ticket.assignee)
    return replace(ticket, assignee=agent, changed_at=now), TicketClaimed(ticket=ticket.id, by=agent, at=now, tier=ticket.tier)


def transfer(ticket: Ticket, to: PersonId, by: PersonId, now: datetime) -> tuple[Ticket, TicketTransferred]:
    """To another agent of the same tier, whoever had it. Raises AlreadyClaimed when that one has it already."""
    _must_be_open(ticket)
    if ticket.assignee == to:
        raise AlreadyClaimed(to)
    fact = TicketTransferred(ticket=ticket.id, by=by, at=now, to=to, was=ticket.assignee or "", tier=ticket.tier)
    return replace(ticket, assignee=to, changed_at=now), fact


def release(ticket: Ticket, agent: PersonId, now: datetime) -> tuple[Ticket, TicketReleased]:
    """The assignee puts it back into the queue."""
    _must_be_open(ticket)
    if ticket.assignee is None:
        raise MoveRefused("not_claimed")
    if ticket.assignee != agent:
        raise MoveRefused("not_yours", owner=ticket.assignee)
    return replace(ticket, assignee=None, tier_since=now, changed_at=now), TicketReleased(ticket=ticket.id, by=agent, at=now, tier=ticket.tier)


def put_back(ticket: Ticket, now: datetime, reason: str = "") -> tuple[Ticket, TicketReleased]:
    """Back into the queue without its assignee's doing. reason: as TicketReleased."""
    _must_be_open(ticket)
    if ticket.assignee is None:
        raise MoveRefused("not_claimed")
    fact = TicketReleased(ticket=ticket.id, by=BOT.id, at=now, tier=ticket.tier, reason=reason)
    return replace(ticket, assignee=None, tier_since=now, changed_at=now), fact


def reply(ticket: Ticket, agent: PersonId, now: datetime) -> tuple[Ticket, ReplySent]:
    """An agent writes to the requester. Whoever replies to an unclaimed ticket does not thereby own it."""
    _must_not_be_closed(ticket)
    first = ticket.human_at is None
    return replace(ticket, human_at=ticket.human_at or now, changed_at=now), ReplySent(ticket=ticket.id, by=agent, at=now, first=first)


def take_reply_back(ticket: Ticket, said_at: datetime, agent: PersonId, now: datetime) -> tuple[Ticket, ReplyTakenBack]:
    """A reply never went out: was it the first, no person has answered yet."""
    first = ticket.human_at == said_at
    taken = replace(ticket, human_at=None if first else ticket.human_at)
    return taken, ReplyTakenBack(ticket=ticket.id, by=agent, at=now, said_at=said_at)


def hear_requester(ticket: Ticket, now: datetime) -> tuple[Ticket, RequesterWrote]:
    """The requester writes on: what was waiting on them is open again, and stands in the queue anew when nobody has it."""
    _must_be_open(ticket)
    since = now if ticket.status == "pending" and ticket.assignee is None else ticket.tier_since
    return replace(ticket, status="open", tier_since=since, changed_at=now), RequesterWrote(ticket=ticket.id, by=ticket.requester, at=now)


def escalate(ticket: Ticket, to_tier: int | None, reason: str, by: PersonId, now: datetime, waited: bool = False) -> tuple[Ticket, TicketEscalated]:
    """On to the next tier's queue. to_tier None: there is none."""
    _must_be_open(ticket)
    if to_tier is None:
        raise MoveRefused("top_tier")
    moved = replace(ticket, status="open", tier=to_tier, assignee=None, tier_since=now, changed_at=now)
    return moved, TicketEscalated(ticket=ticket.id, by=by, at=now, from_tier=ticket.tier, to_tier=to_tier, reason=reason, waited=waited)


def send_back(ticket: Ticket, to_tier: int | None, reason: str, by: PersonId, now: datetime) -> tuple[Ticket, TicketSentBack]:
    """Down to the tier below, with a reason. to_tier None: there is none."""
    _must_be_open(ticket)
    if to_tier is None:
        raise MoveRefused("bottom_tier")
    moved = replace(ticket, status="open", tier=to_tier, assignee=None, tier_since=now, changed_at=now)
    return moved, TicketSentBack(ticket=ticket.id, by=by, at=now, from_tier=ticket.tier, to_tier=to_tier, reason=reason)


def hold(ticket: Ticket, agent: PersonId, now: datetime) -> tuple[Ticket, TicketHeld]:
    """It waits on the requester."""
    _must_be_open(ticket)
    if ticket.status == "pending":
        raise MoveRefused("already_pending")
    return replace(ticket, status="pending", changed_at=now), TicketHeld(ticket=ticket.id, by=agent, at=now)


def resume(ticket: Ticket, agent: PersonId, now: datetime) -> tuple[Ticket, TicketResumed]:
    """It no longer waits on the requester, and stands in the queue anew when nobody has it."""
    if ticket.status != "pending":
        raise MoveRefused("not_pending")
    since = now if ticket.assignee is None else ticket.tier_since
    return replace(ticket, status="open", tier_since=since, changed_at=now), TicketResumed(ticket=ticket.id, by=agent, at=now)


def resolve(ticket: Ticket, by: PersonId, solution: str, now: datetime, entry: str = "") -> tuple[Ticket, TicketResolved]:
    """It is solved, with the solution written down for the next technician."""
    _must_be_open(ticket)
    done = replace(ticket, status="resolved", solution=solution, entry=entry or ticket.entry, resolved_at=now, changed_at=now)
    return done, TicketResolved(ticket=ticket.id, by=by, at=now, tier=ticket.tier, entry=entry, solution=solution)


def link_entry(ticket: Ticket, entry: str, by: PersonId, now: datetime) -> tuple[Ticket, EntryLinked]:
    """Somebody says which entry answers the question: once it is over, that entry is its documented solution. Its course is as it was, closed or not."""
    return ticket if ticket.is_open else replace(ticket, entry=entry), EntryLinked(ticket=ticket.id, by=by, at=now, entry=entry)


def reopen(ticket: Ticket, by: PersonId, now: datetime, first_human_tier: int) -> tuple[Ticket, TicketReopened]:
    """It was not solved: back to whoever had it; what tier 1 had solved goes to the first human tier."""
    if ticket.status != "resolved":
        raise MoveRefused("closed" if ticket.status == "closed" else "not_resolved")
    tier = ticket.tier if ticket.is_with_humans else first_human_tier
    again = replace(ticket, status="open", tier=tier, tier_since=now, resolved_at=None, changed_at=now)
    return again, TicketReopened(ticket=ticket.id, by=by, at=now, tier=tier)


def close(ticket: Ticket, by: PersonId, why: str, now: datetime) -> tuple[Ticket, TicketClosed]:
    """Nothing more may change."""
    _must_not_be_closed(ticket)
    return replace(ticket, status="closed", closed_at=now, changed_at=now), TicketClosed(ticket=ticket.id, by=by, at=now, why=why)


def _must_be_open(ticket: Ticket) -> None:
    _must_not_be_merged(ticket)
    if not ticket.is_open:
        raise MoveRefused(ticket.status)


def _must_not_be_merged(ticket: Ticket) -> None:
    if ticket.parent_as == "merged":
        raise MoveRefused("merged", number=ticket.id, other=ticket.parent)
    must_be_here(ticket)


def must_be_here(ticket: Ticket) -> None:
    """Neither on its way to another department nor there. Raises MoveRefused."""
    if ticket.parent_as in ("moving", "moved"):
        raise MoveRefused(ticket.parent_as, number=ticket.id, other=ticket.parent)


def send_out(ticket: Ticket, to: str) -> Ticket:
    """On its way to another department. to: its key. Nothing is done with it here until an answer comes."""
    _must_be_open(ticket)
    if ticket.tier == 1:
        raise MoveRefused("elsewhere", team=BOT.name)
    if ticket.parent or ticket.kind == "problem":
        raise MoveRefused("held_together", number=ticket.id)
    return replace(ticket, parent=to, parent_as="moving")


def moved_out(ticket: Ticket, into: TicketId, to: str, by: PersonId, now: datetime) -> tuple[Ticket, tuple[TicketMovedOut, TicketClosed]]:
    """It goes on in another department, under that number."""
    facts = (TicketMovedOut(ticket=ticket.id, by=by, at=now, to=to, into=into), TicketClosed(ticket=ticket.id, by=by, at=now, why="moved"))
    return replace(ticket, status="closed", parent=into, parent_as="moved", closed_at=now, changed_at=now), facts


def stays(ticket: Ticket) -> Ticket:
    """It could not be moved."""
    return replace(ticket, parent="", parent_as="")


def _must_not_be_closed(ticket: Ticket) -> None:
    _must_not_be_merged(ticket)
    if ticket.status == "closed":
        raise MoveRefused("closed")


def _must_be_at_tier_one(ticket: Ticket) -> None:
    _must_be_open(ticket)
    if ticket.is_with_humans:
        raise MoveRefused("with_humans")
