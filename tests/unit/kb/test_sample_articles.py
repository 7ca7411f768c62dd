"""The articles that ship with the product: a newcomer's first answers, in every language."""
from __future__ import annotations

from pathlib import Path

import pytest

import kb
from kb.entries import Entry, check
from kb.loader import load

ARTICLES = Path(kb.__file__).parent / "articles"
LANGUAGES = ("en", "es", "pt", "fr", "it", "de")
LONGEST_ANSWER = 600  # characters; one phone screen in a chat


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return load(ARTICLES)


def test_at_least_thirty_articles_ship(entries: list[Entry]) -> None:
    assert len(entries) >= 30


def test_an_article_is_named_after_its_entry(entries: list[Entry]) -> None:
    assert {entry.id for entry in entries} == {file.stem for file in ARTICLES.glob("*.md")}


def test_every_article_is_written_in_all_six_languages(entries: list[Entry]) -> None:
    written = {entry.id: tuple(text.lang for text in entry.texts) for entry in entries}
    assert written == dict.fromkeys(written, LANGUAGES)


def test_every_text_has_at_least_three_phrasings_and_an_answer_that_fits_a_phone(entries: list[Entry]) -> None:
    unfit = [
        (entry.id, text.lang, len(text.phrasings), len(text.answer))
        for entry in entries
        for text in entry.texts
        if len(text.phrasings) < 3 or not 100 <= len(text.answer) <= LONGEST_ANSWER
    ]
    assert unfit == []


def test_no_answer_is_left_in_another_language(entries: list[Entry]) -> None:
    copied = [entry.id for entry in entries if len({text.answer for text in entry.texts}) < len(entry.texts)]
    assert copied == []


def test_the_articles_are_sound_and_share_no_phrasing(entries: list[Entry]) -> None:
    assert check(entries, LANGUAGES) == []
