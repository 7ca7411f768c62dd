from __future__ import annotations

import numpy as np
import pytest

from kb.letters import READ, Letters

TEXTS = ["reset my password", "connect to the VPN", "Wie setze ich mein Passwort zurück?", "refund a train ticket"]


def test_a_text_is_wholly_like_itself_however_it_is_dressed() -> None:
    alike = Letters(TEXTS)
    for place, text in enumerate(TEXTS):
        assert alike.like(f"  {text.upper()}!! ")[place] == pytest.approx(1, abs=1e-5)


def test_a_slip_or_another_ending_stays_near() -> None:
    alike = Letters(TEXTS)
    assert alike.like("resetting pasword").argmax() == 0
    assert alike.like("Passwörter zurücksetzen").argmax() == 2
    assert alike.like("refunded for train tickets").argmax() == 3


def test_what_shares_no_letters_is_not_alike_at_all() -> None:
    assert Letters(["reset my password"]).like("123 fühl quiz").max() < 0.1
    assert Letters(["aaa bbb"]).like("ccc ddd").max() == 0


def test_likeness_is_the_same_from_either_side_among_the_texts() -> None:
    alike = Letters(TEXTS)
    both = np.stack([alike.like(text) for text in TEXTS])
    assert np.abs(both - both.T).max() < 1e-5
    assert both.min() >= 0
    assert both.max() <= 1 + 1e-5


def test_letters_are_not_shared_across_words() -> None:
    assert Letters(["ab cd"]).like("bc").max() == 0


def test_what_few_texts_have_says_more_than_what_all_have() -> None:
    of = Letters(["please reset", "please connect", "please refund"]).like("please refund it")
    assert of[2] > 0.5 + of[0]


@pytest.mark.parametrize("text", ["", " ", "?!", "😀", "\0", "\ud800", "\u200b"])
def test_a_text_without_a_letter_is_like_nothing(text: str) -> None:
    assert not Letters(TEXTS).like(text).any()
    assert Letters([text, "reset"]).like("reset").tolist() == pytest.approx([0, 1], abs=1e-5)


@pytest.mark.parametrize("letter", ["a", "é", "忘", "𝔘", "ß"])
def test_a_single_letter_is_a_text(letter: str) -> None:
    assert Letters([letter, "reset"]).like(letter)[0] == pytest.approx(1, abs=1e-5)


def test_no_texts_give_no_likeness() -> None:
    assert Letters([]).like("reset").shape == (0,)


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    beginning = "word " * (READ // 5)
    alike = Letters(["word", "refund"])
    assert alike.like(beginning + "refund " * 2_000).tolist() == alike.like(beginning).tolist()
