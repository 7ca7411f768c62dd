"""One line says what is looked for; anything else in it is words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.sought import LONGEST, Sought, is_called, labels_of, parse
from tests.builders import a_ticket


@pytest.mark.parametrize(
    ("line", "sought"),
    [
        ("", Sought()),
        ("   ", Sought()),
        ("vpn is down", Sought(words="vpn is down")),
        ("#41", Sought(number="41")),
        ("it-41", Sought(number="IT-41")),
        ("41", Sought(words="41")),
        ("room 12", Sought(words="room 12")),
        ("tag:VPN tag:wifi", Sought(tags=("vpn", "wifi"))),
        ("from:anna leak", Sought(sender="anna", words="leak")),
        ('from:"Anna Schmidt"', Sought(sender="Anna Schmidt")),
        ('from:"Anna', Sought(sender="Anna")),
        ("field:serial=PC=7", Sought(fields=(("serial", "PC=7"),))),
        ('field:room="second floor"', Sought(fields=(("room", "second floor"),))),
        ("field:serial= field:=3 field:x", Sought(words="field:serial= field:=3 field:x")),
        ("status:open,pending", Sought(statuses=("open", "pending"))),
        ("status:sleeping", Sought(words="status:sleeping")),
        ("PRIORITY:High is:Mine is:breached", Sought(priority="high", states=("mine", "breached"))),
        ("tier:3 parent:#it-7 with:me", Sought(tier=3, parent="IT-7", assignee="me")),
        ("tier:³", Sought(words="tier:³")),
        ("error:500 http://x.test/a", Sought(words="error:500 http://x.test/a")),
        ("tag: from:", Sought(words="tag: from:")),
        ('"blue screen"', Sought(words="blue screen")),
    ],
)
def test_a_line_is_read(line: str, sought: Sought) -> None:
    assert parse(line) == sought


@given(st.text(max_size=2 * LONGEST))
def test_any_line_can_be_read_and_no_word_of_it_is_lost_or_made_up(line: str) -> None:
    found = parse(line)
    for word in found.words.split():
        assert word in line.replace('"', " ")
    assert len(found.tags) <= 8
    assert len(found.fields) <= 8


@given(st.lists(st.sampled_from(["tag:vpn", "from:anna", "status:open", "#41", "priority:high", "leak", "field:a=b"]), unique=True))
def test_the_order_of_conditions_does_not_matter(tokens: list[str]) -> None:
    assert parse(" ".join(tokens)) == parse(" ".join(reversed(tokens)))


def test_labels_of_a_ticket_are_found_whatever_the_case() -> None:
    ticket = a_ticket(tags=("vpn",), fields=(("Serial", " PC-7 "), ("room", "")))
    assert labels_of(ticket) == {"tag:vpn", "field:serial=pc-7"}
    assert set(parse("field:SERIAL=pc-7 tag:VPN").labels) == labels_of(ticket)


@pytest.mark.parametrize(
    ("name", "wanted", "called"),
    [("Anna Schmidt", "anna", True), ("Anna Schmidt", "@Schmi", True), ("Anna Schmidt", "anna s", True), ("Anna Schmidt", "hanna", False), ("Anna", "", False)],
)
def test_a_name_is_known_by_the_beginnings_of_its_words(name: str, wanted: str, called: bool) -> None:
    assert is_called(name, wanted) is called
