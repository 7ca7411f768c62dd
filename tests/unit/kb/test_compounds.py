from __future__ import annotations

import pytest

from kb.compounds import apart
from kb.entries import Text
from kb.index import Shelf
from kb.lexical import distance
from kb.respelling import dictionary, respelt
from kb.text import fold


def parts(word: str, lang: str = "de") -> str | None:
    return apart(word, fold(word), lang, dictionary(lang, distance).rank)


@pytest.mark.parametrize(("word", "made_of"), [
    ("Klangeditor", "Klang editor"), ("Druckertreiber", "Drucker treiber"), ("Rechnungsadresse", "Rechnung adresse"), ("Urlaubsantrag", "Urlaub antrag"),
    ("Wohnungstür", "Wohnung tür"), ("Bildschirmauflösung", "Bildschirm auflösung"), ("Benutzerkontosperre", "Benutzer konto sperre")])
def test_a_german_word_becomes_the_words_it_is_made_of_as_they_were_typed(word: str, made_of: str) -> None:
    assert parts(word) == made_of


@pytest.mark.parametrize(("word", "lang", "again"), [("remezcla", "es", "mezcla"), ("reconectar", "pt", "conectar"), ("rebrancher", "fr", "brancher")])
def test_what_is_done_again_is_what_is_done(word: str, lang: str, again: str) -> None:
    assert parts(word, lang) == again


@pytest.mark.parametrize(("word", "lang"), [
    ("Klang", "de"), ("Xqzvwtrk", "de"), ("Klangxqzv", "de"), ("soundeditor", "en"), ("maletagrande", "es"), ("re", "es"), ("rexqzv", "fr"), ("", "de"),
    ("haus" * 11, "de"), ("s" * 40, "de"), ("Klang\0editor", "de")])
def test_what_is_made_of_no_known_words_stays_whole(word: str, lang: str) -> None:
    assert parts(word, lang) is None


def test_a_letter_that_folds_to_two_does_not_move_the_parts() -> None:
    assert parts("Fußballeditor") == "fussball editor"


def test_a_slip_comes_before_parts_and_parts_before_two_slips() -> None:
    def right(text: str) -> str | None:
        return respelt(text, {"de": 1.0}, {}, lambda lang: dictionary(lang, distance))

    assert right("Mein Paswort im Klangeditor") == "Mein passwort im Klang editor"


def test_words_that_only_the_knowledge_base_knows_may_be_parts() -> None:

    shelf = Shelf("en", distance)
    shelf.put("x", Text("en", "What is GlobalProtect?", "a"))
    assert respelt("Globalprotectkonto", {"de": 1.0}, {"en": shelf.speller}, lambda lang: dictionary(lang, distance)) == "Globalprotect konto"
    assert respelt("Globalprotectkonto", {"de": 1.0}, {}, lambda lang: dictionary(lang, distance)) is None
