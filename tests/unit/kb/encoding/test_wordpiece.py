from __future__ import annotations

import pytest

from kb.encoding.english import VOCABULARY
from kb.encoding.wordpiece import Wordpiece

BEGIN, END = 101, 102
KNOWN = [  # texts with their pieces, by tokenizers 0.22 with all-MiniLM-L6-v2's tokenizer.json, marks in the text left as text
    ("How do I reset my password?", [2129, 2079, 1045, 25141, 2026, 20786, 1029]),
    ("unsubscribeable antidisestablishmentarianism", [4895, 6342, 5910, 26775, 20755, 3085, 3424, 10521, 4355, 7875, 13602, 3672, 12199, 2964]),
    ("Is there a naïve RÉSUMÉ?", [2003, 2045, 1037, 15743, 13746, 1029]),
    ("don't e-mail me@here.com #42", [2123, 1005, 1056, 1041, 1011, 5653, 2033, 1030, 2182, 1012, 4012, 1001, 4413]),
    ('VPN \U0001f602 \u2013 \ufb01x it NOW\u2026 \u2460', [21210, 2078, 100, 1516, 1984, 2595, 2009, 2085, 1529, 100]),
    ('a\x00b\u200bc\ufffdd', [5925, 2094]),
    ("パスワード 東京", [1718, 30233, 30262, 30265, 30240, 1879, 1755]),
    ("ΟΔΟΣ İstanbul Straße", [1169, 29722, 29730, 29733, 9960, 2358, 27807]),
    ('tab\tnew\nline\u3000wide\u2028sep', [21628, 2047, 2240, 2898, 19802]),
    ("été", [3802, 2063]),
    ("[SEP] is text", [1031, 19802, 1033, 2003, 3793]),
    ('\U0001fae8 new', [100, 2047]),
    ("$5 + 3^2 = `14`", [1002, 1019, 1009, 1017, 1034, 1016, 1027, 1036, 2403, 1036]),
    ("안녕 hello", [1463, 30006, 30021, 29992, 30010, 30025, 7592]),
]


@pytest.fixture(scope="module")
def words() -> Wordpiece:
    return Wordpiece(VOCABULARY.read_text("utf-8").split("\n")[:-1])


@pytest.mark.parametrize(("text", "pieces"), KNOWN)
def test_a_text_is_cut_into_the_pieces_the_model_was_made_for(words: Wordpiece, text: str, pieces: list[int]) -> None:
    assert words.of(text, limit=128) == [BEGIN, *pieces, END]


@pytest.mark.parametrize("text", ["", " \n", "\0", "👍🏽", "x" * 101, "\u0301\u0316"])
def test_of_a_text_without_known_pieces_nothing_is_left(words: Wordpiece, text: str) -> None:
    assert words.of(text, limit=128) == []


def test_a_long_text_is_cut_off_and_still_ended(words: Wordpiece) -> None:
    pieces = words.of("hello " * 40_000, limit=128)
    assert len(pieces) == 128
    assert pieces[-1] == END


def test_a_text_that_just_fits_keeps_its_last_word(words: Wordpiece) -> None:
    assert words.of("hello " * 125 + "refund", limit=128)[-2] == words.of("refund", limit=128)[1]


def test_a_broken_half_of_a_sign_is_not_there(words: Wordpiece) -> None:
    assert words.of("re\ud800set", limit=128) == words.of("reset", limit=128)
