"""How many proposals wait and how many phrasings are learned: the oldest make room."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.ids import TicketId
from bot.domain.learning import MOST_LEARNED, MOST_WAITING, Proposal, displaced, outgrown
from bot.domain.people import BOT
from tests.builders import ANN, MONDAY

LATER = MONDAY + timedelta(days=1)


def proposals(count: int, lang: str = "en") -> list[Proposal]:
    """Newest first, as a store gives them."""
    return [Proposal(n, "vpn", lang, f"way {n}", TicketId(f"IT-{n}"), ANN.id, MONDAY + timedelta(minutes=n)) for n in range(count, 0, -1)]


def test_while_there_is_room_nothing_is_displaced() -> None:
    assert displaced(proposals(MOST_WAITING - 1), LATER) == []
    assert outgrown([p.decided("approved", ANN.id, p.at) for p in proposals(MOST_LEARNED - 1)], "en", LATER) == []


def test_the_oldest_that_waits_makes_room_for_one_more_and_nobody_rejected_it() -> None:
    [gone] = displaced(proposals(MOST_WAITING), LATER)

    assert (gone.id, gone.state, gone.decided_by, gone.decided_at) == (1, "displaced", BOT.id, LATER)


def test_the_phrasing_approved_first_makes_room_within_its_language_alone() -> None:
    english = [p.decided("approved", ANN.id, LATER - timedelta(minutes=p.id)) for p in proposals(MOST_LEARNED)]
    spanish = [p.decided("approved", ANN.id, p.at) for p in proposals(MOST_LEARNED - 1, "es")]

    assert [p.id for p in outgrown([*english, *spanish], "en", LATER)] == [MOST_LEARNED], "by when it was approved, not asked"
    assert outgrown([*english, *spanish], "es", LATER) == []


def test_words_changed_before_approving_take_the_place_of_those_asked() -> None:
    [proposal] = proposals(1)

    assert proposal.decided("approved", ANN.id, LATER, "other words").text == "other words"
    assert proposal.decided("rejected", ANN.id, LATER).text == "way 1"
