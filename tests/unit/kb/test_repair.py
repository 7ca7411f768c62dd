from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from kb.repair import ALIKE_LIMIT, Speller


def a_speller(*words: str) -> Speller:
    speller = Speller(lambda one, other: int(OSA.distance(one, other)))
    for word in words:
        speller.add(word)
    return speller


def meant(speller: Speller, word: str, common: bool = False) -> list[str]:
    return [speller.words[number] for number, _ in speller.alike(word, common)]


@pytest.mark.parametrize("typed", ["pasword", "passsword", "passwrod", "psssword", "assword", "passwordd"])
def test_a_slip_of_the_finger_is_read_as_the_known_word(typed: str) -> None:
    assert meant(a_speller("password", "printer", "passport"), typed)[0] == "password"


def test_the_word_itself_comes_first_and_is_certain() -> None:
    assert a_speller("printer", "printers").alike("printer", False)[0] == (0, 1.0)


def test_an_ending_is_not_another_word() -> None:
    assert set(meant(a_speller("printer", "printing", "network"), "printers")) >= {"printer"}


def test_a_compound_is_found_by_its_part() -> None:
    assert "drucker" in meant(a_speller("drucker", "netz"), "netzwerkdrucker")
    assert "drucker" in meant(a_speller("drucker"), "druckertreiber")


def test_a_usual_word_is_not_a_slip_of_another() -> None:
    assert meant(a_speller("work"), "word", common=True) == []
    assert meant(a_speller("work"), "wprk") == ["work"]


def test_three_letters_are_repaired_only_when_swapped() -> None:
    assert meant(a_speller("vpn"), "vnp") == ["vpn"]
    assert meant(a_speller("vpn"), "vpm") == []


def test_a_word_added_later_is_found() -> None:
    speller = a_speller("printer")
    assert meant(speller, "scaner") == []
    speller.add("scanner")
    assert meant(speller, "scaner") == ["scanner"]


WORDS = st.text(alphabet=string.ascii_lowercase, min_size=4, max_size=12)


@given(st.lists(WORDS, min_size=1, max_size=30, unique=True), st.data())
def test_every_word_with_one_letter_left_out_or_swapped_finds_its_way_back(words: list[str], data: st.DataObject) -> None:
    speller = a_speller(*words)
    word = data.draw(st.sampled_from(words))
    at = data.draw(st.integers(0, len(word) - 2))
    typed = data.draw(st.sampled_from([word[:at] + word[at + 1:], word[:at] + word[at + 1] + word[at] + word[at + 2:]]))
    assume(len(typed) > 3 and typed not in words)
    found = meant(speller, typed)
    assert word in found or len(found) == ALIKE_LIMIT


def test_thousands_of_words_are_still_found_after_the_index_has_settled() -> None:
    letters = "abcdefghij"
    words = [f"{a}{b}{c}word{d}" for a in letters for b in letters for c in letters for d in letters[:2]]
    speller = a_speller(*words)
    assert "cghwordb" in meant(speller, "cghwrodb")
    assert len(speller._hashes) > 0
