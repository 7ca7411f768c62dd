from __future__ import annotations

from kb.opposites import denied, opposed


def test_of_each_pair_of_opposites_the_one_with_a_prefix_is_known() -> None:
    assert opposed(["lock", "unlock", "possible", "impossible", "interest", "card"]) == {
        "lock": "unlock", "unlock": "unlock", "possible": "impossible", "impossible": "impossible"}


def test_a_prefix_is_taken_off_or_turned_where_enough_is_left() -> None:
    assert "vantaggi" in denied("svantaggi", "it")
    assert "vorteile" in denied("nachteile", "de")
    assert denied("sim", "it") == []
    assert denied("svantaggi", "xx") == []
