"""Choices where nothing can be pressed."""

from __future__ import annotations

import pytest

from adapters.plain import text_of
from bot.domain.messages import Choice, Outbound, Say
from bot.engine.numbered import meant, offered, spelt
from bot.engine.tongue import tongue

CHOICES = (
    Choice("Yes, solved", "yes:IT-1"),
    Choice("🙋 Talk to a person", "human:IT-1"),
    Choice("Open it", "", link="https://help.example/1"),
)


def test_choices_are_a_numbered_list_and_addresses_stand_in_full() -> None:
    shown = spelt(tongue("en"), Outbound((Say("Did this help?"),), CHOICES))

    assert shown.choices == ()
    assert text_of(shown.parts) == (
        "Did this help?\n\nOpen it: https://help.example/1\n\n1. Yes, solved\n2. 🙋 Talk to a person\n\nAnswer with the number."
    )


@pytest.mark.parametrize("typed", ["2", " 2. ", "(2", "talk to a person", "Talk to a person!"])
def test_a_number_or_the_words_choose(typed: str) -> None:
    assert meant(offered(CHOICES), typed) == "human:IT-1"


@pytest.mark.parametrize("typed", ["3", "0", "2 computers are broken", "", "…", "Open it"])
def test_other_words_choose_nothing(typed: str) -> None:
    assert meant(offered(CHOICES), typed) == ""


def test_beside_a_question_a_number_is_an_answer_and_words_choose() -> None:
    there = offered((Choice("Back", "fill:ab12:0:b"), Choice("Cancel", "fill:ab12:0:x")))

    assert (meant(there, "1"), meant(there, "cancel")) == ("", "fill:ab12:0:x")
