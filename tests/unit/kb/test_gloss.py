from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.encoders import Encoders
from kb.gloss import LONGEST, READ, Gloss, blended, words
from tests.hashed import Hashed

TEXTS = ["How does a battery work?", "close the curtain", "lost my password", "start the fan", "why the invoice is wrong"]


def read(gloss: Gloss, question: str, encoder: Encoders, lang: str = "de") -> str:
    return readings(gloss, question, encoder, lang)[0]


def readings(gloss: Gloss, question: str, encoder: Encoders, lang: str = "de") -> tuple[str, ...]:
    return gloss.read(words(question), lambda each: list(encoder.general.encode(each)), lang)


@pytest.fixture(scope="module")
def gloss(encoders: Encoders) -> Gloss:
    return Gloss(TEXTS, encoders.general.encode)


@pytest.mark.parametrize(("word", "meant"), [
    ("Vorhang", "curtain"), ("contraseña", "password"), ("batteria", "battery"), ("facture", "invoice"), ("ventilador", "fan"), ("PERDIDO", "lost")])
def test_a_word_becomes_the_one_of_the_entries_that_means_it(gloss: Gloss, encoders: Encoders, word: str, meant: str) -> None:
    assert read(gloss, word, encoders) == meant


@pytest.mark.parametrize(("word", "lang", "meant"), [
    ("svantaggi", "it", "disadvantages"), ("vantaggi", "it", "advantages"), ("désavantages", "fr", "disadvantages"), ("avantages", "fr", "advantages"),
    ("Nachteile", "de", "disadvantages"), ("Vorteile", "de", "advantages"), ("desventajas", "es", "disadvantages"), ("desvantagens", "pt", "disadvantages"),
    ("desactivar", "es", "deactivate"), ("activar", "es", "activate"), ("deaktivieren", "de", "deactivate"), ("désactiver", "fr", "deactivate")])
def test_of_two_opposites_the_one_with_a_prefix_is_told_by_its_letters(word: str, lang: str, meant: str, encoders: Encoders) -> None:
    gloss = Gloss(["advantages and disadvantages", "activate or deactivate the alarm"], encoders.general.encode)
    assert read(gloss, word, encoders, lang) == meant


def test_a_word_that_only_begins_like_a_denial_is_none(encoders: Encoders) -> None:
    gloss = Gloss(["is it secure or insecure", "start the fan"], encoders.general.encode)
    assert read(gloss, "sicuro", encoders, "it") == "secure"


def test_words_stay_in_order_and_those_of_the_entries_stay_as_they_are(gloss: Gloss, encoders: Encoders) -> None:
    found = read(gloss, "¿dónde está el password de la factura?", encoders).split()
    assert len(found) == len(words("¿dónde está el password de la factura?"))
    assert found.index("password") < found.index("invoice")


def test_a_word_that_nothing_is_near_stays_as_it_is(gloss: Gloss, encoders: Encoders) -> None:
    assert read(gloss, "zzxqv", encoders) == "zzxqv"


def test_a_question_without_words_gives_none(gloss: Gloss, encoders: Encoders) -> None:
    assert read(gloss, "?! 😀", encoders) == ""


def test_a_word_that_may_as_well_mean_another_is_read_in_both_ways(encoders: Encoders) -> None:
    gloss = Gloss(["Can a student be in multiple classes?", "close the class"], encoders.general.encode)
    assert set(readings(gloss, "Klassen", encoders)) == {"class", "classes"}
    assert readings(gloss, "Student", encoders) == ("student",)


def test_an_opposite_is_no_second_meaning(encoders: Encoders) -> None:
    gloss = Gloss(["advantages and disadvantages", "activate or deactivate the alarm"], encoders.general.encode)
    assert readings(gloss, "Nachteile", encoders) == ("disadvantages",)
    assert readings(gloss, "Vorteile", encoders) == ("advantages",)


def test_two_readings_are_one_direction_nearer_to_the_first() -> None:
    first, second = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
    both = blended([first, second])
    assert np.linalg.norm(both) == pytest.approx(1)
    assert both @ first > both @ second > 0
    assert (blended([first]) == first).all()


@pytest.mark.parametrize("text", ["x" * 40_000, "ab " * 20_000, "e\u0301" * 20_000, "a\0b \ud800"])
def test_of_any_text_a_few_short_words_are_looked_at(text: str) -> None:
    found = words(text)
    assert len(found) <= READ
    assert all(0 < len(word) <= LONGEST for word in found)


def test_only_words_that_are_new_are_read_again() -> None:
    encoder = Hashed()

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return encoder.encode(texts)

    first = Gloss(["lost badge"], encode)
    encoder.forget()
    second = Gloss(["lost badge", "new badge"], encode, first)
    assert encoder.asked == [("new",)]
    assert second.read(["badge"], lambda each: list(encoder.encode(each)), "de") == ("badge",)
