from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text import MAX_CHARS, MAX_TOKENS, clean, normalise, tokens


@pytest.mark.parametrize(("one", "other"), [
    ("How do I reset my PASSWORD?!", "how do i reset my password"),
    ("¿Cómo restablezco mi contraseña?", "como restablezco mi contrasena"),
    ("Ｗｉ‐ｆｉ ① ", "wi fi 1"),
    ("I can’t print", "i cant print"),
    ("what's my e-mail", "whats my email"),
    ("Straße", "strasse"),
    ("l’ordinateur", "l ordinateur"),
])
def test_texts_that_differ_only_in_their_dress_are_the_same(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize("noise", ["https://example.com/a?b=c", "www.example.com", "ann.lee@example.com", "<@U0BOT>", "INC0012345", "4711081522"])
def test_links_addresses_mentions_and_long_numbers_are_not_words(noise: str) -> None:
    assert tokens(f"reset {noise} password") == ["reset", "password"]


def test_short_numbers_are_words() -> None:
    assert tokens("Windows 11 and Office 365") == ["windows", "11", "and", "office", "365"]


def test_nul_and_lone_surrogates_become_spaces() -> None:
    assert clean("a\0b\ud800c\udfff") == "a b c "


HOSTILE = {
    "empty": "", "nul": "\0" * 50, "emoji": "😀👨‍👩‍👧" * 9000, "lone surrogates": "\ud800" * 40_000, "zalgo": "a" + "\u0301\u0316\u0489" * 14_000,
    "expanding": "\ufdfa" * 40_000, "one word": "a" * 40_000, "digits": "1" * 40_000, "at signs": "a@" * 20_000, "almost a mail": "a." * 2000 + "@",
    "almost a link": "http://" * 6000, "apostrophes": "'t" * 20_000, "hyphens": "a-" * 20_000, "brackets": "<@" * 20_000, "right to left": "\u202eא" * 20_000}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_without_delay(name: str) -> None:
    began = process_time()
    found = tokens(HOSTILE[name])
    assert process_time() - began < 0.2
    assert len(found) <= MAX_TOKENS
    assert sum(map(len, found)) <= MAX_CHARS


@given(st.text(alphabet=st.characters(), max_size=200))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
