"""How entries do, told from what became of questions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.domain.ids import TicketId
from bot.domain.outcomes import Outcome
from bot.engine.curation.entry_health import UNKNOWN, Health, ailments, healths
from kb.entries import Entry, Text
from tests.builders import MONDAY

TODAY = date(2026, 3, 2)
VPN = Entry("vpn", (Text("en", "Why is the VPN slow?", "Restart it."),))
ASKED = Outcome(TicketId("IT-1"), MONDAY, "en", "vpn", 80.0, False, "suggest")


def test_what_was_shown_counts_as_asked_and_what_was_not_does_not() -> None:
    found = healths([ASKED, replace(ASKED, decision="answer"), replace(ASKED, decision="hand_over"), replace(ASKED, entry="")])

    assert found == {"vpn": Health(asked=2)}


def test_solutions_and_refusals_are_told_apart() -> None:
    right, wrong, no_help = (replace(ASKED, judgement=judgement) for judgement in ("right", "wrong", "not_solved"))  # type: ignore[arg-type]

    assert healths([right, right, wrong, no_help])["vpn"] == Health(asked=4, solved=2, refused=2)


def test_an_entry_that_was_right_while_another_came_first_was_stolen_from() -> None:
    by_agent = replace(ASKED, judgement="wrong", instead="wifi", source="agent")
    by_choice = replace(ASKED, picked="wifi")
    by_other = replace(ASKED, entry="fax", picked="wifi")

    found = healths([by_agent, by_choice, by_choice, by_other])

    assert found["wifi"] == Health(solved=1, stolen=4, by=(("vpn", 3), ("fax", 1)))
    assert found["vpn"].stolen == 0


def test_what_somebody_should_look_at_is_named() -> None:
    assert ailments(VPN, Health(asked=9, solved=2, refused=3), TODAY) == ["refused"]
    assert ailments(VPN, Health(asked=90, solved=60, refused=3), TODAY) == []
    assert ailments(VPN, Health(solved=1, stolen=3), TODAY) == ["stolen"]
    assert ailments(replace(VPN, review_on=TODAY, valid_until=date(2026, 3, 1)), UNKNOWN, TODAY) == ["review", "over"]
    assert ailments(replace(VPN, review_on=date(2026, 3, 3), valid_until=TODAY), UNKNOWN, TODAY) == []
