"""What each word about an answer makes of its outcome, and which word outweighs which."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.outcomes import Outcome, chosen, outside, refused, returned, solved_by, withdrawn
from tests.builders import MONDAY, an_outcome

LATER = MONDAY + timedelta(hours=1)


def verdict(outcome: Outcome) -> tuple[str, str, str]:
    return outcome.judgement, outcome.instead, outcome.source


def test_what_solved_it_judges_the_best_entry() -> None:
    assert verdict(solved_by(an_outcome(), "password", "press", MONDAY)) == ("right", "password", "press")
    assert verdict(solved_by(an_outcome(), "vpn", "press", MONDAY)) == ("wrong", "vpn", "press")


@pytest.mark.parametrize("reason", ["", "wrong_topic"])
def test_a_refusal_says_that_the_best_was_wrong_unless_its_topic_was_right(reason: str) -> None:
    assert verdict(refused(an_outcome(), reason, MONDAY)) == ("wrong", "", "press")


def test_an_answer_of_the_right_topic_that_did_not_help_is_no_error_of_the_matching() -> None:
    after = refused(refused(an_outcome(), "", MONDAY), "not_solved", LATER)
    assert verdict(after) == ("not_solved", "", "press")
    assert not after.is_evidence


def test_who_picked_another_one_and_found_its_topic_right_says_that_the_best_was_wrong() -> None:
    assert verdict(refused(chosen(an_outcome(), "vpn"), "not_solved", MONDAY)) == ("wrong", "vpn", "press")
    assert verdict(refused(chosen(an_outcome(), "password"), "not_solved", MONDAY)) == ("not_solved", "", "press")


def test_picking_alone_judges_nothing() -> None:
    assert verdict(chosen(an_outcome(), "vpn")) == ("", "", "")


def test_whoever_comes_back_takes_their_word_back() -> None:
    assert verdict(returned(solved_by(an_outcome(), "password", "press", MONDAY), LATER)) == ("wrong", "", "returned")


@pytest.mark.parametrize("before", [an_outcome(), solved_by(an_outcome(), "password", "agent", MONDAY), refused(an_outcome(), "not_solved", MONDAY)])
def test_coming_back_changes_only_what_they_called_solved(before: Outcome) -> None:
    assert returned(before, LATER) == before


@pytest.mark.parametrize("by_people", [solved_by(an_outcome(), "password", "agent", MONDAY), outside(an_outcome(), MONDAY)])
def test_no_press_outweighs_what_an_agent_or_admin_found(by_people: Outcome) -> None:
    assert refused(by_people, "wrong_topic", LATER) == by_people
    assert solved_by(by_people, "password", "press", LATER) == by_people


def test_of_two_people_of_the_desk_the_later_counts() -> None:
    first = solved_by(refused(an_outcome(), "", MONDAY), "password", "agent", MONDAY)
    assert verdict(solved_by(first, "vpn", "agent", LATER)) == ("wrong", "vpn", "agent")
    assert verdict(outside(first, LATER)) == ("wrong", "", "admin")


def test_a_mark_that_is_taken_back_leaves_no_word() -> None:
    assert verdict(withdrawn(outside(an_outcome(), MONDAY), LATER)) == ("", "", "")
    by_agent = solved_by(an_outcome(), "vpn", "agent", MONDAY)
    assert withdrawn(by_agent, LATER) == by_agent


def test_where_nothing_resembled_the_question_there_is_no_entry_to_judge_but_the_right_one_is_kept() -> None:
    assert verdict(solved_by(an_outcome(entry="", score=0.0, decision="hand_over"), "vpn", "agent", MONDAY)) == ("", "vpn", "agent")
