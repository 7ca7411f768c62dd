"""Saved replies: variables from a list, values that are never read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.saved_replies import VARIABLES, SavedReply, UnknownVariable, check, is_name, rendered

VALUES = {"requester": "Alice", "number": "IT-1", "agent": "Ann", "desk": "IT help", "team": "Service desk"}


def test_every_variable_of_the_list_is_filled_in() -> None:
    text = " ".join(f"{{{name}}}" for name in VARIABLES)

    assert rendered(text, VALUES) == "Alice IT-1 Ann IT help Service desk"


@pytest.mark.parametrize("text", ["{requestor}", "Dear {Requester}", "{number} {__class__}", "{agent_name}"])
def test_a_variable_that_there_is_not_is_named(text: str) -> None:
    with pytest.raises(UnknownVariable) as unknown:
        check(text)

    assert f"{{{unknown.value.name}}}" in text


@pytest.mark.parametrize("text", ["{agent.__class__}", "{0}", "{}", "{agent!r}", "{number:>9}", "{ agent }", "{", "}", '{"a": 1}', "%(agent)s"])
def test_what_is_no_name_in_braces_stays_as_it_was_written(text: str) -> None:
    assert rendered(text, VALUES) == text


def test_double_braces_stand_for_themselves() -> None:
    assert rendered("{{agent}} is {agent}", VALUES) == "{agent} is Ann"


@given(st.text(), st.text())
def test_what_a_value_holds_is_never_read_again(before: str, name: str) -> None:
    plain = before.replace("{", "").replace("}", "")

    assert rendered(f"{plain}{{requester}}", {**VALUES, "requester": name}) == plain + name


@given(st.text(), st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True))
def test_any_name_in_braces_is_a_variable_or_a_fault(before: str, name: str) -> None:
    text = f"{before.replace('{', '').replace('}', '')}{{{name}}}"

    if name in VARIABLES:
        check(text)
    else:
        with pytest.raises(UnknownVariable):
            check(text)


@pytest.mark.parametrize("name", ["oil", "vpn-down-2", "x" * 24])
def test_names_fit_into_a_button(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["VPN", "a--b", "-a", "a b", "", "x" * 25, "a:b", "é"])
def test_what_would_not_is_no_name(name: str) -> None:
    assert not is_name(name)


def test_the_first_language_wanted_that_there_is_is_given_else_any() -> None:
    saved = SavedReply({"en": "oil it", "es": "engrásela"})

    assert saved.in_language(("de", "es", "en")) == ("es", "engrásela")
    assert saved.in_language(("de",)) == ("en", "oil it")
    assert SavedReply().in_language(("de",)) == ("", "")
