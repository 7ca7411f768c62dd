"""What belongs to one person is taken out of words that others shall read, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.removal import cleared


def marked(text: str, *names: str) -> str:
    return cleared(text, names, lambda kind: f"<{kind}>").text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to ada.lovelace+x@mail.example.org, please", "write to <email>, please"),
        ("call +49 (0)151 2345678 or 0800 123 4567", "call <phone> or <phone>"),
        ("my password is hunter2!", "my password is <secret>"),
        ("DE89 3704 0044 0532 0130 00 and more", "<iban> and more"),
        ("card 4111 1111 1111 1111.", "card <card>."),
        ("customer 12345678, order #998877", "customer <number>, order <number>"),
        ("mi DNI es 12345678Z", "mi DNI es <national_id>"),
        ("Ada Lovelace asked, says Ada.", "<name> asked, says <name>."),
    ],
)
def test_it_leaves_a_mark_in_its_place(text: str, left: str) -> None:
    assert marked(text, "Ada Lovelace", "Ada") == left


@pytest.mark.parametrize(
    "text",
    [
        "Restart the service on port 65535, then open 192.168.100.200",
        "Install KB5005565 from 2026-11-30 or later; error 0x80070005",
        "See https://example.org/articles/20261130 and step 3 of 12",
        "Version 10.0.19045 costs 1,234,567.89 a year",
        "The Adamantine printer of the Adas",
    ],
)
def test_what_helps_stays(text: str) -> None:
    assert marked(text, "Ada") == text


def test_of_two_that_overlap_the_first_is_taken_out_once() -> None:
    found = cleared("my email is ada@example.org", ("ada",), str)

    assert found.removed == ("email",)
    assert "example.org" not in found.text


@given(st.text(st.characters(exclude_characters="\0"), max_size=300), st.lists(st.text(min_size=1, max_size=12), max_size=3))
def test_no_text_breaks_it_and_what_is_removed_is_told(text: str, names: list[str]) -> None:
    found = cleared(text, names, lambda kind: "\0")

    assert found.text.count("\0") == len(found.removed)
    assert bool(found.removed) or found.text == text
