"""`/support saved` and `/support banner` are verbs only where no question can be meant."""

from __future__ import annotations

import pytest

from adapters.slack.inbound import parsed


@pytest.mark.parametrize(
    ("line", "verb", "argument"),
    [
        ("saved", "saved", ""),
        ("saved add oil en: Please oil it", "saved", "add oil en: Please oil it"),
        ("saved drop oil", "saved", "drop oil"),
        ("saved IT-4 oil", "saved", "IT-4 oil"),
        ("banner", "banner", ""),
        ("banner up Mail is down", "banner", "up Mail is down"),
        ("Banner off", "banner", "off"),
        ("report", "report", ""),
        ("report backlog", "report", "backlog"),
        ("report volume 28", "report", "volume 28"),
    ],
)
def test_a_verb_with_what_belongs_to_it_is_a_command(line: str, verb: str, argument: str) -> None:
    assert parsed(line) == (verb, argument)


LINES = [
    *("saved searches are missing", "banner ads do not show", "banner offline since noon", "saved addresses are gone"),
    *("later 4 people came", "report a broken printer"),
]


@pytest.mark.parametrize("line", LINES)
def test_a_question_that_begins_with_the_word_stays_a_question(line: str) -> None:
    assert parsed(line) == ("ask", line)
