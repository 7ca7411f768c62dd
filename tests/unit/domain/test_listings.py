"""Whatever a directory sends becomes clean lines, and nobody is believed who is not one person."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.directory.config import DirectoryConfig
from adapters.directory.scim import ScimDirectory, values_at
from bot.domain.listings import FACTS, LONGEST, Listed, Listing, clean, judged
from tests.builders import MONDAY

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "primary", "locality", "displayName", "emails"]), inner, max_size=3),
    max_leaves=12,
)
PERSON = st.dictionaries(st.sampled_from(["emails", "displayName", "name", "addresses", "active", "title", "phoneNumbers", "userName"]), JSON)


@given(st.text(max_size=3000))
def test_a_clean_fact_is_one_line_of_bounded_length_without_control_signs(value: str) -> None:
    found = clean(value)
    assert len(found) <= LONGEST
    assert all(unicodedata.category(one)[0] != "C" for one in found)
    assert found == " ".join(found.split()) == clean(found)


@pytest.mark.parametrize(
    ("value", "becomes"), [("Zoë\u202e Şahin", "Zoë Şahin"), ("a\x00\nb\u2028c", "a b c"), ("\ud800x", "x"), (7, ""), (None, ""), (["a"], "")]
)
def test_names_of_all_the_world_stay_and_what_is_no_text_is_nothing(value: object, becomes: str) -> None:
    assert clean(value) == becomes


@given(PERSON)
def test_a_person_of_any_shape_is_read_as_clean_facts(person: dict[str, object]) -> None:
    config = DirectoryConfig.read({"DIRECTORY_URL": "https://example.com/scim", "DIRECTORY_PASSWORD": "x"}, {})
    assert config is not None
    found = ScimDirectory(config)._listing(person)
    assert all(getattr(found, fact) == clean(getattr(found, fact)) for fact in FACTS)


def test_the_primary_of_several_counts_first_and_a_value_by_its_name_however_it_is_spelt() -> None:
    person = {"Emails": [{"value": "b@x.y"}, {"value": "a@x.y", "primary": True}], "urn:a:b:User": {"Unit": "U"}}
    assert list(values_at(person, "emails")) == ["a@x.y", "b@x.y"]
    assert list(values_at(person, "urn:a:b:User:unit")) == ["U"]


def test_one_is_believed_and_none_or_two_are_nobody() -> None:
    one = Listing("Ana")
    assert judged([one], MONDAY) == Listed(MONDAY, one)
    assert judged([], MONDAY).why == "unknown"
    assert judged([one, one], MONDAY).why == "ambiguous"


def test_who_is_known_is_known_for_the_time_set_and_a_stranger_for_an_hour() -> None:
    known, stranger, day = Listed(MONDAY, Listing("Ana")), Listed(MONDAY, None, "unknown"), timedelta(days=1)
    assert known.is_fresh(MONDAY + timedelta(hours=23), day)
    assert not known.is_fresh(MONDAY + day, day)
    assert stranger.is_fresh(MONDAY + timedelta(minutes=59), day)
    assert not stranger.is_fresh(MONDAY + timedelta(hours=1), day)
    assert not stranger.is_fresh(MONDAY + timedelta(minutes=10), timedelta(minutes=10))
