"""The clocks of promises, whatever happens to a ticket: compared with a diary that only knows when it was open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import priorities, tickets
from bot.domain.calendars import Calendar, between
from bot.domain.desks import Desk, Policy, Target
from bot.domain.events import Event
from bot.domain.people import BOT
from bot.domain.service_levels import Promised, Running, keep_promises, look, news, recalculate, standing
from bot.domain.tickets import Ticket
from bot.errors import MoveRefused
from bot.store.codec import decode, encode
from tests.builders import ALICE, ANN, MONDAY, a_desk, a_ticket

OFFICE = Calendar(dict.fromkeys(range(5), ((540, 780), (840, 1080))), timezone="Europe/Madrid")
TARGETS = {
    "normal": Target(timedelta(hours=4), timedelta(hours=30), timedelta(hours=2)),
    "urgent": Target(timedelta(hours=1), timedelta(hours=6), timedelta(minutes=30), "always"),
    "low": Target(resolution=timedelta(hours=90)),
}
DESK = a_desk(targets=TARGETS, hours=OFFICE, calendars={"always": Calendar()})
Move = Callable[[Ticket, datetime], tuple[Ticket, Event]]
MOVES: dict[str, Move] = {
    "reply": lambda t, now: tickets.reply(t, ANN.id, now),
    "write": lambda t, now: tickets.hear_requester(t, now),
    "hold": lambda t, now: tickets.hold(t, ANN.id, now),
    "resume": lambda t, now: tickets.resume(t, ANN.id, now),
    "escalate": lambda t, now: tickets.escalate(t, 3, "", ANN.id, now),
    "claim": lambda t, now: tickets.claim(t, ANN.id, now),
    "resolve": lambda t, now: tickets.resolve(t, ANN.id, "Oiled", now),
    "cancel": lambda t, now: tickets.resolve(t, ALICE.id, "", now),
    "reopen": lambda t, now: tickets.reopen(t, ALICE.id, now, 2),
    "urgent": lambda t, now: priorities.put(t, "urgent", ANN.id, now),
    "normal": lambda t, now: priorities.put(t, "normal", ANN.id, now),
    "low": lambda t, now: priorities.put(t, "low", ANN.id, now),
}


@dataclass
class Story:
    """A ticket's course. open_since: None while it is not open; spans: when it was. waits: since when an answer is owed, as far as open."""

    desk: Desk = field(default_factory=lambda: DESK)
    now: datetime = MONDAY
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    open_since: datetime | None = MONDAY
    answered: bool = False
    owed: bool = True

    def __post_init__(self) -> None:
        handed, fact = tickets.hand_over(a_ticket(), 2, "no_match", ALICE.id, MONDAY)
        self.ticket = keep_promises(self.desk, handed, fact)

    def goes_on(self, minutes: int, move: str) -> None:
        """So much later somebody does that, when it can be done."""
        self.now += timedelta(minutes=minutes)
        try:
            moved, fact = MOVES[move](self.ticket, self.now)
        except MoveRefused:
            return
        self.ticket = keep_promises(self.desk, moved, fact)
        self._diary(move)

    def _diary(self, move: str) -> None:
        if self.open_since is not None:
            self.spans.append((self.open_since, self.now))
        self.open_since = self.now if self.ticket.status == "open" else None
        if move in ("reply", "resolve"):
            self.answered, self.owed = True, False
        elif move in ("write", "reopen"):
            self.owed = True

    def used(self, calendar: Calendar) -> timedelta:
        """Business time in which it was open until now."""
        until_now = [(self.open_since, self.now)] if self.open_since else []
        return sum((between(calendar, *span) for span in [*self.spans, *until_now]), timedelta())

    def clock(self, goal: str) -> Running:
        assert self.ticket.promised is not None
        return next(clock for clock in self.ticket.promised.clocks if clock.goal == goal)


steps = st.lists(st.tuples(st.integers(0, 900), st.sampled_from(sorted(MOVES))), max_size=14)


@given(steps)
def test_the_solution_is_due_when_the_ticket_will_have_been_open_for_so_much_business_time(course: list[tuple[int, str]]) -> None:
    story = Story()
    for minutes, move in course:
        story.goes_on(minutes, move)
    clock, target = story.clock("resolution"), TARGETS[story.ticket.priority]
    calendar = Calendar() if target.calendar else OFFICE
    used = story.used(calendar)
    if story.ticket.status == "resolved":
        assert (clock.met_at is not None, story.ticket.due_at) == (True, None)
    elif target.resolution is not None and used < target.resolution:
        if clock.due is None:
            assert (story.ticket.status, clock.left_s) == ("pending", (target.resolution - used).total_seconds())
        else:
            assert between(calendar, story.now, clock.due) == target.resolution - used
    else:
        assert clock.due is not None
        assert clock.due <= story.now


@given(steps)
def test_an_answer_is_owed_from_the_first_words_that_no_person_has_answered(course: list[tuple[int, str]]) -> None:
    story = Story()
    for minutes, move in course:
        story.goes_on(minutes, move)
    assert story.ticket.promised is not None
    owing = [c for c in story.ticket.promised.clocks if c.goal != "resolution" and c.met_at is None]
    assert [c.goal for c in owing] == (["next_response" if story.answered else "first_response"] if story.owed else [])


@given(steps, st.integers(0, 3000))
def test_looking_twice_says_nothing_new_and_reckoning_anew_changes_nothing(course: list[tuple[int, str]], later: int) -> None:
    story = Story()
    for minutes, move in course:
        story.goes_on(minutes, move)
    now = story.now + timedelta(minutes=later)

    seen = look(DESK, story.ticket, now)

    assert look(DESK, seen, now) is seen or look(DESK, seen, now) == seen
    assert recalculate(DESK, seen, now) == seen
    assert news(seen.promised, look(DESK, seen, now).promised) == []


@given(steps)
def test_what_is_promised_survives_the_database(course: list[tuple[int, str]]) -> None:
    story = Story()
    for minutes, move in course:
        story.goes_on(minutes, move)
    assert decode(Promised, encode(Promised, story.ticket.promised)) == story.ticket.promised


@given(steps)
def test_what_is_due_next_is_the_soonest_of_the_clocks_that_run(course: list[tuple[int, str]]) -> None:
    story = Story()
    for minutes, move in course:
        story.goes_on(minutes, move)
    assert story.ticket.promised is not None
    dues = [c.due for c in story.ticket.promised.clocks if c.runs and c.due]
    assert story.ticket.due_at == (min(dues, default=None) if story.ticket.status == "open" else None)


# --------------------------------------------------------------------------------------------------------------- in words
def test_it_stands_as_its_clocks_do() -> None:
    story = Story()

    assert standing(story.ticket, MONDAY) == "running"
    assert standing(story.ticket, MONDAY + timedelta(hours=2, minutes=59)) == "running"
    assert standing(story.ticket, MONDAY + timedelta(hours=3)) == "at_risk"
    assert standing(story.ticket, MONDAY + timedelta(hours=2), warn=timedelta(hours=4)) == "at_risk"
    assert standing(story.ticket, MONDAY + timedelta(hours=5)) == "breached"  # over the break
    story.goes_on(300, "hold")
    assert standing(story.ticket, story.now) == ""
    assert standing(a_ticket(), MONDAY) == ""


def test_the_bots_words_are_no_answer() -> None:
    story = Story()
    moved, fact = tickets.reply(story.ticket, ANN.id, MONDAY)

    by_bot = keep_promises(DESK, moved, replace(fact, by=BOT.id))

    assert by_bot.due_at == story.ticket.due_at


def test_who_solves_it_themselves_has_had_no_answer_and_no_late_one() -> None:
    story = Story()
    story.goes_on(30, "cancel")

    assert story.clock("first_response").met_at is None
    assert story.clock("resolution").met_at == story.now
    story.goes_on(60, "reopen")
    assert story.ticket.due_at == story.now + timedelta(hours=4) - timedelta(minutes=30) + timedelta(hours=1)  # the break


def test_a_late_answer_is_late_also_when_nobody_had_looked_at_the_clock() -> None:
    story = Story()
    story.goes_on(301, "reply")

    assert (story.clock("first_response").breached, story.ticket.breached) == (True, True)


def test_that_an_answer_was_late_is_not_forgotten_with_the_next_one() -> None:
    story = Story()
    story.goes_on(0, "reply")
    story.goes_on(0, "write")
    story.goes_on(200, "reply")
    assert story.clock("next_response").breached
    story.goes_on(0, "write")

    assert not story.clock("next_response").breached
    assert story.ticket.breached
    assert standing(story.ticket, story.now) == "running"


@pytest.mark.parametrize(("kind", "name"), [("incident", "Outages"), ("question", "normal")])
def test_a_policy_is_named_for_people(kind: str, name: str) -> None:
    desk = replace(DESK, policies=(Policy("Outages", Target(timedelta(minutes=5)), kind="incident"),))
    handed, fact = tickets.hand_over(a_ticket(kind=kind), 2, "no_match", ALICE.id, MONDAY)

    promised = keep_promises(desk, handed, fact).promised

    assert promised is not None
    assert promised.policy == name


def test_a_clock_put_back_makes_no_negative_time() -> None:
    story = Story()
    story.now -= timedelta(days=1)
    story.goes_on(0, "hold")

    assert story.clock("resolution").left_s == timedelta(hours=30).total_seconds()
