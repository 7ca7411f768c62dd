"""What is counted of a ticket, from what happened to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendars import Calendar
from bot.domain.course import story
from bot.domain.events import (
    EntryOffered,
    Event,
    PriorityChanged,
    PromiseBroken,
    PromiseMet,
    RatingGiven,
    ReplySent,
    ReplyTakenBack,
    RequesterWrote,
    TicketAssigned,
    TicketClaimed,
    TicketClosed,
    TicketEscalated,
    TicketHandedOver,
    TicketHeld,
    TicketOpened,
    TicketReopened,
    TicketResolved,
    TicketSentBack,
)
from bot.domain.ids import PersonId, TicketId
from bot.domain.people import BOT
from bot.domain.ticket_facts import NEVER, History, Later, Opening, Story, TicketFacts, date_of, number_of
from bot.ports.world import Recorded
from bot.store import codec
from tests.builders import ALICE, ANN, CLEO, MONDAY, a_desk

NUMBER = TicketId("IT-7")
HOURS = Calendar(dict.fromkeys(range(5), ((9 * 60, 17 * 60),)), timezone="UTC")
DESK = a_desk(hours=HOURS)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def at(after: timedelta, kind: type[Event], by: PersonId = ANN.id, **details: Any) -> Event:
    """Something that happened so long after the opening."""
    return kind(ticket=NUMBER, by=by, at=MONDAY + after, **details)


OFFERED = at(0 * MINUTE, EntryOffered, BOT.id, entries=("password",), scores=(91.0,), decision="answer")
HANDED_OVER = at(MINUTE, TicketHandedOver, BOT.id, tier=2, why="no_match")
CLAIMED = at(10 * MINUTE, TicketClaimed, tier=2)
REPLIED = at(HOUR, ReplySent, first=True)
SOLVED = at(2 * HOUR, TicketResolved, tier=2, solution="Oil it.")


def told(*events: Event, desk: Any = DESK, later: tuple[Later, ...] = (), entries: frozenset[str] = frozenset(), **opening: Any) -> Story:
    """Opened on a Monday at nine by Alice, then these."""
    begun = {"ticket": NUMBER, "requester": ALICE.id, "channel": "chat", "language": "en", "kind": "question", "priority": "normal", "opened_at": MONDAY}
    first = TicketOpened(ticket=NUMBER, by=ALICE.id, at=MONDAY)
    return story(History(Opening(**{**begun, **opening}), [stored(event) for event in (first, *events)], entries, later), desk)


def stored(event: Event) -> Recorded:
    """As it comes back from a store."""
    details = codec.decode(dict[str, object], codec.encode(dict[str, object], event.details()))
    return Recorded(1, event.ticket, event.name, event.by, "chat", event.at, details)


def facts(*events: Event, **more: Any) -> TicketFacts:
    return told(*events, **more).facts


def acts(*events: Event, **more: Any) -> list[tuple[Any, ...]]:
    return [(act.what, act.by, act.tier, act.to_tier, act.about) for act in told(*events, **more).acts]


# ---- the first answer
def test_the_bot_s_answer_does_not_stop_the_wait_for_a_person() -> None:
    found = facts(OFFERED, HANDED_OVER, CLAIMED, REPLIED)
    assert (found.bot_s, found.claim_s, found.reply_s, found.reply_tier, found.replies) == (0, 600, 3600, 2, 1)


def test_news_of_an_incident_is_no_answer_of_a_person() -> None:
    assert facts(HANDED_OVER, at(HOUR, ReplySent, BOT.id, first=False)).reply_s is None


def test_a_reply_that_was_taken_back_never_was() -> None:
    taken_back = at(HOUR + MINUTE, ReplyTakenBack, said_at=REPLIED.at)
    met = at(HOUR, PromiseMet, BOT.id, goal="first_response", late=False)
    again = at(3 * HOUR, ReplySent, first=True)
    found = told(HANDED_OVER, REPLIED, met, taken_back, again)
    assert (found.facts.reply_s, found.facts.replies) == (3 * 3600, 1)
    assert [act.what for act in found.acts] == ["replied"]


def test_who_solves_it_without_a_reply_has_answered() -> None:
    assert facts(HANDED_OVER, SOLVED).reply_s == 2 * 3600
    assert facts(HANDED_OVER, at(HOUR, TicketResolved, ALICE.id, tier=2)).reply_s is None


def test_what_an_agent_made_has_no_first_answer() -> None:
    made = at(MINUTE, TicketHandedOver, tier=2, why="marked")
    found = facts(made, REPLIED)
    assert (found.made_by, found.reply_s, found.reply_tier, found.self_service, found.decision) == ("agent", None, None, "", "")


def test_working_time_is_within_the_desk_s_hours() -> None:
    found = facts(HANDED_OVER, at(DAY, ReplySent, first=True))
    assert (found.reply_s, found.reply_work_s) == (24 * 3600, 8 * 3600)


# ---- the solution
def test_the_first_solution_and_the_last_are_told_apart_and_waiting_on_the_requester_is_counted() -> None:
    found = facts(
        HANDED_OVER,
        at(HOUR, TicketHeld),
        at(3 * HOUR, RequesterWrote, ALICE.id),
        at(4 * HOUR, TicketResolved, tier=2),
        at(DAY, TicketReopened, ALICE.id, tier=2),
        at(DAY + HOUR, TicketResolved, CLEO.id, tier=2),
    )
    assert (found.first_s, found.solved_s, found.waiting_s, found.solved_by) == (4 * 3600, 25 * 3600, 2 * 3600, CLEO.id)
    assert (found.solved_work_s, found.waiting_work_s, found.reopened, found.reopened_soon) == (9 * 3600, 2 * 3600, 1, 1)


def test_what_is_open_again_is_not_solved() -> None:
    found = facts(HANDED_OVER, SOLVED, at(DAY, TicketReopened, ALICE.id, tier=2))
    assert (found.status, found.first_s, found.solved_s, found.solved_day) == ("open", 2 * 3600, None, None)


def test_reopening_after_a_week_is_not_soon() -> None:
    assert facts(HANDED_OVER, SOLVED, at(8 * DAY, TicketReopened, ALICE.id, tier=2)).reopened_soon == 0


# ---- tier 1
def confirmed(**more: Any) -> TicketFacts:
    return facts(OFFERED, at(HOUR, TicketResolved, ALICE.id, tier=1, entry="password"), **more)


def test_tier_one_ended_by_the_requester_s_word_by_silence_or_at_a_person() -> None:
    silent = at(DAY, TicketClosed, BOT.id, why="silent")
    assert confirmed().self_service == "confirmed"
    assert facts(OFFERED, silent).self_service == "silent"
    assert facts(OFFERED, HANDED_OVER).self_service == "handed_over"
    assert facts(OFFERED, at(HOUR, TicketClosed, ALICE.id, why="requester")).self_service == "withdrawn"
    assert facts(OFFERED).self_service == "asked"


def test_who_asks_about_the_same_within_three_days_has_returned() -> None:
    def again(after: timedelta, **more: Any) -> Later:
        return Later(MONDAY + HOUR + after, **{"entries": frozenset({"password"}), **more})

    assert confirmed(later=(again(72 * HOUR),)).self_service == "returned"
    assert confirmed(later=(again(73 * HOUR),)).self_service == "confirmed"
    assert confirmed(later=(again(HOUR, entries=frozenset({"vpn"})),)).self_service == "confirmed"
    assert confirmed(later=(again(HOUR, entries=frozenset(), follows=NUMBER),)).self_service == "returned"
    assert facts(OFFERED, at(HOUR, TicketClosed, BOT.id, why="silent"), later=(again(HOUR),)).self_service == "returned"


def test_who_reopens_within_three_days_has_returned() -> None:
    solved = at(HOUR, TicketResolved, ALICE.id, tier=1, entry="password")
    assert facts(OFFERED, solved, at(2 * HOUR, TicketReopened, ALICE.id, tier=2)).self_service == "returned"
    assert facts(OFFERED, solved, at(5 * DAY, TicketReopened, ALICE.id, tier=2)).self_service == "confirmed"


# ---- the teams
def test_each_act_has_who_did_it_and_where() -> None:
    up = at(20 * MINUTE, TicketEscalated, from_tier=2, to_tier=3, reason="")
    given = at(30 * MINUTE, TicketAssigned, BOT.id, to=CLEO.id, tier=3, how="load")
    down = at(40 * MINUTE, TicketSentBack, CLEO.id, from_tier=3, to_tier=2, reason="")
    found = told(HANDED_OVER, CLAIMED, up, given, down, REPLIED, SOLVED)
    assert [(act.what, act.by, act.tier, act.to_tier, act.about) for act in found.acts] == [
        ("claimed", ANN.id, 2, 0, ""),
        ("escalated", "", 2, 3, ""),
        ("claimed", CLEO.id, 3, 0, ""),
        ("sent_back", "", 3, 2, ""),
        ("replied", ANN.id, 2, 0, ""),
        ("solved", ANN.id, 2, 0, ""),
        ("ended", "", 2, 0, "solved"),
    ]
    assert [act.n for act in found.acts] == list(range(7))
    assert (found.facts.claims, found.facts.escalations, found.facts.send_backs, found.facts.back_and_forth, found.facts.tiers) == (2, 1, 1, 1, 2)


def test_what_a_requester_solves_is_no_agent_s_doing() -> None:
    assert acts(HANDED_OVER, at(HOUR, TicketResolved, ALICE.id, tier=2))[0] == ("solved", "", 2, 0, "")


def test_a_ticket_closed_after_it_was_solved_ends_once() -> None:
    assert [act[4] for act in acts(HANDED_OVER, SOLVED, at(8 * DAY, TicketClosed, BOT.id, why="reopen_over")) if act[0] == "ended"] == ["solved"]
    assert [act[4] for act in acts(HANDED_OVER, at(HOUR, TicketClosed, why="merged")) if act[0] == "ended"] == ["merged"]


# ---- promises
def promises(*events: Event) -> list[tuple[str, str, int, date, str]]:
    found = [act for act in told(HANDED_OVER, *events).acts if act.what in ("promise", "overdue")]
    return [(act.what, act.about, act.late, date_of(act.day), act.priority) for act in found]


BROKEN = at(HOUR, PromiseBroken, BOT.id, goal="resolution", due=MONDAY + HOUR)
TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)


def test_a_promise_ends_when_it_is_kept_or_fulfilled_late_and_is_overdue_until_then() -> None:
    late = at(DAY, PromiseMet, BOT.id, goal="resolution", late=True)
    assert promises(BROKEN) == [("overdue", "resolution", 1, TODAY, "normal")]
    assert promises(BROKEN, late) == [("promise", "resolution", 1, TOMORROW, "normal")]
    assert promises(at(HOUR, PromiseMet, BOT.id, goal="first_response", late=False)) == [("promise", "first_response", 0, TODAY, "normal")]


def test_a_broken_promise_of_a_ticket_that_is_over_was_not_kept() -> None:
    assert promises(BROKEN, at(DAY, TicketClosed, why="merged")) == [("promise", "resolution", 1, TOMORROW, "normal")]


def test_reopening_takes_back_that_the_solution_was_in_time() -> None:
    met = at(2 * HOUR, PromiseMet, BOT.id, goal="resolution", late=False)
    answered = at(HOUR, PromiseMet, BOT.id, goal="first_response", late=False)
    reopened = at(3 * HOUR, TicketReopened, ALICE.id, tier=2)
    late = at(DAY, PromiseMet, BOT.id, goal="resolution", late=True)
    assert promises(answered, SOLVED, met, reopened, late) == [
        ("promise", "first_response", 0, TODAY, "normal"),
        ("promise", "resolution", 1, TOMORROW, "normal"),
    ]


def test_a_promise_counts_for_the_priority_it_had_then() -> None:
    raised = at(30 * MINUTE, PriorityChanged, priority="urgent", was="low")
    early = at(10 * MINUTE, PromiseMet, BOT.id, goal="first_response", late=False)
    assert promises(early, raised, at(HOUR, PromiseMet, BOT.id, goal="resolution", late=False)) == [
        ("promise", "first_response", 0, TODAY, "low"),
        ("promise", "resolution", 0, TODAY, "urgent"),
    ]


# ---- the backlog
def stretches(*events: Event, **more: Any) -> list[tuple[date, date, date | None]]:
    found = told(*events, **more).stretches
    return [(date_of(s.opened_day), date_of(s.since_day), None if s.until_day == NEVER else date_of(s.until_day)) for s in found]


def test_it_is_in_the_backlog_from_each_opening_until_it_ends() -> None:
    solved, again = at(DAY, TicketResolved, tier=2), at(3 * DAY, TicketReopened, ALICE.id, tier=2)
    assert stretches(HANDED_OVER, solved, again) == [
        (TODAY, TODAY, TOMORROW),
        (TODAY, date(2026, 3, 5), None),
    ]


def test_what_ends_on_its_day_is_in_no_backlog() -> None:
    assert stretches(HANDED_OVER, SOLVED) == []


def test_a_day_ends_at_the_desk_s_midnight_also_when_its_clocks_are_set() -> None:
    opened = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # in Madrid the 29th, half past midnight, an hour and a half before its clocks are set
    found = story(History(Opening(NUMBER, ALICE.id, "chat", "en", "question", "normal", opened), []), a_desk(timezone="Europe/Madrid")).facts
    assert (date_of(found.opened_day), found.opened_hour) == (date(2026, 3, 29), 0)
    late = story(History(Opening(NUMBER, ALICE.id, "chat", "en", "question", "normal", opened + 22 * HOUR), []), a_desk(timezone="Europe/Madrid")).facts
    assert (date_of(late.opened_day), late.opened_hour) == (date(2026, 3, 29), 23)


def test_days_are_numbered_so_that_a_week_begins_on_a_monday() -> None:
    assert number_of(MONDAY.date()) % 7 == 0
    assert date_of(number_of(TODAY)) == TODAY


def test_the_rating_that_stands_counts_on_the_day_of_the_first() -> None:
    found = facts(HANDED_OVER, SOLVED, at(3 * HOUR, RatingGiven, ALICE.id, rating=2), at(DAY, RatingGiven, ALICE.id, rating=5, was=2))
    assert (found.rating, found.rated_day) == (5, number_of(TODAY))


KINDS = (
    OFFERED, HANDED_OVER, CLAIMED, REPLIED, SOLVED, BROKEN,
    at(HOUR, TicketHeld), at(HOUR, RequesterWrote, ALICE.id), at(HOUR, TicketReopened, ALICE.id, tier=2), at(HOUR, TicketClosed, why="agent"),
    at(HOUR, ReplyTakenBack), at(HOUR, PromiseMet, BOT.id, goal="resolution", late=False), at(HOUR, TicketEscalated, from_tier=2, to_tier=3, reason=""),
)  # fmt: skip


@given(st.lists(st.sampled_from(KINDS), max_size=12), st.lists(st.integers(0, 10_000), min_size=12, max_size=12))
def test_whatever_happened_in_whatever_order_is_counted_without_a_fault(events: list[Event], minutes: list[int]) -> None:
    moments = sorted(minutes)
    found = told(*(stored_at(event, MONDAY + moment * MINUTE) for event, moment in zip(events, moments, strict=False)))
    spans = (found.facts.reply_s, found.facts.first_s, found.facts.solved_s, found.facts.waiting_s, found.facts.solved_work_s)
    assert all(span is None or span >= 0 for span in spans)
    assert len({act.n for act in found.acts}) == len(found.acts)
    assert all(one.since_day < one.until_day for one in found.stretches)
    assert sum(one.until_day == NEVER for one in found.stretches) == (found.facts.status in ("open", "pending"))


def stored_at(event: Event, moment: datetime) -> Event:
    """The same at another time."""
    details: dict[str, Any] = dict(event.details().items())
    return type(event)(ticket=event.ticket, by=event.by, at=moment, **details)
