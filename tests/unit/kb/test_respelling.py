from __future__ import annotations

import pytest

from kb.entries import Text
from kb.index import Shelf
from kb.language import probabilities
from kb.lexical import distance
from kb.repair import Speller
from kb.respelling import READ, dictionary, is_slip, respelt


@pytest.fixture(scope="module")
def spellers() -> dict[str, Speller]:
    shelf = Shelf("en", distance)
    shelf.put("vpn", Text("en", "How do I start GlobalProtect?", "a", ("anyconnect login", "dienstausweis")))
    return {"en": shelf.speller}


def right(text: str, spellers: dict[str, Speller], **odds: float) -> str | None:
    return respelt(text, odds or {"en": 1.0}, spellers, lambda lang: dictionary(lang, distance))


def test_a_word_with_a_slip_is_put_right_and_all_else_stays(spellers: dict[str, Speller]) -> None:
    assert right("Why is my paswsord, since MONDAY, not acepted?!", spellers) == "Why is my password, since MONDAY, not accepted?!"


def test_what_has_no_slip_is_not_read_again(spellers: dict[str, Speller]) -> None:
    assert right("Why is my password not accepted?", spellers) is None


def test_the_words_of_the_knowledge_base_come_before_those_of_the_language(spellers: dict[str, Speller]) -> None:
    assert right("start anyconect", spellers) == "start anyconnect"
    assert right("start globalprotct", spellers) == "start globalprotect"


def test_words_of_the_knowledge_base_are_words(spellers: dict[str, Speller]) -> None:
    assert right("dienstausweis anyconnect", spellers) is None
    assert right("dienstausweis anyconnect", {}) != "dienstausweis anyconnect"


def test_two_slips_are_put_right_in_long_words_of_the_knowledge_base_only(spellers: dict[str, Speller]) -> None:
    assert right("goblalprotect", spellers) == "globalprotect"
    assert right("logni", spellers) == "login"
    assert right("xzqvwx", spellers) is None


def test_short_words_are_left_as_they_are(spellers: dict[str, Speller]) -> None:
    assert right("teh vnp", spellers) is None


def test_a_language_that_is_unlikely_lends_no_words(spellers: dict[str, Speller]) -> None:
    assert right("pasword", spellers, de=0.9, en=0.1) != "password"
    assert right("contrasena olvidda", {}, es=1.0) == "contrasena olvidada"


@pytest.mark.parametrize("text", ["", "😀", "\0", "\ud800", "忘记密码怎么办", "نسيت كلمة المرور", "\u202e\u200b\u200f", "12345 67890", "?!" * 300])
def test_what_is_in_no_language_we_know_is_not_put_right(spellers: dict[str, Speller], text: str) -> None:
    assert respelt(text, probabilities(text), spellers, lambda lang: dictionary(lang, distance)) is None


def test_of_a_long_text_only_the_first_words_are_looked_at(spellers: dict[str, Speller]) -> None:
    found = right("acepted " * 4_000, spellers)
    assert found is not None
    assert (found.count("accepted"), found[:18]) == (READ, "accepted accepted ")
    assert len(found) <= 4_000 + READ


@pytest.mark.parametrize("typed", ["pasword", "passsword", "passwrod", "passwird", "opassword"])
def test_letters_left_out_doubled_swapped_or_struck_beside_are_slips(typed: str) -> None:
    assert is_slip(typed, "password")


@pytest.mark.parametrize(("typed", "meant"), [("berlin", "merlin"), ("winter", "pinter"), ("cards", "carls"), ("plank", "plan")])
def test_another_letter_far_off_on_the_keys_makes_another_word(typed: str, meant: str) -> None:
    assert not is_slip(typed, meant)
