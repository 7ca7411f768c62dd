"""What a requester wrote becomes a way to ask without what is theirs alone."""

from __future__ import annotations

import pytest

from kb.phrasing import MAX_PHRASING, cleaned, fit, likeness


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("Hi Bob, how do I reset my password?", "how do I reset my password?"),
        ("Hi Bob how do I reset my password", "how do I reset my password"),
        ("Hello team!\nMy printer #4512 is broken\nThanks,\nAlice Liddell", "My printer is broken"),
        ("Guten Tag Frau Müller, wie verbinde ich das VPN? Vielen Dank im Voraus, Max", "wie verbinde ich das VPN?"),
        ("Hola Juan como cambio la clave", "como cambio la clave"),
        ("my order 123456789 for alice@example.com is late", "my order for is late"),
        ("call me at +34 600 123 456 please, the VPN fails", "call me at please, the VPN fails"),
        ("My name is Alice Liddell and I cannot log in", "I cannot log in"),
        ("me llamo Ana García, ¿cómo cambio mi contraseña?", "¿cómo cambio mi contraseña?"),
        ("see https://x.example/abc?token=1 fails", "see fails"),
        ("@bob <@U123> IT-41 is not solved", "is not solved"),
        ("I cannot print\n-- \nBob Builder, Building 4", "I cannot print"),
        ("the\u202e vpn\u200b\x00 is\nslow", "the vpn is slow"),
    ],
)
def test_what_belongs_to_one_person_or_case_is_left_out(asked: str, kept: str) -> None:
    assert cleaned(asked) == kept


@pytest.mark.parametrize(
    "asked",
    ["How do I say thanks to my colleague?", "Can you reset my password?", "my name is wrong in the directory", "windows 11 update 2025", "Office 365 crashes"],
)
def test_a_question_of_no_one_in_particular_stays_as_it_is(asked: str) -> None:
    assert cleaned(asked) == asked


@pytest.mark.parametrize("asked", ["Hi I need a laptop", "Hi Can you help with VPN", "hello How do I print"])
def test_a_capital_after_a_greeting_makes_no_name_of_an_everyday_word(asked: str) -> None:
    assert cleaned(asked) == asked.partition(" ")[2]


@pytest.mark.parametrize("asked", ["", "  \n ", "Hi Bob,", "alice@example.com", "12345678", "👍", "\u200b\u202e", "\0"])
def test_where_nothing_can_be_matched_nothing_is_kept(asked: str) -> None:
    assert cleaned(asked) == fit(asked) == ""


def test_a_story_is_no_way_to_ask() -> None:
    assert fit("why " * 75) == ("why " * 75).strip()
    assert len(cleaned("why " * 90)) > MAX_PHRASING
    assert fit("why " * 90) == ""
    assert fit("My VPN is slow." + " " * 40_000) == "", "what was cut is not read as if it were whole"


@pytest.mark.parametrize("hostile", ["hi " * 20_000, "thanks " * 9_000, "a@" * 20_000, "-" * 40_000, "a5-" * 10_000, "Hi " + "Aa " * 9_000, "((" * 20_000])
def test_hostile_text_is_cleaned_whatever_it_is(hostile: str) -> None:
    assert len(cleaned(hostile)) <= 1000


def test_the_same_words_are_the_same_and_others_are_not() -> None:
    assert likeness("How do I reset my password?", "how do i RESET my password") == 1
    assert 0.7 < likeness("How do I reset my password?", "How do I reset a password?") < 0.95
    assert likeness("How do I reset my password?", "Where is the canteen?") < 0.3
    assert likeness("", "vpn") == 0
