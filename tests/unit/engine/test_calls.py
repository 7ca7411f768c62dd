"""A call in one line, and what its form asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.ids import PersonId
from bot.engine.contacts import call_form, telephone
from bot.engine.contacts.call_form import Asked, Line, asked_again, call_of, form, opens, read, ticket_form
from bot.engine.faq.knowledge import Knowledge
from bot.engine.tongue import tongue
from tests.builders import FAQ, a_desk, a_ticket

SPAIN = replace(a_desk(), country="ES")
T = tongue("en")


def asked(**given: str) -> Asked:
    return Asked(SPAIN, Knowledge(FAQ, SPAIN.languages), T, given or None)


@pytest.mark.parametrize(
    ("line", "ticket", "values"),
    [
        ("+34600111222 5m printer is out of paper", "", {"number": "+34600111222", "minutes": "5", "words": "printer is out of paper"}),
        ("600 111 222 5min printer", "", {"number": "600 111 222", "minutes": "5", "words": "printer"}),
        ("600111222 3 printers are broken", "", {"number": "600111222", "words": "3 printers are broken"}),
        ("IT-42 5m he found it", "IT-42", {"minutes": "5", "words": "he found it"}),
        ("#42 he found it", "#42", {"words": "he found it"}),
        ("42 5m he found it\nat last", "42", {"minutes": "5", "words": "he found it\nat last"}),
        ("out +34600111222 2m asked for news", "", {"direction": "out", "number": "+34600111222", "minutes": "2", "words": "asked for news"}),
        ("solved out 600111222 words", "", {"outcome": "solved", "direction": "out", "number": "600111222", "words": "words"}),
        ("out of paper", "", {"words": "out of paper"}),
        ("5m out of paper", "", {"minutes": "5", "words": "out of paper"}),
        ("5m", "", {"minutes": "5"}),
        ("(+34) 600-111-222 5m", "", {"number": "(+34) 600-111-222", "minutes": "5"}),
        ("", "", {}),
    ],
)
def test_what_begins_a_line_is_understood_and_the_rest_are_the_words(line: str, ticket: str, values: dict[str, str]) -> None:
    assert read(line) == Line(ticket, values)


@pytest.mark.parametrize(
    ("number", "country", "known"),
    [
        ("600 111 222", "ES", "+34600111222"),
        ("0049 30 123456", "ES", "+4930123456"),
        ("+49 (30) 123456", "", "+4930123456"),
        ("030 123456", "DE", "+4930123456"),
        ("600 111 222", "", None),
        ("12345", "ES", None),
        ("+999 1234567", "ES", None),
        ("a printer", "ES", None),
    ],
)
def test_a_number_is_kept_in_one_form_however_it_was_written(number: str, country: str, known: str | None) -> None:
    assert telephone.kept(number, country) == known


def test_a_number_is_shown_as_it_is_read() -> None:
    assert telephone.shown(PersonId("phone:+34600111222")) == "+34 600 11 12 22"
    assert telephone.shown(telephone.person_of("", "ab12")) == ""
    assert telephone.shown(PersonId("slack:U1")) == ""


def test_a_form_needs_nothing_but_the_words() -> None:
    shown = form(asked())
    values = {one.name: one.initial for one in shown.fields}
    assert [one.name for one in shown.fields if one.required and not one.initial] == ["words"]
    assert asked_again(T, SPAIN, shown, {**values, "words": "The printer jams"}) is None
    assert asked_again(T, SPAIN, shown, values) is not None


def test_a_form_begins_with_what_was_typed() -> None:
    initial = {one.name: one.initial for one in form(asked(), "out 600111222 12m").fields}
    assert (initial["number"], initial["minutes"], initial["direction"]) == ("600111222", "12", "out")


def test_what_is_no_number_is_asked_again_and_nothing_else_is_lost() -> None:
    begun = {one.name: one.initial for one in form(asked()).fields}
    values = {**begun, "words": "The printer jams", "number": "6001", "minutes": "7"}
    again = asked_again(T, SPAIN, form(asked()), values)
    assert again is not None
    assert {one.name for one in again.fields if one.problem} == {"number"}
    assert {one.name: one.initial for one in again.fields} == values


def test_what_was_solved_may_name_an_entry_the_likeliest_first() -> None:
    shown = form(asked(words="I forgot my password", outcome="solved"))
    entry = next(one for one in shown.fields if one.name == "entry")
    assert entry.options[1][0] == "password"
    assert {one.when for one in shown.fields if one.name in ("entry", "solution")} == {("outcome", "solved")}


def test_values_that_nobody_offered_count_for_nothing() -> None:
    told = {"words": " w ", "minutes": "900", "outcome": "spoke", "direction": "up", "language": "xx", "entry": "vpn", "name": " A \n B "}
    call = call_of(told, SPAIN, "ticket")
    assert (call.words, call.minutes, call.outcome, call.direction, call.language, call.entry, call.name) == ("w", 600, "ticket", "in", "", "", "A B")


def test_a_desk_of_one_language_asks_for_none() -> None:
    names = [one.name for one in form(replace(asked(), desk=replace(SPAIN, languages=("es",)))).fields]
    assert "language" not in names


def test_a_call_about_a_ticket_asks_neither_who_nor_in_what_language() -> None:
    names = {one.name for one in ticket_form(asked(), a_ticket(tier=2)).fields}
    assert names == {"words", "minutes", "outcome", "entry", "solution", "direction"}


@pytest.mark.parametrize(
    ("line", "action"),
    [("", "call"), ("600111222 5m", "call:600111222 5m"), ("41", "called:IT-41"), ("it-41 5m", "called:IT-41"), ("41 5m it works", ""), ("+346 words", "")],
)
def test_a_line_without_words_opens_the_form_that_asks_for_them(line: str, action: str) -> None:
    assert opens(line, "IT") == action


def test_every_outcome_has_its_word_in_the_contact_log() -> None:
    from bot.engine.contacts.call_log import BECAME
    from bot.engine.reports.contacts import WORDS

    assert set(BECAME) == set(call_form.Outcome.__args__)  # type: ignore[attr-defined]
    assert set(BECAME.values()) <= set(WORDS)
