"""From a ticket's events to what is counted of it: pure, so that it can be done again whenever events or meanings change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.act_log import ActLog
from bot.domain.calendars import between
from bot.domain.desks import Desk
from bot.domain.open_time import OpenTime
from bot.domain.outcomes import RETURNS_WITHIN
from bot.domain.people import BOT
from bot.domain.ticket_facts import NEVER, Happened, History, OpenStretch, SelfService, Story, TicketAct, TicketFacts, What, day_of
from bot.domain.tickets import Status

SOON = timedelta(days=7)  # what is reopened so soon was not solved at the first contact
OTHERS_WORK = ("marked", "split", "call", "problem", "change")  # why a ticket was handed over that an agent made


def story(history: History, desk: Desk) -> Story:
    """All that is counted of a ticket, by the hours and in the time zone of its desk."""
    course = _Course(history, desk)
    for event in history.events:
        course.hear(event)
    return Story(course.facts(), course.acts(), tuple(course.stretches()))


@dataclass(slots=True)
class _Answer:
    at: datetime
    by: str
    tier: int


@dataclass(slots=True)
class _Solution:
    at: datetime
    by: str
    tier: int
    reopened_at: datetime | None = None


class _Course:
    """What is known after some of the events."""

    def __init__(self, history: History, desk: Desk) -> None:
        self._history, self._desk, self._zone = history, desk, ZoneInfo(desk.timezone)
        opening = history.opening
        self._time = OpenTime(opening.opened_at)
        self._tier, self._been = 1, [1]
        self._priority = opening.priority
        first = next((e for e in history.events if e.name == "PriorityChanged"), None)
        if first is not None:
            self._priority = str(first.details.get("was") or opening.priority)
        self._offered = self._entry = self._decision = self._handed_over = self._closed = ""
        self._bot_at: datetime | None = None
        self._claimed_at: datetime | None = None
        self._closed_at: datetime | None = None
        self._answers: list[_Answer] = []
        self._agents_solutions: list[_Answer] = []
        self._solutions: list[_Solution] = []
        self._reopened = 0
        self._acts = ActLog(opening.ticket, self._zone)
        self._rating: int | None = None
        self._rated_at: datetime | None = None
        self._tiers: set[int] = set()
        self._came_back = 0

    def hear(self, event: Happened) -> None:
        """One more."""
        if (heard := _HEARD.get(event.name)) is not None:
            heard(self, event)

    # ------------------------------------------------------------------------------------------------------------ tier 1
    def offered(self, event: Happened) -> None:
        self._bot_at = self._bot_at or event.at
        entries = event.details.get("entries")
        self._offered = self._offered or (str(entries[0]) if isinstance(entries, list | tuple) and entries else "")
        self._decision = self._decision or _text(event, "decision")

    def handed_over(self, event: Happened) -> None:
        self._handed_over = _text(event, "why") or "no_match"
        if self._handed_over not in OTHERS_WORK:
            self._bot_at = self._bot_at or event.at
            self._decision = self._decision or "hand_over"
        self._comes_to(_number(event, "tier"))
        self._set("open", event.at)

    # ---------------------------------------------------------------------------------------------------------- the teams
    def claimed(self, event: Happened) -> None:
        self._claimed_at = self._claimed_at or event.at
        self._act("claimed", event, by=_text(event, "to") or event.by)

    def escalated(self, event: Happened) -> None:
        self._act("escalated", event, to_tier=_number(event, "to_tier"), about="waited" if event.details.get("waited") else "")
        self._comes_to(_number(event, "to_tier"))
        self._set("open", event.at)

    def sent_back(self, event: Happened) -> None:
        self._act("sent_back", event, to_tier=_number(event, "to_tier"))
        self._comes_to(_number(event, "to_tier"))
        self._set("open", event.at)

    def replied(self, event: Happened) -> None:
        if event.by == BOT.id:
            return  # news of an incident, sent for the team
        self._answers.append(_Answer(event.at, event.by, self._tier))
        self._act("replied", event, by=event.by)

    def taken_back(self, event: Happened) -> None:
        text = _text(event, "said_at")
        said_at = datetime.fromisoformat(text) if text else next((a.at for a in reversed(self._answers) if a.by == event.by), None)
        self._answers = [answer for answer in self._answers if answer.at != said_at]
        self._acts.take_back_reply(said_at)

    def held(self, event: Happened) -> None:
        self._set("pending", event.at)

    def resumed(self, event: Happened) -> None:
        if self._time.status == "pending":
            self._set("open", event.at)

    # ------------------------------------------------------------------------------------------------------------ the end
    def solved(self, event: Happened) -> None:
        by = event.by if self._is_agent(event.by) else ""
        if by:
            self._agents_solutions.append(_Answer(event.at, by, self._tier))
        self._solutions.append(_Solution(event.at, by, self._tier))
        self._entry = _text(event, "entry") or self._entry
        self._act("solved", event, by=by)
        self._act("ended", event, about="solved")
        self._set("resolved", event.at)

    def reopened(self, event: Happened) -> None:
        self._reopened += 1
        if self._solutions and self._solutions[-1].reopened_at is None:
            self._solutions[-1].reopened_at = event.at
        self._acts.take_back_solution()
        self._comes_to(_number(event, "tier"))
        self._act("reopened", event)
        self._set("open", event.at)

    def closed(self, event: Happened) -> None:
        self._closed, self._closed_at = _text(event, "why"), event.at
        if self._time.is_open:
            self._act("ended", event, about=self._closed)
        self._set("closed", event.at)

    def rated(self, event: Happened) -> None:
        self._rating, self._rated_at = _number(event, "rating"), self._rated_at or event.at

    def prioritised(self, event: Happened) -> None:
        self._priority = _text(event, "priority") or self._priority

    # ---------------------------------------------------------------------------------------------------------- promises
    def broken(self, event: Happened) -> None:
        self._acts.broken(_text(event, "goal"), event.at, self._tier, self._priority)

    def met(self, event: Happened) -> None:
        self._acts.fulfilled(_text(event, "goal"), event.at, self._tier, self._priority, late=bool(event.details.get("late")))

    # ------------------------------------------------------------------------------------------------------ what it comes to
    def facts(self) -> TicketFacts:
        """One row."""
        opening, answer = self._history.opening, self._first_answer()
        first, last = (self._solutions[0], self._last_solution()) if self._solutions else (None, None)
        opened = opening.opened_at.astimezone(self._zone)
        by_agent = self._handed_over in OTHERS_WORK
        waited, waited_work = self._waited(last.at) if last else (0, 0)
        return TicketFacts(
            ticket=opening.ticket,
            desk=opening.ticket.partition("-")[0],
            channel=opening.channel,
            kind=opening.kind,
            language=opening.language,
            priority=self._priority,
            requester=opening.requester,
            made_by="agent" if by_agent else "requester",
            opened_at=opening.opened_at,
            opened_day=self._day(opening.opened_at),
            opened_hour=opened.hour,
            status=self._time.status,
            tier=self._tier,
            entry=self._entry or self._offered,
            decision=self._decision,
            self_service="" if by_agent else self._self_service(),
            handed_over=self._handed_over,
            bot_s=self._since_opened(self._bot_at),
            claim_s=self._since_opened(self._claimed_at),
            reply_s=None if by_agent else self._since_opened(answer.at if answer else None),
            reply_work_s=None if by_agent else self._worked(answer.at if answer else None),
            reply_tier=answer.tier if answer and not by_agent else None,
            first_day=self._day(first.at) if first else None,
            first_s=self._since_opened(first.at if first else None),
            first_work_s=self._worked(first.at if first else None),
            solved_day=self._day(last.at) if last else None,
            solved_s=self._since_opened(last.at if last else None),
            solved_work_s=self._worked(last.at if last else None),
            solved_tier=last.tier if last else None,
            solved_by=last.by if last else "",
            waiting_s=waited,
            waiting_work_s=waited_work,
            closed_day=self._day(self._closed_at) if self._closed_at else None,
            closed=self._closed,
            merged=int(self._closed == "merged"),
            reopened=self._reopened,
            reopened_soon=int(any(s.reopened_at is not None and s.reopened_at - s.at <= SOON for s in self._solutions)),
            replies=len(self._answers),
            claims=self._acts.count("claimed"),
            escalations=self._acts.count("escalated"),
            send_backs=self._acts.count("sent_back"),
            back_and_forth=self._came_back,
            tiers=len(self._tiers),
            rating=self._rating,
            rated_day=self._day(self._rated_at) if self._rated_at else None,
        )

    def acts(self) -> tuple[TicketAct, ...]:
        """All of them, numbered."""
        ended = self._closed_at or (self._solutions[-1].at if self._solutions else self._history.opening.opened_at)
        return self._acts.numbered(None if self._time.is_open else ended)

    def stretches(self) -> list[OpenStretch]:
        """Those that a midnight falls into."""
        opening = self._history.opening
        found: list[OpenStretch] = []
        for one in self._time.stretches(self._tier, self._priority):
            first, last = self._day(one.since), self._day(one.until) if one.until else NEVER
            if first < last:
                found.append(OpenStretch(opening.ticket, len(found), self._day(opening.opened_at), first, last, one.tier, one.priority))
        return found

    # ------------------------------------------------------------------------------------------------------------- helpers
    def _self_service(self) -> SelfService:
        if self._solutions and self._solutions[0].tier == 1:
            return "returned" if self._is_back(self._solutions[0].at) else "confirmed"
        if self._handed_over:
            return "handed_over"
        if self._closed == "silent" and self._closed_at:
            return "returned" if self._is_back(self._closed_at) else "silent"
        return "withdrawn" if self._time.status == "closed" else "asked"

    def _is_back(self, ended: datetime) -> bool:
        """Did they ask about it again so soon that it was no help?"""
        if any(s.tier == 1 and s.reopened_at is not None and s.reopened_at - s.at <= RETURNS_WITHIN for s in self._solutions):
            return True
        mine = self._history.entries | ({self._entry or self._offered} - {""})
        soon = (later for later in self._history.later if ended <= later.opened_at <= ended + RETURNS_WITHIN)
        return any(later.follows == self._history.opening.ticket or later.entries & mine for later in soon)

    def _first_answer(self) -> _Answer | None:
        """A reply, or a solution by an agent: that, too, is told to the requester."""
        return min((*self._answers, *self._agents_solutions), key=lambda answer: answer.at, default=None)

    def _last_solution(self) -> _Solution | None:
        return self._solutions[-1] if self._solutions[-1].reopened_at is None else None

    def _is_agent(self, person: str) -> bool:
        return self._tier > 1 and person not in (BOT.id, self._history.opening.requester)

    def _comes_to(self, tier: int) -> None:
        if tier and tier != self._tier:
            self._came_back += tier in self._been
            self._tier = tier
            self._been.append(tier)
        if tier > 1:
            self._tiers.add(tier)

    def _set(self, status: Status, at: datetime) -> None:
        self._time.becomes(status, at, self._tier, self._priority)

    def _act(self, what: What, event: Happened, *, by: str = "", to_tier: int = 0, about: str = "") -> None:
        self._acts.add(what, event.at, self._tier, self._priority, by=by, to_tier=to_tier, about=about)

    def _day(self, moment: datetime) -> int:
        return day_of(moment, self._zone)

    def _since_opened(self, moment: datetime | None) -> int | None:
        return None if moment is None else max(0, round((moment - self._history.opening.opened_at).total_seconds()))

    def _worked(self, moment: datetime | None) -> int | None:
        if moment is None:
            return None
        return max(0, round(between(self._desk.hours, self._history.opening.opened_at, moment).total_seconds()))

    def _waited(self, until: datetime) -> tuple[int, int]:
        """Seconds on the requester until then, and those of business time among them."""
        spans = self._time.held(until)
        whole = sum((end - since for since, end in spans), timedelta())
        work = sum((between(self._desk.hours, since, end) for since, end in spans), timedelta())
        return round(whole.total_seconds()), round(work.total_seconds())


_HEARD: Mapping[str, Callable[[_Course, Happened], None]] = {
    "EntryOffered": _Course.offered,
    "TicketHandedOver": _Course.handed_over,
    "TicketClaimed": _Course.claimed,
    "TicketAssigned": _Course.claimed,
    "TicketTransferred": _Course.claimed,
    "TicketEscalated": _Course.escalated,
    "TicketSentBack": _Course.sent_back,
    "ReplySent": _Course.replied,
    "ReplyTakenBack": _Course.taken_back,
    "TicketHeld": _Course.held,
    "TicketResumed": _Course.resumed,
    "RequesterWrote": _Course.resumed,
    "TicketResolved": _Course.solved,
    "TicketReopened": _Course.reopened,
    "TicketClosed": _Course.closed,
    "RatingGiven": _Course.rated,
    "PriorityChanged": _Course.prioritised,
    "PromiseBroken": _Course.broken,
    "PromiseMet": _Course.met,
}


def _text(event: Happened, name: str) -> str:
    return str(event.details.get(name) or "")


def _number(event: Happened, name: str) -> int:
    found = event.details.get(name)
    return found if isinstance(found, int) else 0
