"""[faq] of firstline.toml."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.configuration import read

TIER = '[[tiers]]\nlevel = 2\nname = "Service desk"\n'


def test_nobody_is_told_of_new_entries_unless_the_desk_says_so() -> None:
    plain, faults = read(TIER)
    told, more = read(f'{TIER}[faq]\ntell_when_answered = "30d"\n')
    off, none = read(f'{TIER}[faq]\ntell_when_answered = "0s"\n')

    assert (faults, more, none) == ([], [], [])
    assert (plain.desk.tell_when_answered, told.desk.tell_when_answered, off.desk.tell_when_answered) == (None, timedelta(days=30), None)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('tell_when_answered = "900d"', '[faq] tell_when_answered: "900d" is longer than "365d"; write a shorter time, as "30d", or "0s" to tell nobody'),
        ("tell = true", "[faq] tell: there is no such key; known are tell_when_answered"),
    ],
)
def test_a_fault_names_the_key_and_the_cure(line: str, fault: str) -> None:
    _, faults = read(f"{TIER}[faq]\n{line}\n")

    assert faults == [fault]
