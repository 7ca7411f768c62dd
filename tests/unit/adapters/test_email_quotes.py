"""What somebody wrote, without what their mail program put under it: six languages, as four mail programs write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.email.html import to_text
from adapters.email.quotes import own_words
from adapters.email.reading import read

MAILS = Path(__file__).parents[2] / "recorded" / "email"
OWN = {
    "en": "It still does not print.",
    "es": "Sigue sin imprimir.",
    "pt": "Ainda não imprime.",
    "fr": "Elle n'imprime toujours pas.",
    "it": "Non stampa ancora.",
    "de": "Er druckt immer noch nicht.",
}


def text(name: str) -> str:
    return read((MAILS / f"{name}.eml").read_bytes()).text


@pytest.mark.parametrize("language", OWN)
@pytest.mark.parametrize("program", ["gmail", "apple", "thunderbird", "outlook"])
def test_of_an_answer_only_its_own_words_are_left(program: str, language: str) -> None:
    assert own_words(text(f"reply-{program}-{language}"), is_answer=True).text == OWN[language]


def test_answers_between_quoted_lines_stay_with_what_they_answer() -> None:
    own = own_words(text("reply-inline"), is_answer=True)
    assert "> Which floor is it on?\n\nThe third." in own.text
    assert own.taken == ""


def test_a_quote_below_is_not_lost_where_it_may_hold_words_of_theirs() -> None:
    own = own_words(text("reply-outlook-en"), is_answer=True)
    assert not own.is_quoted, "Outlook marks nothing: the whole mail goes along"
    assert "is it switched on?" in own.taken
    assert own_words(text("reply-gmail-en"), is_answer=True).is_quoted


def test_where_nothing_would_remain_everything_does() -> None:
    whole = text("reply-only-quote")
    assert own_words(whole, is_answer=True).text == whole.strip()
    assert own_words("Thanks,\nAna", is_answer=True).text == "Thanks,\nAna"


def test_lists_and_warnings_are_no_signature() -> None:
    own = own_words(text("reply-list-with-dashes"), is_answer=True)
    assert own.text.endswith("- another socket\n\nWarning: mail queue stopped, it says.")


def test_what_somebody_forwards_with_their_question_is_their_question() -> None:
    assert "Your mailbox holds 9.9 of 10 GB." in own_words(text("new-forwarded"), is_answer=False).text


def test_words_under_a_farewell_are_kept_unless_they_are_a_short_signature() -> None:
    kept = "It does not print.\n\nThanks,\nAna\n\nBy the way, it also smells of something burnt since this morning, could that be why?"
    assert own_words(kept, is_answer=True).text == kept
    assert own_words("It does not print.\n\nThanks,\nAna\nACME, +34 600 11 12 22", is_answer=False).text == "It does not print."


@pytest.mark.parametrize(
    "words",
    [
        "El problema sigue.\nEl lun, 3 nov 2025 a las 10:00, IT help (<a@example.com>)\nescribió:\n\n> Hola",
        "Il problema resta.\nIl giorno lun 3 nov 2025 alle ore 10:00 IT help\n<a@example.com> ha scritto:\n\n> Ciao",
    ],
)
def test_a_line_that_begins_like_a_quote_is_kept_when_the_quote_begins_below_it(words: str) -> None:
    assert own_words(words, is_answer=True).text == words.split("\n")[0]


def test_quotes_in_html_alone_are_marked_and_left_out() -> None:
    html = (
        "<div>Sigue sin imprimir.</div><br>"
        "<div>El lun, 3 nov 2025 a las 10:00, IT help (&lt;<a href='mailto:s@example.com'>s@example.com</a>&gt;) escribió:</div>"
        "<blockquote>Hola Ana,<br>¿está encendida?<blockquote>No imprime</blockquote></blockquote>"
    )
    shown = to_text(html)
    assert "> Hola Ana," in shown
    assert "> > No imprime" in shown
    assert own_words(shown, is_answer=True).text == "Sigue sin imprimir."
