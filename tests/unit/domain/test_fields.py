"""What may stand in a field, which fields are asked, and what a department defines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.custom_fields import CustomField, contract, fields_for, missing_at, put_in, questions, required_at, said
from bot.domain.desks import Desk
from bot.domain.fields import as_date, asked, fault, faults, kept, tidy
from bot.domain.messages import FormField
from tests.builders import a_desk, a_ticket

DATE, NUMBER = FormField("d", "D", "date"), FormField("n", "N", "number")
LIST = FormField("c", "C", "choices", options=(("a", "A"), ("b", "B")))


@pytest.mark.parametrize(
    ("typed", "read"), [("2026-11-30", "2026-11-30"), ("30.11.2026", "2026-11-30"), ("30/11/2026", "2026-11-30"), (" 1.2.2026 ", "2026-02-01")]
)
def test_a_date_is_read_as_people_type_it(typed: str, read: str) -> None:
    assert tidy(DATE, typed) == read
    assert fault(DATE, tidy(DATE, typed)) is None


@pytest.mark.parametrize("typed", ["30.2.2026", "2026-13-01", "tomorrow", "11/2026", "٣٠.١١.٢٠٢٦x", "-"])
def test_what_is_no_date_is_told_so_and_stays_as_it_was_typed(typed: str) -> None:
    assert tidy(DATE, typed) == typed
    wrong = fault(DATE, typed)
    assert wrong is not None
    assert wrong.reason == "not_a_date"


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)))
def test_every_date_survives_each_way_of_writing_it(day: date) -> None:
    for typed in (day.isoformat(), f"{day.day}.{day.month}.{day.year}", f"{day.day:02}/{day.month:02}/{day.year}"):
        assert as_date(typed) == day


@pytest.mark.parametrize(("typed", "read"), [("1,50", "1.5"), ("007", "7"), ("-3", "-3"), ("+2", "2"), ("10", "10"), ("0.0", "0")])
def test_a_number_is_read_with_a_dot_or_a_comma(typed: str, read: str) -> None:
    assert tidy(NUMBER, typed) == read


@pytest.mark.parametrize("typed", ["1e9", "1,2,3", "NaN", "ten", "9" * 40, "1 000", "٤"])
def test_what_is_no_number_is_told_so(typed: str) -> None:
    wrong = fault(NUMBER, tidy(NUMBER, typed))
    assert wrong is not None
    assert wrong.reason == "not_a_number"


@given(st.decimals(-(10**9), 10**9, places=3))
def test_a_tidy_number_is_tidy(number: object) -> None:
    once = tidy(NUMBER, str(number))
    assert tidy(NUMBER, once) == once
    assert fault(NUMBER, once) is None


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (replace(NUMBER, least="2"), "1", "too_small"),
        (replace(NUMBER, most="2"), "3", "too_large"),
        (replace(DATE, least="2026-01-01"), "2025-12-31", "too_early"),
        (replace(DATE, most="2026-01-01"), "2026-01-02", "too_late"),
        (LIST, "a\nz", "not_offered"),
        (FormField("x", "X", "line", pattern="[0-9]+"), "12a", "not_so"),
        (FormField("x", "X", "line", max_length=3), "1234", "too_long"),
        (FormField("x", "X", "text"), "", "missing"),
        (FormField("x", "X", "file"), "", "no_file"),
    ],
)
def test_each_fault_is_named(field: FormField, value: str, reason: str) -> None:
    wrong = fault(field, value)
    assert wrong is not None
    assert wrong.reason == reason


def test_what_is_optional_may_be_empty_and_a_file_that_came_is_there() -> None:
    assert fault(FormField("x", "X", "number", required=False), "") is None
    assert fault(FormField("x", "X", "file"), "", files=1) is None


CHAIN = (
    FormField("kind", "K", "choice", options=(("pc", "PC"), ("fax", "Fax"))),
    FormField("os", "O", "choice", options=(("linux", "Linux"), ("bsd", "BSD")), when=("kind", "pc")),
    FormField("distribution", "D", "line", when=("os", "linux")),
)


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({}, ["kind"]),
        ({"kind": "pc"}, ["kind", "os"]),
        ({"kind": "pc", "os": "linux"}, ["kind", "os", "distribution"]),
        ({"kind": "fax", "os": "linux"}, ["kind"]),
    ],
)
def test_a_field_is_asked_while_its_condition_holds_all_the_way_up(values: dict[str, str], names: list[str]) -> None:
    assert [field.name for field in asked(CHAIN, values)] == names


def test_what_is_hidden_is_neither_wrong_nor_kept() -> None:
    values = {"kind": "fax", "os": "amiga", "distribution": "x"}
    assert faults(CHAIN, values) == {}
    assert kept(CHAIN, values) == {"kind": "fax"}


def test_a_condition_may_name_several_values() -> None:
    field = FormField("x", "X", when=("kind", "pc\nfax"))
    assert asked((CHAIN[0], field), {"kind": "fax"})[-1].name == "x"


# ---------------------------------------------------------------------------------------------------- a department's own
DEVICE = CustomField("device", (("en", "Device"), ("es", "Equipo")), "choice", (("pc", (("", "PC"),)),))
SERIAL = CustomField("serial", (("", "Serial"),), show=("device", "pc"), kinds=("incident",))


def a_desk_of_fields() -> Desk:
    plain = a_desk(fields=(DEVICE, SERIAL))
    return replace(plain, tiers=(plain.tiers[0], replace(plain.tiers[1], requires=("device", "serial"))))


def test_words_are_said_in_the_language_there_is() -> None:
    assert said(DEVICE.label, "es") == "Equipo"
    assert said(DEVICE.label, "de") == "Device"
    assert said(SERIAL.label, "de") == "Serial"


def test_fields_belong_to_kinds_of_tickets() -> None:
    desk = a_desk_of_fields()
    assert [field.name for field in fields_for(desk, a_ticket())] == ["device"]
    assert [field.name for field in fields_for(desk, a_ticket(kind="incident"))] == ["device", "serial"]


def test_a_tier_misses_only_what_applies() -> None:
    desk, ticket = a_desk_of_fields(), a_ticket(kind="incident")
    assert [field.name for field in missing_at(desk, ticket, 3)] == ["device"]
    known = replace(ticket, fields=(("device", "pc"),))
    assert [field.name for field in missing_at(desk, known, 3)] == ["serial"]
    assert [field.name for field in required_at(desk, known, 3)] == ["device", "serial"]
    assert missing_at(desk, known, 2) == []


def test_a_question_whose_condition_is_answered_already_has_none() -> None:
    desk, known = a_desk_of_fields(), {"device": "pc"}
    lacking = contract(desk, a_ticket(kind="incident", fields=(("device", "pc"),)), 3)
    assert [(q.name, q.when) for q in questions(lacking, "en", known)] == [("serial", ())]
    assert questions([SERIAL], "en", {}) == ()


@given(st.dictionaries(st.sampled_from(["device", "serial", "nobody"]), st.sampled_from(["", "x", " y "])))
def test_fields_are_put_in_in_order_and_nothing_unknown_comes_in(values: dict[str, str]) -> None:
    ticket, changed = put_in(a_desk_of_fields(), a_ticket(fields=(("old", "kept"),)), values)
    names = [name for name, _ in ticket.fields]
    assert "nobody" not in names
    assert names == sorted(names, key=["device", "serial", "old"].index)
    assert set(changed) == {name for name, value in values.items() if value.strip() and name != "nobody"}


def test_words_without_a_limit_of_ours_may_be_as_long_as_the_channel_takes() -> None:
    assert fault(FormField("words", "W"), "w" * 40_000) is None
