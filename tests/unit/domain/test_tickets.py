"""Each move of a ticket: when it is allowed and what it leaves, when it is refused and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import tickets
from bot.domain.ids import ConversationId, TicketId
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.errors import AlreadyClaimed, MoveRefused
from tests.builders import ALICE, ANN, BEN, CLEO, MONDAY, a_ticket, an_offer

LATER = MONDAY + timedelta(minutes=7)
AT_ONE = a_ticket()
FREE = a_ticket(tier=2)
TAKEN = a_ticket(tier=2, assignee=ANN.id)
PENDING = a_ticket(tier=2, assignee=ANN.id, status="pending")
PENDING_FREE = a_ticket(tier=2, status="pending")
SOLVED_BY_BOT = a_ticket(status="resolved", resolved_at=MONDAY)
RESOLVED = a_ticket(tier=2, assignee=ANN.id, status="resolved", resolved_at=MONDAY)
CLOSED = a_ticket(tier=2, status="closed", closed_at=MONDAY)
STATES = {
    "at tier 1": AT_ONE,
    "free": FREE,
    "taken": TAKEN,
    "pending": PENDING,
    "pending and free": PENDING_FREE,
    "solved by the bot": SOLVED_BY_BOT,
    "resolved": RESOLVED,
    "closed": CLOSED,
}
MOVES: dict[str, Callable[[Ticket], Any]] = {
    "add words": lambda t: tickets.add_words(t, "and more", LATER),
    "offer": lambda t: tickets.offer(t, [an_offer()], "answer", LATER),
    "solve by entry": lambda t: tickets.solve_by_entry(t, "password", LATER),
    "hand over": lambda t: tickets.hand_over(t, 2, "no_match", BOT.id, LATER),
    "claim": lambda t: tickets.claim(t, BEN.id, LATER),
    "release": lambda t: tickets.release(t, ANN.id, LATER),
    "release by another": lambda t: tickets.release(t, BEN.id, LATER),
    "reply": lambda t: tickets.reply(t, ANN.id, LATER),
    "hear requester": lambda t: tickets.hear_requester(t, LATER),
    "escalate": lambda t: tickets.escalate(t, 3, "too hard", ANN.id, LATER),
    "escalate at the top": lambda t: tickets.escalate(t, None, "too hard", ANN.id, LATER),
    "send back": lambda t: tickets.send_back(t, 2, "no number", CLEO.id, LATER),
    "send back at the bottom": lambda t: tickets.send_back(t, None, "no number", CLEO.id, LATER),
    "hold": lambda t: tickets.hold(t, ANN.id, LATER),
    "resume": lambda t: tickets.resume(t, ANN.id, LATER),
    "resolve": lambda t: tickets.resolve(t, ANN.id, "oiled", LATER),
    "reopen": lambda t: tickets.reopen(t, ALICE.id, LATER, 2),
    "close": lambda t: tickets.close(t, ALICE.id, "requester", LATER),
}
OPEN_ONLY = {**dict.fromkeys(STATES, ""), "solved by the bot": "resolved", "resolved": "resolved", "closed": "closed"}
TIER_ONE_ONLY = {**OPEN_ONLY, **dict.fromkeys(("free", "taken", "pending", "pending and free"), "with_humans")}
UNCLAIMED = {"at tier 1": "not_claimed", "free": "not_claimed", "pending and free": "not_claimed"}
REFUSED: dict[str, dict[str, str]] = {
    "add words": TIER_ONE_ONLY,
    "offer": TIER_ONE_ONLY,
    "solve by entry": TIER_ONE_ONLY,
    "hand over": TIER_ONE_ONLY,
    "claim": {**OPEN_ONLY, "taken": "already_claimed", "pending": "already_claimed"},
    "release": {**OPEN_ONLY, **UNCLAIMED},
    "release by another": {**OPEN_ONLY, **UNCLAIMED, "taken": "not_yours", "pending": "not_yours"},
    "reply": {**dict.fromkeys(STATES, ""), "closed": "closed"},
    "hear requester": OPEN_ONLY,
    "escalate": OPEN_ONLY,
    "escalate at the top": {state: reason or "top_tier" for state, reason in OPEN_ONLY.items()},
    "send back": OPEN_ONLY,
    "send back at the bottom": {state: reason or "bottom_tier" for state, reason in OPEN_ONLY.items()},
    "hold": {**OPEN_ONLY, "pending": "already_pending", "pending and free": "already_pending"},
    "resume": {**dict.fromkeys(STATES, "not_pending"), "pending": "", "pending and free": ""},
    "resolve": OPEN_ONLY,
    "reopen": {**dict.fromkeys(STATES, "not_resolved"), "solved by the bot": "", "resolved": "", "closed": "closed"},
    "close": {**dict.fromkeys(STATES, ""), "closed": "closed"},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MOVES)
def test_a_move_is_made_or_refused_with_its_reason(move: str, state: str) -> None:
    reason, before = REFUSED[move][state], STATES[state]
    if reason:
        with pytest.raises(MoveRefused) as refused:
            MOVES[move](before)
        assert refused.value.reason == reason
    else:
        made = MOVES[move](before)
        after, facts = made if isinstance(made, tuple) else (made, [])
        assert after.changed_at == LATER
        for fact in facts if isinstance(facts, list) else [facts]:
            assert (fact.ticket, fact.at) == (before.id, LATER)


# -------------------------------------------------------------------------------------------------- what a move leaves
def test_opening_keeps_the_requesters_own_words_at_tier_one() -> None:
    ticket, fact = tickets.open_ticket(TicketId("IT-7"), ALICE.id, ConversationId(ALICE.id), "  It\nsqueaks ", "es", LATER, follows="IT-3")
    assert (ticket.id, ticket.question, ticket.language, ticket.status, ticket.tier, ticket.assignee) == ("IT-7", "  It\nsqueaks ", "es", "open", 1, None)
    assert (fact.name, fact.by, fact.follows) == ("TicketOpened", ALICE.id, "IT-3")


def test_more_words_are_part_of_the_question_as_far_as_they_fit() -> None:
    assert tickets.add_words(AT_ONE, "and creaks", LATER).question == "My chair squeaks\nand creaks"
    assert tickets.add_words(AT_ONE, "", LATER).question == "My chair squeaks"
    assert tickets.add_words(AT_ONE, "x" * tickets.MAX_QUESTION, LATER).question == "My chair squeaks"


def test_an_entry_offered_again_is_listed_once_and_at_the_end() -> None:
    shown, fact = tickets.offer(a_ticket(offers=(an_offer(outcome="refused"), an_offer(entry="vpn"))), [an_offer(score=77.77)], "answer", LATER)
    assert [(o.entry, o.outcome) for o in shown.offers] == [("vpn", ""), ("password", "")]
    assert (fact.by, fact.entries, fact.scores, fact.decision) == (BOT.id, ("password",), (77.8,), "answer")


def test_refusing_judges_what_was_not_judged_yet_each_with_its_fact() -> None:
    judged, facts = tickets.refuse_offers(a_ticket(offers=(an_offer(outcome="refused", reason="wrong_topic"), an_offer(entry="vpn"))), ALICE.id, LATER)
    assert [(o.entry, o.outcome, o.reason) for o in judged.offers] == [("password", "refused", "wrong_topic"), ("vpn", "refused", "")]
    assert [(f.entry, f.by) for f in facts] == [("vpn", ALICE.id)]


def test_a_reason_given_afterwards_stands_on_what_was_refused_and_on_nothing_else() -> None:
    judged, facts = tickets.give_reason(a_ticket(tier=2, offers=(an_offer(outcome="refused"), an_offer(entry="vpn"))), ALICE.id, LATER, "not_solved")
    assert [o.reason for o in judged.offers] == ["not_solved", ""]
    assert [(f.entry, f.reason) for f in facts] == [("password", "not_solved")]


def test_what_the_bot_solves_is_resolved_at_tier_one_with_the_entry_as_its_solution() -> None:
    done, fact = tickets.solve_by_entry(a_ticket(offers=(an_offer(), an_offer(entry="vpn"))), "password", LATER)
    assert (done.status, done.tier, done.entry, done.resolved_at) == ("resolved", 1, "password", LATER)
    assert [o.outcome for o in done.offers] == ["solved", ""]
    assert (fact.by, fact.tier, fact.entry) == (ALICE.id, 1, "password")


def test_handing_over_starts_the_clock_of_the_queue() -> None:
    moved, fact = tickets.hand_over(AT_ONE, 2, "refused", ALICE.id, LATER)
    assert (moved.tier, moved.status, moved.tier_since) == (2, "open", LATER)
    assert (fact.tier, fact.why) == (2, "refused")


def test_claiming_does_not_restart_the_clock() -> None:
    taken, fact = tickets.claim(FREE, ANN.id, LATER)
    assert (taken.assignee, taken.tier_since) == (ANN.id, MONDAY)
    assert (fact.by, fact.tier) == (ANN.id, 2)


def test_whoever_loses_the_race_learns_who_has_it() -> None:
    with pytest.raises(AlreadyClaimed) as lost:
        tickets.claim(TAKEN, BEN.id, LATER)
    assert lost.value.details == {"owner": ANN.id}


def test_a_released_ticket_stands_in_the_queue_anew() -> None:
    free, _ = tickets.release(TAKEN, ANN.id, LATER)
    assert (free.assignee, free.tier_since) == (None, LATER)


def test_the_first_reply_is_the_moment_from_which_the_bot_is_silent() -> None:
    once, first = tickets.reply(FREE, ANN.id, LATER)
    twice, second = tickets.reply(once, BEN.id, LATER + timedelta(hours=1))
    assert (first.first, second.first) == (True, False)
    assert (once.human_at, twice.human_at, once.assignee) == (LATER, LATER, None)


def test_words_of_the_requester_end_the_waiting_and_only_an_unclaimed_ticket_queues_anew() -> None:
    free, _ = tickets.hear_requester(PENDING_FREE, LATER)
    taken, _ = tickets.hear_requester(PENDING, LATER)
    queued, _ = tickets.hear_requester(FREE, LATER)
    assert [(t.status, t.tier_since) for t in (free, taken, queued)] == [("open", LATER), ("open", MONDAY), ("open", MONDAY)]


def test_going_on_puts_an_unclaimed_ticket_into_the_queue_anew() -> None:
    free, _ = tickets.resume(PENDING_FREE, ANN.id, LATER)
    taken, _ = tickets.resume(PENDING, ANN.id, LATER)
    assert [(t.status, t.tier_since) for t in (free, taken)] == [("open", LATER), ("open", MONDAY)]


@pytest.mark.parametrize("before", [FREE, TAKEN, PENDING])
def test_going_up_and_coming_back_frees_the_ticket_for_the_other_team(before: Ticket) -> None:
    up, went = tickets.escalate(before, 3, "too hard", ANN.id, LATER, waited=True)
    assert (up.tier, up.assignee, up.status, up.tier_since) == (3, None, "open", LATER)
    assert (went.from_tier, went.to_tier, went.reason, went.waited) == (2, 3, "too hard", True)
    down, came = tickets.send_back(replace(up, assignee=CLEO.id), 2, "no number", CLEO.id, LATER)
    assert (down.tier, down.assignee, down.status) == (2, None, "open")
    assert (came.from_tier, came.to_tier, came.reason) == (3, 2, "no number")


def test_resolving_keeps_the_solution_and_an_entry_that_was_named_before() -> None:
    done, fact = tickets.resolve(replace(TAKEN, entry="vpn"), ANN.id, "oiled", LATER)
    assert (done.status, done.solution, done.entry, done.resolved_at, done.assignee) == ("resolved", "oiled", "vpn", LATER, ANN.id)
    assert (fact.solution, fact.entry, fact.tier) == ("oiled", "", 2)


def test_reopened_it_is_with_whoever_had_it_and_what_the_bot_solved_goes_to_humans() -> None:
    again, _ = tickets.reopen(RESOLVED, ALICE.id, LATER, 2)
    assert (again.status, again.tier, again.assignee, again.resolved_at) == ("open", 2, ANN.id, None)
    from_bot, fact = tickets.reopen(SOLVED_BY_BOT, ALICE.id, LATER, 2)
    assert (from_bot.tier, fact.tier) == (2, 2)


def test_closing_says_why() -> None:
    done, fact = tickets.close(PENDING, BOT.id, "idle", LATER)
    assert (done.status, done.closed_at) == ("closed", LATER)
    assert (fact.by, fact.why) == (BOT.id, "idle")


def test_a_move_never_changes_who_asked_what_and_where() -> None:
    for name, move in MOVES.items():
        for state, before in STATES.items():
            if REFUSED[name][state] == "" and name != "add words":
                after, _ = move(before)
                kept = ("id", "requester", "conversation", "question", "language", "opened_at", "follows", "version")
                assert [getattr(after, k) for k in kept] == [getattr(before, k) for k in kept], name


@pytest.mark.parametrize(("ticket", "is_open", "with_humans"), [(AT_ONE, True, False), (PENDING, True, True), (RESOLVED, False, True), (CLOSED, False, True)])
def test_how_a_ticket_stands(ticket: Ticket, is_open: bool, with_humans: bool) -> None:
    assert (ticket.is_open, ticket.is_with_humans) == (is_open, with_humans)


def test_a_verdict_is_awaited_while_an_offer_at_tier_one_is_not_judged() -> None:
    offered = a_ticket(offers=(an_offer(outcome="refused"), an_offer(entry="vpn")))
    assert offered.awaits_verdict
    assert not replace(offered, tier=2).awaits_verdict
    assert not replace(offered, status="closed").awaits_verdict
    assert not a_ticket(offers=(an_offer(outcome="refused"),)).awaits_verdict



def test_a_list_awaits_a_choice_until_one_entry_is_shown() -> None:
    listed, _ = tickets.offer(AT_ONE, [an_offer(), an_offer(entry="vpn")], "suggest", LATER)
    assert [o.outcome for o in listed.offers] == ["listed", "listed"]
    assert (listed.awaits_verdict, listed.awaits_choice) == (True, True)
    chosen, _ = tickets.offer(listed, [listed.offers[0]], "answer", LATER)
    assert (chosen.awaits_verdict, chosen.awaits_choice) == (True, False)
    judged, facts = tickets.refuse_offers(chosen, ALICE.id, LATER)
    assert ({o.outcome for o in judged.offers}, len(facts), judged.awaits_verdict) == ({"refused"}, 2, False)
