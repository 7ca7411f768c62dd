"""[satisfaction] of firstline.toml."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.configuration import read

TIER = '[[tiers]]\nlevel = 2\nname = "Service desk"\n'


def test_requesters_are_asked_and_reminded_once_unless_the_desk_says_otherwise() -> None:
    plain, faults = read(TIER)
    quiet, more = read(f'{TIER}[satisfaction]\nask = false\nremind = "0s"\n')

    assert (faults, more) == ([], [])
    assert (plain.desk.ask_rating, plain.desk.remind_rating) == (True, timedelta(days=1))
    assert (quiet.desk.ask_rating, quiet.desk.remind_rating) == (False, None)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('ask = "yes"', '[satisfaction] ask: "yes" is neither; write true, or false to ask nobody'),
        ('remind = "5m"', '[satisfaction] remind: "5m" is sooner than "1h"; write a longer time, as "1d", or "0s" to remind nobody'),
        ('remind = "soon"', '[satisfaction] remind: "soon" is no duration; write "90s", "15m", "8h" or "3d"'),
        ("asks = true", "[satisfaction] asks: there is no such key; did you mean ask?"),
    ],
)
def test_a_fault_names_the_key_and_the_cure(line: str, fault: str) -> None:
    _, faults = read(f"{TIER}[satisfaction]\n{line}\n")

    assert faults == [fault]
